"""Places for the gits that people clone, fetch and push with: so many in a process, and fewer for one address.

Whoever reads what a git says a byte at a time holds its place for as long as they like, so nobody gets all of them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from wiki.errors import Unavailable

AT_ONCE = 6
AT_ONCE_OF_ONE = 4
# Seconds that another waits for its turn.
PATIENCE = 10.0


class Places:
    """The places of one process."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._given_back = threading.Condition()
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> Callable[[], None]:
        """Take a place for somebody; what comes back gives it back, and is to be called once.

        Raises Unavailable("git.busy") where none gets free in time.
        """
        with self._given_back:
            if not self._given_back.wait_for(lambda: self._has_one_for(address), self._patience):
                raise Unavailable("git.busy", retry_after=10)
            self._taken[address] += 1
        return lambda: self._give_back(address)

    def _has_one_for(self, address: str) -> bool:
        return self._taken.total() < AT_ONCE and self._taken[address] < AT_ONCE_OF_ONE

    def _give_back(self, address: str) -> None:
        with self._given_back:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]
            self._given_back.notify_all()
