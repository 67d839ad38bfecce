"""The words that need explaining, on one page."""

from __future__ import annotations

import unicodedata

from flask import Blueprint, Response, make_response, render_template

from wiki.catalog.presenting import address
from wiki.pages.alphabet import alphabetical
from wiki.pages.path import PagePath
from wiki.web import pages, views
from wiki.web.context import head, language, settings, wiki

blueprint = Blueprint("glossary", __name__)


@blueprint.get("/glossary")
def index() -> Response:
    """All terms by letter, each with its one sentence; terms that a language lacks in the wiki's first.

    A page that somebody has put at this address is shown instead: repositories often have a `glossary.md`.
    """
    if wiki().store.entry(PagePath("glossary"), head()) is not None:
        return pages.show("glossary")
    cards = {card.path.rpartition("/")[2]: card for card in wiki().catalog.of_kind("term", settings().languages[0])}
    cards |= {card.path.rpartition("/")[2]: card for card in wiki().catalog.of_kind("term", language())}
    letters: dict[str, list[dict[str, str]]] = {}
    for card in sorted(cards.values(), key=lambda card: alphabetical(card.title)):
        first = unicodedata.normalize("NFC", alphabetical(card.title))[:1].upper()
        letters.setdefault(first if first.isalpha() else "0–9", []).append(
            {
                "title": card.title,
                "url": address(card.path),
                "short": card.summary,
                "expansion": str(card.value("expansion") or ""),
                "id": card.path.rpartition("/")[2],
            }
        )
    return views.cacheable(make_response(render_template("glossary/index.html", letters=letters)))
