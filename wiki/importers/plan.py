"""What an import would do, before it does it: pages that are new, that change, that are there already, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass

from wiki.accounts.roles import Permission
from wiki.editing.edit import Actor, Attach, Edit, Write
from wiki.editing.validation import check_page
from wiki.errors import Problem
from wiki.pages.page import unsaved_page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a new page about a tool says where the source doesn't: its category and functions, and the sentence of a tool
    that the source only names."""

    category: str
    functions: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class New:
    """A page to be made. `label` is what the source calls it, `line` where it stands there (0 if that says nothing)."""

    label: str
    path: PagePath
    source: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """A page of the wiki of which the source knows something else; `fields` are the facts that would change."""

    label: str
    path: PagePath
    source: str
    fields: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Existing:
    """Something that the wiki has, so that nothing is done.

    `why` is ``address`` or ``name`` (what the two share), ``list`` (it stands further up in the same source), ``same``
    (the page says exactly this) or ``differs`` (the page is another text by now, which stays).
    """

    label: str
    path: str
    title: str
    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that can't become a page, and why; `problem.line` says where it stands in the source."""

    label: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. Making it changes nothing.

    `files` are pictures and the like that come along; `partly` names what is taken, but not all of it.
    """

    new: tuple[New, ...] = ()
    changed: tuple[Changed, ...] = ()
    existing: tuple[Existing, ...] = ()
    refused: tuple[Refused, ...] = ()
    files: tuple[Attach, ...] = ()
    partly: tuple[Refused, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether there is anything to be written."""
        return bool(self.new or self.changed or self.files)

    def write(self, actor: Actor, message: str, revision: str) -> Write:
        """The one commit that the plan comes to; `revision` is the one it was made on."""
        edits: list[Edit | Attach] = [Edit(item.path, "", item.source) for item in self.new]
        edits += [Edit(item.path, revision, item.source) for item in self.changed]
        return Write((*edits, *self.files), message, actor, permission=Permission.IMPORT)


def problem_of(path: PagePath, source: str, settings: Settings, max_bytes: int) -> Problem | None:
    """The first thing that keeps a text from being stored as a page."""
    page = unsaved_page(path, source, settings)
    return next(iter(check_page(page, settings, max_bytes)), None)
