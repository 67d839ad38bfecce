"""Forms of accounts and administration: shown again with everything that was typed and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request

from wiki.accounts.user import User
from wiki.errors import Denied, Problem, WikiError
from wiki.web.context import person
from wiki.web.errors import status_of
from wiki.web.security import safe_next
from wiki.web.translations import gettext
from wiki.web.words import describe


def ask(template: str, given: Mapping[str, Any], error: WikiError | None = None) -> Response:
    """A form, with what is wrong beside the fields and above them. Nothing between here and the browser keeps it."""
    problems = () if error is None else error.problems or (_problem(error),)
    html = render_template(
        template,
        errors={problem.where: describe(problem) for problem in problems if problem.where},
        problems=[{"text": describe(problem), "name": problem.where} for problem in problems],
        next=next_address(),
        role_label=role_label,
        **given,
    )
    status = 200 if error is None else status_of(error)
    response = make_response(html, status)
    response.headers["Cache-Control"] = "private, no-store"
    seconds = error.params.get("retry_after") if error is not None else None
    if seconds is not None:
        response.headers["Retry-After"] = str(int(seconds) + 1)
    return response


def next_address() -> str:
    """Where to go on after signing in: an address of ours."""
    return safe_next(request.values.get("next"))


def client_address() -> str:
    """The network address that a request comes from: counted by the throttle, and never stored."""
    return request.remote_addr or ""


def require_person() -> User:
    """Whoever is signed in. Raises Denied("denied.sign_in")."""
    user = person()
    if user is None:
        raise Denied("denied.sign_in")
    return user


def role_label(role: str) -> str:
    """What a role is called, with what it may do."""
    return {
        "reader": gettext("Reader"),
        "contributor": gettext("Contributor: may suggest"),
        "editor": gettext("Editor: may save"),
        "maintainer": gettext("Maintainer: reviews, moves, deletes, protects, imports"),
        "admin": gettext("Administrator: people and settings too"),
    }.get(role, role)


def _problem(error: WikiError) -> Problem:
    return Problem(error.code, str(error.params.get("where", "")), error.params)
