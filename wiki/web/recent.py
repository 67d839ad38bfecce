"""Changes of all pages, by everyone and by one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.history.revision import ChangeSet, Revision, Touch
from wiki.pages.kinds import KINDS
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.context import may, settings, wiki
from wiki.web.history import badges
from wiki.web.translations import ngettext

blueprint = Blueprint("recent", __name__)
PER_PAGE = 50


@blueprint.get("/-/recent")
def changes() -> Response:
    """Recent changes, narrowed by category, person, kind and whether minor ones are shown."""
    category = request.args.get("category", "")
    person = request.args.get("person", "").strip()[:80]
    kind = request.args.get("kind", "")
    minor = request.args.get("minor", "") != "no"
    found = wiki().history.recent(
        PER_PAGE + 1,
        before(),
        path_prefix=category if settings().category(category) else "",
        person=person or None,
        paths=[card.path for card in wiki().catalog.of_kind(kind)] if kind in KINDS else None,
        include_minor=minor,
    )
    shown = change_views(found[:PER_PAGE])
    html = render_template(
        "recent/changes.html",
        changes=shown,
        older=found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None,
        categories_known=[views.category_view(item) for item in settings().categories],
        category=category,
        person_name=person,
        kind=kind,
        kinds=[{"value": item.id, "label": item.label} for item in KINDS.values() if item.id != "settings"],
        minor=minor,
    )
    return views.cacheable(make_response(html))


@blueprint.get("/-/people/<name>")
def person(name: str) -> Response:
    """The changes of one person."""
    found = wiki().history.recent(PER_PAGE + 1, before(), person=name[:80])
    if not found and before() is None:
        raise NotFound("person.unknown", name=name[:80])
    html = render_template(
        "recent/person.html",
        name=name,
        shown_name=found[0].author if found else name,
        changes=change_views(found[:PER_PAGE]),
        older=found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None,
        may_take_back=may("TAKE_BACK"),
    )
    return views.cacheable(make_response(html))


def change_views(events: Sequence[ChangeSet | Revision]) -> list[dict[str, Any]]:
    """Changes as the macro ``change_list`` takes them, with the titles that the pages have now."""
    touched = [(event, _main_touch(event)) for event in events]
    paths = {touch.path: PagePath.of_file(touch.path) for _, touch in touched if touch is not None}
    cards = wiki().catalog.cards_of([path.text for path in paths.values() if path is not None])
    return [_change_view(event, touch, paths.get(touch.path), cards) for event, touch in touched if touch is not None]


def _change_view(
    event: ChangeSet | Revision, touch: Touch | Revision, path: PagePath | None, cards: dict[str, PageCard]
) -> dict[str, Any]:
    text = path.text if path is not None else touch.path
    card = cards.get(text)
    more = event.changed - 1 if isinstance(event, ChangeSet) else 0
    title = card.title if card is not None else text
    return {
        "when": event.committed,
        "who": event.author,
        "who_url": url_for("recent.person", name=event.username) if event.username else "",
        "what": event.subject,
        "title": ngettext("%(title)s and %(num)s more", "%(title)s and %(num)s more", more, title=title)
        if more
        else title,
        "url": address(text),
        "diff_url": url_for("history.diff", path=text, to=event.id) if path is not None else "",
        "size": touch.size_change,
        "minor": event.minor,
        "category": views.category_of(text),
        "badges": badges(event, touch),
        "revision": event.id,
    }


def _main_touch(event: ChangeSet | Revision) -> Touch | Revision | None:
    """The file that a change is named after: the first page, else the first file."""
    if isinstance(event, Revision):
        return event
    return next((touch for touch in event.touches if touch.path.endswith(".md")), next(iter(event.touches), None))


def before() -> int | None:
    """The place in the history from which the list goes on."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
