"""Entries of a list in HTML, as it comes out of a page or a word processor: one for each item, row or paragraph with a link."""

from __future__ import annotations

from html import unescape

from wiki.importers.entry import Entry
from wiki.importers.listing_plain import tidy_description
from wiki.markup.sanitizer import read_attributes, tokens

_BLOCKS = frozenset(
    ("li", "p", "tr", "dt", "dd", "div", "td", "th", "br", "ul", "ol", "table", "section", "article", "body")
)
_PARTS = frozenset(("td", "th"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SKIPPED = frozenset(("template", "noscript", "title", "nav", "svg"))
MAX_TEXT = 5_000


def entries(text: str) -> list[Entry]:
    """What the list holds, in its order."""
    reader = _Reader()
    # Tag by tag, never as a tree: parsers of HTML can be kept busy for minutes by elements in elements.
    for words, is_end, name, attributes in tokens(text):
        reader.text(words)
        if is_end:
            reader.end(name)
        elif name:
            reader.begin(name, attributes)
    reader.finish()
    return reader.found


class _Reader:
    """Collects, for each block, its first link and the text around it."""

    def __init__(self) -> None:
        self.found: list[Entry] = []
        self._headings: list[tuple[int, str]] = []
        self._heading = 0
        self._in_row = False
        self._skipped = ""
        self._depth = 0
        self._line = 1
        self._address: str | None = None
        self._start()

    def begin(self, tag: str, attributes: str) -> None:
        if self._skipped or tag in _SKIPPED:
            self._skipped = self._skipped or tag
            self._depth += tag == self._skipped and not attributes.endswith("/")
            if not self._depth:
                self._skipped = ""
        elif tag in _HEADINGS:
            self.finish()
            self._heading = int(tag[1])
        elif tag in ("tr", "table"):
            self.finish()
            self._in_row = tag == "tr"
        elif tag in _PARTS and self._in_row:
            self.text(" ")
        elif tag in _BLOCKS and not self._in_row:
            self.finish()
        elif tag == "a":
            address = next((value for name, value in read_attributes(attributes) if name == "href"), "").strip()
            if self._address is None and address:
                self._address, self._begun, self._inside = address, self._line, True

    def end(self, tag: str) -> None:
        if self._skipped:
            self._depth -= tag == self._skipped
            if not self._depth:
                self._skipped = ""
        elif tag in _HEADINGS and self._heading:
            if self._address is None:
                name = " ".join("".join(self._before).split())
                self._headings = [kept for kept in self._headings if kept[0] < self._heading]
                self._headings.append((self._heading, name))
                self._start()
            self._heading = 0
        elif tag in ("tr", "table"):
            self._in_row = False
            self.finish()
        elif tag == "a":
            self._inside = False
        elif tag in _BLOCKS and not self._in_row:
            self.finish()

    def text(self, words: str) -> None:
        self._line += words.count("\n")
        if self._skipped or not words:
            return
        words = unescape(words)
        if self._inside:
            self._label.append(words)
        elif self._address is None:
            self._before.append(words)
        else:
            self._after.append(words)

    def finish(self) -> None:
        """End the present block; one with a link is an entry, unless the link leads to a place in the same page."""
        if self._address is not None and not self._address.startswith("#"):
            label, before, after = ("".join(part)[:MAX_TEXT] for part in (self._label, self._before, self._after))
            label, before = " ".join(label.split()), " ".join(before.split()).strip(" -–—:,;")
            name = before if not label or "://" in label else label
            sections = tuple(text for _, text in self._headings)
            description = tidy_description(" ".join(after.split()))
            self.found.append(Entry(name, self._address, description, sections, self._begun))
        self._start()

    def _start(self) -> None:
        self._address = None
        self._begun = 0
        self._inside = False
        self._label: list[str] = []
        self._before: list[str] = []
        self._after: list[str] = []
