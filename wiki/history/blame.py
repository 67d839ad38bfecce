"""Who wrote which line of a page, under the names that people have today.

The history knows every version of a page, so most pages need no process: their versions are compared from the newest
back, until each line has its author. That takes as long as the page has versions, however many the wiki has, each two of which
are compared once, and ends after MAX_REVISIONS of them: who wants to know more goes on from there. Git is asked where work of others was merged in,
and where there would be too much to compare.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher

from wiki.history.history import History
from wiki.history.names import Names
from wiki.history.revision import Revision
from wiki.markup.decoding import utf8
from wiki.storage.recent import Recent
from wiki.storage.repository import Repository

MAX_BYTES = 1_048_576
MAX_PORTION = 32
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MAX_REVISIONS = 200
# Lines of one version times those of the next, what is alike at both ends left out.
MAX_COMPARED = 250_000
_END = 1 << 60
# Stretches of lines that stayed, in their order: where they stand, where they stood in the version before, how many.
_Blocks = tuple[tuple[int, int, int], ...]
# What was compared lately, by the two blobs; in stretches, of about 100 bytes each.
MAX_STRETCHES = 20_000
_compared: Recent[_Blocks] = Recent(MAX_STRETCHES, lambda blocks: len(blocks) + 2)


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
    texts = _Texts(repository, [revision.blob_id for revision in revisions])
    text = texts[0]
    known: dict[int, Revision] = {}
    waiting = {place: place for place in range(len(text))}
    for number, revision in enumerate(revisions[:MAX_REVISIONS]):
        kept = texts.kept(number)
        if kept is None:
            return None
        before = {place: _before(kept, place) for place in waiting}
        known.update((line, revision) for place, line in waiting.items() if before[place] is None)
        waiting = {was: line for place, line in waiting.items() if (was := before[place]) is not None}
        if not waiting:
            break
    lines = [_line(number, words, known.get(number - 1)) for number, words in enumerate(text, 1)]
    return Authors(lines, revisions[MAX_REVISIONS].id if waiting and len(revisions) > MAX_REVISIONS else "")


class _Texts:
    """The lines of each version, newest first, read in ever larger portions: most often the newest few tell enough."""

    def __init__(self, repository: Repository, ids: Sequence[str | None]) -> None:
        self._repository = repository
        self._ids = ids
        self._portion = 8
        self._read: dict[int, list[bytes]] = {}

    def __getitem__(self, number: int) -> list[bytes]:
        if number >= len(self._ids):
            return []
        if number not in self._read:
            self._read_on(number)
        return self._read[number]

    def kept(self, number: int) -> _Blocks | None:
        """What of a version was in the one before; None where that is too much to find out."""
        older = self._ids[number + 1] if number + 1 < len(self._ids) else None
        pair = f"{older} {self._ids[number]}"
        found = _compared.get(pair)
        if found is None:
            found = _kept(self[number + 1], self[number])
            if found is not None:
                _compared.keep(pair, found)
        return found

    def _read_on(self, start: int) -> None:
        ids = self._ids[start : start + self._portion]
        read = dict(self._repository.blobs([id for id in ids if id], MAX_BYTES))
        for number, id in enumerate(ids, start):
            data = read.get(id) if id else b""
            # What is missing or too large is said by the error that reading it alone gives.
            self._read[number] = utf8(self._repository.blob(id or "", MAX_BYTES) if data is None else data).splitlines()
        self._portion = min(2 * self._portion, MAX_PORTION)


def _kept(before: Sequence[bytes], now: Sequence[bytes]) -> _Blocks | None:
    """Where the lines that were there before stood; None where that is too much to find out."""
    shorter = min(len(before), len(now))
    head = next((place for place in range(shorter) if before[place] != now[place]), shorter)
    tail = next((place for place in range(shorter - head) if before[-1 - place] != now[-1 - place]), shorter - head)
    old, new = before[head : len(before) - tail], now[head : len(now) - tail]
    if len(old) * len(new) > MAX_COMPARED:
        return None
    between = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    blocks = [(0, 0, head), *((head + stands, head + was, size) for was, stands, size in between)]
    blocks.append((len(now) - tail, len(before) - tail, tail))
    return tuple(block for block in blocks if block[2])


def _before(kept: _Blocks, place: int) -> int | None:
    """Where the line at a place stood in the version before; None if it was not there."""
    at = bisect_right(kept, (place, _END)) - 1
    if at < 0:
        return None
    stands, was, size = kept[at]
    return was + place - stands if place < stands + size else None


def _line(number: int, text: bytes, by: Revision | None) -> Line:
    words = text.decode("utf-8", "replace")
    if by is None:
        return Line(number, words, "", "", None, NEVER, "")
    return Line(number, words, by.id, by.author, by.username, by.when, by.subject)


def blame(repository: Repository, names: Names, revision: str, file: str) -> list[Line]:
    """The lines of a file at a commit, followed through moves of the file. Runs one git process, and raises what
    `Repository.blame` does."""
    found = []
    for line in repository.blame(revision, file):
        author = names.of(line.author.name, line.author.email)
        place = (line.line_no, line.text, line.commit_id)
        found.append(Line(*place, author.name, author.username, line.when, line.subject))
    return found
