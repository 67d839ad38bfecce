"""What rules for blocks of lines share."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

# What a block may begin in the middle of.
INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def text_of(state: StateBlock, line: int) -> str:
    """A line without what it is indented by."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def closing_line(
    state: StateBlock, start: int, end: int, what: Hashable, closes: Callable[[str], object]
) -> int | None:
    """The first line after `start` that closes a block of the kind `what`; None where there is none before `end`.

    What isn't closed is looked for once, not again from each line that opens one.
    """
    unclosed = state.env.setdefault("unclosed", {})
    if start < unclosed.get(what, 0):
        return None
    found = next((line for line in range(start + 1, end) if closes(text_of(state, line))), None)
    if found is None:
        unclosed[what] = end
    return found
