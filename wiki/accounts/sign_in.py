"""Signing in, and the sessions that come of it.

The answer to a wrong name and to a wrong password is the same, in words and in time. Guessing is slowed down for the
guesser's address, so nobody can lock somebody else out from elsewhere; nor from their own network who has a passkey or
signs in with a browser that they have signed in with before (`wiki.accounts.devices`).
"""

from __future__ import annotations

import base64
import hmac
import json
from contextlib import suppress

from wiki.accounts.addresses import address_key
from wiki.accounts.audit import Audit
from wiki.accounts.clock import Clock
from wiki.accounts.devices import Devices
from wiki.accounts.names import normalised
from wiki.accounts.passkeys import Passkeys, Site
from wiki.accounts.passwords import Passwords
from wiki.accounts.roles import Permission
from wiki.accounts.sessions import Session, Sessions
from wiki.accounts.throttle import Throttle
from wiki.accounts.two_factor import TwoFactor, is_recovery_code
from wiki.accounts.user import State, User
from wiki.accounts.users import Users
from wiki.database import Database
from wiki.errors import Denied, NotFound, TooMany

SPAN_SECONDS = 15 * 60
# Within a span: failures for one name from one address (or one browser that the account knows, or one session), and for any
# name from one address.
PER_NAME_AND_ADDRESS = 10
PER_ADDRESS = 50
# Codes come after the right password. Apps' codes are short, so all guesses at one account's are counted together. Should
# somebody with the password use them up, the owner still gets in by a browser that the account knows, or with a recovery code.
CODES_PER_ADDRESS = 8
CODES_SPAN_SECONDS = 3600
CODES_PER_ACCOUNT = 40
PENDING_SECONDS = 10 * 60


class CodeNeeded(Denied):
    """The password was right, and a code of the second factor is needed too; `pending` is for `SignIn.finish`."""

    def __init__(self, pending: str) -> None:
        super().__init__("sign_in.code_needed")
        self.pending = pending


