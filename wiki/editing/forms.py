"""Between front matter and the inputs of a form, by the declarations of the fields.

Inputs have dotted names (``cost.level``); rows are numbered (``items.0.page``), and where their order matters each says
its place, counted from one (``items.0.place``). An input that was not sent leaves its
field as it is, one that was sent empty removes it. A browser sends nothing for boxes that are all unticked, so a form
sends an empty value of the same name along with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wiki.markup.front_matter import REMOVE, dump
from wiki.markup.line_ends import unix
from wiki.pages.fields import Field, FieldType, PageKind, value_at

Submitted = Mapping[str, Sequence[str]]
# The number of a row and what was sent for it.
_SentRow = tuple[int, Mapping[str, Sequence[str]]]
T = FieldType
PLACE = "place"
_ROW = re.compile(r"(\d{1,4})\.(.+)")
_INTEGER = re.compile(r"\d{1,15}")
_DECIMAL = re.compile(r"\d{0,15}[.,]\d{1,10}")
# An address as people say it, without what it begins with.
_BARE_ADDRESS = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,24}(?::\d{1,5})?(?:/\S*)?", re.IGNORECASE)


def form_values(kind: PageKind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the inputs show: text, a list of texts for lists, a list of mappings for rows; by dotted name."""
    return {item.dotted: _shown(item, value_at(fields, item.dotted)) for item in kind.flat}


