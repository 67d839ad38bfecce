"""The server fetches nothing: whatever people link, paste, attach or import in the browser, no connection is made."""

from __future__ import annotations

import io
import re
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site

PAGE = "communications/signal"
LINKS = "[a](https://elsewhere.example/a) ![b](https://elsewhere.example/b.png) https://elsewhere.example/c\n\n<img src=//elsewhere.example/d>"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whatever is asked of the network while a test runs: names looked up, connections, programs that fetch."""
    found: list[str] = []

    def connect(self: socket.socket, address: Any) -> None:
        found.append(f"connect {address}")
        raise OSError("no network here")

    def look_up(*arguments: Any, **more: Any) -> Any:
        found.append(f"look up {arguments[:2]}")
        raise socket.gaierror("no network here")

    begun = subprocess.Popen.__init__

    def begin(self: Any, command: Any, *rest: Any, **more: Any) -> None:
        words = [str(word) for word in ([command] if isinstance(command, str) else command)]
        if any(re.match(r"(https?|ssh|git|ftp)://", word) for word in words) or {"fetch", "clone", "pull"} & set(
            words[1:]
        ):
            found.append(f"run {words}")
        begun(self, command, *rest, **more)

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, connect)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "create_connection"):
        monkeypatch.setattr(socket, name, look_up)
    monkeypatch.setattr(subprocess.Popen, "__init__", begin)
    yield found


def test_nothing_that_people_do_in_the_browser_makes_the_server_ask_anybody(site: Site, asked: list[str]) -> None:
    ben, ana, stranger = site.browser("ben"), site.browser("ana"), site.browser()
    token = ana.token()
    ben.post(
        f"/-/edit/{PAGE}",
        ben.edit(PAGE, body=LINKS, url="https://elsewhere.example", sources="https://elsewhere.example/s"),
    )
    ben.client.post("/-/preview", data={"csrf_token": ben.token(), "path": PAGE, "body": LINKS})
    site.wiki.catch_up()
    fields = stranger.edit(PAGE, body=LINKS + " more", message="See https://elsewhere.example")
    site.clock.advance(minutes=2)
    stranger.client.post(f"/-/edit/{PAGE}", data=fields)
    picture = (io.BytesIO(b"<svg><image href='https://elsewhere.example/x'/></svg>"), "picture.svg")
    ana.client.post(f"/-/attach/{PAGE}", data={"csrf_token": token, "file": picture, "alt": "x"})
    for text in (
        "- [Tool](https://elsewhere.example)",
        "https://elsewhere.example/list",
        "name,url\nA,https://elsewhere.example",
    ):
        ana.client.post(
            "/-/import", data={"csrf_token": token, "list": text, "text": text, "url": "https://elsewhere.example"}
        )
    addresses = [rule.rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for rule in addresses:
        address = re.sub(r"<path:\w+>", PAGE, re.sub(r"<int[^>]*>", "1", rule))
        ana.client.get(
            re.sub(r"<[^>]*>", "ben", address), query_string={"url": "https://elsewhere.example", "q": "signal"}
        )
    assert asked == []
