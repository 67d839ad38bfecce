"""What was changed since the index files were written is found like everything else, and nothing of it gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.search.test_upkeep import _cut, _flip, _garbage, page, paths
from wiki.search import recent, writing
from wiki.search.documents import Document
from wiki.search.query import parse
from wiki.search.whoosh_engine import WhooshEngine


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(30)), 30)
    return engine


def recent_file(engine: WhooshEngine) -> Path:
    (found,) = engine._path.rglob("recent-*")
    return found


def segments(engine: WhooshEngine) -> list[Path]:
    return list(engine._path.rglob("*.seg"))


def test_a_changed_page_waits_in_no_segment_and_is_found_by_its_new_words_only(engine: WhooshEngine) -> None:
    before = segments(engine)
    engine.update("1", [Document("field/p3", "Carrier pigeons", aliases=("Doves",), body="coo okapi")], [])
    other = WhooshEngine(engine._path)
    for each in (engine, other):
        assert segments(each) == before
        assert paths(each, "okapi") == paths(each, '"coo okapi"') == ["field/p3"]
        assert paths(each, "page3") == []
        assert each.titles("carr") == [("field/p3", "Carrier pigeons")]
        assert each.titles("dov") == [("field/p3", "Carrier pigeons")]
        assert "okapi" in str(each.snippets(["field/p3"], ["okapi"])["field/p3"])
        assert each.commit() == "1"


def test_of_several_changes_of_a_page_the_last_counts_and_a_deleted_page_is_gone(engine: WhooshEngine) -> None:
    engine.update("1", [Document("field/p3", "One", body="aardvark"), Document("new", "New", body="zebra")], [])
    engine.update("2", [Document("field/p3", "Two", body="okapi")], ["new", "field/p4"])
    assert (paths(engine, "aardvark"), paths(engine, "okapi")) == ([], ["field/p3"])
    assert (paths(engine, "zebra"), paths(engine, "page4")) == ([], [])
    engine.update("3", [Document("new", "New", body="zebra again")], ["field/p3"])
    assert (paths(engine, "zebra"), paths(engine, "okapi")) == (["new"], [])


def test_misspelled_words_of_recent_pages_are_corrected(engine: WhooshEngine) -> None:
    engine.update("1", [Document(f"field/n{number}", "Giraffes", body="giraffes") for number in range(3)], [])
    assert engine.rank(parse("girafes")).corrected == "giraffes"
    assert sorted(paths(engine, "girafes")) == ["field/n0", "field/n1", "field/n2"]


def test_many_changes_become_a_segment_and_find_the_same(engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_RECORDS", 5)
    before = segments(engine)
    for version in range(1, 6):
        engine.update(str(version), [page(version, version)], [])
    assert segments(engine) == before
    found = {version: paths(engine, f'"version{version}x{version}"') for version in range(1, 6)}
    engine.update("6", [page(40, 6)], ["field/p1"])
    assert len(segments(engine)) == len(before) + 1 and not list(engine._path.rglob("recent-*"))
    for each in (engine, WhooshEngine(engine._path)):
        assert paths(each, '"version1x1"') == []
        for version in range(2, 6):
            assert paths(each, f'"version{version}x{version}"') == found[version] == [f"field/p{version}"]
        assert paths(each, '"version6x40"') == ["field/p40"]
        assert paths(each, "page7") == ["field/p7"]


def test_segments_that_are_joined_hold_what_they_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, joined = WhooshEngine(tmp_path / "waiting"), WhooshEngine(tmp_path / "joined")
    monkeypatch.setattr(writing, "MAX_SMALL_SEGMENTS", 3)
    for engine, most in ((waiting, 1_000), (joined, 3)):
        monkeypatch.setattr(recent, "MAX_RECORDS", most)
        engine.rebuild("0", map(page, range(40)), 40)
        for version in range(1, 20):
            changed = [page(version % 7, version), page(40 + version, version)]
            engine.update(str(version), changed, [f"field/p{version + 10}"])
    assert len(segments(waiting)) == 1 and 1 < len(segments(joined)) < 8
    before, after = waiting._current()[1], joined._current()[1]  # type: ignore[index]
    assert before.documents == after.documents
    terms = {(name, term) for record in before.recent.records for name, found in record.terms.items() for term in found}
    for name, term in terms:
        held = {before.card(number).path: weight for number, weight in zip(*before._read(name, term), strict=True)}
        found = {after.card(number).path: weight for number, weight in zip(*after._read(name, term), strict=True)}
        assert found == pytest.approx(held, rel=0.002), (name, term)


def test_few_long_pages_wait_no_longer_than_many_short_ones(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MAX_TERMS", 5_000)
    before = segments(engine)
    long = " ".join(f"word{number}" for number in range(900))
    engine.update("1", [Document("long/a", "Long", body=long)], [])
    assert segments(engine) == before
    engine.update("2", [Document("long/b", "Longer", body=f"{long} okapi")], [])
    assert len(segments(engine)) == len(before) + 1 and not list(engine._path.rglob("recent-*"))
    for each in (engine, WhooshEngine(engine._path)):
        assert sorted(paths(each, "word7")) == ["long/a", "long/b"]
        assert paths(each, "okapi") == ["long/b"]


@pytest.mark.parametrize("damage", [_cut, _garbage, _flip, Path.unlink])
def test_damaged_records_are_noticed_and_nothing_of_the_index_is_believed(engine: WhooshEngine, damage: object) -> None:
    engine.update("1", [page(number, 1) for number in range(4)], [])
    damage(recent_file(engine))  # type: ignore[operator]
    fresh = WhooshEngine(engine._path)
    assert fresh.commit() is None
    fresh.rebuild("2", map(page, range(5)), 5)
    assert paths(fresh, "page3") == ["field/p3"]


def test_what_a_killed_writer_added_but_never_announced_is_written_over(engine: WhooshEngine) -> None:
    engine.update("1", [page(1, 1)], [])
    with recent_file(engine).open("ab") as file:
        file.write(b"half a record")
    fresh = WhooshEngine(engine._path)
    assert paths(fresh, '"version1x1"') == ["field/p1"]
    fresh.update("2", [page(2, 2)], [])
    for each in (engine, fresh, WhooshEngine(engine._path)):
        assert each.commit() == "2"
        assert paths(each, '"version1x1"') + paths(each, '"version2x2"') == ["field/p1", "field/p2"]


def test_a_reader_that_looks_away_while_records_become_a_segment_finds_its_way_back(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MAX_RECORDS", 3)
    reader = WhooshEngine(engine._path)
    for version in range(1, 12):
        engine.update(str(version), [page(version, version)], [])
        if version % 4 == 0:
            assert paths(reader, f'"version{version}x{version}"') == [f"field/p{version}"]
    assert all(paths(reader, f'"version{number}x{number}"') == [f"field/p{number}"] for number in range(1, 12))
