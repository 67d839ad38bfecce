"""Catching up with the pages."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from wiki.errors import NotFound, Unavailable
from wiki.search.documents import Document
from wiki.search.indexer import Changes, Indexer
from wiki.search.query import parse
from wiki.search.whoosh_engine import WhooshEngine


class Pages:
    """A source whose revisions are the numbers of a list of states."""

    def __init__(self, *states: dict[str, str]) -> None:
        self.states = list(states)
        self.asked: list[tuple[str | None, str]] = []

    def head(self) -> str:
        return str(len(self.states) - 1)

    def changed(self, old: str | None, new: str) -> Changes:
        self.asked.append((old, new))
        if old is not None and int(old) >= len(self.states):
            raise NotFound("revision.unknown")
        before = self.states[int(old)] if old is not None else {}
        after = self.states[int(new)]
        changed = {path: text for path, text in after.items() if before.get(path) != text}
        documents = [Document(path, path.upper(), body=text) for path, text in changed.items()]
        return Changes(self.reading(documents), [path for path in before if path not in after], len(documents))

    def reading(self, documents: list[Document]) -> Iterable[Document]:
        return documents


FIRST = {f"p{number}": f"text{number} about calling" for number in range(20)}
SECOND = {**FIRST, "p1": "bicycles", "new": "balloons"}
del SECOND["p2"]


def indexer(tmp_path: Path, source: Pages) -> tuple[Indexer, WhooshEngine]:
    engine = WhooshEngine(tmp_path / "index")
    return Indexer(engine, source, tmp_path / "indexer.lock"), engine


def found(engine: WhooshEngine, text: str) -> list[str]:
    return [path for path, _ in engine.rank(parse(text)).hits]


def test_from_nothing_everything_is_indexed_and_then_only_what_changed(tmp_path: Path) -> None:
    source = Pages(FIRST)
    work, engine = indexer(tmp_path, source)
    assert work.catch_up()
    source.states.append(SECOND)
    assert engine.commit() != source.head()
    assert work.catch_up()
    assert source.asked == [(None, "0"), ("0", "1")]
    assert found(engine, "bicycles") == ["p1"]
    assert found(engine, "balloons") == ["new"]
    assert found(engine, "text2") == []
    assert engine.commit() == source.head()


def test_at_head_nothing_is_done(tmp_path: Path) -> None:
    source = Pages(FIRST)
    work, _ = indexer(tmp_path, source)
    work.catch_up()
    source.asked.clear()
    assert work.catch_up()
    assert source.asked == []


def test_a_head_that_moves_meanwhile_is_caught_up_with_too(tmp_path: Path) -> None:
    class Moving(Pages):
        def reading(self, documents: list[Document]) -> Iterable[Document]:
            if len(self.states) < 4:
                self.states.append({**SECOND, "again": f"again{len(self.states)}"})
            return documents

    source = Moving(FIRST)
    work, engine = indexer(tmp_path, source)
    assert work.catch_up()
    assert engine.commit() == "3"
    assert found(engine, "again3") == ["again"]


def test_a_rewritten_history_is_read_anew(tmp_path: Path) -> None:
    source = Pages(FIRST, SECOND)
    work, engine = indexer(tmp_path, source)
    work.catch_up()
    source.states = [SECOND]
    assert work.catch_up()
    assert engine.commit() == "0"
    assert source.asked[-1] == (None, "0")


def test_when_much_has_changed_the_index_is_rebuilt_and_not_brought_along_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Pages(FIRST)
    work, engine = indexer(tmp_path, source)
    work.catch_up()
    monkeypatch.setattr(engine, "update", None)
    source.states.append({path: text + " more" for path, text in FIRST.items()})
    assert work.catch_up()
    assert source.asked == [(None, "0"), ("0", "1"), (None, "1")]
    assert not engine.worn()


def test_progress_is_told_and_full_rebuilds(tmp_path: Path) -> None:
    source = Pages(FIRST)
    work, _ = indexer(tmp_path, source)
    told: list[tuple[int, int]] = []
    work.catch_up(lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == 2 * len(FIRST)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    work.catch_up(full=True)
    assert source.asked == [(None, "0"), (None, "0")]


def test_a_failure_is_raised_and_readers_go_on(tmp_path: Path) -> None:
    class Broken(Pages):
        broken = False

        def changed(self, old: str | None, new: str) -> Changes:
            if self.broken:
                raise Unavailable("storage.busy")
            return super().changed(old, new)

    source = Broken(FIRST)
    work, engine = indexer(tmp_path, source)
    work.catch_up()
    source.states.append(SECOND)
    source.broken = True
    with pytest.raises(Unavailable):
        work.catch_up()
    assert engine.commit() == "0"
    assert found(engine, "text2") == ["p2"]
    source.broken = False
    assert work.catch_up()
    assert engine.commit() == "1"


def test_one_works_and_the_others_go_on_at_once(tmp_path: Path) -> None:
    inside, leave = threading.Event(), threading.Event()

    class Slow(Pages):
        def reading(self, documents: list[Document]) -> Iterable[Document]:
            inside.set()
            leave.wait(10)
            return documents

    source = Slow(FIRST)
    work, _ = indexer(tmp_path, source)
    other, _ = indexer(tmp_path, source)
    thread = threading.Thread(target=work.catch_up)
    thread.start()
    inside.wait(10)
    assert not work.catch_up()
    assert not other.catch_up()
    leave.set()
    thread.join()
    assert other.catch_up()
    assert len(source.asked) == 1
