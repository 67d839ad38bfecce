"""What people change about their own account. Whatever lasts longer than a session asks for the password again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyotp
import segno
from flask import Blueprint, Response, g, request, url_for
from markupsafe import Markup

from wiki.accounts.scopes import Scope
from wiki.accounts.user import User
from wiki.errors import Denied, Invalid, WikiError
from wiki.web.api.declaring import BASE as API
from wiki.web.asking import ask, require_person
from wiki.web.context import actor, root_url, settings, wiki
from wiki.web.events import event_rows
from wiki.web.git import clone_address
from wiki.web.proof import require_proof
from wiki.web.security import check_form_token
from wiki.web.suggesting import own_rows
from wiki.web.translations import gettext
from wiki.web.views import go, language_links

if TYPE_CHECKING:
    from wiki.accounts.two_factor import Enrolment

blueprint = Blueprint("account", __name__)
_SECRET = re.compile(r"[A-Z2-7]{16,64}")
EVENTS = 12
TOKEN_DAYS = ("30", "90", "365")
# Codes of a new app that may be tried.
CONFIRMATIONS = 20
CONFIRMATION_SECONDS = 15 * 60


def show(user: User, error: WikiError | None = None, section: str = "") -> Response:
    """The account page, or what has to be set up first; `error` is what went wrong in one of its sections, which then holds
    what was typed."""
    accounts = wiki().accounts
    if user.needs_second_factor:
        have = bool(accounts.passkeys.list(user.id))
        return ask(
            "accounts/second_step.html", {"have_passkey": have, "label": request.form.get("passkey_label", "")}, error
        )
    drafts = accounts.drafts.list(user.id)
    cards = wiki().catalog.cards_of([draft.path for draft in drafts])
    given = request.form if section else {}
    context: dict[str, Any] = {
        "user": user,
        "section": section,
        "given": given,
        "scopes_given": request.form.getlist("scopes") if section == "tokens" else [],
        "choices": [{"value": item["code"], "label": item["label"]} for item in language_links()],
        "two_factor": accounts.two_factor.enabled(user.id),
        "by_app": accounts.two_factor.by_app(user.id),
        "by_passkey": accounts.two_factor.by_passkey(user.id),
        "passkeys": accounts.passkeys.list(user.id),
        "codes_left": accounts.two_factor.recovery_codes_left(user.id),
        "tokens": accounts.tokens.list(user.id),
        "sessions": accounts.sessions.list(user.id),
        "session_id": g.session.id,
        # Every sign-in has its line among the sessions; here many would hide what matters.
        "events": event_rows(accounts.audit.list(EVENTS, subject=user.name, but="sign_in")),
        "suggestions": own_rows(user.name),
        "drafts": [
            {
                "path": draft.path,
                "title": cards[draft.path].title if draft.path in cards else draft.path,
                "url": url_for("editing.edit", path=draft.path),
                "updated": draft.updated,
            }
            for draft in drafts
        ],
        "clone_address": clone_address(),
        "api_address": _api_address(),
        "scope_choices": scope_choices(),
    }
    return ask("accounts/account.html", context, error)


@blueprint.post("/-/account/profile")
def profile() -> Response:
    """Change the name that others see, and the language."""

    def change(user: User) -> Response:
        users = wiki().accounts.users
        users.set_display_name(user.id, request.form.get("display_name", ""))
        users.set_language(user.id, request.form.get("language", ""))
        return back("profile")

    return changed("profile", change)


@blueprint.post("/-/account/password")
def password() -> Response:
    """Change the password; other browsers are signed out by it."""

    def change(user: User) -> Response:
        confirm(user, "current_password")
        new = request.form.get("new_password", "")
        try:
            wiki().accounts.users.set_password(user.id, new, by=user, keep=g.session_token)
        except Invalid as error:
            raise Invalid(error.code, where="new_password", **_without_where(error.params))
        return back("password", "password")

    return changed("password", change)


@blueprint.post("/-/account/two-factor")
def two_factor() -> Response:
    """Begin to set up a second factor: a square for the app, and the secret to type instead."""

    def change(user: User) -> Response:
        confirm(user, "two_factor_password")
        return _enrolment(wiki().accounts.two_factor.start(user, settings().name))

    return changed("two_factor", change)


@blueprint.post("/-/account/two-factor/confirm")
def confirm_two_factor() -> Response:
    """Put the second factor in force by a code that the app shows, and show the recovery codes once."""
    user = require_person()
    try:
        check_form_token()
        # Whoever has a session alone may have found an app half set up; its codes are short.
        wiki().accounts.throttle.hit("two_factor.confirm", str(user.id), CONFIRMATIONS, CONFIRMATION_SECONDS)
        codes = wiki().accounts.two_factor.confirm(user, request.form.get("code", ""), keep=g.session_token)
    except WikiError as error:
        # The secret is the person's own, sent along by the page before; it is only shown again.
        secret = request.form.get("secret", "")
        if not _SECRET.fullmatch(secret):
            return show(user, error, "two_factor")
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=settings().name)
        from wiki.accounts.two_factor import Enrolment

        return _enrolment(Enrolment(secret, uri), error)
    return ask("accounts/recovery_codes.html", {"codes": codes, "first": True})


@blueprint.post("/-/account/two-factor/codes")
def recovery_codes() -> Response:
    """Make new recovery codes, and show them once; the former ones are void."""

    def change(user: User) -> Response:
        confirm(user, "two_factor_password")
        codes = wiki().accounts.two_factor.new_recovery_codes(user)
        return ask("accounts/recovery_codes.html", {"codes": codes, "first": False})

    return changed("two_factor", change)


@blueprint.post("/-/account/two-factor/off")
def two_factor_off() -> Response:
    """Sign in without a second factor again."""

    def change(user: User) -> Response:
        confirm(user, "two_factor_password")
        wiki().accounts.two_factor.disable(user, by=user)
        return back("two-factor")

    return changed("two_factor", change)


@blueprint.post("/-/account/tokens")
def create_token() -> Response:
    """Make a token for a program, and show it once."""

    def change(user: User) -> Response:
        confirm(user, "tokens_password")
        scopes = [scope for scope in Scope if scope.value in request.form.getlist("scopes")]
        days = request.form.get("days", "")
        label = request.form.get("label", "")[:500]
        token, kept = wiki().accounts.tokens.create(user, label, scopes, int(days) if days in TOKEN_DAYS else None)
        context = {
            "token": token,
            "kept": kept,
            "git": Scope.GIT in kept.scopes,
            # To be pasted into a shell.
            "git_name": shlex.quote(wiki().editor.person(actor()).name),
            "git_email": shlex.quote(wiki().editor.person(actor()).email),
            "api": kept.scopes - {Scope.GIT},
            "clone_address": clone_address(),
            "api_address": _api_address(),
        }
        return ask("accounts/token.html", context)

    return changed("tokens", change)


@blueprint.post("/-/account/tokens/<int(max=9223372036854775807):token_id>/revoke")
def revoke_token(token_id: int) -> Response:
    """End a token at once."""

    def change(user: User) -> Response:
        wiki().accounts.tokens.revoke(user, token_id)
        return back("tokens")

    return changed("tokens", change)


@blueprint.post("/-/account/sessions/<int(max=9223372036854775807):session_id>/end")
def end_session(session_id: int) -> Response:
    """Sign one other browser out."""

    def change(user: User) -> Response:
        wiki().accounts.sessions.end_one(user.id, session_id)
        return back("sessions")

    return changed("sessions", change)


@blueprint.post("/-/account/sessions/end")
def end_sessions() -> Response:
    """Sign all other browsers out."""

    def change(user: User) -> Response:
        wiki().accounts.sessions.end_everywhere(user.id, keep=g.session_token)
        return back("sessions")

    return changed("sessions", change)


@blueprint.post("/-/account/drafts/discard")
def discard_draft() -> Response:
    """Throw away what was typed and not saved."""

    def change(user: User) -> Response:
        wiki().accounts.drafts.delete(user.id, request.form.get("path", ""))
        return back("drafts")

    return changed("drafts", change)


def changed(section: str, change: Callable[[User], Response]) -> Response:
    """Carry a change out, or show the account page with what is wrong in this section of it."""
    user = require_person()
    try:
        check_form_token()
        return change(user)
    except WikiError as error:
        return show(user, error, section)


def confirm(user: User, field: str) -> None:
    """Raise Invalid("password.wrong") unless this field of the form holds the person's password.

    Where the account has a second factor, the password alone is not enough (`require_proof`): who has found it out, and a browser
    open or a cookie, would do away with the factor, or make a token that lasts.
    """
    if wiki().accounts.two_factor.enabled(user.id) and require_proof(instead_of=field):
        return
    try:
        wiki().accounts.sign_in.confirm(user, request.form.get(field, ""), g.session)
    except Denied as error:
        if error.code != "sign_in.failed":
            raise
        raise Invalid("password.wrong", where=field)


def _enrolment(enrolment: Enrolment, error: WikiError | None = None) -> Response:
    square = segno.make(enrolment.uri, error="l").svg_inline(
        omitsize=True, svgclass=None, lineclass=None, border=3, dark="#000", light="#fff"
    )
    # segno writes the square out of numbers alone.
    context = {"secret": enrolment.secret, "uri": enrolment.uri, "code_square": Markup(square)}
    return ask("accounts/two_factor.html", context, error)


def back(section: str, notice: str = "done") -> Response:
    """To a section of the account page, after a change."""
    response = go(url_for("accounts.account"), notice)
    response.headers["Location"] += f"#{section}"
    return response


def scope_choices() -> list[dict[str, str]]:
    """What a token may be made for, in words."""
    words = {
        Scope.READ: (gettext("Read"), gettext("What you may read; in a private wiki too.")),
        Scope.SUGGEST: (gettext("Suggest"), gettext("Read, and suggest changes that wait for a maintainer.")),
        Scope.WRITE: (
            gettext("Change"),
            gettext("All that you may do with pages in the browser: save, suggest, attach, move, review."),
        ),
        Scope.GIT: (gettext("Git"), gettext("Fetch, and push what you may save in the browser.")),
    }
    return [{"value": scope.value, "label": label, "description": text} for scope, (label, text) in words.items()]


def _api_address() -> str:
    return f"{root_url()}{API}"


def _without_where(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != "where"}
