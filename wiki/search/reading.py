"""A query as it is searched for: what its words are taken to mean in the index at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wiki.search.query import Query
from wiki.search.schema import FACTS, FORMS, NAMES, WORDS
from wiki.search.snapshot import Snapshot
from wiki.search.spelling import beginnings, containing, correction, heard, name_apart, name_together, parts
from wiki.search.synonyms import Phrase, Synonyms
from wiki.search.text import Language, folded, language, unspaced

DEFAULT_LANGUAGE = "en"
MIN_BEGINNING = 3
MIN_JOINED = 5
MAX_UNKNOWN = 8
MAX_CONTENT = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query was understood as.

    `words` in order after correction; `content` without stop words; `expanded` beginnings with the words they stand for;
    `synonyms` of stretches of `words`; `facts` that stretches of them speak of, any one of them; `replaced` what was corrected to what; `absent` what no page has and nothing stands for; `products` what is known by name; `language` what it is in, "" if unknown.
    """

    words: tuple[str, ...]
    content: tuple[str, ...]
    stop_words: frozenset[str]
    expanded: dict[str, tuple[str, ...]]
    synonyms: tuple[tuple[tuple[int, ...], tuple[Phrase, ...]], ...]
    facts: tuple[tuple[str, ...], ...]
    replaced: dict[str, str]
    absent: tuple[str, ...]
    products: tuple[str, ...]
    languages: tuple[Language, ...]
    language: str

    @property
    def corrects(self) -> bool:
        """Whether words were taken for others, and not just for themselves with their accents."""
        return any(folded(word) != folded(meant) for word, meant in self.replaced.items())

    def meant(self, query: Query) -> str:
        """The words of the query with its corrections."""
        return " ".join(self.replaced.get(word, word) for word in query.words)


def read(snapshot: Snapshot, query: Query, synonyms: Synonyms) -> Reading:
    """Understand a query: unknown words are corrected, completed, taken apart, or found in longer ones; words with synonyms are known."""
    languages = tuple(map(language, snapshot.languages)) or (language(DEFAULT_LANGUAGE),)
    expanded = {prefix: tuple(beginnings(snapshot, prefix)) for prefix in query.prefixes}
    replaced: dict[str, str] = {}
    alike = (*_matches(query.words, synonyms, languages), *_joined(snapshot, query.words))
    named = {place for places, _ in alike for place in places}
    tongue, sure = _tongue(snapshot, query.words, languages)
    spoken = (tongue,) if sure else languages
    words: list[str] = []
    unknown: set[str] = set()
    absent: list[str] = []
    for place, word in enumerate(query.words):
        if place in named or terms(snapshot, languages, word):
            words.append(word)
            continue
        unknown.add(word)
        if len(unknown) > MAX_UNKNOWN:
            continue
        # Part of a phrase that stands for others; that no page has it is no typing error.
        spelled = synonyms.spelling(word)
        longer = beginnings(snapshot, word) if not spelled and (len(word) >= MIN_BEGINNING or unspaced(word)) else []
        meant = None
        if not spelled and not query.exact:
            meant = name_together(snapshot, query.words, place) or correction(
                snapshot, languages, word, synonyms, spoken, words[-1] if words else ""
            )
        if longer and (meant is None or meant.startswith(word)):
            expanded[word] = tuple(longer)
        elif meant is not None:
            replaced[word] = meant
            words.append(meant)
        elif synonyms.products([word]):
            # "BigQuery" has nothing to do with what is big.
            words.append(word)
        elif not query.exact and (apart := parts(snapshot, languages, word) or name_apart(snapshot, word)):
            replaced[word] = " ".join(apart)
            words.extend(apart)
        elif not query.exact and (sounding := heard(snapshot, word, synonyms)):
            replaced[word] = sounding
            words.append(sounding)
        elif inside := containing(snapshot, word):
            expanded[word] = tuple(inside)
        else:
            words.append(spelled or word)
            # A number says how many or when, which no page has to.
            if not spelled and not word.isdigit() and not any(word in tongue.stop_words for tongue in languages):
                absent.append(word)
    if unknown:
        tongue, sure = _tongue(snapshot, words, languages)
        alike = (*_matches(words, synonyms, languages), *_joined(snapshot, words))
    stop_words = tongue.stop_words
    facts = tuple(dict.fromkeys(fact for tongue in languages for fact in synonyms.facts(words, tongue.code)))
    products = synonyms.products(words)
    aside = _only_names(snapshot, languages, words, products, facts)
    content = tuple(word for place, word in enumerate(words) if word not in stop_words and place not in aside)
    if not content and not expanded and not aside:
        content, stop_words = tuple(words), frozenset()
    content = _rarest(snapshot, languages, content)
    return Reading(
        words=tuple(words),
        content=content,
        stop_words=stop_words,
        expanded=expanded,
        synonyms=alike,
        facts=facts,
        replaced=replaced,
        absent=tuple(dict.fromkeys(absent)),
        products=tuple(products),
        languages=languages,
        language=tongue.code if sure else "",
    )


