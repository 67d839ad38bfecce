"""Quoted words and words to leave out: checked exactly, in the stored text."""

from __future__ import annotations

import re
from itertools import pairwise

from wiki.search.schema import FORMS
from wiki.search.snapshot import Snapshot
from wiki.search.synonyms import Phrase
from wiki.search.text import normalise, unspaced

MAX_CHECKED = 2_000


def matching(snapshot: Snapshot, phrase: Phrase, among: set[int] | None) -> set[int]:
    """The documents (only `among` these) that have exactly these words side by side.

    At most 2,000 candidates that have all of the words are read; a phrase that needs more has only common words.
    """
    lists = sorted((snapshot.postings(FORMS, word)[0] for word in set(phrase) if not word.isdigit()), key=len)
    if lists:
        found = set(lists[0])
        for numbers in lists[1:]:
            found.intersection_update(numbers)
    else:
        found = set(snapshot.live)
    if among is not None:
        found &= among
    if len(phrase) == 1 and lists:
        return found
    # Without a condition before it, the expression begins with plain letters, which `re` finds many times faster.
    pattern = re.compile(_written(phrase) + ("" if unspaced(phrase[-1]) else r"(?![^\W_])"))
    return {
        number
        for number in sorted(found)[:MAX_CHECKED]
        if _occurs(pattern, normalise("\n".join(snapshot.text(number))))
    }


def _written(phrase: Phrase) -> str:
    """The words as an expression: signs between them, but pairs of characters that overlap are one run."""
    expression = re.escape(phrase[0])
    for before, word in pairwise(phrase):
        runs_on = unspaced(before) and unspaced(word) and before[-1] == word[0]
        expression += re.escape(word[1:]) if runs_on else rf"[\W_]+{re.escape(word)}"
    return expression


def _occurs(pattern: re.Pattern[str], text: str) -> bool:
    return any(
        match.start() == 0 or not text[match.start() - 1].isalnum() or unspaced(match[0])
        for match in pattern.finditer(text)
    )
