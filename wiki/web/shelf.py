"""The finished answers that all processes of a server share, in a file: made once, and not once again after a restart."""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path

from wiki.pages.sqlite import Database

MAX_SHELVED = 20_000
# So many answers of earlier stands go with each one that is stored, so that no request waits for all of them.
CLEARED_AT_ONCE = 50
COUNT_EVERY = 500
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS answer (key BLOB PRIMARY KEY, stand TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS stands ON answer (stand)"
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What the application answered; `tag` differs from that of any other answer at the address."""

    status: str
    headers: list[tuple[str, str]]
    tag: str
    body: bytes


class Shelf:
    """Losing it, or not being able to write it, costs time only.

    `build` names the code, templates, assets and settings that made the answers; another build's are not used. A
    stand is the commit and the day that answers are true of.
    """

    def __init__(self, path: Path, build: str) -> None:
        self._database = Database(path, SCHEMA)
        self._build = build
        self.folder = path.parent
        self._cleared = ""
        self._room = 0

    def get(self, stand: str, key: tuple[str, ...]) -> Finished | None:
        """The answer that was stored under a key at a stand."""
        try:
            row = self._database.row("SELECT data FROM answer WHERE key = ?", (self._name(stand, key),))
            if row is None:
                return None
            status, headers, tag, body = marshal.loads(row[0])  # noqa: S302 - our own file, as the index beside it
            return Finished(status, headers, tag, zlib.decompress(body))
        except (sqlite3.Error, OSError, ValueError, TypeError, EOFError, zlib.error):
            return None

    def put(self, stand: str, key: tuple[str, ...], answer: Finished) -> None:
        """Store an answer; those of other stands go little by little."""
        stand, name = self._build + stand, self._name(stand, key)
        data = marshal.dumps((answer.status, answer.headers, answer.tag, zlib.compress(answer.body, 1)))
        try:
            if self._cleared != stand:
                self._clear(stand)
            if self._room > 0 or self._count():
                self._room -= 1
                self._database.rows("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", (name, stand, data))
        except (sqlite3.Error, OSError):
            return

    def _clear(self, stand: str) -> None:
        sql = "DELETE FROM answer WHERE key IN (SELECT key FROM answer WHERE stand < ? OR stand > ? LIMIT ?)"
        with self._database.connection() as connection:
            gone = connection.execute(sql, (stand, stand, CLEARED_AT_ONCE))
            if gone.rowcount < CLEARED_AT_ONCE:
                self._cleared = stand

    def _count(self) -> bool:
        """Whether there is room for more; counting takes long, so it isn't done for every answer."""
        taken = self._database.row("SELECT count(*) FROM answer")[0]
        self._room = min(COUNT_EVERY, MAX_SHELVED - taken)
        return self._room > 0

    def _name(self, stand: str, key: tuple[str, ...]) -> bytes:
        return hashlib.sha256("\0".join((self._build, stand, *key)).encode("utf-8", "surrogateescape")).digest()
