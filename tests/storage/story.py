"""A wiki in which things happen one after another, a minute apart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gitrepo import NOON

from wiki.errors import NotFound
from wiki.storage.objects import Person
from wiki.storage.writer import Writer, init


def person(name: str) -> Person:
    """Somebody with an account."""
    return Person(name.capitalize(), f"{name}@users.noreply.wiki.example")


class Story:
    """`save` makes one commit with the changes given, a path to text (None deletes)."""

    def __init__(self, folder: Path) -> None:
        self.repository = init(folder / "content")
        self.writer = Writer(self.repository, folder / "lock", fsync=False)
        self.minutes = 0

    def save(
        self,
        changes: dict[str, str | None],
        by: str = "rosa",
        message: str = "Save",
        also: tuple[str, ...] = (),
        committer: str | None = None,
        on: str | None = None,
        base: str | None = None,
    ) -> str:
        """Commit on the branch, or on the ref `on` from `base`; the new commit."""
        self.minutes += 1
        if base is None:
            try:
                base = self.repository.head()
            except NotFound:
                base = None
        if on is not None and self.repository.ref(on) is None and base is not None:
            self.writer.update_ref(on, base, None)
        return self.writer.commit(
            {path: None if text is None else text.encode() for path, text in changes.items()},
            base=base,
            message=message,
            author=person(by),
            committer=person(committer) if committer else None,
            when=NOON + timedelta(minutes=self.minutes),
            other_parents=also,
            ref=on,
        )
