"""What happened to accounts, as their owners and administrators read it: the entries of the log, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wiki.web.translations import gettext
from wiki.web.words import role_name

if TYPE_CHECKING:
    from wiki.accounts.audit import Entry


def event_rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries of the log in the shape that templates take: when, who did what, and to whose account."""
    return [
        {"when": entry.at, "who": entry.actor or gettext("the owner"), "what": _words(entry), "whom": entry.subject}
        for entry in entries
    ]


def _words(entry: Entry) -> str:
    role, before = (role_name(entry.details.get(name, "")) for name in ("role", "before"))
    words = {
        "sign_in": gettext("signed in"),
        "register": gettext("asked for an account"),
        "link.accept": gettext("made an account by an invite"),
        "link.invite": gettext("invited somebody (%(role)s)", role=role),
        "link.password": gettext("made a link for a new password"),
        "link.revoke": gettext("made all open invites void"),
        "link.set_password": gettext("set a password by a link"),
        "token.create": gettext("made a token (%(scopes)s)", scopes=entry.details.get("scopes", "")),
        "token.revoke": gettext("revoked a token"),
        "passkey.add": gettext("made a passkey"),
        "passkey.remove": gettext("removed a passkey"),
        "two_factor.codes": gettext("made new recovery codes"),
        "two_factor.disable": gettext("switched the second step off"),
        "two_factor.enable": gettext("switched the second step on"),
        "two_factor.recovery": gettext("signed in with a recovery code"),
        "user.add": gettext("added the account (%(role)s)", role=role),
        "user.approve": gettext("let the account in (%(role)s)", role=role),
        "user.close": gettext("closed the account for good"),
        "user.disable": gettext("shut the account"),
        "user.enable": gettext("opened the account again"),
        "user.password": gettext("set the password"),
        "user.reject": gettext("turned the account down"),
        "user.rename": gettext("gave the account another name"),
        "user.role": gettext("gave another role (%(before)s → %(role)s)", before=before, role=role),
        "user.trust": gettext("lets the account save without review"),
    }
    return words.get(entry.action, entry.action)
