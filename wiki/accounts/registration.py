"""Signing up: open to all, by an admin's approval, or closed."""

from __future__ import annotations

from sqlalchemy import func, select

from wiki.accounts import names
from wiki.accounts.addresses import address_key
from wiki.accounts.audit import Audit
from wiki.accounts.passwords import accepted
from wiki.accounts.roles import Role
from wiki.accounts.tables import users as users_table
from wiki.accounts.throttle import Throttle
from wiki.accounts.user import State, User
from wiki.accounts.users import Users
from wiki.database import Database
from wiki.errors import Conflict, Denied, Invalid, Problem, TooMany

# What a person who signed up becomes; its first edits are reviewed where the wiki's settings say so.
ROLE = Role.EDITOR
PER_ADDRESS = 5
SPAN_SECONDS = 3600
MOST_WAITING = 500


class Registration:
    """Accounts that people make for themselves. `mode` is the setting: open, approval or closed."""

    def __init__(self, database: Database, users: Users, throttle: Throttle, audit: Audit, mode: str) -> None:
        self._database = database
        self._users = users
        self._throttle = throttle
        self._audit = audit
        self.mode = mode

    def request(
        self,
        name: str,
        password: str,
        note: str = "",
        *,
        display_name: str = "",
        language: str = "",
        address: str = "",
    ) -> User:
        """Make an account, which waits for approval (`state`) unless sign-up is open.

        Raises Denied("register.closed"), Invalid with a problem for each field, Conflict("name.taken" or
        "display_name.taken"), TooMany("throttle.wait" or "register.too_many_waiting").
        """
        if self.mode == "closed":
            raise Denied("register.closed")
        self._check(name, password, display_name)
        self._throttle.hit("register", address_key(address), PER_ADDRESS, SPAN_SECONDS)
        password_hash = self._users.password_hash(password, name)
        state = State.ACTIVE if self.mode == "open" else State.PENDING
        waiting = select(func.count()).where(users_table.c.state == State.PENDING.value)
        with self._database.write() as connection:
            if state is State.PENDING and connection.execute(waiting).scalar_one() >= MOST_WAITING:
                raise TooMany("register.too_many_waiting")
            user = self._users.insert(
                connection,
                name,
                ROLE,
                display_name=display_name,
                password_hash=password_hash,
                language=language,
                note=note,
                state=state,
                vouched=False,
            )
            self._audit.add(connection, "register", actor=user.name, subject=user.name, state=state.value)
        return user

    def _check(self, name: str, password: str, display_name: str) -> None:
        """Say all that is wrong at once, before anything is counted or hashed."""
        problems: list[Problem] = []
        checks = (
            lambda: _free(names.user_name(name)),
            lambda: _shown(display_name),
            lambda: accepted(password, names.normalised(name)),
        )
        for check in checks:
            try:
                check()
            except Invalid as error:
                problems.extend(error.problems)
        if problems:
            raise Invalid("register.invalid", problems=tuple(problems))


def _free(name: str) -> None:
    if names.fold(name) in names.RESERVED:
        raise Conflict("name.taken", where="name", name=name)


def _shown(display_name: str) -> None:
    if display_name.strip():
        shown = names.display_name(display_name)
        if names.fold(shown) in names.RESERVED:
            raise Conflict("display_name.taken", where="display_name")
