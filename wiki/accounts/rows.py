"""Accounts as the database holds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists

from wiki.accounts.roles import Permission, Role, permissions
from wiki.accounts.tables import two_factor, users
from wiki.accounts.user import Rules, State, User

# The columns that `user_of` reads, for queries that join other tables.
USER_COLUMNS = (
    users.c.id,
    users.c.name,
    users.c.display_name,
    users.c.role,
    users.c.state,
    users.c.created,
    users.c.language,
    users.c.note,
    users.c.approved_edits,
    users.c.vouched,
    users.c.rights,
    users.c.password_hash,
    exists()
    .where(two_factor.c.user_id == users.c.id, two_factor.c.nonce.is_not(None) | two_factor.c.by_passkey)
    .correlate(users)
    .label("has_second_factor"),
)


def user_of(row: Any, rules: Rules) -> User:
    """The account in a row of `USER_COLUMNS`, in a wiki with these rules."""
    role = Role(row.role)
    guarded = rules.second_factor is not None and role >= rules.second_factor
    exempt = row.vouched or Permission.REVIEW in permissions(role)
    return User(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=role,
        state=State(row.state),
        created=row.created,
        language=row.language,
        note=row.note,
        approved_edits=row.approved_edits,
        edits_until_trusted=0 if exempt else max(0, rules.reviewed_edits - row.approved_edits),
        needs_second_factor=guarded and not row.has_second_factor,
        has_password=row.password_hash is not None,
        rights=row.rights,
    )
