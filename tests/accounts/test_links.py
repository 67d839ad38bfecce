from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from wiki.accounts.accounts import Accounts
from wiki.accounts.links import Purpose
from wiki.accounts.roles import Role
from wiki.accounts.tokens import Scope
from wiki.accounts.user import User
from wiki.errors import Conflict, Denied, Gone, Invalid

from .conftest import PASSWORD, HandClock


def gone(accounts: Accounts, token: str) -> bool:
    try:
        accounts.links.find(token)
    except Gone:
        return True
    return False


def test_the_first_administrator_comes_in_by_a_link_that_works_once(accounts: Accounts) -> None:
    token = accounts.links.first_admin()
    assert token is not None
    assert accounts.links.find(token).purpose is Purpose.FIRST_ADMIN
    user = accounts.links.accept(token, "rosa", PASSWORD, display_name="Rosa", language="es")
    assert (user.role, user.display_name, user.language) == (Role.ADMIN, "Rosa", "es")
    assert gone(accounts, token)
    with pytest.raises(Gone):
        accounts.links.accept(token, "mallory", PASSWORD)
    assert accounts.links.first_admin() is None
    assert accounts.sign_in.attempt("rosa", PASSWORD)


def test_a_new_first_link_makes_the_former_one_void(accounts: Accounts) -> None:
    former, new = accounts.links.first_admin(), accounts.links.first_admin()
    assert former is not None
    assert new is not None
    assert gone(accounts, former)
    assert not gone(accounts, new)


def test_the_first_link_may_be_joined_by_another_until_one_is_used(accounts: Accounts) -> None:
    printed, served = accounts.links.first_admin(), accounts.links.first_admin(renew=False)
    assert printed is not None and served is not None
    rosa = accounts.links.accept(printed, "rosa", PASSWORD)
    assert gone(accounts, served)
    assert rosa.role is Role.ADMIN


def test_the_first_link_is_worthless_once_there_is_an_administrator(accounts: Accounts) -> None:
    token = accounts.links.first_admin()
    assert token is not None
    accounts.users.add("rosa", Role.ADMIN, password=PASSWORD)
    with pytest.raises(Gone):
        accounts.links.accept(token, "mallory", PASSWORD)
    assert accounts.users.by_name("mallory") is None


def test_an_administrator_without_a_password_does_not_count(accounts: Accounts) -> None:
    accounts.users.add("rosa", Role.ADMIN)
    assert accounts.links.first_admin() is not None


def test_an_invite_gives_its_role_and_nothing_more(accounts: Accounts, rosa: User) -> None:
    token = accounts.links.invite(Role.MAINTAINER, by=rosa)
    assert accounts.links.find(token).role is Role.MAINTAINER
    user = accounts.links.accept(token, "jane", PASSWORD)
    assert user.role is Role.MAINTAINER
    assert [entry.action for entry in accounts.audit.list(limit=2)] == ["link.accept", "link.invite"]


def test_a_link_stays_good_when_the_form_was_filled_in_wrongly(accounts: Accounts, rosa: User) -> None:
    token = accounts.links.invite(Role.EDITOR, by=rosa)
    for name, password, error in (("x", PASSWORD, Invalid), ("jane", "short", Invalid), ("rosa", PASSWORD, Conflict)):
        with pytest.raises(error):
            accounts.links.accept(token, name, password)
    assert accounts.links.accept(token, "jane", PASSWORD).name == "jane"


def test_of_many_that_use_one_invite_at_once_one_comes_in(accounts: Accounts, rosa: User) -> None:
    token = accounts.links.invite(Role.EDITOR, by=rosa)

    def accept(number: int) -> bool:
        try:
            accounts.links.accept(token, f"person{number}", PASSWORD)
        except Gone:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(accept, range(6))) == 1
    assert len(accounts.users.list()) == 2


