"""What changed between two texts, line by line and, inside of changed lines, word by word.

Bounded: lines are matched by Myers' algorithm between anchors (lines that both sides have exactly once), with a budget;
where it runs out, what is left counts as replaced. So a difference is always right, and for huge rewrites coarser.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["kept", "removed", "added"]
Match = tuple[int, int, int]

WORD = re.compile(r"\w+|\s+|[^\w\s]")
LINE_BUDGET = 400_000
WORD_BUDGET = 400_000
MAX_CHARS = 100_000
MAX_WORDS = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line; `changed` pieces are what the other side's line doesn't have."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line feed; numbers count from 1, None on the side that doesn't have it."""

    kind: Kind
    old: int | None
    new: int | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of lines around changes. Within a change the removed lines come before the added ones."""

    lines: tuple[Line, ...]


class _Budget:
    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps


def words(old: str, new: str, context: int = 3) -> list[Hunk]:
    """The changes from `old` to `new`, with up to `context` unchanged lines around each; [] if there are none."""
    if old == new:
        return []
    before, after = old.split("\n"), new.split("\n")
    budget = _Budget(WORD_BUDGET)
    hunks: list[list[Line]] = []
    lines: list[Line] = []
    a = b = 0
    for start_a, start_b, size in [*matches(before, after), (len(before), len(after), 0)]:
        lines += _replaced(before[a:start_a], after[b:start_b], a, b, budget)
        a, b = start_a + size, start_b + size
        head = min(size, context) if lines else 0
        tail = size if a == len(before) and b == len(after) else max(size - context, head)
        lines += _kept(before, start_a, start_b, 0, head)
        if tail > head and lines:
            hunks.append(lines)
            lines = []
        lines += _kept(before, start_a, start_b, tail, size)
    return [Hunk(tuple(found)) for found in [*hunks, lines] if found]


def matches(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """(start in a, start in b, length) of what both have in common, in order, not overlapping."""
    return _joined(_common(a, b, 0, len(a), 0, len(b), _Budget(LINE_BUDGET)))


def _kept(before: list[str], a: int, b: int, first: int, end: int) -> Iterator[Line]:
    for offset in range(first, end):
        yield Line("kept", a + offset + 1, b + offset + 1, (Part(before[a + offset], False),))


def _replaced(removed: list[str], added: list[str], a: int, b: int, budget: _Budget) -> Iterator[Line]:
    if removed and added and sum(map(len, removed)) + sum(map(len, added)) <= MAX_CHARS:
        left, right = _marked("\n".join(removed), "\n".join(added), budget)
    else:
        left = [(Part(line, True),) if line else () for line in removed]
        right = [(Part(line, True),) if line else () for line in added]
    for offset, parts in enumerate(left):
        yield Line("removed", a + offset + 1, None, parts)
    for offset, parts in enumerate(right):
        yield Line("added", None, b + offset + 1, parts)


def _marked(old: str, new: str, budget: _Budget) -> tuple[list[tuple[Part, ...]], list[tuple[Part, ...]]]:
    """The lines of both sides in parts; lines that share too little count as changed altogether."""
    before, after = WORD.findall(old), WORD.findall(new)
    found: list[Match] = []
    if max(len(before), len(after)) <= MAX_WORDS:
        found = _joined(_common(before, after, 0, len(before), 0, len(after), budget))
    kept_a = bytearray(len(before))
    kept_b = bytearray(len(after))
    for start_a, start_b, size in found:
        kept_a[start_a : start_a + size] = b"\1" * size
        kept_b[start_b : start_b + size] = b"\1" * size
    return _parts(before, kept_a), _parts(after, kept_b)


def _parts(tokens: list[str], kept: bytearray) -> list[tuple[Part, ...]]:
    lines: list[list[Part]] = [[]]
    text, state = "", False
    for token, is_kept in zip(tokens, kept, strict=True):
        changed = not is_kept
        for index, piece in enumerate(token.split("\n")):
            if index or changed != state:
                if text:
                    lines[-1].append(Part(text, state))
                text, state = "", changed
            if index:
                lines.append([])
            text += piece
    if text:
        lines[-1].append(Part(text, state))
    return [tuple(line) for line in lines]


def _joined(found: list[Match]) -> list[Match]:
    joined: list[Match] = []
    for a, b, size in found:
        if joined and joined[-1][0] + joined[-1][2] == a and joined[-1][1] + joined[-1][2] == b:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + size)
        else:
            joined.append((a, b, size))
    return joined


def _common(
    a: Sequence[str], b: Sequence[str], a_from: int, a_to: int, b_from: int, b_to: int, budget: _Budget
) -> list[Match]:
    start = 0
    while a_from + start < a_to and b_from + start < b_to and a[a_from + start] == b[b_from + start]:
        start += 1
    end = 0
    while a_to - end > a_from + start and b_to - end > b_from + start and a[a_to - end - 1] == b[b_to - end - 1]:
        end += 1
    found: list[Match] = [(a_from, b_from, start)] if start else []
    inner = (a_from + start, a_to - end, b_from + start, b_to - end)
    if inner[0] < inner[1] and inner[2] < inner[3]:
        for piece in _between_anchors(a, b, *inner):
            found += _myers(a, b, *piece, budget)
    if end:
        found.append((a_to - end, b_to - end, end))
    return found


def _between_anchors(
    a: Sequence[str], b: Sequence[str], a_from: int, a_to: int, b_from: int, b_to: int
) -> Iterator[tuple[int, int, int, int]]:
    """The stretches between lines that both sides have once, in the longest order that they share; anchors included."""
    once_a = _once(a, a_from, a_to)
    once_b = _once(b, b_from, b_to)
    pairs = [(position, once_b[text]) for text, position in once_a.items() if text in once_b]
    last_a, last_b = a_from, b_from
    for position, other in _longest_rising(pairs):
        yield last_a, position + 1, last_b, other + 1
        last_a, last_b = position + 1, other + 1
    yield last_a, a_to, last_b, b_to


def _once(texts: Sequence[str], start: int, end: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for position in range(start, end):
        text = texts[position]
        found[text] = -1 if text in found else position
    return {text: position for text, position in found.items() if position >= 0}


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs` (rising in the first) that rises in the second too; O(n log n)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        place = bisect_left(tops, value)
        before.append(ends[place - 1] if place else -1)
        if place == len(tops):
            tops.append(value)
            ends.append(index)
        else:
            tops[place], ends[place] = value, index
    rising = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rising.append(pairs[index])
        index = before[index]
    return rising[::-1]


def _myers(
    a: Sequence[str], b: Sequence[str], a_from: int, a_to: int, b_from: int, b_to: int, budget: _Budget
) -> list[Match]:
    """The shortest edit between two stretches (Myers 1986); where the budget ends, only what ends both alike."""
    n, m = a_to - a_from, b_to - b_from
    if not n or not m:
        return []
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for depth in range(n + m + 1):
        history.append(furthest)
        furthest = dict(furthest) if depth < 2 else {k: x for k, x in furthest.items() if abs(k) <= depth}
        budget.left -= 2 * depth + 1
        if budget.left < 0:
            break
        for k in range(-depth, depth + 1, 2):
            if k == -depth or (k != depth and furthest.get(k - 1, -1) < furthest.get(k + 1, -1)):
                x = furthest.get(k + 1, 0)
            else:
                x = furthest[k - 1] + 1
            y = x - k
            while x < n and y < m and a[a_from + x] == b[b_from + y]:
                x += 1
                y += 1
            furthest[k] = x
            if x >= n and y >= m:
                return _traced(history, n, m, a_from, b_from)
    size = 0
    while size < min(n, m) and a[a_to - size - 1] == b[b_to - size - 1]:
        size += 1
    return [(a_to - size, b_to - size, size)] if size else []


def _traced(history: list[dict[int, int]], x: int, y: int, a_from: int, b_from: int) -> list[Match]:
    found: list[Match] = []
    for depth in range(len(history) - 1, -1, -1):
        furthest = history[depth]
        k = x - y
        if k == -depth or (k != depth and furthest.get(k - 1, -1) < furthest.get(k + 1, -1)):
            previous = k + 1
        else:
            previous = k - 1
        start_x = furthest.get(previous, 0) if depth else 0
        start_y = start_x - previous if depth else 0
        down = previous == k + 1
        after_x = start_x if down else start_x + 1
        if not depth:
            after_x = 0
        size = x - after_x
        if size > 0:
            found.append((a_from + x - size, b_from + y - size, size))
        x, y = start_x, start_y
    return found[::-1]
