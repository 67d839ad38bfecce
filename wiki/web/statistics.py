"""The wiki in numbers, and a page by chance. Pages and changes are counted; readers never are."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Blueprint, Response, make_response, render_template

from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.pages.kinds import KINDS, TOOL
from wiki.web import views
from wiki.web.context import language, now, today, wiki
from wiki.web.translations import gettext

blueprint = Blueprint("statistics", __name__)
YEAR = timedelta(days=365)


@blueprint.get("/-/statistics")
def numbers() -> Response:
    """How many pages there are, of what kind, in what state, and how much is done; one in several languages counts once."""
    kinds = wiki().facets.values("kind")
    html = render_template(
        "statistics/numbers.html",
        pages=wiki().facets.count({}),
        kinds=[
            {"label": gettext(KINDS[kind].plural), "count": count}
            for kind, count in sorted(kinds.items(), key=lambda item: -item[1])
        ],
        needs=wiki().attention.counts(today()),
        changes=wiki().history.count(),
        months=wiki().history.months(now() - YEAR),
    )
    return views.cacheable(make_response(html))


@blueprint.get("/-/random")
def random() -> Response:
    """Any tool, in the language of the reader where it can be, for those who look around; never the same answer on purpose, so nothing keeps it."""
    facets = wiki().facets
    card = facets.any_of({"kind": (TOOL.id,)}, secrets.randbelow) or facets.any_of({}, secrets.randbelow)
    if card is None:
        raise NotFound("page.not_found")
    response = views.send_to(address(wiki().catalog.translations(card.path).get(language(), card.path)), 302)
    response.headers["Cache-Control"] = "no-store"
    return response
