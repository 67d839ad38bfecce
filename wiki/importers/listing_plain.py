"""Entries of a list in plain lines: ``Name - https://… what it is``, in whatever order people put the three."""

from __future__ import annotations

import re

from wiki.importers.entry import Entry

# The letter is the circle that Word puts before what is one level down.
_BULLET = re.compile(r"^\s*(?:[-*+•·‣◦⁃∙–—▪▫■□●○◆◇▶►▸➢➤→✓✔✅☐☑☒👉🔹🔸]\ufe0f?|o(?=\t)|\(?\d{1,4}[.)]|[a-z]\))\s+")
_ADDRESS = re.compile(
    r"<?(?<![\w.@-])(?:[a-z][a-z0-9+.-]{1,20}://[^\s<>]{1,2000}"
    r"|(?:javascript|data|vbscript|mailto|file|about|tel|blob):[^\s<>]{1,2000}|www\.[^\s<>]{1,2000}"
    r"|[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:org|com|net|io|app|coop|tools|tech|chat|us|uk|eu|de|ca|edu|gov|info|dev|co)\b[^\s<>,;]{0,2000})>?",
    re.IGNORECASE,
)
# What begins with blanks is looked for at the first of them only.
_SEPARATOR = re.compile(r"(?<!\s)\s++[-–—|:]++\s+|(?<!\s)\s*+[–—|:]\s+|:\s|\s-\s|\t+|,\s|;\s")
# A name has no address beside it, and is no heading.
_SAYS_MORE = re.compile(rf"{_ADDRESS.pattern}|^#|^[=-]{{3,}}|:$|^.{{81}}", re.IGNORECASE)
_AROUND = " \t-–—|:,;.()[]<>*\"'“”"
MAX_NAME_WORDS = 8
MAX_NAME = 80
MAX_LINE = 4_000


def entries(text: str) -> list[Entry]:
    """What the list holds, a line an entry; a line that ends with a colon, is marked as one, or begins a block of bullets is
    a heading."""
    found: list[Entry] = []
    section = ""
    rows = grouped(text.split("\n"))
    for number, row in enumerate(rows, 1):
        line = _BULLET.sub("", row[:MAX_LINE]).strip()
        if not line or not any(character.isalnum() for character in line):
            continue
        below = rows[number].strip() if number < len(rows) else ""
        address = _ADDRESS.search(line)
        if address is None and (
            line.startswith("#")
            or line.endswith(":")
            or re.fullmatch(r"[=-]{3,}", below)
            or _begins_block(rows[number - 2] if number > 1 else "", row, below)
        ):
            section = line.strip("# :*")
            continue
        sections = (section,) if section else ()
        if address is None:
            name, description = name_and_rest(line)
            found.append(Entry(name, "", description, sections, number))
            continue
        before = line[: address.start()].strip(_AROUND)
        after = line[address.end() :].strip()
        target = _tidy_address(address.group())
        if before:
            name, more = name_and_rest(before)
            description = tidy_description(" ".join(part for part in (more, after) if part))
        else:
            name, description = name_and_rest(after.strip(_AROUND))
        found.append(Entry(name, target, description, sections, number))
    return found


def _begins_block(above: str, row: str, below: str) -> bool:
    """Whether a row stands above bullets that name something, without one of its own."""
    bullet = _BULLET.match(below)
    named = bullet and (below[bullet.end() :][:1].isupper() or _ADDRESS.search(below))
    begins = not above.strip() or _BULLET.match(above)
    return bool(named and begins and not _BULLET.match(row))


def grouped(rows: list[str]) -> list[str]:
    """The lines, those of an address alone together with the name above them and what stands below, as many people note
    them: three lines and an empty one, or two by two."""
    rows = ["", *rows, "", ""]
    for place in range(2, len(rows) - 2):
        name, address, below, after = (row.strip() for row in rows[place - 1 : place + 3])
        begins = not rows[place - 2].strip() or _BULLET.match(rows[place - 1])
        if name and begins and _ADDRESS.fullmatch(address) and not _SAYS_MORE.search(name):
            is_next = _ADDRESS.search(below) or _BULLET.match(below) or _ADDRESS.fullmatch(after)
            more = "" if is_next else below
            rows[place - 1 : place + 1] = [f"{name} - {address} {more}", ""]
            rows[place + 1] = "" if more else rows[place + 1]
    return rows[1:-2]


def tidy_description(text: str) -> str:
    """What stands behind a link, without the dash that leads to it."""
    return text.strip().lstrip(_AROUND.replace("(", "").replace("[", "").replace('"', "").replace("“", "")).strip()


def name_and_rest(text: str) -> tuple[str, str]:
    """A line parted at the first dash, colon or comma; the name is empty where nothing short stands in front."""
    parts = _SEPARATOR.split(text, maxsplit=1)
    name = parts[0].strip(_AROUND)
    rest = parts[1].strip() if len(parts) > 1 else ""
    if name.count("(") > name.count(")"):
        # What stands in brackets at the end says more: "Zoom (video calls)".
        name, _, more = name.rpartition("(")
        name, rest = name.strip(_AROUND), ", ".join(part for part in (more.strip(), rest) if part)
    if len(name) > MAX_NAME or len(name.split()) > MAX_NAME_WORDS:
        return "", text
    return name, rest


def _tidy_address(text: str) -> str:
    """The address without what the sentence around it adds."""
    text = text.strip("<>").rstrip(".,;:!?'\"”")
    while text.endswith((")", "]")) and text.count(text[-1]) > text.count("(" if text[-1] == ")" else "["):
        text = text[:-1].rstrip(".,;:")
    return text
