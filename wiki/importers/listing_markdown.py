"""Entries of a list in Markdown: items, table rows, headings and lines that begin with a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from wiki.importers import listing_plain, listing_table
from wiki.importers.entry import Entry
from wiki.importers.listing_plain import grouped, name_and_rest, tidy_description
from wiki.importers.listing_table import Cell

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})\s++(.*)")
_ITEM = re.compile(r"(\s*)(?:[-*+:]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?(.*)$")
_DEFINITION = re.compile(r"^ {0,3}\[([^\]\n]{1,300})\]:\s++<?([^\s>]+)>?", re.MULTILINE)
_DELIMITER = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+")
_BETWEEN = re.compile(r"(?<!\\)\|")
_IMAGE = re.compile(r"\[?!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)(?:\]\([^)\n]{0,2000}\))?")
_AUTOLINK = re.compile(r"<((?:https?|ftp)://[^>\s]{1,2000})>|(?<![(\w/])(https?://[^\s<>)\]]{1,2000})")
_INLINE = re.compile(
    r"\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]{0,100}\]){1,300})\]"
    r"(?:\(\s*<?(?P<target>[^\s()<>]{0,2000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,500}){0,3})>?(?:\s+[\"'(][^\n]{0,200}?[\"')])?\s*\)|\[(?P<reference>[^\]\n]{0,200})\])"
)
_MARKS = re.compile(r"[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}")
# A line of its own among items, as people paste them together: an address, or a short name and an address.
_LOOSE = re.compile(
    r"(?!\[)(?:<?(?:(?:https?|ftp)://|www\.|(?:javascript|data|vbscript|file):\S)"
    r"|(?:\S{1,40}[ \t]){1,8}?(?:[-–—|:]+[ \t]+<?https?://|(?<=:[ \t])<?https?://)"
    r"|(?:[*_]{0,2}[^\Wa-z_]\S{0,40}[ \t]){1,3}<?https?://)"
)
# Words of a link that name nothing: the name stands in front of it.
_GENERIC = {"link", "site", "website", "web site", "homepage", "home page", "here", "url", "web", "enlace", "sitio"}
# Nor do they in front of an address; where nothing else stands there, the name is the heading above.
_LABEL = re.compile(
    rf"(?:^|(?<![\s,.;:(–—-])[\s,.;:(–—-]++)(?:{'|'.join(sorted(_GENERIC))}|see|at|visit)$", re.IGNORECASE
)
_LABELLED = re.compile(
    rf"[ \t]*(?:[-*+][ \t]+)?[*_]{{0,2}}(?:{'|'.join(sorted(_GENERIC))})[*_]{{0,2}}:[*_]{{0,2}}[ \t]+(?:\[|<?https?:|www\.)",
    re.IGNORECASE,
)
_AROUND = " -–—:,;.()"
_STARS = re.compile(r" ?\([⭐★☆][^()]{0,20}\)")


def entries(text: str) -> list[Entry]:
    """What the list holds, in its order."""
    text = _without_comments(text)
    definitions = {match[1].casefold(): match[2] for match in _DEFINITION.finditer(text)}
    found: list[Entry] = []
    for line, sections, item in _items(text):
        if isinstance(item, str):
            entry = _entry(item, sections, line, definitions)
            found += [entry] if entry is not None else []
        else:
            rows = [
                (line + place, [_cell(cell, definitions) for cell in row])
                for place, row in enumerate(item)
                if place != 1
            ]
            _, told = listing_table.entries(rows, {}, has_head=True)
            if any(entry.address for entry in told):
                found += [replace(entry, sections=sections) for entry in told if entry.name or entry.address]
    return found


def _cell(text: str, definitions: dict[str, str]) -> Cell:
    link, plain = _INLINE.search(text), _AUTOLINK.search(text)
    target = _target(link, definitions) if link else plain[1] or plain[2] if plain else ""
    return Cell(_plain(text), target)


def _target(link: re.Match[str], definitions: dict[str, str]) -> str:
    target = link["target"]
    return target if target is not None else definitions.get((link["reference"] or link["label"]).casefold(), "")


def _is_head(row: str, below: str) -> bool:
    return _DELIMITER.fullmatch(below) is not None and len(_cells(below)) == len(_cells(row))


def _cells(row: str) -> list[str]:
    """The cells of a line of a table."""
    return [
        cell.replace("\\|", "|").strip() for cell in _BETWEEN.split(row.strip().removeprefix("|").removesuffix("|"))
    ]


def _items(text: str) -> Iterator[tuple[int, tuple[str, ...], str | list[list[str]]]]:
    """Every item with its line and the headings above it; lines that go on with it, and points below it, included. A table is
    given whole, as the cells of its lines."""
    headings: list[tuple[int, str]] = []
    fence = ""
    open_item: tuple[int, int, list[str]] | None = None
    rows = grouped(text.split("\n"))
    table: list[list[str]] = []
    for number, row in enumerate([*rows, ""], 1):
        if table:
            if "|" in row:
                table.append(_cells(row))
                continue
            yield number - len(table), tuple(name for _, name in headings), table
            table = []
        mark = _FENCE.match(row)
        if mark:
            fence = "" if fence and mark[1].startswith(fence[:3]) else fence or mark[1]
            continue
        if fence:
            continue
        heading = _HEADING.match(row)
        item = _ITEM.match(row)
        if open_item is not None:
            indent = len(item[1].expandtabs(4)) if item else 0
            # The text of a heading that is a link stands below it, after an empty line.
            waits = not row.strip() and open_item[1] < 0 and len(open_item[2]) == 1 and number <= len(rows)
            loose = _LOOSE.match(row) and _leads_somewhere(open_item[2])
            goes_on = (
                (row.strip() or waits) and not heading and not item and not loose and not row.startswith(("[", "|"))
            )
            below = item is not None and indent > open_item[1] and not _links(item[2])
            if goes_on or below:
                if row.strip():
                    open_item[2].append(item[2] if item else row.strip())
                continue
            yield open_item[0], tuple(name for _, name in headings), " ".join(open_item[2])
            open_item = None
        if "|" in row and number < len(rows) and _is_head(row, rows[number]):
            table = [_cells(row)]
        elif heading:
            level, title = len(heading[1]), heading[2].rstrip().rstrip("#").rstrip()
            if _links(title):
                open_item = (number, -1, [title])
            else:
                headings = [kept for kept in headings if kept[0] < level] + [(level, _plain(title))]
        elif _LABELLED.match(row):
            open_item = (number, -1, [item[2] if item else row.strip()])
        elif item:
            open_item = (number, len(item[1].expandtabs(4)), [item[2]])
        elif _LOOSE.match(row) or (re.match(r" {0,3}(?:\*\*)?\[(?!!)", row) and not _DEFINITION.match(row)):
            open_item = (number, 0, [row.strip()])


def _entry(item: str, sections: tuple[str, ...], line: int, definitions: dict[str, str]) -> Entry | None:
    """The entry that an item is; None for one of a table of contents."""
    item = _IMAGE.sub("", item).strip()
    if not item:
        return None
    link = _INLINE.search(item)
    plain = _AUTOLINK.search(item)
    is_labelled = plain is not None and _LABEL.search(_plain(item[: plain.start()]).strip(_AROUND)) is not None
    if _LOOSE.match(item) and link is None and not is_labelled:
        found = listing_plain.entries(_plain(item))
        return replace(found[0], sections=sections, line=line) if found else None
    if link is not None and (plain is None or link.start() <= plain.start()):
        label, target = _plain(link["label"]), _target(link, definitions)
        start, end = link.span()
    elif plain is not None:
        label, target = "", plain[1] or plain[2].rstrip(".,;:")
        start, end = plain.span()
    else:
        return Entry(_plain(item) if len(item) <= 200 else "", "", _plain(item), sections, line)
    if target.startswith("#"):
        return None
    before, after = _plain(item[:start]), _plain(item[end:])
    if before.count("(") > before.count(")"):
        # Between the brackets stand more addresses of the same.
        after = after.partition(")")[2]
    before, after = before.strip(_AROUND), tidy_description(after)
    named = _LABEL.sub("", before).strip(_AROUND)
    if before and not named and sections:
        return Entry(sections[-1], target, after, sections[:-1], line)
    if named and (label.casefold() in _GENERIC or not label or "://" in label):
        name, more = name_and_rest(named)
        return Entry(name or named, target, f"{more if name else ''} {after}".strip(), sections, line)
    if not label or "://" in label:
        # The name stands behind a bare address, before a dash.
        name, _, rest = re.split(r"(\s[-–—:]\s|$)", after, maxsplit=1)
        return Entry(name if len(name) <= 80 else "", target, rest, sections, line)
    return Entry(label, target, after, sections, line)


def _without_comments(text: str) -> str:
    """The text with the lines of its comments empty."""
    parts: list[str] = []
    place = 0
    while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[place:start], "\n" * text.count("\n", start, end)]
        place = end + 3
    return "".join([*parts, text[place:]])


def _leads_somewhere(item: list[str]) -> bool:
    """Whether an item has its address already, so that another one begins something else."""
    return any(_links(row) or _AUTOLINK.search(row) for row in item)


def _links(text: str) -> bool:
    return bool(_INLINE.search(_IMAGE.sub("", text)))


def _plain(text: str) -> str:
    """The text without marks; of links, the words stay."""
    text = _IMAGE.sub("", text)
    text = _INLINE.sub(lambda match: match["label"], text)
    text = _AUTOLINK.sub(lambda match: match[1] or match[2], text)
    text = re.sub(r"<[a-zA-Z/][^>]{0,500}>", "", text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+\-.!|>~])", r"\1", _MARKS.sub("", text))
    return _STARS.sub("", " ".join(text.split())).strip()
