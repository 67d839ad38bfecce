from __future__ import annotations

import pytest

from wiki.accounts import registration as module
from wiki.accounts.accounts import Accounts
from wiki.accounts.registration import PER_ADDRESS
from wiki.accounts.roles import Permission, Role
from wiki.accounts.user import State, User
from wiki.errors import Conflict, Denied, Invalid, TooMany

from .conftest import PASSWORD, Opener


def test_by_default_an_account_waits_for_an_admin(accounts: Accounts, rosa: User) -> None:
    user = accounts.registration.request("Jane", PASSWORD, "I organize tenants.", display_name="Jane D.")
    assert user.state is State.PENDING
    assert not user.may(Permission.READ)
    assert accounts.users.list(state=State.PENDING) == (user,)
    assert user.note == "I organize tenants."
    approved = accounts.users.approve(user.id, by=rosa)
    assert (approved.state, approved.role, approved.note) == (State.ACTIVE, Role.EDITOR, "")
    assert accounts.users.list(state=State.PENDING) == ()
    assert accounts.sign_in.attempt("jane", PASSWORD)
    assert [(entry.actor, entry.action) for entry in accounts.audit.list(limit=3)[:2]] == [
        ("rosa", "user.approve"),
        ("jane", "register"),
    ]


def test_an_admin_may_let_somebody_in_with_another_role(accounts: Accounts, rosa: User) -> None:
    user = accounts.registration.request("jane", PASSWORD)
    assert accounts.users.approve(user.id, Role.CONTRIBUTOR, by=rosa).role is Role.CONTRIBUTOR


def test_of_somebody_turned_down_nothing_is_kept(accounts: Accounts, rosa: User) -> None:
    user = accounts.registration.request("jane", PASSWORD)
    accounts.users.reject(user.id, by=rosa)
    assert accounts.users.by_name("jane") is None
    assert accounts.registration.request("jane", PASSWORD).state is State.PENDING


def test_what_is_settled_is_not_settled_again(accounts: Accounts, edgar: User) -> None:
    for call in (accounts.users.approve, accounts.users.reject):
        with pytest.raises(Conflict) as caught:
            call(edgar.id)
        assert caught.value.code == "user.not_pending"
    waiting = accounts.registration.request("jane", PASSWORD)
    with pytest.raises(Conflict) as caught:
        accounts.users.enable(waiting.id)
    assert caught.value.code == "user.pending"


def test_where_sign_up_is_open_the_account_may_be_used_at_once(open_with: Opener) -> None:
    accounts = open_with(sign_up="open")
    user = accounts.registration.request("jane", PASSWORD)
    assert user.state is State.ACTIVE
    assert user.may(Permission.EDIT)


def test_where_sign_up_is_closed_nobody_gets_one(open_with: Opener) -> None:
    accounts = open_with(sign_up="closed")
    with pytest.raises(Denied) as caught:
        accounts.registration.request("jane", PASSWORD)
    assert caught.value.code == "register.closed"


def test_all_that_is_wrong_is_said_at_once_beside_its_field(accounts: Accounts) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.registration.request("x", "short", "fine", display_name="<b>")
    assert {problem.where: problem.code for problem in caught.value.problems} == {
        "name": "name.too_short",
        "display_name": "display_name.character",
        "password": "password.too_short",
    }


@pytest.mark.parametrize("name", ["admin", "Admin", "m0derator", "r.o.o.t", "wiki"])
def test_nobody_signs_up_under_a_name_that_sounds_official(accounts: Accounts, name: str) -> None:
    with pytest.raises(Conflict) as caught:
        accounts.registration.request(name, PASSWORD)
    assert caught.value.code == "name.taken"
    with pytest.raises(Conflict) as caught:
        accounts.registration.request("jane", PASSWORD, display_name=name)
    assert caught.value.code == "display_name.taken"


def test_the_owner_may_hand_out_such_a_name(accounts: Accounts) -> None:
    assert accounts.users.add("admin", Role.ADMIN).name == "admin"


def test_a_taken_name_is_refused(accounts: Accounts, edgar: User) -> None:
    with pytest.raises(Conflict) as caught:
        accounts.registration.request("edgar", PASSWORD)
    assert caught.value.code == "name.taken"


@pytest.mark.parametrize(("note", "code"), [("x" * 1001, "note.too_long"), ("a\0b", "note.character")])
def test_a_note_is_short_and_plain(accounts: Accounts, note: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.registration.request("jane", PASSWORD, note)
    assert caught.value.code == code


def test_one_address_makes_so_many_accounts_and_others_are_not_held_up(accounts: Accounts) -> None:
    for number in range(PER_ADDRESS):
        accounts.registration.request(f"person{number}", PASSWORD, address="203.0.113.9")
    with pytest.raises(TooMany):
        accounts.registration.request("one-more", PASSWORD, address="203.0.113.9")
    assert accounts.registration.request("jane", PASSWORD, address="198.51.100.7")


def test_mistakes_in_the_form_are_not_counted(accounts: Accounts) -> None:
    for _ in range(PER_ADDRESS + 1):
        with pytest.raises(Invalid):
            accounts.registration.request("jane", "short", address="198.51.100.7")
    assert accounts.registration.request("jane", PASSWORD, address="198.51.100.7")


def test_the_queue_of_those_who_wait_is_bounded(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    accounts.registration.request("jane", PASSWORD)
    with pytest.raises(TooMany) as caught:
        accounts.registration.request("john", PASSWORD)
    assert caught.value.code == "register.too_many_waiting"
