"""Waiting until what was written is on the disk.

Each wait is one for the disk's own book-keeping, most of which files that wait together share: so they wait together.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wiki.forks import renew_after_fork

_TOGETHER = 6
_NO_SIGNALS = (signal.SIG_BLOCK, signal.valid_signals())


class _Flushing:
    """The threads that wait; they don't survive a fork."""

    def __init__(self) -> None:
        self.renew_locks()
        renew_after_fork(self)

    def renew_locks(self) -> None:
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                # A signal that one of them took would pass for delivered, and whoever waits for it (the server's keeper,
                # for the word to end) would wait for ever.
                self._pool = ThreadPoolExecutor(_TOGETHER, "flush", signal.pthread_sigmask, _NO_SIGNALS)
            return self._pool


_flushing = _Flushing()


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_all(paths: Collection[Path]) -> None:
    """The same for many; what is gone by now is left out. Raises the first OSError."""
    if len(paths) == 1:
        _flush_present(*paths)
    elif paths:
        list(_flushing.pool().map(_flush_present, paths))


def _flush_present(path: Path) -> None:
    # Files are only gone if a `git gc` has just packed, on the disk, what was in them; folders once they are empty.
    try:
        flush(path)
    except FileNotFoundError:
        return
