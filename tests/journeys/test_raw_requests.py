"""Requests that no browser sends, byte by byte to the running server: none is taken for two, none changes where the wiki is."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import Server

HOST = "Host: wiki.example\r\n"
END = "Connection: close\r\n\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
SECOND = f"GET /-/health HTTP/1.1\r\n{HOST}{END}"
REQUESTS = {
    "two hosts": (f"GET /-/feed.atom HTTP/1.1\r\n{HOST}Host: evil.example\r\n{END}", 400),
    "a length and chunks": (
        f"POST /-/login HTTP/1.1\r\n{HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SECOND}",
        422,
    ),
    "a form without a length, cut off on the way": (
        f"POST /-/login HTTP/1.1\r\n{HOST}{FORM}Transfer-Encoding: chunked\r\n\r\n6\r\nname=xX",
        411,
    ),
    "two lengths": (
        f"POST /-/login HTTP/1.1\r\n{HOST}Content-Length: 0\r\nContent-Length: 30\r\n\r\n{SECOND}",
        400,
    ),
    "a length with a sign": (f"POST /-/login HTTP/1.1\r\n{HOST}Content-Length: +5\r\n{END}abcde", 400),
    "chunks of another kind": (f"POST /-/login HTTP/1.1\r\n{HOST}Transfer-Encoding: xchunked\r\n{END}0\r\n\r\n", 400),
    "a blank before the colon": (f"GET / HTTP/1.1\r\n{HOST}Transfer-Encoding : chunked\r\n{END}", 400),
    "a folded header": (f"GET / HTTP/1.1\r\n{HOST}X: a\r\n b\r\n{END}", 400),
    "a header too large": (f"GET / HTTP/1.1\r\n{HOST}X: {'a' * 600_000}\r\n{END}", 431),
    "a whole address": (f"GET http://evil.example/-/feed.atom HTTP/1.1\r\n{HOST}{END}", 200),
    "a header like another": (f"GET /-/feed.atom HTTP/1.1\r\n{HOST}X_Forwarded_Host: evil.example\r\n{END}", 200),
    "a forwarded host": (f"GET /-/feed.atom HTTP/1.1\r\n{HOST}X-Forwarded-Host: evil.example\r\n{END}", 200),
    "a NUL in the path": (f"GET /%00 HTTP/1.1\r\n{HOST}{END}", 404),
}


@pytest.fixture(scope="module")
def server(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = Path(shutil.copytree(ready_home, tmp_path_factory.mktemp("raw") / "home", symlinks=True))
    found = Server(home, workers=1).start()
    yield found
    found.stop()


def send(server: Server, request: str) -> bytes:
    """All that comes back until the server hangs up."""
    found = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection, contextlib.suppress(OSError):
        connection.sendall(request.encode())
        while part := connection.recv(65_536):
            found += part
    return found


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_one_request_and_no_lie_about_the_host_is_believed(server: Server, name: str) -> None:
    request, status = REQUESTS[name]
    found = send(server, request)
    assert re.findall(rb"(?m)^HTTP/1\.1 (\d+)", found) == [str(status).encode()]
    assert b"evil.example" not in found
