"""The accounts as those have them who don't need them yet."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wiki.accounts.clock import utc_now
from wiki.accounts.door import Door
from wiki.accounts.roles import Role
from wiki.config import load
from wiki.errors import Invalid, Unavailable

SECRET = b"s" * 32
READER = """
import sys
from pathlib import Path
from wiki.config import load
from wiki.web.application import create_app

app = create_app(load(Path(sys.argv[1]), {}))
wiki = app.extensions["wiki"]
wiki.catch_up()
seen = wiki.door.look()
client = app.test_client()
for address in ("/", "/-/search?q=signal", "/-/recent", "/-/health", "/-/metrics"):
    print(client.get(address).status_code)
wiki.close()
print(seen, *(name in sys.modules for name in ("sqlalchemy", "wiki.importers.listing", "markdown_it")))
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[], Door]:
    """Doors to one and the same file of accounts, which has been used before."""

    def door() -> Door:
        return Door(load(tmp_path, {}), SECRET, utc_now)

    door().open().users.has_admin()
    return door


def test_a_process_that_only_shows_pages_loads_nothing_that_keeps_accounts_reads_lists_or_renders(
    story_home: Path,
) -> None:
    Door(load(story_home, {}), SECRET, utc_now).open().users.has_admin()
    reader = [sys.executable, "-c", READER, str(story_home)]
    # The first makes what is derived from the pages.
    shown, again = (subprocess.run(reader, capture_output=True, text=True, check=True, timeout=300) for _ in range(2))
    assert shown.stdout.split()[:-1] == ["200"] * 5 + ["True", "False", "False"], shown.stdout + shown.stderr
    assert again.stdout.split() == ["200"] * 5 + ["True", "False", "False", "False"], again.stdout + again.stderr


def test_a_file_of_accounts_that_was_seen_and_is_gone_is_missed_not_made_anew(made: Callable[[], Door]) -> None:
    door = made()
    assert door.look()
    assert door.is_reachable()
    assert door.file is not None
    for file in door.file.parent.glob("accounts.sqlite3*"):
        file.unlink()
    assert not door.is_reachable()
    with pytest.raises(Unavailable) as caught:
        door.open().users.has_admin()
    assert caught.value.code == "database.missing"
    assert not door.file.exists()
    assert not door.is_reachable()


@pytest.mark.parametrize("is_open", [False, True])
def test_accounts_that_a_newer_engine_changes_later_are_out_of_reach_and_known_to_be_so(
    made: Callable[[], Door], is_open: bool
) -> None:
    door = made()
    assert door.look() and door.is_reachable()
    if is_open:
        door.open().users.has_admin()
    assert door.file is not None
    with closing(sqlite3.connect(door.file)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    assert door.is_superseded() and not door.is_reachable()
    door.close()


def test_a_backup_in_the_place_of_the_file_that_was_seen_is_used(made: Callable[[], Door]) -> None:
    door = made()
    door.look()
    assert door.file is not None
    copy = door.file.with_name("copy")
    with closing(sqlite3.connect(door.file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(door.file)
    assert not door.open().users.has_admin()


def test_accounts_that_are_not_there_or_another_version_s_are_not_taken_as_seen(
    tmp_path: Path, made: Callable[[], Door]
) -> None:
    assert not Door(load(tmp_path / "elsewhere", {}), SECRET, utc_now).look()
    door = made()
    assert door.file is not None
    with closing(sqlite3.connect(door.file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    assert not door.look()


def test_an_address_that_can_not_be_used_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        Door(load(tmp_path, {}, {"database.url": "mysql://x/y"}), SECRET, utc_now)
    assert caught.value.code == "database.kind"


def test_what_is_past_its_time_is_forgotten_by_a_process_of_its_own(tmp_path: Path, made: Callable[[], Door]) -> None:
    door = made()
    file = door.file
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO throttle_counters VALUES (x'00', 1, 5)")
        connection.commit()
    config = load(tmp_path, {})
    config.instance_dir.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "wiki.accounts.forgetting", str(tmp_path)], check=True, timeout=300)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM throttle_counters").fetchone() == (0,)


def test_whether_there_is_an_administrator_is_known_without_loading_the_accounts(made: Callable[[], Door]) -> None:
    door = made()
    door.look()
    assert not door.has_admin()
    accounts = made().open()
    accounts.users.add("rosa", Role.ADMIN)
    assert not door.has_admin(), "nobody can sign in without a password"
    accounts.users.add("ana", Role.ADMIN, password="a password of many words")
    assert door.has_admin() and accounts.users.has_admin()
    assert not door.is_open
