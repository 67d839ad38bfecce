"""Lists: pages narrowed by facts, search, the ways to browse, what needs work, tools side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response
from flask_babel import gettext

from wiki import __version__
from wiki.accounts.roles import Permission
from wiki.catalog.attention import LISTS
from wiki.catalog.card import PageCard
from wiki.catalog.compare import MAX_TOOLS, MIN_TOOLS, compare
from wiki.catalog.facets import SORTS, VERIFIED_WITHIN, Listing, Narrowing
from wiki.catalog.presenting import address
from wiki.errors import Invalid, NotFound, Unavailable
from wiki.markup.front_matter import merge
from wiki.pages.fields import Field, FieldType
from wiki.pages.kinds import TOOL
from wiki.pages.settings import Term
from wiki.search.query import parse
from wiki.web import lists, search
from wiki.web.api import schemas
from wiki.web.api.declaring import Parameter, asked, operation
from wiki.web.api.shapes import entry, named, public
from wiki.web.context import head, language, localize, settings, today, wiki

READ = Permission.READ
MAX_PER_PAGE = 100
TITLES = 20
_WORD = {"type": "string", "maxLength": 200}
LANGUAGE = Parameter("lang", "The language of labels and messages.", {"type": "string", "maxLength": 35})
PAGE = Parameter("page", "The part of the list, from 1.", {"type": "integer", "minimum": 1, "maximum": lists.MAX_PAGE})
NARROWING = (
    *(
        Parameter(name, "Only pages with one of these values.", {**schemas.some(_WORD), "maxItems": lists.MAX_VALUES})
        for name in lists.FACETS
    ),
    Parameter("verified", "Only pages verified within this time.", {"type": "string", "enum": list(VERIFIED_WITHIN)}),
    Parameter("sort", "The order.", {"type": "string", "enum": list(SORTS)}),
    PAGE,
    Parameter("per_page", "Pages at once.", {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE}),
    LANGUAGE,
)


@operation("GET", "/", "site", "Site", needs=READ, parameters=(LANGUAGE,))
def site() -> Response:
    """What this wiki is."""
    known = settings()
    return public(
        {
            "name": known.name,
            "tagline": localize(dict(known.tagline)),
            "version": __version__,
            "revision": head(),
            "languages": list(known.languages),
            "license": {"name": known.license.name, "spdx": known.license.spdx, "url": known.license.url},
            "suggestions_by_anyone": known.edit_policy == "suggest" and not wiki().config.web.private,
            "pages": wiki().catalog.count(),
        }
    )


@operation("GET", "/pages", "pages", "PageList", needs=READ, parameters=NARROWING)
def list_pages() -> Response:
    """The pages, narrowed by their facts.

    As in the lists of the browser: several values of one fact widen the list, several facts narrow it. `facets` says
    which values there are, and how many pages each would give.
    """
    listing = _listing(lists.narrowing(every=True))
    return public({**_about(listing), "items": [entry(card) for card in listing.cards], "revision": head()})


@operation(
    "GET",
    "/search",
    "pages",
    "SearchResults",
    needs=READ,
    parameters=(
        Parameter("q", "What is looked for.", {"type": "string", "maxLength": search.MAX_QUERY}, required=True),
        *NARROWING,
    ),
    errors=(503,),
)
def find() -> Response:
    """Search, ranked as in the browser.

    Facts can be asked for in words too: `cost:free texting`.
    """
    query = parse(asked("q"))
    ranking, matches = search.ranked(query)
    listing = _listing(lists.narrowing(matches=matches, chosen=query.filters, every=True))
    scores = dict(matches or [])
    paths = [card.path for card in listing.cards]
    snippets = wiki().search.snippets(paths, ranking.words) if ranking.words else {}
    items = [
        {
            **entry(card),
            "score": round(scores.get(card.path, 0.0), 4),
            "snippet": str(search.snippet_html(snippets.get(card.path))),
        }
        for card in listing.cards
    ]
    return public({"query": query.raw, "suggestion": ranking.corrected or None, **_about(listing), "items": items})


@operation(
    "GET",
    "/titles",
    "pages",
    "Titles",
    needs=READ,
    parameters=(Parameter("q", "How the title begins.", {"type": "string", "maxLength": 200}, required=True),),
)
def titles() -> Response:
    """Pages by the beginning of their title."""
    try:
        found = wiki().search.titles(asked("q"), TITLES) if asked("q").strip() else []
    except Unavailable:
        found = []
    return public({"items": [{"path": path, "title": title, "url": address(path)} for path, title in found]})


@operation("GET", "/categories", "browse", "Categories", needs=READ, parameters=(LANGUAGE,))
def categories() -> Response:
    """The categories, each with its number of pages."""
    counts = wiki().facets.values("category")
    return public(
        {
            "items": [
                {
                    **_term(item.id, Term(item.id, item.label, item.description), counts),
                    "url": address(item.id),
                    "color": item.color,
                    "icon": item.icon,
                }
                for item in settings().categories
            ]
        }
    )


@operation("GET", "/functions", "browse", "Functions", needs=READ, parameters=(LANGUAGE,))
def functions() -> Response:
    """What tools do, each with its number of tools."""
    counts = wiki().facets.values("function")
    item = TOOL.field("functions")
    assert item is not None
    terms = settings().terms(item)
    return public(
        {"items": [{**_term(slug, term, counts), "url": f"/-/functions/{slug}"} for slug, term in terms.items()]}
    )


@operation("GET", "/tags", "browse", "Tags", needs=READ)
def tags() -> Response:
    """The tags in use."""
    counts = sorted(wiki().facets.values("tag").items())
    return public({"items": [{"value": tag, "count": count, "url": address(f"-/tags/{tag}")} for tag, count in counts]})


@operation("GET", "/kinds", "browse", "Kinds", needs=READ, parameters=(LANGUAGE,))
def kinds() -> Response:
    """The kinds of pages: which facts each has, of which type, with which values."""
    items = [
        {
            "id": kind.id,
            "label": gettext(kind.label),
            "plural": gettext(kind.plural),
            "folder": kind.folder,
            "outline": [gettext(heading) for heading in kind.outline],
            "fields": [_field(item) for item in kind.flat],
        }
        for kind in schemas.KINDS_KNOWN
    ]
    return public({"items": items})


@operation("GET", "/glossary", "browse", "Glossary", needs=READ, parameters=(LANGUAGE,))
def glossary() -> Response:
    """The words that need explaining, each with its one sentence."""
    cards = sorted(wiki().catalog.of_kind("term", language()), key=lambda card: card.title.casefold())
    return public(
        {
            "items": [
                {**named(card), "short": card.summary, "expansion": str(card.value("expansion") or "")}
                for card in cards
            ]
        }
    )


@operation("GET", "/attention", "browse", "Attention", needs=READ)
def attention() -> Response:
    """What needs work: how long each list is."""
    return public({"counts": wiki().attention.counts(today())})


@operation("GET", "/attention/{list}", "browse", "AttentionList", needs=READ, parameters=(PAGE,), errors=(404,))
def attention_list(list: str) -> Response:
    """One list of what needs work.

    The lists are: stale, unverified, stubs, broken, orphans, wanted, duplicates, translations.
    """
    if list not in LISTS:
        raise NotFound("page.not_found", path=list[:80])
    total = wiki().attention.counts(today())[list]
    pages = max(1, -(-total // MAX_PER_PAGE))
    page = min(asked("page", 1), pages)
    items = _needing(list, (page - 1) * MAX_PER_PAGE)
    return public({"name": list, "total": total, "page": page, "pages": pages, "items": items})


@operation(
    "GET",
    "/compare",
    "pages",
    "Comparison",
    needs=READ,
    parameters=(
        Parameter(
            "page",
            "The path of a tool; two to five of them.",
            {**schemas.some(_WORD), "minItems": MIN_TOOLS, "maxItems": MAX_TOOLS},
            required=True,
        ),
        LANGUAGE,
    ),
    errors=(404,),
)
def compare_tools() -> Response:
    """Tools side by side, the facts in which they differ first."""
    paths = dict.fromkeys(path.strip("/") for path in asked("page"))
    cards = wiki().catalog.cards_of([*paths])
    for path in paths:
        if path not in cards or cards[path].kind != "tool":
            raise NotFound("page.not_found", path=path)
    if len(paths) < MIN_TOOLS:
        raise Invalid("field.required", where="page")
    found = compare([cards[path] for path in paths])
    rows = [
        {
            "field": row.field.dotted,
            "label": gettext(row.field.label),
            "differs": row.differs,
            **merge({}, {"values": row.values}),
        }
        for row in found.rows
    ]
    return public(
        {
            "pages": [entry(card) for card in found.cards],
            "rows": rows,
            "unrecorded": [item.dotted for item in found.empty],
        }
    )


def _listing(narrowed: Narrowing) -> Listing:
    narrowed = replace(narrowed, per_page=asked("per_page", narrowed.per_page))
    return wiki().facets.list(narrowed, lists.FACETS, today())


def _about(listing: Listing) -> dict[str, Any]:
    fields = lists.declared_facets()
    return {
        "total": listing.total,
        "page": listing.page,
        "pages": listing.pages,
        "facets": {
            name: [
                {
                    "value": item.value,
                    "label": str(lists.value_label(fields.get(name), name, item.value)),
                    "count": item.count,
                }
                for item in values
            ]
            for name, values in listing.facets.items()
            if values
        },
    }


def _term(slug: str, term: Term, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "value": slug,
        "label": localize(dict(term.label), slug),
        "description": localize(dict(term.description)),
        "count": counts.get(slug, 0),
    }


def _field(item: Field) -> dict[str, Any]:
    terms = settings().terms(item).items()
    return {
        "name": item.dotted,
        "type": item.type.value,
        "label": gettext(item.label) if item.label else "",
        "hint": gettext(item.hint) if item.hint else "",
        "required": item.required,
        "limit": item.limit,
        "facet": item.facet,
        "values": [
            {"value": slug, "label": localize(dict(term.label), slug), "description": localize(dict(term.description))}
            for slug, term in terms
        ],
        "fields": [_field(inner) for inner in item.fields] if item.type is FieldType.ROWS else [],
    }


def _needing(name: str, offset: int) -> list[dict[str, Any]]:
    """A part of a list of what needs work."""
    known, limit = wiki().attention, MAX_PER_PAGE
    if name == "stale":
        return [
            {"page": entry(item.page), "days": item.days, "links": item.links}
            for item in known.stale(today(), limit, offset)
        ]
    if name == "broken":
        return [
            {"page": entry(item.page), "path": item.path, "text": item.text, "line": item.line}
            for item in known.broken(limit, offset)
        ]
    if name == "wanted":
        return [{"path": item.path, "pages": item.pages} for item in known.wanted(limit, offset)]
    if name == "duplicates":
        found = known.duplicates(offset + limit)[offset:]
        return [{"why": item.why, "what": item.what, "pages": [entry(card) for card in item.pages]} for item in found]
    if name == "translations":
        return [
            {
                "page": entry(item.page),
                "language": item.language,
                "translation": entry(item.translation) if item.translation else None,
                "links": item.links,
            }
            for item in known.translations(limit, offset)
        ]
    cards: Mapping[str, Any] = {"unverified": known.unverified, "stubs": known.stubs, "orphans": known.orphans}
    pages: list[PageCard] = cards[name](limit, offset)
    return [{"page": entry(card)} for card in pages]
