"""Passkeys: signing in with a key that a device or a password manager keeps (WebAuthn), without a password to steal.

A challenge is signed and holds all that has to be remembered about it, so nothing is stored when a form is shown; when
it has been answered its hash is kept until it would be too old, so that no answer is good twice. The library that checks
answers takes 25 MB of memory, so it is loaded with the first answer and not before.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, unique
from typing import Any

from sqlalchemy import Connection, exc, func, select, update

from wiki.accounts.audit import Audit
from wiki.accounts.clock import Clock
from wiki.accounts.opaque import digest
from wiki.accounts.tables import passkeys, used_challenges
from wiki.accounts.user import User
from wiki.database import Database, upsert
from wiki.errors import Conflict, Denied, Invalid, NotFound, TooMany

PER_ACCOUNT = 20
LABEL_LONGEST = 80
CHALLENGE_SECONDS = 5 * 60
ANSWER_LONGEST = 100_000
# EdDSA, ECDSA and RSA, as COSE numbers them, those that are wanted most first.
ALGORITHMS = (-8, -7, -257)
_SIGNATURE = 32


@unique
class Purpose(Enum):
    """What a challenge is for; an answer to one is no answer to another."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Site:
    """The wiki as browsers know it: keys are bound to `host`, and answers come from pages of `origin` only."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it in a list; `last_used` is a day, None if it never was."""

    id: int
    label: str
    created: datetime
    last_used: date | None


