"""Moving refs by compare-and-swap, whatever other gits are at work: as files where they are, else by git itself."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from wiki.errors import Conflict, Unavailable
from wiki.storage.age import age
from wiki.storage.command import GitCommand, GitFailed
from wiki.storage.flushing import flush
from wiki.storage.objects import NO_ID
from wiki.storage.ref_files import RefFiles, RefLocked, Unusual
from wiki.storage.repository import Repository

log = logging.getLogger(__name__)

# Seconds to wait for a ref that another git keeps locked.
REF_PATIENCE = 10.0
# Git holds the lock of a ref for milliseconds. One that is older than this was left by a git that was killed; just
# after a start, where a kill is the likely cause, less is enough.
STALE_SECONDS = 60.0
STALE_AT_START = 2.0


class RefMoved(Conflict):
    """The ref is not where it was expected; nothing was written. `current` holds its id, None if it is gone."""

    default_code = "storage.ref_moved"


class RefMoves:
    """Moves the refs of a repository. What it has done is on the disk."""

    def __init__(self, repository: Repository, fsync: bool) -> None:
        self._repository = repository
        self._fsync = fsync
        self._files = RefFiles(repository.git_dir, fsync)
        self._command = GitCommand(repository.git_dir, refs=True)
        self._begun = time.time()

    def move(self, ref: str, new: str, old: str | None, reason: str) -> None:
        """Move `ref` from `old` (None: it must not exist yet) to `new`; `reason` is for git's log of the ref.

        Raises RefMoved, Unavailable("storage.busy") while another git keeps it locked, GitFailed and OSError.
        """
        is_head = ref == self._repository.branch()
        try:
            try:
                moved = self._files.move(ref, new, old, _reason(reason), is_head, REF_PATIENCE)
            except RefLocked:
                if not self._remove_stale_locks(ref):
                    raise
                moved = self._files.move(ref, new, old, _reason(reason), is_head, REF_PATIENCE)
        except RefLocked:
            raise Unavailable("storage.busy", retry_after=5)
        except Unusual:
            self._by_git(ref, f"update {ref}\0{new}\0{old or NO_ID}\0", old, reason)
            return
        if not moved:
            raise RefMoved(ref=ref, expected=old, current=self._repository.ref(ref))

    def delete(self, ref: str, old: str) -> None:
        """Delete `ref`, which must be at `old`; raises as `move` does."""
        self._by_git(ref, f"delete {ref}\0{old}\0", old, "wiki")

    def stale_locks(self) -> list[Path]:
        """Lock files of git that are older than a minute."""
        names = ["index", "HEAD", "packed-refs", self._repository.branch() or "HEAD"]
        locks = [self._repository.git_dir / f"{name}.lock" for name in dict.fromkeys(names)]
        return [lock for lock in locks if (age(lock) or 0) > STALE_SECONDS]

    def unlock_after_start(self) -> None:
        """Remove the locks that a git that was killed before the start has left on the branch."""
        self._files.forget_killed()
        ref = self._repository.branch()
        for lock in self._locks(ref):
            # One made since then is of a git that is alive.
            while _is_older(lock, self._begun) and (age(lock) or 0) <= STALE_AT_START:
                time.sleep(0.05)
            if _is_older(lock, self._begun):
                _remove(lock)

    def _by_git(self, ref: str, order: str, old: str | None, reason: str) -> None:
        """Have git delete a ref, or move one that is kept in an unusual way."""
        branch = self._repository.branch()
        try:
            self._command.point_head(branch or self._repository.head())
            try:
                self._update_refs(order, reason)
            except GitFailed:
                if self._repository.ref(ref) != old or not self._remove_stale_locks(ref):
                    raise
                self._update_refs(order, reason)
            if self._fsync:
                parents = (self._repository.git_dir / ref).parents
                flush(next(folder for folder in parents if folder.is_dir()))
        except GitFailed as error:
            current = self._repository.ref(ref)
            if current != old:
                raise RefMoved(ref=ref, expected=old, current=current)
            if "Unable to create" in error.params["reason"]:
                raise Unavailable("storage.busy", retry_after=5)
            raise

    def _update_refs(self, order: str, reason: str) -> None:
        # Git locks HEAD too, here our own; only a git of ours that was killed can have left that lock.
        (self._command.folder() / "HEAD.lock").unlink(missing_ok=True)
        patience = int(REF_PATIENCE * 1_000)
        self._command.run(
            *("-c", f"core.filesRefLockTimeout={patience}", "-c", f"core.packedRefsTimeout={patience}"),
            *("-c", f"core.fsync={'committed' if self._fsync else 'none'}"),
            *("update-ref", "-z", "--stdin", "--create-reflog", "-m", _reason(reason)),
            given=order.encode(),
        )

    def _remove_stale_locks(self, ref: str) -> bool:
        """Remove the locks of a ref that nobody can be waiting for any more."""
        stale = [lock for lock in self._locks(ref) if (age(lock) or 0) > STALE_SECONDS]
        for lock in stale:
            _remove(lock)
        return bool(stale)

    def _locks(self, ref: str | None) -> list[Path]:
        return [self._repository.git_dir / f"{name}.lock" for name in (ref, "packed-refs") if name]


def _remove(lock: Path) -> None:
    log.warning("removing %s, left by a git that was killed", lock)
    lock.unlink(missing_ok=True)


def _is_older(lock: Path, moment: float) -> bool:
    try:
        return lock.lstat().st_mtime < moment
    except OSError:
        return False


def _reason(message: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in message[:200]).split()) or "wiki"
