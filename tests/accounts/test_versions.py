"""A database of every version that was ever released can be brought up to date, with everybody in it.

`versions/<version>.sql` is a database as that version left it. For a new one, before it is released:
`WIKI_WRITE_SNAPSHOTS=1 pytest tests/accounts/test_versions.py`.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.tokens import Scope
from wiki.accounts.user import State
from wiki.config import load
from wiki.migrations import HEAD

from .authenticator import Device
from .conftest import PASSWORD, SECRET, HandClock
from .test_passkeys import SITE

VERSIONS = Path(__file__).with_name("versions")


def write_snapshot(folder: Path, clock: HandClock) -> None:
    accounts = open_accounts(load(folder, {}), SECRET, clock=clock)
    rosa = accounts.users.add("rosa", Role.ADMIN, password=PASSWORD, display_name="Rosa", language="es")
    accounts.two_factor.confirm(rosa, pyotp.TOTP(accounts.two_factor.start(rosa, "Wiki").secret).at(clock()))
    edgar = accounts.users.rename(accounts.users.add("edgar", Role.EDITOR, password=PASSWORD).id, "edith", by=rosa)
    accounts.registration.request("waiting", PASSWORD, "Please.", address="198.51.100.7")
    accounts.users.disable(accounts.users.add("gone", Role.MAINTAINER).id)
    token, _ = accounts.tokens.create(edgar, "api", {Scope.READ, Scope.GIT})
    accounts.drafts.save(edgar.id, "communications/signal", "0" * 40, {"body": "text 🌹"})
    accounts.sign_in.attempt("edith", PASSWORD)
    phone = Device()
    accounts.passkeys.add(edgar, SITE, "my phone", phone.make(accounts.passkeys.start(edgar, SITE)))
    accounts.links.invite(Role.EDITOR, by=rosa)
    accounts.database.close()
    with sqlite3.connect(folder / "instance" / "accounts.sqlite3") as connection:
        lines = [line for line in connection.iterdump() if "sqlite_sequence" not in line]
    (VERSIONS / f"{HEAD}.sql").write_text("\n".join(lines) + "\n", "utf-8")
    (VERSIONS / f"{HEAD}.token").write_text(token + "\n")


def test_the_present_version_is_written_down(tmp_path: Path, clock: HandClock) -> None:
    if os.environ.get("WIKI_WRITE_SNAPSHOTS"):
        write_snapshot(tmp_path, clock)
    assert (VERSIONS / f"{HEAD}.sql").exists()


@pytest.mark.parametrize("version", sorted(file.stem for file in VERSIONS.glob("*.sql")))
def test_everybody_is_still_there_after_an_upgrade(version: str, tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "instance").mkdir()
    with sqlite3.connect(tmp_path / "instance" / "accounts.sqlite3") as connection:
        connection.executescript((VERSIONS / f"{version}.sql").read_text("utf-8"))
    connection.close()

    accounts = open_accounts(load(tmp_path, {}), SECRET, clock=clock)
    assert [(user.name, user.role, user.state) for user in accounts.users.list()] == [
        ("edith", Role.EDITOR, State.ACTIVE),
        ("gone", Role.MAINTAINER, State.DISABLED),
        ("rosa", Role.ADMIN, State.ACTIVE),
        ("waiting", Role.EDITOR, State.PENDING),
    ]
    assert accounts.database.version() == HEAD
    assert accounts.database.check(thorough=True) == []
    edith, rosa = accounts.users.by_name("edith"), accounts.users.by_name("rosa")
    assert edith is not None
    assert rosa is not None
    assert rosa.created == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert accounts.sign_in.attempt("edith", PASSWORD)
    assert accounts.two_factor.enabled(rosa.id)
    assert accounts.two_factor.recovery_codes_left(rosa.id) == 10
    grant = accounts.tokens.user((VERSIONS / f"{version}.token").read_text().strip())
    assert grant is not None
    assert grant.user == edith
    draft = accounts.drafts.get(edith.id, "communications/signal")
    assert draft is not None
    assert draft.fields == {"body": "text 🌹"}
    assert accounts.audit.list(subject="rosa")
    if version >= "0002":
        assert [key.label for key in accounts.passkeys.list(edith.id)] == ["my phone"]
    accounts.database.close()
