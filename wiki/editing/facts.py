"""What must hold of the facts of a page, by the declarations of its kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from wiki.errors import Invalid, Problem
from wiki.pages.fields import Field, FieldType
from wiki.pages.kinds import KINDS
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings

MAX_WORD = 300
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# It may be tomorrow already where somebody looks.
_AHEAD = timedelta(days=1)
_KINDS = tuple(kind for kind in KINDS if kind != "settings")
T = FieldType


def check_facts(page: Page, settings: Settings) -> Iterator[Problem]:
    """What is wrong with the facts of a page, each problem at the dotted name of its fact."""
    fields = page.fields
    if not fields:
        return
    kind = fields.get("kind")
    if kind is not None and kind != page.kind.id:
        yield Problem("choice.unknown", "kind", {"value": str(kind)[:80], "allowed": _KINDS})
    if isinstance(fields.get("translation"), dict):
        yield from _check_translation(page.kind.fields, fields, settings)
        return
    # A stub says of itself that facts are missing: who only knows that there is a tool doesn't know what it costs.
    stub = page.kind.id == "tool" and fields.get("status") == "stub"
    for item in page.kind.fields:
        if not (stub and item.name == "cost" and item.name not in fields):
            yield from _check_value(item, fields.get(item.name), settings, item.name)
        # Nothing stands beside itself, or can be used in place of itself.
        if item.type in (T.PAGE, T.PAGES) and page.path.text in (text.strip("/") for text in page.texts(item.name)):
            yield Problem("page.itself", item.name)
    if page.kind.id == "tool" and fields.get("status") == "retired" and not fields.get("status_note"):
        yield Problem("field.required", "status_note")


def is_web_address(text: str) -> bool:
    """Whether this is an http or https address with a host, and nothing a browser could take for a script."""
    if re.search(r"[\s<>\"\\\x00-\x1f]", text) or len(text) > 2000:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _check_translation(
    declared: Iterable[Field], fields: Mapping[str, Any], settings: Settings, prefix: str = ""
) -> Iterator[Problem]:
    """A translation has words of its own and takes its facts from the page it translates."""
    for item in declared:
        name = f"{prefix}{item.name}"
        value = fields.get(item.name)
        if item.prose:
            yield from _check_value(item, value, settings, name)
        elif item.type is T.MAPPING and isinstance(value, dict):
            yield from _check_translation(item.fields, value, settings, f"{name}.")
        elif item.name in fields and not any(inner.prose for inner in item.fields):
            yield Problem("translation.fact", name)


def _check_value(item: Field, value: Any, settings: Settings, where: str) -> Iterator[Problem]:
    if value in (None, "", [], {}) and (item.type is not T.MAPPING or not item.required):
        if item.required:
            yield Problem("field.required", where)
    elif item.type is T.MAPPING:
        value = value or {}
        if not isinstance(value, dict):
            yield Problem("field.shape", where, {"expected": "mapping"})
            # Who writes `cost: lots` is told of the levels, too.
            for inner in item.fields:
                if inner.required and not isinstance(value, list):
                    yield from _check_value(inner, value, settings, f"{where}.{inner.name}")
            return
        for inner in item.fields:
            yield from _check_value(inner, value.get(inner.name), settings, f"{where}.{inner.name}")
    elif not item.is_list:
        yield from _check_scalar(item, value, settings, where)
    elif not isinstance(value, list):
        yield Problem("field.shape", where, {"expected": "list"})
    elif len(value) > item.limit:
        yield Problem("list.too_long", where, {"count": len(value), "allowed": item.limit})
    elif item.type is T.ROWS:
        for number, row in enumerate(value):
            yield from _check_row(item, row, settings, f"{where}.{number}")
    else:
        for part in value:
            yield from _check_scalar(item, part, settings, where)


def _check_row(item: Field, row: Any, settings: Settings, where: str) -> Iterator[Problem]:
    if not isinstance(row, dict):
        yield Problem("field.shape", where, {"expected": "mapping"})
        return
    for inner in item.fields:
        yield from _check_value(inner, row.get(inner.name), settings, f"{where}.{inner.name}")
    if item.name == "items" and not row.get("page") and not row.get("url"):
        yield Problem("field.required", f"{where}.page")


def _check_scalar(item: Field, value: Any, settings: Settings, where: str) -> Iterator[Problem]:
    if item.type is T.FLAG:
        if not isinstance(value, bool):
            yield Problem("field.shape", where, {"expected": "true or false"})
    elif item.type is T.NUMBER:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e12:
            yield Problem("number.wrong", where, {"value": str(value)[:80]})
    elif isinstance(value, dict | list):
        yield Problem("field.shape", where, {"expected": "text"})
    else:
        yield from _OF_TEXT.get(item.type, _check_text)(item, str(value), settings, where)


def _check_text(item: Field, text: str, settings: Settings, where: str) -> Iterator[Problem]:
    limit = MAX_WORD if item.is_list else item.limit
    length = len(unicodedata.normalize("NFC", text))
    if length > limit:
        yield Problem("text.too_long", where, {"length": length, "allowed": limit})
    if item.type is not T.TEXT and "\n" in text.strip():
        yield Problem("text.one_line", where)


def _check_choice(item: Field, text: str, settings: Settings, where: str) -> Iterator[Problem]:
    allowed = tuple(settings.terms(item))
    if allowed and text not in allowed:
        yield Problem("choice.unknown", where, {"value": text[:200], "allowed": allowed})


def _check_date(item: Field, text: str, settings: Settings, where: str) -> Iterator[Problem]:
    if not _is_day(text):
        yield Problem("date.wrong", where, {"value": text[:200]})
    elif item.past and date.fromisoformat(text) > datetime.now(UTC).date() + _AHEAD:
        yield Problem("date.future", where, {"value": text})


def _check_address(item: Field, text: str, settings: Settings, where: str) -> Iterator[Problem]:
    if not is_web_address(text):
        yield Problem("url.wrong", where, {"value": text[:200]})


def _check_path(item: Field, text: str, settings: Settings, where: str) -> Iterator[Problem]:
    try:
        PagePath.parse(text)
    except Invalid:
        yield Problem("page.address", where, {"value": text[:200]})


_OF_TEXT: Mapping[FieldType, Callable[[Field, str, Settings, str], Iterator[Problem]]] = {
    T.CHOICE: _check_choice,
    T.CHOICES: _check_choice,
    T.DATE: _check_date,
    T.URL: _check_address,
    T.LINKS: _check_address,
    T.PAGE: _check_path,
    T.PAGES: _check_path,
}


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and 1900 <= date.fromisoformat(text).year <= 2200
    except ValueError:
        return False
