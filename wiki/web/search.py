"""Finding: results with facets and snippets, completion of titles, and what to do where nothing is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from markupsafe import Markup

from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.errors import Unavailable
from wiki.pages.kinds import TOOL
from wiki.search.engine import IndexMissing, Ranking, Snippet
from wiki.search.hits import Hits
from wiki.search.query import Query, parse
from wiki.web import compare, lists, views
from wiki.web.context import language, may, settings, today, wiki
from wiki.web.rows import Row
from wiki.web.templates import printed

blueprint = Blueprint("search", __name__)
MAX_QUERY = 10_000
MAX_FOUND = 20_000
STALE_SHARE = 0.9
COMPLETIONS = 8


@blueprint.get("/-/search")
def results() -> Response:
    """The pages that fit a query, narrowed by facts."""
    query = replace(parse(request.args.get("q", "")[:MAX_QUERY]), exact=request.args.get("exact") == "1")
    making = None
    try:
        ranking, matches = ranked(query)
    except IndexMissing:
        making = wiki().readiness() or (0, wiki().catalog.count())
        ranking = Ranking(Hits.of(wiki().catalog.named_by(query.words)))
        matches = ranking.hits
    narrowed = lists.narrowing(matches=matches, chosen=query.filters)
    if narrowed.language and ranking.language in settings().languages[1:] and not query.sites:
        # Who asks in another language than the wiki's first reads it: of translations that one stands in the list.
        narrowed = replace(narrowed, language=ranking.language)
    context = lists.listing_context(narrowed, keep=("q", "lang", "exact"))
    cards = context["listing"].cards
    scores = matches.scores({card.path for card in cards}) if matches is not None else {}
    # Where a translation stands for the page that was found, none of these words may be in it.
    found = [card.path for card in cards if card.path in scores]
    snippets = wiki().search.snippets(found, ranking.words, ranking.own) if ranking.words else {}
    context["rows"] = [
        Row(row.card, row.original, snippet_html(snippets.get(row.card.path))) for row in context["rows"]
    ]
    if request.args.get("format") == "json":
        return views.cacheable(_json(query, ranking, context, snippets, scores), searched=True)
    html = render_template(
        "search/results.html",
        asked=query.raw,
        cut=query.cut,
        making=making,
        corrected=ranking.corrected,
        exact_url=views.with_args(exact=1, page=1) if ranking.corrected else "",
        absent=ranking.absent,
        named=_tools(ranking),
        missing=ranking.missing,
        apart=ranking.apart,
        near=[] if context["rows"] or making else _near(query),
        may_suggest=may("SUGGEST") or may("EDIT"),
        **context,
    )
    return views.cacheable(make_response(html), searched=True)


@blueprint.get("/-/suggest")
def suggest() -> Response:
    """Completion of titles: ``[{path, title}]``."""
    asked = request.args.get("q", "")[:200]
    try:
        found = (
            wiki().search.titles(asked, COMPLETIONS, wiki().synonyms(settings()), prefer=language())
            if asked.strip()
            else []
        )
    except Unavailable:
        found = []
    return views.cacheable(jsonify([{"path": path, "title": title} for path, title in found]), searched=True)


def _tools(ranking: Ranking) -> list[PageCard]:
    """The tools that a query names, where there are enough of them to be compared."""
    paths = list(dict.fromkeys(map(compare.original, ranking.named))) if len(ranking.named) >= compare.MIN_TOOLS else []
    cards = wiki().catalog.cards_of(paths) if paths else {}
    tools = [cards[path] for path in paths if path in cards and cards[path].kind == TOOL.id]
    return tools[: compare.MAX_TOOLS] if len(tools) >= compare.MIN_TOOLS else []


def ranked(query: Query) -> tuple[Ranking, Hits | None]:
    """What the engine finds, pages past their interval a little lower; no matches where only filters are asked for."""
    if not query.asks and not query.excluded:
        # Nothing to rank by: all pages stand, so that filters alone are a list too; an empty query is no list.
        return Ranking(Hits()), None if query.filters or not query.raw else Hits()
    ranking = wiki().search.rank(query, wiki().synonyms(settings()), prefer=language(), limit=MAX_FOUND)
    return ranking, ranking.hits.lowered(wiki().catalog.stale_paths(today()), STALE_SHARE)


def _near(query: Query) -> list[tuple[str, str]]:
    """Pages whose title is near to a query that found nothing."""
    found: dict[str, str] = {}
    for word in query.words[:3]:
        if len(word) >= 3:
            for path, title in wiki().search.titles(word[:4], 3):
                # A translation has its original's title; one of them is enough.
                found.setdefault(title, path)
    return [(address(path), title) for title, path in list(found.items())[:6]]


def snippet_html(snippet: Snippet | None) -> Markup:
    """The words around what was asked for, with it marked."""
    if snippet is None:
        return Markup("")
    return Markup("".join([f"<mark>{printed(text)}</mark>" if hit else printed(text) for text, hit in snippet.parts]))


def _json(query: Query, ranking: Ranking, context: dict[str, Any], snippets: Any, scores: dict[str, float]) -> Response:
    listing = context["listing"]
    return jsonify(
        {
            "query": query.raw,
            "total": listing.total,
            "page": listing.page,
            "results": [
                {
                    "path": card.path,
                    "title": card.title,
                    "kind": card.kind,
                    "summary": card.summary,
                    "snippet": str(snippet_html(snippets.get(card.path))),
                    "score": round(scores.get(card.path, 0.0), 4),
                }
                for card in listing.cards
            ],
            "facets": {
                facet["name"]: [
                    {"value": item.value, "label": item.label, "count": item.pages}
                    for item in facet["values"]
                    if item.pages is not None
                ]
                for facet in context["facets"]
                if facet["name"] != "verified"
            },
            "suggestion": ranking.corrected,
        }
    )
