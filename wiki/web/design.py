"""The design on one page, for those who work on it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from wiki.errors import NotFound
from wiki.web.context import wiki

blueprint = Blueprint("design", __name__)


@blueprint.get("/-/design")
def index() -> Response:
    """Every component; off unless the settings ask for it."""
    if not wiki().config.web.design_page:
        raise NotFound("page.not_found", path="-/design")
    return make_response(render_template("design/index.html"))
