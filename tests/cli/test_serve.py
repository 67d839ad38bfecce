"""The server as a process: it makes the wiki, answers, keeps no cookie for readers, and ends when told."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
PATIENCE = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own on a free port, and its address."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "wiki.cli", "--home", str(home), "serve", "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def fetch(address: str) -> tuple[int, str, dict[str, str]]:
    """An answer of a server that may not be listening yet."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as response:
                return response.status, response.read().decode(), dict(response.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_one_command_serves_the_wiki_and_says_how_to_become_its_administrator(story_home: Path) -> None:
    with serving(story_home) as (process, address):
        status, page, headers = fetch(f"{address}/")
        assert status == 200 and "Eastside" in page
        assert "Set-Cookie" not in headers and "Server" not in {name.title() for name in headers if "ython" in name}
        assert fetch(f"{address}/communications/signal")[0] == 200
        assert fetch(f"{address}/nothing-here")[0] == 404
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert f"at {address}/" in told
    assert re.search(rf"{address}/-/link/[\w-]{{40,}}", told)
    # No line for a request: readers leave no trace.
    assert "signal" not in told and "GET" not in told


def test_the_port_is_free_again_after_the_command_was_killed(story_home: Path) -> None:
    with serving(story_home) as (process, address):
        assert fetch(f"{address}/")[0] == 200
        process.kill()
        process.wait()
        port = int(address.rpartition(":")[2])
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)):
                    return
            time.sleep(0.1)
    pytest.fail("its processes go on")


def test_a_port_that_is_taken_is_said_before_anything_else(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]), code=7)
    assert "--port" in result.err


@pytest.mark.parametrize("port", ["99999", "-1", "many"])
def test_a_port_that_is_none_is_refused(run: Run, port: str) -> None:
    run("serve", "--port", port, code=2)
