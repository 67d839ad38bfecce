"""The passkeys of one's account: making, naming and removing them, and asking for one after the password."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from wiki.accounts.user import User
from wiki.errors import WikiError
from wiki.web.account import back, changed, confirm, show
from wiki.web.asking import ask, require_person
from wiki.web.context import wiki
from wiki.web.proof import passkey_site, require_proof
from wiki.web.security import check_form_token

blueprint = Blueprint("passkeys", __name__)


@blueprint.post("/-/account/passkeys")
def start() -> Response:
    """Begin to make a passkey: after the password, the browser is asked for one."""

    def change(user: User) -> Response:
        confirm(user, "passkeys_password")
        label = request.form.get("passkey_label", "")[:200]
        options = wiki().accounts.passkeys.start(user, passkey_site())
        return ask("accounts/passkey.html", {"label": label, "passkey_options": options})

    return changed("passkeys", change)


@blueprint.post("/-/account/passkeys/add")
def add() -> Response:
    """Keep the passkey that the browser made."""
    user = require_person()
    try:
        check_form_token()
        label, answer = request.form.get("passkey_label", "")[:200], request.form.get("credential", "")
        wiki().accounts.passkeys.add(user, passkey_site(), label, answer)
    except WikiError as error:
        return show(user, error, "passkeys")
    return _ask_for_passkeys(user) if user.needs_second_factor else back("passkeys")


@blueprint.post("/-/account/passkeys/<int(max=9223372036854775807):key_id>/remove")
def remove(key_id: int) -> Response:
    """Forget a passkey at once."""

    def change(user: User) -> Response:
        require_proof()
        accounts = wiki().accounts
        if accounts.passkeys.remove(user, key_id):
            accounts.two_factor.without_passkeys(user)
        return back("passkeys")

    return changed("passkeys", change)


@blueprint.post("/-/account/two-factor/passkeys")
def second_step() -> Response:
    """Ask for a passkey after the password from now on; the recovery codes are shown once where there were none."""

    def change(user: User) -> Response:
        confirm(user, "two_factor_password")
        return _ask_for_passkeys(user)

    return changed("two_factor", change)


def _ask_for_passkeys(user: User) -> Response:
    codes = wiki().accounts.two_factor.use_passkeys(user, keep=g.session_token)
    if not codes:
        return back("two-factor")
    return ask("accounts/recovery_codes.html", {"codes": codes, "first": True})
