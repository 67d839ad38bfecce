from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from wiki.accounts.accounts import Accounts
from wiki.accounts.drafts import PER_ACCOUNT
from wiki.accounts.user import User
from wiki.errors import Invalid, TooMany

from .conftest import HandClock

BASE = "0123456789abcdef0123456789abcdef01234567"
FIELDS = {"title": "Signal", "body": "Ein Entwurf\r\nمسودة\0🌹", "cost.level": "free"}


def test_what_was_typed_comes_back_as_it_was(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    saved = accounts.drafts.save(edgar.id, "communications/signal", BASE, FIELDS)
    found = accounts.drafts.get(edgar.id, "communications/signal")
    assert found == saved
    assert found is not None
    assert (found.base, found.fields, found.updated) == (BASE, FIELDS, clock())


def test_a_later_draft_takes_the_place_of_the_former(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    accounts.drafts.save(edgar.id, "communications/signal", BASE, FIELDS)
    clock.advance(minutes=1)
    accounts.drafts.save(edgar.id, "communications/signal", "", {"body": "new"})
    found = accounts.drafts.get(edgar.id, "communications/signal")
    assert found is not None
    assert (found.base, found.fields, found.updated) == ("", {"body": "new"}, clock())


def test_drafts_are_listed_newest_first_and_thrown_away(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    for path in ("a", "b", "c"):
        accounts.drafts.save(edgar.id, path, BASE, FIELDS)
        clock.advance(minutes=1)
    accounts.drafts.delete(edgar.id, "b")
    accounts.drafts.delete(edgar.id, "never was")
    assert [(entry.path, entry.base) for entry in accounts.drafts.list(edgar.id)] == [("c", BASE), ("a", BASE)]


def test_nobody_sees_anothers_drafts(accounts: Accounts, edgar: User, rosa: User) -> None:
    accounts.drafts.save(edgar.id, "a", BASE, FIELDS)
    accounts.drafts.delete(rosa.id, "a")
    assert accounts.drafts.get(rosa.id, "a") is None
    assert accounts.drafts.list(rosa.id) == ()
    assert accounts.drafts.get(edgar.id, "a") is not None


def test_that_somebody_else_is_writing_is_known_for_a_while(
    accounts: Accounts, edgar: User, rosa: User, clock: HandClock
) -> None:
    accounts.drafts.save(edgar.id, "a", BASE, FIELDS)
    assert accounts.drafts.others(rosa.id, "a", timedelta(minutes=10)) == ("Edgar",)
    assert accounts.drafts.others(edgar.id, "a", timedelta(minutes=10)) == ()
    assert accounts.drafts.others(rosa.id, "b", timedelta(minutes=10)) == ()
    clock.advance(minutes=11)
    assert accounts.drafts.others(rosa.id, "a", timedelta(minutes=10)) == ()


def test_an_account_may_keep_so_many_drafts_and_change_them_still(accounts: Accounts, edgar: User) -> None:
    for number in range(PER_ACCOUNT):
        accounts.drafts.save(edgar.id, f"page{number}", "", {})
    with pytest.raises(TooMany) as caught:
        accounts.drafts.save(edgar.id, "one-more", "", {})
    assert caught.value.code == "draft.too_many"
    accounts.drafts.save(edgar.id, "page7", "", FIELDS)


def test_drafts_are_bounded_in_size_one_by_one_and_together(accounts: Accounts, edgar: User) -> None:
    megabyte = "x" * 2**20
    with pytest.raises(TooMany) as caught:
        accounts.drafts.save(edgar.id, "a", "", {"body": megabyte * 2})
    assert caught.value.code == "draft.too_large"
    for number in range(9):
        accounts.drafts.save(edgar.id, f"page{number}", "", {"body": megabyte})
    with pytest.raises(TooMany) as caught:
        accounts.drafts.save(edgar.id, "one-more", "", {"body": megabyte})
    assert caught.value.code == "draft.too_many"


@pytest.mark.parametrize(
    ("path", "base", "code"),
    [
        ("", BASE, "draft.path"),
        ("a\0", BASE, "draft.path"),
        ("a\ud800", BASE, "draft.path"),
        ("a" * 601, BASE, "draft.path"),
        ("a", "HEAD", "draft.base"),
        ("a", BASE + "\n", "draft.base"),
        ("a", "--output=x", "draft.base"),
    ],
)
def test_a_draft_belongs_to_a_path_and_a_revision(
    accounts: Accounts, edgar: User, path: str, base: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.drafts.save(edgar.id, path, base, {})
    assert caught.value.code == code


def test_two_tabs_that_save_at_once_leave_one_draft(accounts: Accounts, edgar: User) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: accounts.drafts.save(edgar.id, "a", "", {"body": str(number)}), range(12)))
    assert len(accounts.drafts.list(edgar.id)) == 1


def test_a_draft_that_nobody_touches_is_forgotten_after_three_months(
    accounts: Accounts, edgar: User, clock: HandClock
) -> None:
    accounts.drafts.save(edgar.id, "a", "", FIELDS)
    clock.advance(days=89)
    accounts.forget()
    assert accounts.drafts.get(edgar.id, "a") is not None
    clock.advance(days=2)
    accounts.forget()
    assert accounts.drafts.get(edgar.id, "a") is None


def test_throwing_away_what_is_not_there_writes_nothing(
    accounts: Accounts, edgar: User, rosa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.drafts.save(rosa.id, "a", BASE, FIELDS)
    monkeypatch.setattr(accounts.database, "write", lambda: pytest.fail("the database was locked"))
    accounts.drafts.delete(edgar.id, "a")
    accounts.drafts.delete(rosa.id, "b")
    monkeypatch.undo()
    accounts.drafts.save(edgar.id, "a", BASE, FIELDS)
    accounts.drafts.delete(edgar.id, "a")
    assert accounts.drafts.get(edgar.id, "a") is None
    assert accounts.drafts.get(rosa.id, "a") is not None
