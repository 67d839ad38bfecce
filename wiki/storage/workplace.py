"""A folder to work in, beside what is being made. Whoever is killed leaves theirs behind, and who comes next removes it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = "in-use.lock"
# A new folder is there for a moment before it is locked.
_NEW_SECONDS = 2.0


@contextmanager
def workplace(parent: Path, prefix: str, left: Callable[[Path], None] = lambda folder: None) -> Iterator[Path]:
    """A new folder in `parent` that is gone after the with block; those that the killed left under this prefix are removed
    before it, each after `left` was called with it."""
    _clear(parent, prefix, left)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as name:
        lock = FileLock(Path(name) / _LOCK)
        # Where there are no locks, nobody takes what is another's.
        with suppress(Timeout, OSError, NotImplementedError):
            lock.acquire(timeout=0)
        try:
            yield Path(name)
        finally:
            lock.release()


def _clear(parent: Path, prefix: str, left: Callable[[Path], None]) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(Timeout, OSError, NotImplementedError):
            if folder.is_dir() and time.time() - folder.lstat().st_mtime > _NEW_SECONDS:
                with FileLock(folder / _LOCK).acquire(timeout=0):
                    left(folder)
                    shutil.rmtree(folder, ignore_errors=True)
