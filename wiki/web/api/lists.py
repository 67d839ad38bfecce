"""Lists: pages narrowed by facts, search, tools side by side; and what the wiki is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from wiki import __version__
from wiki.accounts.roles import Permission
from wiki.catalog.compare import MAX_TOOLS, MIN_TOOLS, compare
from wiki.catalog.facets import SORTS, VERIFIED_WITHIN, Listing, Narrowing
from wiki.catalog.presenting import address
from wiki.errors import Invalid, NotFound, Unavailable
from wiki.markup.front_matter import merge
from wiki.search.query import parse
from wiki.web import lists, search
from wiki.web.api import schemas
from wiki.web.api.declaring import Parameter, asked, operation
from wiki.web.api.shapes import entry, public
from wiki.web.context import head, localize, settings, today, wiki
from wiki.web.translations import gettext

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
            "tagline": localize(known.tagline),
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
        Parameter("exact", "Take no word for another that may have been meant.", {"type": "boolean"}),
        *NARROWING,
    ),
    errors=(503,),
)
def find() -> Response:
    """Search, ranked as in the browser.

    Facts can be asked for in words too: `cost:free texting`.
    """
    query = replace(parse(asked("q")), exact=asked("exact", False))
    ranking, matches = search.ranked(query)
    listing = _listing(lists.narrowing(matches=matches, chosen=query.filters, every=True))
    paths = [card.path for card in listing.cards]
    scores = matches.scores(set(paths)) if matches is not None else {}
    snippets = wiki().search.snippets(paths, ranking.words, ranking.own) if ranking.words else {}
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
