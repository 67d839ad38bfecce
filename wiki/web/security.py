"""What every answer and every change has to pass: headers, the origin of a change, the token of a form."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from wiki.errors import Denied, Invalid
from wiki.web.context import now, wiki

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    """Hold every request of an application to the rules of this module."""
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def form_token() -> str:
    """The token of a form: signed, with the time, and bound to the session of whoever is signed in.

    A stranger has no session that a foreign site could misuse; the token then only says when the form was opened.
    """
    return str(_serializer().dumps([_binding(), int(now().timestamp())]))


def csrf_field() -> Markup:
    """The hidden input with the token of a form."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(form_token())


def check_form_token() -> float:
    """Check the token that a form sent; returns how many seconds ago the form was opened.

    Raises Invalid("form.expired") where it is missing, too old or another session's: the caller shows the form again
    with everything that was typed.
    """
    token = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token", "")
    try:
        binding, opened = _serializer().loads(token)
        seconds = now().timestamp() - float(opened)
    except (BadSignature, ValueError, TypeError):
        raise Invalid("form.expired", where="csrf_token")
    # A clock that was set back must not lock everybody out, so a form from the near future is as good as a new one.
    if not -FORM_SECONDS < seconds < FORM_SECONDS or not hmac.compare_digest(str(binding), _binding()):
        raise Invalid("form.expired", where="csrf_token")
    return max(0.0, seconds)


def safe_next(address: str | None) -> str:
    """Where to go next if the address is one of ours, else home. ``//x`` and ``/\\x`` lead elsewhere and are refused."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    if any(ord(character) < 33 or character == "\\" for character in address) or len(address) > 2000:
        return "/"
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else "/"


def _check_origin() -> None:
    """Refuse a change that another site sends: browsers say where a request comes from, other programs need not."""
    if request.method in SAFE_METHODS or request.path.startswith("/-/content.git/"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise Denied("form.foreign_origin")
    origin = request.headers.get("Origin")
    if origin is not None and origin != "null":
        try:
            host = urlsplit(origin).netloc
        except ValueError:
            host = ""
        if host != request.host:
            raise Denied("form.foreign_origin")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        # What a signed-in person sees is theirs; what a stranger sees is kept by whoever checks that it is current.
        private = g.get("person") is not None or request.method not in SAFE_METHODS
        response.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
    response.headers.setdefault("Vary", "Cookie")
    return response


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(wiki().secret, salt="form", signer_kwargs={"digest_method": hashlib.sha256})


def _binding() -> str:
    session = g.get("session")
    return f"session {session.id}" if session is not None else ""
