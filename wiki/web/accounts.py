"""Signing in and out, asking for an account, one-time links, and where one's own account is."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from wiki.accounts.user import State
from wiki.errors import Denied, Invalid, WikiError
from wiki.web import session_cookie
from wiki.web.account import show
from wiki.web.asking import ask, client_address, next_address, require_person
from wiki.web.context import language, person, usual_language, wiki
from wiki.web.proof import passkey_site
from wiki.web.security import check_form_token
from wiki.web.views import go

blueprint = Blueprint("accounts", __name__)
blueprint.before_app_request(session_cookie.renew)
blueprint.after_app_request(session_cookie.keep)


@blueprint.get("/-/login")
def sign_in() -> Response:
    """The form to sign in; whoever has done so already goes on."""
    if person() is not None:
        return go(next_address())
    return _sign_in_form()


@blueprint.post("/-/login")
def start_session() -> Response:
    """Sign in with a name and a password, or come to the question for a code."""
    # Imported here: what keeps accounts is loaded by those only who need it (`wiki.accounts.door`).
    from wiki.accounts.sign_in import CodeNeeded

    name = request.form.get("name", "")[:200]
    try:
        check_form_token()
        password = request.form.get("password", "")
        session = wiki().accounts.sign_in.attempt(
            name, password, address=client_address(), device=session_cookie.device()
        )
    except CodeNeeded as needed:
        return _second_step_form(needed.pending)
    except WikiError as error:
        return _sign_in_form(name, error)
    return session_cookie.begin(session, next_address())


@blueprint.post("/-/login/passkey")
def start_by_passkey() -> Response:
    """Sign in with a passkey, without name and password."""
    try:
        check_form_token()
        answer = request.form.get("credential", "")
        session = wiki().accounts.sign_in.by_passkey(passkey_site(), answer)
    except WikiError as error:
        return _sign_in_form("", error)
    return session_cookie.begin(session, next_address())


@blueprint.get("/-/login/code")
def ask_code() -> Response:
    """Nobody comes here but by reloading: the password has to be said first."""
    return go(url_for("accounts.sign_in"))


@blueprint.post("/-/login/code")
def check_code() -> Response:
    """Sign in with the second factor, a code or a passkey, after the password."""
    pending = request.form.get("pending", "")[:500]
    sign_in = wiki().accounts.sign_in
    try:
        check_form_token()
        answer, code = request.form.get("credential", ""), request.form.get("code", "")
        if answer:
            session = sign_in.finish_by_passkey(pending, passkey_site(), answer, address=client_address())
        else:
            session = sign_in.finish(pending, code, address=client_address(), device=session_cookie.device())
    except WikiError as error:
        return _sign_in_form("", error) if error.code == "sign_in.expired" else _second_step_form(pending, error)
    return session_cookie.begin(session, next_address())


@blueprint.get("/-/logout")
def ask_sign_out() -> Response:
    """A button to sign out, for those who come by an address: looking at one changes nothing."""
    return ask("accounts/sign_out.html", {})


@blueprint.post("/-/logout")
def sign_out() -> Response:
    """End the session of this browser."""
    try:
        check_form_token()
    except Invalid:
        return ask("accounts/sign_out.html", {})
    return session_cookie.end(go("/", "signed-out"))


@blueprint.get("/-/register")
def register() -> Response:
    """The form to ask for an account, or to make one where sign-up is open."""
    return ask("accounts/register.html", {"mode": wiki().accounts.registration.mode})


@blueprint.post("/-/register")
def create_account() -> Response:
    """Make an account; unless sign-up is open, it waits until somebody has let it in."""
    accounts = wiki().accounts
    if accounts.registration.mode == "closed":
        raise Denied("register.closed")
    given = {"mode": accounts.registration.mode, **_names(), "note": request.form.get("note", "")[:5_000]}
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
            language=_chosen_language(),
            address=client_address(),
        )
    except WikiError as error:
        return ask("accounts/register.html", given, error)
    if user.state is State.ACTIVE:
        return session_cookie.begin(accounts.sign_in.start(user), next_address())
    return go("/", "registered")


@blueprint.get("/-/link/<token>")
def link(token: str) -> Response:
    """What a one-time link is for: the first administrator's account, an invited person's, or a new password."""
    return ask("accounts/link.html", _link(token))


@blueprint.post("/-/link/<token>")
def use_link(token: str) -> Response:
    """Use a one-time link up, by making the account or setting the password that it is for."""
    from wiki.accounts.links import Purpose

    accounts = wiki().accounts
    given = {**_link(token), **_names()}
    password = request.form.get("password", "")
    try:
        check_form_token()
        if given["purpose"] == Purpose.PASSWORD.value:
            user = accounts.links.set_password(token, password)
        else:
            user = accounts.links.accept(
                token, given["name"], password, display_name=given["display_name"], language=_chosen_language()
            )
    except WikiError as error:
        return ask("accounts/link.html", given, error)
    if accounts.two_factor.enabled(user.id) or user.state is not State.ACTIVE:
        # The link stands for the password alone; the second factor is still to be shown.
        return go(url_for("accounts.sign_in"), "password")
    # The first administrator invites the others next.
    first = given["purpose"] == Purpose.FIRST_ADMIN.value
    notice = "password" if given["purpose"] == Purpose.PASSWORD.value else "welcome"
    return session_cookie.begin(
        accounts.sign_in.start(user), url_for("admin.people" if first else "pages.home", notice=notice)
    )


@blueprint.get("/-/account")
def account() -> Response:
    """One's own account: name, password, second factor, tokens, sessions, drafts."""
    return show(require_person())


@blueprint.get("/.well-known/change-password")
def change_password() -> Response:
    """Where password managers look for the form to change a password."""
    return go(url_for("accounts.account", _anchor="password"))


def _sign_in_form(name: str = "", error: WikiError | None = None) -> Response:
    accounts = wiki().accounts
    options = accounts.passkeys.ask(passkey_site())
    return ask(
        "accounts/sign_in.html", {"name": name, "mode": accounts.registration.mode, "passkey_options": options}, error
    )


def _second_step_form(pending: str, error: WikiError | None = None) -> Response:
    options = wiki().accounts.sign_in.second_step(pending, passkey_site())
    return ask("accounts/code.html", {"pending": pending, "passkey_options": options}, error)


def _link(token: str) -> dict[str, str]:
    accounts = wiki().accounts
    found = accounts.links.find(token)
    owner = accounts.users.get(found.user_id).name if found.user_id is not None else ""
    return {"purpose": found.purpose.value, "role": found.role.value if found.role else "", "owner": owner}


def _chosen_language() -> str:
    """The language in which somebody makes an account, to go on in; empty where it is the wiki's usual one."""
    return "" if language() == usual_language() else language()


def _names() -> dict[str, str]:
    return {
        "name": request.form.get("name", "")[:200],
        "display_name": request.form.get("display_name", "")[:200],
    }
