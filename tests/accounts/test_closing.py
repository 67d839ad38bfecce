"""Leaving: what the accounts database holds of a person goes, and nobody can pose as them afterwards."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from wiki.accounts.accounts import Accounts
from wiki.accounts.roles import Role
from wiki.accounts.tables import metadata
from wiki.accounts.tokens import Scope
from wiki.accounts.user import User
from wiki.errors import Conflict, Denied, NotFound

from .authenticator import Device
from .conftest import PASSWORD
from .test_passkeys import made


def everything(accounts: Accounts) -> str:
    """All that any table holds, as one text."""
    with accounts.database.read() as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        ).casefold()


@pytest.fixture
def noor(accounts: Accounts, rosa: User) -> User:
    """An editor with one of everything, who was called something else before."""
    user = accounts.users.add("nora", Role.EDITOR, password=PASSWORD, display_name="Noor of the river", language="es")
    user = accounts.users.rename(user.id, "noor", by=rosa)
    accounts.tokens.create(user, "laptop by the river", {Scope.GIT})
    made(accounts, user, "phone by the river", Device())
    accounts.two_factor.use_passkeys(user)
    accounts.drafts.save(user.id, "tips/river", "", {"body": "by the river"})
    accounts.sign_in.start(user)
    accounts.links.new_password(user, by=rosa)
    return accounts.users.get(user.id)


def test_nothing_in_the_database_names_somebody_who_left(accounts: Accounts, noor: User) -> None:
    assert "river" in everything(accounts)
    accounts.closing.close(noor, by=noor)
    left = everything(accounts)
    assert "noor" not in left
    assert "nora" not in left
    assert "river" not in left
    assert "argon2" in left  # those of others are still there


def test_whoever_left_cannot_come_in_and_is_in_no_list(accounts: Accounts, noor: User) -> None:
    session = accounts.sign_in.start(noor)
    token, _ = accounts.tokens.create(noor, "x", {Scope.READ})
    accounts.closing.close(noor, by=noor)
    assert accounts.sessions.find(session.token) is None
    assert accounts.tokens.user(token) is None
    with pytest.raises(Denied):
        accounts.sign_in.attempt("noor", PASSWORD)
    assert [user.name for user in accounts.users.list()] == ["rosa"]
    assert accounts.users.by_name(f"~{noor.id}") is None
    assert accounts.users.by_name("noor") is None


@pytest.mark.parametrize("name", ["noor", "nora", "no0r", "N.o.o.r"])
def test_nobody_takes_the_name_of_somebody_who_left(accounts: Accounts, noor: User, name: str) -> None:
    accounts.closing.close(noor, by=noor)
    with pytest.raises(Conflict) as caught:
        accounts.users.add(name, Role.EDITOR)
    assert caught.value.code == "name.taken"


def test_the_log_keeps_what_was_done_and_says_not_by_whom(accounts: Accounts, noor: User, rosa: User) -> None:
    before = len(accounts.audit.list())
    accounts.closing.close(noor, by=rosa)
    entries = accounts.audit.list()
    assert len(entries) == before + 1
    assert (entries[0].action, entries[0].actor, entries[0].subject) == ("user.close", "rosa", f"~{noor.id}")
    assert {entry.subject for entry in entries if entry.action == "token.create"} == {f"~{noor.id}"}


def test_only_they_themselves_or_an_admin_and_never_the_last_admin(
    accounts: Accounts, noor: User, edgar: User, rosa: User
) -> None:
    with pytest.raises(Denied):
        accounts.closing.close(noor, by=edgar)
    with pytest.raises(Conflict) as caught:
        accounts.closing.close(rosa, by=rosa)
    assert caught.value.code == "user.last_admin"
    assert accounts.users.by_name("noor") == noor


def test_everything_that_is_kept_of_a_person_is_theirs_to_take(accounts: Accounts, noor: User) -> None:
    data = accounts.closing.data(noor)
    assert json.loads(json.dumps(data)) == data
    assert data["display_name"] == "Noor of the river"
    assert [token["label"] for token in data["tokens"]] == ["laptop by the river"]
    assert [key["label"] for key in data["passkeys"]] == ["phone by the river"]
    assert data["drafts"][0]["fields"] == {"body": "by the river"}
    assert len(data["sessions"]) == 1
    assert "token.create" in [entry["action"] for entry in data["log"]]
    said = json.dumps(data)
    assert "argon2" not in said
    assert "hash" not in said


def test_the_number_of_somebody_who_left_is_never_given_again(accounts: Accounts, noor: User) -> None:
    accounts.closing.close(noor, by=noor)
    assert accounts.users.add("somebody", Role.EDITOR).id > noor.id
    with accounts.database.read() as connection:
        assert connection.execute(text(f"SELECT state FROM users WHERE id = {noor.id}")).scalar() == "closed"
    with pytest.raises(NotFound):
        accounts.passkeys.remove(noor, 1)
