from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from wiki.accounts.accounts import Accounts, open_accounts
from wiki.accounts.passwords import Passwords
from wiki.accounts.roles import Role
from wiki.accounts.sign_in import (
    CODES_PER_ACCOUNT,
    CODES_PER_ADDRESS,
    PER_ADDRESS,
    PER_NAME_AND_ADDRESS,
    CodeNeeded,
)
from wiki.accounts.user import User
from wiki.config import Config
from wiki.errors import Denied, TooMany

from .conftest import PASSWORD, SECRET, HandClock, Opener

ATTACKER = "203.0.113.9"
HOME = "198.51.100.7"


def failed(accounts: Accounts, name: str, password: str, address: str = HOME) -> str:
    with pytest.raises(Denied) as caught:
        accounts.sign_in.attempt(name, password, address=address)
    return caught.value.code


def enrol(accounts: Accounts, user: User, clock: HandClock) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    app = pyotp.TOTP(accounts.two_factor.start(user, "Wiki").secret)
    codes = accounts.two_factor.confirm(user, app.at(clock()))
    clock.advance(seconds=30)
    return app, codes


def test_the_right_password_opens_a_session(accounts: Accounts, edgar: User) -> None:
    session = accounts.sign_in.attempt("Edgar", PASSWORD, address=HOME)
    found = accounts.sessions.find(session.token)
    assert found is not None
    assert found[0] == edgar


def test_every_sign_in_gives_another_token(accounts: Accounts, edgar: User) -> None:
    one, two = (accounts.sign_in.attempt("edgar", PASSWORD) for _ in range(2))
    assert one.token != two.token


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(accounts: Accounts, edgar: User) -> None:
    accounts.users.add("invited", Role.EDITOR)
    answers = {
        failed(accounts, "edgar", "not the pass phrase"),
        failed(accounts, "nobody", PASSWORD),
        failed(accounts, "invited", PASSWORD),
        failed(accounts, "edgar", ""),
        failed(accounts, "edgar", "x" * 100_000),
        failed(accounts, "x" * 100_000, PASSWORD),
        failed(accounts, "edgar\0", PASSWORD),
    }
    assert answers == {"sign_in.failed"}


def test_that_an_account_is_disabled_or_waits_is_told_to_its_owner_alone(open_with: Opener) -> None:
    accounts = open_with()
    accounts.registration.request("waiting", PASSWORD)
    disabled = accounts.users.add("gone", Role.EDITOR, password=PASSWORD)
    accounts.users.disable(disabled.id)
    assert failed(accounts, "waiting", "not the pass phrase") == "sign_in.failed"
    assert failed(accounts, "gone", "not the pass phrase") == "sign_in.failed"
    assert failed(accounts, "waiting", PASSWORD) == "sign_in.pending"
    assert failed(accounts, "gone", PASSWORD) == "sign_in.disabled"


def test_guessing_is_stopped_and_goes_on_being_stopped_while_one_keeps_trying(
    accounts: Accounts, edgar: User, clock: HandClock
) -> None:
    for _ in range(PER_NAME_AND_ADDRESS):
        failed(accounts, "edgar", "not the pass phrase", ATTACKER)
    with pytest.raises(TooMany) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD, address=ATTACKER)
    assert caught.value.code == "throttle.wait"
    clock.advance(seconds=caught.value.params["retry_after"])
    assert accounts.sign_in.attempt("edgar", PASSWORD, address=ATTACKER)


def test_an_attacker_elsewhere_does_not_lock_the_owner_out(accounts: Accounts, edgar: User) -> None:
    for number in range(12):
        for _ in range(PER_NAME_AND_ADDRESS):
            failed(accounts, "edgar", "not the pass phrase", f"203.0.113.{number}")
    assert accounts.sign_in.attempt("edgar", PASSWORD, address=HOME)