def _only_names(
    snapshot: Snapshot,
    languages: Sequence[Language],
    words: Sequence[str],
    products: Mapping[str, range],
    facts: Sequence[tuple[str, ...]],
) -> set[int]:
    """The places of words that are no more than parts of the names of products without a page ("Scale to Win"): what these do
    is known, and pages that win or scale something have nothing to do with it."""
    if not any(snapshot.rough_frequency(FACTS, fact) for meant in facts for fact in meant):
        return set()
    aside: set[int] = set()
    for places in products.values():
        known = (terms(snapshot, languages, words[place]) for place in places)
        named = [{number for term in found for number in snapshot.postings(NAMES, term)[0]} for found in known]
        if len(places) > 1 and not set.intersection(*named):
            aside.update(places)
    return aside


def terms(snapshot: Snapshot, languages: Sequence[Language], word: str) -> list[str]:
    """The terms of a word that occur, at most one per language."""
    found = dict.fromkeys(tongue.terms[word] for tongue in languages)
    return [term for term in found if snapshot.rough_frequency(WORDS, term)]


def _rarest(snapshot: Snapshot, languages: Sequence[Language], content: tuple[str, ...]) -> tuple[str, ...]:
    """Of a very long text the words that tell most."""
    counts = dict.fromkeys(content, 0)
    if len(counts) <= MAX_CONTENT:
        return content
    for word in counts:
        counts[word] = sum(snapshot.rough_frequency(WORDS, term) for term in terms(snapshot, languages, word))
    kept = set(sorted(counts, key=counts.__getitem__)[:MAX_CONTENT])
    return tuple(word for word in content if word in kept)


def _joined(snapshot: Snapshot, words: Sequence[str]) -> list[tuple[tuple[int, ...], tuple[Phrase, ...]]]:
    """Neighbours that somebody wrote as one word ("nation builder"); that word means the same."""
    words = words[:MAX_CONTENT]
    stretches = ((place, length) for length in (2, 3) for place in range(len(words) - length + 1))
    return [
        (tuple(range(place, place + length)), ((joined,),))
        for place, length in stretches
        if len(joined := "".join(words[place : place + length])) >= MIN_JOINED
        and snapshot.rough_frequency(FORMS, joined)
    ]


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


def _tongue(snapshot: Snapshot, words: Sequence[str], languages: Sequence[Language]) -> tuple[Language, bool]:
    """The language that the query seems to be in, by its stop words or else by the pages that have its words, and whether
    that is more than a guess. Names are English in any language: that pages in English alone have them says nothing."""
    counts = [sum(word in tongue.stop_words for word in words) for tongue in languages]
    most = max(counts)
    if counts.count(most) == 1:
        return languages[counts.index(most)], most > 0
    usual = next((tongue for tongue in languages if tongue.code == DEFAULT_LANGUAGE), languages[0])
    found = [{word for word in words if snapshot.rough_frequency(WORDS, tongue.terms[word])} for tongue in languages]
    every = set().union(*found)
    whole = [tongue for tongue, has in zip(languages, found, strict=True) if has == every]
    return (whole[0], True) if len(whole) == 1 and whole[0] is not usual else (usual, False)
