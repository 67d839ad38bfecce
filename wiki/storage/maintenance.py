"""Keeping the repository quick: what git needs done now and then, off everybody's path.

Called from the background; one process does it at a time, at the lowest priority. Nothing here removes anything that
could still be wanted: objects are moved into packs, and only files that a killed write left behind are deleted.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from pathlib import Path

import filelock

from wiki.storage.command import GitCommand
from wiki.storage.repository import Repository

log = logging.getLogger(__name__)
MANY_LOOSE = 2_000
MANY_PACKS = 20
MANY_REFS = 500
LEFTOVER_SECONDS = 86_400.0
_SECONDS = 3_600.0


def maintain(repository: Repository) -> bool:
    """Bring commit-graph, packs and packed refs up to date; False if another process is at it.

    Raises GitFailed, and Unavailable where the folder can't be written.
    """
    lock = filelock.FileLock(repository.git_dir / "movement-wiki.maintenance")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    try:
        _remove_leftovers(repository.git_dir / "objects")
        command = GitCommand(repository.git_dir, refs=True)
        command.point_head(repository.branch() or repository.head())
        if _loose_objects(repository.git_dir / "objects") >= MANY_LOOSE or _packs(repository) >= MANY_PACKS:
            command.run("repack", "--geometric=2", "-d", "-l", "-q", seconds=_SECONDS, patient=True)
        if _loose_refs(repository.git_dir / "refs") >= MANY_REFS:
            command.run("pack-refs", "--all", seconds=_SECONDS, patient=True)
        command.run(
            *("commit-graph", "write", "--reachable", "--split", "--changed-paths", "--no-progress"),
            seconds=_SECONDS,
            patient=True,
        )
    finally:
        lock.release()
    return True


def _loose_objects(objects: Path) -> int:
    return sum(1 for _ in objects.glob("[0-9a-f][0-9a-f]/*"))


def _packs(repository: Repository) -> int:
    return len(list((repository.git_dir / "objects/pack").glob("*.pack")))


def _loose_refs(refs: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(refs))


def _remove_leftovers(objects: Path) -> None:
    for leftover in objects.glob("tmp_obj_*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                leftover.unlink()
