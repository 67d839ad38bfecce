"""From a query to the best pages. The numbers and why: docs/explanation/search.md."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from wiki.search.engine import Ranking
from wiki.search.phrases import matching
from wiki.search.query import Query
from wiki.search.reading import Reading, read, terms
from wiki.search.schema import NAMES, PAIRS, PATH, PLACE, WORDS
from wiki.search.snapshot import Snapshot
from wiki.search.synonyms import Phrase, Synonyms
from wiki.search.text import folded, language
from wiki.search.weighing import K1, PAIR_MAX_IDF, idf

PAIR_SHARE = 0.2
NAME_SHARE = 1.5
PLACE_SHARE = 0.5
SYNONYM_SHARE = 0.3
LEAST_SHARE = 0.05
WHOLE_NAME = 1.1
PREFERRED_LANGUAGE = 1.25
WHOLE_NAMES_AMONG = 20
_NO_SYNONYMS = Synonyms()


def rank(
    snapshot: Snapshot, query: Query, synonyms: Synonyms | None, within: Collection[str] | None, prefer: str, limit: int
) -> Ranking:
    """See SearchEngine.rank."""
    reading = read(snapshot, query, synonyms or _NO_SYNONYMS)
    scores = _Scores(snapshot, reading)
    scores.add_words()
    scores.add_pairs()
    scores.add_names()
    allowed = _allowed(snapshot, query, within)
    if not query.asks:
        found = [(snapshot.card(number).path, 0.0) for number in sorted(allowed or ())]
        return Ranking(sorted(found)[:limit])
    hits = _favoured(snapshot, scores.best(allowed, limit), " ".join(reading.words), prefer)
    return Ranking(hits, scores.shown(), reading.corrected(query))


def _favoured(snapshot: Snapshot, best: Sequence[tuple[float, int]], text: str, prefer: str) -> list[tuple[str, float]]:
    """The best with those a little up whose name is just what was typed, or whose language is the reader's."""
    wanted, tongue = folded(text), language(prefer).code if prefer else ""
    hits = []
    for place, (score, number) in enumerate(best):
        card = snapshot.card(number)
        if place < WHOLE_NAMES_AMONG and wanted in card.names:
            score *= WHOLE_NAME
        if tongue and language(card.language).code == tongue:
            score *= PREFERRED_LANGUAGE
        hits.append((card.path, score))
    return sorted(hits, key=lambda hit: -hit[1])


def _allowed(snapshot: Snapshot, query: Query, within: Collection[str] | None) -> set[int] | None:
    """The documents that may be found at all; None for every one."""
    allowed: set[int] | None = None
    if within is not None:
        allowed = {number for path in within for number in snapshot.postings(PATH, path)[0]}
    for phrase in query.phrases:
        found = matching(snapshot, phrase, allowed)
        allowed = found if allowed is None else allowed & found
    if query.excluded:
        allowed = set(snapshot.live) if allowed is None else allowed
        for phrase in query.excluded:
            allowed -= matching(snapshot, phrase, allowed)
    return allowed


