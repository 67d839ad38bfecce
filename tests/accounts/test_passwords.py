from __future__ import annotations

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from wiki.accounts import passwords as module
from wiki.accounts.passwords import Passwords, accepted
from wiki.errors import Invalid, Unavailable


@pytest.mark.parametrize(
    "password",
    [
        "a long enough pass phrase",
        "kW3$pzQ9!v",
        "мой длинный пароль",
        "صلاح الدين ٤٢",
        "🌹🍞🌻🚲🎺🌙🐝🌊🔥🌵",
        "x" * 5 + "yzabcdef" + "q" * 980,
    ],
)
def test_long_passwords_of_any_script_are_accepted(password: str) -> None:
    accepted(password, "rosa")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", "password.too_short"),
        ("ninechars", "password.too_short"),
        ("e\u0301" * 9, "password.too_short"),
        ("a\u200d" * 9, "password.too_short"),
        ("ab" * 501, "password.too_long"),
        ("🌹" * 251, "password.too_long"),
        ("aaaaaaaaaaaa", "password.too_simple"),
        ("121212121212", "password.too_simple"),
        ("1234567890", "password.too_simple"),
        ("9876543210", "password.too_simple"),
        ("qwertyuiop", "password.too_simple"),
        ("Password123!", "password.common"),
        ("p4ssw0rd2024", "password.common"),
        ("iloveyou!!!", "password.common"),
        ("Solidarity2026", "password.common"),
        ("q1w2e3r4t5", "password.common"),
        ("Christopher1", "password.common"),
        ("chelsea1905", "password.common"),
        ("jane.doe.organizer"[:8] + "1234567890", "password.like_name"),
        ("JANE-DOE-2026", "password.like_name"),
    ],
)
def test_weak_or_endless_passwords_are_refused_with_the_reason(password: str, expected: str) -> None:
    with pytest.raises(Invalid) as caught:
        accepted(password, "jane.doe")
    assert caught.value.code == expected
    assert caught.value.problems[0].where == "password"


def test_a_password_is_known_again_and_another_is_not() -> None:
    stored = Passwords().hash("a long enough pass phrase")
    assert stored.startswith("$argon2id$")
    assert Passwords().verify(stored, "a long enough pass phrase")
    assert not Passwords().verify(stored, "a long enough pass phrasE")


def test_the_same_password_from_a_keyboard_that_composes_otherwise_is_known_again() -> None:
    password = "contraseña más larga"
    stored = Passwords().hash(unicodedata.normalize("NFD", password))
    assert Passwords().verify(stored, unicodedata.normalize("NFC", password))


def test_what_goes_beyond_the_longest_password_is_not_silently_cut_off() -> None:
    stored = Passwords().hash("ab" * 500)
    assert not Passwords().verify(stored, "ab" * 500 + "c")


def test_nobodys_password_is_never_right() -> None:
    assert not Passwords().verify(None, "nobody's password")


def test_a_damaged_hash_is_a_wrong_password() -> None:
    assert not Passwords().verify("not a hash", "a long enough pass phrase")


def test_a_hash_made_with_other_parameters_is_outdated() -> None:
    stored = Passwords().hash("a long enough pass phrase")
    assert not Passwords().outdated(stored)
    assert Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)).outdated(stored)


class CountingHasher(PasswordHasher):
    """Counts how many verify at the same moment, and what is verified."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.lock = threading.Lock()
        self.now = self.most = self.verified = 0
        self.two_are_in = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        with self.lock:
            self.now += 1
            self.verified += 1
            self.most = max(self.most, self.now)
            if self.now == 2:
                self.two_are_in.set()
        self.two_are_in.wait(10)
        with self.lock:
            self.now -= 1
        raise VerifyMismatchError


def test_no_more_than_two_are_hashed_at_once() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    threads = [threading.Thread(target=passwords.verify, args=(None, "guess number one")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.verified == 8
    assert hasher.most == 2


def test_as_much_work_is_done_for_nobody_as_for_somebody() -> None:
    hasher = CountingHasher()
    hasher.two_are_in.set()
    passwords = Passwords(hasher)
    stored = hasher.hash("a long enough pass phrase")
    passwords.verify(stored, "guess number one")
    passwords.verify(None, "guess number one")
    assert hasher.verified == 2


def test_who_waits_too_long_for_a_turn_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    with module._slot(), module._slot(), pytest.raises(Unavailable) as caught:
        Passwords().hash("a long enough pass phrase")
    assert caught.value.code == "password.busy"
