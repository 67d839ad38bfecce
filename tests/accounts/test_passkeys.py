"""Passkeys: made after the password, good alone or as the second factor, and nothing that was said once is good twice."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace

import pyotp
import pytest

from wiki.accounts.accounts import Accounts
from wiki.accounts.passkeys import CHALLENGE_SECONDS, PER_ACCOUNT, Site
from wiki.accounts.roles import Role
from wiki.accounts.sign_in import CodeNeeded
from wiki.accounts.user import User
from wiki.errors import Conflict, Invalid, NotFound, TooMany, WikiError

from .authenticator import Device, decoded, encoded
from .conftest import PASSWORD, HandClock

SITE = Site("wiki.example", "https://wiki.example", "Wiki")


def made(accounts: Accounts, user: User, label: str = "my phone", device: Device | None = None) -> Device:
    """A device with a passkey of this person."""
    device = device or Device()
    accounts.passkeys.add(user, SITE, label, device.make(accounts.passkeys.start(user, SITE)))
    return device


def code_of(what: object) -> str:
    with pytest.raises(WikiError) as caught:
        what()  # type: ignore[operator]
    return caught.value.code


def test_a_passkey_signs_in_without_a_name(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    device = made(accounts, edgar)
    made(accounts, edgar, "a key on my ring")
    options = accounts.passkeys.ask(SITE)
    assert json.loads(options)["allowCredentials"] == []
    session = accounts.sign_in.by_passkey(SITE, device.sign(options))
    found = accounts.sessions.find(session.token)
    assert found is not None
    assert found[0] == edgar
    assert [(key.label, key.last_used) for key in accounts.passkeys.list(edgar.id)] == [
        ("my phone", clock.now.date()),
        ("a key on my ring", None),
    ]


def test_what_the_device_keeps_does_not_say_who_it_is_for(accounts: Accounts, edgar: User) -> None:
    handle = decoded(json.loads(accounts.passkeys.start(edgar, SITE))["user"]["id"])
    assert len(handle) == 32
    assert b"edgar" not in handle
    assert str(edgar.id).encode() != handle


def test_an_answer_is_good_once_and_for_five_minutes(accounts: Accounts, edgar: User, clock: HandClock) -> None:
    device = made(accounts, edgar)
    # As of a password manager: it does not count, so that nothing but the challenge tells the second time from the first.
    device.uses = -1
    answer = device.sign(accounts.passkeys.ask(SITE))
    accounts.sign_in.by_passkey(SITE, answer)
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, answer)) == "passkey.expired"
    late = device.sign(accounts.passkeys.ask(SITE))
    clock.advance(seconds=CHALLENGE_SECONDS + 1)
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, late)) == "passkey.expired"
    accounts.forget()
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, answer)) == "passkey.expired"


def test_an_answer_given_to_another_site_or_to_another_question_is_refused(
    accounts: Accounts, edgar: User, rosa: User
) -> None:
    device = made(accounts, edgar)
    elsewhere = device.sign(accounts.passkeys.ask(SITE), "https://wiki.example.evil.example")
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, elsewhere)) == "passkey.refused"
    other = replace(SITE, host="evil.example")
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, device.sign(accounts.passkeys.ask(other)))) == (
        "passkey.refused"
    )
    second = device.sign(accounts.passkeys.ask(SITE, edgar))
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, second)) == "passkey.expired"
    rosas = accounts.passkeys.start(rosa, SITE)
    assert code_of(lambda: accounts.passkeys.add(edgar, SITE, "x", Device().make(rosas))) == "passkey.expired"
    own = json.loads(accounts.passkeys.ask(SITE))
    own["challenge"] = encoded(bytes(32) + decoded(own["challenge"])[32:])
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, device.sign(json.dumps(own)))) == "passkey.expired"


def test_a_key_that_does_not_ask_for_its_owner_is_refused(accounts: Accounts, edgar: User) -> None:
    bare = Device(asks=False)
    options = accounts.passkeys.start(edgar, SITE)
    assert code_of(lambda: accounts.passkeys.add(edgar, SITE, "x", bare.make(options))) == "passkey.refused"
    device = made(accounts, edgar)
    device.flags = bare.flags
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, device.sign(accounts.passkeys.ask(SITE)))) == (
        "passkey.refused"
    )


def test_a_copy_of_a_key_is_noticed_by_its_count(accounts: Accounts, edgar: User) -> None:
    device = made(accounts, edgar)
    accounts.sign_in.by_passkey(SITE, device.sign(accounts.passkeys.ask(SITE)))
    device.uses = 0
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, device.sign(accounts.passkeys.ask(SITE)))) == (
        "passkey.refused"
    )


def test_a_key_is_anothers_or_removed_or_of_a_shut_account(accounts: Accounts, edgar: User, rosa: User) -> None:
    device = made(accounts, edgar)
    again = accounts.passkeys.start(rosa, SITE)
    with pytest.raises(Conflict):
        accounts.passkeys.add(rosa, SITE, "mine too", device.make(again))
    key = accounts.passkeys.list(edgar.id)[0]
    with pytest.raises(NotFound):
        accounts.passkeys.remove(rosa, key.id)
    accounts.users.disable(edgar.id, by=rosa)
    answer = device.sign(accounts.passkeys.ask(SITE))
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, answer)) == "sign_in.disabled"
    edgar = accounts.users.enable(edgar.id, by=rosa)
    assert accounts.passkeys.remove(edgar, key.id)
    answer = device.sign(accounts.passkeys.ask(SITE))
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, answer)) == "passkey.refused"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"response": 1}',
        '{"response": {"clientDataJSON": "e30"}}',
        "[" * 100_000,
        "é",
        '{"response": {"clientDataJSON": "' + base64.b64encode(b"[" * 60_000).decode() + '"}}',
    ],
)
def test_what_is_no_answer_is_refused(accounts: Accounts, edgar: User, answer: str) -> None:
    assert code_of(lambda: accounts.sign_in.by_passkey(SITE, answer)) == "passkey.refused"
    assert code_of(lambda: accounts.passkeys.add(edgar, SITE, "x", answer)) == "passkey.refused"


def test_an_answer_whose_parts_are_exchanged_is_refused(accounts: Accounts, edgar: User) -> None:
    device = made(accounts, edgar)
    for part in ("authenticatorData", "signature"):
        answer = json.loads(device.sign(accounts.passkeys.ask(SITE)))
        answer["response"][part] = encoded(b"x" * 80)
        assert code_of(lambda answer=answer: accounts.sign_in.by_passkey(SITE, json.dumps(answer))) == "passkey.refused"


def test_a_passkey_needs_a_name_and_there_is_an_end_to_them(accounts: Accounts, edgar: User) -> None:
    for label in ("", "x" * 81, "a\x07b"):
        answer = Device().make(accounts.passkeys.start(edgar, SITE))
        with pytest.raises(Invalid):
            accounts.passkeys.add(edgar, SITE, label, answer)
    for number in range(PER_ACCOUNT):
        made(accounts, edgar, f"key {number}")
    with pytest.raises(TooMany):
        accounts.passkeys.start(edgar, SITE)


def test_a_passkey_is_the_second_step_instead_of_a_code_or_beside_it(accounts: Accounts, edgar: User) -> None:
    device = made(accounts, edgar)
    codes = accounts.two_factor.use_passkeys(edgar)
    assert len(codes) == 10
    with pytest.raises(CodeNeeded) as needed:
        accounts.sign_in.attempt("edgar", PASSWORD)
    pending = needed.value.pending
    options = accounts.sign_in.second_step(pending, SITE)
    assert [key["id"] for key in json.loads(options)["allowCredentials"]] == [encoded(device.id)]
    assert accounts.sign_in.finish_by_passkey(pending, SITE, device.sign(options))
    assert accounts.sign_in.attempt("edgar", PASSWORD, codes[0])
    alone = device.sign(accounts.passkeys.ask(SITE))
    assert code_of(lambda: accounts.sign_in.finish_by_passkey(pending, SITE, alone)) == "passkey.expired"
    secret = accounts.two_factor.start(edgar, "Wiki").secret
    accounts.two_factor.confirm(edgar, pyotp.TOTP(secret).at(accounts.two_factor._clock()))
    assert accounts.two_factor.by_app(edgar.id)
    assert accounts.two_factor.by_passkey(edgar.id)


def test_somebody_elses_passkey_is_no_second_step(accounts: Accounts, edgar: User, rosa: User) -> None:
    made(accounts, edgar)
    rosas = made(accounts, rosa)
    accounts.two_factor.use_passkeys(edgar)
    with pytest.raises(CodeNeeded) as needed:
        accounts.sign_in.attempt("edgar", PASSWORD)
    options = accounts.sign_in.second_step(needed.value.pending, SITE)
    answer = rosas.sign(options)
    assert code_of(lambda: accounts.sign_in.finish_by_passkey(needed.value.pending, SITE, answer)) == "passkey.refused"
    assert accounts.sign_in.second_step("nonsense", SITE) == ""


def test_the_second_step_goes_with_the_last_passkey_where_there_is_no_app(accounts: Accounts, edgar: User) -> None:
    made(accounts, edgar)
    accounts.two_factor.use_passkeys(edgar)
    accounts.passkeys.remove(edgar, accounts.passkeys.list(edgar.id)[0].id)
    accounts.two_factor.without_passkeys(edgar)
    assert not accounts.two_factor.enabled(edgar.id)
    assert accounts.two_factor.recovery_codes_left(edgar.id) == 0
    assert accounts.sign_in.attempt("edgar", PASSWORD)


def test_a_new_password_by_a_link_ends_the_passkeys_too(accounts: Accounts, edgar: User, rosa: User) -> None:
    made(accounts, edgar)
    accounts.links.set_password(accounts.links.new_password(edgar, by=rosa), "another long pass phrase")
    assert accounts.passkeys.list(edgar.id) == ()


def test_who_has_a_passkey_gets_in_whatever_others_on_the_same_network_try(accounts: Accounts, edgar: User) -> None:
    device = made(accounts, edgar)
    for _ in range(60):
        code_of(lambda: accounts.sign_in.attempt("edgar", "a wrong guess", address="192.0.2.1"))
        code_of(lambda: accounts.sign_in.by_passkey(SITE, "{}"))
    assert code_of(lambda: accounts.sign_in.attempt("edgar", PASSWORD, address="192.0.2.1")) == "throttle.wait"
    assert accounts.sign_in.by_passkey(SITE, device.sign(accounts.passkeys.ask(SITE))).user_id == edgar.id
    # Nor does it hinder anybody who comes from elsewhere with the password.
    assert accounts.sign_in.attempt("edgar", PASSWORD, address="192.0.2.2").user_id == edgar.id


def test_the_log_says_that_a_passkey_was_made_and_removed(accounts: Accounts, edgar: User) -> None:
    made(accounts, edgar)
    accounts.passkeys.remove(edgar, accounts.passkeys.list(edgar.id)[0].id)
    actions = [entry.action for entry in accounts.audit.list(subject="edgar")]
    assert actions[:2] == ["passkey.remove", "passkey.add"]


def test_asking_for_a_passkey_loads_nothing_heavy() -> None:
    program = (
        "import sys, wiki.web.application, wiki.accounts.passkeys\n"
        "assert not {'webauthn', 'cryptography', 'cbor2'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_whoever_signs_in_by_a_passkey_with_more_rights_is_noted(accounts: Accounts) -> None:
    ana = accounts.users.add("ana", Role.MAINTAINER, password=PASSWORD)
    device = made(accounts, ana)
    accounts.sign_in.by_passkey(SITE, device.sign(accounts.passkeys.ask(SITE)))
    assert accounts.audit.list(subject="ana")[0].action == "sign_in"
