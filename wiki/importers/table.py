"""Tables as spreadsheets save them: CSV with whatever between the cells, and the text of uploaded files."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import IO

from wiki.errors import Invalid, TooMany

MAX_BYTES = 64_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
DELIMITERS = "\t;,|"
# What Excel writes and reads in front of a table whose cells have something else than its locale's sign between them.
_SAID = re.compile(r"\"?sep=([\t;,|])(?=\"?\r?\n)", re.IGNORECASE)
# What files begin with that hold no plain text, read as one: those of office programs, PDF, pictures.
_NO_TEXT = ("PK\x03\x04", "ÐÏ\x11à", "{\\rtf", "%PDF-", "\x89PNG", "‰PNG", "ÿØÿ", "GIF8", "\0\0\0")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells without blanks around them, each with the line (from 1) of the file at which it begins."""

    rows: tuple[tuple[int, tuple[str, ...]], ...]


def text_of(stream: IO[bytes]) -> str:
    """The text of a file. Raises TooMany("import.file_too_large") for more than fits into memory many times over."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooMany("import.file_too_large", allowed=MAX_BYTES // 1_000_000)
    return decode(data)


def decode(data: bytes) -> str:
    """The text of a file as people's programs save it: UTF-8, UTF-16 with a mark, else what old Windows programs write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def require_text(text: str) -> None:
    """Raise Invalid("import.no_text") for the file of another program that was read as if it held plain text."""
    if text.startswith(_NO_TEXT):
        raise Invalid("import.no_text", where="text")


def read_table(text: str) -> Table:
    """The rows that hold anything. Raises Invalid for what is no text ("import.no_text") and no table ("import.table"),
    TooMany("import.too_many")."""
    require_text(text)
    text = text.removeprefix("\ufeff").replace("\0", "")
    said = _SAID.match(text)
    mark = said[1] if said else delimiter(text)
    # The line that says so stays an empty one: rows keep their numbers.
    rest = text[said.end() :].lstrip('"') if said else text
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=mark, strict=False)
    rows: list[tuple[int, tuple[str, ...]]] = []
    line = 1
    try:
        for cells in reader:
            tidy = tuple(plain_cell(cell) for cell in cells[:MAX_COLUMNS])
            if any(tidy):
                rows.append((line, tidy))
            line = reader.line_num + 1
            if len(rows) > MAX_ROWS:
                raise TooMany("import.too_many", allowed=MAX_ROWS)
    except csv.Error as error:
        raise Invalid("import.table", where="text", reason=str(error)[:200])
    return Table(tuple(rows))


def delimiter(text: str) -> str:
    """What stands between the cells: the character that the first lines have most often, and equally often."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    # What the table is called may stand above it.
    while len(lines) > 1 and not any(mark in lines[0] for mark in DELIMITERS):
        del lines[0]
    counts = {mark: [line.count(mark) for line in lines[:10]] for mark in DELIMITERS}
    first = {mark: found[0] if found else 0 for mark, found in counts.items()}
    even = [mark for mark in DELIMITERS if first[mark] and min(counts[mark]) == max(counts[mark])]
    return max(even or DELIMITERS, key=lambda mark: (first[mark], -DELIMITERS.index(mark)))


def plain_cell(cell: str) -> str:
    """A cell as it was meant: an apostrophe that only keeps a spreadsheet from computing goes."""
    text = cell.strip(" \r\n\u00a0")
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
