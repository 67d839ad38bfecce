"""The words organizers use, on the pages that a new wiki starts with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wiki.search.query import parse
from wiki.search.synonyms import Synonyms
from wiki.search.whoosh_engine import WhooshEngine

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "benchmarks" / "data"


@pytest.fixture(scope="module")
def relevance() -> ModuleType:
    spec = importlib.util.spec_from_file_location("relevance", ROOT / "benchmarks" / "relevance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["relevance"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def synonyms(relevance: ModuleType) -> Synonyms:
    found: Synonyms = relevance.read_synonyms([ROOT / "seed"])
    return found


@pytest.fixture(scope="module")
def documents(relevance: ModuleType) -> dict[str, object]:
    found: dict[str, object] = relevance.read_documents(ROOT / "seed")
    return found


@pytest.fixture(scope="module")
def engine(documents: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    engine = WhooshEngine(tmp_path_factory.mktemp("seed") / "index")
    engine.rebuild("1", documents.values(), len(documents))  # type: ignore[arg-type]
    return engine


@pytest.fixture
def top(engine: WhooshEngine, synonyms: Synonyms):
    def find(text: str, count: int, prefer: str = "en") -> list[str]:
        return [path for path, _ in engine.rank(parse(text), synonyms, prefer=prefer).hits[:count]]

    return find


@pytest.mark.parametrize(
    ("text", "path", "within"),
    [
        # Said by a toolkit of the pages in it.
        ("books that hold", "toolkits/small-budget-fundraising", 3),
        ("VAN", "field/ngp-van-everyaction", 2),
        ("VAN", "glossary/van", 2),
        ("votebuilder", "field/ngp-van-everyaction", 2),
        ("Hustle", "field/hustle", 1),
        ("Reach", "field/reach", 1),
        ("Spoke", "field/spoke", 1),
        ("mobilize", "field/mobilize", 1),
        ("universe", "glossary/universe", 1),
        ("call time", "glossary/call-time", 1),
        ("call time", "fundraising/numero", 3),
        ("calltime", "fundraising/calltime", 2),
        ("GOTV", "glossary/gotv", 1),
        ("get out the vote", "glossary/gotv", 1),
        ("CRM", "glossary/crm", 1),
        ("501c3", "glossary/c3-and-c4", 3),
        ("nation builder", "field/nationbuilder", 1),
        ("civi crm", "field/civicrm", 1),
        ("piwik", "communications/matomo", 1),
        ("surveymonkey", "field/limesurvey", 3),
        ("something like eventbrite", "fundraising/pretix", 3),
        ("slack alternative", "communications/zulip", 4),
        ("https://secure.actblue.com/donate/somebody", "fundraising/actblue", 1),
        ("kanban", "field/wekan", 5),
        ("p2p", "field/spoke", 6),
        ("signup", "field/opnform", 4),
        ("signup form", "field/opnform", 3),
        ("donaciones en línea", "fundraising/choosing-a-donation-platform", 3),
        ("signel", "communications/signal", 1),
        ("mailchmip", "communications/mailchimp", 1),
        ("how do we move our list from one database to another", "field/moving-a-list-between-databases", 1),
        ("what should we do when a volunteer leaves the group", "tips/when-a-volunteer-leaves", 1),
        ("opencolective", "fundraising/open-collective", 1),
        ("messenger without a phone number", "communications/session", 1),
        ("sms on android", "field/impactive", 4),
        ("contraseñas robadas", "es/tips/first-digital-security-hour", 1),
        ("para quién es este wiki", "es/about", 1),
        ("digital security for our group", "toolkits/a-safer-organizing-group", 8),
        ("security", "toolkits/a-safer-organizing-group", 8),
        ("training", "trainings/data-entry-evening", 8),
        ("scale to win", "field/thrutext", 5),
        ("wats app group", "communications/whatsapp", 1),
        ("aportes para la huelga", "fundraising/strike-and-mutual-aid-funds", 2),
    ],
)
def test_what_is_looked_for_is_near_the_top(top, text: str, path: str, within: int) -> None:
    assert path in top(text, within)


@pytest.mark.parametrize(
    ("ways", "paths"),
    [
        (["dialer", "phone banking", "phonebank", "call tool"], {"field/thrutalk", "field/callhub"}),
        (["P2P texting", "peer-to-peer SMS", "text banking", "textbank"], {"field/spoke", "field/hustle"}),
        (["CRM", "supporter database", "constituent relationship management"], {"field/salesforce-npsp"}),
        (["door knocking app", "canvassing app"], {"field/openfield", "field/reach"}),
    ],
)
def test_the_same_tools_are_found_in_any_words(top, ways: list[str], paths: set[str]) -> None:
    for text in ways:
        assert paths <= set(top(text, 10)), text


def test_an_identity_is_not_taken_for_a_typing_error(engine: WhooshEngine) -> None:
    for text in ("ID", "van", "hustle", "reach", "call time", "lists", "doors"):
        assert engine.rank(parse(text)).corrected is None


def test_a_spanish_reader_gets_the_spanish_page_first(top) -> None:
    assert top("Signal", 1, prefer="es") == ["es/communications/signal"]
    assert top("Signal", 1, prefer="en") == ["communications/signal"]


def test_a_title_typed_as_a_query_is_first(engine: WhooshEngine, documents: dict[str, object]) -> None:
    titles = [(document.title, document.language, path) for path, document in documents.items()]  # type: ignore[attr-defined]
    first = [engine.rank(parse(title), prefer=tongue).hits[0][0] == path for title, tongue, path in titles]
    assert sum(first) / len(first) >= 0.97


@pytest.mark.parametrize(("name", "queries", "ndcg", "success"), [("", 250, 0.86, 0.88), ("held-out-", 50, 0.75, 0.86)])
def test_judged_queries_are_ranked_as_well_as_documented(
    relevance: ModuleType,
    documents: dict[str, object],
    synonyms: Synonyms,
    name: str,
    queries: int,
    ndcg: float,
    success: float,
) -> None:
    asked = relevance.read_queries(DATA / f"{name}queries.jsonl")
    judgements = relevance.read_judgements(DATA / f"{name}judgements.jsonl")
    figures = relevance.measure(documents, asked, judgements, synonyms)
    assert figures.queries >= queries
    assert figures.ndcg >= ndcg
    assert figures.success >= success
