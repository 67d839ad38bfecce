"""A page in a list, as HTML. Rows of one shape share a mould, so that one more of them costs little more than its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.pages.fields import Field, PageKind
from wiki.pages.kinds import KINDS, TOOL
from wiki.web import views
from wiki.web.context import language, wiki
from wiki.web.fields import shown
from wiki.web.kept import Kept, Mould, call, hole, kept
from wiki.web.translations import gettext

# The few facts that a list tells of a tool.
FIELDS = tuple(item for item in TOOL.flat if item.dotted in ("cost.level", "platforms", "license.type"))
WARNED_OF = ("stub", "caution", "retired")
_TITLE, _URL, _SUMMARY, _SNIPPET, _TICK, _INSTEAD, _VERIFIED, _FACTS = range(8)
_NOTHING = (None,) * len(FIELDS)


@dataclass(frozen=True, slots=True)
class Row:
    """A page in a list. The facts of a translation are those of its `original`.

    `here` is the category that the whole list is of, which its rows don't name; `ticks`: tools have a box to compare them.
    """

    card: PageCard
    original: PageCard | None = None
    snippet: Markup | str = ""
    here: str = ""
    ticks: bool = True

    @property
    def tick(self) -> str:
        """The value of the box to compare; empty for none."""
        told = self.original or self.card
        return told.path if self.ticks and told.kind == "tool" else ""

    def __html__(self) -> str:
        known, card, told = kept(), self.card, self.original or self.card
        tick = self.tick
        values: list[Any] = [card.title, address(card.path), card.summary, self.snippet, tick, None, None, *_NOTHING]
        recorded: tuple[bool, ...] = ()
        if told.kind == "tool":
            day = told.last_verified
            values[_VERIFIED] = known.get(("verified", day)) or known.once(("verified", day), lambda: _verified(day))
            values[_FACTS:] = facts = [_fact(known, item, told.value(item.dotted)) for item in FIELDS]
            recorded = tuple(fact is not None for fact in facts)
        category = known.get(("category", told.path.partition("/")[0])) or views.category_of(told.path)
        named = category if category is not None and category["id"] != self.here else None
        status = told.status if told.status in WARNED_OF else ""
        if status == "retired":
            values[_INSTEAD] = _instead(told)
        shape = (bool(card.summary), bool(self.snippet), bool(tick), recorded, status, values[_INSTEAD] is not None)
        key = ("row", told.kind, card.language, named["id"] if named else "", *shape)
        mould = known.get(key) or known.once(key, lambda: _mould(KINDS[told.kind], card.language, named, *shape))
        html: str = mould.filled(*values)
        return html


def _fact(known: Kept, item: Field, value: Any) -> Markup | None:
    """The value of a field as `shown` has it, None where nothing is recorded. Most have been made before."""
    if value in (None, "", []):
        return None
    parts = value if type(value) is list else [value]
    made = [known.get(("shown", item.dotted, part)) for part in parts if type(part) is str]
    return Markup(", ".join(made)) if all(made) and len(made) == len(parts) else shown(item, value)


def _instead(card: PageCard) -> Markup | None:
    """A link to what took the place of a page."""
    successor = wiki().catalog.card(str(card.value("replaced_by") or "").strip("/"))
    return Markup('<a href="{}">{}</a>').format(address(successor.path), successor.title) if successor else None


def _verified(day: date | None) -> Markup:
    return Markup(call("_macros/pages.html", "verified", on=day))


def _mould(
    kind: PageKind,
    its_language: str,
    category: dict[str, Any] | None,
    summary: bool,
    snippet: bool,
    tick: bool,
    recorded: tuple[bool, ...],
    status: str,
    replaced: bool,
) -> Mould:
    facts = []
    if kind.id == "tool":
        facts = [
            {"label": gettext(item.label), "value": hole(_FACTS + number)}
            for number, item in enumerate(FIELDS)
            if recorded[number]
        ]
        facts.append({"label": gettext("Last verified"), "value": hole(_VERIFIED)})
    labels = [] if kind.id in ("tool", "page") else [gettext(kind.label)]
    if its_language != language():
        labels.append(gettext("in %(language)s", language=views.language_name(its_language)))
    html = call(
        "_macros/pages.html",
        "row",
        title=hole(_TITLE),
        url=hole(_URL),
        summary=hole(_SUMMARY) if summary else "",
        category=category,
        facts=facts,
        status=status,
        tick=hole(_TICK) if tick else "",
        snippet=hole(_SNIPPET) if snippet else "",
        instead=hole(_INSTEAD) if replaced else "",
        kind_label=" · ".join(labels),
        its_language=views.language_attributes(its_language),
    )
    return Mould(html, _FACTS + len(FIELDS))
