"""The cookies: given when somebody signs in, renewed when their rights change; a session's is taken back when it is over.

The second one, sent to the form to sign in alone, lets a browser sign in again whatever others in its network do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, request

from wiki.accounts.devices import DEVICE_SECONDS
from wiki.errors import WikiError
from wiki.web.context import cookie_name, is_secure, now, person, wiki
from wiki.web.page_cache import SESSION_COOKIE
from wiki.web.views import go

if TYPE_CHECKING:
    from wiki.accounts.sessions import Session

DEVICE_COOKIE = "wiki_device"


def begin(session: Session, target: str) -> Response:
    """Send somebody who has signed in on; a session that this browser had before ends."""
    former = g.get("session_token", "")
    if former:
        wiki().accounts.sessions.end(former)
    return _with_cookie(go(target), session)


def end(response: Response) -> Response:
    """End this browser's session, and take the cookie back with the response."""
    wiki().accounts.sessions.end(g.get("session_token", ""))
    return _without_cookie(response)


def renew() -> None:
    """Before a request: give a session a new token where the rights of its person have changed."""
    session = g.get("session")
    if session is None or not session.rotate:
        return
    try:
        renewed = wiki().accounts.sessions.rotate(g.session_token)
    except WikiError:
        # The rights are today's all the same; the token is renewed when the accounts can be written again.
        return
    replace(renewed)


def replace(renewed: Session | None) -> None:
    """Go on with the new token of this browser's session, if there is one; the browser gets it with the answer."""
    if renewed is not None:
        g.session, g.session_token, g.renewed_session = renewed, renewed.token, renewed


def keep(response: Response) -> Response:
    """After a request: hand out a renewed token; whoever's session has ended is a reader like any other, without one."""
    renewed = g.get("renewed_session")
    if "Set-Cookie" in response.headers or request.blueprint == "api":
        return response
    if renewed is not None:
        return _with_cookie(response, renewed)
    token = request.cookies.get(cookie_name(SESSION_COOKIE), "")
    if token and person() is None:
        try:
            over = wiki().accounts.sessions.find(token) is None
        except WikiError:
            return response
        if over:
            return _without_cookie(response)
    return response


def device() -> str:
    """What this browser has kept of an earlier time."""
    return request.cookies.get(cookie_name(DEVICE_COOKIE, "__Secure-"), "")


def _with_cookie(response: Response, session: Session) -> Response:
    response.set_cookie(
        cookie_name(SESSION_COOKIE),
        session.token,
        max_age=max(1, int((session.expires - now()).total_seconds())),
        path="/",
        secure=is_secure(),
        httponly=True,
        samesite="Lax",
    )
    response.set_cookie(
        cookie_name(DEVICE_COOKIE, "__Secure-"),
        wiki().accounts.sign_in.device(session),
        max_age=DEVICE_SECONDS,
        path="/-/login",
        secure=is_secure(),
        httponly=True,
        samesite="Strict",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _without_cookie(response: Response) -> Response:
    name = cookie_name(SESSION_COOKIE)
    response.delete_cookie(name, path="/", secure=is_secure(), httponly=True, samesite="Lax")
    response.headers["Cache-Control"] = "private, no-store"
    return response
