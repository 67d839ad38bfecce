"""An account, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Any

from wiki.accounts.roles import Permission, Role, permissions
from wiki.accounts.tables import users
from wiki.errors import Denied


@unique
class State(Enum):
    """Whether an account may be used: pending ones wait for an admin's approval, closed ones are nobody's any more."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class User:
    """An account. `name` is unique and in lower case; `display_name` is what others see, a pseudonym is fine.

    `edits_until_trusted` counts the edits that have still to be approved before this account may save directly.
    `rights` counts up with every change of role, state or password. `note` is what the person wrote when asking for the account.
    """

    id: int
    name: str
    display_name: str
    role: Role
    state: State
    created: datetime
    language: str = ""
    note: str = ""
    approved_edits: int = 0
    edits_until_trusted: int = 0
    has_password: bool = True
    rights: int = 0

    @property
    def effective_role(self) -> Role:
        """The role whose rights apply just now: a contributor's as long as a new account's edits are reviewed."""
        return min(self.role, Role.CONTRIBUTOR) if self.edits_until_trusted else self.role

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that this person may do just now: nothing while pending or disabled, no saving while under review."""
        return permissions(self.effective_role) if self.state is State.ACTIVE else frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether this person may do this just now."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Denied("denied.permission") where this person may not do this just now."""
        if not self.may(permission):
            raise Denied("denied.permission", permission=permission.value)


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
)


def user_of(row: Any, reviewed_edits: int) -> User:
    """The account in a row of `USER_COLUMNS`, in a wiki where so many edits of a new account are reviewed."""
    role = Role(row.role)
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
        edits_until_trusted=0 if exempt else max(0, reviewed_edits - row.approved_edits),
        has_password=row.password_hash is not None,
        rights=row.rights,
    )
