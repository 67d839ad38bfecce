"""Without a connection: the page that says so, and the script in the browser that shows it.

The script keeps that page and what it is drawn with, and a page of the wiki only if somebody asks for it under "Share":
a phone that remembers what was read is a risk to those this wiki is for (docs/explanation/privacy.md).
"""

from __future__ import annotations

import json
from functools import lru_cache

from flask import Blueprint, Response, current_app, make_response, render_template, url_for

from wiki.resources import folder
from wiki.web import views

blueprint = Blueprint("offline", __name__)
ASSETS = ("main.css", "theme.js", "main.js", "icons.svg", "favicon.svg")


@blueprint.get("/-/offline")
def show() -> Response:
    """What is shown when there is no connection, and which pages are kept on this device."""
    return views.cacheable(make_response(render_template("offline/show.html")))


@blueprint.get("/offline.js")
def worker() -> Response:
    """The script; it stands at the top because it may only answer for addresses below its own."""
    asset = current_app.jinja_env.globals["asset"]
    known = {"page": url_for("offline.show"), "assets": [asset(name) for name in ASSETS]}  # type: ignore[operator]
    response = Response(f"const WIKI = {json.dumps(known)};\n{_script(asset('worker.js'))}", mimetype="text/javascript")  # type: ignore[operator]
    response.headers["Cache-Control"] = "no-cache"
    return views.cacheable(response)


@lru_cache(maxsize=4)
def _script(address: str) -> str:
    file = folder("static") / "built" / address.rpartition("/")[2]
    return file.read_text("utf-8") if file.is_file() else ""