class SignIn:
    """From a name and a password (and a code) to a session."""

    def __init__(
        self,
        database: Database,
        users: Users,
        passwords: Passwords,
        throttle: Throttle,
        two_factor: TwoFactor,
        passkeys: Passkeys,
        sessions: Sessions,
        devices: Devices,
        audit: Audit,
        key: bytes,
        clock: Clock,
    ) -> None:
        self._database = database
        self._users = users
        self._passwords = passwords
        self._throttle = throttle
        self._two_factor = two_factor
        self._passkeys = passkeys
        self._sessions = sessions
        self._devices = devices
        self._audit = audit
        self._key = key
        self._clock = clock

    def attempt(
        self, name: str, password: str, code: str | None = None, *, address: str = "", device: str = ""
    ) -> Session:
        """Sign in. `address` is the network address the attempt comes from; it is not stored. `device` is what the browser
        kept of an earlier time (`device`): failures of one that the account knows are counted by themselves.

        Raises Denied("sign_in.failed") for a wrong name or password; with the right password CodeNeeded and
        Denied("sign_in.pending", "sign_in.disabled" or "sign_in.code"); TooMany("throttle.wait") after too many failures.
        """
        user = self._check_password(name, password, address, device)
        if user.state is not State.ACTIVE:
            raise Denied(f"sign_in.{user.state.value}")
        if self._two_factor.enabled(user.id):
            if not code:
                raise CodeNeeded(self._pending(user))
            self._check_code(user, code, address, self._devices.known(device, user))
        return self.start(user)

    def finish(self, pending: str, code: str, *, address: str = "", device: str = "") -> Session:
        """Sign in with the code that `CodeNeeded` asked for. Errors as for `attempt`; Denied("sign_in.expired")."""
        user = self._waiting(pending)
        self._check_code(user, code, address, self._devices.known(device, user))
        return self.start(user)

    def second_step(self, pending: str, site: Site) -> str:
        """What the browser needs to answer with a passkey instead of a code (`Passkeys.ask`); empty where none would do."""
        try:
            user = self._waiting(pending)
        except Denied:
            return ""
        return self._passkeys.ask(site, user) if self._two_factor.by_passkey(user.id) else ""

    def finish_by_passkey(self, pending: str, site: Site, answer: str, *, address: str = "") -> Session:
        """Sign in with a passkey as the second factor. Errors as for `finish`, and Denied("passkey.…")."""
        user = self._waiting(pending)
        if not self._two_factor.by_passkey(user.id):
            raise Denied("passkey.refused")
        both = f"{address_key(address)}\0{user.id}"
        self._throttle.hit("code.address", both, CODES_PER_ADDRESS, SPAN_SECONDS)
        self._passkeys.verify(site, answer, user)
        self._throttle.forgive("code.address", both, SPAN_SECONDS)
        return self.start(user)

    def by_passkey(self, site: Site, answer: str) -> Session:
        """Sign in with a passkey alone: the device has asked for its owner, so it stands for both factors.

        A key can't be guessed, so nothing is counted: who has one gets in whatever others on the same network try.
        Raises Denied("passkey.…"), Denied("sign_in.pending" or "sign_in.disabled").
        """
        return self.start(self._users.get(self._passkeys.verify(site, answer)))

    def confirm(self, user: User, password: str, session: Session) -> None:
        """Ask somebody who is signed in for their password again; failures are counted for this session alone.

        Raises Denied("sign_in.failed") and TooMany("throttle.wait").
        """
        self._throttle.hit("confirm", str(session.id), PER_NAME_AND_ADDRESS, SPAN_SECONDS)
        _, stored = self._users.credentials(user.name) or (None, None)
        if not self._passwords.verify(stored, password):
            raise Denied("sign_in.failed")
        self._throttle.forgive("confirm", str(session.id), SPAN_SECONDS)

    def prove(
        self, user: User, password: str, code: str, session: Session, token: str, *, address: str
    ) -> Session | None:
        """Take the password, and a code where the account has a second factor, as a sign that it is still the person: the
        session with a new token (`Sessions.prove`). Errors as for `confirm`, and Denied("sign_in.code")."""
        self.confirm(user, password, session)
        if self._two_factor.enabled(user.id):
            self._check_code(user, code, address, f"session {session.id}")
        return self._sessions.prove(token)

    def prove_by_passkey(self, user: User, site: Site, answer: str, token: str) -> Session | None:
        """The same by one of the person's passkeys, which stands for both factors. Raises Denied("passkey.…")."""
        self._passkeys.verify(site, answer, user)
        return self._sessions.prove(token)

    def device(self, session: Session) -> str:
        """What the browser of a session is to keep for signing in again."""
        return self._devices.remember(self._users.get(session.user_id))

    def start(self, user: User) -> Session:
        """A session for somebody who has shown who they are: here, or by a one-time link."""
        session = self._sessions.start(user)
        if user.may(Permission.REVIEW):
            self._note("sign_in", user)
        return session

    def _check_password(self, name: str, password: str, address: str, device: str) -> User:
        user, stored = self._users.credentials(name) or (None, None)
        counted = self._count(name, address, self._devices.known(device, user))
        right = self._passwords.verify(stored, password)
        if not right or user is None or stored is None:
            raise Denied("sign_in.failed")
        for purpose, subject in counted:
            self._throttle.forgive(purpose, subject, SPAN_SECONDS)
        if self._passwords.outdated(stored):
            self._users.store_rehash(user.id, stored, self._passwords.hash(password))
        return user

    def _count(self, name: str, address: str, device: str) -> tuple[tuple[str, str], ...]:
        """Count an attempt; what to forgive if it proves right. Raises TooMany."""
        if device:
            # After too many somebody else may sit at it: counted like anybody.
            with suppress(TooMany):
                self._throttle.hit("sign_in.device", device, PER_NAME_AND_ADDRESS, SPAN_SECONDS)
                return (("sign_in.device", device),)
        subject = address_key(address)
        both = f"{subject}\0{normalised(name)}"
        self._throttle.hit("sign_in.address", subject, PER_ADDRESS, SPAN_SECONDS)
        self._throttle.hit("sign_in.name", both, PER_NAME_AND_ADDRESS, SPAN_SECONDS)
        return (("sign_in.address", subject), ("sign_in.name", both))

    def _check_code(self, user: User, code: str, address: str, known: str) -> None:
        """Take a code once. `known` stands for a browser that the account knows, if this is one."""
        counted = self._count_code(user, code, address, known)
        if not self._two_factor.verify(user.id, code):
            raise Denied("sign_in.code")
        for purpose, subject, span in counted:
            self._throttle.forgive(purpose, subject, span)
        if is_recovery_code(code):
            self._note("two_factor.recovery", user)

    def _count_code(self, user: User, code: str, address: str, known: str) -> tuple[tuple[str, str, int], ...]:
        """Count a code that is tried; what to forgive if it proves right. Raises TooMany."""
        both = f"{address_key(address)}\0{user.id}"
        if known and not is_recovery_code(code):
            with suppress(TooMany):
                self._throttle.hit("code.device", known, CODES_PER_ADDRESS, SPAN_SECONDS)
                return (("code.device", known, SPAN_SECONDS),)
        self._throttle.hit("code.address", both, CODES_PER_ADDRESS, SPAN_SECONDS)
        if is_recovery_code(code):
            return (("code.address", both, SPAN_SECONDS),)
        self._throttle.hit("code.account", str(user.id), CODES_PER_ACCOUNT, CODES_SPAN_SECONDS)
        return (("code.address", both, SPAN_SECONDS), ("code.account", str(user.id), CODES_SPAN_SECONDS))

    def _note(self, action: str, user: User) -> None:
        with self._database.write() as connection:
            self._audit.add(connection, action, actor=user.name, subject=user.name)

    def _pending(self, user: User) -> str:
        expires = int(self._clock().timestamp()) + PENDING_SECONDS
        payload = json.dumps([user.id, user.rights, expires]).encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key, payload, "sha256") + payload).decode()

    def _waiting(self, pending: str) -> User:
        expired = Denied("sign_in.expired")
        try:
            signed = base64.urlsafe_b64decode(pending[:500].encode("ascii"))
        except ValueError:
            raise expired
        payload = signed[32:]
        if not hmac.compare_digest(signed[:32], hmac.digest(self._key, payload, "sha256")):
            raise expired
        user_id, rights, expires = json.loads(payload)
        try:
            user = self._users.get(user_id)
        except NotFound:
            raise expired
        if expires < self._clock().timestamp() or user.rights != rights or user.state is not State.ACTIVE:
            raise expired
        return user
