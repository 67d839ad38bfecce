"""A folder to work in, beside what is being made. Whoever is killed leaves theirs behind, and who comes next removes it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from wiki.storage.age import age
from wiki.storage.ref_files import NO_LINKS

# Under this prefix an import works, beside the objects of the repository.
IMPORT = "movement-wiki-import-"
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


@contextmanager
def new_file(file: Path, prefix: str) -> Iterator[Path]:
    """A place to write to, which becomes the new `file` after the with block: nobody meets half of it, however this ends.

    Raises FileExistsError; `prefix` is that of the workplace.
    """
    if file.exists():
        raise FileExistsError(file)
    with workplace(file.absolute().parent, prefix) as work:
        yield work / "draft"
        put(work / "draft", file)


def put(draft: Path, file: Path) -> None:
    """Give what was written its name, in nobody's place. Raises FileExistsError."""
    try:
        os.link(draft, file)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        file.touch(stat.S_IRUSR | stat.S_IWUSR, exist_ok=False)
        draft.replace(file)


def _clear(parent: Path, prefix: str, left: Callable[[Path], None]) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(Timeout, OSError, NotImplementedError):
            if folder.is_dir() and (age(folder) or 0) > _NEW_SECONDS:
                with FileLock(folder / _LOCK).acquire(timeout=0):
                    left(folder)
                    shutil.rmtree(folder, ignore_errors=True)
