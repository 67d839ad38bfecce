"""Bringing two people's changes to one page together: facts by field, text by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from merge3 import Merge3

from wiki.editing.edit import FieldConflict, Passage
from wiki.markup.front_matter import REMOVE, load, set_body, update

MAX_LINES = 50_000


@dataclass(frozen=True, slots=True)
class Merge:
    """The outcome: `source` holds all that could be merged, with the wiki's version of what could not.

    `passages` are the text in order, `fields` the facts in conflict.
    """

    source: str
    passages: tuple[Passage, ...] = ()
    fields: tuple[FieldConflict, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left for a person to decide."""
        return not self.fields and not any(passage.both for passage in self.passages)


def merge(base: str, ours: str, theirs: str, prefer_theirs: bool = False) -> Merge:
    """Merge `theirs` (the person's text, made from `base`) into `ours` (what the wiki holds now).

    With `prefer_theirs` the person's version stands where both changed the same.
    """
    if ours in (base, theirs):
        return Merge(theirs)
    if theirs == base:
        return Merge(ours)
    parts = [load(text) for text in (base, ours, theirs)]
    if any(part.problem for part in parts):
        passages = merge_lines(base, ours, theirs, prefer_theirs)
        return Merge(_joined(passages), passages)
    changes, conflicts = merge_fields(parts[0].fields, parts[1].fields, parts[2].fields, prefer_theirs)
    passages = merge_lines(parts[0].body, parts[1].body, parts[2].body, prefer_theirs)
    source = set_body(update(ours, changes), _joined(passages))
    return Merge(source, passages, tuple(conflicts))


def merge_fields(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    prefer_theirs: bool = False,
    prefix: str = "",
) -> tuple[dict[str, Any], list[FieldConflict]]:
    """The changes to make to `ours` so that it holds `theirs` too, and the facts changed to two different values."""
    changes: dict[str, Any] = {}
    conflicts: list[FieldConflict] = []
    for key in dict.fromkeys((*theirs, *base)):
        old, mine, new = (side.get(key, REMOVE) for side in (base, ours, theirs))
        if _same(new, old) or _same(new, mine):
            continue
        name = f"{prefix}{key}"
        if _same(mine, old):
            changes[key] = new if not isinstance(new, dict) or not isinstance(mine, dict) else _replacing(mine, new)
        elif isinstance(mine, dict) and isinstance(new, dict):
            inner, inner_conflicts = merge_fields(
                old if isinstance(old, dict) else {}, mine, new, prefer_theirs, f"{name}."
            )
            if inner:
                changes[key] = inner
            conflicts += inner_conflicts
        elif _is_set(mine) and _is_set(new) and (_is_set(old) or old is REMOVE):
            before = old if isinstance(old, list) else []
            kept = [item for item in mine if item in new or item not in before]
            changes[key] = kept + [item for item in new if item not in kept and item not in before]
        elif prefer_theirs:
            changes[key] = new
        else:
            conflicts.append(FieldConflict(name, *(None if value is REMOVE else value for value in (old, mine, new))))
    return changes, conflicts


def merge_lines(base: str, ours: str, theirs: str, prefer_theirs: bool = False) -> tuple[Passage, ...]:
    """The text in passages; those in which both changed the same lines are marked."""
    old, mine, new = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    if len(old) + len(mine) + len(new) > MAX_LINES:
        # Comparing would take too long to wait for; the person decides over the whole text.
        return (Passage(ours=ours, theirs=theirs, both=True),)
    passages: list[Passage] = []
    for group in Merge3(old, mine, new).merge_groups():
        if group[0] != "conflict":
            passages.append(Passage(text="".join(group[1])))
            continue
        _, _, ours_here, theirs_here = group
        if prefer_theirs:
            passages.append(Passage(text="".join(theirs_here)))
        else:
            passages.append(Passage(ours="".join(ours_here), theirs="".join(theirs_here), both=True))
    return tuple(passages)


def _joined(passages: tuple[Passage, ...]) -> str:
    return "".join(passage.ours if passage.both else passage.text for passage in passages)


def _replacing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that turn one mapping into another: `update` compares key by key, so what went must be named."""
    return {**{key: REMOVE for key in old if key not in new}, **new}


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _is_set(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
