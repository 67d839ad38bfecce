"""An account, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from wiki.accounts.roles import Permission, Role, permissions
from wiki.errors import Denied


@unique
class State(Enum):
    """Whether an account may be used: pending ones wait for an admin's approval, closed ones are nobody's any more."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings ask of accounts before they may do what their role may do.

    `reviewed_edits` of a new account are looked at first; with `second_factor` this role and those above it sign in with one.
    """

    reviewed_edits: int = 0
    second_factor: Role | None = None


@dataclass(frozen=True, slots=True)
class User:
    """An account. `name` is unique and in lower case; `display_name` is what others see, a pseudonym is fine.

    `edits_until_trusted` counts the edits that have still to be approved before this account may save directly.
    With `needs_second_factor` it may do nothing before it has set one up. `rights` counts up with every change of role,
    state, password or second factor. `note` is what the person wrote when asking for the account.
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
    needs_second_factor: bool = False
    has_password: bool = True
    rights: int = 0

    @property
    def effective_role(self) -> Role:
        """The role whose rights apply just now: a contributor's as long as a new account's edits are reviewed."""
        if self.needs_second_factor:
            return Role.READER
        return min(self.role, Role.CONTRIBUTOR) if self.edits_until_trusted else self.role

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that this person may do just now: nothing while pending, disabled or without the second factor that is
        asked for, no saving while under review."""
        able = self.state is State.ACTIVE and not self.needs_second_factor
        return permissions(self.effective_role) if able else frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether this person may do this just now."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Denied("denied.permission") where this person may not do this just now."""
        if not self.may(permission):
            raise Denied("denied.permission", permission=permission.value)
