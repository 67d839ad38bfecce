"""Asking once more who somebody is, before what gives power or takes away safety.

Whoever holds another's session (a browser left open, a copied cookie) may look and write, which can be taken back; they have neither
the password nor the passkey.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import abort, g, request

from wiki.errors import Denied, Invalid, WikiError
from wiki.web import session_cookie
from wiki.web.asking import ask, client_address, require_person
from wiki.web.context import now, root_url, settings, wiki

if TYPE_CHECKING:
    from wiki.accounts.passkeys import Site
    from wiki.accounts.sessions import Session

LASTING = timedelta(minutes=30)
_PROOFS = ("proof_password", "proof_code", "credential")
_ASKED_ANEW = (*_PROOFS, "csrf_token")


def require_proof(instead_of: str = "") -> bool:
    """Go on where the person has shown who they are within `LASTING`, by signing in or here; whether it was by this request.

    Else the answer is a form that asks for it and holds all that was sent: sent back to the same address, the change goes on as if
    nothing had been, but for the field with a password that the proof stands `instead_of`. To be called after `check_form_token`, in
    views that take no files.
    """
    user = require_person()
    if not g.session.former and timedelta() <= now() - g.session.created < LASTING:
        return False
    error: WikiError | None = None
    if any(request.form.get(name) for name in _PROOFS):
        try:
            session_cookie.replace(_proved())
            return True
        except Denied as refused:
            where = {"sign_in.failed": "proof_password", "sign_in.code": "proof_code"}.get(refused.code)
            code = "password.wrong" if where == "proof_password" else refused.code
            error = Invalid(code, where=where) if where else refused
        except WikiError as refused:
            error = refused
    two_factor = wiki().accounts.two_factor.enabled(user.id)
    has_passkeys = bool(wiki().accounts.passkeys.list(user.id))
    given = {
        "sent": [pair for pair in request.form.items(multi=True) if pair[0] not in (*_ASKED_ANEW, instead_of)],
        "two_factor": two_factor,
        "passkey_options": wiki().accounts.passkeys.ask(passkey_site(), user) if has_passkeys else "",
    }
    form = ask("accounts/proof.html", given, error)
    if error is None:
        # Nothing is wrong, and nothing is done yet.
        form.status_code = 403
    return abort(form)


def require_proof_for(files: Iterable[str]) -> None:
    """The same where one of these files is a setting of the community: it may say who may change what."""
    if any(file.startswith("_wiki/") for file in files):
        require_proof()


def passkey_site() -> Site:
    """The wiki as browsers know it: passkeys are bound to its host name."""
    # Imported here: what keeps accounts is loaded by those only who need it (`wiki.accounts.door`).
    from wiki.accounts.passkeys import Site

    parts = urlsplit(root_url())
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", settings().name)


def _proved() -> Session | None:
    sign_in, user, answer = wiki().accounts.sign_in, require_person(), request.form.get("credential", "")
    if answer:
        return sign_in.prove_by_passkey(user, passkey_site(), answer, g.session_token)
    password, code = request.form.get("proof_password", ""), request.form.get("proof_code", "")
    return sign_in.prove(user, password, code, g.session, g.session_token, address=client_address())
