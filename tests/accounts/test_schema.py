"""The schema and its versions, on both databases."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc, inspect, text

import wiki.migrations
from wiki.accounts import tables
from wiki.accounts.tables import metadata
from wiki.database import Database, open_database
from wiki.errors import Invalid, Unavailable
from wiki.migrations import HEAD

SNAPSHOT = Path(__file__).with_name("schema.json")


def described(database: Database) -> dict[str, object]:
    """What tables there are, in words that are the same for both databases."""
    with database.read() as connection:
        found = inspect(connection)
        return {
            name: {
                "columns": {
                    column["name"]: "optional" if column["nullable"] else "required"
                    for column in found.get_columns(name)
                },
                "unique": sorted(constraint["column_names"] for constraint in found.get_unique_constraints(name)),
                "refers": sorted(
                    [key["constrained_columns"][0], key["referred_table"], key["options"].get("ondelete", "")]
                    for key in found.get_foreign_keys(name)
                ),
                "indexed": sorted(
                    index["column_names"] for index in found.get_indexes(name) if not index.get("duplicates_constraint")
                ),
            }
            for name in sorted(found.get_table_names())
        }


def test_a_new_database_gets_the_newest_schema_on_first_use(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 0
    assert database.version() == HEAD
    database.close()


def test_the_migrations_lead_to_the_tables_that_the_code_works_with(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_the_schema_is_the_one_written_down(empty_url: str) -> None:
    database = open_database(empty_url)
    found = described(database)
    database.close()
    if os.environ.get("WIKI_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())


def test_the_version_that_the_engine_expects_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(wiki.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_going_back_to_nothing_and_forward_again_leaves_the_same_schema(empty_url: str) -> None:
    database = open_database(empty_url)
    before = described(database)
    database.downgrade("base")
    assert database.version() is None
    assert described(database) == before
    database.close()


def test_going_back_to_before_passkeys_keeps_everybody_and_the_apps_of_the_second_step(empty_url: str) -> None:
    database = open_database(empty_url)
    rows = ((1, "rosa", b"n" * 16, True), (2, "edgar", None, True))
    with database.write() as connection:
        for number, name, nonce, by_passkey in rows:
            person = {"name": name, "name_key": name, "display_name": name, "display_key": name, "role": "editor"}
            person |= {"state": "active", "created": datetime(2026, 3, 1, tzinfo=UTC), "language": "", "note": ""}
            connection.execute(
                tables.users.insert().values(id=number, approved_edits=0, vouched=True, rights=0, **person)
            )
            step = {"user_id": number, "nonce": nonce, "last_step": 0, "by_passkey": by_passkey}
            connection.execute(tables.two_factor.insert().values(step))
            connection.execute(tables.recovery_codes.insert().values(user_id=number, code_hash=b"c" * 32))
            key = {"credential": name.encode(), "public_key": b"k", "uses": 0, "label": "phone"}
            connection.execute(
                tables.passkeys.insert().values(user_id=number, created=datetime(2026, 3, 1, tzinfo=UTC), **key)
            )
    database.downgrade("0001")
    assert database.version() == "0001"
    database.upgrade()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 2
        assert connection.execute(text("SELECT user_id, by_passkey FROM two_factor")).all() == [(1, False)]
        assert connection.execute(text("SELECT user_id FROM recovery_codes")).scalars().all() == [1]
        assert connection.execute(text("SELECT count(*) FROM passkeys")).scalar() == 0
    database.close()


def test_an_unknown_version_to_go_back_to_is_named(empty_url: str) -> None:
    database = open_database(empty_url)
    with pytest.raises(Invalid) as caught:
        database.downgrade("1789")
    assert caught.value.code == "database.version"
    assert database.version() == HEAD
    database.close()


def test_a_database_that_a_newer_engine_has_changed_is_left_alone(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    later = open_database(empty_url)
    with pytest.raises(Unavailable) as caught, later.read():
        pass
    assert caught.value.code == "database.newer"
    assert caught.value.params == {"found": "9999", "known": HEAD}
    assert later.version() == "9999"
    later.close()


def test_a_newer_engine_that_changes_the_tables_in_use_is_named_and_not_what_was_asked(empty_url: str) -> None:
    database = open_database(empty_url)
    with pytest.raises(exc.DBAPIError), database.read() as connection:
        connection.execute(text("SELECT nothing FROM users"))
    assert not database.is_superseded()
    newer = open_database(empty_url)
    with newer.write() as connection:
        connection.execute(text("ALTER TABLE sessions RENAME COLUMN rights TO standing"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer.close()
    for transaction in (database.read, database.write):
        with pytest.raises(Unavailable) as caught, transaction() as connection:
            connection.execute(text("SELECT rights FROM sessions"))
        assert caught.value.code == "database.newer"
    assert database.is_superseded()
    database.close()


def test_many_that_open_a_new_database_at_once_make_its_schema_once(empty_url: str) -> None:
    databases = [open_database(empty_url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Database.upgrade, databases))
    assert {database.version() for database in databases} == {HEAD}
    for database in databases:
        database.close()


def test_a_transaction_that_fails_leaves_nothing(database_url: str) -> None:
    database = open_database(database_url)
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(text("INSERT INTO throttle_salts (period, salt) VALUES (1, 'x')"))
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM throttle_salts")).scalar() == 0
    database.close()
