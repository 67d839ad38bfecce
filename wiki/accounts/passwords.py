"""Passwords: what is accepted as one, and how it is kept (argon2id)."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from wiki.accounts.names import fold
from wiki.errors import Invalid, Unavailable

SHORTEST = 10
LONGEST_BYTES = 1_000
FEWEST_DIFFERENT = 4
AT_ONCE = 2
WAIT_SECONDS = 15.0

_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines())
_SEQUENCES = tuple(
    row + row[::-1]
    for row in ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiop")
)
_TRICKS = str.maketrans("013457@$!", "oleastasi")


class Passwords:
    """Hashes and verifies, a bounded number at once: each costs 64 MiB and a fifth of a second of a processor."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._decoy = ""

    def hash(self, password: str) -> str:
        """What is stored for `password`; `accepted` has to have been asked before."""
        with _slot():
            return self._hasher.hash(_bytes(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one that `stored` was made from.

        Without a stored one (no such account, no password set yet) it takes as long as with one and is False.
        """
        if _too_long(password):
            return False
        given = _bytes(password)
        with _slot():
            if not self._decoy:
                self._decoy = self._hasher.hash(b"nobody's password")
            try:
                return self._hasher.verify(stored or self._decoy, given) and stored is not None
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than a new one would be."""
        return self._hasher.check_needs_rehash(stored)


def accepted(password: str, name: str = "") -> None:
    """Check a new password for the account called `name`. Raises Invalid("password.…") with where="password"."""
    if _too_long(password):
        raise Invalid("password.too_long", where="password", longest_bytes=LONGEST_BYTES)
    if sum(_counts(character) for character in unicodedata.normalize("NFC", password)) < SHORTEST:
        raise Invalid("password.too_short", where="password", shortest=SHORTEST)
    plain = password.lower()
    if len(set(plain)) < FEWEST_DIFFERENT or any(plain in sequence for sequence in _SEQUENCES):
        raise Invalid("password.too_simple", where="password")
    if not _COMMON.isdisjoint(_words(plain)):
        raise Invalid("password.common", where="password")
    if name and fold(password).strip("0123456789lo") == fold(name).strip("0123456789lo"):
        raise Invalid("password.like_name", where="password")


def _words(plain: str) -> set[str]:
    """What is left of a password when the usual embroidery is taken off, with and without 0-for-o undone."""
    found = set()
    core = plain.strip("0123456789 !?.,:;-_+*#$%&/()=@\"'")
    for text in (plain, core, plain.translate(_TRICKS), core.translate(_TRICKS)):
        letters = "".join(character for character in text if character.isalpha())
        found |= {text} | ({letters} if len(letters) >= len(text) - 4 else set())
    return found


def _counts(character: str) -> bool:
    """Whether a character counts as one that somebody typed: not an accent, a joiner or a variation mark."""
    return unicodedata.category(character) not in ("Mn", "Me", "Cf") and not "\U0001f3fb" <= character <= "\U0001f3ff"


def _too_long(password: str) -> bool:
    return len(password) > LONGEST_BYTES or len(_bytes(password)) > LONGEST_BYTES


def _bytes(password: str) -> bytes:
    # The same password comes composed from one keyboard and decomposed from another.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


_slots = threading.BoundedSemaphore(AT_ONCE)


def _fresh_slots() -> None:
    global _slots
    _slots = threading.BoundedSemaphore(AT_ONCE)


os.register_at_fork(after_in_child=_fresh_slots)


@contextmanager
def _slot() -> Iterator[None]:
    slots = _slots
    if not slots.acquire(timeout=WAIT_SECONDS):
        raise Unavailable("password.busy")
    try:
        yield
    finally:
        slots.release()