class Passkeys:
    """The passkeys in the accounts database."""

    def __init__(self, database: Database, audit: Audit, key: bytes, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._key = key
        self._clock = clock

    def list(self, user_id: int) -> tuple[Passkey, ...]:
        """An account's passkeys, the oldest first."""
        query = select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Passkey(row.id, row.label, row.created, row.last_used) for row in rows)

    def start(self, user: User, site: Site) -> str:
        """What the browser needs to make a key for this account, as JSON. Raises TooMany("passkey.too_many")."""
        known = self._credentials(user.id)
        if len(known) >= PER_ACCOUNT:
            raise TooMany("passkey.too_many", limit=PER_ACCOUNT)
        return json.dumps(
            {
                "rp": {"id": site.host, "name": site.name},
                "user": {
                    "id": _encoded(self._handle(user.id)),
                    "name": user.name,
                    "displayName": user.display_name,
                },
                "challenge": _encoded(self._challenge(Purpose.REGISTER, user)),
                "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
                "timeout": CHALLENGE_SECONDS * 1000,
                "excludeCredentials": _named(known),
                "authenticatorSelection": {
                    "residentKey": "required",
                    "requireResidentKey": True,
                    "userVerification": "required",
                },
                "attestation": "none",
            }
        )

    def add(self, user: User, site: Site, label: str, answer: str) -> Passkey:
        """Keep the key that the browser made (`answer`, as JSON).

        Raises Invalid("passkey.label"), Denied("passkey.expired", "passkey.refused"), Conflict("passkey.known").
        """
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        label = " ".join(label.split())
        if not label or len(label) > LABEL_LONGEST or not label.isprintable():
            raise Invalid("passkey.label", where="passkey_label", longest=LABEL_LONGEST)
        given = _read(answer)
        challenge = self._answered(given, Purpose.REGISTER, user)
        try:
            verified = verify_registration_response(
                credential=given,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
            raise Denied("passkey.refused")
        now = self._clock()
        row = {
            "user_id": user.id,
            "credential": verified.credential_id,
            "public_key": verified.credential_public_key,
            "uses": verified.sign_count,
            "label": label,
            "created": now,
        }
        with self._database.write() as connection:
            self._use_up(connection, challenge)
            try:
                key_id = connection.execute(passkeys.insert().values(row).returning(passkeys.c.id)).scalar_one()
            except exc.IntegrityError:
                raise Conflict("passkey.known")
            self._audit.add(connection, "passkey.add", actor=user.name, subject=user.name)
        return Passkey(key_id, label, now, None)

    def remove(self, user: User, key_id: int) -> bool:
        """Forget one passkey of this account; whether it was the last one. Raises NotFound("passkey.unknown")."""
        with self._database.write() as connection:
            mine = (passkeys.c.user_id == user.id) & (passkeys.c.id == key_id)
            if not connection.execute(passkeys.delete().where(mine)).rowcount:
                raise NotFound("passkey.unknown")
            self._audit.add(connection, "passkey.remove", actor=user.name, subject=user.name)
            left = select(func.count()).where(passkeys.c.user_id == user.id)
            return connection.execute(left).scalar_one() == 0

    def ask(self, site: Site, user: User | None = None) -> str:
        """What the browser needs to answer with a key, as JSON: any key of the wiki, or after the password one of `user`."""
        purpose = Purpose.SIGN_IN if user is None else Purpose.SECOND
        return json.dumps(
            {
                "rpId": site.host,
                "challenge": _encoded(self._challenge(purpose, user)),
                "timeout": CHALLENGE_SECONDS * 1000,
                "allowCredentials": [] if user is None else _named(self._credentials(user.id)),
                "userVerification": "required",
            }
        )

    def verify(self, site: Site, answer: str, user: User | None = None) -> int:
        """Whose key gave this answer: the account's id; with `user` it has to be theirs.

        Raises Denied("passkey.expired") where it took too long or was used before, Denied("passkey.refused") for all else.
        """
        from webauthn import verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        given = _read(answer)
        challenge = self._answered(given, Purpose.SIGN_IN if user is None else Purpose.SECOND, user)
        query = select(passkeys).where(passkeys.c.credential == _decoded(given.get("rawId")))
        with self._database.write() as connection:
            row = connection.execute(query.with_for_update()).first()
            if row is None or (user is not None and row.user_id != user.id):
                raise Denied("passkey.refused")
            try:
                verified = verify_authentication_response(
                    credential=given,
                    expected_challenge=challenge,
                    expected_rp_id=site.host,
                    expected_origin=site.origin,
                    credential_public_key=bytes(row.public_key),
                    credential_current_sign_count=row.uses,
                    require_user_verification=True,
                )
            except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
                raise Denied("passkey.refused")
            self._use_up(connection, challenge)
            values = {"uses": verified.new_sign_count, "last_used": self._clock().date()}
            connection.execute(update(passkeys).where(passkeys.c.id == row.id).values(values))
        return int(row.user_id)

    def forget(self) -> None:
        """Delete the challenges that would be too old by now."""
        with self._database.write() as connection:
            connection.execute(used_challenges.delete().where(used_challenges.c.expires <= self._clock()))

    def _credentials(self, user_id: int) -> tuple[bytes, ...]:
        with self._database.read() as connection:
            found = connection.execute(select(passkeys.c.credential).where(passkeys.c.user_id == user_id))
            return tuple(bytes(credential) for credential in found.scalars())

    def _handle(self, user_id: int) -> bytes:
        """What the device keeps for the account: nothing that says who it is."""
        return hmac.digest(self._key, b"handle %d" % user_id, "sha256")

    def _challenge(self, purpose: Purpose, user: User | None) -> bytes:
        expires = int(self._clock().timestamp()) + CHALLENGE_SECONDS
        about = [purpose.value, user.id if user else 0, user.rights if user else 0, expires, secrets.token_hex(16)]
        payload = json.dumps(about).encode()
        return hmac.digest(self._key, payload, "sha256") + payload

    def _answered(self, given: dict[str, Any], purpose: Purpose, user: User | None) -> bytes:
        """The challenge that an answer is to, if it is ours, for this purpose and person, and not too old."""
        try:
            said = json.loads(_decoded(given["response"]["clientDataJSON"]))
            challenge = _decoded(said["challenge"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Denied("passkey.refused")
        payload = challenge[_SIGNATURE:]
        if not hmac.compare_digest(challenge[:_SIGNATURE], hmac.digest(self._key, payload, "sha256")):
            raise Denied("passkey.expired")
        kind, user_id, rights, expires, _ = json.loads(payload)
        meant = [purpose.value, user.id if user else 0, user.rights if user else 0]
        if [kind, user_id, rights] != meant or expires < self._clock().timestamp():
            raise Denied("passkey.expired")
        return challenge

    def _use_up(self, connection: Connection, challenge: bytes) -> None:
        expires = datetime.fromtimestamp(json.loads(challenge[_SIGNATURE:])[3], UTC)
        used = upsert(connection, used_challenges).values(
            challenge_hash=digest(challenge[:_SIGNATURE].hex()), expires=expires
        )
        fresh = used.on_conflict_do_nothing().returning(used_challenges.c.challenge_hash)
        if connection.execute(fresh).first() is None:
            raise Denied("passkey.expired")


def _read(answer: str) -> dict[str, Any]:
    """A browser's answer as a value; raises Denied for anything that is none."""
    try:
        given = json.loads(answer) if len(answer) <= ANSWER_LONGEST else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Denied("passkey.refused")
    return given


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str) or not text.isascii():
        raise Denied("passkey.refused")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Denied("passkey.refused")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _named(credentials: tuple[bytes, ...]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": _encoded(credential)} for credential in credentials]
