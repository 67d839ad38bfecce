"""All facts at once, for spreadsheets and programs. Whole copies of the wiki are made on the command line."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response

from wiki.exporters.csv import tool_facts
from wiki.exporters.data import all_pages
from wiki.web import views
from wiki.web.context import head, settings, wiki

blueprint = Blueprint("export", __name__)


@blueprint.get("/-/export.csv")
def table() -> Response:
    """The facts about all tools, a row each; an import reads them back."""
    response = make_response(tool_facts(wiki().catalog, settings().languages[0]))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = 'attachment; filename="tools.csv"'
    return views.cacheable(response)


@blueprint.get("/-/export.json")
def data() -> Response:
    """Every page with its facts, the licence that they are under, and the revision that they are of."""
    license = settings().license
    return views.cacheable(
        jsonify(
            {
                "name": settings().name,
                "revision": head(),
                "license": {"name": license.name, "spdx": license.spdx, "url": license.url},
                "pages": all_pages(wiki().catalog),
            }
        )
    )
