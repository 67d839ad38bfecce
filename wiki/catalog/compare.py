"""Tools side by side: one row a field, the rows in which they differ first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from wiki.catalog.card import PageCard, declared
from wiki.pages.fields import Field
from wiki.pages.kinds import KINDS

MIN_TOOLS, MAX_TOOLS = 2, 5


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
    """What an amount of use would cost with a recorded price; `per` says what is counted (message, seat-month …)."""

    amount: Decimal
    currency: str
    per: str
    note: str


def compare(cards: Sequence[PageCard]) -> Comparison:
    """Compare pages by the fields that their kinds declare comparable, those that differ first."""
    fields: dict[str, Field] = {}
    for card in cards:
        for item in KINDS[card.kind].flat:
            if item.compare:
                fields.setdefault(item.dotted, item)
    rows, empty = [], []
    for item in fields.values():
        values = tuple(_value(card, item) for card in cards)
        if all(value is None for value in values):
            empty.append(item)
        else:
            rows.append(ComparisonRow(item, values, len({repr(value) for value in values}) > 1))
    rows.sort(key=lambda row: not row.differs)
    return Comparison(tuple(cards), tuple(rows), tuple(empty))


def differences(one: PageCard, other: PageCard, limit: int = 4) -> list[ComparisonRow]:
    """The first few facts that are recorded for both and in which two pages differ."""
    rows = compare((one, other)).rows
    return [row for row in rows if row.differs and None not in row.values][:limit]


def true_costs(card: PageCard, number: int, per: str) -> list[TrueCost]:
    """What `number` messages, minutes, seats … would cost, for each recorded price that counts in them."""
    found = []
    prices = card.value("cost.prices")
    for price in prices if isinstance(prices, list) else []:
        if not isinstance(price, dict) or price.get("per") != per:
            continue
        try:
            amount = Decimal(str(price.get("amount"))) * number
        except InvalidOperation:
            continue
        if amount.is_finite():
            found.append(TrueCost(amount, str(price.get("currency") or ""), per, str(price.get("note") or "")))
    return found


def _value(card: PageCard, item: Field) -> Any:
    value = card.value(item.dotted)
    if not declared(item, value):
        return None
    if item.is_list and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    return value
