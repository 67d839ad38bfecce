"""The scores are those of the formula in docs/explanation/search.md, computed here a second time and slowly."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import pairwise

import pytest

from wiki.search import weighing
from wiki.search.documents import Document
from wiki.search.query import parse
from wiki.search.synonyms import Synonyms
from wiki.search.text import language, words
from wiki.search.whoosh_engine import WhooshEngine

FIELDS = {"title": (3, 0.5), "summary": (3, 0.5), "path": (1, 0.5), "lead": (0.5, 0.5), "body": (0.5, 0.8)}
ENGLISH = language("en")
WORDS = ["text", "phone", "bank", "canvass", "donor", "list", "script", "event", "union", "tenant", "letter", "the"]


def terms(text: str) -> list[str]:
    return [ENGLISH.terms[word] for word in words(text) if word not in ENGLISH.stop_words]


def idf(count: int, frequency: int) -> float:
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


class Formula:
    """Scores every document for a query of known words."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents
        self.texts = [
            {
                "title": terms(document.title),
                "summary": terms(document.summary),
                "path": terms(document.path_words),
                "lead": terms(document.lead),
                "body": terms(document.body),
            }
            for document in documents
        ]
        self.means = {
            name: sum(len(text[name]) for text in self.texts) / max(sum(bool(text[name]) for text in self.texts), 1)
            for name in FIELDS
        }
        self.pairs = [Counter([*pairwise(text["title"]), *pairwise(text["body"])]) for text in self.texts]
        self.pair_lengths = [max(len(text["title"]) - 1, 0) + max(len(text["body"]) - 1, 0) for text in self.texts]

    def frequency(self, term: str) -> int:
        return sum(any(term in text for text in texts.values()) for texts in self.texts)

    def weight(self, number: int, term: str) -> float:
        total = 0.0
        for name, (weight, share) in FIELDS.items():
            text = self.texts[number][name]
            if text:
                total += weight * text.count(term) / (1 - share + share * len(text) / self.means[name])
        return total

    def score(self, number: int, query: str, alternatives: dict[str, str]) -> float:
        asked, count, total = terms(query), len(self.documents), 0.0
        for term, times in Counter(asked).items():
            weight, frequency = self.weight(number, term), self.frequency(term)
            if term in alternatives:
                other = alternatives[term]
                weight += 0.2 * self.weight(number, other)
                frequency = sum(bool(self.weight(n, term) or self.weight(n, other)) for n in range(count))
            total += times * idf(count, frequency) * weight * 3 / (weight + 2)
        for pair in set(pairwise(asked)):
            having = sum(pair in pairs for pairs in self.pairs)
            if having > 1 and pair in self.pairs[number]:
                tf = self.pairs[number][pair]
                mean = sum(self.pair_lengths) / count
                norm = 1.2 * (0.7 + 0.3 * self.pair_lengths[number] / mean)
                total += 0.2 * min(idf(count, having), 8) * tf * 2.2 / (tf + norm)
        for name, share in (("title", 1.5), ("path", 0.5)):
            field = set(self.texts[number][name])
            telling = {term: idf(count, self.frequency(term)) for term in set(asked)}
            told = sum(telling[term] for term in set(asked) & field)
            part = told / sum(telling.values())
            lone = len(set(asked) & field) == 1 and part < 0.6
            total += (
                share
                * told
                * min(part / 0.5, 0.4 if lone else 1)
                / math.sqrt(1 + sum(idf(count, self.frequency(term)) for term in field))
            )
        return total * (1 - 0.6 * self.untold(number, asked, alternatives)) if len(set(asked)) > 1 else total

    def untold(self, number: int, asked: list[str], alternatives: dict[str, str]) -> float:
        """The share of the query that a document has nothing of."""

        def having(term: str) -> set[int]:
            others = (term, alternatives.get(term, term))
            return {n for n in range(len(self.documents)) if any(self.weight(n, other) for other in others)}

        telling = {term: idf(len(self.documents), len(having(term))) for term in set(asked)}
        return sum(value for term, value in telling.items() if number not in having(term)) / sum(telling.values())


def collection() -> list[Document]:
    chosen = random.Random(5)

    def text(length: int) -> str:
        return " ".join(chosen.choices(WORDS, k=length))

    return [
        Document(
            f"{chosen.choice(WORDS)}/{chosen.choice(WORDS)}-x{number}",
            text(chosen.randint(1, 4)) + f" name{number}",
            summary=text(chosen.randint(0, 8)),
            lead=text(chosen.randint(0, 10)),
            body=text(chosen.randint(5, 120)),
        )
        for number in range(40)
    ]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    engine = WhooshEngine(tmp_path_factory.mktemp("formula") / "index")
    documents = collection()
    engine.rebuild("1", documents, len(documents))
    return engine


@pytest.mark.parametrize(
    "query", ["phone", "union tenant letter", "donor donor list", "text bank phone bank", "the event"]
)
def test_scores_are_those_of_the_formula(engine: WhooshEngine, query: str) -> None:
    documents = collection()
    formula = Formula(documents)
    expected = {document.path: formula.score(number, query, {}) for number, document in enumerate(documents)}
    found = dict(engine.rank(parse(query)).hits)
    assert len(found) > 10
    for path, score in found.items():
        assert score == pytest.approx(expected[path], rel=0.002)


def test_a_word_and_its_synonym_are_one_word_to_the_formula(engine: WhooshEngine) -> None:
    documents = collection()
    formula = Formula(documents)
    other = {ENGLISH.terms["phone"]: ENGLISH.terms["letter"]}
    expected = {document.path: formula.score(number, "phone union", other) for number, document in enumerate(documents)}
    found = dict(engine.rank(parse("phone union"), Synonyms.build([["phone", "letter"]])).hits)
    for path, score in found.items():
        assert score == pytest.approx(expected[path], rel=0.002)


def test_of_a_page_of_endless_words_the_first_are_stemmed_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "MAX_STEMMED", 3)
    counted = weighing.analyse(Document("lists/all", "Lists", body="zebras zebras lists zeppelins")).counts["body"]
    assert counted == {"en:zebra": 2, "en:list": 1, "en:zeppelins": 1}
