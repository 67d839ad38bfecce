"""Changes of all pages, by everyone and by one person."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from wiki.errors import NotFound
from wiki.pages.kinds import KINDS
from wiki.web import views
from wiki.web.change_lists import before
from wiki.web.change_rows import change_rows
from wiki.web.context import may, settings, wiki

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
        paths=wiki().catalog.paths_with("kind", kind) if kind in KINDS else None,
        include_minor=minor,
    )
    html = render_template(
        "recent/changes.html",
        changes=change_rows(found[:PER_PAGE]),
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
        changes=change_rows(found[:PER_PAGE]),
        older=found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None,
        may_take_back=may("TAKE_BACK"),
    )
    return views.cacheable(make_response(html))
