"""Whether a repository is sound: git's own examination."""

from __future__ import annotations

import subprocess

from wiki.errors import NotFound, Problem, Unavailable
from wiki.storage.command import GitCommand
from wiki.storage.repository import Repository

SECONDS = 3600.0
MOST_SHOWN = 20
_BAD = ("error", "fatal", "missing", "broken", "bad")


def damage(repository: Repository) -> list[Problem]:
    """What `git fsck` finds wrong with the objects: Problem("storage.damaged") with git's words as `reason`.

    Reads everything that is there, so it takes minutes where a wiki is large.
    """
    command = GitCommand(repository.git_dir, refs=True)
    try:
        command.point_head(repository.branch() or repository.head())
        repository.head()
    except NotFound as error:
        return [Problem(error.code, str(repository.path), error.params)]
    process = command.start("fsck", "--full", "--no-dangling", "--no-progress")
    try:
        found, complaints = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Unavailable("storage.slow", command="fsck")
    lines = [line.strip() for line in (complaints + found).decode("utf-8", "replace").splitlines()]
    bad = [line for line in lines if line.startswith(_BAD)]
    return [Problem("storage.damaged", str(repository.path), {"reason": line[:500]}) for line in bad[:MOST_SHOWN]]
