"""Entries of a list in HTML, as it comes out of a page or a word processor: one for each item, row or paragraph with a link."""

from __future__ import annotations

from html.parser import HTMLParser

import nh3

from wiki.importers.entry import Entry
from wiki.importers.listing_plain import tidy_description

_BLOCKS = frozenset(
    ("li", "p", "tr", "dt", "dd", "div", "td", "th", "br", "ul", "ol", "table", "section", "article", "body")
)
_PARTS = frozenset(("td", "th"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SKIPPED = frozenset(("script", "style", "template", "noscript", "head", "nav", "svg"))
MAX_TEXT = 5_000
# Addresses that would run something stay for now: they are named when they are refused.
_SCHEMES = {"http", "https", "ftp", "mailto", "tel", "javascript", "data", "vbscript", "file", "about", "blob"}


def entries(text: str) -> list[Entry]:
    """What the list holds, in its order."""
    reader = _Reader()
    # Well-formed HTML is read in one go; Python's parser alone can be kept busy for hours by what is not.
    reader.feed(
        nh3.clean(
            text,
            tags=_BLOCKS | {*_HEADINGS, "a", "tbody", "thead"},
            clean_content_tags=set(_SKIPPED),
            attributes={"a": {"href"}},
            url_schemes=_SCHEMES,
            link_rel=None,
        )
    )
    reader.close()
    reader.finish()
    return reader.found


class _Reader(HTMLParser):
    """Collects, for each block, its first link and the text around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Entry] = []
        self._headings: list[tuple[int, str]] = []
        self._heading = 0
        self._in_row = False
        self._address: str | None = None
        self._start()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HEADINGS:
            self.finish()
            self._heading = int(tag[1])
        elif tag == "tr":
            self.finish()
            self._in_row = True
        elif tag in _PARTS and self._in_row:
            self._text(" ")
        elif tag in _BLOCKS and not self._in_row:
            self.finish()
        elif tag == "a":
            address = dict(attrs).get("href") or ""
            if self._address is None and address:
                self._address, self._line, self._inside = address, self.getpos()[0], True

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS and self._heading:
            if self._address is None:
                name = " ".join("".join(self._before).split())
                self._headings = [kept for kept in self._headings if kept[0] < self._heading]
                self._headings.append((self._heading, name))
                self._start()
            self._heading = 0
        elif tag == "tr":
            self._in_row = False
            self.finish()
        elif tag == "a":
            self._inside = False
        elif tag in _BLOCKS and not self._in_row:
            self.finish()

    def handle_data(self, data: str) -> None:
        self._text(data)

    def finish(self) -> None:
        """End the present block; one with a link is an entry, unless the link leads to a place in the same page."""
        if self._address is not None and not self._address.startswith("#"):
            label, before, after = ("".join(part)[:MAX_TEXT] for part in (self._label, self._before, self._after))
            label, before = " ".join(label.split()), " ".join(before.split()).strip(" -–—:,;")
            name = before if not label or "://" in label else label
            sections = tuple(text for _, text in self._headings)
            description = tidy_description(" ".join(after.split()))
            self.found.append(Entry(name, self._address, description, sections, self._line))
        self._start()

    def _start(self) -> None:
        self._address = None
        self._line = 0
        self._inside = False
        self._label: list[str] = []
        self._before: list[str] = []
        self._after: list[str] = []

    def _text(self, data: str) -> None:
        if self._inside:
            self._label.append(data)
        elif self._address is None:
            self._before.append(data)
        else:
            self._after.append(data)
