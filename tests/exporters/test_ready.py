"""The whole wiki in one file, for everybody who asks."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import Site, site
from wiki.errors import Unavailable
from wiki.exporters.ready import GOOD_FOR, Ready

__all__ = ["site"]
SIGNAL = "communications/signal"


def test_one_link_gives_everything_that_is_public_and_nothing_else(site: Site) -> None:
    stranger = site.browser()
    stranger.client.post(f"/-/edit/{SIGNAL}", data=stranger.edit(SIGNAL, body="Nobody has read this.", message="New"))
    response = stranger.client.get("/-/export.zip")
    assert response.status_code == 200 and response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        names = set(archive.namelist())
        assert {f"markdown/{SIGNAL}.md", "site/index.html", "tools.csv"} <= names
        assert all(b"Nobody has read this" not in archive.read(name) for name in names)
    again = stranger.client.get("/-/export.zip", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    link = 'href="/-/export.zip"'
    assert link in stranger.get("/").text


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were made; each takes as long as nothing."""
    found: list[Path] = []

    def run(command: list[str], **more: Any) -> None:
        found.append(Path(command[-1]))
        found[-1].write_text("all")

    monkeypatch.setattr(subprocess, "run", run)
    return found


@pytest.mark.parametrize("clock", [1, -1], ids=["an hour later", "a clock set back"])
def test_it_is_made_once_for_a_commit_and_at_most_once_an_hour(tmp_path: Path, made: list[Path], clock: int) -> None:
    ready = Ready(tmp_path, tmp_path / "copies")
    first = ready.file("a" * 40, 30)
    assert first is not None and first.read_text() == "all"
    assert ready.file("a" * 40, 30) == ready.file("b" * 40, 30) == first and len(made) == 1
    former = first.stat().st_mtime - clock * (GOOD_FOR + 60)
    os.utime(first, (former, former))
    assert ready.file("a" * 40, 30) == first, "nothing has changed since"
    second = ready.file("b" * 40, 30)
    assert second is not None and second.stem == "b" * 40 and not first.exists() and len(made) == 2


def test_who_asks_while_it_is_made_is_told_so_and_gets_it_later(
    tmp_path: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    quick, go_on = subprocess.run, Event()

    def run(command: list[str], **more: Any) -> None:
        go_on.wait(60)
        quick(command, **more)

    monkeypatch.setattr(subprocess, "run", run)
    ready = Ready(tmp_path, tmp_path / "copies")
    assert ready.file("a" * 40, 0.01) is None and ready.file("a" * 40, 0.01) is None
    go_on.set()
    assert ready.file("a" * 40, 60) is not None and len(made) == 1


def test_a_copy_that_can_not_be_made_is_said_and_tried_again(
    tmp_path: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[str], **more: Any) -> None:
        raise subprocess.CalledProcessError(1, command)

    with monkeypatch.context() as broken:
        broken.setattr(subprocess, "run", fail)
        with pytest.raises(Unavailable):
            Ready(tmp_path, tmp_path / "copies").file("a" * 40, 60)
    assert Ready(tmp_path, tmp_path / "copies").file("a" * 40, 60) is not None
