"""Moving a ref by git's own rules for its files, without starting git.

Whoever makes the file `<ref>.lock` may move the ref: compares what it holds, writes what happened into the log, and gives
the lock file, which holds the new id, the name of the ref. A lock that is there already is another git's at work; ours is
a second name of a file that says by its first which process it is, so that one that was killed keeps nobody waiting.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

from wiki.storage.command import is_alive
from wiki.storage.flushing import flush
from wiki.storage.objects import NO_ID
from wiki.storage.references import References

# Who git's log of a ref names; people are named in the commits.
WHO = "wiki <wiki@localhost>"
_DRAFT = "movement-wiki.ref-"
_PAUSE = 0.01
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
_ATTEMPTS = 20


class RefLocked(Exception):
    """Another git kept the lock of the ref for longer than we were ready to wait."""


class Unusual(Exception):
    """A ref that is kept in another way (symbolic, say), or another ref is in its way: git itself should see to it."""


class RefFiles:
    """The refs of the repository whose git folder is `git_dir`, as files. Every call must hold the writer's lock."""

    def __init__(self, git_dir: Path, fsync: bool) -> None:
        self._git_dir = git_dir
        self._references = References(git_dir)
        self._fsync = fsync

    def move(self, ref: str, new: str, old: str | None, reason: str, is_head: bool, patience: float) -> bool:
        """Move `ref` from `old` (None: there is none yet) to `new`, on the disk; False if it is not at `old`.

        `is_head`: HEAD names this ref, so it is in its log too. Waits up to `patience` seconds for another git. Raises
        RefLocked, Unusual and OSError; the ref then is where it was, but for an OSError of the very last step.
        """
        place = self._git_dir / ref
        lock = place.with_name(f"{place.name}.lock")
        draft = self._git_dir / f"{_DRAFT}{os.getpid()}-{time.monotonic_ns()}"
        try:
            self._write(draft, f"{new}\n")
            if not self._take(lock, draft, ref, old, patience):
                return False
            try:
                if not self._references.is_plain(ref):
                    raise Unusual
                is_there = self._references.get(ref) == old
                if is_there:
                    for name in (ref, "HEAD") if is_head else (ref,):
                        self._log(name, f"{old or NO_ID} {new} {WHO} {int(time.time())} +0000\t{reason}\n")
                    lock.replace(place)
                else:
                    lock.unlink()
            except BaseException:
                with suppress(OSError):
                    lock.unlink()
                raise
        finally:
            with suppress(OSError):
                draft.unlink()
        if is_there and self._fsync:
            flush(place.parent)
        return is_there

    def forget_killed(self, mine: Path | None = None) -> None:
        """Remove what processes of ours that were killed have left, their locks too; and what this one could not remove,
        all but `mine`."""
        for draft in self._git_dir.glob(f"{_DRAFT}*"):
            process = draft.name.removeprefix(_DRAFT).partition("-")[0]
            if draft != mine and (process == str(os.getpid()) or not is_alive(process)):
                for lock in (self._git_dir / "refs").rglob("*.lock") if draft.stat().st_nlink > 1 else ():
                    if lock.samefile(draft):
                        lock.unlink()
                draft.unlink()

    def _take(self, lock: Path, draft: Path, ref: str, old: str | None, patience: float) -> bool:
        """Make `draft` the lock; False if the ref was moved while we waited for it."""
        deadline = time.monotonic() + patience
        tries = 0
        while True:
            try:
                os.link(draft, lock)
                return True
            except FileExistsError:
                if self._references.get(ref) != old:
                    return False
                if time.monotonic() > deadline:
                    raise RefLocked
                if not tries:
                    self.forget_killed(mine=draft)
                time.sleep(_PAUSE)
            except FileNotFoundError:
                # The first ref in its folder; and git removes folders that are empty.
                if tries > _ATTEMPTS:
                    raise
                self._make_folder(lock.parent)
            except NotADirectoryError:
                raise Unusual
            except OSError as error:
                if error.errno in NO_LINKS:
                    # A file system without a second name for a file, such as that of a memory stick.
                    raise Unusual
                raise
            tries += 1

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            # A ref is named like a folder of this one.
            raise Unusual

    def _write(self, draft: Path, text: str) -> None:
        with draft.open("x", encoding="ascii") as file:
            file.write(text)
            file.flush()
            if self._fsync:
                os.fsync(file.fileno())

    def _log(self, name: str, line: str) -> None:
        path = self._git_dir / "logs" / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        self._make_folder(path.parent)
        try:
            handle = os.open(path, flags, 0o666)
        except IsADirectoryError:
            # The log of deleted refs for which this one's name was a folder.
            raise Unusual
        try:
            os.write(handle, line.encode("utf-8"))
        finally:
            os.close(handle)
