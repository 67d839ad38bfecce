from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import event, text

from wiki.accounts.accounts import Accounts
from wiki.accounts.roles import Permission, Role
from wiki.accounts.user import User
from wiki.errors import Denied

from .conftest import HandClock, Opener


def test_a_session_says_who_is_signed_in_until_it_ends(accounts: Accounts, edgar: User) -> None:
    session = accounts.sessions.start(edgar)
    found = accounts.sessions.find(session.token)
    assert found is not None
    assert found[0] == edgar
    assert (found[1].id, found[1].created, found[1].expires) == (session.id, session.created, session.expires)
    assert (found[1].token, found[1].rotate) == ("", False)
    accounts.sessions.end(session.token)
    assert accounts.sessions.find(session.token) is None


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "é" * 100_000])
def test_what_is_no_token_is_nobodys(accounts: Accounts, edgar: User, token: str) -> None:
    accounts.sessions.start(edgar)
    assert accounts.sessions.find(token) is None
    assert accounts.sessions.rotate(token) is None
    accounts.sessions.end(token)


def test_the_database_does_not_hold_the_token(accounts: Accounts, edgar: User) -> None:
    token = accounts.sessions.start(edgar).token
    with accounts.database.read() as connection:
        row = connection.execute(text("SELECT * FROM sessions")).one()
    assert token not in str([bytes(part) if isinstance(part, bytes | memoryview) else part for part in row])


def test_finding_a_session_takes_one_query(accounts: Accounts, edgar: User) -> None:
    token = accounts.sessions.start(edgar).token
    statements: list[str] = []
    event.listen(accounts.database._engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    accounts.sessions.find(token)
    assert len([statement for statement in statements if not statement.startswith("BEGIN")]) == 1


def test_a_session_expires_after_the_days_that_the_settings_say(
    accounts: Accounts, edgar: User, clock: HandClock
) -> None:
    session = accounts.sessions.start(edgar)
    clock.advance(days=30, seconds=-1)
    assert accounts.sessions.find(session.token) is not None
    clock.advance(seconds=1)
    assert accounts.sessions.find(session.token) is None
    assert accounts.sessions.list(edgar.id) == ()
    accounts.forget()
    with accounts.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 0


def test_who_asks_again_is_known_without_a_query_until_anybody_changes_something(
    accounts: Accounts, edgar: User, open_with: Opener
) -> None:
    others, token = open_with(), accounts.sessions.start(edgar).token
    first = accounts.sessions.find(token)
    statements: list[str] = []
    event.listen(accounts.database._engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    assert accounts.sessions.find(token) == first
    assert not statements or accounts.database.file is None, "only PostgreSQL is asked again"
    others.users.set_role(edgar.id, Role.READER)
    found = accounts.sessions.find(token)
    assert found is not None and not found[0].may(Permission.EDIT)
    others.sessions.end(token)
    assert accounts.sessions.find(token) is None


def test_what_was_known_goes_with_the_file_that_it_was_read_from(
    accounts: Accounts, edgar: User, tmp_path: Path
) -> None:
    file = accounts.database.file
    if file is None:
        pytest.skip("a server has no file")
    accounts.database.close()
    shutil.copy(file, tmp_path / "backup")
    token = accounts.sessions.start(edgar).token
    assert accounts.sessions.find(token) is not None
    accounts.database.close()
    (tmp_path / "backup").replace(file)
    assert accounts.sessions.find(token) is None


def test_a_right_taken_away_is_gone_at_the_next_request(accounts: Accounts, edgar: User) -> None:
    token = accounts.sessions.start(edgar).token
    assert accounts.sessions.find(token) is not None
    accounts.users.set_role(edgar.id, Role.READER)
    found = accounts.sessions.find(token)
    assert found is not None
    assert not found[0].may(Permission.EDIT)


def test_disabling_an_account_ends_its_sessions_for_good(accounts: Accounts, edgar: User) -> None:
    token = accounts.sessions.start(edgar).token
    accounts.users.disable(edgar.id)
    assert accounts.sessions.find(token) is None
    accounts.users.enable(edgar.id)
    assert accounts.sessions.find(token) is None


def test_no_session_starts_for_an_account_that_is_not_active(accounts: Accounts, edgar: User) -> None:
    disabled = accounts.users.disable(edgar.id)
    with pytest.raises(Denied) as caught:
        accounts.sessions.start(disabled)
    assert caught.value.code == "sign_in.disabled"


def test_after_a_change_of_role_the_token_is_changed_too(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    old = accounts.sessions.start(edgar)
    assert accounts.sessions.rotate(old.token) is None
    accounts.users.set_role(edgar.id, Role.MAINTAINER)
    found = accounts.sessions.find(old.token)
    assert found is not None
    assert found[1].rotate
    new = accounts.sessions.rotate(old.token)
    assert new is not None
    assert new.token != old.token
    assert (new.id, new.expires) == (old.id, old.expires)
    renewed = accounts.sessions.find(new.token)
    assert renewed is not None
    assert not renewed[1].rotate
    assert accounts.sessions.rotate(old.token) is None
    # A request that was under way with the former token is still answered, but not for long.
    under_way = accounts.sessions.find(old.token)
    assert under_way is not None
    assert not under_way[1].rotate
    clock.advance(seconds=31)
    assert accounts.sessions.find(old.token) is None
    assert accounts.sessions.find(new.token) is not None


def test_signing_out_with_the_former_token_ends_the_session_too(accounts: Accounts, edgar: User) -> None:
    old = accounts.sessions.start(edgar)
    accounts.users.set_role(edgar.id, Role.MAINTAINER)
    new = accounts.sessions.rotate(old.token)
    assert new is not None
    accounts.sessions.end(old.token)
    assert accounts.sessions.find(new.token) is None


def test_all_sessions_end_at_once_but_the_one_that_is_kept(accounts: Accounts, edgar: User, rosa: User) -> None:
    sessions = [accounts.sessions.start(edgar) for _ in range(3)]
    others = accounts.sessions.start(rosa)
    assert accounts.sessions.end_everywhere(edgar.id, keep=sessions[1].token) == 2
    assert [accounts.sessions.find(session.token) is not None for session in sessions] == [False, True, False]
    assert accounts.sessions.end_everywhere(edgar.id) == 1
    assert accounts.sessions.find(others.token) is not None


def test_one_session_is_ended_from_the_list_and_only_ones_own(accounts: Accounts, edgar: User, rosa: User) -> None:
    first, second = accounts.sessions.start(edgar), accounts.sessions.start(edgar)
    assert [session.id for session in accounts.sessions.list(edgar.id)] == [second.id, first.id]
    accounts.sessions.end_one(rosa.id, first.id)
    assert accounts.sessions.find(first.token) is not None
    accounts.sessions.end_one(edgar.id, first.id)
    assert accounts.sessions.find(first.token) is None


def test_an_account_has_so_many_sessions_and_the_oldest_make_room(accounts: Accounts, edgar: User) -> None:
    sessions = [accounts.sessions.start(edgar) for _ in range(52)]
    assert len(accounts.sessions.list(edgar.id)) == 50
    assert accounts.sessions.find(sessions[1].token) is None
    assert accounts.sessions.find(sessions[2].token) is not None
