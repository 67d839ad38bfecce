"""Drafts: what somebody has typed into an edit form and not saved, kept for them across devices and crashes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from wiki.accounts.clock import Clock
from wiki.accounts.tables import drafts, users
from wiki.database import Database, upsert
from wiki.errors import Invalid, TooMany
from wiki.unchanged import Unchanged

PER_ACCOUNT = 50
PATH_LONGEST = 600
# All drafts of an account together take at most so many times the room of the largest one.
LARGEST_TOGETHER = 5
KEPT_DAYS = 90
_REVISION = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})?")


# Asked at every form, so put together once.
_LATELY = (
    select(drafts.c.path, drafts.c.user_id, users.c.display_name, drafts.c.updated)
    .join(users, drafts.c.user_id == users.c.id)
    .where(drafts.c.updated >= bindparam("since"))
    .order_by(drafts.c.updated.desc())
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit of the page at `path` that began at the revision `base` ("" for a new page); `fields` are the form's."""

    path: str
    base: str
    fields: dict[str, str]
    updated: datetime


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """A draft as a list shows it."""

    path: str
    base: str
    updated: datetime


class Drafts:
    """The drafts in the accounts database: one for each account and path, none larger than `max_bytes`."""

    def __init__(self, database: Database, max_bytes: int, clock: Clock) -> None:
        self._database = database
        self._max_bytes = max_bytes
        self._clock = clock
        self._lately: Unchanged[Sequence[Any]] = Unchanged(database.stand)
        self._paths: Unchanged[frozenset[str]] = Unchanged(database.stand)

    def save(self, user_id: int, path: str, base: str, fields: Mapping[str, str]) -> Draft:
        """Keep what is in the form in place of what was kept before. Raises Invalid or TooMany("draft.…")."""
        if not 0 < len(path) <= PATH_LONGEST or not path.isprintable():
            raise Invalid("draft.path", where="path")
        if not _REVISION.fullmatch(base):
            raise Invalid("draft.base", where="base")
        stored = json.dumps(dict(fields))
        if len(stored) > self._max_bytes:
            raise TooMany("draft.too_large", limit=self._max_bytes)
        now = self._clock()
        others = (drafts.c.user_id == user_id) & (drafts.c.path != path)
        used = select(func.count(), func.coalesce(func.sum(drafts.c.size), 0)).where(others)
        values = {"base": base, "fields": stored, "size": len(stored), "updated": now}
        with self._database.write() as connection:
            count, size = connection.execute(used).one()
            if count >= PER_ACCOUNT or size + len(stored) > LARGEST_TOGETHER * self._max_bytes:
                raise TooMany("draft.too_many", limit=PER_ACCOUNT)
            insert = upsert(connection, drafts).values(user_id=user_id, path=path, **values)
            connection.execute(
                insert.on_conflict_do_update(index_elements=[drafts.c.user_id, drafts.c.path], set_=values)
            )
        return Draft(path, base, dict(fields), now)

    def get(self, user_id: int, path: str) -> Draft | None:
        """What this account has in hand for this path."""
        query = select(drafts).where(drafts.c.user_id == user_id, drafts.c.path == path)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else Draft(row.path, row.base, json.loads(row.fields), row.updated)

    def list(self, user_id: int) -> tuple[DraftEntry, ...]:
        """All that this account has in hand, the newest first."""
        columns = select(drafts.c.path, drafts.c.base, drafts.c.updated)
        query = columns.where(drafts.c.user_id == user_id).order_by(drafts.c.updated.desc(), drafts.c.path)
        with self._database.read() as connection:
            return tuple(DraftEntry(row.path, row.base, row.updated) for row in connection.execute(query))

    def delete(self, user_id: int, path: str) -> None:
        """Throw a draft away: it was saved as an edit, or is not wanted."""
        # Asked after every save, and most have left no draft.
        known = self._paths.get(user_id, lambda: frozenset(draft.path for draft in self.list(user_id)))
        if known is not None and path not in known:
            return
        with self._database.write() as connection:
            connection.execute(drafts.delete().where(drafts.c.user_id == user_id, drafts.c.path == path))

    def others(self, user_id: int, path: str, within: timedelta) -> tuple[str, ...]:
        """The display names of others who have typed into the form of this path lately."""
        since = self._clock() - within
        # Those of all paths at once: few are typing, and whoever opens a form asks for a path that nobody has asked for.
        lately = self._lately.get(within, lambda: self._since(since)) or ()
        return tuple(
            row.display_name for row in lately if row.path == path and row.user_id != user_id and row.updated >= since
        )

    def _since(self, since: datetime) -> Sequence[Any]:
        with self._database.read() as connection:
            return connection.execute(_LATELY, {"since": since}).all()

    def forget(self) -> None:
        """Delete the drafts that nobody has touched for three months."""
        with self._database.write() as connection:
            connection.execute(drafts.delete().where(drafts.c.updated < self._clock() - timedelta(days=KEPT_DAYS)))