def test_one_address_cannot_go_through_many_names(accounts: Accounts) -> None:
    for number in range(PER_ADDRESS):
        failed(accounts, f"name{number}", "a usual pass phrase", ATTACKER)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("another", "a usual pass phrase", address=ATTACKER)
    failed(accounts, "another", "a usual pass phrase", HOME)


def test_a_whole_ipv6_network_is_one_address(accounts: Accounts, edgar: User) -> None:
    for number in range(PER_NAME_AND_ADDRESS):
        failed(accounts, "edgar", "not the pass phrase", f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, address="2001:db8:1:2:ffff::1")
    assert accounts.sign_in.attempt("edgar", PASSWORD, address="2001:db8:1:3::1")


def test_variants_of_a_name_are_counted_as_one(accounts: Accounts, edgar: User) -> None:
    for number in range(PER_NAME_AND_ADDRESS):
        failed(accounts, ["edgar", "EDGAR", " Edgar", "ＥＤＧＡＲ"][number % 4], "not the pass phrase", ATTACKER)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("eDGAR", PASSWORD, address=ATTACKER)


def test_signing_in_often_and_rightly_is_not_counted(accounts: Accounts, edgar: User) -> None:
    for _ in range(PER_ADDRESS + 5):
        assert accounts.sign_in.attempt("edgar", PASSWORD, address=HOME)


def test_an_attackers_own_sign_ins_buy_no_more_guesses_at_anothers(accounts: Accounts, edgar: User) -> None:
    accounts.users.add("mallory", Role.CONTRIBUTOR, password=PASSWORD)
    for _ in range(PER_NAME_AND_ADDRESS):
        failed(accounts, "edgar", "not the pass phrase", ATTACKER)
        accounts.sign_in.attempt("mallory", PASSWORD, address=ATTACKER)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", "not the pass phrase", address=ATTACKER)


def test_a_hash_of_yesterdays_parameters_is_renewed_at_sign_in(
    accounts: Accounts, edgar: User, config: Config, clock: HandClock
) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    later = open_accounts(config, SECRET, clock=clock, passwords=stronger)
    later.sign_in.attempt("edgar", PASSWORD)
    found = later.users.credentials("edgar")
    later.database.close()
    assert found is not None
    assert found[1] is not None
    assert "t=2" in found[1]
    assert accounts.sign_in.attempt("edgar", PASSWORD)


def test_sign_ins_of_those_who_review_are_logged_without_an_address(
    accounts: Accounts, edgar: User, rosa: User
) -> None:
    accounts.sign_in.attempt("edgar", PASSWORD, address=HOME)
    accounts.sign_in.attempt("rosa", PASSWORD, address=HOME)
    signed_in = [entry for entry in accounts.audit.list() if entry.action == "sign_in"]
    assert [(entry.actor, entry.details) for entry in signed_in] == [("rosa", {})]


def test_a_code_is_asked_for_after_the_right_password_and_only_then(
    accounts: Accounts, edgar: User, clock: HandClock
) -> None:
    app, _ = enrol(accounts, edgar, clock)
    assert failed(accounts, "edgar", "not the pass phrase") == "sign_in.failed"
    with pytest.raises(CodeNeeded) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD, address=HOME)
    assert accounts.sign_in.finish(caught.value.pending, app.at(clock()), address=HOME).token
    clock.advance(seconds=30)
    assert accounts.sign_in.attempt("edgar", PASSWORD, app.at(clock()), address=HOME).token


def test_a_wrong_code_opens_nothing(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    enrol(accounts, edgar, clock)
    with pytest.raises(Denied) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD, "000000")
    assert caught.value.code == "sign_in.code"
    assert accounts.sessions.list(edgar.id) == ()


