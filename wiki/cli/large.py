"""Large answers, and those that come bit by bit, while they are taken in: each holds a thread of its own, and no copy.

Whoever takes in a byte a minute holds what answers them for as long as they like. So that is none of the threads that
work, there are only so many at once, and fewer for one address. Given to granian as a whole, an answer would be copied for
each reader and lie there until the last byte is taken in: a hundred who take in ten megabytes slowly would fill the
memory of a small server. Here they share one.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from wiki.cli.admission import Admission, turn_away

LARGE = 256 * 1024
PART = 64 * 1024
# A thread that waits takes little; many readers of one school or one office have one address.
MAX_AT_ONCE = 256
MAX_OF_ONE = 128
_BUSY = b"Too much is being fetched from the wiki at once. Try again in a while.\n"
log = logging.getLogger(__name__)


class Large:
    """The large answers of a process that are on their way, to `one` address at most so many."""

    def __init__(self, one: int = MAX_OF_ONE) -> None:
        self._takers = Admission(one, MAX_AT_ONCE)
        self._lock = threading.Lock()
        # By what is in them: two that say the same are the same.
        self._bodies: dict[bytes, tuple[bytes, int]] = {}

    @property
    def held(self) -> int:
        """How many bodies are on their way; one that goes to several counts once."""
        return len(self._bodies)

    def handle(self, protocol: Any, address: str) -> Handle:
        """What stands for granian's handle of an answer to somebody at an address."""
        return Handle(self, protocol, address)

    def send(self, protocol: Any, address: str, status: int, headers: Any, parts: Any) -> None:
        """Hand an answer on in a thread of its own, or say that there are too many."""
        if self._takers.enter(address):
            sending = (protocol, address, status, headers, parts)
            threading.Thread(target=self._sent, args=sending, name="sending", daemon=True).start()
        else:
            parts.close()
            turn_away(protocol, _BUSY, seconds=30)

    def _sent(self, protocol: Any, address: str, status: int, headers: Any, parts: Any) -> None:
        try:
            protocol.response_iter(status, headers, parts)
        except Exception:
            log.exception("an answer could not be sent")
        finally:
            self._takers.leave(address)

    def take(self, body: bytes) -> bytes:
        """This body, or one like it that is on its way already; `leave` is to be called for it once."""
        hash(body)  # which takes a while, and is remembered
        with self._lock:
            shared, count = self._bodies.get(body, (body, 0))
            self._bodies[shared] = (shared, count + 1)
            return shared

    def leave(self, body: bytes) -> None:
        """One that took this body in has it, or has gone away."""
        with self._lock:
            shared, count = self._bodies[body]
            if count > 1:
                self._bodies[shared] = (shared, count - 1)
            else:
                del self._bodies[shared]


class Handle:
    """What stands for granian's handle of one answer."""

    __slots__ = ("_address", "_large", "_protocol")

    def __init__(self, large: Large, protocol: Any, address: str) -> None:
        self._large = large
        self._protocol = protocol
        self._address = address

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        """Answer with a body."""
        if len(body) > LARGE:
            self.response_iter(status, headers, _Parts(self._large, body))
        else:
            self._protocol.response_bytes(status, headers, body)

    def response_iter(self, status: int, headers: Any, parts: Any) -> None:
        """Answer with what comes bit by bit."""
        self._large.send(self._protocol, self._address, status, headers, parts)


class _Parts:
    """One body on its way to one reader. It is closed at the end, or when nobody has it any more."""

    def __init__(self, large: Large, body: bytes) -> None:
        self._large = large
        self._body: bytes | None = large.take(body)
        self._at = 0

    def __next__(self) -> bytes:
        if self._body is None or self._at >= len(self._body):
            raise StopIteration
        part = self._body[self._at : self._at + PART]
        self._at += PART
        return part

    def close(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            self._large.leave(body)

    __del__ = close
