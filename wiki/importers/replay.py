"""The history of another wiki's pages, version by version, as commits of their authors at their times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from wiki.editing.signing import MAX_SUMMARY, minute, one_line
from wiki.importers.plan import Plan, problem_of
from wiki.importers.texts import Origin, Text, source_of
from wiki.pages.path import PagePath, slug
from wiki.pages.settings import Settings
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer

# Nobody's address, and not this wiki's either: a name in another wiki is nobody's account in this one.
HOST = "imported.invalid"


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a page. `who` is empty for somebody without an account, whose address is not taken along."""

    text: Text
    when: datetime
    who: str
    comment: str


def replay(
    steps: Iterable[Step],
    origin: Origin,
    plan: Plan,
    repository: Repository,
    writer: Writer,
    settings: Settings,
    max_bytes: int,
    committer: Person,
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Commit every version, which come oldest first, of the pages that are new in `plan`; returns how many were.

    A version that can't be a page here is left out; the last ones can, or they would not be in the plan. Meant for an
    owner's own export: there is no asking for rights.
    """
    wanted = {item.path.text for item in plan.new}
    written: dict[str, str] = {}
    count = 0
    with writer.lock():
        for step in steps:
            text = step.text
            source = source_of(text, origin)
            path = PagePath(text.path)
            if text.path not in wanted or written.get(text.path) == source:
                continue
            if problem_of(path, source, settings, max_bytes) is not None:
                continue
            name, username = _author(step.who)
            writer.commit(
                {path.file: source.encode()},
                base=repository.head(),
                message=(one_line(step.comment, MAX_SUMMARY) or text.title) + "\n",
                author=Person(name, f"{username}@{HOST}"),
                committer=committer,
                when=minute(step.when),
            )
            written[text.path] = source
            count += 1
            progress(count)
    return count


def _author(who: str) -> tuple[str, str]:
    """The name and the user name under which a version goes into the history."""
    name = " ".join(who.replace("<", "").replace(">", "").split())[:80]
    return name or "Anonymous", slug(name) or "anonymous"