def test_only_somebody_who_may_manage_people_hands_out_links(accounts: Accounts, edgar: User, rosa: User) -> None:
    with pytest.raises(Denied):
        accounts.links.invite(Role.ADMIN, by=edgar)
    with pytest.raises(Denied):
        accounts.links.new_password(rosa, by=edgar)
    with pytest.raises(Denied):
        accounts.links.revoke_invites(by=edgar)


def test_a_new_password_by_link_ends_whatever_others_may_hold(accounts: Accounts, edgar: User, rosa: User) -> None:
    session = accounts.sessions.start(edgar)
    api, _ = accounts.tokens.create(edgar, "api", {Scope.READ})
    token = accounts.links.new_password(edgar, by=rosa)
    with pytest.raises(Invalid):
        accounts.links.set_password(token, "short")
    assert accounts.links.set_password(token, "another long pass phrase").name == "edgar"
    assert gone(accounts, token)
    assert accounts.sessions.find(session.token) is None
    assert accounts.tokens.user(api) is None
    assert accounts.sign_in.attempt("edgar", "another long pass phrase")
    with pytest.raises(Denied):
        accounts.sign_in.attempt("edgar", PASSWORD)


def test_a_second_password_link_makes_the_first_void(accounts: Accounts, edgar: User) -> None:
    first, second = accounts.links.new_password(edgar), accounts.links.new_password(edgar)
    assert gone(accounts, first)
    assert not gone(accounts, second)


def test_a_link_is_good_for_its_purpose_alone(accounts: Accounts, edgar: User) -> None:
    with pytest.raises(Invalid):
        accounts.links.accept(accounts.links.new_password(edgar), "jane", PASSWORD)
    with pytest.raises(Invalid):
        accounts.links.set_password(accounts.links.invite(Role.ADMIN), PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 100_000])
def test_what_is_no_link_is_gone(accounts: Accounts, token: str) -> None:
    accounts.links.invite(Role.ADMIN)
    assert gone(accounts, token)


def test_a_link_expires(accounts: Accounts, clock: HandClock) -> None:
    token = accounts.links.invite(Role.EDITOR)
    clock.advance(days=7, seconds=-1)
    assert not gone(accounts, token)
    clock.advance(seconds=1)
    assert gone(accounts, token)
    with pytest.raises(Gone):
        accounts.links.accept(token, "jane", PASSWORD)


def test_what_a_disabled_account_handed_out_is_void(accounts: Accounts, rosa: User) -> None:
    other = accounts.users.add("other", Role.ADMIN)
    token = accounts.links.invite(Role.ADMIN, by=other)
    accounts.users.disable(other.id, by=rosa)
    assert gone(accounts, token)


def test_nobody_comes_back_as_an_administrator_through_a_link_of_their_own(accounts: Accounts, rosa: User) -> None:
    other = accounts.users.add("other", Role.ADMIN, password=PASSWORD)
    mine, another = accounts.links.invite(Role.ADMIN, by=other), accounts.links.new_password(rosa, by=other)
    theirs = accounts.links.invite(Role.EDITOR, by=rosa)
    accounts.users.set_role(other.id, Role.ADMIN, by=rosa)
    assert not gone(accounts, mine)
    accounts.users.set_role(other.id, Role.MAINTAINER, by=rosa)
    assert gone(accounts, mine) and gone(accounts, another) and not gone(accounts, theirs)


def test_what_somebody_else_invited_in_an_admins_name_ends_with_the_link_for_a_new_password(
    accounts: Accounts, rosa: User
) -> None:
    invite = accounts.links.invite(Role.ADMIN, by=rosa)
    accounts.links.set_password(accounts.links.new_password(rosa), "another long pass phrase")
    assert gone(accounts, invite)


def test_all_invites_can_be_taken_back(accounts: Accounts, edgar: User, rosa: User) -> None:
    tokens = [accounts.links.invite(Role.EDITOR, by=rosa) for _ in range(2)]
    password = accounts.links.new_password(edgar)
    assert accounts.links.revoke_invites(by=rosa) == 2
    assert all(gone(accounts, token) for token in tokens)
    assert not gone(accounts, password)
