"""Sessions: a random token in the browser's cookie, its hash here, and every right looked up anew at each request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from wiki.accounts.clock import Clock
from wiki.accounts.opaque import digest, new_token
from wiki.accounts.rows import USER_COLUMNS, user_of
from wiki.accounts.tables import sessions, users
from wiki.accounts.user import Rules, State, User
from wiki.database import Database
from wiki.errors import Denied
from wiki.unchanged import Unchanged

PER_ACCOUNT = 50
GRACE_SECONDS = 30

_FIND = (
    select(
        *USER_COLUMNS,
        sessions.c.id.label("session_id"),
        sessions.c.token_hash,
        sessions.c.former_hash,
        sessions.c.rotated,
        sessions.c.created.label("begun"),
        sessions.c.expires,
        sessions.c.rights.label("session_rights"),
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(users.c.state == State.ACTIVE.value)
    .where(or_(sessions.c.token_hash == bindparam("hashed"), sessions.c.former_hash == bindparam("hashed")))
)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in. `token` is there only when it is new and has to be given to the browser.

    `created` is when the person last showed who they are: when they signed in, or when they were asked again. With `rotate` their
    rights have changed since the token was made: call `Sessions.rotate`. With `former` it was found by the token before this one.
    """

    id: int
    user_id: int
    created: datetime
    expires: datetime
    token: str = ""
    rotate: bool = False
    former: bool = False


class Sessions:
    """The sessions in the accounts database."""

    def __init__(self, database: Database, days: int, rules: Rules, clock: Clock) -> None:
        self._database = database
        self._days = days
        self._rules = rules
        self._clock = clock
        self._found: Unchanged[tuple[Any, User]] = Unchanged(database.stand)

    def start(self, user: User) -> Session:
        """A new session with a new token. Raises Denied where the account is not active."""
        if user.state is not State.ACTIVE:
            raise Denied(f"sign_in.{user.state.value}")
        token, now = new_token(), self._clock()
        expires = now + timedelta(days=self._days)
        row = {
            "user_id": user.id,
            "token_hash": digest(token),
            "created": now,
            "expires": expires,
            "rights": user.rights,
        }
        mine = sessions.c.user_id == user.id
        newest = select(sessions.c.id).where(mine).order_by(sessions.c.id.desc()).limit(PER_ACCOUNT)
        with self._database.write() as connection:
            session_id = connection.execute(sessions.insert().values(row).returning(sessions.c.id)).scalar_one()
            connection.execute(sessions.delete().where(mine & sessions.c.id.not_in(newest)))
        return Session(session_id, user.id, now, expires, token)

    def find(self, token: str) -> tuple[User, Session] | None:
        """Who has this token, with the rights of this very moment; None if it is ended, expired or no token at all."""
        if not token:
            return None
        hashed, now = digest(token), self._clock()
        found = self._found.get(hashed, lambda: self._ask(hashed))
        if found is None:
            return None
        row, user = found
        if row.expires <= now:
            return None
        current = row.token_hash == hashed
        # Whichever way the clock was set since.
        if not current and abs(now - row.rotated) > timedelta(seconds=GRACE_SECONDS):
            return None
        stale = current and row.session_rights != user.rights
        return user, Session(row.session_id, user.id, row.begun, row.expires, rotate=stale, former=not current)

    def _ask(self, hashed: bytes) -> tuple[Any, User] | None:
        with self._database.read() as connection:
            row = connection.execute(_FIND, {"hashed": hashed}).first()
        return None if row is None else (row, user_of(row, self._rules))

    def rotate(self, token: str) -> Session | None:
        """A new token for the same session, after a change of rights; None if another request has just done so.

        The former token is good for half a minute more, for requests that are under way.
        """
        found = self.find(token)
        if found is None or not found[1].rotate:
            return None
        user, session = found
        return self._renewed(token, session, user, session.created)

    def prove(self, token: str) -> Session | None:
        """A new token for the same session, whose person has just shown once more who they are; None as for `rotate`.

        Whoever has only a copy of the former token is rid of it half a minute later, and gets nothing by the proof meanwhile
        (`Session.former`).
        """
        found = self.find(token)
        if found is None or found[1].former:
            return None
        user, session = found
        return self._renewed(token, session, user, self._clock())

    def _renewed(self, token: str, session: Session, user: User, proved: datetime) -> Session | None:
        renewed = new_token()
        same = (sessions.c.id == session.id) & (sessions.c.token_hash == digest(token))
        values = {
            "token_hash": digest(renewed),
            "former_hash": digest(token),
            "rotated": self._clock(),
            "rights": user.rights,
            "created": proved,
        }
        with self._database.write() as connection:
            changed = connection.execute(update(sessions).where(same).values(values)).rowcount
        return replace(session, token=renewed, rotate=False, created=proved) if changed else None

    def end(self, token: str) -> None:
        """Sign out."""
        hashed = digest(token)
        theirs = or_(sessions.c.token_hash == hashed, sessions.c.former_hash == hashed)
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(theirs))

    def end_everywhere(self, user_id: int, keep: str = "") -> int:
        """Sign an account out on all devices, but for the one whose token is `keep`; how many sessions ended.

        Its `rights` count up, so that what other browsers have kept (`wiki.accounts.devices`) ends too.
        """
        theirs = sessions.c.user_id == user_id
        if keep:
            theirs &= sessions.c.token_hash != digest(keep)
        with self._database.write() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(rights=users.c.rights + 1))
            return connection.execute(sessions.delete().where(theirs)).rowcount

    def list(self, user_id: int) -> tuple[Session, ...]:
        """An account's sessions that have not expired, newest first."""
        query = (
            select(sessions)
            .where(sessions.c.user_id == user_id, sessions.c.expires > self._clock())
            .order_by(sessions.c.id.desc())
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Session(row.id, row.user_id, row.created, row.expires) for row in rows)

    def end_one(self, user_id: int, session_id: int) -> None:
        """End one session of an account, chosen from `list`."""
        theirs = (sessions.c.user_id == user_id) & (sessions.c.id == session_id)
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(theirs))

    def forget(self) -> None:
        """Delete the sessions that have expired."""
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(sessions.c.expires <= self._clock()))
