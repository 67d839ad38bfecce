"""Toolkits: the list of them. A toolkit itself is a page."""

from __future__ import annotations

from flask import Blueprint, Response

from wiki.web import lists

blueprint = Blueprint("toolkits", __name__)


@blueprint.get("/toolkits")
def index() -> Response:
    """All toolkits."""
    return lists.category("toolkits")
