"""The server as a process: it makes the wiki, answers, keeps no cookie for readers, and ends when told."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 90
TOLD_AS_IT_BEGINS = """
import multiprocessing, os, signal, socket, time
from wiki.cli import keeper
from wiki.cli.worker import Workers

read, write = os.pipe()

def begin():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os.write(write, b"goes on")

def started(workers):
    os.close(write)
    os._exit(len(os.read(read, 10)))

multiprocessing.set_start_method("fork")
signal.pthread_sigmask(signal.SIG_BLOCK, keeper.SIGNALS)
Workers(None, socket.create_server(("127.0.0.1", 0)), 1, begin, started).start()
"""


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
            with urllib.request.urlopen(address, timeout=PATIENCE) as response:
                return response.status, response.read().decode(), dict(response.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_one_command_serves_the_wiki_and_says_how_to_become_its_administrator(run: Run, story_home: Path) -> None:
    with serving(story_home) as (process, address):
        status, page, headers = fetch(f"{address}/")
        assert status == 200 and "Eastside" in page
        assert "Set-Cookie" not in headers and "Server" not in {name.title() for name in headers if "ython" in name}
        assert fetch(f"{address}/communications/signal")[0] == 200
        assert fetch(f"{address}/nothing-here")[0] == 404
        assert process.stdout
        told = next(line for line in process.stdout if "Serving the wiki" in line)
        # Links lead to the server that runs, whatever port the settings say; when it is gone, nowhere else.
        assert f"{address}/-/link/" in run("user", "invite").out
        process.send_signal(signal.SIGTERM)
        told += process.stdout.read()
        process.wait(PATIENCE)
        assert ":8000/-/link/" in run("user", "invite").out
    assert process.returncode == 0, told
    assert f"at {address}/" in told
    assert re.search(rf"{address}/-/link/[\w-]{{40,}}", told)
    # No line for a request: readers leave no trace.
    assert "signal" not in told and "GET" not in told


def test_where_nobody_reads_what_it_says_it_serves_and_ends_when_told(ready_copy: Path) -> None:
    with serving(ready_copy) as (process, address):
        assert process.stdout
        process.stdout.close()
        assert fetch(f"{address}/")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_a_server_process_that_is_told_to_end_before_it_serves_ends() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", TOLD_AS_IT_BEGINS]
    told = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert told.returncode == 0, told.stderr


def test_the_port_is_free_again_after_the_command_was_killed(ready_copy: Path) -> None:
    with serving(ready_copy) as (process, address):
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


def workers(process: subprocess.Popen[str]) -> set[int]:
    """The server processes of a command."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(child) for child in children}


def until(done: Callable[[], bool], what: str) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def answering(process: subprocess.Popen[str], without: Collection[int] = (), count: int = 2) -> set[int]:
    """The server processes, when there are `count` of them and none of some former ones."""
    until(lambda: len(workers(process)) == count and workers(process).isdisjoint(without), "no other server processes")
    return workers(process)


class Visitor(threading.Thread):
    """Asks one thing after the other until told to stop: each on a new connection, or all on one as long as that is there."""

    def __init__(self, address: str, keeps_connection: bool) -> None:
        super().__init__()
        self._port = int(address.rpartition(":")[2])
        self._keeps_connection = keeps_connection
        self.done = threading.Event()
        self.wrong: list[object] = []
        self.answers = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        fresh = True
        while not self.done.is_set():
            try:
                connection.request("GET", f"/-/search?q=signal+{self.answers}")
                response = connection.getresponse()
                words = " ".join(re.sub(r"<[^>]+>", " ", response.read().decode()).split())
                if response.status != 200:
                    self.wrong.append((response.status, words[:1_000]))
                self.answers += 1
                fresh = False
            except OSError as error:
                # A server may close a connection on which nothing is going on, and browsers ask again on another.
                if fresh:
                    self.wrong.append(error)
                connection.close()
                fresh = True
            if not self._keeps_connection:
                connection.close()
                fresh = True


def answered(visitors: list[Visitor]) -> None:
    """Wait until each of them has an answer to something asked from now on."""
    asked = [visitor.answers + 1 for visitor in visitors]
    until(lambda: all(visitor.answers > count for visitor, count in zip(visitors, asked, strict=True)), "no answers")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux shows them")
def test_a_reload_takes_up_settings_and_turns_nobody_away(ready_copy: Path) -> None:
    settings = ready_copy / "instance" / "wiki.toml"
    before = settings.read_text() if settings.exists() else ""
    with serving(ready_copy, "--workers", "2") as (process, address):
        assert fetch(f"{address}/-/design")[0] == 404
        former = answering(process)
        visitors = [Visitor(address, keeps_connection) for keeps_connection in (False, True, False, True)]
        for visitor in visitors:
            visitor.start()
        # Reloaded, and once more with other settings.
        for text in (before, f"{before}\n[web]\ndesign_page = true\n"):
            answered(visitors)
            settings.write_text(text)
            process.send_signal(signal.SIGHUP)
            former = answering(process, former)
        answered(visitors)
        for visitor in visitors:
            visitor.done.set()
        for visitor in visitors:
            visitor.join()
        assert [visitor.wrong for visitor in visitors] == [[], [], [], []]
        assert fetch(f"{address}/-/design")[0] == 200

        # Settings that can't be read change nothing.
        settings.write_text("[web\n")
        process.send_signal(signal.SIGHUP)
        assert process.stdout is not None
        told = iter(process.stdout.readline, "")
        assert any("The server goes on as it was" in line for line in told)
        assert workers(process) == former and fetch(f"{address}/-/design")[0] == 200
        settings.write_text(before)

        # One that died is made anew.
        os.kill(min(former), signal.SIGKILL)
        answering(process, former)
        assert fetch(f"{address}/")[0] == 200
        process.send_signal(signal.SIGTERM)
        log, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert log.count("A server process has died (Killed, signal 9). Another takes its place. If nobody killed it") == 1


def test_where_a_process_may_have_few_files_open_that_is_said_and_nothing_is_begun(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (32, 32))
    assert "only 32 files open here, and a server needs 256" in run("serve", code=7).err
