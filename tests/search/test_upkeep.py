"""The index under change: updates, other readers and writers, damage, sudden death."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wiki.errors import Unavailable
from wiki.search import writing
from wiki.search.documents import Document
from wiki.search.engine import IndexMissing
from wiki.search.query import parse
from wiki.search.whoosh_engine import WhooshEngine

WORDS = [
    "texting",
    "phone",
    "bank",
    "canvass",
    "volunteer",
    "donor",
    "list",
    "script",
    "event",
    "union",
    "tenant",
    "letter",
]


def page(number: int, version: int = 0) -> Document:
    chosen = random.Random(1000 * version + number)
    name = " ".join(chosen.sample(WORDS, 2))
    body = " ".join(chosen.choices(WORDS, k=40)) + f" page{number} version{version}x{number}"
    return Document(f"field/p{number}", f"{name} {number}", summary=" ".join(chosen.sample(WORDS, 4)), body=body)


def paths(engine: WhooshEngine, text: str) -> list[str]:
    return [path for path, _ in engine.rank(parse(text)).hits]


def test_many_updates_find_what_a_rebuild_finds(tmp_path: Path) -> None:
    kept = {number: page(number) for number in range(120)}
    engine = WhooshEngine(tmp_path / "updated")
    engine.rebuild("0", kept.values(), len(kept))
    chosen = random.Random(7)
    for version in range(1, 13):
        changed = {number: page(number, version) for number in chosen.sample(range(130), 2)}
        gone = chosen.choice([number for number in kept if number not in changed])
        kept.update(changed)
        del kept[gone]
        engine.update(str(version), changed.values(), [f"field/p{gone}", "field/never-was"])
    fresh = WhooshEngine(tmp_path / "rebuilt")
    fresh.rebuild("12", kept.values(), len(kept))
    queries = [" ".join(chosen.sample(WORDS, 3)) for _ in range(40)]
    alike = [len(set(paths(engine, text)[:5]) & set(paths(fresh, text)[:5])) / 5 for text in queries]
    assert sum(alike) / len(alike) >= 0.95
    for number in range(130):
        expected = [f"field/p{number}"] if number in kept else []
        assert paths(engine, f'"page{number}"') == expected


def test_the_number_of_segments_stays_small_and_nothing_old_is_left(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(60)), 60)
    for version in range(1, 30):
        engine.update(str(version), [page(version, version)], [])
    (folder,) = (entry for entry in (tmp_path / "index").iterdir() if entry.is_dir())
    assert len(list(folder.glob("*.seg"))) <= writing.MAX_SMALL_SEGMENTS + 1
    assert len(list(folder.glob("*.toc"))) == 1
    assert not [entry for entry in folder.iterdir() if entry.suffix == ".tmp"]


def test_an_index_is_worn_when_a_fifth_has_changed(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(50)), 50)
    engine.update("1", [page(1, 1), page(2, 1)], [])
    assert not engine.worn()
    engine.update("2", [page(number, 2) for number in range(10)], [])
    assert engine.worn()
    engine.rebuild("2", map(page, range(50)), 50)
    assert not engine.worn()


def test_a_deleted_index_is_missing_and_can_be_rebuilt(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(5)), 5)
    assert paths(engine, "page3") == ["field/p3"]
    for entry in sorted((tmp_path / "index").rglob("*"), reverse=True):
        entry.rmdir() if entry.is_dir() else entry.unlink()
    assert engine.commit() is None
    with pytest.raises(IndexMissing):
        engine.update("1", [page(1)], [])
    engine.rebuild("1", map(page, range(5)), 5)
    assert paths(engine, "page3") == ["field/p3"]


def _cut(file: Path) -> None:
    os.truncate(file, 1000)


def _garbage(file: Path) -> None:
    file.write_bytes(b"garbage" * 10)


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.unlink()
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [_cut, _garbage, _flip])
@pytest.mark.parametrize("name", ["*.seg", "*.toc", "statistics.json"])
def test_a_damaged_file_is_noticed_and_nothing_of_it_is_believed(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    WhooshEngine(tmp_path / "index").rebuild("0", map(page, range(50)), 50)
    damage(next((tmp_path / "index").rglob(name)))
    engine = WhooshEngine(tmp_path / "index")
    assert engine.commit() is None
    engine.rebuild("1", map(page, range(5)), 5)
    assert paths(engine, "page3") == ["field/p3"]


def test_a_file_cut_short_under_a_reader_does_not_end_the_process(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(50)), 50)
    assert paths(engine, "page3")
    _cut(next((tmp_path / "index").rglob("*.seg")))
    with pytest.raises(IndexMissing):
        engine.rank(parse("page4"))
    assert engine.commit() is None


def test_a_file_cut_short_in_the_middle_of_a_question_does_not_end_the_process_either(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("r1", [page(number) for number in range(60)])
    found = engine._current()
    assert found is not None
    for file in tmp_path.rglob("*.seg"):
        os.truncate(file, 100)
    # The question was begun before, and asks on: what is missing is an error, and the index is as good as gone.
    with pytest.raises(IndexMissing), engine._distrusting(found[0]):
        found[1].postings("words", "meeting")
        found[1].card(59)
        found[1].text(59)
    assert engine.commit() is None


def test_what_is_wrong_with_an_older_state_takes_nothing_from_the_present_one(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("r1", [page(number) for number in range(60)])
    found = engine._current()
    assert found is not None
    older = next(tmp_path.rglob("*.seg"))
    # Begun before another process built the index anew and removed what this one still reads.
    WhooshEngine(tmp_path).rebuild("r2", [page(number) for number in range(60)])
    assert not older.exists()
    with pytest.raises(IndexMissing), engine._distrusting(found[0]):
        raise OSError
    assert engine.commit() == "r2" and engine.rank(parse("page4")).hits


def test_a_file_turned_to_noise_is_noticed_before_anybody_asks(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("r1", [page(number) for number in range(60)])
    assert engine.commit() == "r1"
    for file in tmp_path.rglob("*.seg"):
        file.write_bytes(os.urandom(file.stat().st_size))
    assert engine.commit() is None


@pytest.mark.parametrize(
    "state",
    ["", "{", "[]", '{"fingerprint": 1}', '{"index": "../..", "generation": 1, "revision": "x", "files": {}}'],
)
def test_a_state_that_this_version_did_not_write_is_no_index(tmp_path: Path, state: str) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(5)), 5)
    if "index" in state:
        state = json.dumps({"fingerprint": engine.fingerprint, **json.loads(state)})
    (tmp_path / "index" / "state.json").write_text(state)
    assert engine.commit() is None


def test_an_index_of_another_version_is_superseded_only_if_it_came_after_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = WhooshEngine(tmp_path / "index")
    assert older.commit() is None
    monkeypatch.setattr("wiki.search.whoosh_engine.FORMAT", 0)
    newer = WhooshEngine(tmp_path / "index")
    newer.rebuild("0", map(page, range(5)), 5)
    assert (older.commit(), older.is_superseded()) == (None, True)
    monkeypatch.undo()
    started = WhooshEngine(tmp_path / "index")
    assert (started.commit(), started.is_superseded()) == (None, False)
    started.rebuild("0", map(page, range(5)), 5)
    assert (newer.commit(), newer.is_superseded()) == (None, True)
    assert (older.commit(), older.is_superseded()) == ("0", False)


def test_readers_go_on_while_others_write_and_rebuild(tmp_path: Path) -> None:
    writer, reader = WhooshEngine(tmp_path / "index"), WhooshEngine(tmp_path / "index")
    writer.rebuild("0", map(page, range(40)), 40)
    done = threading.Event()
    errors: list[BaseException] = []

    def read() -> None:
        while not done.is_set():
            try:
                assert paths(reader, "page7") == ["field/p7"]
                reader.snippets(["field/p7"], ["page7"])
                reader.titles("tex")
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, 12):
        writer.update(str(version), [page(7, version), page(version, version)], [])
    writer.rebuild("12", map(page, range(40)), 40)
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert reader.commit() == "12"


def test_two_writers_take_turns(tmp_path: Path) -> None:
    engines = [WhooshEngine(tmp_path / "index") for _ in range(2)]
    engines[0].rebuild("0", map(page, range(20)), 20)
    threads = [
        threading.Thread(target=engine.update, args=(f"{number}", [page(100 + number)], []))
        for number, engine in enumerate(engines * 3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        assert paths(engines[0], f"page{100 + number}") == [f"field/p{100 + number}"]


def test_a_writer_that_finds_another_at_work_for_too_long_gives_up(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index", lock_seconds=0.05)
    engine.rebuild("0", [page(1)], 1)
    other = WhooshEngine(tmp_path / "index")
    inside, leave = threading.Event(), threading.Event()

    def slowly() -> object:
        inside.set()
        leave.wait(10)
        yield page(2)

    thread = threading.Thread(target=other.update, args=("1", slowly(), []))
    thread.start()
    inside.wait(10)
    with pytest.raises(Unavailable):
        engine.update("2", [page(3)], [])
    assert paths(engine, "page1") == ["field/p1"]
    leave.set()
    thread.join()
    assert engine.commit() == "1"


def test_an_update_that_fails_changes_nothing(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("0", map(page, range(5)), 5)

    def broken() -> object:
        yield page(1, 1)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        engine.update("1", broken(), ["field/p2"])  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        engine.rebuild("1", broken(), 5)  # type: ignore[arg-type]
    assert engine.commit() == "0"
    assert paths(engine, "page2") == ["field/p2"]
    assert len([entry for entry in (tmp_path / "index").iterdir() if entry.is_dir()]) == 1
    engine.update("1", [page(1, 1)], ["field/p2"])
    assert paths(engine, "page2") == []


KILLED = """
import sys
from pathlib import Path
from wiki.search.documents import Document
from wiki.search.whoosh_engine import WhooshEngine
engine = WhooshEngine(Path(sys.argv[1]))
number = int(engine.commit() or 0)
while True:
    number += 1
    pages = [Document(f"p{n}", f"Page {n}", body=f"revision{number} filler words for page number{n}") for n in range(3)]
    if number % 5:
        engine.update(str(number), pages, [f"gone{number}"])
    else:
        engine.rebuild(str(number), pages, 3)
    print(number, flush=True)
"""


def test_kill_at_any_moment_leaves_the_index_at_one_revision_or_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    WhooshEngine(folder).rebuild("0", [Document("p0", "Page 0", body="revision0")], 1)
    chosen = random.Random(3)
    for _ in range(7):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, cwd=Path.cwd())
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        time.sleep(chosen.uniform(0.01, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        engine = WhooshEngine(folder)
        revision = int(engine.commit() or -1)
        assert revision >= 0
        if revision:
            assert sorted(paths(engine, f'"revision{revision}"')) == ["p0", "p1", "p2"]
            assert paths(engine, f'"revision{revision + 1}"') == []
    assert int(WhooshEngine(folder).commit() or -1) > 0
