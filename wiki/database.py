"""The accounts database: one pool of connections per process, transactions, and the schema's upgrades.

SQLite by default (write-ahead log, so that readers never wait for a writer), PostgreSQL by address. What the tables are
is said in `wiki.accounts.tables`; how they came to be, in `wiki.migrations`. Whatever goes wrong below is raised as
Unavailable("database.…"), so that the rest of the wiki can go on without accounts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Pool, Table, exc, text
from sqlalchemy.dialects import sqlite

from wiki.engines import (
    BUSY_SECONDS,
    MIGRATION,
    ONLY_READ,
    READING,
    WRITING,
    address_of,
    begin,
    code_of,
    engine_for,
    reason_of,
    translated,
)
from wiki.errors import Problem, Unavailable
from wiki.forks import close_before_fork, renew_after_fork
from wiki.migrations import HEAD, is_newer, migrate, version_of
from wiki.postgresql import SILENT, Patience
from wiki.unchanged import Stand, Watch

# Longer than it waits for a lock, which it tells us.
ANSWER_SECONDS = BUSY_SECONDS + 2.0
PAUSE_SECONDS = 10.0
# Any number will do, as long as all processes that upgrade one database take the same.
UPGRADE_LOCK = 0x77696B69


class Upsert(Protocol):
    """An INSERT with ON CONFLICT, as SQLite and PostgreSQL both have it."""

    excluded: Any

    def values(self, **values: Any) -> Upsert: ...

    def on_conflict_do_update(self, *, index_elements: list[Any], set_: dict[str, Any]) -> Any: ...

    def on_conflict_do_nothing(self) -> Any: ...


def upsert(connection: Connection, table: Table) -> Upsert:
    """An INSERT into `table` that can say what to do where the row is there already, in the connection's dialect."""
    if connection.dialect.name != "postgresql":
        return cast(Upsert, sqlite.insert(table))
    # Most wikis never need it, and it takes time and memory.
    from sqlalchemy.dialects import postgresql

    return cast(Upsert, postgresql.insert(table))


