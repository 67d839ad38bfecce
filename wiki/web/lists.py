"""Narrowed lists of pages, as categories, functions, tags, search and folders show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from flask import Response, make_response, render_template, request, url_for

from wiki.catalog.facets import SORTS, VERIFIED_WITHIN, Listing, Matches, Narrowing
from wiki.catalog.presenting import address
from wiki.editing.signing import one_line
from wiki.pages.fields import Field
from wiki.pages.kinds import KINDS
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.around import crumbs
from wiki.web.asked import asked_number
from wiki.web.context import language, localize, settings, today, wiki
from wiki.web.kept import kept
from wiki.web.rows import Row
from wiki.web.translations import gettext, ngettext
from wiki.web.words import term_label

# The facets in the order in which they are offered; what decides first stands first.
FACETS = (
    *("function", "cost", "platform", "license", "hosting", "audience", "end_to_end", "status", "compliance"),
    *("level", "training_format", "tag", "language", "kind", "category", "page_language"),
)
# Names that a query may use for facets whose own name is longer.
_QUERY_FACETS = {"lang": "page_language"}
PER_PAGE = 30
FOUND_PER_PAGE = 20
PER_FOLDER_PAGE = 100
MAX_PAGE = 10_000
MAX_VALUES = 40
OPEN_FACETS = 3
FIRST_VALUES = 7


class Choice(NamedTuple):
    """A value of a facet as a box to tick; `pages` is how many have it, None where that isn't counted."""

    id: str
    value: str
    label: str
    pages: int | None
    checked: bool


@cache
def declared_facets() -> dict[str, Field]:
    """The fields behind the facets, by the names that addresses use."""
    fields: dict[str, Field] = {}
    for kind in KINDS.values():
        for item in kind.facets:
            fields.setdefault(item.facet, item)
    return fields


def narrowing(
    fixed: Mapping[str, Sequence[str]] | None = None,
    matches: Matches | None = None,
    chosen: Mapping[str, Sequence[str]] | None = None,
    every: bool = False,
) -> Narrowing:
    """What the address narrows the list to; `fixed` is what the list itself stands for and `chosen` comes on top.

    A page in several languages stands there once, in the reader's, but where `every` one is wanted or a language is
    asked for.
    """
    args = request.args
    first = args.to_dict()
    asked: dict[str, Sequence[str]] = {
        name: tuple(dict.fromkeys(value[:200] for value in args.getlist(name) if value))[:MAX_VALUES]
        for name in FACETS
        if first.get(name)
    }
    for key, values in (chosen or {}).items():
        name = _QUERY_FACETS.get(key, key)
        asked[name] = tuple(dict.fromkeys((*asked.get(name, ()), *values)))
    sort, verified = first.get("sort", ""), first.get("verified", "")
    default = "relevance" if matches is not None else "title"
    return Narrowing(
        chosen={**asked, **(fixed or {})},
        matches=matches,
        sort=sort if sort in SORTS and (sort != "relevance" or matches is not None) else default,
        verified=verified if verified in VERIFIED_WITHIN else "",
        language="" if every or "page_language" in asked else language(),
        page=page_number(),
        per_page=PER_PAGE if matches is None else FOUND_PER_PAGE,
    )


def for_readers(**fixed: Sequence[str]) -> dict[str, Sequence[str]]:
    """What a list stands for that is for readers of this language: where a page isn't translated, the original is there."""
    return {**fixed, "page_language": tuple(dict.fromkeys((language(), settings().languages[0])))}


def page_number() -> int:
    """The page of a list that the address asks for."""
    return min(max(asked_number("page") or 1, 1), MAX_PAGE)


