"""Ways to browse: categories, functions, tags, kinds of pages, words, and what needs work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from wiki.catalog.attention import LISTS
from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.pages.alphabet import alphabetical
from wiki.pages.fields import Field, FieldType
from wiki.pages.kinds.tool import FUNCTIONS
from wiki.pages.settings import Term
from wiki.web.api import schemas
from wiki.web.api.declaring import asked, operation
from wiki.web.api.lists import LANGUAGE, MAX_PER_PAGE, PAGE, READ
from wiki.web.api.shapes import entry, named, public
from wiki.web.context import language, localize, settings, today, wiki
from wiki.web.translations import gettext


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
    terms = settings().terms(FUNCTIONS).items()
    return public({"items": [{**_term(slug, term, counts), "url": f"/-/functions/{slug}"} for slug, term in terms]})


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
    cards = sorted(wiki().catalog.of_kind("term", language()), key=lambda card: alphabetical(card.title))
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

    The lists are: stale, unverified, stubs, broken, orphans, wanted, duplicates, translations, unreadable.
    """
    if list not in LISTS:
        raise NotFound("page.not_found", path=list[:80])
    total = wiki().attention.counts(today())[list]
    pages = max(1, -(-total // MAX_PER_PAGE))
    page = min(asked("page", 1), pages)
    items = _needing(list, (page - 1) * MAX_PER_PAGE)
    return public({"name": list, "total": total, "page": page, "pages": pages, "items": items})


def _term(slug: str, term: Term, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "value": slug,
        "label": localize(term.label, slug),
        "description": localize(term.description),
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
            {"value": slug, "label": localize(term.label, slug), "description": localize(term.description)}
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
    cards: Mapping[str, Any] = {
        "unverified": known.unverified,
        "stubs": known.stubs,
        "orphans": known.orphans,
        "unreadable": known.unreadable,
    }
    pages: list[PageCard] = cards[name](limit, offset)
    return [{"page": entry(card)} for card in pages]
