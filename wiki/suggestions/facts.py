"""What changed between two versions of a page's facts, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FactChange:
    """A field with two values, dotted inside a mapping ("cost.level"); None where it is not recorded."""

    name: str
    old: Any
    new: Any


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FactChange, ...]:
    """The fields that differ, in the order of the new version, those that went last."""
    before, after = dict(_flat(old)), dict(_flat(new))
    names = [*after, *(name for name in before if name not in after)]
    changes = (FactChange(name, before.get(name), after.get(name)) for name in names)
    return tuple(change for change in changes if not _same(change.old, change.new))


def _flat(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in fields.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _same(one: Any, other: Any) -> bool:
    # In Python true equals 1; in a page they are different facts.
    return type(one) is type(other) and bool(one == other)