def test_what_stands_between_password_and_code_cannot_be_forged_and_does_not_last(
    accounts: Accounts, edgar: User, rosa: User, clock: HandClock
) -> None:
    app, _ = enrol(accounts, edgar, clock)

    def finish(pending: str) -> str:
        with pytest.raises(Denied) as caught:
            accounts.sign_in.finish(pending, app.at(clock()))
        return caught.value.code

    with pytest.raises(CodeNeeded) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD)
    pending = caught.value.pending
    for forged in ("", "x", "é", "\ud800", pending[:-4], with_another_beginning(pending), pending[:20] + "A" * 100):
        assert finish(forged) == "sign_in.expired"
    clock.advance(seconds=601)
    assert finish(pending) == "sign_in.expired"
    with pytest.raises(CodeNeeded) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD)
    accounts.users.set_password(edgar.id, PASSWORD, by=edgar)
    assert finish(caught.value.pending) == "sign_in.expired"
    with pytest.raises(CodeNeeded) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD)
    accounts.users.disable(edgar.id)
    assert finish(caught.value.pending) == "sign_in.expired"


def test_codes_cannot_be_guessed_one_after_the_other(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    app, _ = enrol(accounts, edgar, clock)
    for number in range(CODES_PER_ADDRESS):
        with pytest.raises(Denied):
            accounts.sign_in.attempt("edgar", PASSWORD, f"{number:06}", address=ATTACKER)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, app.at(clock()), address=ATTACKER)


def test_somebody_with_the_password_who_uses_up_all_guesses_does_not_lock_the_owner_out(
    accounts: Accounts, edgar: User, clock: HandClock
) -> None:
    app, codes = enrol(accounts, edgar, clock)
    clock.advance(seconds=30)
    here = accounts.sign_in.attempt("edgar", PASSWORD, app.at(clock()), address=HOME)
    device = accounts.sign_in.device(here)
    for number in range(CODES_PER_ACCOUNT):
        with pytest.raises(Denied):
            accounts.sign_in.attempt("edgar", PASSWORD, f"{number:06}", address=f"203.0.113.{number}")
    clock.advance(seconds=30)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, app.at(clock()), address=HOME)
    assert accounts.sign_in.attempt("edgar", PASSWORD, codes[0], address=HOME).token
    # A browser that the account has signed in from, and one that is signed in.
    with pytest.raises(CodeNeeded) as caught:
        accounts.sign_in.attempt("edgar", PASSWORD, address=HOME, device=device)
    assert accounts.sign_in.finish(caught.value.pending, app.at(clock()), address=HOME, device=device).token
    clock.advance(seconds=30)
    assert accounts.sign_in.prove(edgar, PASSWORD, app.at(clock()), here, here.token, address=HOME)


def test_a_copied_browser_and_the_password_buy_few_codes(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    app, _ = enrol(accounts, edgar, clock)
    clock.advance(seconds=30)
    here = accounts.sign_in.attempt("edgar", PASSWORD, app.at(clock()), address=HOME)
    device = accounts.sign_in.device(here)
    clock.advance(seconds=30)
    for number in range(2 * CODES_PER_ADDRESS):
        with pytest.raises(Denied):
            accounts.sign_in.attempt("edgar", PASSWORD, f"{number:06}", address=ATTACKER, device=device)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, app.at(clock()), address=ATTACKER, device=device)
    for number in range(2 * CODES_PER_ADDRESS):
        with pytest.raises(Denied):
            accounts.sign_in.prove(edgar, PASSWORD, f"{number:06}", here, here.token, address="192.0.2.1")
    with pytest.raises(TooMany):
        accounts.sign_in.prove(edgar, PASSWORD, app.at(clock()), here, here.token, address="192.0.2.1")


