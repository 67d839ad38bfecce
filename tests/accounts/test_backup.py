from __future__ import annotations

import sqlite3
from pathlib import Path

import pyotp
import pytest

from wiki.accounts.accounts import Accounts
from wiki.accounts.backup import dump, restore
from wiki.accounts.roles import Role
from wiki.accounts.tokens import Scope
from wiki.accounts.user import User
from wiki.database import open_database
from wiki.errors import Conflict, Invalid

from .conftest import PASSWORD, HandClock

BASE = "0" * 40


def test_a_dump_put_back_is_the_same_people_with_the_same_rights(
    accounts: Accounts, edgar: User, rosa: User, clock: HandClock, tmp_path: Path
) -> None:
    app = pyotp.TOTP(accounts.two_factor.start(rosa, "Wiki").secret)
    codes = accounts.two_factor.confirm(rosa, app.at(clock()))
    token, _ = accounts.tokens.create(edgar, "api", {Scope.READ})
    accounts.drafts.save(edgar.id, "a", BASE, {"body": "text 🌹"})
    edgar = accounts.users.rename(edgar.id, "edith")
    before, people = accounts.audit.list(), accounts.users.list()
    dump(accounts.database, tmp_path / "dump.sqlite3")

    accounts.users.add("later", Role.EDITOR)
    accounts.drafts.delete(edgar.id, "a")
    assert restore(accounts.database, tmp_path / "dump.sqlite3", replace=True) == 2

    assert accounts.users.list() == people
    assert accounts.audit.list() == before
    assert accounts.tokens.user(token) is not None
    draft = accounts.drafts.get(edgar.id, "a")
    assert draft is not None
    assert draft.fields == {"body": "text 🌹"}
    assert accounts.sign_in.attempt("edith", PASSWORD)
    assert accounts.sign_in.attempt("rosa", PASSWORD, codes[0])
    with pytest.raises(Conflict):
        accounts.users.add("edgar", Role.EDITOR)


def test_numbering_goes_on_where_it_was(accounts: Accounts, edgar: User, tmp_path: Path) -> None:
    dump(accounts.database, tmp_path / "dump.sqlite3")
    restore(accounts.database, tmp_path / "dump.sqlite3", replace=True)
    assert accounts.users.add("next", Role.EDITOR).id > edgar.id
    assert accounts.audit.list()[0].id > accounts.audit.list()[1].id


def test_what_has_ended_or_is_to_be_forgotten_is_not_in_a_dump(accounts: Accounts, edgar: User, tmp_path: Path) -> None:
    session = accounts.sign_in.attempt("edgar", PASSWORD, address="203.0.113.9")
    accounts.links.invite(Role.ADMIN)
    dump(accounts.database, tmp_path / "dump.sqlite3")
    with sqlite3.connect(tmp_path / "dump.sqlite3") as connection:
        for name in ("sessions", "links", "throttle_counters", "throttle_salts"):
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
    restore(accounts.database, tmp_path / "dump.sqlite3", replace=True)
    assert accounts.sessions.find(session.token) is None


def test_a_dump_is_one_file_that_only_its_owner_may_read(accounts: Accounts, edgar: User, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    dump(accounts.database, folder / "dump.sqlite3")
    assert [file.name for file in folder.iterdir()] == ["dump.sqlite3"]
    assert (folder / "dump.sqlite3").stat().st_mode & 0o077 == 0


def test_nothing_is_written_over(accounts: Accounts, edgar: User, tmp_path: Path) -> None:
    file = tmp_path / "dump.sqlite3"
    file.write_text("precious")
    with pytest.raises(Conflict) as caught:
        dump(accounts.database, file)
    assert caught.value.code == "backup.exists"
    assert file.read_text() == "precious"
    file.unlink()
    dump(accounts.database, file)
    with pytest.raises(Conflict) as caught:
        restore(accounts.database, file)
    assert caught.value.code == "backup.not_empty"


def test_an_empty_database_takes_a_dump_without_being_asked_twice(
    accounts: Accounts, edgar: User, tmp_path: Path, migrated_file: Path
) -> None:
    dump(accounts.database, tmp_path / "dump.sqlite3")
    empty = open_database(f"sqlite:///{tmp_path / 'other' / 'accounts.sqlite3'}")
    assert restore(empty, tmp_path / "dump.sqlite3") == 1
    empty.close()


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\0" * 2000])
def test_what_is_no_dump_changes_nothing(accounts: Accounts, edgar: User, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "dump.sqlite3"
    file.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        restore(accounts.database, file, replace=True)
    assert caught.value.code == "backup.damaged"
    assert accounts.users.list() == (edgar,)


def test_a_dump_that_was_cut_off_changes_nothing(accounts: Accounts, edgar: User, tmp_path: Path) -> None:
    file = tmp_path / "dump.sqlite3"
    dump(accounts.database, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(Invalid):
        restore(accounts.database, file, replace=True)
    assert accounts.users.list() == (edgar,)


def test_somebody_elses_database_changes_nothing(accounts: Accounts, edgar: User, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite3") as connection:
        connection.execute("CREATE TABLE users (id, name)")
    with pytest.raises(Invalid):
        restore(accounts.database, tmp_path / "other.sqlite3", replace=True)
    assert accounts.users.list() == (edgar,)