class _Scores:
    """Adds up the scores of all documents for one reading of a query."""

    def __init__(self, snapshot: Snapshot, reading: Reading) -> None:
        self._snapshot = snapshot
        self._reading = reading
        self._count = snapshot.documents
        self._scores = [0.0] * snapshot.size
        self._shown: dict[str, None] = dict.fromkeys(reading.content)

    def shown(self) -> tuple[str, ...]:
        """The words to mark in the results."""
        return tuple(self._shown)

    def add_words(self) -> None:
        """BM25F over the words, a word and its synonyms as one."""
        reading = self._reading
        left = Counter(word for word in reading.words if word in set(reading.content))
        for places, phrases in reading.synonyms:
            stretch = [reading.words[place] for place in places]
            others = self._best_of(phrases)
            if not others:
                continue
            for word in stretch:
                if left[word]:
                    left[word] -= 1
                    self._add_pseudo(self.weights(word), others)
        for word, times in left.items():
            if times > 0:
                found = terms(self._snapshot, reading.languages, word)
                frequency = sum(self._snapshot.frequency(WORDS, term) for term in found)
                for term in found:
                    self._add(times * idf(self._count, frequency), *self._snapshot.postings(WORDS, term))
        for expansion in reading.expanded.values():
            self._shown.update(dict.fromkeys(expansion))
            merged: dict[int, float] = {}
            for word in expansion:
                for number, weight in self.weights(word).items():
                    if weight > merged.get(number, 0.0):
                        merged[number] = weight
            self._add(idf(self._count, len(merged)), merged.keys(), merged.values())

    def add_pairs(self) -> None:
        """A share for words that stand side by side in the query and on the page."""
        content = self._reading.content
        for first, second in pairwise(content):
            keys = dict.fromkeys(f"{tongue.terms[first]} {tongue.terms[second]}" for tongue in self._reading.languages)
            lists = [self._snapshot.postings(PAIRS, key) for key in keys]
            frequency = sum(len(numbers) for numbers, _ in lists)
            if frequency < 2:
                continue
            share = PAIR_SHARE * min(idf(self._count, frequency), PAIR_MAX_IDF)
            for numbers, weights in lists:
                for number, weight in zip(numbers, weights, strict=True):
                    self._scores[number] += share * weight

    def add_names(self) -> None:
        """A share for how much of a page's name, and of its address, the query says."""
        for word in dict.fromkeys(self._reading.content):
            found = terms(self._snapshot, self._reading.languages, word)
            telling = idf(self._count, sum(self._snapshot.frequency(WORDS, term) for term in found))
            for field, share in ((NAMES, NAME_SHARE), (PLACE, PLACE_SHARE)):
                for term in found:
                    for number, weight in zip(*self._snapshot.postings(field, term), strict=True):
                        self._scores[number] += share * telling * weight

    def best(self, allowed: set[int] | None, limit: int) -> list[tuple[float, int]]:
        """Scores and numbers of the best documents, those far behind the best left out."""
        scores = self._scores
        if allowed is None:
            found = [(score, -number) for number, score in enumerate(scores) if score]
        else:
            found = [(scores[number], -number) for number in allowed if scores[number]]
        if not found:
            return []
        least = LEAST_SHARE * max(found)[0]
        kept = heapq.nlargest(limit, (pair for pair in found if pair[0] >= least))
        return [(score, -number) for score, number in kept]

    def weights(self, word: str) -> Mapping[int, float]:
        """The weight of a word in each document, in whatever language that is."""
        maps = [self._snapshot.weights(term) for term in terms(self._snapshot, self._reading.languages, word)]
        if len(maps) == 1:
            return maps[0]
        merged: dict[int, float] = {}
        for found in maps:
            merged.update(found)
        return merged

    def _best_of(self, phrases: Iterable[Phrase]) -> dict[int, float]:
        """For each document the weight of the best of these phrases; a phrase weighs what its least word does."""
        best: dict[int, float] = {}
        for phrase in phrases:
            parts = [word for word in phrase if word not in self._reading.stop_words] or list(phrase)
            maps = sorted((self.weights(word) for word in parts), key=len)
            if not maps[0]:
                continue
            self._shown.update(dict.fromkeys(parts))
            for number, weight in maps[0].items():
                for other in maps[1:]:
                    weight = min(weight, other.get(number, 0.0))
                if weight > best.get(number, 0.0):
                    best[number] = weight
        return best

    def _add_pseudo(self, own: Mapping[int, float], others: Mapping[int, float]) -> None:
        joint = dict(own)
        for number, weight in others.items():
            joint[number] = joint.get(number, 0.0) + SYNONYM_SHARE * weight
        self._add(idf(self._count, len(joint)), joint.keys(), joint.values())

    def _add(self, telling: float, numbers: Iterable[int], weights: Iterable[float]) -> None:
        scores = self._scores
        factor = telling * (K1 + 1.0)
        for number, weight in zip(numbers, weights, strict=True):
            scores[number] += factor * weight / (weight + K1)
