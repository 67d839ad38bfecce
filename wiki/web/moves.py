"""Where a page is that isn't at an address: by the redirects of the wiki, spelled otherwise, or renamed by another git."""

from __future__ import annotations

from flask import Response, request, url_for

from wiki.editing import following
from wiki.errors import Gone, NotFound, Unavailable, WikiError
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.context import head, settings, wiki

MOST_MOVES = 10


def redirected(path: PagePath) -> str:
    """The page that a redirect leads to from this address; empty if none does, or a page is here."""
    target = following.now_at(path, head(), wiki().repository, settings())
    return "" if target == path else target.text


def now_at(path: PagePath) -> str:
    """Where the page of this address is now; empty where it hasn't moved."""
    return redirected(path) or _spelled(path) or _renamed(path)


def absent(path: PagePath) -> WikiError:
    """What is to be raised where no page is any more: Gone with its last version, or NotFound where there never was one, as
    far as the history can be read."""
    try:
        deleted = wiki().history.deleted(path.text)
        older = wiki().history.neighbours(path.text, deleted.id)[0] if deleted is not None else None
    except Unavailable:
        deleted = older = None
    if deleted is None:
        return NotFound("page.not_found", path=path.text)
    return Gone("page.gone", path=path.text, revision=older.id if older is not None else "")


def followed(path: PagePath, suffix: str = "") -> Response | None:
    """The answer that leads from a view of a page that isn't here to the same view where it is; None where it is nowhere."""
    # A page that is there hasn't moved; the catalog knows it without git, which may be damaged just there.
    if wiki().catalog.card(path.text) is not None or wiki().store.entry(path, head()) is not None:
        return None
    target = now_at(path)
    if not target or request.endpoint is None:
        return None
    return views.lead_on(url_for(request.endpoint, path=f"{target}{suffix}"), 302)


def _spelled(path: PagePath) -> str:
    """The page whose address this is but for capitals, blanks or underscores."""
    card = wiki().catalog.find(path.text)
    return card.path if card is not None else ""


def _renamed(path: PagePath) -> str:
    """Where a page is that another git renamed, which leaves no redirect."""
    for _ in range(MOST_MOVES):
        try:
            deleted = wiki().history.deleted(path.text)
        except Unavailable:
            # A missing page is missing, whatever can't be told of it.
            return ""
        target = PagePath.of_file(deleted.moved_to) if deleted is not None and deleted.moved_to else None
        if target is None:
            return ""
        if wiki().store.entry(target, head()) is not None:
            return target.text
        path = target
    return ""
