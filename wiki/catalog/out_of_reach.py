"""What stands in for the catalog while its file can't be read, so that pages are shown and saved all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Backlink, Catalog, Destination
from wiki.catalog.links import keys_of_link
from wiki.errors import Unavailable
from wiki.pages.path import PagePath
from wiki.pages.sqlite import Database


class OutOfReach(Catalog):
    """Knows nothing of what stands around the text of a page.

    What asks for a list raises Unavailable("catalog.unreadable"): an empty one would say that there is nothing.
    """

    def __init__(self, path: Path, *more: Any) -> None:
        super().__init__(path, *more)
        self.database = _Unreadable(path, "")

    def revision(self) -> str:
        """It stands nowhere."""
        return ""

    def version(self) -> str:
        """The same at all times."""
        return ""

    def is_whole(self) -> bool:
        """Never."""
        return False

    def is_at(self, commit: str) -> bool:
        """Never."""
        return False

    def card(self, path: str) -> PageCard | None:
        """None is known."""
        return None

    def changed_in(self, path: str) -> str:
        """None is known."""
        return ""

    def cards_of(self, paths: Sequence[str]) -> dict[str, PageCard]:
        """None is known."""
        return {}

    def titles_of(self, paths: Sequence[str]) -> dict[str, str]:
        """None is known."""
        return {}

    def latest(self, limit: int, folder: str = "") -> list[PageCard]:
        """None is known."""
        return []

    def in_folder(self, folder: str, limit: int = -1, offset: int = 0) -> list[PageCard]:
        """None is known."""
        return []

    def count_in_folder(self, folder: str) -> int:
        """None where there is no such folder; of one that is there it can't be told."""
        entry = self._repository.entry(self._repository.head(), folder)
        return 0 if entry is None or entry.kind != "tree" else super().count_in_folder(folder)

    def folders_in(self, folder: str) -> list[tuple[str, int]]:
        """None is known."""
        return []

    def translations(self, path: str) -> dict[str, str]:
        """None is known."""
        return {}

    def translated(self, language: str) -> dict[str, str]:
        """None is known."""
        return {}

    def find(self, text: str) -> PageCard | None:
        """None is known."""
        return None

    def named(self, name: str) -> PageCard | None:
        """None is known."""
        return None

    def files(self, folder: str) -> list[str]:
        """None is known."""
        return []

    def backlinks(
        self, path: str, kinds: Sequence[str] = (), page_kinds: Sequence[str] = (), limit: int = -1
    ) -> list[Backlink]:
        """None is known."""
        return []

    def destinations(
        self, targets: Iterable[str], source: PagePath, languages: tuple[str, ...]
    ) -> dict[str, Destination]:
        """Where links lead as they are written, as if all were good."""
        known = {target: keys_of_link(target, source, languages) for target in targets}
        return {
            target: Destination(keys.path, keys.anchor, True) if keys is not None else Destination("", "", False)
            for target, keys in known.items()
        }


class _Unreadable(Database):
    @contextmanager
    def connection(self) -> Iterator[Any]:
        raise Unavailable("catalog.unreadable", retry_after=10)
        yield
