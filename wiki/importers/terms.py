"""The values of a vocabulary by the words that people use for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from wiki.pages.path import slug
from wiki.pages.settings import Term

# The longest synonym that is looked for in a text has so many words.
_MAX_WORDS = 5


class Terms:
    """Finds values by themselves, their labels in any language, and their synonyms."""

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self._ids = frozenset(terms)
        self._words: dict[str, str] = {}
        self._phrases: dict[tuple[str, ...], str] = {}
        for id, term in terms.items():
            for word in (id, *term.label.values(), *term.synonyms):
                if slug(word):
                    self._words.setdefault(slug(word), id)
                    self._phrases.setdefault(_singular(word), id)
            for name in term.products:
                self._phrases.setdefault(_singular(name), id)

    def find(self, word: str) -> str | None:
        """The value that a word stands for."""
        word = word.strip()
        return word if word in self._ids else self._words.get(slug(word)) if slug(word) else None

    def among(self, words: Iterable[str]) -> Iterator[str]:
        """The values that some of these words stand for, each once."""
        return iter(dict.fromkeys(found for found in map(self.find, words) if found))

    def told_by(self, text: str, least: int = 0) -> str | None:
        """The value that a text speaks of: what most words of it that follow one another stand for, of `least` letters
        at least. The name of a product stands for what it is."""
        words = _singular(text)
        for length in range(_MAX_WORDS, 0, -1):
            for start in range(len(words) - length + 1):
                phrase = words[start : start + length]
                found = self._phrases.get(phrase)
                if found is not None and len("".join(phrase)) >= least:
                    return found
        return None


def _singular(text: str) -> tuple[str, ...]:
    """The words of a text, with an s at the end of none."""
    return tuple(word.removesuffix("s") for word in re.findall(r"\w+", text.casefold()))
