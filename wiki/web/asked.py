"""What an address, a form or a program names: a page, a number, a version of the wiki."""

from __future__ import annotations

from flask import request

from wiki.editing.edit import EditConflict
from wiki.errors import Invalid, NotFound
from wiki.pages.path import PagePath
from wiki.storage.references import HEX
from wiki.web.context import head, wiki


def path_of(text: str) -> PagePath:
    """The page path in an address; raises NotFound where no page could be."""
    path = PagePath.lookup(text)
    name = text.strip("/")
    if path.text != name:
        # Other gits may have stored a name in another Unicode form; it is found as it is.
        stored = PagePath.of_file(PagePath(name).file)
        if stored is not None and wiki().store.entry(stored, head()) is not None:
            return stored
    return path


def asked_number(name: str) -> int | None:
    """The whole number that the address gives for a name; None where it gives none, or one of more than eleven digits."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def public_revision(text: str) -> str:
    """The commit that an address names, where strangers may see it: one that the site has shown.

    Raises NotFound for anything else, an unmerged suggestion's commits included.
    """
    revision = wiki().repository.resolve(text)
    if not wiki().suggestions.reachable(revision):
        raise NotFound("revision.unknown")
    return revision


def asked_revision(name: str) -> str:
    """The commit that the address names for a parameter, as `public_revision` finds it; empty where it names none."""
    text = request.args.get(name, "")
    return public_revision(text) if text else ""


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
