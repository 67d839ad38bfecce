"""Atom feeds: of the whole wiki, of a category, of a toolkit, of a page. No e-mail address is asked of anyone who follows."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.pages.kinds import TOOLKIT
from wiki.pages.path import PagePath
from wiki.web import kits, moves, views
from wiki.web.asked import path_of
from wiki.web.change_lists import change_views
from wiki.web.context import head, localize, root_url, settings, wiki
from wiki.web.translations import gettext

blueprint = Blueprint("feeds", __name__)
ENTRIES = 40
# What commits made by other programs may hold and XML may not, not even escaped.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@blueprint.get("/-/feed.atom")
def site() -> Response:
    """Recent changes of all pages."""
    return _feed(settings().name, url_for("recent.changes"), wiki().history.recent(ENTRIES))


@blueprint.get("/-/feed/<name>.atom")
def category(name: str) -> Response:
    """Recent changes of a category."""
    known = settings().category(name)
    if known is None:
        raise NotFound("page.not_found", path=name[:80])
    title = f"{settings().name}: {localize(known.label, name)}"
    return _feed(title, address(name), wiki().history.recent(ENTRIES, path_prefix=name))


@blueprint.get("/-/toolkit/<path:path>/feed.atom")
def toolkit(path: str) -> Response:
    """Recent changes of a toolkit and of the pages in it."""
    target = path_of(path)
    moved = moves.followed(target)
    if moved is not None:
        return moved
    found = wiki().store.get(target, head())
    if found.kind.id != TOOLKIT.id:
        raise NotFound("page.not_found", path=target.text)
    title = f"{settings().name}: {found.title}"
    return _feed(title, address(target.text), wiki().history.recent(ENTRIES, paths=kits.followed(found)))


def page(path: PagePath) -> Response:
    """The changes of one page."""
    revisions = wiki().history.page(path.text, ENTRIES)
    if not revisions:
        wiki().history.require_made()
        raise NotFound("page.not_found", path=path.text)
    card = wiki().catalog.card(path.text)
    return _feed(card.title if card else path.text, address(path.text), revisions)


def _feed(title: str, link: str, items: list[Any]) -> Response:
    root = root_url()
    text = render_template(
        "feeds/feed.xml",
        title=title,
        root=root,
        link=root + link,
        own=root + request.path,
        entries=change_views(items),
        no_words=gettext("no words given"),
    )
    return views.cacheable(Response(_NO_XML.sub("\ufffd", text), mimetype="application/atom+xml"))
