"""A bounded memory of what was read last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from wiki.forks import renew_after_fork

_V = TypeVar("_V")


class Recent(Generic[_V]):
    """What was read last, by id; `weight` bounds the sum of what `weigh` says of each. Safe between threads."""

    def __init__(self, weight: int, weigh: Callable[[_V], int]) -> None:
        self._limit = weight
        self._weigh = weigh
        self._weight = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _V] = OrderedDict()
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """After a fork: what another thread was just changing can't be trusted; begin anew."""
        self._lock = threading.Lock()
        self._weight = 0
        self._kept = OrderedDict()

    def get(self, id: Hashable) -> _V | None:
        """What is kept for the id, if anything."""
        with self._lock:
            value = self._kept.get(id)
            if value is not None:
                self._kept.move_to_end(id)
            return value

    def keep(self, id: Hashable, value: _V) -> None:
        """Remember it, and forget the oldest where there is no room."""
        with self._lock:
            if id in self._kept:
                return
            self._kept[id] = value
            self._weight += self._weigh(value)
            while self._weight > self._limit and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._weight -= self._weigh(old)
