"""People at the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wiki.accounts.accounts import Accounts, open_accounts
from wiki.accounts.links import Links
from wiki.accounts.secret import load_secret
from wiki.config import load
from wiki.errors import Unavailable

PASSWORD = "a long walk by the river"
LINK = re.compile(r"/-/link/([\w-]{40,})")


@pytest.fixture
def accounts(story_home: Path) -> Accounts:
    config = load(story_home, {})
    return open_accounts(config, load_secret(config.instance_dir))


def add(run: Run, name: str, role: str) -> None:
    run("user", "add", name, "--role", role, "--password-stdin", given=f"{PASSWORD}\n")


def people(run: Run, *options: str) -> list[tuple[str, str, str]]:
    found = json.loads(run("user", "list", "--json", *options).out)
    return [(one["name"], one["role"], one["state"]) for one in found]


def test_somebody_added_with_a_password_signs_in_with_it(run: Run, accounts: Accounts) -> None:
    add(run, "ada", "admin")
    assert accounts.sign_in.attempt("ada", PASSWORD).user_id
    assert people(run) == [("ada", "admin", "active")]


def test_somebody_added_without_a_password_gets_an_address_to_choose_one(run: Run, accounts: Accounts) -> None:
    told = run("user", "add", "Maria", "--role", "editor", "--display-name", "María", given="").out
    found = LINK.search(told)
    assert found
    accounts.links.set_password(found[1], PASSWORD)
    assert accounts.users.by_name("maria").display_name == "María"  # type: ignore[union-attr]


def test_where_there_is_room_for_the_account_but_not_for_the_address_both_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(Links, "new_password", lambda *_: (_ for _ in ()).throw(Unavailable("database.full")))
        told = run("user", "add", "maria", "--role", "editor", code=7)
    assert "Added maria" in told.out and "full" in told.err
    assert LINK.search(run("user", "password", "maria").out)


def test_a_role_is_given(run: Run) -> None:
    add(run, "maria", "contributor")
    run("user", "role", "maria", "maintainer")
    assert people(run) == [("maria", "maintainer", "active")]
    # As `add` and `invite` take it.
    run("user", "role", "maria", "--role", "editor")
    assert people(run) == [("maria", "editor", "active")]
    run("user", "role", "maria", code=2)


def test_the_only_administrator_stays_one(run: Run) -> None:
    add(run, "ada", "admin")
    assert "only administrator" in run("user", "role", "ada", "editor", code=5).err
    run("user", "disable", "ada", code=5)


def test_a_new_password_ends_all_sessions(run: Run, accounts: Accounts) -> None:
    add(run, "maria", "editor")
    session = accounts.sign_in.attempt("maria", PASSWORD)
    run("user", "password", "maria", "--password-stdin", given="two geese and one fox\r\n")
    assert accounts.sessions.find(session.token) is None
    assert accounts.sign_in.attempt("maria", "two geese and one fox")
    assert LINK.search(run("user", "password", "maria").out)


def test_an_account_is_shut_and_opened_again(run: Run) -> None:
    add(run, "maria", "editor")
    run("user", "disable", "maria")
    assert people(run, "--state", "disabled") == [("maria", "editor", "disabled")]
    run("user", "enable", "maria")
    assert people(run, "--state", "disabled") == []


def test_who_asked_for_an_account_is_let_in(run: Run, accounts: Accounts) -> None:
    accounts.registration.request("maria", PASSWORD, address="::1")
    assert people(run) == [("maria", "editor", "pending")]
    run("user", "enable", "maria")
    assert people(run) == [("maria", "editor", "active")]


def test_an_invite_is_an_address_for_one_role(run: Run, accounts: Accounts) -> None:
    told = json.loads(run("user", "invite", "--json").out)
    assert told["role"] == "editor" and LINK.search(told["link"]) and told["days"] == 7
    found = LINK.search(run("user", "invite", "--role", "maintainer").out)
    assert found
    assert accounts.links.accept(found[1], "maria", PASSWORD).role.value == "maintainer"


def test_a_renamed_account_is_shown_under_its_new_name_in_what_it_did_before(
    run: Run, accounts: Accounts, story_home: Path
) -> None:
    add(run, "ben", "editor")
    history = story_home / "content" / ".mailmap"
    run("user", "rename", "ben", "river")
    assert people(run) == [("river", "editor", "active")]
    assert accounts.sign_in.attempt("river", PASSWORD).user_id
    assert re.fullmatch(r"river <river@users\.noreply\.[^<>@]+> <ben@users\.noreply\.[^<>@]+>\n", history.read_text())
    # Back again, nothing says otherwise any more; and nobody else gets either name.
    run("user", "rename", "river", "ben")
    assert "river@" not in history.read_text().split("> <")[0]
    for taken in ("ben", "river"):
        run("user", "add", taken, "--role", "editor", code=5)


def test_an_account_is_closed_for_good_and_its_name_is_nobodys(run: Run, accounts: Accounts, story_home: Path) -> None:
    add(run, "ben", "editor")
    add(run, "maria", "admin")
    run("user", "close", "ben", given="n\n", code=130)
    assert accounts.users.by_name("ben") is not None
    run("user", "close", "ben", "--yes")
    assert [name for name, *_ in people(run)] == ["maria"]
    # What ben wrote is nobody's in particular any more.
    assert "A former contributor" in (story_home / "content" / ".mailmap").read_text()
    assert "only administrator" in run("user", "close", "maria", "--yes", code=5).err
    assert [name for name, *_ in people(run)] == ["maria"]


def test_the_second_step_is_switched_off(run: Run) -> None:
    add(run, "maria", "editor")
    assert "password alone" in run("user", "two-factor-off", "maria").out


def test_a_list_for_people_shows_names_as_text(run: Run) -> None:
    run("user", "add", "tom", "--role", "editor", "--display-name", "[red]Tom[/red]")
    told = run("user", "list").out
    assert "[red]Tom[/red]" in told and "no password yet" in told


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        (["user", "role", "nobody-here", "editor"], "", 4),
        (["user", "add", "x", "--role", "editor"], "", 2),
        (["user", "add", "maria", "--role", "emperor"], "", 2),
        (["user", "add", "maria", "--role", "editor", "--password-stdin"], "short\n", 2),
        (["user", "add", "maria", "--role", "editor", "--password-stdin"], "", 2),
    ],
)
def test_what_does_not_fit_is_refused_in_plain_words(run: Run, arguments: list[str], given: str, code: int) -> None:
    result = run(*arguments, given=given, code=code)
    assert result.err and "Traceback" not in result.err and "That didn't work" not in result.err
    assert people(run) == []
