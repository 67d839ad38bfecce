"""Keeping the repository quick: what git needs done now and then, off everybody's path.

Called from the background; one process does it at a time, at the lowest priority, and none while somebody's own
`git gc` is at it. Nothing here removes anything that could still be wanted: objects are moved into packs, and only files
that a killed git left behind are deleted.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path

import filelock

from wiki.storage.age import age
from wiki.storage.command import GitCommand, GitFailed
from wiki.storage.quarantine import KEPT, PUSH
from wiki.storage.repository import Repository
from wiki.storage.workplace import IMPORT

log = logging.getLogger(__name__)
MANY_LOOSE = 2_000
MANY_PACKS = 20
MANY_REFS = 500
LEFTOVER_SECONDS = 86_400.0
# As long as git itself believes another `git gc` that has not taken its mark away.
GC_SECONDS = 43_200.0
# Objects are spread evenly over 256 folders, so that one tells of all.
_ONE_FOLDER, _FOLDERS = "17", 256
# What is left by a git that was killed (half an object, pack or commit-graph, and locks that would keep out all that come later),
# by a push whose server was, and by an import.
_LEFTOVERS = (
    *("objects/tmp_objdir-*", f"objects/{PUSH}*", f"{IMPORT}*"),
    *("objects/tmp_obj_*", "objects/??/tmp_obj_*", "objects/pack/tmp_*", "objects/pack/.tmp-*", "objects/pack/*.keep"),
    *("objects/info/commit-graphs/tmp_graph_*", "objects/info/commit-graphs/*.lock", "packed-refs.lock"),
)
_SECONDS = 3_600.0
# The repository is packed anew as a whole once: this file has a byte for each attempt, and so many when it is done.
_PACKED, _ATTEMPTS = "movement-wiki.packed", 3
# Files of many MB, which are no text, are not compared, and one processor with little memory does it all: git alone would take 160 MB
# for 3,000 pages where this takes 70, for packs of the same size.
_LIMITS = (
    *("pack.threads=1", "pack.windowMemory=16m", "pack.deltaCacheSize=16m"),
    *("core.deltaBaseCacheLimit=16m", "core.bigFileThreshold=1m"),
)
_MODESTLY = tuple(part for limit in _LIMITS for part in ("-c", limit))


def maintain(repository: Repository) -> bool:
    """Bring commit-graph, packs and packed refs up to date; False if another process is at it, ours or anybody's.

    Raises GitFailed, and Unavailable where the folder can't be written.
    """
    marked = age(repository.git_dir / "gc.pid")
    if marked is not None and marked < GC_SECONDS:
        return False
    lock = filelock.FileLock(repository.git_dir / "movement-wiki.maintenance")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    try:
        _remove_leftovers(repository.git_dir)
        command = GitCommand(repository.git_dir, refs=True)
        command.point_head(repository.branch() or repository.head())
        if _packs(repository):
            _pack_anew(repository.git_dir / _PACKED, command)
        if _loose_objects(repository.git_dir / "objects") >= MANY_LOOSE or _packs(repository) >= MANY_PACKS:
            command.run(*_MODESTLY, *("repack", "--geometric=2", "-d", "-l", "-q"), seconds=_SECONDS, patient=True)
        if _loose_refs(repository.git_dir / "refs") >= MANY_REFS:
            command.run("pack-refs", "--all", seconds=_SECONDS, patient=True)
        graph = ("commit-graph", "write", "--reachable", "--split", "--no-progress")
        try:
            command.run(*graph, "--changed-paths", seconds=_SECONDS, patient=True)
        except GitFailed:
            # Where it compares folders, git reads `.gitmodules`, and stops at what it refuses in there.
            command.run(*graph, "--no-changed-paths", seconds=_SECONDS, patient=True)
    finally:
        lock.release()
    return True


def _pack_anew(mark: Path, command: GitCommand) -> None:
    """Pack all that is packed once more, each version beside the others of its page.

    What `git fast-import` makes, and tools that bring other wikis to git use that, has them in the order in which they came: to
    read a page then means to unpack dozens of others, which takes ten times as long, and the pack is five times as large.
    """
    attempts = mark.stat().st_size if mark.exists() else 0
    if attempts >= _ATTEMPTS or (mark.exists() and not mark.is_file()):
        # Whoever writes into a pipe waits for somebody who reads.
        return
    # The server may be stopped meanwhile, or there is something that can't be read: not every hour for ever.
    mark.write_bytes(b"." * (attempts + 1))
    command.run(*_MODESTLY, *("repack", "-a", "-d", "-f", "-k", "-l", "-q"), seconds=_SECONDS, patient=True)
    mark.write_bytes(b"." * _ATTEMPTS)


def is_crowded(repository: Repository) -> bool:
    """Whether so many objects lie about that `maintain` had better not wait for its hour. Looks at one folder."""
    try:
        found = sum(1 for _ in (repository.git_dir / "objects" / _ONE_FOLDER).iterdir())
    except OSError:
        return False
    return found * _FOLDERS >= 2 * MANY_LOOSE


def _loose_objects(objects: Path) -> int:
    return sum(1 for _ in objects.glob("[0-9a-f][0-9a-f]/*"))


def _packs(repository: Repository) -> int:
    return len(list((repository.git_dir / "objects/pack").glob("*.pack")))


def _loose_refs(refs: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(refs))


def _remove_leftovers(git_dir: Path) -> None:
    for pattern in _LEFTOVERS:
        for leftover in git_dir.glob(pattern):
            with contextlib.suppress(OSError):
                if (age(leftover) or 0) > LEFTOVER_SECONDS and not _is_kept_by_somebody(leftover):
                    shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _is_kept_by_somebody(leftover: Path) -> bool:
    """Whether this tells gits to leave a pack alone, and wasn't written by a push of ours."""
    return leftover.suffix == ".keep" and not (leftover.is_file() and leftover.read_bytes() == KEPT)
