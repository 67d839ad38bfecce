"""Facts as people read them: the value of a field as safe HTML, in the language of the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from wiki.catalog.card import PageCard, as_date, declared
from wiki.catalog.presenting import address
from wiki.editing.facts import is_web_address
from wiki.markup.address import REL, without_tracking
from wiki.pages.fields import Field, FieldType
from wiki.pages.kinds import KINDS
from wiki.pages.kinds.shared import most_telling_first
from wiki.pages.page import Page
from wiki.web.context import settings, wiki
from wiki.web.kept import call, kept
from wiki.web.translations import gettext
from wiki.web.words import term_label


def facts(card: PageCard, translation: Page | None = None) -> list[dict[str, Any]]:
    """The facts box of a page: label and value of every declared field that is recorded, most telling first. What is
    prose is its `translation`'s, where that has it."""
    found = []
    for item in _told(card.kind):
        value = (translation.value(item.dotted) if translation and item.prose else None) or card.value(item.dotted)
        if declared(item, value) and value != [card.value("url")]:
            found.append({"name": item.dotted, "label": gettext(item.label), "value": shown(item, value)})
    return found


@cache
def _told(kind: str) -> tuple[Field, ...]:
    """The fields of a kind that stand in the facts box, most telling first."""
    fields = most_telling_first(KINDS[kind].flat)
    return tuple(item for item in fields if item.infobox and item.dotted != "last_verified")


def shown(item: Field, value: Any) -> Markup:
    """The value of a field as HTML; anything that doesn't have the declared shape is shown as text."""
    if not declared(item, value):
        return Markup("")
    if item.dotted == "cost.level":
        return _choice(item, str(value), lambda level: Markup(call("_macros/pages.html", "cost", level=level)))
    if item.type is FieldType.ROWS:
        return _rows(item, value)
    if item.is_list:
        values = value if isinstance(value, list | tuple) else [value]
        return _joined(_one(item, part) for part in values)
    return _one(item, value)


def plain(item: Field, value: Any) -> str:
    """The value of a field as text, for CSV and for diffs."""
    if not declared(item, value):
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(
            ", ".join(f"{key}: {inner}" for key, inner in part.items()) if isinstance(part, dict) else str(part)
            for part in value
        )
    return str(value)


def _one(item: Field, value: Any) -> Markup:
    text = str(value)
    if item.type in (FieldType.CHOICE, FieldType.CHOICES):
        return _choice(item, text, lambda slug: _term(item, slug))
    if item.type in (FieldType.URL, FieldType.LINKS):
        return _web_link(text)
    if item.type is FieldType.DATE:
        day = as_date(value)
        return Markup(call("_macros/times.html", "day", value=day)) if day is not None else escape(text)
    if item.type is FieldType.FLAG:
        return escape(gettext("Yes") if value is True else gettext("No"))
    if item.type in (FieldType.PAGE, FieldType.PAGES):
        return _page_link(text)
    return escape(_said(item, text))


def _choice(item: Field, slug: str, make: Callable[[str], Markup]) -> Markup:
    """One of the values that a field may have, made once; any other one that somebody wrote is made each time."""
    known, key = kept(), ("shown", item.dotted, slug)
    found: Markup | None = known.get(key)
    if found is not None:
        return found
    return known.once(key, lambda: make(slug)) if slug in settings().terms(item) else make(slug)


def _term(item: Field, slug: str) -> Markup:
    label = term_label(item, slug)
    if item.facet == "function":
        return Markup('<a href="/-/functions/{}">{}</a>').format(slug, label)
    return escape(label)


def _said(item: Field, text: str) -> str:
    """A line of text; where somebody recorded a plain yes or no to what asks for more, that is said."""
    if text == "yes":
        whole = {
            "cost.free_tier": gettext("Yes; its limits are not recorded"),
            "cost.nonprofit_discount": gettext("Yes; how much is not recorded"),
            "data.api": gettext("Yes, there is one"),
        }
        return whole.get(item.dotted) or gettext("Yes")
    return {"no": gettext("No"), "unknown": gettext("not known")}.get(text, text)


def _rows(item: Field, value: Any) -> Markup:
    rows = []
    for row in value if isinstance(value, list) else []:
        if not isinstance(row, dict):
            rows.append(escape(str(row)))
            continue
        parts = []
        for inner in item.fields:
            part = row.get(inner.name)
            if not declared(inner, part):
                continue
            if item.name == "integrations" and inner.name == "with":
                parts.append(_page_link(str(part)))
            else:
                parts.append(shown(inner, part))
        rows.append(Markup(" · ").join(parts))
    return Markup("<br>").join(rows)


def _web_link(text: str) -> Markup:
    if not is_web_address(text):
        return escape(text)
    parts = urlsplit(text)
    words = (parts.hostname or text).removeprefix("www.") + (parts.path if parts.path not in ("", "/") else "")
    return Markup('<a href="{}" rel="{}">{}</a>').format(without_tracking(text), REL, words[:80])


def _page_link(text: str) -> Markup:
    card = wiki().catalog.card(text.strip("/")) or wiki().catalog.named(text)
    if card is None:
        return escape(text)
    return Markup('<a href="{}">{}</a>').format(address(card.path), card.title)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup(", ".join(part for part in parts if part))
