"""Words and phrases that mean the same, found in a query."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from types import MappingProxyType

from wiki.search.stopwords import WITHOUT
from wiki.search.text import Language, folded, language, letters, words

MAX_PHRASES = 20_000
MAX_ALTERNATIVES = 6
MAX_LENGTH = 6
MAX_BEGINNINGS = 200
MAX_ENDING = 2

Phrase = tuple[str, ...]
# The facts that a phrase speaks of, by its sorted terms; each with the words that it is in, if it is one word. Every server
# process has thousands of them: so they are tuples.
_Facts = dict[Phrase, tuple[tuple[str, Phrase], ...]]


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of a query (`length` words from `start`) and the phrases that mean the same."""

    start: int
    length: int
    alternatives: tuple[Phrase, ...]


class Synonyms:
    """Groups of phrases that mean the same.

    A phrase stands for the others of its own groups, not for those that they stand for in turn: groups in a circle are as
    harmless as groups of their own. Inflected forms are recognised in the language that they are asked in.

    `facts` are the phrases that speak of a fact of pages, by its name; `products` those of them that name a thing of which
    there may be no page.
    """

    def __init__(
        self,
        groups: Iterable[Sequence[str]] = (),
        facts: Mapping[str, Iterable[str]] = MappingProxyType({}),
        products: Iterable[str] = (),
    ) -> None:
        self._groups: list[tuple[Phrase, ...]] = []
        self._places: dict[str, dict[Phrase, list[int]]] = {}
        total = 0
        for group in groups:
            phrases = dict.fromkeys(tuple(words(str(phrase))[:MAX_LENGTH]) for phrase in group)
            phrases.pop((), None)
            total += len(phrases)
            if total > MAX_PHRASES:
                break
            if len(phrases) > 1:
                self._groups.append(tuple(phrases))
        self._facts = {
            name: tuple(dict.fromkeys(found for phrase in phrases if (found := tuple(words(phrase)[:MAX_LENGTH]))))
            for name, phrases in facts.items()
        }
        self._facts_in: dict[str, Sequence[_Facts]] = {}
        known = (word for group in (*self._groups, *self._facts.values()) for phrase in group for word in phrase)
        self._spellings = {folded(word): word for word in known}
        self._products = {tuple(map(folded, words(name))): name for name in products}

    @classmethod
    def build(cls, *sources: Iterable[Sequence[str]]) -> Synonyms:
        """From the groups of several places, such as the vocabulary and the list of synonyms."""
        return cls(group for source in sources for group in source)

    def spelling(self, word: str) -> str | None:
        """How a word is written in one of the phrases, accents or not; None if it is in none."""
        return self._spellings.get(folded(word))

    @cached_property
    def by_letter(self) -> Mapping[str, Sequence[tuple[str, int, str]]]:
        """The words of all phrases by their first letter: without accents, as bits of letters, and as written."""
        found: dict[str, list[tuple[str, int, str]]] = {}
        for plain, word in self._spellings.items():
            found.setdefault(plain[0], []).append((plain, letters(plain), word))
        return found

    @cached_property
    def _sorted(self) -> list[str]:
        phrases = {phrase for group in (*self._groups, *self._facts.values()) for phrase in group}
        return sorted({folded(" ".join(phrase)) for phrase in phrases})

    def completed(self, typed: Sequence[str]) -> str | None:
        """The shortest phrase that begins with these words without accents, the last of them perhaps unfinished."""
        start = " ".join(typed)
        place = bisect_left(self._sorted, start)
        following = takewhile(
            lambda phrase: phrase.startswith(start), islice(self._sorted, place, place + MAX_BEGINNINGS)
        )
        return min(following, key=len, default=None)

    def products(self, query: Sequence[str]) -> dict[str, range]:
        """The products that a query names, as they are written, and the places of the words."""
        if not self._products:
            return {}
        typed = [*map(folded, query)]
        stretches = (
            (start, end)
            for start in range(len(typed))
            for end in range(start + 1, min(start + MAX_LENGTH, len(typed)) + 1)
        )
        named = ((self._products.get(tuple(typed[start:end])), range(start, end)) for start, end in stretches)
        return {name: places for name, places in named if name is not None}

    def matches(self, query: Sequence[str], code: str) -> list[Match]:
        """The phrases of the query that have synonyms, the longest first; no word belongs to two of them."""
        places = self._in_language(code)
        terms = language(code).terms
        keys = [terms[word] for word in query]
        found: list[Match] = []
        taken = [False] * len(keys)
        for length in range(min(MAX_LENGTH, len(keys)), 0, -1):
            for start in range(len(keys) - length + 1):
                groups = places.get(tuple(keys[start : start + length]))
                if groups is None or any(taken[start : start + length]):
                    continue
                taken[start : start + length] = [True] * length
                own = tuple(keys[start : start + length])
                others = dict.fromkeys(phrase for place in groups for phrase in self._groups[place])
                kept = [phrase for phrase in others if tuple(terms[word] for word in phrase) != own]
                found.append(Match(start, length, tuple(kept[:MAX_ALTERNATIVES])))
        return found

    def facts(self, query: Sequence[str], code: str) -> list[tuple[str, ...]]:
        """The facts that a query speaks of, those that one stretch of it may mean together.

        A stretch has all words of a phrase, stop words and numbers aside, in whatever order: "list of 80 members" is "member list".
        A word alone is a form of the phrase, not of a word that has the stem in common: "accounts" isn't "accounting".
        """
        tongue = language(code)
        found: dict[tuple[str, ...], None] = {}
        # What a page is for and what narrows that overlap: "encrypted e-mail" speaks of both.
        for known in self._facts_of(tongue):
            for part in {tuple(_content(query, tongue)), tuple(query)}:
                keys = [_key(word, tongue) for word in part]
                taken = [False] * len(keys)
                for length in range(min(MAX_LENGTH, len(keys)), 0, -1):
                    for start in range(len(keys) - length + 1):
                        names = known.get(tuple(sorted(keys[start : start + length])), ())
                        said = tuple(name for name, forms in names if length > 1 or _is_form(part[start], forms))
                        if said and not any(taken[start : start + length]):
                            taken[start : start + length] = [True] * length
                            found[said] = None
        return list(found)

    def _facts_of(self, tongue: Language) -> Sequence[_Facts]:
        """For each kind of fact the phrases that speak of one."""
        kinds = self._facts_in.get(tongue.code)
        if kinds is None:
            found: dict[str, dict[Phrase, dict[str, Phrase]]] = {}
            for name, phrases in self._facts.items():
                known = found.setdefault(name.partition(":")[0], {})
                # A value called "no" is spoken of by nobody who says no more than that.
                telling = [phrase for phrase in phrases if not tongue.stop_words.issuperset(phrase)]
                for content in (_content(written, tongue) for phrase in telling for written in _joined(phrase)):
                    key = tuple(sorted(_key(word, tongue) for word in content))
                    names = known.setdefault(key, {})
                    names[name] = names.get(name, ()) + tuple(content if len(key) == 1 else ())
            kinds = self._facts_in[tongue.code] = [
                {key: tuple(names.items()) for key, names in known.items()} for known in found.values()
            ]
        return kinds

    def _in_language(self, code: str) -> dict[Phrase, list[int]]:
        places = self._places.get(code)
        if places is None:
            places = {}
            terms = language(code).terms
            for number, group in enumerate(self._groups):
                for phrase in {tuple(terms[word] for word in phrase) for phrase in group}:
                    held = places.setdefault(phrase, [])
                    if len(held) < MAX_ALTERNATIVES:
                        held.append(number)
            self._places[code] = places
        return places


def _joined(phrase: Phrase) -> Iterator[Phrase]:
    """A phrase, and how it is written with two of its words as one: "signup sheet"."""
    yield phrase
    for place in range(len(phrase) - 1 if len(phrase) > 2 else 0):
        yield (*phrase[:place], phrase[place] + phrase[place + 1], *phrase[place + 2 :])


def _content(phrase: Sequence[str], tongue: Language) -> Sequence[str]:
    """A phrase without its stop words (but for those that say no) and numbers, where more than one other is left."""
    content = [word for word in phrase if (word not in tongue.stop_words or word in WITHOUT) and not word.isdigit()]
    return content if len(content) > 1 else phrase


def _key(word: str, tongue: Language) -> str:
    """The term of a word; one for all that say no: "no account", "without an account"."""
    return "" if word in WITHOUT else tongue.terms[word]


def _is_form(word: str, others: Iterable[str]) -> bool:
    """Whether a word is one of these but for a short ending."""
    shared = ((other, max(len(word), len(other)) - MAX_ENDING) for other in others)
    return any(word[:length] == other[:length] for other, length in shared)
