"""The only place where the content changes: commits by compare-and-swap of a ref, under a lock.

The lock (threads and processes) keeps saves from racing in vain; the comparison is what guarantees that none is lost,
whoever else moves the branch. An answered commit is on the disk.
"""

from __future__ import annotations

import errno
import subprocess
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import filelock

from wiki.errors import Invalid, Unavailable
from wiki.forks import renew_after_fork
from wiki.storage import objects
from wiki.storage.command import executable, plain_environment
from wiki.storage.names import require_safe
from wiki.storage.object_store import ObjectStore
from wiki.storage.objects import Person
from wiki.storage.ref_moves import RefMoved, RefMoves
from wiki.storage.references import is_ref_name
from wiki.storage.repository import Repository
from wiki.storage.work_tree import WorkTree

__all__ = ["RefMoved", "Writer", "init"]
# What a `git gc` leaves in the folder for as long as it takes.
GC_MARK = "gc.pid"
# Bytes of objects that are held meanwhile; who is killed leaves the mark for good.
MAX_EXPOSED = 4_000_000


class Writer:
    """Writes to `repository`. `lock_path` is shared by all processes of the wiki; `timeout` in seconds."""

    def __init__(self, repository: Repository, lock_path: Path, fsync: bool = True, timeout: float = 30.0) -> None:
        self._repository = repository
        self.fsync = fsync
        self._timeout = timeout
        self._threads = threading.RLock()
        self._lock_path = Path(lock_path)
        self._processes = filelock.FileLock(self._lock_path, thread_local=False)
        self._refs = RefMoves(repository, fsync)
        self._work_tree = None if repository.bare else WorkTree(repository)
        self._fresh = True
        self._exposed: dict[str, bytes] = {}
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """After a fork: a lock between threads that the parent's threads don't hold."""
        self._threads = threading.RLock()
        self._processes = filelock.FileLock(self._lock_path, thread_local=False)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other writer out, of this process and others; a thread may take it again.

        Raises Unavailable("storage.busy") if it can't be had in time and Unavailable("storage.read_only").
        """
        if not self._threads.acquire(timeout=self._timeout):
            raise Unavailable("storage.busy", retry_after=5)
        try:
            try:
                self._lock_path.parent.mkdir(parents=True, exist_ok=True)
                self._processes.acquire(timeout=self._timeout, poll_interval=0.01)
            except filelock.Timeout:
                raise Unavailable("storage.busy", retry_after=5)
            except OSError as error:
                raise unwritable(error)
            try:
                yield
            finally:
                self._processes.release()
        finally:
            self._threads.release()

    def commit(
        self,
        changes: Mapping[str, bytes | None],
        *,
        base: str | None,
        message: str,
        author: Person,
        when: datetime,
        committer: Person | None = None,
        other_parents: Sequence[str] = (),
        ref: str | None = None,
        new_ref: bool = False,
    ) -> str:
        """Commit `changes` (path to content, None deletes) on top of `base`, and move the ref from `base` to it.

        `ref` None is the branch that HEAD names; `base` None makes a commit without a parent. With `new_ref`, as then, there must
        be no such ref yet. Modes of files that are there stay. Returns the new commit's id, on the disk. Raises RefMoved if the
        ref is not where it was expected, Invalid ("path.…") for a path that must not be written, Unavailable ("storage.…") if it
        can't be written just now.
        """
        for path in changes:
            require_safe(path)
        with self.lock():
            ref, old = ref or self._branch(), None if new_ref else base
            self._expect(ref, old)
            store = ObjectStore(self._repository.git_dir / "objects", self.fsync)
            try:
                root = self._repository.commit(base).tree if base is not None else None
                tree = self._tree(store, root, _nested(changes), "") or store.add("tree", b"")
                parents = [*([base] if base is not None else []), *other_parents]
                data = objects.commit_bytes(tree, parents, author, committer or author, when, message)
                new = store.add("commit", data)
                store.settle()
                self._repository.keep_commit(new, data)
            except OSError as error:
                raise unwritable(error)
            finally:
                store.forget()
            self._move(ref, new, old, message)
            self._put_back(store.written)
        return new

    def update_ref(self, ref: str, new: str, old: str | None) -> None:
        """Move `ref` from `old` (None: it must not exist yet) to the commit `new`. Raises RefMoved."""
        self._repository.commit(new)
        with self.lock():
            self._expect(ref, old)
            self._move(ref, new, old, "update")

    @contextmanager
    def taking_in(self, release: Callable[[], Mapping[str, bytes]]) -> Iterator[None]:
        """Under the lock, have objects come in before refs are moved to them in the with block, and look after them as after those
        of a commit. `release` returns them. Raises as `lock` and `release` do.
        """
        with self.lock():
            written = release()
            yield
            self._put_back(written)

    def delete_ref(self, ref: str, old: str) -> None:
        """Delete `ref`, which must be at `old`. Raises RefMoved."""
        with self.lock():
            self._expect(ref, old)
            try:
                self._refs.delete(ref, old)
            except OSError as error:
                raise unwritable(error)

    def put_right(self) -> bool:
        """Bring index and files to HEAD where that was interrupted, or where HEAD was moved without them, and put back what
        somebody's `git gc` took of what was written lately.

        False while another git holds the index, or there is no room for the files; call again later. To be called at
        start-up (the first call also removes locks that a killed git left on the branch) and after a push. Raises
        Unavailable ("storage.…") where nothing can be written.
        """
        with self.lock():
            try:
                if self._fresh:
                    self._fresh = False
                    self._refs.unlock_after_start()
                self._put_back({})
                return self._work_tree is None or self._work_tree.sync(self._repository.head())
            except OSError as error:
                raise unwritable(error)

    @property
    def is_guarding(self) -> bool:
        """Whether somebody's `git gc` may still take something that was written, which `put_right` puts back."""
        return bool(self._exposed)

    def renew_index(self) -> bool:
        """Make git's index anew where it can't be read; False while another git holds it, and where it can."""
        with self.lock():
            return self._work_tree is None or self._work_tree.renew_index()

    def stale_locks(self) -> list[Path]:
        """Lock files of git that are older than a minute: somebody's git was killed, or waits in an editor."""
        return self._refs.stale_locks()

    def local_changes(self) -> list[str]:
        """Paths in the content folder with uncommitted work of somebody's, which saves leave alone."""
        return self._work_tree.local_changes() if self._work_tree is not None else []

    # Insides

    def _branch(self) -> str:
        branch = self._repository.branch()
        if branch is None:
            # A commit that no branch holds would be lost at the next checkout.
            raise Unavailable("storage.detached")
        return branch

    def _expect(self, ref: str, old: str | None) -> None:
        if not is_ref_name(ref):
            raise Invalid("storage.ref_name", ref=ref[:200])
        current = self._repository.ref(ref)
        if current != old:
            raise RefMoved(ref=ref, expected=old, current=current)

    def _move(self, ref: str, new: str, old: str | None, reason: str) -> None:
        follow = self._work_tree is not None and ref == self._repository.branch()
        with self._work_tree.following(old, new) if follow and self._work_tree else nullcontext():
            try:
                self._refs.move(ref, new, old, reason)
            except OSError as error:
                raise unwritable(error)

    def _put_back(self, written: Mapping[str, bytes]) -> None:
        """See that what a commit was just made of is there. A `git gc --prune=now` takes all that no ref led to when it began,
        as late as when it ends; so what was written meanwhile is looked after until then."""
        objects_folder = self._repository.git_dir / "objects"
        is_cleaning = (self._repository.git_dir / GC_MARK).exists()
        self._exposed |= written
        # Should the disk be full, it is tried again.
        with suppress(OSError):
            ObjectStore(objects_folder, self.fsync).put_back(self._exposed)
            if not is_cleaning:
                self._exposed.clear()
        while sum(map(len, self._exposed.values())) > MAX_EXPOSED:
            del self._exposed[next(iter(self._exposed))]

    def _tree(self, store: ObjectStore, old: str | None, changes: dict[str, _Node], prefix: str) -> str | None:
        """Id of the tree `old` with the changes made; None if nothing is left in it."""
        entries = dict(self._repository.tree(old)) if old is not None else {}
        for name, node in changes.items():
            path = prefix + name
            if node.deleted and not _is_folder(entries.get(name)):
                entries.pop(name, None)
            if node.below:
                present = entries.get(name)
                if present is not None and not _is_folder(present):
                    if node.writes():
                        raise Invalid("path.file_in_the_way", path=path)
                    continue
                inner = self._tree(store, present[1] if present else None, node.below, f"{path}/")
                if inner is not None:
                    entries[name] = (objects.FOLDER, inner)
                elif present is not None:
                    del entries[name]
            if node.content is not None:
                mode = entries[name][0] if name in entries else objects.FILE
                if mode == objects.FOLDER:
                    raise Invalid("path.folder_in_the_way", path=path)
                kept = mode if mode == objects.EXECUTABLE else objects.FILE
                id = store.add("blob", node.content)
                self._repository.keep_blob(id, node.content)
                entries[name] = (kept, id)
        if not entries:
            return None
        data = self._exchanged(old, entries, changes) if old is not None else None
        if data is None:
            return store.add("tree", objects.tree_bytes(entries))
        id = store.add("tree", data)
        self._repository.keep_tree(id, entries, data)
        return id

    def _exchanged(self, old: str, entries: Mapping[str, tuple[int, str]], names: Collection[str]) -> bytes | None:
        """The bytes of the tree `old` where some names stand for something else; None where that is not all."""
        before, data = self._repository.tree(old), self._repository.tree_bytes(old)
        for name in names:
            if name not in before or name not in entries or not data:
                return None
            data = objects.exchanged(data, name, before[name], entries[name]) or b""
        return data or None


