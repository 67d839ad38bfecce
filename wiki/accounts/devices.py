"""Browsers that an account has signed in from, so that whoever guesses beside them, in the same network, keeps nobody out.

What a browser keeps is a random number, when it was made, and a MAC of both with the account and its `rights`: nothing is
stored here, and it says to nobody whose it is. `rights` count up with every new password, role, state and second factor,
and when the person signs all their browsers out, so that it is good for nothing from then on.
"""

from __future__ import annotations

import base64
import hmac
import secrets

from wiki.accounts.clock import Clock
from wiki.accounts.user import User

DEVICE_SECONDS = 180 * 24 * 3600
_NUMBER, _MADE = 16, 8


class Devices:
    """Makes what a browser keeps, and knows it again."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def remember(self, user: User) -> str:
        """What a browser is to keep that this account has signed in from."""
        known = secrets.token_bytes(_NUMBER) + int(self._clock().timestamp()).to_bytes(_MADE, "big")
        return base64.urlsafe_b64encode(known + self._mac(known, user)).decode()

    def known(self, kept: str, user: User | None) -> str:
        """What stands for the browser that has `kept` this; empty unless this account has signed in from it."""
        try:
            data = base64.urlsafe_b64decode(kept[:200].encode("ascii"))
        except ValueError:
            return ""
        known, mac = data[: _NUMBER + _MADE], data[_NUMBER + _MADE :]
        if user is None or not hmac.compare_digest(mac, self._mac(known, user)):
            return ""
        age = self._clock().timestamp() - int.from_bytes(known[_NUMBER:], "big")
        return known.hex() if age < DEVICE_SECONDS else ""

    def _mac(self, known: bytes, user: User) -> bytes:
        return hmac.digest(self._key, known + f"{user.id} {user.rights}".encode(), "sha256")
