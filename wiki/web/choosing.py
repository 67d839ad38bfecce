"""The places where two people changed the same, as a form, and the text that their choices make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wiki.editing.edit import FieldConflict, Passage
from wiki.editing.forms import put
from wiki.markup.front_matter import REMOVE, set_body, update
from wiki.markup.line_ends import unix
from wiki.pages.fields import PageKind
from wiki.web.words import field_label


def places(
    passages: Sequence[Passage], fields: Sequence[FieldConflict], kind: PageKind, prefix: str = ""
) -> list[dict[str, Any]]:
    """Facts and passages in order, those to be decided with a name `n` for the macro ``conflict`` (and passages with their number)."""
    found: list[dict[str, Any]] = [
        {
            "n": f"{prefix}field-{index}",
            "label": field_label(kind, item.name),
            "ours": _text(item.ours),
            "theirs": _text(item.theirs),
            "both": True,
        }
        for index, item in enumerate(fields)
    ]
    number = 0
    for passage in passages:
        if passage.both:
            number += 1
            both = {"n": f"{prefix}{number}", "place": number, "ours": passage.ours, "theirs": passage.theirs}
            found.append({**both, "both": True})
        else:
            found.append({"text": passage.text, "both": False})
    return found


def chosen(
    merged: str,
    passages: Sequence[Passage],
    fields: Sequence[FieldConflict],
    form: Mapping[str, str],
    prefix: str = "",
) -> tuple[str, list[str]]:
    """The text that the choices in a form make out of `merged`, and the names of the places where none was made."""
    missing: list[str] = []
    parts: list[str] = []
    number = 0
    for passage in passages:
        if not passage.both:
            parts.append(passage.text)
            continue
        number += 1
        choice = form.get(f"choice-{prefix}{number}", "")
        texts = {
            "ours": passage.ours,
            "theirs": passage.theirs,
            "both": ended(passage.ours) + passage.theirs,
            "own": ended(unix(form.get(f"own-{prefix}{number}", ""))),
        }
        if choice in texts:
            parts.append(texts[choice])
        else:
            missing.append(f"{prefix}{number}")
    changes: dict[str, Any] = {}
    for index, item in enumerate(fields):
        choice = form.get(f"choice-{prefix}field-{index}", "")
        if choice == "theirs":
            put(changes, item.name.split("."), REMOVE if item.theirs is None else item.theirs)
        elif choice != "ours":
            missing.append(f"{prefix}field-{index}")
    source = set_body(merged, "".join(parts)) if passages else merged
    return update(source, changes), missing


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def ended(text: str) -> str:
    """The text with a line end at its end, if there is any text."""
    return text if not text or text.endswith("\n") else text + "\n"
