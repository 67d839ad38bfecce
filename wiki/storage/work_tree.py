"""The index and the files that a person sees in the content folder follow the branch.

A person who commits there right after a save in the browser must not undo it, so the index is changed in the same
moment as the branch: git's own index lock is held from before the branch moves until the new index is in place. Files
that differ from what the branch held are somebody's work and stay as they are; `local_changes` names them.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wiki.errors import NotFound, WikiError
from wiki.storage.command import GitCommand, GitFailed
from wiki.storage.index_file import IndexFile, Unreadable
from wiki.storage.index_lock import IndexLock, write_new
from wiki.storage.names import is_safe
from wiki.storage.objects import NO_ID, Change, kind_of, name_bytes, name_from
from wiki.storage.repository import Repository
from wiki.storage.work_files import State, WorkFiles

log = logging.getLogger(__name__)

# What keeps a file from being written for a while; anything else is in its way, and somebody's.
_PASSING = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE)
)
_ASK_FOR_PATHS = 100
_AT_A_GLANCE = 20


@dataclass(frozen=True, slots=True)
class _Step:
    """One path on its way: the states it may be in without being a person's work, and where it goes."""

    path: str
    expected: tuple[State, ...]
    target: State
    ours: bool


class WorkTree:
    """Index and files of a repository that is not bare. Every call must hold the writer's lock."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._command = GitCommand(repository.git_dir)
        self._index = repository.git_dir / "index"
        self._lock = IndexLock(repository.git_dir)
        self._draft = repository.git_dir / "movement-wiki.index"
        self._record = repository.git_dir / "movement-wiki.synced"
        self._told: set[str] = set()
        self._files = WorkFiles(repository)

    def synced(self) -> str | None:
        """The commit that index and files were last brought to, as far as is known."""
        try:
            if not self._record.is_file():
                return None
            id = self._record.read_text("ascii").strip()
            self._repository.commit(id)
        except (OSError, ValueError, WikiError):
            return None
        return id

    @contextmanager
    def following(self, base: str | None, new: str) -> Iterator[None]:
        """Around moving the branch from `base` to `new`: index and files follow if the body succeeds.

        Where another git holds the index, the branch moves all the same and `sync` catches up later.
        """
        known = self.synced() or base
        with self._locked() as locked:
            steps: list[_Step] = []
            if locked:
                try:
                    self._renew_missing(known)
                    steps = self._steps(known, base, new)
                    self._prepare(steps)
                except (OSError, WikiError) as error:
                    log.error("the index of %s can't follow: %s", self._repository.path, error)
                    locked = False
            yield
            if locked:
                self._finish(steps, new)

    def sync(self, new: str) -> bool:
        """Bring index and files from where they were left to `new`; False while another git holds the index, or there is no
        room for them."""
        if self._lock.is_leftover():
            self._remove_draft()
            self._lock.remove()
        known = self.synced()
        if known == new and self._index.exists():
            return True
        if known is None and self._index.exists():
            # Nothing was ever brought along here: what is in the folder is as a person's git left it.
            self._remember(new)
            return True
        with self._locked() as locked:
            if not locked:
                return False
            self._renew_missing(known)
            steps = self._steps(known, known and new, new)
            self._prepare(steps)
            return self._finish(steps, new)

    def renew_index(self) -> bool:
        """Make git's index anew where it can't be read; the damaged one is kept beside it. Files are left as they are.

        False while another git holds the index, and where something else keeps git from reading it.
        """
        with self._locked() as locked:
            if not locked or self._is_index_readable():
                return False
            at = self.synced() or self._repository.head()
            self._command.run("read-tree", at, environment=self._environment(self._draft))
            with suppress(FileNotFoundError):
                self._index.replace(self._index.with_name("index.damaged"))
            self._draft.replace(self._index)
        return True

    def _renew_missing(self, known: str | None) -> None:
        """Make git's index anew where somebody has deleted it: to their git all pages would be deleted, and committed so."""
        if known is not None and not self._index.exists():
            self._command.run("read-tree", known, environment=self._environment(self._draft))
            self._draft.replace(self._index)

    def _is_index_readable(self) -> bool:
        try:
            self._command.run("ls-files", "-z", environment=self._environment(self._index))
        except GitFailed:
            return False
        return True

    def _check_index(self) -> None:
        """Raise GitFailed where something else is in the index's place: git would wait for what somebody writes into it."""
        if self._index.exists() and not self._index.is_file():
            raise GitFailed(reason=f"{self._index} is no file")

    def local_changes(self) -> list[str]:
        """Paths whose index entry or file differs from HEAD: somebody's uncommitted work. Runs `git status`."""
        branch, head = self._repository.branch(), self._repository.head()
        command = GitCommand(self._repository.git_dir, refs=True)
        command.point_head(branch or head)
        output = command.run(
            *("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=all"),
            environment=self._environment(self._index),
        )
        return [name_from(row[3:]) for row in output.split(b"\0") if row]

    # The index

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """With git's index to ourselves; False where another git keeps it. No draft is left behind."""
        with self._lock.held() as locked:
            try:
                yield locked
            finally:
                if locked:
                    with suppress(OSError):
                        self._remove_draft()

    def _steps(self, known: str | None, base: str | None, new: str) -> list[_Step]:
        ours = {change.path: change for change in self._repository.diff(base, new)}
        missed = {} if known == base or known is None else {c.path: c for c in self._repository.diff(known, new)}
        steps = []
        for path in dict.fromkeys([*ours, *missed]):
            if not is_safe(path):
                continue
            change = ours.get(path) or missed[path]
            if "tree" in (kind_of(change.old_mode), kind_of(change.new_mode)):
                # Folders nested deeper than anything is read.
                continue
            if _new(change) is None:
                # A folder that can't be read counts as empty in a difference; what it held is not to be removed. This raises.
                self._repository.entry(new, path)
            expected = tuple({_old(each[path]): None for each in (ours, missed) if path in each})
            steps.append(_Step(path, expected, _new(change), path in ours))
        return steps

    def _prepare(self, steps: list[_Step]) -> None:
        """Write what the index has to become, where it has to become another, beside it."""
        self._remove_draft()
        if not steps:
            return
        try:
            self._check_index()
            index = IndexFile(self._index.read_bytes() if self._index.exists() else b"")
            changed = None
            if len(steps) <= _AT_A_GLANCE and all(len(step.expected) == 1 for step in steps):
                changed = index.exchanged({step.path: (step.expected[0], step.target) for step in steps})
            if changed is None:
                updates = self._updates(steps, {step.path: index.states(step.path) for step in steps})
                if not updates:
                    return
                changed = index.changed({step.path: step.target for step in updates})
            write_new(self._draft, changed)
        except Unreadable:
            self._prepare_by_git(self._updates(steps, self._entries([step.path for step in steps])))
            return
        if self._index.exists():
            # With its time: git tells by it which of the other entries it has to compare by content.
            shutil.copystat(self._index, self._draft)

    def _updates(self, steps: list[_Step], present: Mapping[str, list[State]]) -> list[_Step]:
        """The steps whose index entry has to change."""
        updates = []
        for step in steps:
            entries = present.get(step.path, [None])
            if len(entries) > 1 or entries[0] == step.target:
                continue
            if entries[0] in step.expected or (step.ours and self._files.state(step.path) == entries[0]):
                updates.append(step)
        return updates

    def _entries(self, paths: list[str]) -> dict[str, list[State]]:
        asked = paths if len(paths) <= _ASK_FOR_PATHS else []
        output = self._command.run("ls-files", "-s", "-z", "--", *asked, environment=self._environment(self._index))
        found: dict[str, list[State]] = {}
        for row in output.split(b"\0"):
            head, tab, name = row.partition(b"\t")
            if tab:
                mode, id, _ = head.decode("ascii").split()
                found.setdefault(name_from(name), []).append((int(mode, 8), id))
        return found

    def _prepare_by_git(self, updates: list[_Step]) -> None:
        if not updates:
            return
        self._remove_draft()
        if self._index.exists():
            shutil.copy2(self._index, self._draft)
        rows = []
        for step in sorted(updates, key=lambda step: step.target is not None):
            mode, id = step.target or (0, NO_ID)
            rows.append(b"%o %s\t%s\0" % (mode, id.encode("ascii"), name_bytes(step.path)))
        self._command.run(
            "update-index", "-z", "--index-info", given=b"".join(rows), environment=self._environment(self._draft)
        )

    def _remove_draft(self) -> None:
        """With the lock that a git of ours had on it, if it was killed."""
        for path in (self._draft, self._draft.with_name(f"{self._draft.name}.lock")):
            path.unlink(missing_ok=True)

    def _environment(self, index: Path) -> dict[str, str]:
        if index == self._index:
            self._check_index()
        return {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(self._repository.path)}

    def _finish(self, steps: list[_Step], new: str) -> bool:
        """Files first, then the index: after a crash in between, an index that is still old says what is left to do. Whether
        all is done; if not, it is still known from where there is to go on."""
        try:
            left: list[str] = []
            brought = [self._bring(step, left) for step in sorted(steps, key=lambda step: step.target is not None)]
            if left:
                # A clone of a part, say, lacks hundreds: the log needs to know of them, not to be filled by them.
                more = f", and {len(left) - 1} others" if len(left) > 1 else ""
                log.warning("left as it is in the work tree: %s%s", left[0], more)
            if self._draft.exists():
                self._draft.replace(self._index)
            if all(brought):
                self._remember(new)
            return all(brought)
        except (OSError, WikiError) as error:
            log.error("the work tree of %s can't follow: %s", self._repository.path, error)
            return False

    def _remember(self, new: str) -> None:
        # Always as long, so it is written over: whoever is killed leaves the one or the other.
        handle = os.open(self._record, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
        try:
            os.ftruncate(handle, os.write(handle, f"{new}\n".encode("ascii")))
        finally:
            os.close(handle)

    def _bring(self, step: _Step, left: list[str]) -> bool:
        """Write or remove a file, unless it is somebody's work; whether there is nothing left to do. What couldn't be done
        is added to `left`, with the reason, the first time that it is tried."""
        state = self._files.state(step.path)
        if state == step.target or not (state in step.expected or self._files.state(step.path, True) in step.expected):
            return True
        try:
            if step.target is None:
                self._files.remove(step.path)
            else:
                self._files.write(step.path, *step.target)
        except (OSError, NotFound) as error:
            if step.path not in self._told:
                self._told.add(step.path)
                left.append(f"{step.path} ({error})")
            return not isinstance(error, OSError) or error.errno not in _PASSING
        self._told.discard(step.path)
        return True


def _old(change: Change) -> State:
    return None if change.old_id is None else (change.old_mode, change.old_id)


def _new(change: Change) -> State:
    return None if change.new_id is None else (change.new_mode, change.new_id)
