"""The wiki as it really runs: a server of two processes on loopback, in a folder of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import free_port
from tests.web.conftest import form_fields
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.config import load
from wiki.web.page_cache import SESSION_COOKIE

STARTED_WITHIN = 120.0


class Server:
    """`movement-wiki serve` over a home folder; can be killed and started again. `environment` holds settings (WIKI_…),
    `prefix` a program that starts it."""

    def __init__(
        self, home: Path, workers: int = 2, environment: dict[str, str] | None = None, prefix: tuple[str, ...] = ()
    ) -> None:
        self.home = home
        self.workers = workers
        self.environment = environment or {}
        self.prefix = prefix
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the server says: beside its home, whose disk may be full."""
        return self.home.with_name(f"{self.home.name}.log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        command = [*self.prefix, sys.executable, "-m", "wiki.cli", "--home", str(self.home), "serve"]
        command += ["--port", str(self.port), "--workers", str(self.workers)]
        with self.log.open("ab") as log:
            environment = {**os.environ, **self.environment}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
        until = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/-/health")[0] in (200, 503):
                    return self
            assert self.process.poll() is None, self.log.read_text(errors="replace")[-3000:]
            time.sleep(0.1)
        raise AssertionError("the server did not start:\n" + self.log.read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        """End all of it at once, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def sign_in(self, name: str, role: Role = Role.EDITOR) -> str:
        """A session for one of the people, who gets an account if need be; returns the cookie."""
        config = load(self.home, {})
        accounts = open_accounts(config, load_secret(config.instance_dir))
        user = accounts.users.by_name(name) or accounts.users.add(name, role, display_name=name.capitalize())
        session = accounts.sign_in.start(user)
        accounts.database.close()
        return f"{SESSION_COOKIE}={session.token}"

    def processes(self) -> list[int]:
        """The numbers of the server processes."""
        assert self.process is not None
        told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return sorted(map(int, told.stdout.split()))

    def health(self) -> dict[str, Any]:
        """What /-/health says."""
        return dict(json.loads(self.get("/-/health")[1]))

    def get(self, path: str, cookie: str = "") -> tuple[int, str]:
        return self._ask("GET", path, cookie)[:2]

    def save(self, path: str, cookie: str, change: dict[str, str | Callable[[str], str]]) -> int:
        """Open the edit form of a page and send it back changed (a function changes what the form holds); returns the
        status."""
        return self.send(path, cookie, change)[0]

    def send(
        self, path: str, cookie: str, change: dict[str, str | Callable[[str], str]]
    ) -> tuple[int, str, dict[str, str]]:
        """As `save`; returns the whole answer: status, text, headers."""
        status, html = self.get(f"/-/edit/{path}", cookie)
        assert status == 200, html[:500]
        fields = form_fields(html, "base")
        for name, value in change.items():
            fields[name] = value(fields[name][0]) if callable(value) else value
        return self.post(f"/-/edit/{path}", cookie, fields)

    def post(self, address: str, cookie: str, fields: Mapping[str, Any]) -> tuple[int, str, dict[str, str]]:
        """Send a form as a browser does; the whole answer. A field may have several values."""
        pairs = [
            (name, item) for name, value in fields.items() for item in ([value] if isinstance(value, str) else value)
        ]
        return self._ask("POST", address, cookie, urlencode(pairs))

    def _ask(self, method: str, path: str, cookie: str, body: str | None = None) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": cookie} if cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.getheaders())
        finally:
            connection.close()

    def subjects(self) -> set[str]:
        """The summaries of all commits on the branch."""
        from tests.conftest import git

        return set(git(self.home / "content", "log", "--format=%s").splitlines())


@pytest.fixture
def story_home(ready_copy: Path) -> Path:
    """Here the story wiki has been served before: to make everything anew for each test would take longer than the tests."""
    return ready_copy


@pytest.fixture
def server(story_home: Path) -> Iterator[Server]:
    found = Server(story_home).start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def served(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a file, over a copy of the story wiki of their own; suggestions may come fast."""
    home = Path(shutil.copytree(ready_home, tmp_path_factory.mktemp("served") / "home", symlinks=True))
    (home / "instance" / "wiki.toml").write_text("[review]\nmin_seconds = 0\n")
    found = Server(home).start()
    yield found
    found.stop()


@pytest.fixture
def visits(chromium: Any, served: Server) -> Iterator[Any]:
    """Browsers at the server of this file: a `Visits`."""
    from tests.journeys.visits import Visits

    found = Visits(chromium, served)
    yield found
    found.end()