def test_the_use_of_a_recovery_code_is_logged(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    _, codes = enrol(accounts, edgar, clock)
    accounts.sign_in.attempt("edgar", PASSWORD, codes[0].upper().replace("-", " "))
    assert accounts.audit.list()[0].action == "two_factor.recovery"


def test_asking_for_the_password_again_is_slowed_down_too(accounts: Accounts, edgar: User) -> None:
    here, elsewhere = (accounts.sign_in.attempt("edgar", PASSWORD, address=HOME) for _ in range(2))
    accounts.sign_in.confirm(edgar, PASSWORD, here)
    for _ in range(PER_NAME_AND_ADDRESS):
        with pytest.raises(Denied):
            accounts.sign_in.confirm(edgar, "not the pass phrase", here)
    with pytest.raises(TooMany):
        accounts.sign_in.confirm(edgar, PASSWORD, here)
    accounts.sign_in.confirm(edgar, PASSWORD, elsewhere)


def with_another_beginning(kept: str) -> str:
    return ("B" if kept.startswith("A") else "A") + kept[1:]


def crowd(accounts: Accounts, address: str = HOME) -> None:
    """Somebody in the same network guesses until nobody gets any further there."""
    for _ in range(PER_NAME_AND_ADDRESS):
        failed(accounts, "edgar", "not the pass phrase", address)
    for number in range(PER_ADDRESS - PER_NAME_AND_ADDRESS):
        failed(accounts, f"name{number}", "a usual pass phrase", address)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, address=address)


def test_a_browser_that_an_account_has_signed_in_from_is_not_kept_out_by_its_network(
    accounts: Accounts, edgar: User, rosa: User
) -> None:
    device = accounts.sign_in.device(accounts.sign_in.attempt("edgar", PASSWORD, address=HOME))
    crowd(accounts)
    assert accounts.sign_in.attempt("edgar", PASSWORD, address=HOME, device=device)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("rosa", PASSWORD, address=HOME, device=device)
    forged = [device[:-8], with_another_beginning(device), device[:20] + "A" * 60, "é", "", "A" * 400]
    for kept in forged:
        with pytest.raises(TooMany):
            accounts.sign_in.attempt("edgar", PASSWORD, address=HOME, device=kept)


def test_a_stolen_browser_buys_few_guesses_and_takes_none_from_others(accounts: Accounts, edgar: User) -> None:
    device = accounts.sign_in.device(accounts.sign_in.attempt("edgar", PASSWORD, address=HOME))
    for _ in range(2 * PER_NAME_AND_ADDRESS):
        with pytest.raises(Denied):
            accounts.sign_in.attempt("edgar", "not the pass phrase", address=ATTACKER, device=device)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, address=ATTACKER, device=device)
    assert accounts.sign_in.attempt("edgar", PASSWORD, address=HOME, device=device)


@pytest.mark.parametrize("end", ["password", "everywhere", "role", "time"])
def test_what_a_browser_has_kept_ends_with_the_password_the_role_and_all_sessions(
    accounts: Accounts, edgar: User, clock: HandClock, end: str
) -> None:
    session = accounts.sign_in.attempt("edgar", PASSWORD, address=HOME)
    device = accounts.sign_in.device(session)
    if end == "password":
        accounts.users.set_password(edgar.id, PASSWORD, by=edgar)
    elif end == "everywhere":
        accounts.sessions.end_everywhere(edgar.id, keep=session.token)
        found = accounts.sessions.find(session.token)
        assert found is not None and found[1].rotate, "the browser that is kept gets a new one"
    elif end == "role":
        accounts.users.set_role(edgar.id, Role.EDITOR)
    else:
        clock.advance(days=180)
    crowd(accounts)
    with pytest.raises(TooMany):
        accounts.sign_in.attempt("edgar", PASSWORD, address=HOME, device=device)


def test_no_address_is_anywhere_in_the_database(accounts: Accounts, edgar: User) -> None:
    for _ in range(3):
        failed(accounts, "edgar", "not the pass phrase", ATTACKER)
    accounts.sign_in.attempt("edgar", PASSWORD, address=ATTACKER)
    accounts.registration.request("newcomer", PASSWORD, address=ATTACKER)
    with accounts.database.read() as connection:
        for name in ("audit", "sessions", "throttle_counters", "throttle_salts", "users", "links", "tokens"):
            rows = connection.execute(text(f"SELECT * FROM {name}")).all()
            stored = b" ".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                for row in rows
                for value in row
            )
            assert ATTACKER.encode() not in stored
