"""Looking for damage, and mending what is derived from the pages or can do no harm.

What can't be mended here (a damaged repository, lost accounts, a full disk) is said, so that an owner can act.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

from wiki.accounts.secret import FILE_NAME
from wiki.bootstrap import Progress, Wiki
from wiki.errors import Problem, WikiError
from wiki.storage.integrity import damage

LOW_BYTES = 200_000_000
# A person may leave git waiting in an editor for a while, but hardly for so long.
LEFTOVER_SECONDS = 3600.0
PRIVATE = stat.S_IRUSR | stat.S_IWUSR


@unique
class Outcome(Enum):
    """What has become of a finding: `note` is nothing bad, just good to know."""

    MENDED = "mended"
    REMAINS = "remains"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, and what became of it."""

    problem: Problem
    outcome: Outcome


def examine(wiki: Wiki, progress: Progress | None = None) -> Iterator[Finding]:
    """Look at all of the wiki, mend what can be mended, and give each finding as it is made.

    Safe while the wiki is served. Reads every object of the repository, so it takes minutes where a wiki is large.
    """
    yield from _key(wiki)
    yield from look(wiki)
    yield from _locks(wiki)
    yield from _work_tree(wiki)
    yield from _guarded(lambda: damage(wiki.repository))
    yield from _guarded(lambda: wiki.accounts.database.check(thorough=True))
    yield from _derived(wiki, progress)


def look(wiki: Wiki) -> Iterator[Finding]:
    """What can be seen at a glance: folders, disk, key, branch, settings. Changes nothing."""
    config = wiki.config
    for folder in (config.content_dir, config.index_dir, config.instance_dir):
        if not os.access(folder, os.W_OK | os.X_OK):
            yield _remains("folder.read_only", folder)
    free = shutil.disk_usage(config.home).free
    if free < LOW_BYTES:
        yield _remains("disk.low", config.home, free=free // 1_000_000)
    key = config.instance_dir / FILE_NAME
    if key.stat().st_mode & ~PRIVATE & 0o777:
        yield _remains("secret.open", key)
    try:
        if wiki.repository.branch() is None:
            yield _remains("storage.detached", config.content_dir)
        for problem in wiki.settings.at().problems:
            yield Finding(problem, Outcome.REMAINS)
    except WikiError as error:
        yield _remains(error.code, config.content_dir, **error.params)


def _key(wiki: Wiki) -> Iterator[Finding]:
    key = wiki.config.instance_dir / FILE_NAME
    if key.stat().st_mode & ~PRIVATE & 0o777:
        key.chmod(PRIVATE)
        yield Finding(Problem("secret.open", str(key)), Outcome.MENDED)


def _locks(wiki: Wiki) -> Iterator[Finding]:
    for lock in wiki.writer.stale_locks():
        try:
            if time.time() - lock.stat().st_mtime < LEFTOVER_SECONDS:
                yield Finding(Problem("storage.lock", str(lock)), Outcome.NOTE)
                continue
            lock.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            yield _remains("storage.leftover_lock", lock, reason=error.strerror)
        else:
            yield Finding(Problem("storage.leftover_lock", str(lock)), Outcome.MENDED)


def _work_tree(wiki: Wiki) -> Iterator[Finding]:
    try:
        if not wiki.writer.sync_work_tree():
            yield _remains("storage.work_tree_behind", wiki.config.content_dir)
        for path in wiki.writer.local_changes():
            yield Finding(Problem("storage.local_change", path), Outcome.NOTE)
    except WikiError as error:
        yield _remains(error.code, wiki.config.content_dir, **error.params)


def _derived(wiki: Wiki, progress: Progress | None) -> Iterator[Finding]:
    for file in sorted(wiki.config.index_dir.glob("*.sqlite3")):
        if not _sound(file):
            file.unlink(missing_ok=True)
            yield Finding(Problem("derived.damaged", str(file)), Outcome.MENDED)
    try:
        if not wiki.is_current():
            wiki.catch_up(progress)
            behind = Problem("derived.behind", str(wiki.config.index_dir))
            yield Finding(behind, Outcome.MENDED if wiki.is_current() else Outcome.REMAINS)
    except WikiError as error:
        yield _remains(error.code, wiki.config.index_dir, **error.params)


def _sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        # Busy, or not to be opened just now: that is no damage.
        return True
    except sqlite3.DatabaseError:
        return False


def _guarded(check: Callable[[], list[Problem]]) -> list[Finding]:
    try:
        problems = check()
    except WikiError as error:
        problems = [Problem(error.code, params=error.params)]
    return [Finding(problem, Outcome.REMAINS) for problem in problems]


def _remains(code: str, where: Path, **params: object) -> Finding:
    return Finding(Problem(code, str(where), dict(params)), Outcome.REMAINS)