@dataclass(slots=True)
class _Node:
    """The changes at one name: to the file of that name, and to what is below a folder of that name."""

    content: bytes | None = None
    deleted: bool = False
    below: dict[str, _Node] = field(default_factory=dict)

    def writes(self) -> bool:
        return self.content is not None or any(node.writes() for node in self.below.values())


def init(path: Path, branch: str = "main") -> Repository:
    """Make an empty repository in the folder `path` (made where missing); what is there already stays."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [executable(), "init", "--quiet", "--template=", f"--initial-branch={branch}", "--", str(path)],
        env=plain_environment(),
        cwd="/",
        check=True,
        capture_output=True,
    )
    return Repository(path)


def _nested(changes: Mapping[str, bytes | None]) -> dict[str, _Node]:
    top = _Node()
    for path, content in changes.items():
        node = top
        for name in path.split("/"):
            node = node.below.setdefault(name, _Node())
        node.content, node.deleted = content, content is None
    return top.below


def _is_folder(entry: tuple[int, str] | None) -> bool:
    return entry is not None and objects.kind_of(entry[0]) == "tree"


def unwritable(error: OSError) -> Unavailable:
    """Why nothing can be written where this happened, as owners are told."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("storage.disk_full")
    if error.errno == errno.ENOLCK:
        return Unavailable("storage.no_locks", reason=error.strerror)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Unavailable("storage.read_only", path=str(error.filename or ""))
    return Unavailable("storage.unwritable", reason=str(error))
