"""Tools side by side, as a page and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request, url_for
from markupsafe import Markup

from wiki.catalog.card import PageCard
from wiki.catalog.compare import MAX_TOOLS, MIN_TOOLS, Comparison, ComparisonRow, TrueCost, compare, true_costs
from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.exporters.csv import harmless
from wiki.pages.kinds import TOOL
from wiki.pages.path import PagePath
from wiki.web import moves, views
from wiki.web.asked import asked_number
from wiki.web.context import settings, wiki
from wiki.web.fields import plain, shown
from wiki.web.kept import call
from wiki.web.templates import printed
from wiki.web.translations import gettext

blueprint = Blueprint("compare", __name__)
MAX_NUMBER = 100_000_000
MAX_OTHERS = 200


@blueprint.get("/-/compare")
def tools() -> Response:
    """Two to five tools side by side; with fewer, a way to pick more."""
    paths = list(dict.fromkeys(path.strip("/")[:500] for path in request.args.getlist("page") if path.strip("/")))
    paths = paths[: MAX_TOOLS * 2]
    cards = wiki().catalog.cards_of([*paths, *map(original, paths)])
    if any(path not in cards for path in paths):
        paths = [path if path in cards else _present(path) for path in paths]
        cards = wiki().catalog.cards_of([*paths, *map(original, paths)])
    originals = {path: original(path) for path in paths}
    paths = list(dict.fromkeys(path if originals.get(path) not in cards else originals[path] for path in paths))
    chosen = [cards[path] for path in paths if path in cards and cards[path].kind == "tool"][:MAX_TOOLS]
    missing = [path for path in paths if path not in cards or cards[path].kind != "tool"]
    comparison = compare(chosen)
    forms = [url_for("editing.edit", path=card.path) for card in chosen]
    if request.args.get("format") == "csv" and len(chosen) >= MIN_TOOLS:
        return _csv(comparison)
    number, per = min(asked_number("number") or 0, MAX_NUMBER), request.args.get("per", "message")
    html = render_template(
        "compare/tools.html",
        tools=[_head(card, chosen) for card in chosen],
        enough=len(chosen) >= MIN_TOOLS,
        full=len(chosen) >= MAX_TOOLS,
        too_many=len(paths) > MAX_TOOLS,
        missing=missing,
        differing=[_row(row, forms) for row in comparison.rows if row.differs],
        equal=[_row(row, forms) for row in comparison.rows if not row.differs],
        unrecorded=[gettext(item.label) for item in comparison.empty],
        number=number,
        per=per,
        pers=_pers(chosen),
        costs=[[_cost(cost) for cost in true_costs(card, number, per)] for card in chosen] if number else [],
        others=_others(chosen),
        csv_url=views.with_args(format="csv"),
        chosen=[card.path for card in chosen],
    )
    return views.cacheable(make_response(html))


def _present(path: str) -> str:
    """Where the page of an address is now: what somebody sent to friends still compares after a page has moved."""
    try:
        return moves.now_at(PagePath.lookup(path)) or path
    except NotFound:
        return path


def original(path: str) -> str:
    """The page whose facts are those of this one, if it is a translation."""
    language, _, rest = path.partition("/")
    return rest if rest and language in settings().languages[1:] else path


def _head(card: PageCard, chosen: list[PageCard]) -> dict[str, Any]:
    rest = [("page", other.path) for other in chosen if other.path != card.path]
    return {
        "title": card.title,
        "url": address(card.path),
        "category": views.category_of(card.path),
        "remove_url": f"{url_for('compare.tools')}?{urlencode(rest)}",
        "status": card.status,
    }


def _row(row: ComparisonRow, forms: list[str]) -> dict[str, Any]:
    anchor = f"f-{row.field.dotted.replace('.', '-')}"
    return {
        "label": gettext(row.field.label),
        "cells": [shown(row.field, value) for value in row.values],
        "add_urls": [f"{form}#{anchor}" for form in forms],
    }


def _others(chosen: list[PageCard]) -> Markup:
    """Tools that could stand beside those chosen, as options: at most MAX_OTHERS, of the same function or else any."""
    if len(chosen) >= MAX_TOOLS:
        return Markup("")
    asked: dict[str, tuple[str, ...]] = {"kind": ("tool",), "page_language": (settings().languages[0],)}
    functions = chosen[0].value("functions") if chosen else None
    if isinstance(functions, list) and functions and isinstance(functions[0], str):
        asked["function"] = (functions[0],)
    taken = {card.path for card in chosen}
    titles = wiki().facets.titles(asked, MAX_OTHERS)
    options = (
        f'<option value="{printed(path)}">{printed(title)}</option>\n'
        for path, title in titles.items()
        if path not in taken
    )
    return Markup("".join(options))


def _pers(chosen: list[PageCard]) -> list[dict[str, str]]:
    """What the recorded prices of these tools are counted in."""
    words = {
        "message": gettext("texts"),
        "minute": gettext("minutes of calls"),
        "contact": gettext("contacts"),
        "seat-month": gettext("seats for a month"),
        "month": gettext("months"),
        "year": gettext("years"),
        "percent": gettext("money given"),
    }
    found = set()
    for card in chosen:
        prices = card.value("cost.prices")
        found |= (
            {str(price.get("per")) for price in prices or [] if isinstance(price, dict)}
            if isinstance(prices, list)
            else set()
        )
    return [{"value": per, "label": label} for per, label in words.items() if per in found]


def _cost(cost: TrueCost) -> str:
    amount = f"{cost.amount:,.2f}".removesuffix(".00")
    words = f"{amount} {cost.currency}".rstrip() + (f" ({cost.note})" if cost.note else "")
    if cost.as_of is None:
        return words
    return gettext(
        "%(cost)s, by prices of %(date)s", cost=words, date=call("_macros/times.html", "day_words", value=cost.as_of)
    )


def _csv(comparison: Comparison) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["", *(harmless(card.title) for card in comparison.cards)])
    label = TOOL.field("url")
    if label is not None:
        writer.writerow([gettext(label.label), *(harmless(str(card.value("url") or "")) for card in comparison.cards)])
    for row in comparison.rows:
        writer.writerow([gettext(row.field.label), *(harmless(plain(row.field, value)) for value in row.values)])
    response = make_response(out.getvalue())
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = 'attachment; filename="comparison.csv"'
    return views.cacheable(response)
