from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from wiki.accounts.accounts import Accounts
from wiki.accounts.roles import Permission, Role
from wiki.accounts.user import State, User
from wiki.errors import Conflict, Denied, Invalid, NotFound, WikiError

from .conftest import PASSWORD, Opener


def code(error: type[WikiError], call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(error) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    return caught.value.code


def test_an_account_is_found_by_its_name_however_that_is_capitalised(accounts: Accounts) -> None:
    added = accounts.users.add("Jane.Doe", Role.EDITOR, password=PASSWORD, display_name="Jane", language="es")
    assert (added.name, added.display_name, added.role, added.language) == ("jane.doe", "Jane", Role.EDITOR, "es")
    assert added.state is State.ACTIVE
    assert accounts.users.by_name(" JANE.DOE") == added == accounts.users.get(added.id)


@pytest.mark.parametrize("name", ["nobody", "", "a\0b", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_a_name_that_nobody_has_finds_nobody(accounts: Accounts, name: str) -> None:
    assert accounts.users.by_name(name) is None


def test_an_id_that_nobody_has_is_not_found(accounts: Accounts) -> None:
    assert code(NotFound, accounts.users.get, 4711) == "user.unknown"
    assert code(NotFound, accounts.users.set_role, 4711, Role.EDITOR) == "user.unknown"


def test_a_display_name_that_is_not_given_is_the_user_name(accounts: Accounts) -> None:
    assert accounts.users.add("jane", Role.EDITOR).display_name == "jane"


@pytest.mark.parametrize("name", ["edgar", "EDGAR", "e-d-g-a-r", "edgár"])
def test_a_name_that_looks_like_anothers_is_taken(accounts: Accounts, edgar: User, name: str) -> None:
    assert code(Conflict, accounts.users.add, name, Role.EDITOR) == "name.taken"


def test_of_many_that_take_one_name_at_once_one_gets_it(accounts: Accounts) -> None:
    def add(_: int) -> bool:
        try:
            accounts.users.add("jane", Role.EDITOR)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(8))) == 1


def test_nobody_can_show_anothers_user_name_or_a_maintainers_display_name(accounts: Accounts, edgar: User) -> None:
    accounts.users.add("m1", Role.MAINTAINER, display_name="Maria Lopez")
    assert code(Conflict, accounts.users.set_display_name, edgar.id, "M1") == "display_name.taken"
    assert code(Conflict, accounts.users.set_display_name, edgar.id, "María López") == "display_name.taken"
    assert code(Conflict, accounts.users.add, "maria.lopez", Role.EDITOR) == "display_name.taken"
    assert accounts.users.set_display_name(edgar.id, "EDGAR").display_name == "EDGAR"


def test_two_people_may_have_the_same_display_name(accounts: Accounts, edgar: User) -> None:
    accounts.users.add("other", Role.EDITOR, display_name="Maria")
    assert accounts.users.set_display_name(edgar.id, "Maria").display_name == "Maria"


def test_what_is_wrong_with_a_new_account_is_said(accounts: Accounts) -> None:
    add = accounts.users.add
    assert code(Invalid, add, "x", Role.EDITOR) == "name.too_short"
    assert code(Invalid, add, "jane", Role.EDITOR, display_name="<b>") == "display_name.character"
    assert code(Invalid, add, "jane", Role.EDITOR, password="short") == "password.too_short"
    assert code(Invalid, add, "jane", Role.EDITOR, language="../x") == "language.unknown"
    assert accounts.users.list() == ()


def test_accounts_are_listed_by_name_and_by_state_and_role(accounts: Accounts, edgar: User, rosa: User) -> None:
    assert [user.name for user in accounts.users.list()] == ["edgar", "rosa"]
    assert accounts.users.list(role=Role.ADMIN) == (rosa,)
    assert accounts.users.list(state=State.DISABLED) == ()
    accounts.users.disable(edgar.id)
    assert [user.name for user in accounts.users.list(state=State.DISABLED)] == ["edgar"]


def test_only_somebody_who_may_manage_people_changes_others(accounts: Accounts, edgar: User, rosa: User) -> None:
    users = accounts.users
    for call, arguments in (
        (users.add, ("new", Role.EDITOR)),
        (users.set_role, (edgar.id, Role.ADMIN)),
        (users.disable, (rosa.id,)),
        (users.enable, (edgar.id,)),
        (users.approve, (edgar.id,)),
        (users.reject, (edgar.id,)),
        (users.trust, (edgar.id,)),
        (users.rename, (edgar.id, "other")),
        (users.set_password, (rosa.id, PASSWORD)),
    ):
        assert code(Denied, call, *arguments, by=edgar) == "denied.permission"
    assert users.list() == (edgar, rosa)


def test_a_role_is_changed_and_the_change_is_logged(accounts: Accounts, edgar: User, rosa: User) -> None:
    changed = accounts.users.set_role(edgar.id, Role.MAINTAINER, by=rosa)
    assert changed.role is Role.MAINTAINER
    assert changed.may(Permission.REVIEW)
    assert changed.rights == edgar.rights + 1
    entry = accounts.audit.list()[0]
    assert (entry.actor, entry.action, entry.subject) == ("rosa", "user.role", "edgar")
    assert entry.details == {"role": "maintainer", "before": "editor"}


def test_the_last_admin_stays(accounts: Accounts, rosa: User) -> None:
    assert code(Conflict, accounts.users.set_role, rosa.id, Role.EDITOR, by=rosa) == "user.last_admin"
    assert code(Conflict, accounts.users.disable, rosa.id) == "user.last_admin"
    accounts.users.add("second", Role.ADMIN)
    assert accounts.users.set_role(rosa.id, Role.EDITOR).role is Role.EDITOR


def test_admins_who_take_away_each_others_right_at_once_leave_one(accounts: Accounts) -> None:
    admins = [accounts.users.add(f"admin{number}x", Role.ADMIN) for number in range(6)]
    start = Barrier(len(admins))

    def demote(number: int) -> bool:
        start.wait()
        try:
            accounts.users.set_role(admins[number - 1].id, Role.EDITOR, by=admins[number])
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(len(admins)) as pool:
        assert sum(pool.map(demote, range(len(admins)))) == len(admins) - 1
    assert len(accounts.users.list(role=Role.ADMIN)) == 1


def test_a_disabled_account_may_do_nothing_until_it_is_enabled(accounts: Accounts, edgar: User) -> None:
    disabled = accounts.users.disable(edgar.id)
    assert disabled.permissions == frozenset()
    assert code(Denied, disabled.require, Permission.READ) == "denied.permission"
    assert accounts.users.enable(edgar.id).may(Permission.EDIT)


def test_a_renamed_account_keeps_its_former_name_from_others_and_may_take_it_back(
    accounts: Accounts, edgar: User
) -> None:
    renamed = accounts.users.rename(edgar.id, "edith")
    assert renamed.name == "edith"
    assert accounts.users.by_name("edgar") is None
    assert code(Conflict, accounts.users.add, "Edg4r".replace("4", "a"), Role.EDITOR) == "name.taken"
    assert accounts.users.rename(edgar.id, "edgar").name == "edgar"
    assert code(Conflict, accounts.users.add, "edith", Role.EDITOR) == "name.taken"
    assert accounts.users.rename(edgar.id, "e.dgar").name == "e.dgar"


def test_a_name_that_is_taken_cannot_be_renamed_to(accounts: Accounts, edgar: User, rosa: User) -> None:
    assert code(Conflict, accounts.users.rename, edgar.id, "rosa") == "name.taken"


def test_a_new_password_ends_all_sessions_but_the_one_it_was_set_in(accounts: Accounts, edgar: User) -> None:
    mine, other = accounts.sessions.start(edgar), accounts.sessions.start(edgar)
    accounts.users.set_password(edgar.id, "another long pass phrase", by=edgar, keep=mine.token)
    assert accounts.sessions.find(mine.token) is not None
    assert accounts.sessions.find(other.token) is None
    assert accounts.sign_in.attempt("edgar", "another long pass phrase")


def test_the_session_that_a_password_was_set_in_gets_a_new_token(accounts: Accounts, edgar: User) -> None:
    mine = accounts.sessions.start(edgar)
    accounts.users.set_password(edgar.id, "another long pass phrase", by=edgar, keep=mine.token)
    found = accounts.sessions.find(mine.token)
    assert found is not None
    assert found[1].rotate


@pytest.mark.parametrize("name", ["anonymous", "An0nymous", "wiki", "stranger"])
def test_nobody_gets_a_name_under_which_the_engine_writes(accounts: Accounts, name: str) -> None:
    assert code(Conflict, accounts.users.add, name, Role.EDITOR) == "name.taken"


def test_a_language_is_kept(accounts: Accounts, edgar: User) -> None:
    assert accounts.users.set_language(edgar.id, "pt-BR").language == "pt-BR"
    assert code(Invalid, accounts.users.set_language, edgar.id, "en\n") == "language.unknown"


def test_a_new_account_is_reviewed_until_enough_of_its_edits_are_approved(open_with: Opener) -> None:
    accounts = open_with(sign_up="open", reviewed_edits=2)
    new = accounts.registration.request("newcomer", PASSWORD)
    assert new.role is Role.EDITOR
    assert new.edits_until_trusted == 2
    assert new.effective_role is Role.CONTRIBUTOR
    assert not new.may(Permission.EDIT)
    assert new.may(Permission.SUGGEST)
    assert accounts.users.count_approved(new.id).edits_until_trusted == 1
    trusted = accounts.users.count_approved(new.id)
    assert trusted.edits_until_trusted == 0
    assert trusted.may(Permission.EDIT)


def test_whom_an_admin_trusts_is_not_reviewed(open_with: Opener) -> None:
    accounts = open_with(sign_up="open", reviewed_edits=5)
    one = accounts.registration.request("newcomer", PASSWORD)
    two = accounts.registration.request("another", PASSWORD)
    assert accounts.users.trust(one.id).may(Permission.EDIT)
    assert accounts.users.set_role(two.id, Role.EDITOR).may(Permission.EDIT)
    assert accounts.users.add("invited", Role.EDITOR).may(Permission.EDIT)


def test_the_log_is_read_page_by_page_and_by_account(accounts: Accounts, edgar: User) -> None:
    for number in range(5):
        accounts.users.set_role(edgar.id, Role.EDITOR if number % 2 else Role.MAINTAINER)
    first = accounts.audit.list(limit=4)
    rest = accounts.audit.list(limit=4, before=first[-1].id)
    assert [entry.action for entry in first + rest] == ["user.role"] * 5 + ["user.add"]
    assert accounts.audit.list(subject="nobody") == ()
    assert len(accounts.audit.list(subject="edgar")) == 6
