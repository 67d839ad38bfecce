from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from wiki.pages.sqlite import Database

SCHEMA = "CREATE TABLE word (text TEXT)"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "derived" / "words.sqlite3", SCHEMA)


def words(database: Database) -> list[str]:
    return [text for (text,) in database.rows("SELECT text FROM word ORDER BY text")]


def test_a_transaction_is_visible_as_a_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        connection.execute("INSERT INTO word VALUES ('lost')")
        raise RuntimeError
    with database.transaction() as connection:
        connection.execute("INSERT INTO word VALUES ('kept')")
        assert words(database) == []
    assert words(database) == ["kept"]


def test_a_file_beside_which_nothing_can_be_written_is_read_as_it_is_until_it_can(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Database) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    database.rows("INSERT INTO word VALUES ('old')")
    database.close()
    with monkeypatch.context() as patched:
        patched.setattr(Database, "_connect", full)
        assert words(database) == ["old"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            database.rows("INSERT INTO word VALUES ('lost')")
    database.rows("INSERT INTO word VALUES ('new')")
    assert words(database) == ["new", "old"]


def test_a_file_deleted_while_in_use_is_begun_anew(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('old')")
    (tmp_path / "derived" / "words.sqlite3").unlink()
    assert words(database) == []
    database.rows("INSERT INTO word VALUES ('new')")
    assert words(database) == ["new"]


def test_a_file_that_another_process_began_anew_is_taken_up(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('old')")
    path = tmp_path / "derived" / "words.sqlite3"
    path.unlink()
    Database(path, SCHEMA).rows("INSERT INTO word VALUES ('new')")
    assert words(database) == ["new"]


def test_a_file_damaged_while_in_use_is_begun_anew(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('old')")
    path = tmp_path / "derived" / "words.sqlite3"
    path.unlink()
    path.write_bytes(b"This is not a database file, and that should be no trouble." * 100)
    # What is still in its journal may come back.
    assert words(database) in ([], ["old"])
    database.rows("INSERT INTO word VALUES ('new')")
    assert "new" in words(database)


def test_a_file_of_another_version_of_the_engine_is_begun_anew(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('old')")
    newer = Database(tmp_path / "derived" / "words.sqlite3", "CREATE TABLE word (text TEXT, language TEXT)")
    assert newer.rows("SELECT text, language FROM word") == []
    database.close()
    assert Database(tmp_path / "derived" / "words.sqlite3", SCHEMA).rows("SELECT * FROM word") == []


def test_a_file_that_another_version_put_in_its_place_meanwhile_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    assert words(database) == []
    newer = Database(tmp_path / "derived" / "words.sqlite3", f"{SCHEMA}; CREATE TABLE more (text TEXT)")
    newer.rows("SELECT text FROM more")
    with pytest.raises(sqlite3.OperationalError):
        words(database)
    assert database.succession.is_over
    newer.rows("SELECT text FROM more")
    assert not newer.succession.is_over
    (tmp_path / "derived" / "words.sqlite3").unlink()
    assert words(database) == []
    assert not database.succession.is_over


def test_a_file_of_something_else_is_replaced(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('lost')")
    file = tmp_path / "derived" / "words.sqlite3"
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE notes (text)")
    assert words(database) == [] and not database.succession.is_over


def test_a_folder_out_of_reach_is_as_a_file_out_of_reach_until_it_is_back(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('kept')")
    folder, away = tmp_path / "derived", tmp_path / "away"
    folder.rename(away)
    folder.write_text("a file where the folder was")
    with pytest.raises(sqlite3.OperationalError):
        words(database)
    folder.unlink()
    away.rename(folder)
    assert words(database) == ["kept"]


def test_a_mistake_in_a_query_is_told_and_harms_nothing(database: Database) -> None:
    database.rows("INSERT INTO word VALUES ('kept')")
    with pytest.raises(sqlite3.OperationalError):
        database.rows("SELECT nonsense FROM nowhere")
    assert words(database) == ["kept"]


def test_what_is_open_outlives_a_full_disk(database: Database, tmp_path: Path) -> None:
    """A full disk has no room for what opening the file anew takes."""
    database.rows("INSERT INTO word VALUES ('kept')")
    log = (tmp_path / "derived" / "words.sqlite3-wal").stat().st_ino
    database.rows("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError, match="full"), database.transaction(large=True) as connection:
        connection.executemany("INSERT INTO word VALUES (?)", [("x" * 1_000,)] * 100)
    assert words(database) == ["kept"]
    assert (tmp_path / "derived" / "words.sqlite3-wal").stat().st_ino == log


def test_many_threads_share_a_few_connections(database: Database) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            database.rows("INSERT INTO word VALUES (?)", (f"{number:03}",))
            assert f"{number:03}" in words(database)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(words(database)) == 40


def _in_child(path: Path, database: Database) -> None:
    database.rows("INSERT INTO word VALUES ('child')")


def _writes_beside_another(path: Path, database: Database, alone: Event) -> None:
    alone.wait(20)
    database.rows("INSERT INTO word VALUES ('first')")
    log = path / "derived" / "words.sqlite3-wal"
    before = log.stat().st_ino
    # Whoever closes the file last takes the log away; a process that comes and goes must not think that it is.
    look = (
        f"import sqlite3; sqlite3.connect({str(log).removesuffix('-wal')!r}).execute('SELECT * FROM word').fetchall()"
    )
    subprocess.run([sys.executable, "-c", look], check=True)
    assert log.stat().st_ino == before
    database.rows("INSERT INTO word VALUES ('second')")


def test_what_a_forked_process_has_open_no_other_takes_for_closed(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('parent')")
    fork = multiprocessing.get_context("fork")
    alone = fork.Event()
    child = fork.Process(target=_writes_beside_another, args=(tmp_path, database, alone))
    child.start()
    database.close()
    alone.set()
    child.join(60)
    assert child.exitcode == 0
    assert words(database) == ["first", "parent", "second"]


def test_a_forked_process_opens_connections_of_its_own(database: Database, tmp_path: Path) -> None:
    database.rows("INSERT INTO word VALUES ('parent')")
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(tmp_path, database))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    assert words(database) == ["child", "parent"]


def test_a_file_cut_to_nothing_while_another_has_it_open_is_begun_anew_at_once(
    database: Database, tmp_path: Path
) -> None:
    """SQLite would take it for new, and wait until the other lets go."""
    path = tmp_path / "derived" / "words.sqlite3"
    database.rows("INSERT INTO word VALUES ('old')")
    other = Database(path, SCHEMA)
    with database.connection() as held:
        held.execute("BEGIN")
        held.execute("SELECT * FROM word").fetchall()
        os.truncate(path, 0)
        assert words(other) == []
    other.rows("INSERT INTO word VALUES ('new')")
    assert words(database) == ["new"]
