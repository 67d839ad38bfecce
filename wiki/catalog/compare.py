"""Tools side by side: one row a field, the rows in which they differ first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from wiki.catalog.card import PageCard, as_date, declared
from wiki.pages.fields import Field
from wiki.pages.kinds import KINDS
from wiki.pages.kinds.shared import MOST_TELLING, most_telling_first

MIN_TOOLS, MAX_TOOLS = 2, 5
MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One field of the pages compared; a value is None where nobody recorded it."""

    field: Field
    values: tuple[Any, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pages side by side. `empty` are fields recorded for none of them."""

    cards: tuple[PageCard, ...]
    rows: tuple[ComparisonRow, ...]
    empty: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class TrueCost:
    """What an amount of use would cost with a price as it was recorded, `as_of` a day if that is known; `per` says what
    is counted (message, seat-month …)."""

    amount: Decimal
    currency: str
    per: str
    note: str
    as_of: date | None


def compare(cards: Sequence[PageCard]) -> Comparison:
    """Compare pages by the fields that their kinds declare comparable, those that differ first."""
    fields: dict[str, Field] = {}
    for card in cards:
        for item in KINDS[card.kind].flat:
            if item.compare:
                fields.setdefault(item.dotted, item)
    rows, empty = [], []
    for item in most_telling_first(fields.values()):
        values = tuple(_value(card, item) for card in cards)
        if all(value is None for value in values):
            empty.append(item)
        else:
            rows.append(ComparisonRow(item, values, len({repr(value) for value in values}) > 1))
    rows.sort(key=lambda row: not row.differs)
    return Comparison(tuple(cards), tuple(rows), tuple(empty))


def differences(one: PageCard, other: PageCard) -> list[ComparisonRow]:
    """The facts recorded for both in which two tools differ and by which people choose, most telling first; what kind of
    tool each is, their summaries say."""
    rows = (row for row in compare((one, other)).rows if row.differs and None not in row.values)
    return list(islice((row for row in rows if _decides(row.field)), MOST_SHOWN))


def true_costs(card: PageCard, number: int, per: str) -> list[TrueCost]:
    """What `number` messages, minutes, seats … would cost, for each recorded price that counts in them; for ``percent``
    it is an amount of money that passes through."""
    found, as_of = [], as_date(card.value("cost.as_of"))
    prices = card.value("cost.prices")
    for price in prices if isinstance(prices, list) else []:
        if not isinstance(price, dict) or price.get("per") != per:
            continue
        try:
            amount = Decimal(str(price.get("amount"))) * number / (100 if per == "percent" else 1)
        except InvalidOperation:
            continue
        if amount.is_finite():
            note = str(price.get("note") or "")
            found.append(TrueCost(amount, str(price.get("currency") or ""), per, note, as_of))
    return found


def _decides(item: Field) -> bool:
    return item.dotted != "functions" and (bool(item.facet) or item.dotted in MOST_TELLING)


def _value(card: PageCard, item: Field) -> Any:
    value = card.value(item.dotted)
    if not declared(item, value):
        return None
    if item.is_list and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    return value
