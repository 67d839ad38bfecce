"""Ways through the pages: all of them, tags, functions, and what links to a page."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission
from wiki.editing.tagging import merge_tags
from wiki.errors import Denied, NotFound
from wiki.pages.alphabet import alphabetical
from wiki.pages.kinds.tool import FUNCTIONS
from wiki.web import lists, views
from wiki.web.around import crumbs, page_tabs
from wiki.web.asked import path_of
from wiki.web.context import actor, head, localize, may, settings, wiki
from wiki.web.security import check_form_token
from wiki.web.translations import gettext

blueprint = Blueprint("browse", __name__)


@blueprint.get("/-/all")
def all() -> Response:
    """All pages, by title."""
    context = lists.listing_context(lists.narrowing(), fixed=())
    return _list(gettext("All pages"), "", context)


@blueprint.get("/-/tags")
def tags() -> Response:
    """The tags in use with their numbers of pages (``format=json``: for scripts), and tags that look like the same."""
    counts = wiki().facets.values("tag")
    if request.args.get("format") == "json":
        return views.cacheable(jsonify([{"value": tag, "count": count} for tag, count in sorted(counts.items())]))
    tags = [
        {"tag": tag, "label": _tag_words(tag), "url": f"/-/tags/{quote(tag, safe='')}", "count": count}
        for tag, count in counts.items()
    ]
    html = render_template(
        "browse/tags.html",
        tags=sorted(tags, key=lambda item: alphabetical(str(item["label"]))),
        alike=_alike(list(counts)),
        may_merge=may(Permission.TAKE_BACK),
    )
    return views.cacheable(make_response(html))


@blueprint.post("/-/tags")
def merge() -> Response:
    """Make one tag of two, on all pages that have it, in one commit."""
    if not may(Permission.TAKE_BACK):
        raise Denied("denied.permission", permission="take_back")
    check_form_token()
    old, new = request.form.get("from", "").strip().casefold()[:200], request.form.get("to", "")[:200]
    paths = wiki().catalog.paths_with("tag", old)
    wiki().editor.apply(merge_tags(wiki().store, paths, old, new, head(), actor()))
    return views.go(url_for("browse.tags"), "done")


@blueprint.get("/-/tags/<path:tag>")
def tag(tag: str) -> Response:
    """The pages with a tag."""
    known = wiki().facets.values("tag")
    value = tag.strip().casefold()
    if value not in known:
        raise NotFound("page.not_found", path=tag[:100])
    context = lists.listing_context(lists.narrowing({"tag": (value,)}), fixed=("tag",))
    return _list(gettext("Tag: %(tag)s", tag=_tag_words(value)), "", context)


@blueprint.get("/-/functions")
def functions() -> Response:
    """What tools do, each with its number of tools."""
    counts = wiki().facets.values("function")
    terms = settings().terms(FUNCTIONS)
    items = [
        {
            "label": localize(term.label, slug),
            "text": localize(term.description),
            "url": f"/-/functions/{slug}",
            "count": counts.get(slug, 0),
        }
        for slug, term in terms.items()
    ]
    html = render_template(
        "browse/functions.html", functions=sorted(items, key=lambda item: alphabetical(str(item["label"])))
    )
    return views.cacheable(make_response(html))


@blueprint.get("/-/functions/<slug>")
def function(slug: str) -> Response:
    """The tools that do one thing."""
    term = settings().terms(FUNCTIONS).get(slug)
    if term is None and slug not in wiki().facets.values("function"):
        raise NotFound("page.not_found", path=slug[:100])
    fixed = lists.for_readers(function=(slug,))
    context = lists.listing_context(lists.narrowing(fixed), fixed=tuple(fixed))
    label = localize(term.label, slug) if term else slug
    return _list(label, localize(term.description) if term else "", context)


@blueprint.get("/-/links-to/<path:path>")
def links_to(path: str) -> Response:
    """The pages that link to a page, or that would if it were written."""
    target = path_of(path)
    card = wiki().catalog.card(target.text)
    title = card.title if card else target.text
    html = render_template(
        "browse/links_to.html",
        title=title,
        path=target.text,
        exists=card is not None,
        crumbs=crumbs(target, title),
        tabs=page_tabs(target, "links"),
        links=views.linking(target.text),
    )
    return views.cacheable(make_response(html))


def _list(title: str, intro: str, context: dict[str, object]) -> Response:
    html = render_template("browse/list.html", title=title, intro=intro, category=None, **context)
    return views.cacheable(make_response(html))


def _tag_words(tag: str) -> str:
    """What a tag is called: as what a tool does where it is the short name of that, else as it is."""
    term = settings().terms(FUNCTIONS).get(tag)
    return localize(term.label, tag) if term is not None else tag


def _alike(tags: list[str]) -> list[tuple[str, ...]]:
    """Tags that differ only in plural, dashes or blanks, for maintainers to merge."""
    groups: dict[str, list[str]] = {}
    for tag in tags:
        key = "".join(character for character in tag if character.isalnum())
        groups.setdefault(key.removesuffix("s"), []).append(tag)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]
