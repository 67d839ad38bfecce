"""The log of who changed whose rights, and of sign-ins of people with more than an editor's. It only ever grows.

No addresses. Entries hold names, so they can be read after an account has gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from wiki.accounts.clock import Clock
from wiki.accounts.tables import audit
from wiki.database import Database

COMMAND_LINE = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody did something: `actor` ("" is the owner at the command line) did `action` ("user.role") to `subject`."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


class Audit:
    """The log in the accounts database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, connection: Connection, action: str, *, actor: str, subject: str = "", **details: Any) -> None:
        """Write an entry in the transaction of the change that it tells of: both are kept, or neither."""
        connection.execute(
            audit.insert().values(
                at=self._clock(), actor=actor, action=action, subject=subject, details=json.dumps(details)
            )
        )

    def list(
        self, limit: int = 100, before: int | None = None, subject: str | None = None, but: str = ""
    ) -> tuple[Entry, ...]:
        """The newest entries first; `before` an entry's id for the next page, `subject` for one account's, all actions
        `but` one."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.id < before)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        if but:
            query = query.where(audit.c.action != but)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Entry(row.id, row.at, row.actor, row.action, row.subject, json.loads(row.details)) for row in rows)
