"""Bringing the history to HEAD: the commits that are new on the branch, oldest first, in one transaction.

Where the branch was rewritten, what is no longer on it is taken out first. From nothing it is the same code.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wiki.errors import NotFound
from wiki.history.revision import Touch
from wiki.history.tables import FORMAT, TABLES
from wiki.pages.path import PagePath
from wiki.pages.sqlite import Database
from wiki.storage.objects import Change, Commit, Person, kind_of
from wiki.storage.repository import Repository
from wiki.storage.walking import parts

Progress = Callable[[int, int], None]
BATCH = 500
MAX_SUBJECT = 500
MAX_BODY = 4_000
MAX_ALSO = 20
# Steps to look back from a merged commit for the branch before git is asked.
NEARBY = 30
# More added or deleted pages than this in one commit are an import: nobody looks there for pages that were moved.
MAX_CANDIDATES = 200
EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{7,40})\b", re.MULTILINE)
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Recording:
    """What is needed to bring `database` to HEAD."""

    database: Database
    repository: Repository

    def run(self, full: bool = False, progress: Progress | None = None) -> None:
        """Record what is missing; `full` from nothing."""
        with self.database.transaction() as connection:
            # HEAD is read inside: what another process recorded meanwhile must not be taken back.
            head = self._head()
            meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
            if full or meta.get("format") != FORMAT:
                for table in TABLES:
                    connection.execute(f"DELETE FROM {table}")
                meta = {"format": FORMAT, "built": secrets.token_hex(8)}
            if meta.get("revision") != head:
                self._record(connection, head, progress)
                meta["revision"] = head
                connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())

    def is_current(self) -> bool:
        """Whether everything up to HEAD is recorded, in the tables as they are now."""
        meta = dict(self.database.rows("SELECT key, value FROM meta"))
        return meta.get("format") == FORMAT and meta.get("revision") == self._head()

    def _head(self) -> str:
        try:
            return self.repository.head()
        except NotFound:
            return ""

    def _record(self, connection: sqlite3.Connection, head: str, progress: Progress | None) -> None:
        ids = self.repository.chain(head, stop=_Recorded(connection)) if head else []
        fork = self._fork(connection, ids, head)
        for table in ("event", "touch", "part"):
            connection.execute(f"DELETE FROM {table} WHERE seq > ?", (fork,))
        ids.reverse()
        people = _People(connection)
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            for number, (commit, touches) in enumerate(self._touched(part), fork + start + 1):
                self._insert(connection, people, number, commit, touches)
            if progress is not None:
                progress(start + len(part), len(ids))

    def _fork(self, connection: sqlite3.Connection, ids: Sequence[str], head: str) -> int:
        """How much of what is recorded stays: up to the commit that the missing ones continue."""
        parents = self.repository.commit(ids[-1]).parents if ids else (head,)
        found = connection.execute("SELECT seq FROM event WHERE id = ?", (parents[0],)).fetchone() if parents else None
        return int(found[0]) if found else 0

    def _touched(self, ids: Sequence[str]) -> Iterator[tuple[Commit, list[Touch]]]:
        """The commits with what they did to files, moves found and sizes measured."""
        for part in parts(self.repository.details(ids)):
            yield from self._measured([(commit, _recordable(changes)) for commit, changes in part])

    def _measured(self, details: list[tuple[Commit, list[Change]]]) -> Iterator[tuple[Commit, list[Touch]]]:
        sizes = self._sizes(changes for _, changes in details)
        moved = [_moved_unchanged(changes) for _, changes in details]
        unclear = [n for n, (_, changes) in enumerate(details) if _may_have_moved(changes, moved[n])]
        for number, moves in zip(unclear, self.repository.moves([details[n][0].id for n in unclear]), strict=True):
            moved[number] = {**moves, **moved[number]}
        for (commit, changes), sources in zip(details, moved, strict=True):
            targets = {old: new for new, old in reversed(sources.items())}
            yield commit, [_touch(change, sizes, sources, targets) for change in changes]

    def _sizes(self, changes: Iterator[list[Change]]) -> dict[str, int | None]:
        ids = {id: None for each in changes for change in each for id in (change.old_id, change.new_id) if id}
        return dict(zip(ids, self.repository.sizes(list(ids)), strict=True))

    def _insert(
        self, connection: sqlite3.Connection, people: _People, seq: int, commit: Commit, touches: list[Touch]
    ) -> None:
        author, trailers = people.number(commit.author), commit.trailers
        connection.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(seq, commit.id, _seconds(commit.authored), _seconds(commit.committed)),
                *(author, commit.subject[:MAX_SUBJECT], commit.body[:MAX_BODY]),
                *(_last(trailers, "Minor-edit").lower() == "yes", _last(trailers, "Affiliation")[:MAX_SUBJECT]),
                *(_suggestion(trailers), _revert_of(commit), len(touches)),
            ),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO touch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(touch.path, seq, touch.path.partition("/")[0] if "/" in touch.path else "", touch.status),
                    *(touch.blob_id, touch.old_id, touch.size, touch.size_change, touch.moved_from, touch.moved_to),
                )
                for touch in touches
            ],
        )
        others = [people.number(person) for person in self._also(connection, commit)] if commit.parents[1:] else []
        parts = dict.fromkeys([author, *others])
        connection.executemany(
            "INSERT INTO part VALUES (?, ?, ?)", [(person, seq, rank) for rank, person in enumerate(parts)]
        )

    def _also(self, connection: sqlite3.Connection, merge: Commit) -> list[Person]:
        """The authors of what a merge brought in, the latest first."""
        recorded = _Recorded(connection)
        found: dict[Person, None] = {}
        for parent in merge.parents[1 : MAX_ALSO + 1]:
            ids = self.repository.chain(parent, stop=recorded, limit=NEARBY)
            if len(ids) == NEARBY or any(len(self.repository.commit(id).parents) != 1 for id in ids):
                ids = self.repository.reachable([parent], [merge.parents[0]], limit=200)
            found |= dict.fromkeys(commit.author for commit in self.repository.commits(ids))
        return list(found)[:MAX_ALSO]


class _Recorded:
    """The commits that are in the table, as a container."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __contains__(self, id: object) -> bool:
        return self._connection.execute("SELECT 1 FROM event WHERE id = ?", (id,)).fetchone() is not None


