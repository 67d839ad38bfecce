"""The accounts database where it is a file: what can happen to a file. What both databases do is in tests/accounts."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from wiki import engines
from wiki.database import Database, open_database
from wiki.errors import Invalid, Unavailable
from wiki.migrations import HEAD

ADD_SALT = text("INSERT INTO throttle_salts (period, salt) VALUES (:period, 'x')")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "accounts.sqlite3"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{file}")
    yield database
    database.close()


def add(database: Database, period: int = 1) -> None:
    with database.write() as connection:
        connection.execute(ADD_SALT, {"period": period})


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(text("SELECT count(*) FROM throttle_salts")).scalar_one()


def code(database: Database) -> str:
    with pytest.raises(Unavailable) as caught, database.read():
        pass
    return caught.value.code


def test_nothing_is_made_before_the_first_use(database: Database, file: Path) -> None:
    assert not file.exists()
    assert count(database) == 0
    assert file.exists()


def test_only_its_owner_may_read_the_file(database: Database, file: Path) -> None:
    add(database)
    for made in file.parent.iterdir():
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_connections_keep_a_log_heed_foreign_keys_and_overwrite_what_is_deleted(database: Database) -> None:
    with database.read() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "busy_timeout", "trusted_schema")
        }
    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
        "trusted_schema": 0,
    }


def test_foreign_keys_are_heeded_again_after_a_migration(database: Database) -> None:
    database.downgrade("base")
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("INSERT INTO former_names (name_key, user_id) VALUES ('x', 1)"))


def test_threads_that_make_databases_of_their_own_at_once_all_get_them_whole(tmp_path: Path) -> None:
    databases = [open_database(f"sqlite:///{tmp_path / str(number)}.sqlite3") for number in range(8)]
    together = threading.Barrier(len(databases))

    def make(database: Database) -> None:
        together.wait()
        database.upgrade()

    threads = [threading.Thread(target=make, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        assert database.version() == HEAD and count(database) == 0
        database.close()


def test_a_reader_is_not_held_up_by_a_writer_and_sees_one_moment(database: Database) -> None:
    add(database, 1)
    with database.read() as reader:
        before = reader.execute(text("SELECT count(*) FROM throttle_salts")).scalar()
        with database.write() as writer:
            writer.execute(ADD_SALT, {"period": 2})
            assert count(database) == 1
        assert reader.execute(text("SELECT count(*) FROM throttle_salts")).scalar() == before == 1
    assert count(database) == 2


def test_writers_wait_for_each_other_even_if_they_read_first(database: Database) -> None:
    add(database, 0)

    def increase() -> None:
        for _ in range(10):
            with database.write() as connection:
                highest = connection.execute(text("SELECT max(period) FROM throttle_salts")).scalar_one()
                connection.execute(ADD_SALT, {"period": highest + 1})

    threads = [threading.Thread(target=increase) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 41


def test_a_database_that_stays_locked_is_busy(database: Database, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0)
    hasty = open_database(f"sqlite:///{file}")
    add(database)
    assert count(hasty) == 1
    with database.write(), pytest.raises(Unavailable) as caught:
        add(hasty, 2)
    assert caught.value.code == "database.busy"
    add(hasty, 2)
    hasty.close()


def test_a_program_that_is_killed_while_it_writes_leaves_whole_transactions(database: Database, file: Path) -> None:
    add(database, 0)
    program = (
        "import sys\nfrom sqlalchemy import text\nfrom wiki.database import open_database\n"
        "database = open_database(sys.argv[1])\nperiod = 1\n"
        "while True:\n"
        "    with database.write() as connection:\n"
        "        for _ in range(2):\n"
        "            connection.execute(text('INSERT INTO throttle_salts (period, salt) VALUES (:p, 0)'), {'p': period})\n"
        "            period += 1\n"
        "    print(period, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, f"sqlite:///{file}"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert process.stdout is not None
    answered = [int(process.stdout.readline()) for _ in range(5)][-1]
    process.kill()
    process.wait()
    assert database.check(thorough=True) == []
    assert count(database) >= answered
    assert count(database) % 2 == 1
    add(database, 10**6)


def test_a_backup_put_in_its_place_is_taken_up_without_a_restart(database: Database, file: Path) -> None:
    add(database, 1)
    database.close()
    shutil.copy(file, file.with_name("backup"))
    add(database, 2)
    assert count(database) == 2
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.with_name("backup").replace(file)
    assert count(database) == 1
    add(database, 3)
    assert count(database) == 2


def test_an_older_backup_put_in_its_place_is_brought_up_to_date(database: Database, file: Path) -> None:
    add(database)
    database.close()
    sqlite3.connect(file.with_name("empty")).close()
    file.with_name("empty").replace(file)
    assert count(database) == 0


def test_a_file_that_vanishes_is_missed_not_replaced_until_a_restart(database: Database, file: Path) -> None:
    add(database)
    shutil.move(file, file.with_name("elsewhere"))
    assert code(database) == "database.missing"
    assert [problem.code for problem in database.check()] == ["database.missing"]
    assert not file.exists()
    shutil.move(file.with_name("elsewhere"), file)
    assert count(database) == 1
    file.unlink()
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    restarted = open_database(f"sqlite:///{file}")
    assert count(restarted) == 0
    restarted.close()


def test_a_file_that_was_seen_and_is_cut_to_nothing_before_its_first_use_is_missed_not_filled(
    database: Database, file: Path
) -> None:
    add(database)
    database.close()
    other = open_database(f"sqlite:///{file}")
    found = file.stat()
    other.expect((found.st_dev, found.st_ino))
    os.truncate(file, 0)
    assert code(other) == "database.missing"
    assert file.stat().st_size == 0
    other.close()


@pytest.mark.parametrize(
    "content", [b"this is not a database, it only looks like one" * 100, b"SQLite format 3\0" * 100]
)
def test_a_damaged_file_is_named_and_left_as_it_is(database: Database, file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert code(database) == "database.damaged"
    assert [problem.code for problem in database.check()] == ["database.damaged"]
    assert file.read_bytes() == content


def test_damage_in_the_middle_is_found_by_a_thorough_check(database: Database, file: Path) -> None:
    for period in range(50):
        add(database, period)
    assert database.check(thorough=True) == []
    database.close()
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    assert "database.damaged" in [problem.code for problem in database.check(thorough=True)]


def test_somebody_elses_tables_are_left_alone(database: Database, file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE users (id, name)")
    assert code(database) == "database.upgrade"
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("users",)]


def test_a_place_that_cannot_be_written_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = open_database(f"sqlite:///{tmp_path / 'file' / 'accounts.sqlite3'}")
    assert code(database) == "database.unreachable"
    (tmp_path / "folder").mkdir()
    assert code(open_database(f"sqlite:///{tmp_path / 'folder'}")) == "database.unreachable"


def test_a_disk_without_room_is_full_and_what_was_there_is_still_read(database: Database) -> None:
    add(database)
    with pytest.raises(Unavailable) as caught, database.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        connection.execute(text("INSERT INTO throttle_salts (period, salt) VALUES (2, zeroblob(100000))"))
    assert caught.value.code == "database.full"
    assert count(database) == 1


def test_a_postgresql_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    database = open_database(f"postgresql://wiki:hidden@/none?host={tmp_path}")
    assert code(database) == "database.unreachable"
    assert "hidden" not in repr(database)


@pytest.mark.parametrize(
    "name", ["with blank", "100%25", "number#1", "what?mode=memory", "größe", os.fsdecode(b"gr\xf6\xdfe")]
)
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "accounts.sqlite3"
    database = open_database(f"sqlite:///{quote(os.fsencode(file))}")
    database.upgrade()
    database.close()
    assert file.exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "database.url"),
        ("not an address", "database.url"),
        ("mysql://wiki@localhost/wiki", "database.kind"),
        ("sqlite://", "database.memory"),
        ("sqlite:///:memory:", "database.memory"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_once(url: str, expected: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_database(url)
    assert caught.value.code == expected


def test_opening_a_database_that_is_up_to_date_does_not_load_alembic(database: Database, file: Path) -> None:
    add(database)
    program = (
        "import sys\nfrom wiki.database import open_database\n"
        "open_database(sys.argv[1]).upgrade()\nprint([name for name in sys.modules if name.startswith('alembic')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{file}"], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert found.stdout == "[]\n"
