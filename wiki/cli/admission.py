"""How many may do something at once in a server process, from one address and together; and what the others are told."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Admission:
    """Lets in `limit`, `one` from an address, so that no address keeps out all others.

    Behind a proxy all have its address; it takes in, and hands on, before anybody who is slow holds anything here.
    """

    def __init__(self, one: int, limit: int) -> None:
        self._one = one
        self._limit = limit
        self._lock = threading.Lock()
        self._addresses: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Whether one more is let in from this address, who counts until `leave`."""
        with self._lock:
            is_admitted = self._addresses[address] < self._one and self._addresses.total() < self._limit
            self._addresses[address] += is_admitted
            self._forget(address)
        return is_admitted

    def leave(self, address: str) -> None:
        """One who was let in has gone."""
        with self._lock:
            self._addresses[address] -= 1
            self._forget(address)

    def _forget(self, address: str) -> None:
        if not self._addresses[address]:
            del self._addresses[address]


def turn_away(protocol: Any, why: bytes, seconds: int) -> None:
    """Answer granian's handle that there are too many, and when to try again."""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Retry-After", str(seconds)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    protocol.response_bytes(503, headers, why)
