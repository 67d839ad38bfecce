"""Who may suggest, and whose saves become suggestions."""

from __future__ import annotations

from wiki.accounts.names import display_name
from wiki.accounts.roles import Permission, Role
from wiki.editing.edit import STRANGER, Actor, Write
from wiki.editing.rights import may_write
from wiki.errors import Conflict, Denied
from wiki.pages.settings import Settings
from wiki.suggestions.suggestion import Suggestion


def stranger(credit: str = "") -> Actor:
    """Somebody without an account who wants to be named `credit` in the history, or not at all.

    Raises Invalid("display_name.…") for what can't be a name there: an e-mail address, several lines, `<`.
    """
    return Actor(STRANGER, display_name(credit) if credit.strip() else "Anonymous", Role.READER)


def must_suggest(actor: Actor, write: Write, settings: Settings, edits_until_trusted: int = 0) -> bool:
    """Whether a save by this person becomes a suggestion: for lack of a right to one of the files, or because the
    account is new and its first edits are reviewed (`edits_until_trusted` of them are still to come)."""
    return edits_until_trusted > 0 or not all(may_write(actor, edit.file, settings) for edit in write.edits)


def require_may_suggest(actor: Actor, settings: Settings) -> None:
    """Raise Denied where the wiki takes suggestions only from people with an account, and this is somebody else."""
    if settings.edit_policy != "suggest" and not actor.may(Permission.SUGGEST):
        raise Denied("denied.permission", permission=Permission.SUGGEST.value)


def require_open(suggestion: Suggestion) -> None:
    """Raise Conflict("suggestion.closed") where a suggestion has been decided about."""
    if not suggestion.state.is_open:
        raise Conflict("suggestion.closed", number=suggestion.number, state=suggestion.state.value)
