"""How the accounts database is reached: addresses, pools of connections, transactions, and what went wrong in our codes.

SQLite has a write-ahead log, so that readers never wait for a writer; PostgreSQL is a server of its own, whose silence has an end.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.engine import URL

from wiki.errors import Invalid, Unavailable
from wiki.postgresql import Patience

BUSY_SECONDS = 10
# A server of its own may be cut off without a word; nobody should wait for it for a quarter of an hour, as TCP would.
POSTGRESQL_PATIENCE = {
    "connect_timeout": "5",
    "tcp_user_timeout": str(BUSY_SECONDS * 1_000),
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
POOL_SECONDS = 10

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
# Asks PostgreSQL whether it takes no changes.
ONLY_READ = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"


def address_of(given: str) -> URL:
    """The address that somebody wrote, for SQLAlchemy. Raises Invalid("database.…") for one that can't be used."""
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


def engine_for(url: URL, file: Path | None, patience: Patience) -> Engine:
    """The engine for an address; `file` where it is SQLite's. Raises Invalid("database.driver") where a driver is missing."""
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
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # Where this is changed SQLite doesn't wait for others that open a new file at the same moment.
    until = time.monotonic() + BUSY_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


@contextmanager
def begin(engine: Engine, mode: str) -> Iterator[Connection]:
    """A transaction for READING, WRITING or a MIGRATION: committed at the end, rolled back by an error."""
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
def translated() -> Iterator[None]:
    """Turn what the drivers raise when the database is out of reach into Unavailable."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except exc.DBAPIError as error:
        code = code_of(error)
        if code is None:
            raise
        raise Unavailable(code, reason=reason_of(error)) from error
    except exc.TimeoutError as error:
        raise Unavailable("database.busy", reason="all connections are in use") from error


def code_of(error: exc.DBAPIError) -> str | None:
    """Our code for what went wrong; None where the database is well and the statement was wrong."""
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


def reason_of(error: exc.DBAPIError) -> str:
    """What the database said, in one line."""
    return str(error.orig).strip().partition("\n")[0]
