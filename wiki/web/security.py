"""What every request and every answer has to pass: the host, the origin of a change, the token of a form, headers."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup, escape
from werkzeug.exceptions import BadRequest, RequestURITooLarge

from wiki.errors import Denied, Invalid
from wiki.web.context import is_secure, now, wiki

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}
FORM_SECONDS = 24 * 3600
# With these a form is shown as it was sent, without being wrong: one more click does it.
ASKED_AGAIN = ("form.expired", "form.other_session")
MAX_QUERY_BYTES = 16_384
# A page's file has a name of 1,024 bytes at most, each of which may be three letters of an address.
MAX_PATH_BYTES = 4_096
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
HSTS = "max-age=31536000"
_LEADS_OUT = re.compile(r"//|[\\\x00-\x1f\x7f]")


def install(app: Flask) -> None:
    """Hold every request of an application to the rules of this module."""
    app.before_request(_check_length)
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)
    logging.getLogger("werkzeug").addFilter(_names_nobody)


def _names_nobody(record: logging.LogRecord) -> bool:
    """Whether this is no line in which the server of `flask run` writes down who asked for what."""
    return " - - [" not in record.getMessage()


class Headers:
    """WSGI layer that puts HEADERS into every answer that doesn't say otherwise, those made beside Flask too."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            known = {name.lower() for name, _ in headers}
            missing = [item for item in HEADERS.items() if item[0].lower() not in known]
            return start_response(status, [*headers, *missing], exc_info)

        return self._app(environ, start)


def form_token() -> str:
    """The token of a form: signed, with the time, and bound to the session of whoever is signed in.

    A stranger has no session that a foreign site could misuse; the token then only says when the form was opened.
    All forms of one answer have the same. A form that comes back, with a preview for example, was opened when it was
    first shown: whoever has looked at it long enough need not wait again.
    """
    try:
        return cast(str, g.form_token)
    except AttributeError:
        opened = int(now().timestamp() - min(g.get("form_open_for", 0.0), FORM_SECONDS / 2))
        found = g.form_token = _signed(wiki().secret, _binding(), opened)
        return found


def csrf_field() -> Markup:
    """The hidden input with the token of a form."""
    return Markup(f'<input type="hidden" name="csrf_token" value="{escape(form_token())}">')


def check_form_token() -> float:
    """Check the token that a form sent; returns how many seconds ago the form was opened.

    Raises Invalid with one of the codes ASKED_AGAIN where it is missing, too old or another session's, and Unavailable
    where nobody can tell whose session it is: the caller shows the form again with everything that was typed.
    """
    if "out_of_reach" in g:
        raise g.out_of_reach
    token = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token", "")
    try:
        binding, opened = _serializer(wiki().secret).loads(token)
        seconds = now().timestamp() - float(opened)
    except (BadSignature, ValueError, TypeError):
        raise Invalid("form.expired", where="csrf_token")
    if not hmac.compare_digest(str(binding), _binding()):
        # Signed in or out meanwhile, or accounts were out of reach when it was opened.
        raise Invalid("form.other_session", where="csrf_token")
    # A clock that was set back must not lock everybody out, so a form from the near future is as good as a new one.
    if not -FORM_SECONDS < seconds < FORM_SECONDS:
        raise Invalid("form.expired", where="csrf_token")
    g.form_open_for = max(0.0, seconds)
    return cast(float, g.form_open_for)


def safe_next(address: str | None) -> str:
    """Where to go next if the address is one of ours, else home. ``//x`` and ``/\\x``, encoded or not, lead elsewhere."""
    if not address or not address.startswith("/") or len(address) > 2000:
        return "/"
    if any(ord(character) < 33 or character == "\\" for character in address):
        return "/"
    # Some servers and browsers decode before they look where an address leads.
    return "/" if _LEADS_OUT.search(unquote(address.partition("?")[0])) else address


def _check_length() -> None:
    """Refuse an address that is longer than any form of ours makes: the links of a list repeat what it was asked for."""
    if len(request.query_string) > MAX_QUERY_BYTES or len(request.path) > MAX_PATH_BYTES:
        raise RequestURITooLarge


def _check_host() -> None:
    """Refuse a request whose host is no name of a machine: addresses are made with it."""
    if not request.host:
        raise BadRequest


def _check_origin() -> None:
    """Refuse a change that another site sends: browsers say where a request comes from, other programs need not."""
    if request.method in SAFE_METHODS or request.path.startswith("/-/content.git/"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise Denied("form.foreign_origin")
    origin = request.headers.get("Origin")
    if origin == "null" and site is None and request.path.startswith("/-/login"):
        # There is no session yet that the form's token could be bound to, and another site could sign somebody in as its own. Over
        # plain HTTP only Origin tells; with the referrer policy of all other pages it would always be null.
        raise Denied("form.foreign_origin")
    if origin is not None and origin != "null":
        try:
            host = urlsplit(origin).netloc
        except ValueError:
            host = ""
        # Where the wiki is known by an address of its own, a proxy in front may have put another host into the request.
        if not host or host not in (request.host, urlsplit(wiki().config.server.url).netloc):
            raise Denied("form.foreign_origin")


def _add_headers(response: Response) -> Response:
    if is_secure():
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if "Cache-Control" not in response.headers:
        # What a signed-in person sees is theirs; what a stranger sees is kept by whoever checks that it is current.
        private = g.get("person") is not None or request.method not in SAFE_METHODS
        response.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
    response.headers.setdefault("Vary", "Cookie")
    return response


@lru_cache(maxsize=16)
def _signed(secret: bytes, binding: str, opened: int) -> str:
    """A token; all that are made for strangers in one second are one."""
    return str(_serializer(secret).dumps([binding, opened]))


@lru_cache(maxsize=4)
def _serializer(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="form", signer_kwargs={"digest_method": hashlib.sha256})


def _binding() -> str:
    session = g.get("session")
    return f"session {session.id}" if session is not None else ""
