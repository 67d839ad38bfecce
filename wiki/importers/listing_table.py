"""Entries of a table: what each column is about is told by its heading, else by what is in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wiki.importers.entry import Entry

# What the columns of such tables are called, in the languages that come up most.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "tool", "title", "product", "tool name", "nombre", "herramienta", "nom", "what"),
    "address": (
        *("url", "link", "address", "website", "web site", "site", "homepage", "web"),
        *("enlace", "dirección", "href"),
    ),
    "description": ("description", "summary", "about", "notes", "note", "what it does", "descripción", "details"),
    "category": ("category", "categories", "section", "area", "categoría"),
    "functions": ("functions", "function", "type", "kind", "use", "tipo", "función"),
}
# Words that say something only where they are the whole of a heading.
_ALONE = {"what", "web", "use", "about", "kind", "note"}
# "Product description" is no name, "Type of tool" neither; "What is it?" asks for a description.
_WORDS = {use: set(COLUMNS[use]) - _ALONE for use in ("address", "functions", "category", "description", "name")}
_WORDS["description"].add("what")
_ADDRESS = re.compile(r"\S+:\S|www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}(?:/\S*)?\Z", re.IGNORECASE)
_INSIDE = re.compile(r"https?://[^\s<>\"',;]+[^\s<>\"',;.)\]]")
# What a table is called, and for whom it is, may stand in so many lines above its headings.
MAX_ABOVE = 10
_LONG = 25


@dataclass(frozen=True, slots=True)
class Cell:
    """What is said in a cell, and where a link in it leads."""

    text: str
    link: str = ""


def entries(
    rows: Sequence[tuple[int, Sequence[Cell]]], chosen: Mapping[str, str], has_head: bool = False
) -> tuple[tuple[tuple[str, str], ...], list[Entry]]:
    """The headings, each with its use ("" for none), and what the rows hold, each given with its line.

    `chosen` says what some headings mean; `has_head`, that the first row is known to be one of headings.
    """
    above = next((place for place, (_, cells) in enumerate(rows) if _filled(cells) > 1), 0)
    # What the table is called may stand above it.
    rows = rows[above:] if above <= MAX_ABOVE else rows
    if not rows:
        return (), []
    head, columns = rows[0][1], _columns(rows[1:])
    uses = [_use(cell.text, chosen) for cell in head]
    if not has_head:
        known = {"name", "address"} & set(uses)
        is_named = any(_is_addresses(column) for column in columns)
        has_head = not any(_ADDRESS.match(cell.text) for cell in head) and bool(known or is_named)
    if not has_head:
        uses, columns = [""] * len(head), _columns(rows)
    free = {place for place, cell in enumerate(head) if not uses[place] and cell.text not in chosen}
    _guess(uses, free, [cell.text if has_head else "" for cell in head], columns)
    headings = tuple((cell.text, use) for cell, use in zip(head, uses, strict=True)) if has_head else ()
    return headings, [_entry(line, cells, uses) for line, cells in rows[has_head:]]


def _filled(cells: Sequence[Cell]) -> int:
    return sum(bool(cell.text or cell.link) for cell in cells)


def _columns(rows: Sequence[tuple[int, Sequence[Cell]]]) -> list[list[Cell]]:
    """What stands below one another in each column, as far as anything does."""
    columns: list[list[Cell]] = [[] for _ in range(max((len(cells) for _, cells in rows), default=0))]
    for _, cells in rows:
        for column, cell in zip(columns, cells, strict=False):
            if cell.text:
                column.append(cell)
    return columns


def _use(heading: str, chosen: Mapping[str, str]) -> str:
    if heading in chosen:
        return chosen[heading] if chosen[heading] in COLUMNS else ""
    word = re.sub(r"[\s_]+", " ", heading).strip(" :*").casefold()
    return next((use for use, words in COLUMNS.items() if word in words), "")


def _guess(uses: list[str], free: set[int], headings: list[str], columns: list[list[Cell]]) -> None:
    """Find columns for the uses that no heading names as a whole."""
    free &= set(range(len(columns)))
    words = {place: set(re.findall(r"\w+", headings[place].casefold())) for place in free}
    for use in _WORDS:
        if use not in uses:
            named = [place for place in sorted(free) if words[place] & _WORDS[use]]
            if use == "address":
                named = [place for place in named if _is_addresses(columns[place])]
                named += [place for place in sorted(free) if _is_addresses(columns[place])]
            if named:
                uses[named[0]] = use
                free.discard(named[0])
    # Addresses of other things (logos, policies) are neither name nor description.
    texts = [place for place in sorted(free) if columns[place] and not _is_addresses(columns[place])]
    if "name" not in uses and texts:
        uses[texts.pop(0)] = "name"
    long = [place for place in texts if sum(len(cell.text) for cell in columns[place]) >= _LONG * len(columns[place])]
    if "description" not in uses and (long or not any(headings)) and texts:
        uses[(long or texts)[0]] = "description"


def _is_addresses(cells: Sequence[Cell]) -> bool:
    """Whether most of the cells have an address for their text, or inside of it."""
    found = sum(bool(_ADDRESS.match(cell.text) or _INSIDE.search(cell.text)) for cell in cells)
    return found * 2 > len(cells)


def _entry(line: int, cells: Sequence[Cell], uses: Sequence[str]) -> Entry:
    given = {use: cell for use, cell in reversed(list(zip(uses, cells, strict=False))) if use}
    nothing = Cell("")
    name, address = given.get("name", nothing), given.get("address", nothing)
    text = {use: cell.text for use, cell in given.items()}
    target = address.link or _address_in(address.text) or name.link
    return Entry(
        name=name.text,
        address=target or next((cell.link for cell in cells if cell.link), ""),
        description=text.get("description", ""),
        line=line,
        category=text.get("category", ""),
        functions=text.get("functions", ""),
    )


def _address_in(text: str) -> str:
    """The address that a cell says: all of it, or what is one in it, as in "hustle.com (https://hustle.com)"."""
    inside = _INSIDE.search(text) if " " in text else None
    return inside[0] if inside else text
