"""From a query to the best pages. The numbers and why: docs/explanation/search.md."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from itertools import pairwise
from typing import Union

from wiki.search.codec import Lists
from wiki.search.engine import Ranking
from wiki.search.hits import Hits
from wiki.search.phrases import matching
from wiki.search.query import Query
from wiki.search.reading import DEFAULT_LANGUAGE, Reading, read, terms
from wiki.search.schema import FACTS, MAIN, NAMED, NAMES, PAIRS, PLACE, STATUS, SUBJECT, SUCCESSOR, WORDS
from wiki.search.sites import about
from wiki.search.snapshot import Snapshot
from wiki.search.stopwords import INSTEAD
from wiki.search.synonyms import Phrase, Synonyms
from wiki.search.text import folded, language, words
from wiki.search.weighing import K1, PAIR_MAX_IDF, idf

PAIR_SHARE = 0.2
NAME_SHARE = 1.5
PLACE_SHARE = 0.5
SYNONYM_SHARE = 0.2
# One word of a longer query in a name is there by accident as often as not: "reach", "session", "action".
LONE_SHARE = 0.4
MOST_OF_QUERY = 0.6
# Of a whole sentence a name has a few words by accident, too: one that says less than half of it counts in proportion.
HALF_OF_QUERY = 0.5
LEAST_SHARE = 0.05
NEAREST = 5
MOST_TOLD = 0.5
# A page that has nothing of what a short query tells counts so much less; one that has half of it half as much less.
UNTOLD_SHARE = 0.6
SHORT_QUERY = 6
TOLD_AMONG = 50
INSTEAD_SHARE = 0.5
ALTERNATIVE_SHARE = 1.6
FACT_SHARE = 0.8
NARROWING = 2.0
MAIN_SHARE = 1.5
WHOLE_NAME = 0.1
PREFERRED_LANGUAGE = 1.25
WHOLE_NAMES_AMONG = 20
# What nobody should start with any more, or of which little is known, comes after what is as near.
STANDING = {"retired": 0.5, "cancelled": 0.5, "past": 0.8, "caution": 0.85, "unknown": 0.9, "stub": 0.95}
MAX_POSTINGS = 200_000
MAX_READ = 100
_NO_SYNONYMS = Synonyms()
# Which documents have something: a posting list (growing), or what was computed for each of them.
Documents = Union["array[int]", Mapping[int, float]]


def rank(snapshot: Snapshot, query: Query, synonyms: Synonyms | None, prefer: str, limit: int) -> Ranking:
    """See SearchEngine.rank."""
    if not query.asks and not query.excluded:
        return Ranking(Hits())
    reading = read(snapshot, query, synonyms or _NO_SYNONYMS)
    scores = _Scores(snapshot, reading)
    scores.add_words()
    scores.add_pairs()
    scores.add_names()
    scores.add_facts()
    scores.prefer_others()
    scores.weigh_standing()
    scores.add_sites(query.sites)
    allowed = _allowed(snapshot, query)
    if not query.asks:
        paths = snapshot.documents_by_number.paths
        every = sorted(allowed or (), key=paths.__getitem__)[:limit]
        return Ranking(Hits(snapshot.documents_by_number, every, [0.0] * snapshot.size))
    meant = reading.meant(query)
    best = scores.most_told_first(scores.best(allowed, limit, reading.language or prefer))
    apart = not query.sites and scores.apart(best[:NEAREST])
    missing = tuple(name for name in reading.products if not _is_there(snapshot, name, best))
    best = _named_first(snapshot, scores.all, best, meant)
    hits = Hits(snapshot.documents_by_number, best, scores.all)
    return Ranking(
        hits,
        scores.shown(),
        len(reading.content),
        meant if reading.corrects else None,
        reading.absent,
        scores.named(best),
        missing,
        apart,
        reading.language,
    )


def _is_there(snapshot: Snapshot, product: str, best: list[int]) -> bool:
    """Whether a page of this name, or of one that begins with it, is among the best."""
    wanted = folded(" ".join(words(product)))
    names = (name for number in best[:WHOLE_NAMES_AMONG] for name in snapshot.card(number).names)
    return any(f"{name} ".startswith(f"{wanted} ") for name in names)


def _named_first(snapshot: Snapshot, scores: list[float], best: list[int], text: str) -> list[int]:
    """The best, with those first whose name is just what was typed."""
    typed = folded(text)
    wanted = typed.replace(" ", "")
    highest = scores[best[0]] if best else 0.0
    first, others = best[:WHOLE_NAMES_AMONG], best[WHOLE_NAMES_AMONG:]
    for number in first:
        names = snapshot.card(number).names
        if any(name.replace(" ", "") == wanted for name in names):
            scores[number] = highest + WHOLE_NAME * (scores[number] + (highest if typed in names else 0.0))
    return [*sorted(first, key=scores.__getitem__, reverse=True), *others]


def _allowed(snapshot: Snapshot, query: Query) -> set[int] | None:
    """The documents that may be found at all; None for every one."""
    allowed: set[int] | None = None
    for phrase in query.phrases:
        found = matching(snapshot, phrase, allowed)
        allowed = found if allowed is None else allowed & found
    if query.excluded:
        allowed = set(snapshot.live) if allowed is None else allowed
        for phrase in query.excluded:
            allowed -= matching(snapshot, phrase, allowed)
    return allowed


def _is_subject(fact: str) -> bool:
    """Whether a fact says what a page is for; the others narrow that."""
    return fact.startswith(SUBJECT)


def _has(found: Documents, number: int) -> bool:
    """Whether a document is among these."""
    if not isinstance(found, array):
        return number in found
    place = bisect_left(found, number)
    return place < len(found) and found[place] == number


class _Scores:
    """Adds up the scores of all documents for one reading of a query."""

    def __init__(self, snapshot: Snapshot, reading: Reading) -> None:
        self._snapshot = snapshot
        self._reading = reading
        self._tongue = language(reading.language or DEFAULT_LANGUAGE)
        self._count = snapshot.documents
        self.all = [0.0] * snapshot.size
        self._said = f" {folded(' '.join(reading.words))} "
        self._replaced = self._to_replace()
        self._shown: dict[str, None] = dict.fromkeys(reading.content)
        # How telling each word is, and the documents that have it or a synonym.
        self._told: list[tuple[float, tuple[Documents, ...]]] = [(idf(self._count, 0), ()) for _ in reading.absent]

    def shown(self) -> tuple[str, ...]:
        """The words to mark in the results."""
        return tuple(self._shown)

    def add_words(self) -> None:
        """BM25F over the words, a word and its synonyms as one."""
        reading = self._reading
        content = set(reading.content)
        left = Counter(word for word in reading.words if word in content)
        for places, phrases in reading.synonyms:
            others = self._best_of(phrases, [reading.words[place] for place in places])
            for word in (reading.words[place] for place in places):
                if others and left[word]:
                    left[word] -= 1
                    self._add_with(self._lists(word), others)
        self._add_alone(left)
        for expansion in reading.expanded.values():
            self._shown.update(dict.fromkeys(expansion))
            merged: dict[int, float] = {}
            for word in expansion:
                for number, weight in self._weights(word).items():
                    if weight > merged.get(number, 0.0):
                        merged[number] = weight
            self._told.append((idf(self._count, len(merged)), (merged,)))
            self._add(idf(self._count, len(merged)), merged.keys(), merged.values())

    def add_pairs(self) -> None:
        """A share for words that stand side by side in the query and on the page."""
        for first, second in dict.fromkeys(pairwise(self._reading.content)):
            keys = dict.fromkeys(f"{tongue.terms[first]} {tongue.terms[second]}" for tongue in self._reading.languages)
            lists = [self._snapshot.postings(PAIRS, key) for key in keys]
            frequency = sum(len(numbers) for numbers, _ in lists)
            if frequency < 2:
                continue
            share = PAIR_SHARE * min(idf(self._count, frequency), PAIR_MAX_IDF)
            for numbers, weights in lists:
                for number, weight in zip(numbers, weights, strict=True):
                    self.all[number] += share * weight

    def add_names(self) -> None:
        """A share for how much of a page's name, and of its address, the query says."""
        snapshot, scores = self._snapshot, self.all
        found = {word: terms(snapshot, self._reading.languages, word) for word in self._reading.content}
        telling = {
            word: idf(self._count, sum(snapshot.frequency(WORDS, term) for term in known))
            for word, known in found.items()
        }
        every = sum(telling.values())
        most, half = MOST_OF_QUERY * every, HALF_OF_QUERY * every
        for field, share in ((NAMES, NAME_SHARE), (PLACE, PLACE_SHARE)):
            gains: dict[int, float] = {}
            said: dict[int, float] = {}
            lone: set[int] = set()
            for word, known in found.items():
                for term in known:
                    for number, weight in zip(*snapshot.postings(field, term), strict=True):
                        if number in gains:
                            lone.discard(number)
                        elif telling[word] < most:
                            lone.add(number)
                        gains[number] = gains.get(number, 0.0) + telling[word] * weight
                        said[number] = said.get(number, 0.0) + telling[word]
            for number, gain in gains.items():
                if said[number] < half:
                    gain *= min(said[number] / half, LONE_SHARE if number in lone else 1.0)
                elif number in lone:
                    gain *= LONE_SHARE
                scores[number] += share * gain

    def add_facts(self) -> None:
        """A share for what a page is recorded to be for, where the query speaks of it; of these pages, for what narrows it."""
        scores, postings = self.all, self._snapshot.postings
        facts = dict.fromkeys(fact for meant in self._reading.facts for fact in meant)
        subjects: set[int] = set()
        for fact in filter(_is_subject, facts):
            numbers, _ = postings(FACTS, fact)
            subjects.update(numbers)
            gain = FACT_SHARE * idf(self._count, len(numbers))
            first = set(postings(FACTS, MAIN + fact.removeprefix(SUBJECT))[0])
            for number in numbers:
                scores[number] += gain * (MAIN_SHARE if number in first else 1.0)
        for fact in facts if subjects else ():
            if not _is_subject(fact):
                for number in subjects.intersection(postings(FACTS, fact)[0]):
                    scores[number] += NARROWING

    def prefer_others(self) -> None:
        """Where something is asked for in place of a page, what can be used instead comes before it."""
        for number in self._replaced:
            self.all[number] *= INSTEAD_SHARE
            path = self._snapshot.card(number).path
            others = {*self._snapshot.postings(FACTS, f"alternatives:{path}")[0], *self._told_of(f"{NAMED}{path}>")}
            gain = ALTERNATIVE_SHARE * idf(self._count, len(others))
            for other in others:
                self.all[other] += gain

    def weigh_standing(self) -> None:
        """Pages of what is retired and the like count less, unless they are asked for by name; what took the place of a
        page comes no later than the page."""
        scores, half_named = self.all, self._half_named()
        for status, share in STANDING.items():
            for number in self._snapshot.postings(FACTS, f"{STATUS}{status}")[0]:
                if number not in half_named or not self._is_named(number):
                    scores[number] *= share
        for number in self._snapshot.postings(FACTS, f"{STATUS}retired")[0]:
            if scores[number]:
                for successor in self._told_of(f"{SUCCESSOR}{self._snapshot.card(number).path}>"):
                    scores[successor] = max(scores[successor], scores[number])

    def _told_of(self, start: str) -> list[int]:
        """The pages whose paths follow in facts that begin so."""
        terms = {term for _, segment, _ in self._snapshot for term, _ in segment.terms.words_from(FACTS, start)}
        found = (
            self._snapshot.find(term.removeprefix(start)) for term in terms if self._snapshot.frequency(FACTS, term)
        )
        return [number for number in found if number is not None]

    def _to_replace(self) -> list[int]:
        """The pages whose name stands in a query for what can be used in place of them."""
        return [] if INSTEAD.isdisjoint(self._reading.words) else [*filter(self._is_named, self._half_named())]

    def _half_named(self) -> set[int]:
        """The pages of which the query has a word of their name."""
        lists = (
            self._snapshot.postings(NAMES, term)[0]
            for word in self._reading.content
            for term in terms(self._snapshot, self._reading.languages, word)
        )
        return {number for found in lists for number in found}

    def _is_named(self, number: int) -> bool:
        """Whether the query has a whole name of a page in it."""
        return any(f" {name} " in self._said for name in self._snapshot.card(number).names)

    def named(self, best: Sequence[int]) -> tuple[str, ...]:
        """The paths of the best pages whose whole names the query has, in its order; of names in one another the longest."""
        cards = map(self._snapshot.card, best[:WHOLE_NAMES_AMONG])
        found = [
            (-len(name), rank, place, card.path)
            for rank, card in enumerate(cards)
            for name in card.names
            if (place := self._said.find(f" {name} ")) >= 0
        ]
        chosen: dict[int, str] = {}
        taken: set[int] = set()
        for length, _, place, path in sorted(found):
            stretch = set(range(place + 1, place + 1 - length))
            if taken.isdisjoint(stretch) and path not in chosen.values():
                taken |= stretch
                chosen[place] = path
        return tuple(chosen[place] for place in sorted(chosen))

    def add_sites(self, sites: Iterable[str]) -> None:
        """What is about a web address that was asked for comes first."""
        for site in sites:
            numbers = about(self._snapshot, site)
            most = max(self.all, default=0.0) if numbers else 0.0
            for number in numbers:
                self.all[number] += most + 1.0

    def apart(self, nearest: Sequence[int]) -> bool:
        """Whether none of these pages has most of what the query tells, or nobody has a fact that it speaks of."""
        facts = [[self._snapshot.postings(FACTS, fact)[0] for fact in subjects] for subjects in self._subjects()]
        if facts:
            if not all(any(found) for found in facts):
                return True
            if any(_has(found, number) for lists in facts for found in lists for number in nearest):
                return False
        if any(map(self._is_named, nearest)):
            return False
        return bool(nearest) and max(map(self._told_by, nearest)) < MOST_TOLD * self._telling()

    def most_told_first(self, best: list[int]) -> list[int]:
        """The best, those lower that have little of a short query. Where the query speaks of what pages are for, that is known
        better than by its words."""
        every = self._telling()
        if not (every and 2 <= len(self._told) <= SHORT_QUERY) or self._subjects():
            return best
        first, others = best[:TOLD_AMONG], best[TOLD_AMONG:]
        for number in first:
            self.all[number] *= 1.0 - UNTOLD_SHARE * (1.0 - self._told_by(number) / every)
        return [*sorted(first, key=self.all.__getitem__, reverse=True), *others]

    def _telling(self) -> float:
        return sum(telling for telling, _ in self._told)

    def _told_by(self, number: int) -> float:
        """How much of what the query tells a page has, synonyms included."""
        return sum(telling for telling, lists in self._told if any(_has(found, number) for found in lists))

    def _subjects(self) -> list[list[str]]:
        """The facts of what pages are for that the query speaks of, if pages have such."""
        if not self._snapshot.has_subjects:
            return []
        return [subjects for meant in self._reading.facts if (subjects := [*filter(_is_subject, meant)])]

    def best(self, allowed: set[int] | None, limit: int, prefer: str) -> list[int]:
        """The numbers of the best documents, those far behind the best left out, those in a language a little up."""
        scores = self.all
        if allowed is None:
            least = LEAST_SHARE * max(scores, default=0.0)
            # Nobody's score is below nothing.
            kept = [number for number, score in enumerate(scores) if score >= least] if least else []
        else:
            least = LEAST_SHARE * max((scores[number] for number in allowed), default=0.0)
            kept = [number for number in sorted(allowed) if scores[number] >= least and scores[number]]
        if prefer and len(self._snapshot.languages) > 1:
            tongue, codes = language(prefer).code, self._snapshot.codes
            preferred = {code for code in self._snapshot.languages if language(code).code == tongue}
            for number in kept:
                if codes[number] in preferred:
                    scores[number] *= PREFERRED_LANGUAGE
        kept.sort(key=scores.__getitem__, reverse=True)
        return kept[:limit]

    def _add_alone(self, left: Mapping[str, int]) -> None:
        """Words without synonyms, the rarest first: of a very long query the commonest words are left out."""
        found = {word: self._lists(word) for word, times in left.items() if times > 0}
        frequencies = {word: sum(len(numbers) for numbers, _ in lists) for word, lists in found.items()}
        total = 0
        for word in sorted(found, key=frequencies.__getitem__):
            total += frequencies[word]
            if total > MAX_POSTINGS:
                break
            telling = idf(self._count, frequencies[word])
            if not word.isdecimal():
                # How many of something there are is nothing that a page would have to be about.
                self._told.append((telling, tuple(numbers for numbers, _ in found[word])))
            for numbers, weights in found[word]:
                self._add(left[word] * telling, numbers, weights)

    def _add(self, telling: float, numbers: Iterable[int], weights: Iterable[float]) -> None:
        scores = self.all
        factor = telling * (K1 + 1.0)
        for number, weight in zip(numbers, weights, strict=True):
            scores[number] += factor * weight / (weight + K1)

    def _add_with(self, own: Sequence[Lists], others: Mapping[int, float]) -> None:
        """A word and the best of its synonyms as one word that is as rare as both together."""
        scores, of_others = self.all, others.get
        alone = others.keys() - {number for numbers, _ in own for number in numbers}
        telling = idf(self._count, sum(len(numbers) for numbers, _ in own) + len(alone))
        factor = telling * (K1 + 1.0)
        self._told.append((telling, (*(numbers for numbers, _ in own), others)))
        for numbers, weights in own:
            for number, weight in zip(numbers, weights, strict=True):
                weight += SYNONYM_SHARE * of_others(number, 0.0)
                scores[number] += factor * weight / (weight + K1)
        for number in alone:
            weight = SYNONYM_SHARE * others[number]
            scores[number] += factor * weight / (weight + K1)

    def _lists(self, word: str) -> list[Lists]:
        """The posting lists of a word, one for each language that has it."""
        return [self._snapshot.postings(WORDS, term) for term in terms(self._snapshot, self._reading.languages, word)]

    def _weights(self, word: str) -> Mapping[int, float]:
        """The weight of a word in each document, in whatever language that is."""
        maps = [self._snapshot.weights(term) for term in terms(self._snapshot, self._reading.languages, word)]
        if len(maps) == 1:
            return maps[0]
        merged: dict[int, float] = {}
        for found in maps:
            merged.update(found)
        return merged

    def _best_of(self, phrases: Iterable[Phrase], typed: Sequence[str]) -> Mapping[int, float]:
        """For each document the weight of the best of these phrases; a phrase weighs what its least word does, and one that
        is what was typed but for its spaces as much as that."""
        best: dict[int, float] = {}
        same = self._run_together(typed)
        for phrase in phrases:
            content = tuple(word for word in phrase if word not in self._reading.stop_words) or phrase
            found = self._phrase(content)
            if len(phrase) > len(content) == 1:
                found = self._standing(phrase, found)
            if found and self._run_together(phrase) == same:
                found = {number: weight / SYNONYM_SHARE for number, weight in found.items()}
            if found:
                self._shown.update(dict.fromkeys(content))
                better = best.get
                best.update({n: weight for n, weight in found.items() if weight > better(n, 0.0)} if best else found)
        return best

    def _run_together(self, phrase: Sequence[str]) -> str:
        terms = self._tongue.terms
        return "".join(terms[word].partition(":")[2] for word in phrase)

    def _standing(self, phrase: Phrase, found: Mapping[int, float]) -> Mapping[int, float]:
        """Of these documents those that have the phrase as it stands: without its stop words "get out the vote" is any vote."""

        def compute() -> dict[int, float]:
            among = set(nlargest(MAX_READ, found, key=found.__getitem__))
            return {number: found[number] for number in matching(self._snapshot, phrase, among)}

        return self._snapshot.remember(("", *phrase), compute) if found else found

    def _phrase(self, phrase: Phrase) -> Mapping[int, float]:
        if len(phrase) == 1:
            return self._weights(phrase[0])

        def compute() -> dict[int, float]:
            # Of the rarest word a dictionary, which the others only make smaller.
            every = sorted(map(self._lists, phrase), key=lambda lists: sum(len(numbers) for numbers, _ in lists))
            least = {number: weight for lists in every[0] for number, weight in zip(*lists, strict=True)}
            for others in every[1:]:
                least = {
                    number: min(weight, least[number])
                    for lists in others
                    for number, weight in (zip(*lists, strict=True) if least else ())
                    if number in least
                }
            return least

        return self._snapshot.remember(phrase, compute)
