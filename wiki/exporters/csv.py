"""The facts about all tools as a table: what `importers.csv` reads back without a change."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from wiki.catalog.catalog import Catalog
from wiki.pages.fields import Field, FieldType
from wiki.pages.kinds import TOOL

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What such an apostrophe is put before, so that one that was typed can be told from it.
_MARKED = (*_FORMULA, *(f"'{sign}" for sign in _FORMULA))


def tool_facts(catalog: Catalog, language: str) -> str:
    """A row for each tool page of the wiki's first language, a column for each field, by path.

    Lists have semicolons between their values (or are JSON, where a value has one), fields of several rows are JSON. A cell that a spreadsheet would take for
    a formula begins with an apostrophe.
    """
    out = io.StringIO()
    # With line ends of both characters, as they are usual, a cell that holds one of them is quoted: it would begin a row.
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["path", *(item.dotted for item in TOOL.flat)])
    for card in sorted(catalog.of_kind(TOOL.id, language), key=lambda card: card.path):
        cells = [card.path, *(_cell(item, card.value(item.dotted)) for item in TOOL.flat)]
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_MARKED) else text


def _cell(item: Field, value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if item.type is FieldType.ROWS:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        texts = [" ".join(str(part).split()) for part in value]
        apart = not any(";" in text or text.startswith("[") for text in texts)
        return "; ".join(texts) if apart else json.dumps(texts, ensure_ascii=False)
    return str(value)