def listing_context(
    narrowed: Narrowing, fixed: Sequence[str] = (), keep: Sequence[str] = ("q", "lang"), here: str = ""
) -> dict[str, Any]:
    """A list with its facets, as the part ``lists/_list.html`` takes it; `fixed` facets are not offered.

    `here` is the category that the list is of, if it is of one.
    """
    names = [name for name in FACETS if name not in fixed]
    listing = wiki().facets.list(narrowed, names, today())
    rows = _rows(listing, here)
    given = [(name, one_line(value, 2000)) for name, value in request.args.items(multi=True)]
    kept = [(name, value) for name, value in given if name in keep]
    return {
        "listing": listing,
        "rows": rows,
        "ticks": any(row.tick for row in rows),
        "facets": _facets(listing, narrowed, fixed),
        "active": _active(narrowed, fixed),
        "keep": [*kept, *([("sort", request.args["sort"])] if request.args.get("sort") in SORTS else [])],
        "keep_sorted": [(name, value) for name, value in given if name not in ("sort", "page", "notice")],
        "sorts": _sorts(narrowed),
        "sort": narrowed.sort,
        "count_words": ngettext("%(num)s page", "%(num)s pages", listing.total),
        "paging": views.paging(listing.page, listing.pages),
        "clear_url": views.with_args(
            drop=[pair for pair in request.args.items(multi=True) if pair[0] in FACETS or pair[0] == "verified"], page=1
        ),
    }


def _rows(listing: Listing, here: str) -> list[Row]:
    """The rows of a list; the facts of translations are those of their originals."""
    languages = settings().languages
    paths = {card.id: card.path.partition("/")[2] for card in listing.cards if card.language != languages[0]}
    originals = wiki().catalog.cards_of(list(paths.values())) if paths else {}
    return [Row(card, originals.get(paths.get(card.id, "")), here=here) for card in listing.cards]


def category(id: str) -> Response:
    """A category, or a section such as toolkits: its pages, narrowed by facts."""
    known = settings().category(id)
    kinds = {kind.folder: kind for kind in KINDS.values() if kind.folder}
    if known is not None:
        fixed = for_readers(category=(id,))
        title, intro = localize(known.label, id), localize(known.description)
    else:
        kind = kinds[id]
        fixed = for_readers(kind=(kind.id,))
        title, intro = gettext(kind.plural), ""
    context = listing_context(narrowing(fixed), fixed=tuple(fixed), here=id if known else "")
    view = views.category_view(known) if known else None
    everywhere = narrowing()
    asked: dict[str, Any] = {**everywhere.chosen, "verified": everywhere.verified or None}
    html = render_template(
        "lists/category.html",
        title=title,
        intro=intro,
        category=view,
        sheet_class=f"c-{view['color']}" if view else "",
        section=id,
        folders=[] if not known else wiki().catalog.folders_in(id),
        # What is asked for here may stand under another category.
        elsewhere=0 if context["rows"] else wiki().facets.list(everywhere, (), today()).total,
        elsewhere_url=url_for("browse.all", **asked),
        **context,
    )
    return views.cacheable(make_response(html))


