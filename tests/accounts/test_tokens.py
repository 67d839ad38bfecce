from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, text

from wiki.accounts.accounts import Accounts
from wiki.accounts.roles import Permission, Role
from wiki.accounts.tokens import PER_ACCOUNT, Scope
from wiki.accounts.user import User
from wiki.errors import Denied, Invalid, NotFound, TooMany, Unavailable

from .conftest import HandClock, Opener


def test_a_token_speaks_for_its_owner_within_its_scopes(accounts: Accounts, rosa: User) -> None:
    token, kept = accounts.tokens.create(rosa, "  my   laptop ", {Scope.GIT})
    assert token.startswith("mtw_")
    assert (kept.label, kept.scopes, kept.expires, kept.last_used) == ("my laptop", {Scope.GIT}, None, None)
    grant = accounts.tokens.user(token)
    assert grant is not None
    assert grant.user == rosa
    assert grant.permissions == {Permission.READ, Permission.PUSH, Permission.PUSH_SUGGESTIONS}
    with pytest.raises(Denied) as caught:
        grant.require(Permission.EDIT)
    assert caught.value.code == "denied.scope"


def test_a_token_gives_nothing_that_its_owner_may_not_do(accounts: Accounts) -> None:
    user = accounts.users.add("jane", Role.CONTRIBUTOR)
    token, _ = accounts.tokens.create(user, "all", set(Scope))
    grant = accounts.tokens.user(token)
    assert grant is not None
    assert grant.permissions == {Permission.READ, Permission.SUGGEST}
    with pytest.raises(Denied) as caught:
        grant.require(Permission.PUSH)
    assert caught.value.code == "denied.permission"


def test_nobodys_rights_are_changed_by_a_token(accounts: Accounts, rosa: User) -> None:
    token, _ = accounts.tokens.create(rosa, "all", set(Scope))
    grant = accounts.tokens.user(token)
    assert grant is not None
    assert frozenset(Permission) - grant.permissions == {Permission.MANAGE_PEOPLE, Permission.MANAGE_SETTINGS}


def test_a_right_taken_away_is_gone_from_the_token_too(accounts: Accounts, rosa: User, edgar: User) -> None:
    token, _ = accounts.tokens.create(edgar, "api", {Scope.WRITE})
    accounts.users.set_role(edgar.id, Role.READER)
    grant = accounts.tokens.user(token)
    assert grant is not None
    assert not grant.may(Permission.EDIT)


def test_a_new_accounts_token_does_not_get_round_the_review(open_with: Opener) -> None:
    accounts = open_with(sign_up="open", reviewed_edits=3)
    new = accounts.registration.request("newcomer", "a long enough pass phrase")
    token, _ = accounts.tokens.create(new, "api", {Scope.WRITE})
    grant = accounts.tokens.user(token)
    assert grant is not None
    assert not grant.may(Permission.EDIT)


@pytest.mark.parametrize("token", ["", "mtw_", "mtw_\0", "mtw_\ud800", "mtw_" + "x" * 100_000, "other"])
def test_what_is_no_token_speaks_for_nobody(accounts: Accounts, edgar: User, token: str) -> None:
    accounts.tokens.create(edgar, "api", {Scope.READ})
    assert accounts.tokens.user(token) is None


def test_the_database_does_not_hold_the_token(accounts: Accounts, edgar: User) -> None:
    token, _ = accounts.tokens.create(edgar, "api", {Scope.READ})
    with accounts.database.read() as connection:
        row = connection.execute(text("SELECT * FROM tokens")).one()
    assert token not in str([bytes(part) if isinstance(part, bytes | memoryview) else part for part in row])


def test_a_revoked_token_is_dead_at_once_and_nobody_revokes_anothers(
    accounts: Accounts, edgar: User, rosa: User
) -> None:
    token, kept = accounts.tokens.create(edgar, "api", {Scope.READ})
    with pytest.raises(NotFound):
        accounts.tokens.revoke(rosa, kept.id)
    assert accounts.tokens.user(token) is not None
    accounts.tokens.revoke(edgar, kept.id)
    assert accounts.tokens.user(token) is None
    with pytest.raises(NotFound):
        accounts.tokens.revoke(edgar, kept.id)


def test_disabling_an_account_ends_its_tokens_for_good(accounts: Accounts, edgar: User) -> None:
    token, _ = accounts.tokens.create(edgar, "api", {Scope.READ})
    accounts.users.disable(edgar.id)
    assert accounts.tokens.user(token) is None
    accounts.users.enable(edgar.id)
    assert accounts.tokens.user(token) is None


def test_a_token_ends_after_its_days(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    token, kept = accounts.tokens.create(edgar, "api", {Scope.READ}, days=7)
    assert kept.expires is not None
    clock.advance(days=7, seconds=-1)
    assert accounts.tokens.user(token) is not None
    clock.advance(seconds=1)
    assert accounts.tokens.user(token) is None
    assert [token.label for token in accounts.tokens.list(edgar.id)] == ["api"]


def test_of_its_use_only_the_day_is_noted_and_that_once(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    token, _ = accounts.tokens.create(edgar, "api", {Scope.READ})
    accounts.tokens.user(token)
    assert accounts.tokens.list(edgar.id)[0].last_used == date(2026, 3, 1)
    statements: list[str] = []
    event.listen(accounts.database._engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    accounts.tokens.user(token)
    assert len([statement for statement in statements if not statement.startswith("BEGIN")]) == 1
    clock.advance(days=1)
    accounts.tokens.user(token)
    assert accounts.tokens.list(edgar.id)[0].last_used == date(2026, 3, 2)


def test_a_disk_that_is_full_does_not_keep_a_token_from_reading(
    accounts: Accounts, edgar: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = accounts.tokens.create(edgar, "api", {Scope.READ})

    def full(_: object) -> None:
        raise Unavailable("database.full")

    monkeypatch.setattr(type(accounts.database), "write", full)
    assert accounts.tokens.user(token) is not None


def test_what_is_wrong_with_a_new_token_is_said(accounts: Accounts, edgar: User) -> None:
    for label, scopes, days, code in (
        ("", {Scope.READ}, None, "token.label"),
        ("x" * 81, {Scope.READ}, None, "token.label"),
        ("a\u202eb", {Scope.READ}, None, "token.label"),
        ("api", set(), None, "token.scopes"),
        ("api", {Scope.READ}, 0, "token.days"),
        ("api", {Scope.READ}, 10**9, "token.days"),
    ):
        with pytest.raises(Invalid) as caught:
            accounts.tokens.create(edgar, label, scopes, days)
        assert caught.value.code == code
    for _ in range(PER_ACCOUNT):
        accounts.tokens.create(edgar, "api", {Scope.READ})
    with pytest.raises(TooMany):
        accounts.tokens.create(edgar, "api", {Scope.READ})
