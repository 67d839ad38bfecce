"""Leaving: an account is closed for good, and what the accounts database holds of the person goes; and what it holds, as
data, for the person to take along.

A row without a name stays, so that its number is never given to anybody else, and fingerprints of the names that it had,
so that nobody poses under them.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select, update

from wiki.accounts.audit import COMMAND_LINE, Audit
from wiki.accounts.clock import Clock
from wiki.accounts.roles import Permission, Role
from wiki.accounts.tables import (
    audit,
    drafts,
    former_names,
    links,
    passkeys,
    recovery_codes,
    sessions,
    tokens,
    two_factor,
    users,
)
from wiki.accounts.taken import name_key, sealed
from wiki.accounts.user import State, User
from wiki.accounts.users import check_not_last_admin, take_back_links
from wiki.database import Database, upsert


def former_name(user_id: int) -> str:
    """What stands for somebody who has left, in the log and in git's list of names: no account can be called so."""
    return f"~{user_id}"


class Closing:
    """Closes accounts, and tells what is kept of one."""

    def __init__(self, database: Database, log: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = log
        self._clock = clock

    def check(self, user: User, *, by: User | None) -> None:
        """Raise what `close` would raise: Denied("denied.permission"), Conflict("user.last_admin")."""
        with self._database.write() as connection:
            _check(connection, user, by)

    def close(self, user: User, *, by: User | None) -> None:
        """Close an account for good; `by` is the person themselves, somebody who may manage people, or None for the owner
        at the command line.

        Sessions, tokens, passkeys, links and drafts are deleted; name, password and language are taken out of the account
        and of the log. What the person wrote into the wiki stays in its history.
        """
        name = former_name(user.id)
        with self._database.write() as connection:
            _check(connection, user, by)
            keys = {name_key(user.name)}
            mine = former_names.c.user_id == user.id
            keys |= set(connection.execute(select(former_names.c.name_key).where(mine)).scalars())
            for table in (sessions, tokens, passkeys, two_factor, recovery_codes, drafts, links, former_names):
                connection.execute(table.delete().where(table.c.user_id == user.id))
            take_back_links(connection, user.id)
            for key in keys:
                kept = upsert(connection, former_names).values(name_key=sealed(key), user_id=user.id)
                connection.execute(kept.on_conflict_do_nothing())
            nobody = {
                "name": name,
                "name_key": name,
                "display_name": "",
                "display_key": name,
                "role": Role.READER.value,
                "state": State.CLOSED.value,
                "created": self._clock(),
                "language": "",
                "note": "",
                "password_hash": None,
                "approved_edits": 0,
                "rights": users.c.rights + 1,
            }
            connection.execute(update(users).where(users.c.id == user.id).values(nobody))
            _rename_in_log(connection, keys, name)
            actor = COMMAND_LINE if by is None else name if by.id == user.id else by.name
            self._audit.add(connection, "user.close", actor=actor, subject=name)

    def data(self, user: User) -> dict[str, Any]:
        """All that the accounts database holds of a person, but for hashes, as JSON can hold it."""
        with self._database.read() as connection:

            def rows(table: Any, *names: str) -> list[dict[str, Any]]:
                query = select(*(table.c[name] for name in names)).where(table.c.user_id == user.id)
                return [_plain(row) for row in connection.execute(query).mappings()]

            return {
                "name": user.name,
                "display_name": user.display_name,
                "role": user.role.value,
                "created": user.created.isoformat(),
                "language": user.language,
                "note": user.note,
                "approved_edits": user.approved_edits,
                "former_names": [row["name_key"] for row in rows(former_names, "name_key")],
                "sessions": rows(sessions, "created", "expires"),
                "tokens": rows(tokens, "label", "scopes", "created", "expires", "last_used"),
                "passkeys": rows(passkeys, "label", "created", "last_used"),
                "drafts": [
                    {**row, "fields": json.loads(row["fields"])}
                    for row in rows(drafts, "path", "base", "fields", "updated")
                ],
                "log": [
                    _plain(row)
                    for row in connection.execute(
                        select(audit.c.at, audit.c.actor, audit.c.action, audit.c.subject)
                        .where((audit.c.actor == user.name) | (audit.c.subject == user.name))
                        .order_by(audit.c.id)
                    ).mappings()
                ],
            }


def _check(connection: Connection, user: User, by: User | None) -> None:
    if by is not None and by.id != user.id:
        by.require(Permission.MANAGE_PEOPLE)
    check_not_last_admin(connection, user.id)


def _rename_in_log(connection: Connection, keys: set[str], name: str) -> None:
    """Let the log tell of nobody in particular what it told of somebody, under whatever name."""
    for column in (audit.c.actor, audit.c.subject):
        for found in connection.execute(select(column).distinct()).scalars().all():
            if name_key(found) in keys:
                connection.execute(update(audit).where(column == found).values({column: name}))


def _plain(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
