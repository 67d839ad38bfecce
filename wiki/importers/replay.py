"""The history of another wiki's pages, version by version, as commits of their authors at their times."""

from __future__ import annotations

from collections.abc import Callable

from wiki.editing.signing import MAX_SUMMARY, minute, one_line
from wiki.importers.mediawiki import Converter, Export, author_of, versions
from wiki.importers.plan import Plan, problem_of
from wiki.importers.texts import Origin, source_of
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer

# Nobody's address, and not this wiki's either: a name in another wiki is nobody's account in this one.
HOST = "imported.invalid"


def replay(
    export: Export,
    origin: Origin,
    plan: Plan,
    repository: Repository,
    writer: Writer,
    settings: Settings,
    max_bytes: int,
    committer: Person,
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Commit every version of the pages that are new in `plan`, oldest first; returns how many were.

    A version that can't be a page here is left out; the last ones can, or they would not be in the plan. Meant for an
    owner's own export: there is no asking for rights.
    """
    wanted = {item.path.text for item in plan.new}
    converter = Converter(export, origin.folder)
    written: dict[str, str] = {}
    count = 0
    with writer.lock():
        for article, version in versions(export):
            text = converter.text(article, version)
            source = source_of(text, origin)
            path = PagePath(text.path)
            if text.path not in wanted or written.get(text.path) == source:
                continue
            if problem_of(path, source, settings, max_bytes) is not None:
                continue
            name, username = author_of(version)
            writer.commit(
                {path.file: source.encode()},
                base=repository.head(),
                message=(one_line(version.comment, MAX_SUMMARY) or text.title) + "\n",
                author=Person(name, f"{username}@{HOST}"),
                committer=committer,
                when=minute(version.when),
            )
            written[text.path] = source
            count += 1
            progress(count)
    return count
