"""What was read of a database and stays true until somebody, in whatever process, changes something in it.

Every request of somebody who is signed in asks who that is, and a query through SQLAlchemy takes longer than all else that
such a request begins with. To ask SQLite whether anything has changed takes a twentieth of it, and it knows for certain.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

MOST = 200
Stand = tuple[int, int]
T = TypeVar("T")


class Watch:
    """Looks whether an SQLite file has changed, by a connection of its own that does nothing else. Safe in several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        self._abandoned: list[sqlite3.Connection] = []

    def stand(self) -> Stand | None:
        """Another value after every change by any other connection; None where that can't be told just now."""
        with self._lock:
            try:
                if self._connection is None:
                    address = f"{self._file.as_uri()}?mode=rw"
                    self._connection = sqlite3.connect(address, 0, uri=True, check_same_thread=False)
                    # What SQLite tells means something only beside what it has told the same connection.
                    self._opened += 1
                return self._opened, self._connection.execute("PRAGMA data_version").fetchall()[0][0]
            except sqlite3.Error:
                self._close()
                return None

    def close(self) -> None:
        """Let go of the file; looking opens it again."""
        with self._lock:
            self._close()

    def renew_locks(self) -> None:
        """Start anew in a forked process, where the parent's connection must be neither used nor closed."""
        self._lock = threading.Lock()
        if self._connection is not None:
            self._abandoned.append(self._connection)
            self._connection = None

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Unchanged(Generic[T]):
    """Answers that are kept for as long as `stand` is what it was before they were asked for; None: not at all."""

    def __init__(self, stand: Callable[[], Hashable]) -> None:
        self._stand = stand
        self._kept: tuple[Hashable, dict[Hashable, T]] = (None, {})

    def get(self, key: Hashable, ask: Callable[[], T | None]) -> T | None:
        """What `ask` gives, or gave for this key; that there is nothing is asked again each time."""
        stand = self._stand()
        if stand is None:
            return ask()
        known, answers = self._kept
        if known != stand or len(answers) >= MOST:
            answers = {}
            self._kept = (stand, answers)
        found = answers.get(key)
        if found is None:
            found = ask()
            if found is not None:
                # Asked after the look: it is no older than that, and whoever finds another stand never sees it.
                answers[key] = found
        return found
