from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlalchemy import text

from wiki.accounts.accounts import Accounts
from wiki.accounts.two_factor import RECOVERY_CODES
from wiki.accounts.user import User
from wiki.errors import Conflict, Denied, Invalid

from .conftest import HandClock


@pytest.fixture
def app(accounts: Accounts, edgar: User) -> pyotp.TOTP:
    return pyotp.TOTP(accounts.two_factor.start(edgar, "Movement Wiki").secret)


def test_an_app_is_set_up_by_a_code_that_it_shows(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    assert not accounts.two_factor.enabled(edgar.id)
    codes = accounts.two_factor.confirm(edgar, app.at(clock()))
    assert accounts.two_factor.enabled(edgar.id)
    assert len(set(codes)) == RECOVERY_CODES == accounts.two_factor.recovery_codes_left(edgar.id)


def test_an_authenticator_app_is_told_all_that_it_needs(accounts: Accounts, edgar: User) -> None:
    enrolment = accounts.two_factor.start(edgar, "Movement Wiki")
    address = urlsplit(enrolment.uri)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Movement%20Wiki:edgar"
    assert parse_qs(address.query) == {"secret": [enrolment.secret], "issuer": ["Movement Wiki"]}


def test_a_wrong_code_sets_nothing_up(accounts: Accounts, edgar: User, app: pyotp.TOTP) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.two_factor.confirm(edgar, "000000")
    assert caught.value.code == "two_factor.code"
    assert not accounts.two_factor.enabled(edgar.id)


def test_without_a_beginning_there_is_nothing_to_confirm(accounts: Accounts, edgar: User) -> None:
    with pytest.raises(Conflict) as caught:
        accounts.two_factor.confirm(edgar, "000000")
    assert caught.value.code == "two_factor.not_started"
    with pytest.raises(Conflict):
        accounts.two_factor.new_recovery_codes(edgar)


def test_a_code_is_good_once(accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock) -> None:
    accounts.two_factor.confirm(edgar, app.at(clock()))
    assert not accounts.two_factor.verify(edgar.id, app.at(clock()))
    clock.advance(seconds=30)
    assert accounts.two_factor.verify(edgar.id, app.at(clock()))
    assert not accounts.two_factor.verify(edgar.id, app.at(clock()))


def test_of_many_that_use_one_code_at_once_one_gets_in(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    codes = accounts.two_factor.confirm(edgar, app.at(clock()))
    clock.advance(seconds=30)
    for code in (app.at(clock()), codes[0]):
        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(lambda _, code=code: accounts.two_factor.verify(edgar.id, code), range(6))) == 1


def test_a_clock_half_a_minute_off_is_forgiven_and_a_minute_is_not(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    accounts.two_factor.confirm(edgar, app.at(clock()))
    clock.advance(minutes=10)
    assert not accounts.two_factor.verify(edgar.id, app.at(clock(), counter_offset=-2))
    assert not accounts.two_factor.verify(edgar.id, app.at(clock(), counter_offset=2))
    assert accounts.two_factor.verify(edgar.id, app.at(clock(), counter_offset=-1))
    assert accounts.two_factor.verify(edgar.id, app.at(clock(), counter_offset=1))


@pytest.mark.parametrize("code", ["", "x", "12345", "1234567", "\0" * 6, "\ud800", "é" * 6, "1" * 100_000])
def test_what_is_no_code_is_wrong(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock, code: str
) -> None:
    accounts.two_factor.confirm(edgar, app.at(clock()))
    assert not accounts.two_factor.verify(edgar.id, code)


def test_blanks_in_a_code_are_forgiven(accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock) -> None:
    accounts.two_factor.confirm(edgar, app.at(clock()))
    clock.advance(seconds=30)
    code = app.at(clock())
    assert accounts.two_factor.verify(edgar.id, f" {code[:3]} {code[3:]} ")


def test_a_recovery_code_is_good_once_and_for_its_owner_alone(
    accounts: Accounts, edgar: User, rosa: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    codes = accounts.two_factor.confirm(edgar, app.at(clock()))
    assert not accounts.two_factor.verify(rosa.id, codes[0])
    assert accounts.two_factor.verify(edgar.id, codes[0])
    assert not accounts.two_factor.verify(edgar.id, codes[0])
    assert accounts.two_factor.recovery_codes_left(edgar.id) == RECOVERY_CODES - 1


def test_new_recovery_codes_make_the_former_ones_void(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    former = accounts.two_factor.confirm(edgar, app.at(clock()))
    new = accounts.two_factor.new_recovery_codes(edgar)
    assert not set(former) & set(new)
    assert not accounts.two_factor.verify(edgar.id, former[0])
    assert accounts.two_factor.verify(edgar.id, new[0])


def test_another_app_takes_over_only_when_it_is_confirmed(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    accounts.two_factor.confirm(edgar, app.at(clock()))
    other = pyotp.TOTP(accounts.two_factor.start(edgar, "Wiki").secret)
    clock.advance(minutes=1)
    assert not accounts.two_factor.verify(edgar.id, other.at(clock()))
    assert accounts.two_factor.verify(edgar.id, app.at(clock()))
    accounts.two_factor.confirm(edgar, other.at(clock()))
    clock.advance(minutes=1)
    assert not accounts.two_factor.verify(edgar.id, app.at(clock()))
    assert accounts.two_factor.verify(edgar.id, other.at(clock()))


def test_somebody_who_lost_all_is_helped_by_whoever_may_manage_people(
    accounts: Accounts, edgar: User, rosa: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    codes = accounts.two_factor.confirm(edgar, app.at(clock()))
    with pytest.raises(Denied):
        accounts.two_factor.disable(rosa, by=edgar)
    accounts.two_factor.disable(edgar, by=rosa)
    assert not accounts.two_factor.enabled(edgar.id)
    assert not accounts.two_factor.verify(edgar.id, codes[0])
    entry = accounts.audit.list()[0]
    assert (entry.actor, entry.action, entry.subject) == ("rosa", "two_factor.disable", "edgar")


def test_a_copy_of_the_database_holds_neither_secret_nor_codes(
    accounts: Accounts, edgar: User, clock: HandClock
) -> None:
    secret = accounts.two_factor.start(edgar, "Wiki").secret
    codes = accounts.two_factor.confirm(edgar, pyotp.TOTP(secret).at(clock()))
    with accounts.database.read() as connection:
        rows = [
            *connection.execute(text("SELECT * FROM two_factor")),
            *connection.execute(text("SELECT * FROM recovery_codes")),
        ]
    stored = b" ".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row
    )
    assert pyotp.TOTP(secret).byte_secret() not in stored
    assert secret.encode() not in stored
    assert not any(code.replace("-", "").encode() in stored for code in codes)


def test_a_clock_that_was_set_back_locks_nobody_out_and_a_code_is_still_good_once(
    accounts: Accounts, edgar: User, app: pyotp.TOTP, clock: HandClock
) -> None:
    clock.advance(days=400)
    accounts.two_factor.confirm(edgar, app.at(clock()))
    clock.advance(days=-400)
    assert accounts.two_factor.verify(edgar.id, app.at(clock()))
    assert not accounts.two_factor.verify(edgar.id, app.at(clock()))
    clock.advance(seconds=60)
    assert accounts.two_factor.verify(edgar.id, app.at(clock()))
