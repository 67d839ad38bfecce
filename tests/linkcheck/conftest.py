"""Sites to ask: real HTTP servers on loopback that a made-up network puts at public addresses.

The names and addresses are made up, the rule about which may be asked is the real one.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PUBLIC = "93.184.215.14"


class Site(ThreadingHTTPServer):
    """Answers by path: a number is a status; see `answer`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[tuple[str, str, str]] = []
        self.times: list[float] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def answer(self) -> None:
        self.server.asked.append((self.command, self.headers["Host"], self.path))
        self.server.times.append(time.monotonic())
        first, _, rest = self.path.strip("/").partition("/")
        if first == "to":
            return self.reply(302, Location=rest)
        if first == "moved":
            return self.reply(301, Location=rest)
        if first == "round":
            return self.reply(302, Location=f"/round/{rest}x")
        if first == "no-head":
            return self.reply(405 if self.command == "HEAD" else 200)
        if first == "drip":
            for letter in "HTTP/1.1 200 OK\r\nX-Slow: " + "x" * 10_000:
                self.wfile.write(letter.encode())
                time.sleep(0.05)
            return None
        return self.reply(int(first) if first.isdecimal() else 200)

    do_GET = do_HEAD = answer

    def reply(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


class MadeUp:
    """A network in which names are at the addresses a test gives them, and public ones lead to its site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.names: dict[str, list[str]] = {}
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> list[str]:
        if host in self.names:
            return self.names[host]
        if host.endswith(".example"):
            return [PUBLIC]
        # Numbers in whatever spelling are understood as they really are.
        return [str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0][4][0])]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port))
        return socket.create_connection(("127.0.0.1", self.site.server_address[1]), seconds)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def network(site: Site) -> MadeUp:
    return MadeUp(site)