class Database:
    """The accounts database at one address.

    Nothing is opened before the first use. One object serves all threads of a process, and a process forked from this
    one gets connections of its own.
    """

    # Alembic knows one connection in a process: two migrations at once would each do part of the other's.
    _migrating = threading.Lock()

    def __init__(self, url: str) -> None:
        self.url = address_of(url)
        sqlite_path = self.url.database if self.url.get_backend_name() == "sqlite" else None
        self.file = Path(sqlite_path).absolute() if sqlite_path else None
        self.patience = Patience(ANSWER_SECONDS, PAUSE_SECONDS)
        self._engine = engine_for(self.url, self.file, self.patience)
        self._watch = Watch(self.file) if self.file is not None else None
        self._identity: tuple[int, int] | None = None
        self._seen: tuple[int, int] | None = None
        self._upgrading = threading.Lock()
        self._ready = False
        self._abandoned: list[Pool] = []
        close_before_fork(self)
        renew_after_fork(self)

    def __repr__(self) -> str:
        return f"Database({self.url.render_as_string(hide_password=True)})"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: one consistent view. Raises Unavailable("database.…")."""
        with self._transaction(READING) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back by an error. Raises Unavailable("database.…")."""
        with self._transaction(WRITING) as connection:
            yield connection

    def stand(self) -> Stand | None:
        """Another value after every change, whoever makes it; None where that can't be told quickly, as of PostgreSQL."""
        if self._watch is None or not self._ready or self._replaced():
            return None
        return self._watch.stand()

    def expect(self, identity: tuple[int, int] | None) -> None:
        """Device and inode that the file had when it was seen last; it has gone since, and is not made, if it isn't there.

        For a database that has not been used yet; None if nobody has looked.
        """
        self._identity = self._seen = identity

    def upgrade(self) -> None:
        """Make the database if there is none, and bring its schema to this engine's version; twice is harmless.

        Raises Unavailable("database.newer") where a newer engine has been at work.
        """
        with self._upgrading:
            if self._ready and not self._replaced():
                return
            self._ready = False
            if self.file is not None:
                self._open_file(self.file)
            with translated():
                self._migrate(HEAD)
            self._ready = True

    def downgrade(self, version: str) -> None:
        """Bring the schema back to an older version ("base": nothing at all), for going back to an older engine."""
        self.upgrade()
        with self._upgrading, translated():
            self._migrate(version)
            self._ready = False

    def version(self) -> str | None:
        """The schema's version as stored, None where there is no schema yet."""
        with translated(), self._engine.connect() as connection:
            return version_of(connection)

    def is_superseded(self) -> bool:
        """Whether a newer version of this engine has been at work here. Raises Unavailable."""
        return is_newer(self.version())

    def check(self, thorough: bool = False) -> list[Problem]:
        """What is wrong with the database; `thorough` reads all of it where the database can check itself."""
        try:
            with self.read() as connection:
                connection.execute(text("SELECT 1 FROM users LIMIT 1"))
                if thorough and self.file is not None:
                    found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
                    if list(found) != ["ok"]:
                        return [Problem("database.damaged", str(self.file), {"reason": "; ".join(found[:5])})]
                if self.file is None and connection.execute(text(ONLY_READ)).scalar():
                    # One that takes over for another, say, before it was told to.
                    return [Problem("database.read_only", params={"reason": "PostgreSQL refuses changes"})]
        except Unavailable as error:
            return [Problem(error.code, str(self.file or ""), error.params)]
        except exc.DBAPIError as error:
            return [Problem("database.damaged", str(self.file or ""), {"reason": reason_of(error)})]
        return []

    def close(self) -> None:
        """Close this process's connections; the next use opens new ones."""
        self._engine.dispose()
        if self._watch is not None:
            self._watch.close()

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[Connection]:
        if self.patience.is_over():
            raise Unavailable("database.unreachable", reason=SILENT)
        if not self._ready or self._replaced():
            self.upgrade()
        try:
            with translated(), begin(self._engine, mode) as connection:
                yield connection
        except Unavailable as error:
            if error.code == "database.read_only":
                # A connection that SQLite opened while the file couldn't be written stays like that.
                self._engine.dispose()
            raise
        except exc.DBAPIError as error:
            if self.is_superseded():
                # It isn't what was asked that is wrong.
                raise Unavailable("database.newer", found=self.version(), known=HEAD) from error
            raise

    def _replaced(self) -> bool:
        """Whether the file is not the one we have open: a backup was put back while we were running."""
        if self.file is None:
            return False
        found = _stat(self.file)
        if found is None:
            return self._identity is not None
        if (found.st_dev, found.st_ino) != self._identity:
            return True
        if not found.st_size:
            # SQLite would take it for a new database, and wait for ever for those who still have the old one open.
            raise Unavailable("database.damaged", file=str(self.file), reason="the file is empty")
        return False

    def _open_file(self, file: Path) -> None:
        identity = _identity(file)
        if identity is None:
            if self._identity is not None:
                # It was there a moment ago. An empty one in its place would hide the loss, so that waits for a restart.
                raise Unavailable("database.missing", file=str(file))
            _create(file)
            identity = _identity(file)
        elif identity == self._seen and not file.stat().st_size:
            # Cut to nothing since it was seen, before it was ever used here: the same loss.
            raise Unavailable("database.missing", file=str(file))
        self.close()
        self._identity = identity

    def _migrate(self, version: str) -> None:
        with self._engine.connect() as connection:
            if version == HEAD and version_of(connection) == HEAD:
                return
        try:
            with Database._migrating, begin(self._engine, MIGRATION) as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
                migrate(connection, version)
        except (exc.ProgrammingError, exc.OperationalError) as error:
            if code_of(error) in (None, "database.unreachable"):
                # Most likely there is a table of this name, which somebody else has made.
                raise Unavailable("database.upgrade", version=version, reason=reason_of(error)) from error
            raise
        finally:
            # The connection that ran the migration does not heed foreign keys.
            self._engine.dispose()

    def renew_locks(self) -> None:
        """Start anew in a forked process."""
        # A connection opened by the parent must be neither used nor closed here: closing would undo the parent's locks.
        self._abandoned.append(self._engine.pool)
        self._engine.dispose(close=False)
        if self._watch is not None:
            self._watch.renew_locks()
        self._upgrading = threading.Lock()
        Database._migrating = threading.Lock()


def open_database(url: str) -> Database:
    """The database at a SQLAlchemy address. Raises Invalid("database.…") where the address can't be used at all.

    What is there is looked at on first use, so a wiki starts, and is read, while its accounts are out of reach.
    """
    return Database(url)


def _identity(file: Path) -> tuple[int, int] | None:
    found = _stat(file)
    return None if found is None else (found.st_dev, found.st_ino)


def _stat(file: Path) -> os.stat_result | None:
    """What the system knows of a file; None where there is none."""
    try:
        return os.stat(file)  # noqa: PTH116 - asked by every request; Path.stat takes twice as long
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable("database.unreachable", reason=error.strerror)


def _create(file: Path) -> None:
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable("database.unreachable", reason=error.strerror)
