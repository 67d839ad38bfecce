"""Everything at once: facts for spreadsheets and programs, and the whole wiki in one file."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, make_response, send_file

from wiki.errors import Unavailable
from wiki.exporters.csv import tool_facts
from wiki.exporters.data import all_pages
from wiki.exporters.ready import Ready
from wiki.web import views
from wiki.web.context import head, settings, wiki

blueprint = Blueprint("export", __name__)
# Somebody who waits longer believes that nothing happens.
WAIT = 20.0


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


@blueprint.get("/-/export.zip")
def everything() -> Response:
    """All in one file: the pages as they are written, their files, and a copy that reads and searches without a server."""
    config = wiki().config
    ready: Ready = current_app.extensions.setdefault("copy", Ready(config.home, config.index_dir / "copies"))
    file = ready.file(head(), WAIT)
    if file is None:
        raise Unavailable("export.being_made", retry_after=15)
    response = send_file(file, "application/zip", as_attachment=True, download_name="wiki.zip", etag=file.stem)
    # Who may keep it is said as for every answer: in a private wiki nobody but the person.
    del response.headers["Cache-Control"]
    return response
