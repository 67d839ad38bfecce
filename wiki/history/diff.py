"""What changed between two versions of a page: its text by words, its facts by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One fact before and after; None where it was not recorded. `name` has dots for what is inside: "cost.level"."""

    name: str
    old: Any
    new: Any


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """The facts that differ, in the order of the new page and then those that are gone.

    Inside of mappings each value is a fact of its own; a list is one fact.
    """
    return list(_compare(old, new, "", 0))


def _compare(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str, depth: int) -> Iterator[FieldChange]:
    for key in [*new, *(key for key in old if key not in new)]:
        was, now, name = old.get(key), new.get(key), f"{prefix}{key}"
        if was == now and type(was) is type(now):
            continue
        deeper = isinstance(was, Mapping) or isinstance(now, Mapping)
        if deeper and depth < MAX_DEPTH and all(value is None or isinstance(value, Mapping) for value in (was, now)):
            yield from _compare(was or {}, now or {}, f"{name}.", depth + 1)
        else:
            yield FieldChange(name, was, now)
