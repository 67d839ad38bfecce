from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from wiki.accounts.accounts import Accounts
from wiki.accounts.addresses import address_key
from wiki.accounts.throttle import SALT_SECONDS, Throttle, _wait
from wiki.errors import TooMany

from .conftest import HandClock

HOUR = 3600


def waits(throttle: Throttle, limit: int = 3, per_seconds: int = HOUR, subject: str = "198.51.100.7") -> int:
    """Seconds to wait, 0 if the hit was counted."""
    try:
        throttle.hit("suggest", subject, limit, per_seconds)
    except TooMany as error:
        return int(error.params["retry_after"])
    return 0


def test_so_many_are_allowed_and_then_one_has_to_wait(accounts: Accounts, clock: HandClock) -> None:
    assert [waits(accounts.throttle) for _ in range(3)] == [0, 0, 0]
    wait = waits(accounts.throttle)
    assert wait > 0
    clock.advance(seconds=wait - 1)
    assert waits(accounts.throttle) == 1
    clock.advance(seconds=1)
    assert waits(accounts.throttle) == 0


def test_purposes_and_subjects_are_counted_apart(accounts: Accounts) -> None:
    for _ in range(3):
        accounts.throttle.hit("suggest", "a", 3, HOUR)
    accounts.throttle.hit("suggest", "b", 3, HOUR)
    accounts.throttle.hit("register", "a", 3, HOUR)


def test_what_was_refused_is_not_counted(accounts: Accounts, clock: HandClock) -> None:
    for _ in range(20):
        waits(accounts.throttle)
    clock.advance(hours=2)
    assert waits(accounts.throttle) == 0


def test_a_limit_holds_across_the_turn_of_the_hour(accounts: Accounts, clock: HandClock) -> None:
    clock.advance(minutes=59)
    assert [waits(accounts.throttle) for _ in range(3)] == [0, 0, 0]
    clock.advance(minutes=2)
    assert waits(accounts.throttle) > 0


def test_a_limit_holds_across_midnight(accounts: Accounts, clock: HandClock) -> None:
    clock.advance(hours=11, minutes=59)
    assert [waits(accounts.throttle) for _ in range(3)] == [0, 0, 0]
    clock.advance(minutes=2)
    assert waits(accounts.throttle) > 0


def test_a_hit_that_turns_out_harmless_is_taken_back(accounts: Accounts) -> None:
    for _ in range(10):
        assert waits(accounts.throttle, limit=1) == 0
        accounts.throttle.forgive("suggest", "198.51.100.7", HOUR)
    accounts.throttle.forgive("suggest", "198.51.100.7", HOUR)
    assert waits(accounts.throttle, limit=1) == 0
    assert waits(accounts.throttle, limit=1) > 0


def test_nothing_at_all_is_allowed_where_the_limit_is_nothing(accounts: Accounts) -> None:
    assert waits(accounts.throttle, limit=0) == HOUR


def test_a_span_longer_than_what_may_be_remembered_is_a_mistake_of_ours(accounts: Accounts) -> None:
    with pytest.raises(ValueError, match="86400"):
        accounts.throttle.hit("suggest", "a", 1, 24 * HOUR)


def test_exactly_the_limit_gets_through_when_many_come_at_once(accounts: Accounts) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: waits(accounts.throttle, limit=10), range(24)))
    assert answers.count(0) == 10


def test_within_a_day_nothing_is_left_of_an_address(accounts: Accounts, clock: HandClock) -> None:
    accounts.throttle.hit("suggest", "198.51.100.7", 3, HOUR)
    accounts.throttle.hit("suggest", "198.51.100.7", 3, SALT_SECONDS)
    with accounts.database.read() as connection:
        salts = set(connection.execute(text("SELECT salt FROM throttle_salts")).scalars())
    clock.advance(hours=24)
    accounts.throttle.forget()
    with accounts.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM throttle_counters")).scalar() == 0
        assert not salts & set(connection.execute(text("SELECT salt FROM throttle_salts")).scalars())


def test_many_that_forget_at_once_do_not_hold_each_other_up(accounts: Accounts, clock: HandClock) -> None:
    for number in range(40):
        accounts.throttle.hit("suggest", str(number), 3, 60)
    clock.advance(hours=36)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: waits(accounts.throttle, subject=str(number)), range(16))) == [0] * 16
    with accounts.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM throttle_counters")).scalar() == 16


def test_any_use_forgets_what_is_too_old(accounts: Accounts, clock: HandClock) -> None:
    accounts.throttle.hit("suggest", "198.51.100.7", 3, HOUR)
    clock.advance(hours=36)
    accounts.throttle.hit("register", "b", 3, HOUR)
    with accounts.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM throttle_counters")).scalar() == 1


def test_a_clock_that_is_set_back_neither_breaks_nor_keeps_anything_for_ever(
    accounts: Accounts, clock: HandClock
) -> None:
    clock.advance(days=400)
    accounts.throttle.hit("suggest", "a", 3, HOUR)
    clock.advance(days=-400)
    for _ in range(3):
        accounts.throttle.hit("suggest", "a", 3, HOUR)
    with accounts.database.read() as connection:
        periods = list(connection.execute(text("SELECT period FROM throttle_salts")).scalars())
    now = int(clock().timestamp()) // SALT_SECONDS
    assert set(periods) <= {now - 1, now}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
        ("x" * 1000, "x" * 100),
    ],
)
def test_an_address_stands_for_a_household(address: str, key: str) -> None:
    assert address_key(address) == key


@given(
    st.integers(0, 200),
    st.integers(0, 200),
    st.integers(1, 9),
    st.integers(1, 100),
    st.integers(1, SALT_SECONDS),
    st.floats(0, 0.999),
)
def test_who_waits_as_long_as_told_gets_through_and_not_a_second_sooner(
    former: int, before: int, amount: int, limit: int, per_seconds: int, share: float
) -> None:
    passed, hits = int(per_seconds * share), before + amount
    wait = _wait(former, hits, limit, per_seconds, passed, amount)
    later = passed + wait
    if wait == 0 or amount > limit:
        return

    def refused(at: int) -> bool:
        """Whether as much, on top of the hits before it, would be refused at that second."""
        if at < per_seconds:
            return _wait(former, hits, limit, per_seconds, at, amount) > 0
        if at < 2 * per_seconds:
            return _wait(before, amount, limit, per_seconds, at - per_seconds, amount) > 0
        return False

    assert not refused(later)
    assert refused(later - 1)


def test_what_is_larger_than_any_span_allows_is_not_counted(accounts: Accounts) -> None:
    with pytest.raises(TooMany):
        accounts.throttle.hit("room", "a", 3, HOUR, 4)
    accounts.throttle.hit("room", "a", 3, HOUR, 3)
    with pytest.raises(TooMany):
        accounts.throttle.hit("room", "a", 3, HOUR)
