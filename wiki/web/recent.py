"""Changes of all pages, by everyone and by one person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.history.history import Revision
from wiki.pages.kinds import KINDS
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.context import may, settings, wiki
from wiki.web.history import badges

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
        folder=category if settings().category(category) else "",
        person=person,
        include_minor=minor,
    )
    shown = change_views(found[:PER_PAGE], kind if kind in KINDS else "")
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


def change_views(items: list[Revision], kind: str = "") -> list[dict[str, Any]]:
    """Changes as the macro ``change_list`` takes them, with the titles that the pages have now."""
    paths = {item.path: PagePath.of_file(item.path) for item in items}
    cards = wiki().catalog.cards_of([path.text for path in paths.values() if path is not None])
    found = []
    for item in items:
        path = paths[item.path]
        card = cards.get(path.text) if path is not None else None
        if kind and (card is None or card.kind != kind):
            continue
        text = path.text if path is not None else item.path
        found.append(
            {
                "when": item.when,
                "who": item.author,
                "who_url": url_for("recent.person", name=item.username) if item.username else "",
                "what": item.subject,
                "title": card.title if card is not None else text,
                "url": address(text),
                "diff_url": url_for("history.diff", path=text, to=item.commit) if path is not None else "",
                "size": item.size,
                "minor": item.minor,
                "category": views.category_of(text),
                "badges": badges(item),
                "revision": item.commit,
            }
        )
    return found


def before() -> int | None:
    """The place in the history from which the list goes on."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