def changes_from(kind: PageKind, submitted: Submitted, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The changes (for `front_matter.update`) that a form sent makes to the fields of the page it was opened on.

    Only what differs from what the form showed is changed; so a number written as text, an unusual order or a key that
    the kind doesn't know stay as they are. What doesn't fit its field is kept as text, for the check to name.
    """
    changes: dict[str, Any] = {}
    for item in kind.flat:
        value = value_at(fields, item.dotted)
        if item.type is T.ROWS:
            rows = _sent_rows(item, submitted)
            if rows is None:
                continue
            made_from = zip(rows, _made_from(item, rows, value), strict=True)
            new: Any = [_row(item, texts, before) for (_, texts), before in made_from]
            new = [row for row in new if row]
            if new == (value if isinstance(value, list) else []):
                continue
        elif item.dotted not in submitted:
            continue
        else:
            new = _entered(item, submitted[item.dotted], value)
            if _shown(item, new) == _shown(item, value):
                continue
        put(changes, item.dotted.split("."), REMOVE if new in ("", []) else new)
    return changes


def new_source(kind: PageKind, fields: Mapping[str, Any], body: str) -> str:
    """A new page with these fields, in the order in which its kind declares them. Raises Invalid where they break a
    limit of front matter."""
    known = {key: fields[key] for key in kind.order if key in fields}
    return dump({**known, **{key: value for key, value in fields.items() if key not in known}}, body)


def _shown(item: Field, value: Any) -> Any:
    if value is None:
        return [] if item.is_list else ""
    if item.type is T.ROWS:
        rows = value if isinstance(value, list) else []
        return [
            {inner.name: _shown(inner, row.get(inner.name)) for inner in item.fields}
            for row in rows
            if isinstance(row, dict)
        ]
    if item.is_list:
        values = value if isinstance(value, list) else [value]
        return [text for text in (_text(item, part) for part in values) if text]
    return _text(item, value)


def _text(item: Field, value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text.strip() if item.type is T.TEXT else " ".join(text.split())


def _entered(item: Field, texts: Sequence[str], value: Any) -> Any:
    """What was entered, as it goes into front matter; "" and [] for nothing."""
    if not item.is_list:
        new = _scalar(item, texts[-1] if texts else "")
        return _full_address(new) if item.type is T.URL and new != _text(item, value) else new
    before: list[str] = _shown(item, value)
    entered = list(dict.fromkeys(part for text in texts for part in _split(item, text, before)))
    if item.type is T.CHOICES:
        # Boxes come in the order of the form; those ticked before keep the order that somebody gave them.
        entered.sort(key=lambda text: before.index(text) if text in before else len(before))
    return entered


def _split(item: Field, text: str, before: Sequence[str]) -> Iterable[str]:
    """The values in one input: one a line, or with commas between them where that can't be part of a value."""
    lines = text.replace("\r", "\n").split("\n")
    if item.type is T.PAGES or (item.type is T.WORDS and not item.prose and len(lines) == 1):
        lines = [part for line in lines for part in ([line] if " ".join(line.split()) in before else line.split(","))]
    parts = [" ".join(line.split()) for line in lines]
    if item.type is T.PAGES:
        parts = [part.strip("/") for part in parts]
    if item.type is T.LINKS:
        parts = [part if part in before else _full_address(part) for part in parts]
    return [part for part in parts if part]


def _full_address(text: str) -> str:
    return f"https://{text}" if _BARE_ADDRESS.fullmatch(text) else text


def _scalar(item: Field, text: str) -> Any:
    if item.type is T.TEXT:
        return unix(text).strip()
    line = " ".join(text.split())
    if item.type is T.FLAG and line in ("true", "false"):
        return line == "true"
    if item.type is T.NUMBER and _INTEGER.fullmatch(line):
        return int(line)
    if item.type is T.NUMBER and _DECIMAL.fullmatch(line):
        return float(line.replace(",", "."))
    if item.type is T.PAGE:
        return line.strip("/")
    return line


def _sent_rows(item: Field, submitted: Submitted) -> list[_SentRow] | None:
    """The rows that were sent, in their order, each with its number; None where the form didn't have them."""
    prefix = f"{item.dotted}."
    rows: dict[int, dict[str, Sequence[str]]] = {}
    for name, texts in submitted.items():
        found = _ROW.fullmatch(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = texts
    if not rows and item.dotted not in submitted:
        return None
    return sorted(rows.items(), key=_place if item.ordered else None)


def _place(sent: _SentRow) -> tuple[int, int]:
    """Where a row goes: one that moves up stands before the one whose place it takes, one that moves down after it."""
    had = sent[0] + 1
    text = "".join(sent[1].get(PLACE, ())).strip()
    wanted = int(text) if _INTEGER.fullmatch(text) else had
    return wanted, (wanted > had) - (wanted < had)


def _made_from(item: Field, sent: Sequence[_SentRow], value: Any) -> list[Mapping[str, Any]]:
    """For each row that was sent the row of the page that it was made from, {} for a new one: the one that says the
    same, for rows move; else the one of its number."""
    free = {at: row for at, row in enumerate(value if isinstance(value, list) else []) if isinstance(row, dict)}
    found: dict[int, Mapping[str, Any]] = {}
    for number, texts in sent:
        inputs = [inner for inner in item.fields if inner.name in texts]
        says = [_shown(inner, _entered(inner, texts[inner.name], None)) for inner in inputs]
        alike = [at for at, row in free.items() if says == [_shown(inner, row.get(inner.name)) for inner in inputs]]
        if any(says) and alike:
            found[number] = free.pop(number if number in alike else alike[0])
    return [found[number] if number in found else free.pop(number, {}) for number, _ in sent]


def _row(item: Field, texts: Mapping[str, Sequence[str]], before: Mapping[str, Any]) -> dict[str, Any]:
    """One row: what was entered over what stood there, so that keys the form doesn't know stay. {} for an empty one."""
    row = dict(before)
    for inner in item.fields:
        if inner.name not in texts:
            continue
        new = _entered(inner, texts[inner.name], before.get(inner.name))
        if new in ("", []):
            row.pop(inner.name, None)
        elif _shown(inner, new) != _shown(inner, before.get(inner.name)):
            row[inner.name] = new
    return row if any(inner.name in row for inner in item.fields) else {}


def put(changes: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    """Note in the changes of facts that the one with these keys, the outermost first, gets a value."""
    for key in keys[:-1]:
        changes = changes.setdefault(key, {})
    changes[keys[-1]] = value
