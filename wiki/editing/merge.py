"""Bringing two people's changes to one page together: facts by field, text by line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from merge3 import Merge3

from wiki.editing.edit import FieldConflict, Passage
from wiki.markup.diff import matches
from wiki.markup.front_matter import REMOVE, load, set_body, update
from wiki.markup.line_ends import unix
from wiki.markup.yaml_edit import same

_WORD = re.compile(r"[A-Za-z0-9]+|\S")


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


def merge(base: str, ours: str, theirs: str, own: bool = False) -> Merge:
    """Merge `theirs` (the person's text, made from `base`) into `ours` (what the wiki holds now).

    With `own` it was the same person who wrote both: theirs stands where it only adds to what ours says, or takes away a
    part of what ours had added, as it does when they have gone back in the browser and written on. Another form of theirs
    would hold nothing of what ours added. The line ends are those of `ours`.
    Raises Invalid("front_matter.…") where the facts of both together break a limit.
    """
    if ours in (base, theirs):
        return Merge(theirs)
    if theirs == base:
        return Merge(ours)
    ends = ends_of(ours)
    if any(ends_of(text) != ends for text in (base, theirs)):
        base, ours, theirs = (with_ends(text, ends) for text in (base, ours, theirs))
    parts = [load(text) for text in (base, ours, theirs)]
    if any(part.problem for part in parts):
        passages = merge_lines(base, ours, theirs, own)
        return Merge(_joined(passages), passages)
    changes, conflicts = merge_fields(parts[0].fields, parts[1].fields, parts[2].fields, own)
    passages = merge_lines(parts[0].body, parts[1].body, parts[2].body, own)
    source = set_body(update(ours, changes), _joined(passages))
    return Merge(source, passages, tuple(conflicts))


def merge_fields(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    own: bool = False,
    prefix: str = "",
) -> tuple[dict[str, Any], list[FieldConflict]]:
    """The changes to make to `ours` so that it holds `theirs` too, and the facts changed to two different values."""
    changes: dict[str, Any] = {}
    conflicts: list[FieldConflict] = []
    for key in dict.fromkeys((*theirs, *base)):
        old, mine, new = (side.get(key, REMOVE) for side in (base, ours, theirs))
        if same(new, old) or same(new, mine):
            continue
        name = f"{prefix}{key}"
        if same(mine, old):
            changes[key] = _replacing(mine, new)
        elif isinstance(mine, dict) and isinstance(new, dict):
            inner, inner_conflicts = merge_fields(old if isinstance(old, dict) else {}, mine, new, own, f"{name}.")
            if inner:
                changes[key] = inner
            conflicts += inner_conflicts
        elif isinstance(mine, list) and isinstance(new, list) and (isinstance(old, list) or old is REMOVE):
            merged = _merge_lists(old if isinstance(old, list) else [], mine, new)
            if merged is not None:
                changes[key] = merged
            else:
                conflicts.append(FieldConflict(name, None if old is REMOVE else old, mine, new))
        elif own and isinstance(mine, str) and isinstance(new, str) and _goes_on(old, mine, new):
            changes[key] = new
        else:
            conflicts.append(FieldConflict(name, *(None if value is REMOVE else value for value in (old, mine, new))))
    return changes, conflicts


def merge_lines(base: str, ours: str, theirs: str, own: bool = False) -> tuple[Passage, ...]:
    """The text in passages; those in which both changed the same lines are marked."""
    old, mine, new = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    passages: list[Passage] = []
    for group in Merge3(old, mine, new, sequence_matcher=_Lines).merge_groups():
        if group[0] != "conflict":
            passages.append(Passage(text="".join(group[1])))
            continue
        base_here, ours_here, theirs_here = ("".join(side) for side in group[1:])
        if own and _goes_on(base_here, ours_here, theirs_here):
            passages.append(Passage(text=theirs_here))
        else:
            passages.append(Passage(ours=ours_here, theirs=theirs_here, both=True))
    return tuple(passages)


def ends_of(text: str) -> str:
    """The line ends that most lines of a text have."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def with_ends(text: str, ends: str) -> str:
    """A text with these line ends, whatever it has (a browser always sends CR LF)."""
    return unix(text).replace("\n", ends)


class _Lines:
    """Compares lines for Merge3, as differences do: in bounded time, whatever the texts."""

    def __init__(self, isjunk: object, a: Sequence[str], b: Sequence[str]) -> None:
        self._a, self._b = a, b

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        """Where both are the same: (start in a, start in b, number of lines), closed by an empty one as difflib's are."""
        return [*matches(self._a, self._b), (len(self._a), len(self._b), 0)]


def _merge_lists(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any] | None:
    """Both sides' changes to a list; None where they can't be brought together.

    Words (tags, platforms) are a set that happens to have an order: who adds and who takes away never disagree. Rows
    are merged like lines; rows that both added stay both.
    """
    if all(isinstance(item, str) for item in (*base, *ours, *theirs)):
        kept = [item for item in ours if item in theirs or item not in base]
        return kept + [item for item in theirs if item not in kept and item not in base]
    old, mine, new = ([json.dumps(item, sort_keys=True) for item in items] for items in (base, ours, theirs))
    merged: list[str] = []
    for group in Merge3(old, mine, new, sequence_matcher=_Lines).merge_groups():
        if group[0] != "conflict":
            merged += group[1]
        elif group[1]:
            return None
        else:
            merged += [*group[2], *(row for row in group[3] if row not in group[2])]
    return [json.loads(row) for row in merged]


def _goes_on(base: object, ours: str, theirs: str) -> bool:
    """Whether `theirs` holds all words of `ours`, in their order, or nothing but some of them, with one that ours added."""
    old, mine, new = (_WORD.findall(text) if isinstance(text, str) else [] for text in (base, ours, theirs))
    # A full stop that both added tells nothing.
    keeps_one = any(word.isalnum() for word in Counter(new) - Counter(old))
    return bool(mine) and (_within(mine, new) or (keeps_one and _within(new, mine)))


def _within(words: list[str], others: list[str]) -> bool:
    """Whether `others` has all these words, in their order."""
    rest = iter(others)
    return all(word in rest for word in words)


def _joined(passages: tuple[Passage, ...]) -> str:
    return "".join(passage.ours if passage.both else passage.text for passage in passages)


def _replacing(old: Any, new: Any) -> Any:
    """The change that turns one value into another: `update` compares mappings key by key, so what went must be named."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    gone = {key: REMOVE for key in old if key not in new}
    return {**gone, **{key: _replacing(old.get(key), value) for key, value in new.items()}}
