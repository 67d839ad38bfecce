"""What the history is made of: events (commits on the branch) and revisions (an event as one file sees it)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wiki.pages.path import PagePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One commit of the branch. People appear under the name that `.mailmap` gives them.

    `seq` counts from 1 at the first commit and says where to go on reading (`before`). `username` is None for people
    whose address is not one of the wiki's. `also` names the authors of what a merge brought in. `suggestion` is the
    number of the suggestion that was approved by it, `revert_of` the commit that it takes back.
    """

    seq: int
    id: str
    when: datetime
    committed: datetime
    author: str
    username: str | None
    subject: str
    body: str
    minor: bool
    affiliation: str
    suggestion: int | None
    revert_of: str | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What an event did to one file.

    `status` is A (new), M (changed), D (deleted), R (moved here, changed or not) or T (became another kind of thing).
    `blob_id` is its content after, `old_id` before; sizes are bytes. `moved_to` says where a deleted file went.
    """

    path: str
    status: str
    blob_id: str | None
    old_id: str | None
    size: int | None
    size_change: int
    moved_from: str | None = None
    moved_to: str | None = None

    @property
    def page(self) -> str:
        """The path as a page's address has it, without `.md`."""
        return self.path.removesuffix(".md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision(Event):
    """An event as one file sees it: who, when and why, and what became of the file (as in Touch)."""

    path: str
    status: str
    blob_id: str | None
    old_id: str | None
    size: int | None
    size_change: int
    moved_from: str | None = None
    moved_to: str | None = None

    @property
    def page(self) -> str:
        """The path as a page's address has it, without `.md`."""
        return self.path.removesuffix(".md")

    @property
    def is_file(self) -> bool:
        """Whether this is a file that is no page."""
        return PagePath.of_file(self.path) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet(Event):
    """An event with the files it touched, the first MAX_SHOWN of `changed` in all."""

    touches: tuple[Touch, ...]
    changed: int


@dataclass(frozen=True, slots=True)
class Month:
    """What happened in a calendar month ("2026-11"): changes on the branch, and how many people they are by."""

    month: str
    changes: int
    people: int
