"""Which names are taken: by an account, by one that had it before, or by one that it would be taken for."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select

from wiki.accounts.names import ENGINE, fold
from wiki.accounts.roles import Permission, Role, permissions
from wiki.accounts.tables import former_names, users
from wiki.errors import Conflict

_STAFF = [role.value for role in Role if Permission.REVIEW in permissions(role)]


def name_key(name: str) -> str:
    """What of a user name has to be unique."""
    return fold(name)[:160]


def display_key(display_name: str) -> str:
    """What two display names that look the same have in common."""
    return fold(display_name)[:320]


def sealed(key: str) -> str:
    """A fingerprint in place of the key of a name whose account was closed: it can be compared, and is not read."""
    return "#" + hashlib.sha256(key.encode()).hexdigest()


def check_name(connection: Connection, name: str, own_id: int | None = None) -> None:
    """Raise Conflict("name.taken") where another account, or the engine, has or had a name that looks like this."""
    key = name_key(name)
    if key in ENGINE:
        raise Conflict("name.taken", where="name", name=name)
    present = connection.execute(select(users.c.id).where(users.c.name_key == key)).scalar()
    had = former_names.c.name_key.in_((key, sealed(key)))
    former = connection.execute(select(former_names.c.user_id).where(had)).scalar()
    if present not in (None, own_id) or former not in (None, own_id):
        raise Conflict("name.taken", where="name", name=name)


def check_display_name(connection: Connection, display_name: str, own_id: int | None = None) -> None:
    """Raise Conflict("display_name.taken") for another's user name, or the display name of one that reviews.

    Apart from those two people may have the same display name: many are called Maria.
    """
    key = display_key(display_name)
    theirs = (users.c.name_key == key) | ((users.c.display_key == key) & users.c.role.in_(_STAFF))
    found = connection.execute(select(users.c.id).where(theirs)).scalars().all()
    if any(user_id != own_id for user_id in found):
        raise Conflict("display_name.taken", where="display_name")