class _People:
    """Numbers of people, given on first sight."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[Person, int] = {}

    def number(self, person: Person) -> int:
        known = self._known.get(person)
        if known is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO person (name, email) VALUES (?, ?)", (person.name, person.email)
            )
            query = "SELECT person FROM person WHERE name = ? AND email = ?"
            known = self._known[person] = int(
                self._connection.execute(query, (person.name, person.email)).fetchone()[0]
            )
        return known


def _recordable(changes: list[Change]) -> list[Change]:
    """Without submodules, and without names that no address can hold."""
    return [
        change
        for change in changes
        if kind_of(change.new_mode or change.old_mode) != "submodule" and not _has_surrogates(change.path)
    ]


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text) if not text.isascii() else False


def _moved_unchanged(changes: list[Change]) -> dict[str, str]:
    """New path to old, where a file appears with the content that another one had until then."""
    added = [change for change in changes if change.status == "A" and change.new_id != EMPTY]
    if not added:
        return {}
    left: dict[str, list[str]] = {}
    named: dict[tuple[str, str], list[str]] = {}
    # The first of each is wanted first, so it comes last. A page that was moved and leaves a redirect is changed where it
    # was, and not deleted.
    for status in ("M", "D"):
        for change in reversed(changes):
            if change.status == status and change.old_id is not None:
                left.setdefault(change.old_id, []).append(change.path)
                named.setdefault((change.old_id, _name(change.path)), []).append(change.path)
    moved: dict[str, str] = {}
    taken: set[str] = set()
    for change in added:
        id = change.new_id or ""
        source = _next(named.get((id, _name(change.path))), taken) or _next(left.get(id), taken)
        if source:
            taken.add(source)
            moved[change.path] = source
    return moved


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _next(paths: list[str] | None, taken: set[str]) -> str:
    while paths and paths[-1] in taken:
        paths.pop()
    return paths[-1] if paths else ""


def _may_have_moved(changes: list[Change], moved: dict[str, str]) -> bool:
    """Whether pages were added and others deleted, so that git's comparison of content is worth its time."""
    sources = set(moved.values())
    pages = [change for change in changes if PagePath.of_file(change.path) is not None]
    added = sum(change.status == "A" and change.path not in moved for change in pages)
    deleted = sum(change.status == "D" and change.path not in sources for change in pages)
    return 0 < added <= MAX_CANDIDATES and 0 < deleted <= MAX_CANDIDATES


def _touch(change: Change, sizes: dict[str, int | None], sources: dict[str, str], targets: dict[str, str]) -> Touch:
    size = sizes.get(change.new_id) if change.new_id else None
    old_size = sizes.get(change.old_id) if change.old_id else None
    source = sources.get(change.path)
    touch = Touch(
        path=change.path,
        status="R" if source is not None else change.status,
        blob_id=change.new_id,
        old_id=change.old_id,
        size=size,
        size_change=(size or 0) - (old_size or 0),
        moved_from=source,
    )
    return replace(touch, moved_to=targets.get(change.path)) if change.status in "DM" else touch


def _last(trailers: dict[str, tuple[str, ...]], key: str) -> str:
    return trailers.get(key, ("",))[-1]


def _suggestion(trailers: dict[str, tuple[str, ...]]) -> int | None:
    value = _last(trailers, "Suggestion").removeprefix("#")
    return int(value) if _NUMBER.fullmatch(value) else None


def _revert_of(commit: Commit) -> str | None:
    found = _REVERTS.search(commit.body[:MAX_BODY])
    value = _last(commit.trailers, "Revert-of") or (found[1] if found else "")
    return value if re.fullmatch(r"[0-9a-f]{7,40}", value) else None


def _seconds(when: datetime) -> int:
    return int(when.timestamp())
