"""The accounts in one file, and back: the same file whichever database they are kept in.

Sessions, one-time links, counters and used challenges stay out: what has ended must not come to life again with an old backup, and what
is to be forgotten within a day must not be kept in one.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Table, func, select, text

from wiki.accounts import tables
from wiki.config import sqlite_address
from wiki.database import Database, open_database
from wiki.errors import Conflict, Invalid, Problem, Unavailable, WikiError

KEPT: tuple[Table, ...] = (
    tables.users,
    tables.former_names,
    tables.tokens,
    tables.two_factor,
    tables.recovery_codes,
    tables.passkeys,
    tables.drafts,
    tables.audit,
)
ROWS_AT_ONCE = 200


def dump(database: Database, file: Path) -> None:
    """Write the accounts, as they are at one moment, into a new SQLite file; people may go on working meanwhile.

    Raises Conflict("backup.exists") rather than write over anything.
    """
    if file.exists():
        raise Conflict("backup.exists", file=str(file))
    copy = open_database(sqlite_address(file))
    try:
        with copy.write() as target, database.read() as source:
            _one_moment(source)
            for table in KEPT:
                _copy(source, target, table)
        # The last connection that closes leaves one file, without a log beside it.
        copy.close()
    except WikiError:
        copy.close()
        file.unlink(missing_ok=True)
        raise


def restore(database: Database, file: Path, *, replace: bool = False) -> int:
    """Put the accounts of a dump, of this version or an older one, into a database; how many there are.

    Raises Invalid("backup.…") for a file that is not a whole dump, Conflict("backup.not_empty") where there are accounts
    already and they are not to be replaced. Everybody is signed out by it.
    """
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=file.parent) as folder:
        # A copy: to bring an older one up to date changes it. It lies beside the file, where whoever is killed leaves it.
        own = Path(folder) / "accounts.sqlite3"
        shutil.copyfile(file, own)
        dumped = open_database(sqlite_address(own))
        try:
            problems = _problems(dumped)
            if problems:
                raise Invalid("backup.damaged", problems=tuple(problems))
            with database.write() as target, dumped.read() as source:
                if not replace and target.execute(select(tables.users.c.id).limit(1)).scalar() is not None:
                    raise Conflict("backup.not_empty")
                for table in reversed(tables.metadata.sorted_tables):
                    target.execute(table.delete())
                for table in KEPT:
                    _copy(source, target, table)
                _continue_numbering(target)
                return target.execute(select(func.count()).select_from(tables.users)).scalar_one()
        finally:
            dumped.close()


def _problems(dumped: Database) -> list[Problem]:
    try:
        if dumped.version() is None:
            return [Problem("backup.foreign")]
    except Unavailable as error:
        return [Problem(error.code, params=error.params)]
    return dumped.check(thorough=True)


def _one_moment(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _copy(source: Connection, target: Connection, table: Table) -> None:
    for rows in source.execute(select(table).order_by(*table.primary_key)).mappings().partitions(ROWS_AT_ONCE):
        target.execute(table.insert(), [dict(row) for row in rows])


def _continue_numbering(connection: Connection) -> None:
    """PostgreSQL does not notice ids that were given, and would give them out again."""
    if connection.dialect.name != "postgresql":
        return
    for table in KEPT:
        if "id" in table.c:
            sequence = func.pg_get_serial_sequence(table.name, "id")
            highest = func.coalesce(select(func.max(table.c.id)).scalar_subquery(), 0)
            connection.execute(select(func.setval(sequence, highest + 1, False)))
