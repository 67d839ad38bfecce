"""A query as it is searched for: what its words are taken to mean in the index at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wiki.search.query import Query
from wiki.search.schema import WORDS
from wiki.search.snapshot import Snapshot
from wiki.search.spelling import beginnings, correction, parts
from wiki.search.synonyms import Phrase, Synonyms
from wiki.search.text import Language, language

MIN_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` in order after correction; `content` without stop words; `expanded` beginnings with the words they stand for;
    `synonyms` for stretches of `words`; `replaced` what was corrected to what."""

    words: tuple[str, ...]
    content: tuple[str, ...]
    stop_words: frozenset[str]
    expanded: dict[str, tuple[str, ...]]
    synonyms: tuple[tuple[tuple[int, ...], tuple[Phrase, ...]], ...]
    replaced: dict[str, str]
    languages: tuple[Language, ...]

    def corrected(self, query: Query) -> str | None:
        """The query with its corrections, if there were any."""
        if not self.replaced:
            return None
        return " ".join(self.replaced.get(word, word) for word in query.words)


def read(snapshot: Snapshot, query: Query, synonyms: Synonyms) -> Reading:
    """Understand a query: unknown words are corrected, completed, or taken apart; words with synonyms are known."""
    languages = tuple(map(language, snapshot.languages)) or (language("en"),)
    expanded = {prefix: tuple(beginnings(snapshot, prefix)) for prefix in query.prefixes}
    replaced: dict[str, str] = {}
    named = {place for places, _ in _matches(query.words, synonyms, languages) for place in places}
    words: list[str] = []
    for place, word in enumerate(query.words):
        if place in named or terms(snapshot, languages, word):
            words.append(word)
            continue
        longer = beginnings(snapshot, word) if len(word) >= MIN_BEGINNING else []
        meant = correction(snapshot, word)
        if longer and (meant is None or meant.startswith(word)):
            expanded[word] = tuple(longer)
        elif meant is not None:
            replaced[word] = meant
            words.append(meant)
        else:
            words.extend(parts(snapshot, word) or (word,))
    stop_words = _stop_words(words, languages)
    content = tuple(word for word in words if word not in stop_words)
    if not content and not expanded:
        content, stop_words = tuple(words), frozenset()
    return Reading(
        tuple(words), content, stop_words, expanded, tuple(_matches(words, synonyms, languages)), replaced, languages
    )


def terms(snapshot: Snapshot, languages: Sequence[Language], word: str) -> list[str]:
    """The terms of a word that occur, at most one per language."""
    found = dict.fromkeys(tongue.terms[word] for tongue in languages)
    return [term for term in found if snapshot.frequency(WORDS, term)]


def _matches(
    words: Sequence[str], synonyms: Synonyms, languages: Sequence[Language]
) -> list[tuple[tuple[int, ...], tuple[Phrase, ...]]]:
    """Places of words and the phrases that mean the same; of several languages the one that understands most."""
    found: dict[tuple[int, ...], dict[Phrase, None]] = {}
    for tongue in languages:
        for match in synonyms.matches(words, tongue.code):
            places = tuple(range(match.start, match.start + match.length))
            found.setdefault(places, {}).update(dict.fromkeys(match.alternatives))
    return [(places, tuple(phrases)) for places, phrases in found.items()]


def _stop_words(words: Sequence[str], languages: Sequence[Language]) -> frozenset[str]:
    """The stop words of the language that the query seems to be in: the one that most of them are from."""
    counts = [(sum(word in tongue.stop_words for word in words), tongue.code == "en", tongue) for tongue in languages]
    return max(counts, key=lambda found: found[:2])[2].stop_words
