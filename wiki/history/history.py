"""The history of pages and people, answered from tables that follow HEAD. No question here runs a process.

Its cost doesn't grow with the number of commits: every question goes along an index, as far as the answer needs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any

from wiki.errors import Unavailable
from wiki.history.names import NameBook, Names
from wiki.history.recording import Progress, Recording
from wiki.history.revision import ChangeSet, Revision, Touch
from wiki.history.tables import SCHEMA
from wiki.pages.sqlite import Database
from wiki.storage.repository import Repository

MAX_SHOWN = 20
# Paths that are looked up one by one; more of them are looked for among the newest events.
FEW_PATHS = 200
_END = 1 << 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVENT = (
    "e.seq, e.id, e.authored, e.committed, a.name, a.email, c.name, c.email, e.subject, e.body, e.minor, "
    "e.affiliation, e.suggestion, e.revert_of, e.changed"
)
_TOUCH = "t.path, t.status, t.blob_id, t.old_id, t.size, t.size_change, t.moved_from, t.moved_to"
_PEOPLE = "JOIN person a ON a.person = e.author JOIN person c ON c.person = e.committer"
_REVISIONS = f"SELECT {_EVENT}, {_TOUCH} FROM touch t JOIN event e ON e.seq = t.seq {_PEOPLE}"


class History:
    """Who changed what and when, up to the commit `revision()`. Safe between threads and processes.

    A path is a page's ("communications/signal") or a file's ("communications/signal.md", an attachment's). What a page
    was called before it was moved is part of its history.
    """

    def __init__(self, repository: Repository, path: Path) -> None:
        self._database = Database(path, SCHEMA)
        self._recording = Recording(self._database, repository)
        self._book = NameBook(repository)

    # Following HEAD

    def revision(self) -> str:
        """The commit up to which everything is known; empty before the first time."""
        row = self._database.row("SELECT value FROM meta WHERE key = 'revision'")
        return str(row[0]) if row else ""

    def catch_up(self, progress: Progress | None = None, full: bool = False) -> str:
        """Record what HEAD has that is not known yet, from nothing if `full`; the commit it then stands at.

        `progress` gets (done, total) in commits. Raises Unavailable("history.busy") while another process is at it.
        """
        try:
            self._recording.run(full, progress)
        except sqlite3.OperationalError as error:
            raise Unavailable("history.busy", retry_after=5, reason=str(error))
        return self.revision()

    # One page

    def page(self, path: str, limit: int = 50, before: int | None = None) -> list[Revision]:
        """The newest revisions of a page, older than the event `before`."""
        return list(islice(self._revisions(_file(path), (before or _END) - 1, limit), limit))

    def count(self, path: str | None = None) -> int:
        """How many revisions a page has, or how many events there are."""
        if path is None:
            return int(self._database.row("SELECT COALESCE(MAX(seq), 0) FROM event")[0])
        query = "SELECT COUNT(*) FROM touch WHERE path = ? AND seq BETWEEN ? AND ?"
        return sum(int(self._database.row(query, segment)[0]) for segment in self._segments(_file(path)))

    def last(self, path: str) -> Revision | None:
        """What happened to a page last; its deletion or its move away too."""
        return next(self._revisions(_file(path), _END), None)

    def first(self, path: str) -> Revision | None:
        """How a page began, under whatever name."""
        *_, oldest = self._segments(_file(path))
        return self._one("t.path = ? AND t.seq BETWEEN ? AND ? ORDER BY t.seq LIMIT 1", oldest)

    def deleted(self, path: str) -> Revision | None:
        """The deletion of a page that is not there any more (`old_id` is its last content); None for all others."""
        newest = self.last(path)
        return newest if newest is not None and newest.status == "D" else None

    def version(self, path: str, commit: str) -> Revision | None:
        """The revision of a page that was in force at an event, under whatever name; None if there was no page."""
        seq = self._seq(commit)
        if seq is None:
            return None
        found = next(self._revisions(_file(path), seq), None)
        return found if found is not None and found.status != "D" else None

    def at(self, path: str, commit: str) -> str | None:
        """The blob that held a page at an event, None if there was no page."""
        found = self.version(path, commit)
        return found.blob_id if found is not None else None

    def neighbours(self, path: str, commit: str) -> tuple[Revision | None, Revision | None]:
        """The revisions of a page right before and right after an event: (older, newer)."""
        seq = self._seq(commit)
        if seq is None:
            return None, None
        older = next(self._revisions(_file(path), seq - 1), None)
        newer = None
        for segment in self._segments(_file(path)):
            where = "t.path = ? AND t.seq BETWEEN ? AND ? AND t.seq > ? ORDER BY t.seq LIMIT 1"
            newer = self._one(where, (*segment, seq)) or newer
            if segment[1] <= seq:
                break
        return older, newer

    # The whole wiki

    def event(self, commit: str) -> ChangeSet | None:
        """The event of that commit with all its files; None if the branch never stood there."""
        seq = self._seq(commit)
        found = self._change_sets([] if seq is None else [seq], shown=_END)
        return found[0] if found else None

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

        They can be narrowed to what is below a folder (`path_prefix`: a category, a page with its attachments), to a
        person (username, or name of somebody without one), to some `paths` (the pages of a kind, say), to those that
        were committed at or after `since`, and to those not marked as minor.
        """
        top = (before or _END) - 1
        if person is not None:
            seqs = self._of_person(person, top)
        elif paths is not None:
            seqs = self._of_paths({_file(path) for path in paths}, top)
        elif path_prefix:
            seqs = self._below(path_prefix, top)
        else:
            seqs = self._all(top, include_minor)
        found: list[ChangeSet] = []
        while len(found) < limit:
            part = list(islice(seqs, limit - len(found)))
            if not part:
                break
            for event in self._change_sets(part):
                if since is not None and event.committed < since:
                    return found
                if (include_minor or not event.minor) and self._is_below(event, path_prefix):
                    found.append(event)
        return found

    def by(self, person: str, limit: int = 50, before: int | None = None, **narrower: Any) -> list[ChangeSet]:
        """What one person did, alone or as one of those whose work was merged; narrowed as in `recent`."""
        return self.recent(limit, before, person=person, **narrower)

    def names(self) -> Names:
        """How people are shown, for commits that are not events."""
        return self._book.current()

    # Insides: which events

    def _seq(self, commit: str) -> int | None:
        row = self._database.row("SELECT seq FROM event WHERE id = ?", (commit,))
        return int(row[0]) if row else None

    def _segments(self, path: str) -> Iterator[tuple[str, int, int]]:
        """(path, first, last event) of every name that what is now at `path` has had, newest first."""
        high = _END
        while True:
            query = "SELECT seq, moved_from FROM touch WHERE path = ? AND seq <= ? AND moved_from IS NOT NULL"
            row = self._database.row(f"{query} ORDER BY seq DESC LIMIT 1", (path, high))
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
                query = f"{_REVISIONS} WHERE t.path = ? AND t.seq BETWEEN ? AND ? ORDER BY t.seq DESC LIMIT ?"
                rows = self._database.rows(query, (name, low, next_high, portion))
                yield from self._as_revisions(rows)
                next_high = rows[-1][0] - 1 if len(rows) == portion else -1

    def _all(self, top: int, include_minor: bool) -> Iterator[int]:
        minor = "" if include_minor else "minor = 0 AND"
        return self._descending(f"SELECT seq FROM event WHERE {minor} seq <= ? ORDER BY seq DESC LIMIT 100", (), top)

    def _below(self, prefix: str, top: int) -> Iterator[int]:
        folder, _, rest = prefix.strip("/").partition("/")
        query = "SELECT DISTINCT seq FROM touch WHERE folder = ? AND seq <= ? "
        if not rest:
            return self._descending(query + "ORDER BY seq DESC LIMIT 100", (folder,), top)
        inside = prefix.strip("/") + "/"
        query = (
            "SELECT DISTINCT seq FROM touch WHERE folder = ? AND (path = ? OR (path >= ? AND path < ?)) AND seq <= ? "
        )
        bounds = (folder, inside[:-1] + ".md", inside, inside[:-1] + "0")
        return self._descending(query + "ORDER BY seq DESC LIMIT 100", bounds, top)

    def _of_paths(self, paths: set[str], top: int) -> Iterator[int]:
        if len(paths) > FEW_PATHS:
            # The plus keeps SQLite from looking up every path: going down from the newest finds some soon.
            query = "SELECT DISTINCT seq FROM touch WHERE +path IN (SELECT value FROM json_each(?)) AND seq <= ? "
            return self._descending(query + "ORDER BY seq DESC LIMIT 100", (json.dumps(sorted(paths)),), top)
        query = "SELECT seq FROM touch WHERE path = ? AND seq <= ? ORDER BY seq DESC LIMIT 100"
        return _merged(self._descending(query, (path,), top) for path in paths)

    def _of_person(self, person: str, top: int) -> Iterator[int]:
        names = self._book.current()
        wanted = []
        for number, name, email in self._database.rows("SELECT person, name, email FROM person"):
            shown = names.of(name, email)
            if shown.username == person or (shown.username is None and shown.name == person):
                wanted.append(number)
        query = "SELECT seq FROM part WHERE person = ? AND seq <= ? ORDER BY seq DESC LIMIT 100"
        return _merged(self._descending(query, (number,), top) for number in wanted)

    def _descending(self, query: str, parameters: Sequence[Any], top: int) -> Iterator[int]:
        """The events that a query finds from `top` down, fetched in portions."""
        last = top + 1
        while rows := self._database.rows(query, (*parameters, last - 1)):
            for row in rows:
                last = row[0]
                yield last

    def _is_below(self, event: ChangeSet, prefix: str) -> bool:
        """Whether an event that was found by person or path also touched the folder that was asked for."""
        if not prefix:
            return True
        inside = prefix.strip("/") + "/"
        query = "SELECT 1 FROM touch WHERE seq = ? AND (path = ? OR (path >= ? AND path < ?)) LIMIT 1"
        bounds = (event.seq, inside[:-1] + ".md", inside, inside[:-1] + "0")
        return self._database.row(query, bounds) is not None

    # Insides: rows to values

    def _one(self, where: str, parameters: Sequence[Any]) -> Revision | None:
        return next(iter(self._as_revisions(self._database.rows(f"{_REVISIONS} WHERE {where}", parameters))), None)

    def _as_revisions(self, rows: list[Any]) -> list[Revision]:
        names, also = self._book.current(), self._also([row[0] for row in rows])
        return [Revision(**_event(row, names, also), **_touch(row[15:])) for row in rows]

    def _change_sets(self, seqs: Sequence[int], shown: int = MAX_SHOWN) -> list[ChangeSet]:
        marks = ", ".join("?" * len(seqs))
        query = f"SELECT {_EVENT} FROM event e {_PEOPLE} WHERE e.seq IN ({marks}) ORDER BY e.seq DESC"
        rows = self._database.rows(query, seqs)
        names, also = self._book.current(), self._also(seqs)
        touches = self._touches([row[0] for row in rows if row[14] <= shown])
        for row in rows:
            if row[14] > shown:
                query = f"SELECT {_TOUCH} FROM touch t WHERE t.seq = ? ORDER BY t.path LIMIT ?"
                touches[row[0]] = [Touch(**_touch(each)) for each in self._database.rows(query, (row[0], shown))]
        return [
            ChangeSet(**_event(row, names, also), touches=tuple(touches.get(row[0], ())), changed=row[14])
            for row in rows
        ]

    def _touches(self, seqs: Sequence[int]) -> dict[int, list[Touch]]:
        marks = ", ".join("?" * len(seqs))
        found: dict[int, list[Touch]] = {}
        query = f"SELECT {_TOUCH}, t.seq FROM touch t WHERE t.seq IN ({marks}) ORDER BY t.seq, t.path"
        for row in self._database.rows(query, seqs):
            found.setdefault(row[8], []).append(Touch(**_touch(row[:8])))
        return found

    def _also(self, seqs: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        marks = ", ".join("?" * len(seqs))
        query = f"SELECT seq, name, email FROM part JOIN person USING (person) WHERE rank > 0 AND seq IN ({marks})"
        found: dict[int, list[tuple[str, str]]] = {}
        for seq, name, email in self._database.rows(f"{query} ORDER BY seq, rank", seqs):
            found.setdefault(seq, []).append((name, email))
        return found


def _file(path: str) -> str:
    """The file of a page's path; a name with a dot in it is a file's already."""
    text = str(path).strip("/")
    return text if "." in text.rpartition("/")[2] else f"{text}.md"


def _merged(streams: Iterable[Iterator[int]]) -> Iterator[int]:
    """Several falling rows of numbers as one, each number once."""
    last = _END
    for seq in merge(*streams, reverse=True):
        if seq < last:
            last = seq
            yield seq


def _event(row: Sequence[Any], names: Names, also: dict[int, list[tuple[str, str]]]) -> dict[str, Any]:
    author, committer = names.of(row[4], row[5]), names.of(row[6], row[7])
    return {
        "seq": row[0],
        "id": row[1],
        "when": _EPOCH + timedelta(seconds=row[2]),
        "committed": _EPOCH + timedelta(seconds=row[3]),
        "author": author.name,
        "username": author.username,
        "committer": committer.name,
        "committer_username": committer.username,
        "subject": row[8],
        "body": row[9],
        "minor": bool(row[10]),
        "affiliation": row[11],
        "suggestion": row[12],
        "revert_of": row[13],
        "also": tuple(dict.fromkeys(names.of(name, email).name for name, email in also.get(row[0], ()))),
    }


def _touch(row: Sequence[Any]) -> dict[str, Any]:
    keys = ("path", "status", "blob_id", "old_id", "size", "size_change", "moved_from", "moved_to")
    return dict(zip(keys, row, strict=True))
