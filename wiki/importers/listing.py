"""A list of tools as people keep them: Markdown, HTML, a table, or plain lines. Nothing in it is ever fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from wiki.errors import Invalid, Problem, TooMany
from wiki.importers import listing_html, listing_markdown, listing_plain, listing_table
from wiki.importers.entry import Entry
from wiki.importers.known import web_address
from wiki.importers.listing_table import COLUMNS, Cell
from wiki.importers.plan import Refused
from wiki.importers.table import delimiter, read_table, require_text
from wiki.markup.line_ends import unix

MAX_CHARACTERS = 500_000
MAX_ROWS = 5_000
MAX_TITLE = 200
FORMATS = ("markdown", "html", "table", "plain")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it was read: entries with a name and, where they have one, a full address, and those refused.

    `columns` are the headings of a table, each with the use it was put to ("" for none).
    """

    format: str
    rows: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    columns: tuple[tuple[str, str], ...] = ()


def read(text: str, format: str = "", columns: Mapping[str, str] | None = None) -> Listing:
    """Read a list. `format` is one of FORMATS, or empty to find out; `columns` says what headings of a table mean.

    Raises TooMany("import.too_large" or "import.too_many"), and Invalid where it is no text ("import.no_text") or there is
    nothing in it ("import.empty").
    """
    require_text(text)
    if len(text) > MAX_CHARACTERS:
        raise TooMany("import.too_large", allowed=MAX_CHARACTERS)
    text = unix(text.removeprefix("\ufeff"))
    format = format if format in FORMATS else guess(text)
    headings: tuple[tuple[str, str], ...] = ()
    if format == "table":
        headings, entries = _table(text, columns or {})
    else:
        entries = _READERS[format](text)
    if not entries:
        raise Invalid("import.empty", where="text")
    if len(entries) > MAX_ROWS:
        raise TooMany("import.too_many", allowed=MAX_ROWS)
    rows: list[Entry] = []
    refused: list[Refused] = []
    for entry in entries:
        try:
            rows.append(_checked(entry, named_only=format in ("table", "plain"), in_table=format == "table"))
        except Invalid as error:
            problem = error.problems[0]
            label = entry.name or entry.address or entry.description
            where = problem.where
            refused.append(Refused(label[:120], Problem(problem.code, where, problem.params, entry.line)))
    return Listing(format, tuple(rows), tuple(refused), headings)


def guess(text: str) -> str:
    """Which of FORMATS a text is in."""
    # Lists in Markdown often have some HTML around them; the other way round is rare.
    if re.search(r"<a\s[^>]{0,500}href", text, re.IGNORECASE) and not re.search(r"^ *[-*+] +\[", text, re.MULTILINE):
        return "html"
    if re.search(
        r"\]\([^)\s]|\]\[|^[^\S\n]*+[-*+\d.]++ ++<https?:|^\[[^\]\n]{1,300}\]: |^[ \t]*+\|?[ \t]*+:?--++:?[ \t]*+\|[-:| \t]*+$",
        text,
        re.MULTILINE,
    ):
        return "markdown"
    lines = [line for line in text.splitlines() if line.strip()]
    mark = delimiter(text)
    heads = [head.strip(" \"'").casefold() for head in (lines[0].split(mark) if lines else [])]
    known = {word for words in COLUMNS.values() for word in words}
    if len(heads) > 1 and (sum(head in known for head in heads) > 1 or _is_even(lines, mark)):
        return "table"
    return "plain"


def _is_even(lines: list[str], mark: str) -> bool:
    """Whether the lines have the same number of cells, tabs or semicolons between them: commas stand in prose too."""
    return mark in "\t;" and len(lines) > 1 and len({line.count(mark) for line in lines[:20]}) == 1


_READERS: Mapping[str, Callable[[str], list[Entry]]] = {
    "markdown": listing_markdown.entries,
    "html": listing_html.entries,
    "plain": listing_plain.entries,
}


def _table(text: str, columns: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], list[Entry]]:
    rows = [(line, [Cell(cell) for cell in cells]) for line, cells in read_table(text).rows]
    return listing_table.entries(rows, columns)


def _checked(entry: Entry, named_only: bool, in_table: bool) -> Entry:
    """The entry with its name and address as they go into a page; raises Invalid with what is wrong.

    `named_only` says that a name alone may stand for a tool, as in a table, where no prose is about; `in_table`, that there
    is a column for names, so that an empty one is a mistake.
    """
    name = " ".join(entry.name.split())
    address = web_address(entry.address) if entry.address.strip() else ""
    if not address and not named_only:
        raise Invalid("import.no_address", where="url")
    if not name and address and not in_table:
        # An address alone is how many people note a tool; whoever completes the page gives it its name.
        name = (urlsplit(address).hostname or "").removeprefix("www.")
    if not any(character.isalnum() for character in name):
        raise Invalid("import.no_name", where="name")
    if len(name) > MAX_TITLE:
        raise Invalid("text.too_long", where="name", length=len(name), allowed=MAX_TITLE)
    return replace(entry, name=name, address=address, description=" ".join(entry.description.split()))
