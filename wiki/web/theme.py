"""The style sheet that puts the community's colour in place of the built-in one."""

from __future__ import annotations

from flask import Blueprint, Response, request

from wiki.pages.accent import INK, accent_of
from wiki.web.context import settings

blueprint = Blueprint("theme", __name__)


@blueprint.get("/-/theme.css")
def css() -> Response:
    """The accent for both themes; nothing where none is set. Under an address that names the colour it stays for ever."""
    accent = accent_of(settings().accent)
    text = ""
    if accent is not None:
        light = _names(accent.light, accent.light_deep)
        dark = _names(accent.dark, accent.dark_deep)
        text = (
            f":root {{ {light} }}\n"
            f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
            f':root[data-theme="dark"] {{ {dark} }}\n'
        )
    response = Response(text, mimetype="text/css")
    named = accent is not None and request.args.get("v") == accent.light
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
    return response


@blueprint.app_template_filter("usable_color")
def usable_color(text: str) -> str:
    """The colour of the settings as this style sheet uses it; empty where it can't be used."""
    accent = accent_of(text)
    return accent.light if accent is not None else ""


def _names(act: str, deep: str) -> str:
    return f"--act: {act}; --act-deep: {deep}; --act-ink: {INK};"
