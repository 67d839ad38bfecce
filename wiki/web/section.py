"""One section of a page's text: from its heading to the next of the same or a higher level, edited by itself."""

from __future__ import annotations

import re

from wiki.pages.page import Page
from wiki.web.choosing import ended
from wiki.web.context import wiki

# Only these end a line for Markdown, which counts the lines that headings are found by; str.splitlines knows more.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


def text_of(page: Page, section: str) -> str:
    """The text of a section, by the id of its heading; the whole text for no or an unknown section."""
    found = _place(page, section)
    if found is None:
        return page.body
    start, end = found
    return "".join(_lines(page.body)[start:end])


def put_back(page: Page, section: str, text: str) -> str:
    """The whole text with this one in place of a section."""
    found = _place(page, section)
    if found is None:
        return text
    lines = _lines(page.body)
    start, end = found
    tail = "".join(lines[end:])
    return "".join(lines[:start]) + (ended(text) if tail else text) + tail


def _place(page: Page, section: str) -> tuple[int, int] | None:
    """The lines of a section, from 0, the end not among them."""
    if not section or not page.blob_id:
        return None
    headings = wiki().rendering.rendered(page).headings
    for index, heading in enumerate(headings):
        if heading.id == section:
            following = [item.line for item in headings[index + 1 :] if item.level <= heading.level]
            end = following[0] - 1 if following else len(_lines(page.body))
            return heading.line - 1, end
    return None


def _lines(text: str) -> list[str]:
    return [line for line in _LINE.findall(text) if line]
