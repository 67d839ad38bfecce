"""Who a program speaks for: the token in its Authorization header. A cookie is never looked at beside it."""

from __future__ import annotations

from flask import g, request

from wiki.accounts.addresses import address_key
from wiki.errors import Denied
from wiki.web.context import settings, wiki

TRIES_PER_HOUR = 60


def find_person() -> None:
    """Before a request of the API: note whose token it brings, if any, and what that is good for.

    Raises Denied("token.refused") for one that is not, or no longer, valid, and TooMany after too many such.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return
    kind, _, token = header.partition(" ")
    grant = wiki().accounts.tokens.user(token.strip()) if kind.lower() == "bearer" else None
    if grant is None:
        address = address_key(request.remote_addr or "")
        wiki().accounts.throttle.hit("api", address, TRIES_PER_HOUR, 3600)
        raise Denied("token.refused")
    g.grant, g.person = grant, grant.user


def scheme() -> str:
    """How to sign in, as a 401 says it."""
    name = settings().name.encode("ascii", "replace").decode().replace('"', "").replace("\\", "")
    error = ', error="invalid_token"' if "Authorization" in request.headers else ""
    return f'Bearer realm="{name}"{error}'
