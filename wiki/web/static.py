"""The built assets. Their names hold a hash of what is in them, so a browser keeps them for ever."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_from_directory

from wiki.resources import folder

blueprint = Blueprint("static", __name__)


@blueprint.get("/-/static/<path:name>")
def file(name: str) -> Response:
    """An asset, compressed where the browser takes it."""
    built = folder("static") / "built"
    response = None
    for coding, ending in (("br", ".br"), ("gzip", ".gz")):
        if coding in request.accept_encodings and (built / f"{name}{ending}").is_file():
            response = send_from_directory(built, f"{name}{ending}", mimetype=_mimetype(name), conditional=False)
            response.headers["Content-Encoding"] = coding
            break
    if response is None:
        response = send_from_directory(built, name, conditional=False)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _mimetype(name: str) -> str | None:
    ending = name.rpartition(".")[2]
    return {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "json": "application/json"}.get(ending)
