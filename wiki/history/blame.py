"""Who wrote which line of a page, under the names that people have today.

The history knows every version of a page, so most pages need no process: their versions are compared from the newest
back, until each line has its author. That takes as long as the page has versions, however many the wiki has, and ends
after MAX_REVISIONS of them: who wants to know more goes on from there. Git is asked where work of others was merged in,
and where there would be too much to compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher

from wiki.history.history import History
from wiki.history.names import Names
from wiki.history.revision import Revision
from wiki.markup.decoding import utf8
from wiki.storage.repository import Repository

MAX_BYTES = 1_048_576
MAX_PORTION = 32
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MAX_REVISIONS = 200
# Lines of one version times those of the next, what is alike at both ends left out.
MAX_COMPARED = 250_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line and the commit that wrote it, empty where that is too long ago to say. `number` counts from 1 in the file;
    `username` as in Event."""

    number: int
    text: str
    commit: str
    author: str
    username: str | None
    when: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class Authors:
    """The lines of a page. Those that are older than the version `older` have no commit; empty: there are none such."""

    lines: list[Line]
    older: str = ""


def authors(repository: Repository, history: History, revision: str, file: str, at: str = "") -> Authors:
    """Who wrote the lines of a file at HEAD, `revision`, or in the version that was in force `at` an event.

    Raises as `blame` does.
    """
    found = _by_history(repository, history, file, at) if at or history.revision() == revision else None
    return found or Authors(blame(repository, history.names(), at or revision, file))


def _by_history(repository: Repository, history: History, file: str, at: str) -> Authors | None:
    """None where git has to be asked."""
    place = history.place(at) if at else None
    revisions = history.page(file, MAX_REVISIONS + 1, place + 1 if place else None)
    if place == 0 or any(revision.also for revision in revisions):
        return None
    texts = _texts(repository, revisions)
    text = now = next(texts, [])
    known: dict[int, Revision] = {}
    waiting = {place: place for place in range(len(text))}
    for revision in revisions[:MAX_REVISIONS]:
        before = next(texts, [])
        kept = _kept(before, now)
        if kept is None:
            return None
        known.update((line, revision) for place, line in waiting.items() if place not in kept)
        waiting = {kept[place]: line for place, line in waiting.items() if place in kept}
        if not waiting:
            break
        now = before
    lines = [_line(number, words, known.get(number - 1)) for number, words in enumerate(text, 1)]
    return Authors(lines, revisions[MAX_REVISIONS].id if waiting and len(revisions) > MAX_REVISIONS else "")


def _texts(repository: Repository, revisions: Sequence[Revision]) -> Iterator[list[bytes]]:
    """The lines of each version, read in ever larger portions: most often the newest few tell enough."""
    start, portion = 0, 8
    while start < len(revisions):
        ids = [revision.blob_id for revision in revisions[start : start + portion]]
        read = dict(repository.blobs([id for id in ids if id], MAX_BYTES))
        for id in ids:
            data = read.get(id) if id else b""
            # What is missing or too large is said by the error that reading it alone gives.
            yield utf8(repository.blob(id or "", MAX_BYTES) if data is None else data).splitlines()
        start, portion = start + portion, min(2 * portion, MAX_PORTION)


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


def _line(number: int, text: bytes, by: Revision | None) -> Line:
    words = text.decode("utf-8", "replace")
    if by is None:
        return Line(number, words, "", "", None, NEVER, "")
    return Line(number, words, by.id, by.author, by.username, by.when, by.subject)


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
