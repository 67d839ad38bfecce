"""Signing in and out, asking for an account, one-time links, and the page of one's own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from wiki.accounts.links import Purpose
from wiki.accounts.sessions import Session
from wiki.accounts.sign_in import CodeNeeded
from wiki.accounts.user import State, User
from wiki.catalog.presenting import address
from wiki.errors import Denied, Invalid, Problem, WikiError
from wiki.web.context import now, person, settings, wiki
from wiki.web.errors import status_of
from wiki.web.page_cache import SESSION_COOKIE
from wiki.web.security import check_form_token, safe_next
from wiki.web.views import go, language_links
from wiki.web.words import describe

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/-/login")
def sign_in() -> Response:
    """The form to sign in; whoever has done so already goes on."""
    if person() is not None:
        return redirect(_next(), 303, Response)
    return _form("accounts/sign_in.html", {})


@blueprint.post("/-/login")
def start_session() -> Response:
    """Sign in with a name and a password, or come to the question for a code."""
    given = {"name": request.form.get("name", "")[:200]}
    try:
        check_form_token()
        session = wiki().accounts.sign_in.attempt(
            given["name"], request.form.get("password", ""), address=client_address()
        )
    except CodeNeeded as needed:
        return _form("accounts/code.html", {"pending": needed.pending})
    except WikiError as error:
        return _form("accounts/sign_in.html", given, error)
    return _begin(session, _next())


@blueprint.get("/-/login/code")
def ask_code() -> Response:
    """Nobody comes here but by reloading: the password has to be said first."""
    return redirect(url_for("accounts.sign_in"), 303, Response)


@blueprint.post("/-/login/code")
def check_code() -> Response:
    """Sign in with the code of the second factor, after the password."""
    given = {"pending": request.form.get("pending", "")[:500]}
    try:
        check_form_token()
        session = wiki().accounts.sign_in.finish(
            given["pending"], request.form.get("code", ""), address=client_address()
        )
    except WikiError as error:
        template = "accounts/sign_in.html" if error.code == "sign_in.expired" else "accounts/code.html"
        return _form(template, given, error)
    return _begin(session, _next())


@blueprint.get("/-/logout")
def ask_sign_out() -> Response:
    """A button to sign out, for those who come by an address: looking at one changes nothing."""
    return _form("accounts/sign_out.html", {})


@blueprint.post("/-/logout")
def sign_out() -> Response:
    """End the session of this browser."""
    try:
        check_form_token()
    except Invalid:
        return _form("accounts/sign_out.html", {})
    wiki().accounts.sessions.end(g.get("session_token", ""))
    return _without_cookie(go("/", "signed-out"))


@blueprint.route("/-/register", methods=["GET", "POST"])
def register() -> Response:
    """Ask for an account, or make one where sign-up is open."""
    accounts = wiki().accounts
    if request.method == "GET" or accounts.registration.mode == "closed":
        if request.method == "POST":
            raise Denied("register.closed")
        return _form("accounts/register.html", {"mode": accounts.registration.mode})
    given = {"mode": accounts.registration.mode, **_person_fields(), "note": request.form.get("note", "")}
    try:
        opened = check_form_token()
        if request.form.get("website"):
            raise Invalid("form.trap", where="website")
        if opened < wiki().config.review.min_seconds:
            raise Invalid("form.too_fast")
        user = accounts.registration.request(
            given["name"],
            request.form.get("password", ""),
            given["note"],
            display_name=given["display_name"],
            address=client_address(),
        )
    except WikiError as error:
        return _form("accounts/register.html", given, error)
    if user.state is State.ACTIVE:
        return _begin(accounts.sign_in.start(user), _next())
    return go("/", "registered")


@blueprint.route("/-/link/<token>", methods=["GET", "POST"])
def link(token: str) -> Response:
    """What a one-time link is for: the first administrator's account, an invited person's, or a new password."""
    accounts = wiki().accounts
    found = accounts.links.find(token)
    owner = accounts.users.get(found.user_id) if found.user_id is not None else None
    context = {"purpose": found.purpose.value, "role": found.role and found.role.value, "owner": owner}
    if request.method == "GET":
        return _form("accounts/link.html", context)
    context.update(_person_fields())
    password = request.form.get("password", "")
    try:
        check_form_token()
        if found.purpose is Purpose.PASSWORD:
            user = accounts.links.set_password(token, password)
        else:
            user = accounts.links.accept(
                token, str(context["name"]), password, display_name=str(context["display_name"])
            )
    except WikiError as error:
        return _form("accounts/link.html", context, error)
    if accounts.two_factor.enabled(user.id) or user.state is not State.ACTIVE:
        # The link stands for the password alone; the second factor is still to be shown.
        return go(url_for("accounts.sign_in"), "password")
    return _begin(accounts.sign_in.start(user), url_for("accounts.account") if owner else "/")


@blueprint.get("/-/account")
def account() -> Response:
    """One's own account: name, password, second factor, tokens, sessions, drafts."""
    return show_account(require_person())


