from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from wiki.accounts.accounts import Accounts, open_accounts
from wiki.accounts.user import User
from wiki.config import Config, load
from wiki.errors import Invalid, Unavailable

from .conftest import PASSWORD, SECRET


def test_a_new_wiki_keeps_its_accounts_in_a_file_of_its_own(tmp_path: Path) -> None:
    accounts = open_accounts(load(tmp_path, {}), SECRET)
    assert accounts.links.first_admin() is not None
    assert (tmp_path / "instance" / "accounts.sqlite3").exists()
    accounts.database.close()


def test_while_the_accounts_are_out_of_reach_they_can_be_opened_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file where a folder should be")
    accounts = open_accounts(load(tmp_path, {}), SECRET)
    for call in (
        lambda: accounts.sessions.find("token"),
        lambda: accounts.tokens.user("mtw_token"),
        lambda: accounts.sign_in.attempt("rosa", PASSWORD),
        accounts.users.list,
        accounts.forget,
    ):
        with pytest.raises(Unavailable) as caught:
            call()
        assert caught.value.code == "database.unreachable"
    (tmp_path / "instance").unlink()
    assert accounts.users.list() == ()
    accounts.database.close()


def test_an_address_that_makes_no_sense_is_refused_when_opening(config: Config) -> None:
    with pytest.raises(Invalid):
        open_accounts(replace(config, database=replace(config.database, url="mysql://x/y")), SECRET)


def test_without_a_clock_of_its_own_it_goes_by_the_worlds(config: Config) -> None:
    accounts = open_accounts(config, SECRET)
    user = accounts.links.accept(str(accounts.links.first_admin()), "rosa", PASSWORD)
    assert abs(user.created.timestamp() - time.time()) < 60
    assert user.created.microsecond == 0
    accounts.database.close()


def test_connections_that_the_server_has_dropped_are_made_again(
    accounts: Accounts, edgar: User, database_url: str
) -> None:
    if accounts.database.file is None:
        other = open_accounts(load(Path("."), {}, {"database.url": database_url}), SECRET).database
        with other.write() as connection:
            drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(text(f"{drop} AND pid <> pg_backend_pid()"))
        other.close()
    else:
        accounts.database.close()
    assert accounts.users.list() == (edgar,)
