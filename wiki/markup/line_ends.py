"""Line ends: a browser sends a text with its own, a file keeps those that it has."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
# So many pairs of lines are compared at most; beyond it a new line gets the end that most lines have.
_MOST_PAIRS = 4_000_000


def unix(text: str) -> str:
    """A text with line feeds alone at the ends of its lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def kept_ends(old: str, new: str) -> str:
    """`new`, as a form sent it, with the line ends of `old`: lines that stayed keep theirs to the byte, new ones get
    the most usual. Where `old` has only line feeds, `new` has only line feeds."""
    text = unix(new)
    if "\r" not in old:
        return text
    before = [(line, end) for line, end in _LINE.findall(old) if line or end]
    after = text.split("\n")
    usual = Counter(end for _, end in before if end).most_common(1)[0][0]
    ends = [usual] * len(after)
    for at, start, size in _same([line for line, _ in before], after):
        for offset in range(size):
            ends[start + offset] = before[at + offset][1] or usual
    return "".join(line + end for line, end in zip(after[:-1], ends, strict=False)) + after[-1]


def _same(before: list[str], after: list[str]) -> list[tuple[int, int, int]]:
    """Runs of equal lines: where in the one, where in the other, how many."""
    most = min(len(before), len(after))
    first = next((at for at in range(most) if before[at] != after[at]), most)
    last = next((at for at in range(most - first) if before[-1 - at] != after[-1 - at]), most - first)
    runs = [(0, 0, first), (len(before) - last, len(after) - last, last)]
    left, right = before[first : len(before) - last], after[first : len(after) - last]
    if len(left) * len(right) <= _MOST_PAIRS:
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        runs += [(first + run.a, first + run.b, run.size) for run in matcher.get_matching_blocks()]
    return runs
