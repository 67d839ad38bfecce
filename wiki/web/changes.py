"""Changes as people read them: facts old and new, text by words, versions, in the shape the macros take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext

from wiki.markup.diff import Hunk
from wiki.pages.fields import PageKind
from wiki.web.fields import shown
from wiki.web.words import field_label

_KINDS = {"kept": "same", "added": "added", "removed": "removed"}


def fact_rows(kind: PageKind, changes: Iterable[Any]) -> list[dict[str, Any]]:
    """Changed facts with their labels; values as the facts box shows them."""
    rows = []
    for change in changes:
        item = kind.field(change.name)
        if item is not None and not item.fields:
            old, new = shown(item, change.old), shown(item, change.new)
        else:
            old, new = _text(change.old), _text(change.new)
        rows.append({"label": field_label(kind, change.name), "old": old, "new": new})
    return rows


def text_hunks(hunks: Sequence[Hunk]) -> list[dict[str, Any]]:
    """Differences of text by line and word."""
    return [
        {
            "place": gettext("Line %(line)s", line=next((line.new or line.old for line in hunk.lines), 1)),
            "lines": [
                {
                    "kind": _KINDS[line.kind],
                    "parts": [
                        {"kind": _KINDS[line.kind] if part.changed else "same", "text": part.text}
                        for part in line.parts
                    ],
                }
                for line in hunk.lines
            ],
        }
        for hunk in hunks
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    return str(value)
