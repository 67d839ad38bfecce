"""One-time links: the first administrator's, invites, and new passwords. Each works once, for some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, unique

from sqlalchemy import Connection, select

from wiki.accounts.audit import COMMAND_LINE, Audit
from wiki.accounts.clock import Clock
from wiki.accounts.opaque import digest, new_token
from wiki.accounts.roles import Permission, Role
from wiki.accounts.tables import links, passkeys, tokens
from wiki.accounts.user import User
from wiki.accounts.users import Users, has_admin, take_back_links
from wiki.database import Database
from wiki.errors import Gone, Invalid


@unique
class Purpose(Enum):
    """What a link is for."""

    FIRST_ADMIN = "first_admin"
    INVITE = "invite"
    PASSWORD = "password"  # noqa: S105 - a kind of link


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is still good. `role` is an invite's, `user_id` the account whose password may be set."""

    id: int
    purpose: Purpose
    role: Role | None
    user_id: int | None
    expires: datetime


class Links:
    """The one-time links in the accounts database. What is given out is the token; the face makes an address of it."""

    def __init__(self, database: Database, users: Users, audit: Audit, days: int, clock: Clock) -> None:
        self._database = database
        self._users = users
        self._audit = audit
        self._days = days
        self._clock = clock

    def first_admin(self, *, renew: bool = True) -> str | None:
        """A token with which somebody may become the first administrator; None if there is one who can sign in.

        Every call makes the former ones void, unless told not to `renew`. The first that is used makes the others void.
        """
        with self._database.write() as connection:
            if has_admin(connection):
                return None
            if renew:
                _forget_first_admin(connection)
            return self._add(connection, Purpose.FIRST_ADMIN, role=Role.ADMIN)

    def invite(self, role: Role, *, by: User | None = None) -> str:
        """A token with which one person may make themselves an account of this role."""
        if by is not None:
            by.require(Permission.MANAGE_PEOPLE)
        with self._database.write() as connection:
            self._log(connection, "link.invite", by, role=role.value)
            return self._add(connection, Purpose.INVITE, role=role, made_by=by)

    def new_password(self, user: User, *, by: User | None = None) -> str:
        """A token with which somebody may set the password of this account; the former ones for it are void."""
        if by is not None:
            by.require(Permission.MANAGE_PEOPLE)
        with self._database.write() as connection:
            theirs = (links.c.user_id == user.id) & (links.c.purpose == Purpose.PASSWORD.value)
            connection.execute(links.delete().where(theirs))
            self._log(connection, "link.password", by, subject=user.name)
            return self._add(connection, Purpose.PASSWORD, user=user, made_by=by)

    def find(self, token: str) -> Link:
        """The link with this token, for showing its form. Raises Gone("link.gone") if it was used or has expired."""
        with self._database.read() as connection:
            return self._find(connection, token)

    def accept(self, token: str, name: str, password: str, *, display_name: str = "", language: str = "") -> User:
        """Make the account that an invite, or the first administrator's link, is for; the link is used up by it.

        Raises Gone, and Invalid or Conflict as `Users.add` does: then the link is still good.
        """
        if self.find(token).role is None:
            raise Invalid("link.purpose")
        password_hash = self._users.password_hash(password, name)
        with self._database.write() as connection:
            link = self._take(connection, token)
            if link.role is None or (link.purpose is Purpose.FIRST_ADMIN and has_admin(connection)):
                raise Gone("link.gone")
            if link.purpose is Purpose.FIRST_ADMIN:
                _forget_first_admin(connection)
            user = self._users.insert(
                connection,
                name,
                link.role,
                display_name=display_name,
                password_hash=password_hash,
                language=language,
            )
            self._audit.add(connection, "link.accept", actor=user.name, subject=user.name, role=link.role.value)
        return user

    def set_password(self, token: str, password: str) -> User:
        """Set the password that a link is for. The account's sessions, tokens, passkeys and the links that it gave out end:
        somebody else may have them.

        Raises Gone, and Invalid("password.…"): then the link is still good.
        """
        user_id = self.find(token).user_id
        if user_id is None:
            raise Invalid("link.purpose")
        password_hash = self._users.password_hash(password, self._users.get(user_id).name)
        with self._database.write() as connection:
            self._take(connection, token)
            user = self._users.store_password(connection, user_id, password_hash)
            connection.execute(tokens.delete().where(tokens.c.user_id == user_id))
            connection.execute(passkeys.delete().where(passkeys.c.user_id == user_id))
            take_back_links(connection, user_id)
            self._audit.add(connection, "link.set_password", actor=user.name, subject=user.name)
        return user

    def revoke_invites(self, *, by: User | None = None) -> int:
        """Make all invites void that have not been used; how many there were."""
        if by is not None:
            by.require(Permission.MANAGE_PEOPLE)
        with self._database.write() as connection:
            self._log(connection, "link.revoke", by)
            return connection.execute(links.delete().where(links.c.purpose == Purpose.INVITE.value)).rowcount

    def forget(self) -> None:
        """Delete the links that have expired."""
        with self._database.write() as connection:
            connection.execute(links.delete().where(links.c.expires <= self._clock()))

    def _add(
        self,
        connection: Connection,
        purpose: Purpose,
        role: Role | None = None,
        user: User | None = None,
        made_by: User | None = None,
    ) -> str:
        token, now = new_token(), self._clock()
        row = {
            "token_hash": digest(token),
            "purpose": purpose.value,
            "role": role and role.value,
            "user_id": user and user.id,
            "made_by": made_by and made_by.id,
            "created": now,
            "expires": now + timedelta(days=self._days),
        }
        connection.execute(links.insert().values(row))
        return token

    def _find(self, connection: Connection, token: str) -> Link:
        good = (links.c.token_hash == digest(token)) & (links.c.expires > self._clock())
        row = connection.execute(select(links).where(good)).first()
        if row is None:
            raise Gone("link.gone")
        return Link(row.id, Purpose(row.purpose), Role(row.role) if row.role else None, row.user_id, row.expires)

    def _take(self, connection: Connection, token: str) -> Link:
        link = self._find(connection, token)
        # Of two that come at once one deletes it, and the other finds nothing left to delete.
        if not connection.execute(links.delete().where(links.c.id == link.id)).rowcount:
            raise Gone("link.gone")
        return link

    def _log(self, connection: Connection, action: str, by: User | None, subject: str = "", **details: str) -> None:
        self._audit.add(connection, action, actor=by.name if by else COMMAND_LINE, subject=subject, **details)


def _forget_first_admin(connection: Connection) -> None:
    connection.execute(links.delete().where(links.c.purpose == Purpose.FIRST_ADMIN.value))
