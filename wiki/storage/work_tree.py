"""The index and the files that a person sees in the content folder follow the branch.

A person who commits there right after a save in the browser must not undo it, so the index is changed in the same
moment as the branch: git's own index lock is held from before the branch moves until the new index is in place. Files
that differ from what the branch held are somebody's work and stay as they are; `local_changes` names them.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wiki.errors import WikiError
from wiki.storage import objects
from wiki.storage.command import GitCommand
from wiki.storage.names import is_safe
from wiki.storage.objects import Change, name_bytes, name_from
from wiki.storage.repository import Repository

log = logging.getLogger(__name__)

_MARK = b"movement-wiki\n"
_PATIENCE = 1.0
_ASK_FOR_PATHS = 100
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_State = tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class _Step:
    """One path on its way: the states it may be in without being a person's work, and where it goes."""

    path: str
    expected: tuple[_State, ...]
    target: _State
    ours: bool


class WorkTree:
    """Index and files of a repository that is not bare. Every call must hold the writer's lock."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._command = GitCommand(repository.git_dir)
        self._index = repository.git_dir / "index"
        self._lock = repository.git_dir / "index.lock"
        self._draft = repository.git_dir / "movement-wiki.index"
        self._record = repository.git_dir / "movement-wiki.synced"
        self._given_up: int | None = None

    def synced(self) -> str | None:
        """The commit that index and files were last brought to, as far as is known."""
        try:
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
        with self._index_lock() as locked:
            steps: list[_Step] = []
            if locked:
                try:
                    steps = self._steps(known, base, new)
                    updates = self._index_updates(steps)
                    self._prepare(updates)
                except (OSError, WikiError):
                    log.exception("the index of %s can't follow", self._repository.path)
                    locked = False
            yield
            if locked:
                self._finish(steps, new)

    def sync(self, new: str) -> bool:
        """Bring index and files from where they were left to `new`; False while another git holds the index."""
        if self._is_leftover():
            self._remove_draft()
            self._lock.unlink(missing_ok=True)
        known = self.synced()
        if known == new:
            return True
        if known is None and self._index.exists():
            # Nothing was ever brought along here: what is in the folder is as a person's git left it.
            self._remember(new)
            return True
        with self._index_lock() as locked:
            if not locked:
                return False
            steps = self._steps(known, known and new, new)
            self._prepare(self._index_updates(steps))
            self._finish(steps, new)
        return True

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
    def _index_lock(self) -> Iterator[bool]:
        """Hold git's index lock; False where another git keeps it for longer than we are ready to wait."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._take_lock()
                break
            except FileExistsError:
                if self._is_leftover():
                    self._lock.unlink(missing_ok=True)
                    continue
                holder = self._holder()
                if holder == self._given_up or time.monotonic() > deadline:
                    self._given_up = holder
                    yield False
                    return
                time.sleep(0.02)
            except OSError:
                log.exception("the index of %s can't be locked", self._repository.path)
                yield False
                return
        self._given_up = None
        try:
            yield True
        finally:
            self._remove_draft()
            self._lock.unlink(missing_ok=True)

    def _take_lock(self) -> None:
        """Make the lock with our mark in it from its first moment on. Raises FileExistsError."""
        marked = self._repository.git_dir / "movement-wiki.mark"
        marked.write_bytes(_MARK)
        try:
            os.link(marked, self._lock)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links.
            with self._lock.open("xb") as file:
                file.write(_MARK)
        finally:
            marked.unlink()

    def _is_leftover(self) -> bool:
        """Whether a writer of ours was killed holding the index lock: it carries our mark, and we hold our own lock."""
        try:
            with self._lock.open("rb") as file:
                return file.read(len(_MARK) + 1) == _MARK
        except OSError:
            return False

    def _holder(self) -> int:
        try:
            return self._lock.stat().st_ino
        except OSError:
            return 0

    def _steps(self, known: str | None, base: str | None, new: str) -> list[_Step]:
        ours = {change.path: change for change in self._repository.diff(base, new)}
        missed = {} if known == base or known is None else {c.path: c for c in self._repository.diff(known, new)}
        steps = []
        for path in dict.fromkeys([*ours, *missed]):
            if not is_safe(path):
                continue
            change = ours.get(path) or missed[path]
            expected = tuple({_old(each[path]): None for each in (ours, missed) if path in each})
            steps.append(_Step(path, expected, _new(change), path in ours))
        return steps

    def _index_updates(self, steps: list[_Step]) -> list[_Step]:
        """The steps whose index entry has to change."""
        if not steps:
            return []
        present = self._entries([step.path for step in steps])
        updates = []
        for step in steps:
            entries: list[_State] = present.get(step.path, [None])
            if len(entries) > 1 or entries[0] == step.target:
                continue
            if entries[0] in step.expected or (step.ours and self._state(step.path) == entries[0]):
                updates.append(step)
        return updates

    def _entries(self, paths: list[str]) -> dict[str, list[_State]]:
        asked = paths if len(paths) <= _ASK_FOR_PATHS else []
        output = self._command.run("ls-files", "-s", "-z", "--", *asked, environment=self._environment(self._index))
        found: dict[str, list[_State]] = {}
        for row in output.split(b"\0"):
            head, tab, name = row.partition(b"\t")
            if tab:
                mode, id, _ = head.decode("ascii").split()
                found.setdefault(name_from(name), []).append((int(mode, 8), id))
        return found

    def _prepare(self, updates: list[_Step]) -> None:
        self._remove_draft()
        if not updates:
            return
        if self._index.exists():
            # With its time: git tells by it which of the entries it has to compare by content.
            shutil.copy2(self._index, self._draft)
        rows = []
        for step in sorted(updates, key=lambda step: step.target is not None):
            mode, id = step.target or (0, "0" * 40)
            rows.append(b"%o %s\t%s\0" % (mode, id.encode("ascii"), name_bytes(step.path)))
        self._command.run(
            "update-index", "-z", "--index-info", given=b"".join(rows), environment=self._environment(self._draft)
        )

    def _remove_draft(self) -> None:
        """With the lock that a git of ours had on it, if it was killed."""
        for path in (self._draft, self._draft.with_name(f"{self._draft.name}.lock")):
            path.unlink(missing_ok=True)

    def _environment(self, index: Path) -> dict[str, str]:
        return {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(self._repository.path)}

    def _finish(self, steps: list[_Step], new: str) -> None:
        """Files first, then the index: after a crash in between, an index that is still old says what is left to do."""
        try:
            for step in sorted(steps, key=lambda step: step.target is not None):
                self._bring(step)
            if self._draft.exists():
                self._draft.replace(self._index)
            self._remember(new)
        except (OSError, WikiError):
            log.exception("the work tree of %s can't follow", self._repository.path)

    def _remember(self, new: str) -> None:
        draft = self._record.with_suffix(".new")
        draft.write_text(new + "\n", "ascii")
        draft.replace(self._record)

    # The files

    def _bring(self, step: _Step) -> None:
        state = self._state(step.path)
        if state == step.target or not (state in step.expected or self._state(step.path, True) in step.expected):
            return
        try:
            if step.target is None:
                self._remove(step.path)
            else:
                self._write(step.path, *step.target)
        except OSError as error:
            log.warning("left as it is in the work tree: %s (%s)", step.path, error)

    def _state(self, path: str, unix_lines: bool = False) -> _State:
        """What the file at `path` would be in git, with `unix_lines` as some people's settings have it stored; for
        anything that is not a plain file or link, (0, "")."""
        try:
            with self._folder(path, make=False) as (folder, name):
                status = os.lstat(name, dir_fd=folder)
                if stat.S_ISLNK(status.st_mode):
                    target = os.readlink(name, dir_fd=folder)
                    return objects.LINK, _blob_id(os.fsencode(target))
                if stat.S_ISDIR(status.st_mode):
                    return None
                if not stat.S_ISREG(status.st_mode):
                    return 0, ""
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                with open(os.open(name, flags, dir_fd=folder), "rb") as file:  # noqa: PTH123
                    data = file.read().replace(b"\r\n", b"\n") if unix_lines else file.read()
        except FileNotFoundError:
            return None
        except OSError:
            return 0, ""
        return (objects.EXECUTABLE if status.st_mode & 0o100 else objects.FILE), _blob_id(data)

    def _write(self, path: str, mode: int, id: str) -> None:
        kind = objects.kind_of(mode)
        with self._folder(path, make=True) as (folder, name):
            if kind == "submodule":
                os.mkdir(name, dir_fd=folder)
                return
            data = self._repository.blob(id)
            draft = self._repository.git_dir / "movement-wiki.file"
            draft.unlink(missing_ok=True)
            if kind == "link":
                draft.symlink_to(os.fsdecode(data))
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                with open(os.open(draft, flags, 0o777 if mode == objects.EXECUTABLE else 0o666), "wb") as file:  # noqa: PTH123
                    file.write(data)
            os.replace(draft, name, dst_dir_fd=folder)

    def _remove(self, path: str) -> None:
        with self._folder(path, make=False) as (folder, name):
            os.unlink(name, dir_fd=folder)
        parts = path.split("/")[:-1]
        with suppress(OSError):
            while parts:
                with self._folder("/".join(parts), make=False) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
                parts.pop()

    @contextmanager
    def _folder(self, path: str, make: bool) -> Iterator[tuple[int, str]]:
        """The open folder that `path` is in, and its last name. No symbolic link is followed on the way."""
        *folders, name = path.split("/")
        handle = os.open(self._repository.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                inner = os.open(part, _OPEN_FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle, name
        finally:
            os.close(handle)


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()


def _old(change: Change) -> _State:
    return None if change.old_id is None else (change.old_mode, change.old_id)


def _new(change: Change) -> _State:
    return None if change.new_id is None else (change.new_mode, change.new_id)