@blueprint.get("/.well-known/change-password")
def change_password() -> Response:
    """Where password managers look for the form to change a password."""
    return redirect(url_for("accounts.account", _anchor="password"), 302, Response)


@blueprint.before_app_request
def renew_session() -> None:
    """Give a session a new token after the rights of its person have changed."""
    session = g.get("session")
    if session is None or not session.rotate:
        return
    try:
        renewed = wiki().accounts.sessions.rotate(g.session_token)
    except WikiError:
        # The rights are today's all the same; the token is renewed when the accounts can be written again.
        return
    if renewed is not None:
        g.session, g.session_token, g.renewed = renewed, renewed.token, renewed


@blueprint.after_app_request
def keep_cookie(response: Response) -> Response:
    """Hand out a renewed token, and take back one that is good for nothing: its owner is a reader like any other."""
    renewed = g.get("renewed")
    if renewed is not None:
        return _with_cookie(response, renewed)
    token = request.cookies.get(SESSION_COOKIE, "")
    if token and person() is None and "Set-Cookie" not in response.headers:
        try:
            if wiki().accounts.sessions.find(token) is None:
                return _without_cookie(response)
        except WikiError:
            return response
    return response


def show_account(user: User, error: WikiError | None = None, section: str = "", **given: Any) -> Response:
    """The account page; with what went wrong in one of its sections, and what was typed there."""
    accounts, catalog = wiki().accounts, wiki().catalog
    drafts = accounts.drafts.list(user.id)
    cards = catalog.cards_of([draft.path for draft in drafts])
    return _form(
        "accounts/account.html",
        {
            "section": section,
            "given": given,
            "user": user,
            "choices": [{"value": item["code"], "label": item["label"]} for item in language_links()],
            "two_factor": accounts.two_factor.enabled(user.id),
            "codes_left": accounts.two_factor.recovery_codes_left(user.id),
            "tokens": accounts.tokens.list(user.id),
            "sessions": accounts.sessions.list(user.id),
            "session_id": g.session.id,
            "drafts": [
                {
                    "path": draft.path,
                    "title": cards[draft.path].title if draft.path in cards else draft.path,
                    "url": url_for("editing.edit", path=draft.path),
                    "updated": draft.updated,
                }
                for draft in drafts
            ],
            "clone_url": f"{request.host_url.rstrip('/')}/-/content.git",
            "today": now(),
            "page_url": address(f"people/{user.name}"),
        },
        error,
    )


def require_person() -> User:
    """Whoever is signed in. Raises Denied("denied.sign_in")."""
    user = person()
    if user is None:
        raise Denied("denied.sign_in")
    return user


def client_address() -> str:
    """The network address that a request comes from: counted by the throttle, and never stored."""
    return request.remote_addr or ""


def _person_fields() -> dict[str, str]:
    return {
        "name": request.form.get("name", "")[:200],
        "display_name": request.form.get("display_name", "")[:200],
    }


def _next() -> str:
    return safe_next(request.values.get("next"))


def _form(template: str, given: Mapping[str, Any], error: WikiError | None = None) -> Response:
    """A form, with what is wrong beside the fields and above them. Never kept by anything between here and the browser."""
    problems = [] if error is None else _problems(error)
    errors = {problem.where: describe(problem) for problem in problems if problem.where}
    html = render_template(
        template,
        errors=errors,
        problems=[{"text": describe(problem), "name": problem.where} for problem in problems],
        next=_next(),
        wiki_name=settings().name,
        **given,
    )
    # A form that was open for too long is no error: it is asked once more, with everything in it.
    status = 200 if error is None or error.code == "form.expired" else status_of(error)
    response = make_response(html, status)
    response.headers["Cache-Control"] = "private, no-store"
    seconds = error.params.get("retry_after") if error is not None else None
    if seconds is not None:
        response.headers["Retry-After"] = str(int(seconds) + 1)
    return response


def _problems(error: WikiError) -> list[Problem]:
    found = getattr(error, "problems", ()) or (Problem(error.code, str(error.params.get("where", "")), error.params),)
    return list(found)


def _begin(session: Session, target: str) -> Response:
    former = g.get("session_token", "")
    if former:
        wiki().accounts.sessions.end(former)
    return _with_cookie(redirect(safe_next(target), 303, Response), session)


def _with_cookie(response: Response, session: Session) -> Response:
    response.set_cookie(
        SESSION_COOKIE,
        session.token,
        max_age=max(1, int((session.expires - now()).total_seconds())),
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _without_cookie(response: Response) -> Response:
    response.delete_cookie(SESSION_COOKIE, path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def role_label(role: str) -> str:
    """What a role is called."""
    return {
        "reader": gettext("reader"),
        "contributor": gettext("contributor: suggests"),
        "editor": gettext("editor: saves"),
        "maintainer": gettext("maintainer: reviews, moves, deletes, protects, imports"),
        "admin": gettext("administrator: looks after people and settings"),
    }.get(role, role)
