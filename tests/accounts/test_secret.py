from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wiki.accounts.secret import load_secret
from wiki.errors import Unavailable


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    secret = load_secret(instance)
    assert len(secret) == 32
    assert load_secret(instance) == secret
    assert stat.S_IMODE((instance / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(instance.stat().st_mode) == 0o700
    assert [file.name for file in instance.iterdir()] == ["secret.key"]


def test_many_that_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load_secret, [tmp_path] * 16))) == 1


def test_where_files_can_not_be_linked_the_secret_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    secret = load_secret(tmp_path)
    assert len(secret) == 32 and load_secret(tmp_path) == secret
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        load_secret(tmp_path)
    assert caught.value.code == "secret.damaged"
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_secret_that_cannot_be_made_is_said_to_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file where a folder should be")
    with pytest.raises(Unavailable) as caught:
        load_secret(tmp_path / "instance")
    assert caught.value.code == "secret.unreadable"
