"""The threads that work, and the lines in which requests wait for them: one for each address, so that nobody waits behind the many
of another."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Lines:
    """So many threads, of which at most `one` work for an address at a time, in the order in which it came; `waiting` more of its
    requests wait.

    Who asks for what is dear (a difference of two long texts, a search of many words) over and over keeps only themselves waiting:
    threads are left, and whoever comes meanwhile comes before the rest of it.
    """

    def __init__(self, threads: int, one: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "answering")
        self._one = one
        self._waiting = waiting
        self._lock = threading.Lock()
        self._at_work: Counter[str] = Counter()
        self._lines: dict[str, deque[Callable[[], object]]] = {}

    def submit(self, address: str, work: Callable[[], object]) -> bool:
        """Have something done for an address as soon as it is its turn; False, and it is not done, where its line is full."""
        with self._lock:
            if self._at_work[address] >= self._one:
                line = self._lines.setdefault(address, deque())
                if len(line) >= self._waiting:
                    return False
                line.append(work)
                return True
            self._at_work[address] += 1
        self._pool.submit(self._do, address, work)
        return True

    def _do(self, address: str, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            # The next of the same address goes behind what others have asked for meanwhile.
            following = self._next(address)
            if following is not None:
                self._pool.submit(self._do, address, following)

    def _next(self, address: str) -> Callable[[], object] | None:
        """What is to be done next for an address; where that is nothing, one fewer works for it."""
        with self._lock:
            line = self._lines.get(address)
            if line:
                return line.popleft()
            self._lines.pop(address, None)
            self._at_work[address] -= 1
            if not self._at_work[address]:
                del self._at_work[address]
            return None
