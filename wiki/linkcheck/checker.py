"""Asking other sites whether what is linked to is there: politely, bounded, and never into a private network.

Each step of each address is looked at anew: its host is resolved, all addresses found must be public, and the connection
goes to the one that was looked at, so that a name which changes its mind meanwhile gains nothing. Nothing of an answer
is read but its head.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from wiki import __version__
from wiki.linkcheck.network import PORTS, Network, is_public

AGENT = f"movement-tech-wiki-linkcheck/{__version__}"
HOSTS_AT_ONCE = 8
MOST_STEPS = 6
LONGEST_ADDRESS = 2_000
GIVE_UP_AFTER = 2
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
# Not the answers of a page that is there, but of a site that doesn't talk to programs, or not now.
_GONE = (404, 410)
_KEPT = "/%:@!$&'()*+,;=~-._?"
_BLANK = re.compile(r"[\x00-\x20\x7f]")
NOTES = frozenset(("outside.moved", "outside.closed"))

Progress = Callable[[int, int], None]
"""Called with (done, total) addresses."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What asking for an address came to: a code ("" where all is well) and what its words need."""

    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def note(self) -> bool:
        """Whether it is only good to know."""
        return self.code in NOTES


class _Refused(Exception):
    """An address is not asked, or gives no answer."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.verdict = Verdict(code, params)


class Checker:
    """Asks for addresses: one at a time of each host, `pause` seconds apart, at most `seconds` for each."""

    def __init__(
        self,
        network: Network,
        *,
        pause: float = 1.0,
        seconds: float = 20.0,
    ) -> None:
        self._network = network
        self._pause = pause
        self._seconds = seconds
        self._tls = ssl.create_default_context()

    def check(self, addresses: Iterable[str], progress: Progress | None = None) -> dict[str, Verdict]:
        """The verdict on each address."""
        by_host: dict[str, list[str]] = {}
        for address in dict.fromkeys(addresses):
            by_host.setdefault(_host_of(address), []).append(address)
        total = sum(map(len, by_host.values()))
        found: dict[str, Verdict] = {}
        told = threading.Lock()

        def tell(address: str, verdict: Verdict) -> None:
            with told:
                found[address] = verdict
                if progress is not None:
                    progress(len(found), total)

        with ThreadPoolExecutor(HOSTS_AT_ONCE, "linkcheck") as pool:
            for done in [pool.submit(self._host, asked, tell) for asked in by_host.values()]:
                done.result()
        return found

    def _host(self, addresses: list[str], tell: Callable[[str, Verdict], None]) -> None:
        silent: Verdict | None = None
        in_a_row = 0
        for number, address in enumerate(addresses):
            if silent is None:
                if number:
                    time.sleep(self._pause)
                verdict = self.ask(address)
                in_a_row = in_a_row + 1 if verdict.code == "outside.no_answer" else 0
                if verdict.code == "outside.unknown_host" or in_a_row == GIVE_UP_AFTER:
                    # What doesn't answer won't for the rest of its addresses, and each would take its whole time.
                    silent = verdict
            tell(address, silent or verdict)

    def ask(self, address: str) -> Verdict:
        """The verdict on one address."""
        until = time.monotonic() + self._seconds
        try:
            verdict = self._follow(address, "HEAD", until)
            # Some sites only know how to answer browsers, which never ask for a head alone.
            return verdict if verdict.code in ("", "outside.moved") else self._follow(address, "GET", until)
        except _Refused as refused:
            return refused.verdict

    def _follow(self, address: str, method: str, until: float) -> Verdict:
        here, moved = address, True
        for step in range(MOST_STEPS):
            status, location = self._step(here, method, until)
            if status not in _REDIRECTS or not location:
                verdict = _verdict(status)
                if not verdict.code and moved and step:
                    return Verdict("outside.moved", {"address": here})
                return verdict
            moved = moved and status in _PERMANENT
            here = urljoin(here, location)
        raise _Refused("outside.redirects")

    def _step(self, address: str, method: str, until: float) -> tuple[int, str]:
        """Ask once; the status and where it sends us."""
        parts, host, port = _parsed(address)
        pinned = self._pinned(host, port)
        left = until - time.monotonic()
        if left <= 0:
            raise _Refused("outside.no_answer", host=host)
        try:
            with closing(self._network.connect(pinned, port, left)) as connection:
                # A site that sends a letter every few seconds would keep us for ever.
                watch = threading.Timer(max(until - time.monotonic(), 0.1), _shut, (connection,))
                watch.daemon = True
                watch.start()
                try:
                    found = self._exchange(connection, parts, host, method)
                finally:
                    watch.cancel()
                if time.monotonic() >= until:
                    # Half a head looks like a whole one where the line was cut.
                    raise _Refused("outside.no_answer", host=host)
                return found
        except ssl.SSLCertVerificationError as error:
            raise _Refused("outside.certificate", host=host, reason=error.verify_message) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _Refused("outside.no_answer", host=host) from error

    def _exchange(self, connection: socket.socket, parts: SplitResult, host: str, method: str) -> tuple[int, str]:
        if parts.scheme == "https":
            connection = self._tls.wrap_socket(connection, server_hostname=host)
        with closing(http.client.HTTPConnection(host)) as client:
            client.sock = connection
            target = quote(parts.path or "/", safe=_KEPT) + (
                f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
            )
            client.request(method, target, headers={"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"})
            answer = client.getresponse()
            return answer.status, answer.headers.get("Location", "")

    def _pinned(self, host: str, port: int) -> str:
        """The address of a host that will be asked, once all of them are known to be public."""
        try:
            addresses = self._network.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise _Refused("outside.unknown_host", host=host) from error
        if not addresses:
            raise _Refused("outside.unknown_host", host=host)
        if not all(map(is_public, addresses)):
            raise _Refused("outside.private", host=host)
        return addresses[0]


def _parsed(address: str) -> tuple[SplitResult, str, int]:
    """An address with its host and port, where it is one that may be asked."""
    try:
        parts = urlsplit(_BLANK.sub("", address)[:LONGEST_ADDRESS])
        port = parts.port or PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").rstrip(".")
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError as error:  # UnicodeError is one too
        raise _Refused("outside.address") from error
    if parts.scheme not in PORTS or not host or parts.username is not None or port not in PORTS.values():
        raise _Refused("outside.address")
    return parts, host, port


def _host_of(address: str) -> str:
    with suppress(_Refused):
        return _parsed(address)[1]
    return ""


def _verdict(status: int) -> Verdict:
    if status < 300:
        return Verdict()
    if status in _GONE:
        return Verdict("outside.gone", {"status": status})
    if status >= 500 and status != 999:
        return Verdict("outside.server", {"status": status})
    return Verdict("outside.closed", {"status": status})


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
