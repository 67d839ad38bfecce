"""The version that a change was made from, as a form or a program sends it back."""

from __future__ import annotations

from wiki.editing.edit import EditConflict
from wiki.errors import Invalid, NotFound
from wiki.pages.path import PagePath
from wiki.storage.references import HEX
from wiki.web.context import head, wiki
from wiki.web.lists import public_revision


def base_revision(text: str) -> str:
    """The commit of a base; empty where the site doesn't know it (any more): history was rewritten meanwhile, and
    somebody has to choose between what is here now and what they have.

    Raises Invalid("base.unknown") for what can't be the name of a commit.
    """
    try:
        return public_revision(text)
    except NotFound:
        if HEX.fullmatch(text):
            return ""
        raise Invalid("base.unknown", where="base")


def seen_revision(text: str, path: PagePath) -> str:
    """The commit at which somebody has looked at a page before deleting it. Raises EditConflict where there is no such
    commit any more: then they should look at the page that is here now."""
    found = base_revision(text) if text else ""
    if not found:
        present = wiki().store.get(path, head()).source
        raise EditConflict(path, head(), "", present, "", present)
    return found
