"""What a document's words weigh, decided when it is indexed: the numbers of docs/explanation/search.md.

The fields of a page are added up before they are saturated (BM25F), so a page has one weight per word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise, starmap
from zlib import crc32

from wiki.search.documents import Document
from wiki.search.text import Language, language, site, words

# field: (weight, share of the length norm)
FIELDS = {
    "title": (3.0, 0.5),
    "summary": (3.0, 0.5),
    "path": (1.0, 0.5),
    "lead": (0.5, 0.5),
    "body": (0.5, 0.8),
    "topics": (1.5, 0.5),
    "alternatives": (1.5, 0.5),
    "anchors": (1.5, 0.0),
}
K1 = 2.0
PAIR_K1, PAIR_B, PAIR_MAX_IDF = 1.2, 0.3, 8.0
# A novel has fewer. The rest of a page that has more is indexed as it is written, which finds words that are their own stems.
MAX_STEMMED = 20_000


def idf(documents: int, frequency: int) -> float:
    """How telling a word is that `frequency` of `documents` pages have."""
    return math.log(1.0 + (documents - frequency + 0.5) / (frequency + 0.5)) if documents >= frequency else 0.0


@dataclass(slots=True)
class Analysis:
    """The counted terms of one document; only builtin types, so that it can be spooled to a file and back."""

    counts: dict[str, dict[str, int]]
    lengths: dict[str, int]
    names: list[list[str]]
    path: list[str]
    site: str
    pairs: dict[bytes, int]
    pair_length: int
    forms: list[str]
    facts: list[str]


def analyse(document: Document) -> Analysis:
    """Count the words of a document. Stop words are counted, but neither in lengths nor in pairs nor in names."""
    tongue = language(document.language)
    names = [words(name) for name in (document.title, *document.aliases)]
    body = words(document.body)
    texts = {
        "title": [word for name in names for word in name],
        "summary": words(document.summary),
        "path": words(document.path_words),
        "lead": words(document.lead),
        "body": body,
        "topics": [word for topic in document.topics for word in words(topic)],
        "alternatives": [word for name in document.alternatives for word in words(name)],
        "anchors": [word for anchor in dict.fromkeys(map(str.lower, document.anchors)) for word in words(anchor)],
    }
    every = dict.fromkeys(word for text in texts.values() for word in text)
    terms, stop = _terms(every, tongue), tongue.stop_words
    pairs: Counter[bytes] = Counter()
    pair_length = 0
    for text in (*names, body):
        content = [terms[word] for word in text if word not in stop]
        pairs.update(starmap(pair_key, pairwise(content)))
        pair_length += max(len(content) - 1, 0)
    return Analysis(
        counts={name: dict(Counter([terms[word] for word in text])) for name, text in texts.items() if text},
        lengths={name: sum(word not in stop for word in text) for name, text in texts.items() if text},
        names=[_content(name, terms, stop) for name in names],
        path=_content(texts["path"], terms, stop),
        site=site(document.site),
        pairs=dict(pairs),
        pair_length=pair_length,
        forms=[word for word in every if not word.isdigit()],
        facts=list(dict.fromkeys(document.facts)),
    )


def _terms(every: Iterable[str], tongue: Language) -> dict[str, str]:
    """The term of each word: stemming takes longer than all else that is done with it."""
    left = iter(every)
    found = {word: tongue.terms[word] for word in islice(left, MAX_STEMMED)}
    found.update((word, f"{tongue.code}:{word}") for word in left)
    return found


def _content(text: list[str], terms: Mapping[str, str], stop: Collection[str]) -> list[str]:
    kept = [terms[word] for word in text if word not in stop]
    return list(dict.fromkeys(kept or [terms[word] for word in text]))


def pair_key(first: str, second: str) -> bytes:
    """The checksum that a pair of adjacent terms is kept under: there are many, and it is shorter than they are."""
    return crc32(f"{first} {second}".encode("utf-8", "replace")).to_bytes(4, "big")


@dataclass(slots=True)
class Averages:
    """Mean field lengths over the documents that have the field; frozen when the index is built."""

    documents: int = 0
    pair_length: float = 0.0
    lengths: dict[str, float] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, analysis: Analysis) -> None:
        """Take one more document into the means."""
        self.documents += 1
        self.pair_length += (analysis.pair_length - self.pair_length) / self.documents
        for name, length in analysis.lengths.items():
            if not length:
                continue
            count = self._counts[name] = self._counts.get(name, 0) + 1
            mean = self.lengths.get(name, 0.0)
            self.lengths[name] = mean + (length - mean) / count


def word_weights(analysis: Analysis, averages: Averages) -> dict[str, float]:
    """The weight of each term in the document, over all its fields."""
    weights: dict[str, float] = {}
    for name, counts in analysis.counts.items():
        weight, share = FIELDS[name]
        length = analysis.lengths[name]
        factor = weight / (1.0 - share + share * length / (averages.lengths.get(name) or length or 1.0))
        for term, count in counts.items():
            weights[term] = weights.get(term, 0.0) + factor * count
    return weights


def pair_weights(analysis: Analysis, averages: Averages, kept: Callable[[bytes], bool]) -> list[tuple[bytes, float]]:
    """The saturated weight of each adjacent pair for which `kept` holds."""
    norm = PAIR_K1 * (1.0 - PAIR_B + PAIR_B * analysis.pair_length / (averages.pair_length or 1.0))
    return [(pair, count * (PAIR_K1 + 1.0) / (count + norm)) for pair, count in analysis.pairs.items() if kept(pair)]


def name_weights(names: Iterable[list[str]], telling: Callable[[str], float]) -> dict[str, float]:
    """For each term of the names 1 / √(1 + Σ idf of the name's terms); of several names the best."""
    weights: dict[str, float] = {}
    for name in names:
        norm = 1.0 / math.sqrt(1.0 + sum(map(telling, name)))
        for term in name:
            weights[term] = max(weights.get(term, 0.0), norm)
    return weights
