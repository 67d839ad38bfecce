"""The history of pages and people, answered from tables that follow HEAD. No question here runs a process.

Its cost doesn't grow with the number of commits: every question goes along an index, as far as the answer needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from wiki.errors import Unavailable
from wiki.history.names import NameBook, Names
from wiki.history.narrowing import Narrower, below, files_of
from wiki.history.recording import Progress, Recording
from wiki.history.revision import ChangeSet, Month, Revision, Touch
from wiki.history.rows import AUTHOR, EVENT, REVISIONS, TOUCH, event_of, touch_of
from wiki.history.tables import SCHEMA
from wiki.pages.sqlite import Database
from wiki.storage.repository import Repository

MAX_SHOWN = 20
# Paths that are looked up one by one; more of them are looked for going down from the newest events.
FEW_PATHS = 200
_END = 1 << 60


class History:
    """Who changed what and when, up to the commit `revision()`. Safe between threads and processes.

    A path is a page's ("communications/signal") or a file's ("communications/signal.md", an attachment's). What a page
    was called before it was moved is part of its history. Every question raises Unavailable("history.unreadable") where the
    file can't be read, so that pages go on without it.
    """

    def __init__(self, repository: Repository, path: Path) -> None:
        self._database = Database(path, SCHEMA)
        self._recording = Recording(self._database, repository)
        self._lock_path = path.with_name(f"{path.name}.lock")
        self._book = NameBook(repository)
        self._renamed: tuple[str, Mapping[str, str]] = ("", {})

    # Following HEAD

    def revision(self) -> str:
        """The commit up to which everything is known; empty before the first time."""
        row = self._row("SELECT value FROM meta WHERE key = 'revision'")
        return str(row[0]) if row else ""

    def is_superseded(self) -> bool:
        """Whether another version of the engine has made the file anew meanwhile, which this one can't read."""
        return self._database.succession.is_over

    def catch_up(self, progress: Progress | None = None, full: bool = False, wait: float = 10.0) -> str:
        """Record what HEAD has that is not known yet, from nothing if `full`; the commit it then stands at.

        `progress` gets (done, total) in commits. Where another process is at it, its end is waited for, at most `wait`
        seconds: then the answer is the commit it still stands at. Raises Unavailable("history.unwritable").
        """
        try:
            if not full and self._recording.is_current():
                return self.revision()
            # Made anew each time: a lock object is good for the process that made it, and servers fork.
            with FileLock(self._lock_path).acquire(timeout=wait):
                self._recording.run(full, progress)
        except Timeout:
            return self.revision()
        except sqlite3.OperationalError as error:
            raise Unavailable("history.unwritable", reason=str(error))
        except sqlite3.DatabaseError:
            # The file was damaged, and has been replaced by an empty one.
            self._recording.run(full, progress)
        return self.revision()

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        self._database.close()

    def require_made(self) -> None:
        """For whoever found nothing: that nothing is known yet doesn't mean that nothing has happened. Raises
        Unavailable("history.busy") before the first time, and where all is being made again."""
        if not self.revision():
            raise Unavailable("history.busy", retry_after=5)

    # One page

    def page(self, path: str, limit: int = 50, before: int | None = None) -> list[Revision]:
        """The newest revisions of a page, older than the event `before`."""
        return list(islice(self._revisions(self._file(path), (before or _END) - 1, limit), limit))

    def count(self, path: str | None = None) -> int:
        """How many revisions a page has, or how many events there are."""
        if path is None:
            return int(self._row("SELECT COALESCE(MAX(seq), 0) FROM event")[0])
        query = "SELECT COUNT(*) FROM touch WHERE path = ? AND seq BETWEEN ? AND ?"
        return sum(int(self._row(query, segment)[0]) for segment in self._segments(self._file(path)))

    def last(self, path: str) -> Revision | None:
        """What happened to a page last; its deletion or its move away too."""
        return next(self._revisions(self._file(path), _END), None)

    def deleted(self, path: str) -> Revision | None:
        """The deletion of a page that is not there any more (`old_id` is its last content); None for all others."""
        newest = self.last(path)
        return newest if newest is not None and newest.status == "D" else None

    def version(self, path: str, commit: str) -> Revision | None:
        """The revision of a page that was in force at an event, under whatever name; None if there was no page."""
        seq = self._seq(commit)
        if seq is None:
            return None
        found = next(self._revisions(self._file(path), seq), None)
        return found if found is not None and found.status != "D" else None

    def change(self, path: str, commit: str) -> tuple[Revision | None, Revision | None]:
        """The revision of a page that was in force at an event, None if there was no page, and the one before it."""
        seq = self._seq(commit)
        newest = [] if seq is None else list(islice(self._revisions(self._file(path), seq, 2), 2))
        if not newest:
            return None, None
        now, before = newest[0], newest[1] if len(newest) > 1 else None
        return (now, before) if now.status != "D" else (None, before if now.id == commit else now)

    def neighbours(self, path: str, commit: str) -> tuple[Revision | None, Revision | None]:
        """The revisions of a page right before and right after an event: (older, newer)."""
        seq = self._seq(commit)
        if seq is None:
            return None, None
        older = next(self._revisions(self._file(path), seq - 1), None)
        newer = None
        for segment in self._segments(self._file(path)):
            where = "t.path = ? AND t.seq BETWEEN ? AND ? AND t.seq > ? ORDER BY t.seq LIMIT 1"
            newer = self._one(where, (*segment, seq)) or newer
            if segment[1] <= seq:
                break
        return older, newer

    def _file(self, path: str) -> str:
        """The file that this path is or was that of: a page's, or with a dot in its name, what else was called so."""
        page, *others = files_of(path)
        is_page = not others or self._row("SELECT EXISTS (SELECT 1 FROM touch WHERE path = ?)", (page,))[0]
        return page if is_page else others[0]

    # The whole wiki

    def place(self, commit: str) -> int:
        """Where the event of that commit stands in the history, counted from 1; 0 if the branch never stood there."""
        return self._seq(commit) or 0

    def recent(
        self,
        limit: int = 50,
        before: int | None = None,
        *,
        path_prefix: str = "",
        person: str | None = None,
        paths: Collection[str] | None = None,
        since: datetime | None = None,
        include_minor: bool = True,
    ) -> list[ChangeSet]:
        """The newest events, older than the event `before`.

        Raises Unavailable("history.busy") before the first time, and where all is being made again.

        They can be narrowed to what is below a folder (`path_prefix`: a category, a page with its attachments), to a
        person (username, or name of somebody without one), to some `paths` (the pages of a kind, say), to those that
        were committed at or after `since`, and to those not marked as minor.
        """
        narrower = Narrower(include_minor, path_prefix, paths, since)
        top = (before or _END) - 1
        if person is not None:
            seqs = _merged(
                self._down("part", "x.person = ?", [number], narrower, top) for number in self._numbers(person)
            )
        elif paths is not None and len(paths) <= FEW_PATHS:
            seqs = _merged(self._down("touch", "x.path = ?", [self._file(path)], narrower, top) for path in set(paths))
        elif path_prefix:
            where, given = below("x", path_prefix)
            seqs = self._down("touch", where, given, replace(narrower, path_prefix=""), top)
        else:
            seqs = self._down("event", "TRUE" if include_minor else "x.minor = 0", [], narrower, top)
        found = self._change_sets(list(islice(seqs, limit)))
        if not found:
            self.require_made()
        return found

    def by(self, person: str, limit: int = 50, before: int | None = None, **narrower: Any) -> list[ChangeSet]:
        """What one person did, alone or as one of those whose work was merged; narrowed as in `recent`."""
        return self.recent(limit, before, person=person, **narrower)

    def months(self, since: datetime) -> list[Month]:
        """How much happened in each month (UTC) from a moment on, newest first; months without a change are left out."""
        query = """SELECT strftime('%Y-%m', committed, 'unixepoch') AS month, count(*), count(DISTINCT author)
            FROM event WHERE committed >= ? GROUP BY month ORDER BY month DESC"""
        return [Month(*row) for row in self._rows(query, (int(since.timestamp()),))]

    def addresses(self, username: str) -> set[str]:
        """The addresses in commits that are shown as this account's. Raises Unavailable("history.busy") as `recent` does."""
        names = self._book.current()
        rows = self._rows("SELECT name, email FROM person")
        if not rows:
            self.require_made()
        return {email for name, email in rows if names.of(name, email).username == username}

    def renamed(self) -> Mapping[str, str]:
        """For names as they stand in commits, the one that is shown instead, where that is one and another."""
        names = self._book.current()
        if not names.id:
            return {}
        known, found = self._renamed
        stand = f"{names.id}{self.revision()}"
        if known != stand:
            shown: dict[str, set[str]] = {}
            for name, email in self._rows("SELECT name, email FROM person"):
                shown.setdefault(name, set()).add(names.of(name, email).name)
            found = {name: min(others) for name, others in shown.items() if len(others) == 1 and others != {name}}
            self._renamed = (stand, found)
        return found

    def names(self) -> Names:
        """How people are shown, for commits that are not events."""
        return self._book.current()

    # Insides: asking

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._database.rows(sql, parameters)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable("history.unreadable", reason=str(error)) from error

    def _row(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return next(iter(self._rows(sql, parameters)), None)

    # Insides: which events

    def _seq(self, commit: str) -> int | None:
        row = self._row("SELECT seq FROM event WHERE id = ?", (commit,))
        return int(row[0]) if row else None

    def _segments(self, path: str) -> Iterator[tuple[str, int, int]]:
        """(path, first, last event) of every name that what is now at `path` has had, newest first."""
        high = _END
        while True:
            query = "SELECT seq, moved_from FROM touch WHERE path = ? AND seq <= ? AND moved_from IS NOT NULL"
            row = self._row(f"{query} ORDER BY seq DESC LIMIT 1", (path, high))
            if row is None:
                yield path, 0, high
                return
            yield path, row[0], high
            path, high = row[1], row[0] - 1

    def _revisions(self, path: str, top: int, portion: int = 1) -> Iterator[Revision]:
        """The revisions of a page from the event `top` down, fetched in portions."""
        for name, low, high in self._segments(path):
            next_high = min(high, top)
            while next_high >= low:
                query = f"{REVISIONS} WHERE t.path = ? AND t.seq BETWEEN ? AND ? ORDER BY t.seq DESC LIMIT ?"
                rows = self._rows(query, (name, low, next_high, portion))
                yield from self._as_revisions(rows)
                next_high = rows[-1][0] - 1 if len(rows) == portion else -1

    def _numbers(self, person: str) -> list[int]:
        """Everybody in the commits who is shown as this person."""
        names = self._book.current()
        found = []
        for number, name, email in self._rows("SELECT person, name, email FROM person"):
            shown = names.of(name, email)
            if shown.username == person or (shown.username is None and shown.name == person):
                found.append(number)
        return found

    def _down(self, table: str, where: str, given: Sequence[Any], narrower: Narrower, top: int) -> Iterator[int]:
        """The events in a table from `top` down that meet a condition and all others, fetched in portions."""
        conditions, more = narrower.conditions()
        all_of = " AND ".join([where, *conditions])
        query = f"SELECT DISTINCT x.seq FROM {table} x WHERE {all_of} AND x.seq <= ? ORDER BY x.seq DESC LIMIT 100"
        while rows := self._rows(query, (*given, *more, top)):
            yield from (row[0] for row in rows)
            top = rows[-1][0] - 1

    # Insides: rows to values

    def _one(self, where: str, parameters: Sequence[Any]) -> Revision | None:
        return next(iter(self._as_revisions(self._rows(f"{REVISIONS} WHERE {where}", parameters))), None)

    def _as_revisions(self, rows: list[Any]) -> list[Revision]:
        names, also = self._book.current(), self._also([row[0] for row in rows])
        return [Revision(**event_of(row, names, also), **touch_of(row[13:])) for row in rows]

    def _change_sets(self, seqs: Sequence[int]) -> list[ChangeSet]:
        marks = ", ".join("?" * len(seqs))
        query = f"SELECT {EVENT} FROM event e {AUTHOR} WHERE e.seq IN ({marks}) ORDER BY e.seq DESC"
        rows = self._rows(query, seqs)
        names, also = self._book.current(), self._also(seqs)
        touches = self._touches([row[0] for row in rows if row[12] <= MAX_SHOWN])
        for row in rows:
            if row[12] > MAX_SHOWN:
                query = f"SELECT {TOUCH} FROM touch t WHERE t.seq = ? ORDER BY t.path LIMIT ?"
                touches[row[0]] = [Touch(**touch_of(each)) for each in self._rows(query, (row[0], MAX_SHOWN))]
        return [
            ChangeSet(**event_of(row, names, also), touches=tuple(touches.get(row[0], ())), changed=row[12])
            for row in rows
        ]

    def _touches(self, seqs: Sequence[int]) -> dict[int, list[Touch]]:
        marks = ", ".join("?" * len(seqs))
        found: dict[int, list[Touch]] = {}
        query = f"SELECT {TOUCH}, t.seq FROM touch t WHERE t.seq IN ({marks}) ORDER BY t.seq, t.path"
        for row in self._rows(query, seqs):
            found.setdefault(row[8], []).append(Touch(**touch_of(row[:8])))
        return found

    def _also(self, seqs: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        marks = ", ".join("?" * len(seqs))
        query = f"SELECT seq, name, email FROM part JOIN person USING (person) WHERE rank > 0 AND seq IN ({marks})"
        found: dict[int, list[tuple[str, str]]] = {}
        for seq, name, email in self._rows(f"{query} ORDER BY seq, rank", seqs):
            found.setdefault(seq, []).append((name, email))
        return found


def _merged(streams: Iterable[Iterator[int]]) -> Iterator[int]:
    """Several falling rows of numbers as one, each number once."""
    last = _END
    for seq in merge(*streams, reverse=True):
        if seq < last:
            last = seq
            yield seq
