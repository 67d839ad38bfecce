"""Who asks for a language in the address keeps it: links, forms and redirects of the answer carry it on.

Readers have no cookie, so the address is the only place that can hold their choice. It is put in when an answer is
finished, in one place, so that no link can forget it; what is answered still depends on nothing but the address, which
is what the page cache knows it by. Links with `hreflang` lead to another language on purpose and stay as they are.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Flask, Response, g

from wiki.errors import WikiError
from wiki.pages.path import OTHER_ENDINGS, SETTINGS
from wiki.web.context import language, settings, usual_language

# Quoted values may hold a ">". The words of a tag are never gone back into (*+), so hostile text costs no time.
_TAG = re.compile(r"""<(a|form|button)\b((?:[^>"']|"[^"]*"|'[^']*')*+)>""")
_ADDRESS = re.compile(r'(\s(?:href|action|formaction|data-[a-z]+-url)=")(/[^"]*)"')
_METHOD = re.compile(r'\smethod="(\w+)"')
_FIELD = '<input type="hidden" name="lang" value="{}">'


def install(app: Flask) -> None:
    """Keep the language in all answers of an application."""
    app.after_request(_keep)


def with_language(address: str, code: str) -> str:
    """An address of this wiki in a language, as HTML has it; what is in one language only stays as it is."""
    place, mark, anchor = address.partition("#")
    path, asks, query = place.partition("?")
    segments = path.split("/")[1:]
    if path.startswith(("//", "/-/static/")) or re.search(r"(?:^|[&;])lang=", query):
        return address
    if segments[0] in settings().languages or (segments[0] not in ("-", SETTINGS) and _is_file(segments[-1])):
        return address
    return f"{place}{'&amp;' if asks else '?'}lang={code}{mark}{anchor}"


def _is_file(name: str) -> bool:
    # Pages may end in .mdx and the like; one whose name has a dot elsewhere is taken for a file, and loses no more than the language.
    return "." in name and not name.lower().endswith(OTHER_ENDINGS)


def in_language(html: str, code: str) -> str:
    """A page whose links and forms ask for a language."""
    parts: list[str] = []
    end = 0
    for tag in _TAG.finditer(html):
        parts.append(html[end : tag.start()])
        parts.append(_tag(tag[0], code))
        end = tag.end()
        if tag[1] == "form" and _is_asking(tag[2]) and 'name="lang"' not in html[end : html.find("</form>", end)]:
            # A browser sends the fields of such a form in place of what its address asks for.
            parts.append(_FIELD.format(code))
    return "".join([*parts, html[end:]])


def _keep(response: Response) -> Response:
    try:
        if response.location is not None:
            code = _kept()
            if code and response.location.startswith("/"):
                response.location = with_language(response.location, code).replace("&amp;", "&")
        elif "language" in g and response.mimetype == "text/html" and not response.is_streamed:
            code = _kept()
            if code:
                response.set_data(in_language(response.get_data(as_text=True), code))
    except WikiError:
        # Where even the settings can't be read, the answer is worth more than its language.
        return response
    return response


def _kept() -> str:
    """The language that has to be carried on: one that whoever asks would not get by themselves. Safe to put anywhere."""
    code = language()
    return quote(code, safe="") if code != usual_language() else ""


def _tag(tag: str, code: str) -> str:
    if " hreflang=" in tag:
        return tag
    return _ADDRESS.sub(lambda found: f'{found[1]}{with_language(found[2], code)}"', tag)


def _is_asking(attributes: str) -> bool:
    method = _METHOD.search(attributes)
    return (method is None or method[1].lower() == "get") and ' action="/' in attributes
