"""The values of a vocabulary by the words that people use for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wiki.pages.path import slug
from wiki.pages.settings import Term


class Terms:
    """Finds values by themselves, their labels in any language, and their synonyms."""

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self._ids = frozenset(terms)
        self._words: dict[str, str] = {}
        for id, term in terms.items():
            for word in (id, *term.label.values(), *term.synonyms):
                if slug(word):
                    self._words.setdefault(slug(word), id)

    def find(self, word: str) -> str | None:
        """The value that a word stands for."""
        word = word.strip()
        return word if word in self._ids else self._words.get(slug(word)) if slug(word) else None

    def among(self, words: Iterable[str]) -> Iterator[str]:
        """The values that some of these words stand for, each once."""
        return iter(dict.fromkeys(found for found in map(self.find, words) if found))
