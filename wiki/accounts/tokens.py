"""Tokens for programs: the API and git over HTTP. Shown once, stored as a hash, each for what it was made for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update

from wiki.accounts.audit import Audit
from wiki.accounts.clock import Clock
from wiki.accounts.opaque import digest, new_token
from wiki.accounts.roles import Permission
from wiki.accounts.rows import USER_COLUMNS, user_of
from wiki.accounts.scopes import Scope
from wiki.accounts.tables import tokens, users
from wiki.accounts.user import Rules, State, User
from wiki.database import Database
from wiki.errors import Denied, Invalid, NotFound, TooMany, Unavailable

PREFIX = "mtw_"
PER_ACCOUNT = 50
LABEL_LONGEST = 80

_GIT = frozenset({Permission.PUSH, Permission.PUSH_SUGGESTIONS})
# Nobody's rights are ever changed by a token: that takes a person in a browser.
_WITHIN: dict[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset({Permission.READ}),
    Scope.SUGGEST: frozenset({Permission.READ, Permission.SUGGEST}),
    Scope.WRITE: frozenset(Permission) - _GIT - {Permission.MANAGE_PEOPLE, Permission.MANAGE_SETTINGS},
    Scope.GIT: _GIT | {Permission.READ},
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its owner sees it in a list; `last_used` is a day, None if it never was."""

    id: int
    label: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None
    last_used: date | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Who a token speaks for, and for what."""

    user: User
    scopes: frozenset[Scope]

    @property
    def permissions(self) -> frozenset[Permission]:
        """What may be done with the token: what the person may do just now, and the scopes cover."""
        covered = frozenset[Permission]().union(*(_WITHIN[scope] for scope in self.scopes))
        return self.user.permissions & covered

    def may(self, permission: Permission) -> bool:
        """Whether this may be done with the token just now."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Denied("denied.scope") where the token is not made for it, Denied("denied.permission") otherwise."""
        self.user.require(permission)
        if not self.may(permission):
            raise Denied("denied.scope", permission=permission.value)


class Tokens:
    """The tokens in the accounts database."""

    def __init__(self, database: Database, audit: Audit, rules: Rules, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._rules = rules
        self._clock = clock

    def create(self, user: User, label: str, scopes: Collection[Scope], days: int | None = None) -> tuple[str, Token]:
        """A new token, to be shown once, and what is kept of it; with `days` it ends by itself.

        Raises Invalid("token.…"), TooMany("token.too_many").
        """
        label = " ".join(label.split())
        if not label or len(label) > LABEL_LONGEST or not label.isprintable():
            raise Invalid("token.label", where="label", longest=LABEL_LONGEST)
        if not scopes:
            raise Invalid("token.scopes", where="scopes", allowed=tuple(scope.value for scope in Scope))
        if days is not None and not 1 <= days <= 3_660:
            raise Invalid("token.days", where="days", longest=3_660)
        token, now = new_token(PREFIX), self._clock()
        expires = None if days is None else now + timedelta(days=days)
        row = {
            "user_id": user.id,
            "token_hash": digest(token),
            "label": label,
            "scopes": " ".join(sorted(scope.value for scope in set(scopes))),
            "created": now,
            "expires": expires,
        }
        with self._database.write() as connection:
            count = connection.execute(select(func.count()).where(tokens.c.user_id == user.id)).scalar_one()
            if count >= PER_ACCOUNT:
                raise TooMany("token.too_many", limit=PER_ACCOUNT)
            token_id = connection.execute(tokens.insert().values(row).returning(tokens.c.id)).scalar_one()
            self._audit.add(connection, "token.create", actor=user.name, subject=user.name, scopes=row["scopes"])
        return token, Token(token_id, label, frozenset(scopes), now, expires, None)

    def list(self, user_id: int) -> tuple[Token, ...]:
        """An account's tokens, newest first, those that have expired included."""
        query = select(tokens).where(tokens.c.user_id == user_id).order_by(tokens.c.id.desc())
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Token(row.id, row.label, _scopes(row.scopes), row.created, row.expires, row.last_used) for row in rows
        )

    def revoke(self, user: User, token_id: int) -> None:
        """End one token of this account at once. Raises NotFound("token.unknown")."""
        with self._database.write() as connection:
            mine = (tokens.c.user_id == user.id) & (tokens.c.id == token_id)
            if not connection.execute(tokens.delete().where(mine)).rowcount:
                raise NotFound("token.unknown")
            self._audit.add(connection, "token.revoke", actor=user.name, subject=user.name)

    def user(self, token: str) -> Grant | None:
        """Who this token speaks for; None if it is none, was revoked, has expired or its owner is not active."""
        if not token.startswith(PREFIX):
            return None
        query = (
            select(
                *USER_COLUMNS,
                tokens.c.id.label("token_id"),
                tokens.c.scopes,
                tokens.c.expires,
                tokens.c.last_used,
            )
            .join(users, users.c.id == tokens.c.user_id)
            .where(tokens.c.token_hash == digest(token), users.c.state == State.ACTIVE.value)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        now = self._clock()
        if row is None or (row.expires is not None and row.expires <= now):
            return None
        if row.last_used != now.date():
            self._note_use(row.token_id, now.date())
        return Grant(user_of(row, self._rules), _scopes(row.scopes))

    def _note_use(self, token_id: int, day: date) -> None:
        try:
            with self._database.write() as connection:
                connection.execute(update(tokens).where(tokens.c.id == token_id).values(last_used=day))
        except Unavailable:
            # A full disk is no reason to refuse somebody who only reads.
            return


def _scopes(stored: str) -> frozenset[Scope]:
    return frozenset(Scope(word) for word in stored.split())
