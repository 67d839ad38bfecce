"""Git's own lock on its index, with a mark in it that tells our own leftovers from another git at work."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

_MARK = b"movement-wiki\n"
_PATIENCE = 1.0


class IndexLock:
    """The lock in a git folder. Every call must hold the writer's lock: then a lock with our mark is nobody's."""

    def __init__(self, git_dir: Path) -> None:
        self._file = git_dir / "index.lock"
        self._marked = git_dir / "movement-wiki.mark"
        self._is_marked = False
        self._given_up: int | None = None

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lock; False where another git keeps it for longer than we are ready to wait."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._take()
                break
            except FileExistsError:
                if self.is_leftover():
                    self.remove()
                    continue
                holder = self._holder()
                if holder == self._given_up or time.monotonic() > deadline:
                    self._given_up = holder
                    yield False
                    return
                time.sleep(0.02)
            except OSError as error:
                log.error("%s can't be made: %s", self._file, error)
                yield False
                return
        self._given_up = None
        try:
            yield True
        finally:
            # Where it can't be removed it is known by its mark, and taken over next time.
            with suppress(OSError):
                self.remove()

    def is_leftover(self) -> bool:
        """Whether a writer of ours was killed holding the lock: it carries our mark, and we hold our own lock."""
        try:
            if not self._file.is_file():
                return False
            with self._file.open("rb") as file:
                return file.read(len(_MARK) + 1) == _MARK
        except OSError:
            return False

    def remove(self) -> None:
        """Take the lock away, if it is there."""
        self._file.unlink(missing_ok=True)

    def _take(self) -> None:
        """Make the lock with our mark in it from its first moment on. Raises FileExistsError."""
        if not self._is_marked or not self._marked.exists():
            draft = self._marked.with_name(f"{self._marked.name}.new")
            write_new(draft, _MARK)
            draft.replace(self._marked)
            self._is_marked = True
        try:
            os.link(self._marked, self._file)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links.
            with self._file.open("xb", buffering=0) as file:
                try:
                    file.write(_MARK)
                except OSError:
                    # Without the mark it would be taken for another git's.
                    self.remove()
                    raise

    def _holder(self) -> int:
        try:
            return self._file.stat().st_ino
        except OSError:
            return 0


def write_new(path: Path, content: bytes) -> None:
    """Write a file of ours in git's folder; never through a link that somebody has left there under its name."""
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        file.write(content)
