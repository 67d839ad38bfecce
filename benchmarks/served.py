"""Servers as they really run, on loopback, and somebody who asks them."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import processes

STARTED_WITHIN = 600.0
IDLE_MS = 20.0
CONNECTIONS = 4


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Served:
    """A server process with all below it; `ready` is an address that answers 200 once it serves."""

    def __init__(self, command: Sequence[str], port: int, ready: str, log: Path) -> None:
        self.port = port
        # What Python has compiled is there when a server starts again, as it is where it runs for good.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, env=environment)
        self.pid = self._process.pid
        try:
            self._await(ready, log)
        except BaseException:
            self.stop()
            raise

    def _await(self, ready: str, log: Path) -> None:
        until = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Client(self.port, 1).ask(ready)[0] == 200:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, and what it started."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()

    def settle(self, seconds: float = 60.0) -> None:
        """Wait until what it does by itself is done."""
        until, last, quiet = time.monotonic() + seconds, processes.cpu_ms(self.pid), 0
        while time.monotonic() < until and quiet < 3:
            time.sleep(0.5)
            now = processes.cpu_ms(self.pid)
            quiet = quiet + 1 if now - last <= IDLE_MS else 0
            last = now


def serve_wiki(home: Path) -> Served:
    """`movement-wiki serve` of two processes; made when it has answered its home page."""
    port = free_port()
    command = [sys.executable, "-m", "wiki.cli", "--home", str(home), "serve", "--port", str(port), "--workers", "2"]
    return Served(command, port, "/", home / "server.log")


class Client:
    """Asks one thing after the other, over a few connections in turn, so that both processes of a server get asked."""

    def __init__(self, port: int, connections: int = CONNECTIONS) -> None:
        self._connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=120) for _ in range(connections)]
        self._turn = 0

    def ask(self, path: str, cookie: str = "", form: dict[str, list[str]] | None = None) -> tuple[int, bytes]:
        """Status and body; with `form` it is sent."""
        headers = {"Cookie": cookie} if cookie else {}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form, doseq=True)
        self._turn = (self._turn + 1) % len(self._connections)
        connection = self._connections[self._turn]
        try:
            return _send(connection, path, headers, body)
        except ConnectionError:
            # It was idle for so long that the server has closed it, as a browser finds it too.
            connection.close()
            return _send(connection, path, headers, body)

    def form(self, path: str, cookie: str = "") -> dict[str, list[str]]:
        """What the edit form of a page holds."""
        status, html = self.ask(f"/-/edit/{path}", cookie)
        if status != 200:
            raise RuntimeError(f"no form of {path}: {status}")
        return _Form(html.decode()).fields


def _send(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str], body: str | None
) -> tuple[int, bytes]:
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


class _Form(HTMLParser):
    """The fields of the form that holds `base`, as a browser would send them without a button."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._current: dict[str, list[str]] = {}
        self._name = self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name, value = has.get("name") or "", has.get("value")
        if tag == "form":
            self._current = {}
        elif tag == "input" and name and has.get("type") not in ("file", "submit"):
            if has.get("type") not in ("checkbox", "radio") or "checked" in has:
                self._current.setdefault(name, []).append(value if value is not None else "")
        elif tag in ("textarea", "select"):
            self._name, self._text = name, ""
        elif tag == "option" and "selected" in has:
            self._current.setdefault(self._name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._name:
            self._current[self._name] = [self._text.removeprefix("\n")]
        elif tag == "form" and "base" in self._current:
            self.fields = self._current