def folder(path: PagePath) -> Response:
    """A folder that no page speaks for: what is in it."""
    title = path.name.replace("-", " ").capitalize()
    here = (views.category_of(f"{path.text}/") or {"id": ""})["id"]
    pages = max(1, -(-wiki().catalog.count_in_folder(path.text) // PER_FOLDER_PAGE))
    page = min(page_number(), pages)
    cards = wiki().catalog.in_folder(path.text, PER_FOLDER_PAGE, (page - 1) * PER_FOLDER_PAGE)
    html = render_template(
        "lists/folder.html",
        title=title,
        crumbs=crumbs(path, title),
        rows=[Row(card, here=here, ticks=False) for card in cards],
        paging=views.paging(page, pages),
        folders=[
            {"label": name.rpartition("/")[2], "url": address(name), "count": count}
            for name, count in wiki().catalog.folders_in(path.text)
        ],
    )
    return views.cacheable(make_response(html))


def _facets(listing: Listing, narrowed: Narrowing, fixed: Sequence[str]) -> list[dict[str, Any]]:
    fields, words = declared_facets(), kept()
    found: list[dict[str, Any]] = []
    for name, values in listing.facets.items():
        useful = [item for item in values if item.chosen or item.count < listing.total or len(values) > 1]
        if not useful:
            continue
        field = fields.get(name)
        given = [
            # A hundred values on each list: nearly all have their word already.
            (
                item.value,
                words.get(("value", name, item.value)) or value_label(field, name, item.value),
                item.count,
                item.chosen,
            )
            for item in _ordered(field, useful)[:MAX_VALUES]
        ]
        found.append(_facet(name, views.facet_label(field, name), given, is_open=len(found) < OPEN_FACETS))
    if "verified" not in fixed:
        given = [(key, _within(key), None, narrowed.verified == key) for key in VERIFIED_WITHIN]
        found.append(_facet("verified", views.facet_label(None, "verified"), given))
    return found


def _facet(
    name: str, label: str, given: Sequence[tuple[str, str, int | None, bool]], is_open: bool = False
) -> dict[str, Any]:
    """A facet as the templates take it; `given` are its values with label, number of pages, and whether they are chosen."""
    values = [Choice(f"facet-{name}-{number}", *one) for number, one in enumerate(given, 1)]
    return {
        "name": name,
        "label": label,
        "open": is_open or any(value.checked for value in values),
        "values": values,
        "first": [value for number, value in enumerate(values) if number < FIRST_VALUES or value.checked],
        "rest": [value for value in values[FIRST_VALUES:] if not value.checked],
    }


def _ordered(item: Field | None, values: Sequence[Any]) -> list[Any]:
    """Values that have an order of their own (cost) in that order, others by how often they occur."""
    if item is not None and item.dotted == "cost.level":
        order = list(settings().terms(item))
        return sorted(values, key=lambda value: order.index(value.value) if value.value in order else 99)
    return list(values)


def _active(narrowed: Narrowing, fixed: Sequence[str]) -> list[dict[str, str]]:
    fields = declared_facets()
    active = [
        {
            "label": f"{views.facet_label(fields.get(name), name)}: {value_label(fields.get(name), name, value)}",
            "url": views.with_args(drop=[(name, value)], page=1),
        }
        for name, values in narrowed.chosen.items()
        if name not in fixed
        for value in values
    ]
    if narrowed.verified:
        label = f"{views.facet_label(None, 'verified')}: {_within(narrowed.verified)}"
        active.append({"label": label, "url": views.with_args(drop=[("verified", narrowed.verified)], page=1)})
    return active


def value_label(item: Field | None, name: str, value: str) -> str:
    """What a value of a facet is called; one that the wiki has no word for is called what it is."""
    known = kept()
    found: str | None = known.get(("value", name, value))
    if found is None:
        found = _word(item, name, value)
        if found is None:
            return value
        known.once(("value", name, value), lambda: found)
    return found


def _word(item: Field | None, name: str, value: str) -> str | None:
    if name == "kind":
        return gettext(KINDS[value].label) if value in KINDS else None
    if name == "category":
        category = settings().category(value)
        return localize(category.label, value) if category else None
    if item is None or value not in settings().terms(item):
        return None
    label = term_label(item, value)
    return f"{value} ({label})" if name == "cost" and value != "free" else label


def _within(key: str) -> str:
    return {"90d": gettext("the last 3 months"), "6m": gettext("the last 6 months"), "1y": gettext("the last year")}[
        key
    ]


def _sorts(narrowed: Narrowing) -> list[dict[str, str]]:
    words = {
        "relevance": gettext("best match"),
        "title": gettext("name"),
        "verified": gettext("last verified"),
        "changed": gettext("last changed"),
    }
    return [
        {"value": sort, "label": words[sort]} for sort in SORTS if sort != "relevance" or narrowed.matches is not None
    ]
