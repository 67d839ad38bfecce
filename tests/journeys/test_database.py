"""PostgreSQL going away under a running wiki, and coming back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.accounts.conftest import QUICK, Cluster, _program, _unprivileged
from tests.conftest import git
from tests.journeys.test_accidents import PAGE, doctor, healthy, reads, save, serving
from tests.web.conftest import form_fields

OUT_OF_REACH = "Accounts are out of reach: reading works, signing in does not."


class Postgres(Cluster):
    """A PostgreSQL that a test stops and starts."""

    def start(self) -> None:
        user, data = _unprivileged(), self.folder / "data"
        command = [_program("postgres"), "-D", str(data), "-k", str(self.folder), *QUICK]
        subprocess.Popen(command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        for _ in range(900):
            with suppress(psycopg.OperationalError):
                self.execute("SELECT 1")
                return
            time.sleep(0.1)
        pytest.fail("PostgreSQL does not start")

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main)], capture_output=True, text=True, check=False)
        for process in (main, *map(int, told.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        (self.folder / "data" / "postmaster.pid").unlink()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="wiki-pg-"))
    if user:
        shutil.chown(folder, user)
    command = [
        _program("initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "wiki",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)
    found = Postgres(folder)
    found.start()
    yield found
    with suppress(OSError):
        found.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_reading_goes_on_without_postgresql_and_everything_comes_back_by_itself(
    story_home: Path, postgres: Postgres, tmp_path: Path
) -> None:
    postgres.execute("CREATE DATABASE accounts")
    settings = f'[database]\nurl = "{postgres.url("accounts")}"\n[review]\nmin_seconds = 0\n'
    (story_home / "instance" / "wiki.toml").write_text(settings)
    with serving(story_home) as (server, cookie):
        assert save(server, cookie, "at first")[0] == 303
        healthy(server)
        workers = server.processes()
        opened = form_fields(server.get(f"/-/edit/{PAGE}", cookie)[1], 'name="base"')
        suggesting = form_fields(server.get("/-/edit/about")[1], 'name="base"')
        postgres.stop()
        reads(server, cookie)
        git(tmp_path, "clone", "--quiet", f"{server.url}/-/content.git", "clone")
        # Who signs in, saves or suggests is told so in words, and keeps what they typed.
        status, text, _ = server.post(
            "/-/login", "", {**form_fields(server.get("/-/login")[1], "name"), "name": "rosa", "password": "x"}
        )
        assert status == 503, text[-2000:]
        for who, path, fields in ((cookie, PAGE, opened), ("", "about", suggesting)):
            status, text, _ = server.post(
                f"/-/edit/{path}", who, {**fields, "body": "Typed meanwhile.", "message": "meanwhile"}
            )
            assert status in (401, 503) and "Typed meanwhile." in text
        assert "meanwhile" not in server.subjects()
        health = server.health()
        assert (
            health["accounts"] == "unreachable" and OUT_OF_REACH in health["notes"] and health["status"] == "degraded"
        )
        assert "can't be reached" in doctor(server)
        postgres.start()
        healthy(server)
        assert save(server, cookie, "with it again")[0] == 303
        reads(server, cookie)
        healthy(server)
        assert "All is well" in doctor(server) and server.processes() == workers
