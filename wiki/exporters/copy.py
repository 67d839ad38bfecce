"""What goes into a copy of the wiki: the pages and files of one commit, under names that every disk can hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Catalog
from wiki.catalog.presenting import Presenter
from wiki.editing.validation import ATTACHMENT_ENDINGS
from wiki.pages.page import Page
from wiki.pages.path import PagePath, fold, is_safe_file
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.storage.repository import Entry, Repository

AT_ONCE = 200
# What begins the name of the folder in which a file is made before it gets its own.
DRAFTS = ".movement-wiki-export-"
# Signs that some file system can't have in a name, or that mean something in an address of a file.
_AWKWARD = re.compile(r'[<>:"|?*%#&;\\]')


@dataclass(frozen=True, slots=True)
class Content:
    """The wiki at one commit, which the catalog stands at. Suggestions and drafts are no part of a commit of the branch."""

    repository: Repository
    store: PageStore
    catalog: Catalog
    presenter: Presenter
    rendering: Rendering
    settings: Settings
    revision: str

    @classmethod
    def at_head(
        cls,
        repository: Repository,
        store: PageStore,
        settings: SettingsStore,
        catalog: Catalog,
        presenter: Presenter,
        rendering: Rendering,
    ) -> Content:
        """The wiki as it is now, the catalog brought along."""
        catalog.catch_up()
        revision = catalog.revision()
        return cls(repository, store, catalog, presenter, rendering, settings.at(revision), revision)

    def pages(self) -> Iterator[tuple[Page, PageCard]]:
        """Every page that can be shown, in git's order."""
        paths = ((path, entry.id) for path, entry in self.store.paths(self.revision))
        while part := list(islice(paths, AT_ONCE)):
            cards = self.catalog.cards_of([path.text for path, _ in part])
            for page in self.store.read_many(part, self.revision):
                if page.path.text in cards:
                    yield page, cards[page.path.text]

    def attachments(self) -> Iterator[Entry]:
        """The files beside the pages that are safe to open: of a kind that people may attach, under a harmless name."""
        for entry in self.repository.entries(self.revision):
            ending = entry.path.rpartition(".")[2]
            if entry.kind == "blob" and ending in ATTACHMENT_ENDINGS and is_safe_file(entry.path):
                yield entry

    def sources(self) -> Iterator[Entry]:
        """Every page and settings file as it is stored."""
        for entry in self.repository.entries(self.revision):
            if entry.kind == "blob" and PagePath.of_file(entry.path) is not None:
                yield entry


def file_names(paths: Iterable[str], ending: str, taken: set[str]) -> Mapping[str, str]:
    """A file name for each path that no disk refuses and that differs from all in `taken` (which grows) in more than
    case."""
    names: dict[str, str] = {}
    for path in paths:
        stem = _AWKWARD.sub("-", path)
        number = 1
        while fold(name := f"{stem}{f'-{number}' if number > 1 else ''}{ending}") in taken:
            number += 1
        taken.add(fold(name))
        names[path] = name
    return names
