"""The second factor: codes from an authenticator app (TOTP) or a passkey, and recovery codes for the day they are lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass

import pyotp
from sqlalchemy import Connection, func, or_, select, update

from wiki.accounts.audit import Audit
from wiki.accounts.clock import Clock
from wiki.accounts.opaque import digest
from wiki.accounts.roles import Permission
from wiki.accounts.tables import passkeys, recovery_codes, sessions, two_factor, users
from wiki.accounts.user import User
from wiki.database import Database, upsert
from wiki.errors import Conflict, Invalid

STEP_SECONDS = 30
CODE_DIGITS = 6
RECOVERY_CODES = 10
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app has to be told: the secret to type, or the address to show as a QR code."""

    secret: str
    uri: str


class TwoFactor:
    """Second factors of accounts. The secrets are derived from the instance's key and never stored."""

    def __init__(self, database: Database, audit: Audit, key: bytes, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._key = key
        self._clock = clock

    def enabled(self, user_id: int) -> bool:
        """Whether this account signs in with a second factor."""
        return any(self._in_force(user_id))

    def by_app(self, user_id: int) -> bool:
        """Whether an authenticator app is good as the second factor."""
        return self._in_force(user_id)[0]

    def by_passkey(self, user_id: int) -> bool:
        """Whether the account's passkeys are good as the second factor."""
        return self._in_force(user_id)[1]

    def use_passkeys(self, user: User, keep: str = "") -> tuple[str, ...]:
        """Ask for one of the account's passkeys, as well as for a code, after the password; recovery codes, to be shown
        once, where there were none. All sessions end but the one whose token is `keep`.

        Raises Conflict("two_factor.no_passkey") where the account has none.
        """
        with self._database.write() as connection:
            if connection.execute(select(passkeys.c.id).where(passkeys.c.user_id == user.id)).first() is None:
                raise Conflict("two_factor.no_passkey")
            insert = upsert(connection, two_factor).values(user_id=user.id, last_step=0, by_passkey=True)
            connection.execute(
                insert.on_conflict_do_update(index_elements=[two_factor.c.user_id], set_={"by_passkey": True})
            )
            self._enabled(connection, user, keep)
            left = select(func.count()).where(recovery_codes.c.user_id == user.id)
            return () if connection.execute(left).scalar_one() else self._new_codes(connection, user.id)

    def without_passkeys(self, user: User) -> None:
        """No passkey is left: where they were the only second factor, there is none any more."""
        if self.by_app(user.id):
            with self._database.write() as connection:
                mine = update(two_factor).where(two_factor.c.user_id == user.id)
                connection.execute(mine.values(by_passkey=False))
        elif self.by_passkey(user.id):
            self.disable(user, by=user)

    def start(self, user: User, issuer: str) -> Enrolment:
        """Begin to set up an app; nothing changes for signing in until `confirm`. `issuer` is the wiki's name."""
        nonce = secrets.token_bytes(16)
        with self._database.write() as connection:
            insert = upsert(connection, two_factor).values(user_id=user.id, new_nonce=nonce, last_step=0)
            connection.execute(
                insert.on_conflict_do_update(index_elements=[two_factor.c.user_id], set_={"new_nonce": nonce})
            )
        secret = self._secret(user.id, nonce)
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=issuer))

    def confirm(self, user: User, code: str, keep: str = "") -> tuple[str, ...]:
        """Put the app in force by a code that it shows; the recovery codes, to be shown once. All sessions end but the one
        whose token is `keep`.

        Raises Invalid("two_factor.code"), Conflict("two_factor.not_started").
        """
        with self._database.write() as connection:
            query = select(two_factor.c.new_nonce).where(two_factor.c.user_id == user.id).with_for_update()
            nonce = connection.execute(query).scalar()
            if nonce is None:
                raise Conflict("two_factor.not_started")
            step = self._step(user.id, nonce, code)
            if step is None:
                raise Invalid("two_factor.code", where="code")
            in_force = {"nonce": nonce, "new_nonce": None, "last_step": step}
            connection.execute(update(two_factor).where(two_factor.c.user_id == user.id).values(in_force))
            self._enabled(connection, user, keep)
            return self._new_codes(connection, user.id)

    def disable(self, user: User, *, by: User | None) -> None:
        """Sign in without a second factor again; `by` is the person themselves or somebody who may manage people."""
        if by is not None and by.id != user.id:
            by.require(Permission.MANAGE_PEOPLE)
        with self._database.write() as connection:
            connection.execute(two_factor.delete().where(two_factor.c.user_id == user.id))
            connection.execute(recovery_codes.delete().where(recovery_codes.c.user_id == user.id))
            self._changed(connection, user)
            self._audit.add(connection, "two_factor.disable", actor=by.name if by else "", subject=user.name)

    def new_recovery_codes(self, user: User) -> tuple[str, ...]:
        """Fresh recovery codes, to be shown once; the former ones are void."""
        if not self.enabled(user.id):
            raise Conflict("two_factor.not_started")
        with self._database.write() as connection:
            self._audit.add(connection, "two_factor.codes", actor=user.name, subject=user.name)
            return self._new_codes(connection, user.id)

    def recovery_codes_left(self, user_id: int) -> int:
        """How many recovery codes have not been used."""
        query = select(func.count()).where(recovery_codes.c.user_id == user_id)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def verify(self, user_id: int, code: str) -> bool:
        """Whether `code` is good for this account now; each code is good once."""
        if is_recovery_code(code):
            mine = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.code_hash == digest(_plain(code)))
            with self._database.write() as connection:
                return connection.execute(recovery_codes.delete().where(mine)).rowcount == 1
        with self._database.write() as connection:
            nonce = connection.execute(select(two_factor.c.nonce).where(two_factor.c.user_id == user_id)).scalar()
            step = None if nonce is None else self._step(user_id, nonce, code)
            if step is None:
                return False
            # A step that nobody can have reached yet was used before a clock was set back; it must not lock its owner out.
            unused = or_(two_factor.c.last_step < step, two_factor.c.last_step > step + 2)
            unused &= two_factor.c.user_id == user_id
            return connection.execute(update(two_factor).where(unused).values(last_step=step)).rowcount == 1

    def _enabled(self, connection: Connection, user: User, keep: str) -> None:
        """Whoever signed in without the second factor is signed out, but for the browser that has just shown it."""
        self._changed(connection, user)
        others = sessions.c.user_id == user.id
        if keep:
            others &= sessions.c.token_hash != digest(keep)
        connection.execute(sessions.delete().where(others))
        self._audit.add(connection, "two_factor.enable", actor=user.name, subject=user.name)

    def _changed(self, connection: Connection, user: User) -> None:
        connection.execute(update(users).where(users.c.id == user.id).values(rights=users.c.rights + 1))

    def _in_force(self, user_id: int) -> tuple[bool, bool]:
        query = select(two_factor.c.nonce, two_factor.c.by_passkey).where(two_factor.c.user_id == user_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return (False, False) if row is None else (row.nonce is not None, row.by_passkey)

    def _secret(self, user_id: int, nonce: bytes) -> str:
        return base64.b32encode(hmac.digest(self._key, b"%d\0%b" % (user_id, nonce), "sha256")[:20]).decode()

    def _step(self, user_id: int, nonce: bytes, code: str) -> int | None:
        """The time step that `code` belongs to: the present one, or the one before or after for clocks that differ."""
        app = pyotp.TOTP(self._secret(user_id, bytes(nonce)), digits=CODE_DIGITS, interval=STEP_SECONDS)
        present = int(self._clock().timestamp()) // STEP_SECONDS
        given = _plain(code).encode("utf-8", "replace")
        for step in (present - 1, present, present + 1):
            if hmac.compare_digest(app.generate_otp(step).encode(), given):
                return step
        return None

    def _new_codes(self, connection: Connection, user_id: int) -> tuple[str, ...]:
        codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
        connection.execute(recovery_codes.delete().where(recovery_codes.c.user_id == user_id))
        rows = [{"user_id": user_id, "code_hash": digest(_plain(code))} for code in codes]
        connection.execute(recovery_codes.insert(), rows)
        return codes


def is_recovery_code(code: str) -> bool:
    """Whether this looks like a recovery code rather than an app's digits."""
    return len(_plain(code)) > CODE_DIGITS + 2


def _new_code() -> str:
    # 80 random bits: too many to guess, and to find from a hash.
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(character for character in code[:100].lower() if character.isalnum())
