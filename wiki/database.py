"""The accounts database: one pool of connections per process, transactions, and the schema's upgrades.

SQLite by default (write-ahead log, so that readers never wait for a writer), PostgreSQL by address. What the tables are
is said in `wiki.accounts.tables`; how they came to be, in `wiki.migrations`. Whatever goes wrong below is raised as
Unavailable("database.…"), so that the rest of the wiki can go on without accounts.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import unquote_to_bytes

from sqlalchemy import Connection, Engine, Pool, Table, create_engine, event, exc, make_url, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL

from wiki.errors import Invalid, Problem, Unavailable
from wiki.forks import close_before_fork, renew_after_fork
from wiki.migrations import HEAD, migrate, version_of
from wiki.postgresql import SILENT, Patience
from wiki.unchanged import Stand, Watch

BUSY_SECONDS = 10
# A server of its own may be cut off without a word; nobody should wait for it for a quarter of an hour, as TCP would.
POSTGRESQL_PATIENCE = {
    "connect_timeout": "5",
    "tcp_user_timeout": str(BUSY_SECONDS * 1_000),
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
# Longer than it waits for a lock, which it tells us.
ANSWER_SECONDS = BUSY_SECONDS + 2.0
PAUSE_SECONDS = 10.0
POOL_SECONDS = 10
# Any number will do, as long as all processes that upgrade one database take the same.
UPGRADE_LOCK = 0x77696B69

# A transaction says when it begins what it is for: one of SQLite's that reads first and writes later can't wait for
# another writer, it would fail at once, whatever the timeout.
READING = "reading"
WRITING = "writing"
MIGRATION = "migration"

SQLITE_CODES = {
    5: "database.busy",
    6: "database.busy",
    8: "database.read_only",
    10: "database.input_output",
    11: "database.damaged",
    13: "database.full",
    14: "database.unreachable",
    26: "database.damaged",
}
POSTGRESQL_CODES = {
    "40001": "database.busy",
    "40P01": "database.busy",
    "55P03": "database.busy",
    "25006": "database.read_only",
    "53100": "database.full",
}


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
        self.url = _url(url)
        sqlite_path = self.url.database if self.url.get_backend_name() == "sqlite" else None
        self.file = Path(sqlite_path).absolute() if sqlite_path else None
        self.patience = Patience(ANSWER_SECONDS, PAUSE_SECONDS)
        self._engine = _engine(self.url, self.file, self.patience)
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
            with _translated():
                self._migrate(HEAD)
            self._ready = True

    def downgrade(self, version: str) -> None:
        """Bring the schema back to an older version ("base": nothing at all), for going back to an older engine."""
        self.upgrade()
        with self._upgrading, _translated():
            self._migrate(version)
            self._ready = False

    def version(self) -> str | None:
        """The schema's version as stored, None where there is no schema yet."""
        with _translated(), self._engine.connect() as connection:
            return version_of(connection)

    def check(self, thorough: bool = False) -> list[Problem]:
        """What is wrong with the database; `thorough` reads all of it where the database can check itself."""
        try:
            with self.read() as connection:
                connection.execute(text("SELECT 1 FROM users LIMIT 1"))
                if thorough and self.file is not None:
                    found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
                    if list(found) != ["ok"]:
                        return [Problem("database.damaged", str(self.file), {"reason": "; ".join(found[:5])})]
        except Unavailable as error:
            return [Problem(error.code, str(self.file or ""), error.params)]
        except exc.DBAPIError as error:
            return [Problem("database.damaged", str(self.file or ""), {"reason": _reason(error)})]
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
            with _translated(), _begin(self._engine, mode) as connection:
                yield connection
        except Unavailable as error:
            if error.code == "database.read_only":
                # A connection that SQLite opened while the file couldn't be written stays like that.
                self._engine.dispose()
            raise

    def _replaced(self) -> bool:
        """Whether the file is not the one we have open: a backup was put back while we were running."""
        if self.file is None:
            return False
        found = _identity(self.file)
        if found is not None and found == self._identity and not self.file.stat().st_size:
            # SQLite would take it for a new database, and wait for ever for those who still have the old one open.
            raise Unavailable("database.damaged", file=str(self.file), reason="the file is empty")
        return found != self._identity

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
            with Database._migrating, _begin(self._engine, MIGRATION) as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
                migrate(connection, version)
        except (exc.ProgrammingError, exc.OperationalError) as error:
            if _code(error) in (None, "database.unreachable"):
                # Most likely there is a table of this name, which somebody else has made.
                raise Unavailable("database.upgrade", version=version, reason=_reason(error)) from error
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


def _url(given: str) -> URL:
    try:
        url = make_url(given)
    except exc.ArgumentError:
        raise Invalid("database.url")
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise Invalid("database.kind", kind=url.drivername, allowed=("sqlite", "postgresql"))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise Invalid("database.memory")
    if url.get_backend_name() == "sqlite":
        # A name in another encoding than UTF-8 has to stay as it is: what SQLAlchemy makes of it is another folder's.
        path = given.partition(":///")[2].partition("?")[0]
        url = url.set(database=os.fsdecode(unquote_to_bytes(path)))
    return url


def _engine(url: URL, file: Path | None, patience: Patience) -> Engine:
    if file is None:
        url = url.update_query_dict({key: value for key, value in POSTGRESQL_PATIENCE.items() if key not in url.query})
        try:
            engine = create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=24, pool_timeout=POOL_SECONDS)
        except ModuleNotFoundError as error:
            raise Invalid("database.driver", module=error.name)
        event.listen(engine, "connect", _prepare_postgresql)
        patience.bound(engine)
        return engine
    # mode=rw: a file that has gone is never silently replaced by an empty one.
    address = url.set(database=f"file:{_quoted(file)}", query={"mode": "rw", "uri": "true"})
    engine = create_engine(
        address,
        pool_size=8,
        max_overflow=24,
        pool_timeout=POOL_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _quoted(file: Path) -> str:
    return str(file).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # What was deleted (a forgotten counter, an ended session) is overwritten, not just marked as free.
    cursor.execute("PRAGMA secure_delete = ON")
    # A backup that somebody was handed may hold a schema that calls functions.
    cursor.execute("PRAGMA trusted_schema = OFF")
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


@contextmanager
def _begin(engine: Engine, mode: str) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            _begin_sqlite(connection, mode)
        yield connection


def _begin_sqlite(connection: Connection, mode: str) -> None:
    if mode == READING:
        # Every request of somebody who is signed in begins here, and SQLAlchemy's way there takes as long as the query.
        # Nothing is locked or even opened by it, so there is no error to be translated.
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute("BEGIN DEFERRED")
        return
    if mode == MIGRATION:
        # SQLite changes a table by making another and dropping the first, which must not take what refers to it along.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the drivers raise when the database is out of reach into Unavailable."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except exc.DBAPIError as error:
        code = _code(error)
        if code is None:
            raise
        raise Unavailable(code, reason=_reason(error)) from error
    except exc.TimeoutError as error:
        raise Unavailable("database.busy", reason="all connections are in use") from error


def _code(error: exc.DBAPIError) -> str | None:
    original = error.orig
    number = getattr(original, "sqlite_errorcode", None)
    if number is not None:
        return SQLITE_CODES.get(number & 0xFF)
    state = getattr(original, "sqlstate", None)
    if state in POSTGRESQL_CODES:
        return POSTGRESQL_CODES[state]
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return "database.unreachable"
    return None


def _reason(error: exc.DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable("database.unreachable", reason=error.strerror)
    return found.st_dev, found.st_ino


def _create(file: Path) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable("database.unreachable", reason=error.strerror)
