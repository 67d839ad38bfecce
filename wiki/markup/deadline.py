"""A limit on the time that one text may take, looked at from inside of the loops that read it."""

from __future__ import annotations

from time import monotonic, thread_time


class TookTooLong(Exception):
    """The text takes more time, or becomes larger, than we allow."""


class Deadline:
    """Seconds of this thread's own processor time: how busy the machine is otherwise doesn't decide what gets through.

    `check` is called very often. The wall clock, which is cheap to read, tells when it is worth to look at the other.
    """

    __slots__ = ("_begun", "_look", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun = thread_time()
        self._look = monotonic() + seconds

    def check(self) -> None:
        """Raise TookTooLong once the time is over."""
        if monotonic() >= self._look:
            left = self._seconds - (thread_time() - self._begun)
            if left <= 0:
                raise TookTooLong
            self._look = monotonic() + left
