"""Keeping the index at HEAD: catch up with what has changed, one indexer at a time, never in a reader's way."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from wiki.errors import NotFound
from wiki.search.documents import Document
from wiki.search.engine import IndexMissing, Progress, SearchEngine

MAX_ROUNDS = 20
NOTE_EVERY = 100


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two revisions: documents that are new or changed (`total` of them), paths that are gone.

    From nothing (no old revision) that is every document.
    """

    upserts: Iterable[Document]
    deletes: Iterable[str]
    total: int


class DocumentSource(Protocol):
    """Where documents come from: the pages of a revision."""

    def head(self) -> str:
        """The revision that the index should stand at."""

    def changed(self, old: str | None, new: str) -> Changes:
        """What to do to get from `old` to `new`; from None: everything. Raises NotFound where `old` is not known (any more)."""


class Indexer:
    """Brings a search engine to the head of a source. Any number of processes may ask; one works, the others go on."""

    def __init__(self, engine: SearchEngine, source: DocumentSource, lock_path: Path) -> None:
        self._engine = engine
        self._source = source
        self._lock_path = lock_path
        self._thread = threading.Lock()

    def rebuilt(self) -> float | None:
        """Which share of a rebuild is done, in whichever process; None where nobody is at one."""
        try:
            done, total = self._lock_path.with_suffix(".progress").read_text().split()
            return int(done) / int(total)
        except (OSError, ValueError, ZeroDivisionError):
            return None

    def catch_up(
        self, progress: Progress | None = None, *, full: bool = False, wait: float = 0.0, renew: bool = True
    ) -> bool:
        """Bring the index to HEAD, again while HEAD moves meanwhile; with `full` rebuild it first, with `renew` rebuild one
        that is worn. A rebuild takes long and much memory, so a server leaves it to another process.

        Returns whether the index stands at HEAD. False: another process or thread is at it and did not finish within `wait`
        seconds. Raises what reading or indexing raises; the index then stands where it stood.
        """
        if not full and self._engine.commit() == self._source.head() and not (renew and self._engine.worn()):
            return True
        if not self._thread.acquire(timeout=wait):
            return False
        try:
            self._lock_path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._lock_path, timeout=wait):
                self._work(progress, full, renew)
        except Timeout:
            return False
        finally:
            self._thread.release()
        return self._engine.commit() == self._source.head()

    def _work(self, progress: Progress | None, full: bool, renew: bool) -> None:
        for _ in range(MAX_ROUNDS):
            old, head = self._engine.commit(), self._source.head()
            if full or old is None:
                self._rebuild(head, progress)
            elif old != head:
                self._update(old, head, progress, renew)
            elif renew and self._engine.worn():
                self._rebuild(head, progress)
            else:
                return
            full = False

    def _rebuild(self, head: str, progress: Progress | None) -> None:
        changes = self._source.changed(None, head)
        noted = self._lock_path.with_suffix(".progress")

        def note(done: int, total: int) -> None:
            if done % NOTE_EVERY == 0 or done == 1:
                noted.write_text(f"{done} {total}")
            if progress is not None:
                progress(done, total)

        try:
            self._engine.rebuild(head, changes.upserts, changes.total, note)
        finally:
            noted.unlink(missing_ok=True)

    def _update(self, old: str, head: str, progress: Progress | None, renew: bool) -> None:
        try:
            changes = self._source.changed(old, head)
        except NotFound:  # history was rewritten and the old revision is gone
            self._rebuild(head, progress)
            return
        if renew and self._engine.worn(changes.total):
            # It would be built anew right after.
            self._rebuild(head, progress)
            return
        try:
            self._engine.update(head, changes.upserts, changes.deletes, changes.total, progress)
        except IndexMissing:  # found damaged only now
            self._rebuild(head, progress)
