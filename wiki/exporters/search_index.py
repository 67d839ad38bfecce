"""A search index that a browser can use without a server: which page has which word, and how much it is about it.

Words are cut the same way here and in `assets/search.js`; a change to one is a change to both.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from wiki.search.stopwords import STOP_WORDS

TITLE, NAME, SUMMARY, SYNONYM = 24, 12, 6, 3
MAX_WORD = 32
MAX_TEXT_WEIGHT = 5
_WORD = re.compile(r"[^\W_]+")


@dataclass(slots=True)
class SearchIndex:
    """Pages as the search page shows them, and the words by which they are found."""

    groups: Sequence[tuple[str, ...]] = ()
    _pages: list[list[str]] = field(default_factory=list)
    _words: dict[str, list[int]] = field(default_factory=dict)
    _stop: set[str] = field(default_factory=set)

    def add(
        self, shown: Sequence[str], title: str, names: Iterable[str], summary: str, text: str, language: str
    ) -> None:
        """Add a page. `shown` are the values that the search page needs of it."""
        stop = _stop_words(language)
        self._stop |= stop
        weights: Counter[str] = Counter()
        for word, count in Counter(words(text)).items():
            if word not in stop:
                weights[word] = min(MAX_TEXT_WEIGHT, 1 + int(math.log2(count)))
        for weight, parts in ((TITLE, (title,)), (NAME, tuple(names)), (SUMMARY, (summary,))):
            for word in {word for part in parts for word in words(part)} - stop:
                weights[word] += weight
        whole = f" {' '.join(words(f'{title} {summary} {text}'))} "
        for group in self.groups:
            phrases = [" ".join(words(phrase)) for phrase in group]
            if any(phrase and f" {phrase} " in whole for phrase in phrases):
                for word in {word for phrase in phrases for word in phrase.split()} - stop:
                    weights[word] = max(weights[word], SYNONYM)
        number = len(self._pages)
        self._pages.append(list(shown))
        for word, weight in weights.items():
            self._words.setdefault(word, []).extend((number, weight))

    def script(self) -> str:
        """The index as a script: a browser that shows files of a disk reads no data, but it runs scripts."""
        data = {"pages": self._pages, "words": dict(sorted(self._words.items())), "stop": sorted(self._stop)}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        # Valid JSON, and still harmless if somebody puts the script into a page.
        return "window.wikiIndex = " + text.replace("<", "\\u003c").replace("\u2028", "\\u2028") + ";\n"


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(word for text in STOP_WORDS.get(language, ()) for word in words(text))


def words(text: str) -> list[str]:
    """The words of a text without capitals, accents and the s of plurals."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [_singular(word[:MAX_WORD]) for word in _WORD.findall(plain)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
