"""The search engine as its users see it: what is indexed is found, what is gone is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from wiki.search.documents import Document
from wiki.search.engine import IndexMissing
from wiki.search.query import parse
from wiki.search.synonyms import Synonyms
from wiki.search.whoosh_engine import WhooshEngine

PAGES = [
    Document("field/minivan", "MiniVAN", summary="Canvass app for walk lists.", body="Knock on doors with a phone."),
    Document(
        "field/canvassing", "How to canvass", body="Canvassers knock on doors. Onboarding new volunteers matters."
    ),
    Document("communications/spoke", "Spoke", summary="Peer-to-peer texting.", body="Volunteers send text messages."),
    Document(
        "communications/hustle", "Hustle", aliases=("HustleLive",), summary="Texting tool.", body="Text many people."
    ),
    Document("fundraising/calls", "Call time", body="Candidates call donors and ask for money."),
    Document(
        "es/field/puertas", "Puerta a puerta", language="es", body="Las visitas de las organizadoras a los votantes."
    ),
    Document("tips/privacy", "Privacy", body="Lock your phone. Protect the lists of volunteers."),
]


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("r1", PAGES, len(PAGES))
    return engine


def found(engine: WhooshEngine, text: str, **options: object) -> list[str]:
    return [path for path, _ in engine.rank(parse(text), **options).hits]  # type: ignore[arg-type]


def test_an_engine_without_an_index_says_so(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "nothing")
    assert engine.commit() is None
    with pytest.raises(IndexMissing):
        engine.rank(parse("text"))


def test_the_index_remembers_the_revision_it_stands_at(engine: WhooshEngine) -> None:
    assert engine.commit() == "r1"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("minivan", "field/minivan"),
        ("canvassers", "field/canvassing"),
        ("onboard", "field/canvassing"),
        ("hustlelive", "communications/hustle"),
        ("how do I send text messages to volunteers", "communications/spoke"),
        ("organizadora", "es/field/puertas"),
        ("votante", "es/field/puertas"),
        ("fundraising", "fundraising/calls"),
    ],
)
def test_a_page_is_found_by_its_words_in_any_form(engine: WhooshEngine, text: str, path: str) -> None:
    assert found(engine, text)[0] == path


def test_an_updated_page_is_found_by_its_new_words_only(engine: WhooshEngine) -> None:
    engine.update("r2", [Document("communications/spoke", "Spoke", body="Bicycle repair.")], ["tips/privacy"])
    assert engine.commit() == "r2"
    assert found(engine, "bicycle") == ["communications/spoke"]
    assert "communications/spoke" not in found(engine, "messages")
    assert "tips/privacy" not in found(engine, "privacy lock")


def test_typing_errors_are_forgiven_and_said(engine: WhooshEngine) -> None:
    ranking = engine.rank(parse("knock on dooors"))
    assert ranking.corrected == "knock on doors"
    assert {path for path, _ in ranking.hits} == {"field/minivan", "field/canvassing"}


def test_a_synonym_finds_what_its_word_finds(engine: WhooshEngine) -> None:
    synonyms = Synonyms.build([["p2p texting", "peer-to-peer texting"], ["door knocking", "canvassing"]])
    assert found(engine, "P2P texting", synonyms=synonyms)[0] == "communications/spoke"
    assert "field/canvassing" in found(engine, "door knocking", synonyms=synonyms)[:2]


def test_quotes_are_exact_and_minus_leaves_out(engine: WhooshEngine) -> None:
    assert set(found(engine, '"knock on doors"')) == {"field/canvassing", "field/minivan"}
    assert found(engine, '"doors on knock"') == []
    assert found(engine, "doors -app") == ["field/canvassing"]


def test_titles_are_completed(engine: WhooshEngine) -> None:
    assert engine.titles("hu") == [("communications/hustle", "Hustle")]
    assert engine.titles("time") == [("fundraising/calls", "Call time")]
    assert engine.titles("hustlel") == [("communications/hustle", "Hustle")]
    assert engine.titles("hustel") == [("communications/hustle", "Hustle")]
    assert engine.titles("zzz") == []


@pytest.mark.parametrize("name", ["hustel", "hustle app", "hus tle", "HUSTLE"])
def test_near_to_a_page_that_is_not_there_is_what_is_called_nearly_so(engine: WhooshEngine, name: str) -> None:
    assert engine.near(name, 5) == [("communications/hustle", "Hustle")]


def test_a_word_of_a_text_makes_no_page_near(engine: WhooshEngine) -> None:
    assert engine.titles("volunteers") and engine.near("volunteers", 5) == []
    assert engine.near("", 5) == []


def test_snippets_show_the_words_around_a_hit(engine: WhooshEngine) -> None:
    ranking = engine.rank(parse("knocking doors"))
    shown = engine.snippets(["field/canvassing", "gone/away"], ranking.words)
    assert set(shown) == {"field/canvassing"}
    assert [text for text, hit in shown["field/canvassing"].parts if hit] == ["knock", "doors"]
    assert "".join(text for text, _ in shown["field/canvassing"].parts).startswith("Canvassers knock on doors.")
