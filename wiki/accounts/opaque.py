"""Random tokens: given away once, kept as a hash.

A token holds 256 random bits, so a plain SHA-256 is enough to store it by and to find it again with one look-up.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

LONGEST = 200


def new_token(prefix: str = "") -> str:
    """A fresh token for a cookie, an address or a header."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored in place of `token`. Anything may be asked; what can't be a token matches nothing."""
    return hashlib.sha256(token[:LONGEST].encode("utf-8", "replace")).digest()


def subkey(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose, all from the instance's one secret."""
    return hmac.digest(secret, b"wiki." + purpose.encode(), "sha256")
