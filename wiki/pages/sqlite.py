"""The SQLite files of derived data: the catalog, rendered pages. Each may be deleted or damaged at any time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import crc32

from filelock import FileLock

from wiki.forks import close_before_fork, renew_after_fork
from wiki.succession import Succession

MAX_IDLE = 16
BUSY_SECONDS = 30
CACHE_KIB = 256
LARGE_CACHE_KIB = 65_536
# What a large transaction has made of the write-ahead log is given back to the disk afterwards.
MAX_LOG_BYTES = 4_194_304
_left_to_the_parent: list[sqlite3.Connection] = []
_NO_FILE = (0, 0)


class Database:
    """One such file with its tables. Safe in several threads and processes, and after a fork.

    A connection serves one thread at a time; idle ones wait for whoever comes next, so that a server which makes a
    thread for every request opens none. Readers never wait for a writer (WAL). A power cut can lose the newest changes,
    which are then derived again, but not damage the file; one that is damaged all the same is replaced by an empty one.
    One that another version of the engine put in its place meanwhile is left alone, and can't be read here.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._layout = crc32(schema.encode()) >> 1
        self.succession = Succession(self._layout)
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._file = _NO_FILE
        close_before_fork(self)
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """Start anew in a forked process: connections must not be used in two."""
        _left_to_the_parent.extend(self._idle)
        self._lock = threading.Lock()
        self._idle = []

    def close(self) -> None:
        """Close the connections that nobody uses just now; asking opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        try:
            with self.connection() as connection:
                return connection.execute(sql, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
        with self.connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first row of a query; None where there is none."""
        return next(iter(self.rows(sql, parameters)), None)

    @contextmanager
    def transaction(self, large: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection whose changes become visible all at once at the end, or not at all.

        A `large` one may keep much of the file in memory meanwhile: it writes all over it.
        """
        with self.connection() as connection:
            if large:
                connection.execute(f"PRAGMA cache_size = -{LARGE_CACHE_KIB}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                if large:
                    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for the time of a with block."""
        try:
            connection, file = self._take()
        except OSError as error:
            # Its folder is out of reach, which is no other trouble than if the file were.
            raise sqlite3.OperationalError(str(error)) from error
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
                # Reading goes on with it. Were it the last, its log would go when it is closed, and a full disk has no
                # room for another.
                self._put_back(connection, file)
                raise
            connection.close()
            if _is_damage(error):
                self._remove()
            raise
        except BaseException:
            connection.close()
            raise
        self._put_back(connection, file)

    def _take(self) -> tuple[sqlite3.Connection, tuple[int, int]]:
        file = self._on_disk()
        with self._lock:
            if file == _NO_FILE or file != self._file:
                # Somebody deleted or replaced the file: the old one would answer from the past for ever.
                for connection in self._idle:
                    connection.close()
                self._idle, self._file = [], file
            if self._idle:
                return self._idle.pop(), file
        try:
            connection = self._open()
        except (OSError, sqlite3.OperationalError):
            # No room, or no right, to write beside the file: it is read as it lies. This connection sees no change, so it is
            # not kept.
            return self._frozen(), _NO_FILE
        with self._lock:
            self._file = file = self._on_disk()
        return connection, file

    def _put_back(self, connection: sqlite3.Connection, file: tuple[int, int]) -> None:
        with self._lock:
            if file == self._file and len(self._idle) < MAX_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _on_disk(self) -> tuple[int, int]:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - asked before every query; Path.stat takes twice as long
        except FileNotFoundError:
            return _NO_FILE
        if not found.st_size:
            self._remove_empty()
            return _NO_FILE
        return found.st_dev, found.st_ino

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            self._create()
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
        self._remove()
        self._create()
        return self._connect()

    def _create(self) -> None:
        """Make the file with its tables, which comes into its place whole: nobody ever meets an empty one of ours."""
        # Not those above it: a home that somebody moves is not to be begun again at its old place.
        self._path.parent.mkdir(exist_ok=True)
        with self._creating():
            if self._path.exists():
                return
            draft = self._path.with_name(f"{self._path.name}.new")
            # What a killed process, or a deleted file, left behind would be taken for part of the new one.
            for left in (draft, *_beside(draft), *_beside(self._path)):
                left.unlink(missing_ok=True)
            with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN;\n{self._schema};\nPRAGMA user_version = {self._layout};\nCOMMIT;")
            draft.replace(self._path)

    def _remove(self) -> None:
        with self._creating():
            self._path.unlink(missing_ok=True)

    def _remove_empty(self) -> None:
        """A file that was cut to nothing: SQLite would take it for new, and wait for all who have the old one open."""
        with self._creating(), suppress(FileNotFoundError):
            if not self._path.stat().st_size:
                self._path.unlink()

    def _creating(self) -> FileLock:
        return FileLock(self._path.with_name(self._path.name + ".create.lock"))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA journal_size_limit = {MAX_LOG_BYTES}")
            # The system keeps the file's pages for all; what each connection of each process keeps comes on top of it.
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            layout = self._layout_of(connection)
            # 0 is that of no version: somebody else's file.
            self.succession.meet(layout or None)
            if self.succession.is_over:
                raise sqlite3.OperationalError("another layout")
            if layout != self._layout:
                # Left by another version of the engine: as good as damaged.
                raise sqlite3.DatabaseError("another layout")
        except BaseException:
            connection.close()
            raise
        return connection

    def _frozen(self) -> sqlite3.Connection:
        """The file as of when its log was last taken in, for reading alone."""
        address = f"file:{quote(os.fsencode(self._path))}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, isolation_level=None, check_same_thread=False, uri=True)
        try:
            if self._layout_of(connection) != self._layout:
                raise sqlite3.OperationalError("another layout")
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _layout_of(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _beside(file: Path) -> tuple[Path, Path]:
    """The log of a file and what its readers share, as SQLite calls them."""
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is no database or a damaged one: the class itself, not one below it, says so, and a file that ends
    too early."""
    return type(error) is sqlite3.DatabaseError or (
        getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ
    )
