"""Who wrote which line of a page, under the names that people have today.

The history knows every version of a page, so most pages need no process: their versions are compared from the newest
back, until each line has its author. That takes as long as the page has versions, however many the wiki has. Git is asked
where work of others was merged in, and where there would be too much to compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from wiki.history.history import History
from wiki.history.names import Names
from wiki.history.revision import Revision
from wiki.storage.repository import Repository

MAX_BYTES = 1_048_576
MAX_REVISIONS = 200
# Lines of one version times those of the next, what is alike at both ends left out.
MAX_COMPARED = 250_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line and the commit that wrote it. `number` counts from 1 in the file; `username` as in Event."""

    number: int
    text: str
    commit: str
    author: str
    username: str | None
    when: datetime
    subject: str


def lines(repository: Repository, history: History, revision: str, file: str) -> list[Line]:
    """The lines of a file at HEAD, `revision`. Raises as `blame` does."""
    found = _by_history(repository, history, file) if history.revision() == revision else None
    return found if found is not None else blame(repository, history.names(), revision, file)


def _by_history(repository: Repository, history: History, file: str) -> list[Line] | None:
    """None where git has to be asked."""
    revisions = history.page(file, MAX_REVISIONS + 1)
    if len(revisions) > MAX_REVISIONS or any(revision.also for revision in revisions):
        return None
    texts = (repository.blob(item.blob_id, MAX_BYTES).splitlines() if item.blob_id else [] for item in revisions)
    text = now = next(texts, [])
    authors: dict[int, Revision] = {}
    waiting = {place: place for place in range(len(text))}
    for revision in revisions:
        before = next(texts, [])
        kept = _kept(before, now)
        if kept is None:
            return None
        authors.update((line, revision) for place, line in waiting.items() if place not in kept)
        waiting = {kept[place]: line for place, line in waiting.items() if place in kept}
        if not waiting:
            break
        now = before
    return [_line(number, words, authors[number - 1]) for number, words in enumerate(text, 1)]


def _kept(before: Sequence[bytes], now: Sequence[bytes]) -> Mapping[int, int] | None:
    """Where the lines that were there before stood; None where that is too much to find out."""
    shorter = min(len(before), len(now))
    head = next((place for place in range(shorter) if before[place] != now[place]), shorter)
    tail = next((place for place in range(shorter - head) if before[-1 - place] != now[-1 - place]), shorter - head)
    old, new = before[head : len(before) - tail], now[head : len(now) - tail]
    if len(old) * len(new) > MAX_COMPARED:
        return None
    kept = {place: place for place in range(head)}
    kept.update((len(now) - place, len(before) - place) for place in range(1, tail + 1))
    for was, stands, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        kept.update((head + stands + step, head + was + step) for step in range(size))
    return kept


def _line(number: int, text: bytes, by: Revision) -> Line:
    return Line(number, text.decode("utf-8", "replace"), by.id, by.author, by.username, by.when, by.subject)


def blame(
    repository: Repository, names: Names, revision: str, file: str, from_line: int = 1, limit: int = 1_048_576
) -> list[Line]:
    """The lines of a file at a commit, from the line `from_line` on, followed through moves of the file.

    Runs one git process of at most ten seconds. Raises NotFound("file.unknown"), TooMany("object.too_large") above
    `limit` bytes and Unavailable("storage.slow").
    """
    found = []
    for line in repository.blame(revision, file, limit=limit)[from_line - 1 :]:
        author = names.of(line.author.name, line.author.email)
        place = (line.line_no, line.text, line.commit_id)
        found.append(Line(*place, author.name, author.username, line.when, line.subject))
    return found
