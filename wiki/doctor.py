"""Looking for damage, and mending what is derived from the pages or can do no harm.

What can't be mended here (a damaged repository, lost accounts, a full disk) is said, so that an owner can act. `look` is
what can be seen at a glance, for health pages too; `examine` reads everything, and mends.
"""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path
from urllib.parse import quote

from wiki.accounts.secret import FILE_NAME
from wiki.bootstrap import Progress, Wiki
from wiki.errors import NotFound, Problem, WikiError
from wiki.ownership import barred, give_back, user_name
from wiki.storage.age import age
from wiki.storage.command import GitFailed, executable
from wiki.storage.integrity import damage, last_known, mend_packs, refusal, taken_off, unreadable
from wiki.storage.locks import lock_trouble

LOW_BYTES = 200_000_000
# Git is given a few small files in the folder for temporary ones; a disk in memory may be all there is to it.
LOW_TEMPORARY_BYTES = 5_000_000
# A person may leave git waiting in an editor for a while, but hardly for so long.
LEFTOVER_SECONDS = 3600.0
# Of a folder with nothing but changed files, the first are enough to know what it is.
MOST_NAMED = 20
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
    said: set[str] = set()
    for finding in _examined(wiki, progress):
        # What is wrong with the repository is met by everything that reads it.
        words = f"{finding.problem.code} {finding.problem.params}"
        if finding.outcome is not Outcome.REMAINS or words not in said:
            yield finding
        said.add(words)


def _examined(wiki: Wiki, progress: Progress | None) -> Iterator[Finding]:
    if given := give_back(wiki.config):
        yield Finding(Problem("folder.given_back", str(wiki.config.home), {"count": given}), Outcome.MENDED)
    yield from _key(wiki)
    yield from _packs(wiki)
    for finding in look(wiki):
        yield finding
        if finding.problem.code in ("storage.git_missing", "storage.no_locks"):
            # Nothing else could be looked at.
            return
    if reason := refusal(wiki.repository):
        yield _remains("storage.refused", wiki.repository.git_dir / "config", reason=reason)
    yield from _locks(wiki)
    yield from _work_tree(wiki)
    yield from _guarded(lambda: damage(wiki.repository))
    yield from _taken_off(wiki)
    if not lost_accounts(wiki):
        yield from _guarded(lambda: wiki.accounts.database.check(thorough=True))
    yield from _derived(wiki, progress)


def look(wiki: Wiki) -> Iterator[Finding]:
    """What can be seen at a glance: folders, disk, key, branch, settings, the accounts' file. Changes nothing."""
    config = wiki.config
    if not config.home.is_dir():
        # All else follows from it.
        yield _remains("home.moved", config.home)
        return
    yield from _barred(wiki)
    if reason := lock_trouble(config.instance_dir / FILE_NAME):
        yield _remains("storage.no_locks", config.home, reason=reason)
    if config.accounts.sign_up == "open" and config.web.private:
        yield _remains("config.open_private", "web.private")
    elif config.accounts.sign_up == "open" and not config.accounts.reviewed_edits:
        yield Finding(Problem("config.open_unreviewed", "accounts.reviewed_edits"), Outcome.NOTE)
    free = shutil.disk_usage(config.home).free
    if free < LOW_BYTES:
        yield _remains("disk.low", config.home, free=free // 1_000_000)
    yield from _temporary()
    if _is_open(key := config.instance_dir / FILE_NAME):
        yield _remains("secret.open", key)
    if not key.exists():
        yield _remains("secret.missing", key)
    if lost_accounts(wiki):
        yield _remains("database.missing", wiki.door.file or config.instance_dir, file=str(wiki.door.file))
    if wiki.door.file is None:
        # That it can't be reached, health says of itself, and `examine`.
        for finding in _guarded(lambda: wiki.accounts.database.check()):
            if finding.problem.code == "database.read_only":
                yield finding
    try:
        executable()
        wiki.repository.head()
        if wiki.repository.branch() is None:
            yield _remains("storage.detached", config.content_dir)
        for problem in wiki.settings.at().problems:
            yield Finding(problem, Outcome.REMAINS)
        for problem in unreadable(wiki.repository):
            yield Finding(problem, Outcome.REMAINS)
    except WikiError as error:
        yield _remains(error.code, config.content_dir, **error.params)
        if error.code in ("storage.bad_ref", "storage.empty", "object.not_commit") and (
            commit := last_known(wiki.repository)
        ):
            ref = wiki.repository.branch() or "HEAD"
            yield _remains("storage.lost_branch", config.content_dir, ref=ref, commit=commit)


def _barred(wiki: Wiki) -> Iterator[Finding]:
    for place in barred(wiki):
        owner, user = place.stat().st_uid, os.geteuid()
        if owner == user:
            yield _remains("folder.read_only", place)
        else:
            names = {"owner": user_name(owner), "user": user_name(user)}
            yield _remains("folder.foreign", place, **names, home=shlex.quote(str(wiki.config.home)))


def _temporary() -> Iterator[Finding]:
    try:
        place = tempfile.gettempdir()
        if shutil.disk_usage(place).free < LOW_TEMPORARY_BYTES:
            yield _remains("storage.temporary", place, reason=os.strerror(errno.ENOSPC))
    except OSError as error:
        yield _remains("storage.temporary", "TMPDIR", reason=error.strerror)


def lost_accounts(wiki: Wiki) -> bool:
    """Whether the file of the accounts isn't there, or empty; opening it would make another and hide the loss."""
    file = wiki.door.file
    try:
        return file is not None and file.stat().st_size == 0
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _is_open(key: Path) -> bool:
    try:
        return bool(key.stat().st_mode & ~PRIVATE & 0o777)
    except OSError:
        return False


def _key(wiki: Wiki) -> Iterator[Finding]:
    key = wiki.config.instance_dir / FILE_NAME
    if _is_open(key):
        with suppress(OSError):
            key.chmod(PRIVATE)
            yield Finding(Problem("secret.open", str(key)), Outcome.MENDED)


def _packs(wiki: Wiki) -> Iterator[Finding]:
    try:
        for problem in mend_packs(wiki.repository):
            yield Finding(problem, Outcome.MENDED)
    except (WikiError, OSError):
        # What keeps git from working at all, or from writing here, is found by looking.
        return


def _locks(wiki: Wiki) -> Iterator[Finding]:
    for lock in wiki.writer.stale_locks():
        try:
            written = age(lock)
            if written is not None and written < LEFTOVER_SECONDS:
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
    content = wiki.config.content_dir
    if not os.access(content, os.W_OK):
        # Said already; and nothing can be brought along here.
        return
    with suppress(WikiError):
        if any(problem.code == "storage.too_much" for problem in unreadable(wiki.repository)):
            # Git would list all that is in that folder.
            return
    try:
        try:
            wiki.writer.local_changes()
        except GitFailed:
            if not wiki.writer.renew_index():
                raise
            yield Finding(Problem("storage.index_damaged", str(content)), Outcome.MENDED)
        if not wiki.writer.put_right():
            yield _remains("storage.work_tree_behind", content)
        changed = wiki.writer.local_changes()
        for path in changed[:MOST_NAMED]:
            yield Finding(Problem("storage.local_change", path), Outcome.NOTE)
        if more := len(changed[MOST_NAMED:]):
            yield Finding(Problem("storage.local_changes", str(content), {"count": more}), Outcome.NOTE)
    except NotFound:
        # No pages at all: `look` has said so.
        return
    except WikiError as error:
        yield _remains(error.code, content, **error.params)


def _taken_off(wiki: Wiki) -> Iterator[Finding]:
    with suppress(WikiError):
        # What git can't read is damage, which was found before.
        if count := taken_off(wiki.repository):
            yield Finding(Problem("storage.taken_off", str(wiki.config.content_dir), {"count": count}), Outcome.NOTE)


def _derived(wiki: Wiki, progress: Progress | None) -> Iterator[Finding]:
    folder = wiki.config.index_dir
    try:
        for file in sorted(folder.glob("*.sqlite3")):
            if not _sound(file):
                _take_away(file)
                yield Finding(Problem("derived.damaged", str(file)), Outcome.MENDED)
        # What could not be read when it was derived from is read again now.
        healed = bool(wiki.repository.damage.places()) and not unreadable(wiki.repository)
        if healed or not wiki.is_current():
            wiki.catch_up(progress, full=healed)
            if healed:
                wiki.repository.damage.forget()
            behind = Problem("derived.behind", str(folder))
            yield Finding(behind, Outcome.MENDED if wiki.is_current() else Outcome.REMAINS)
    except NotFound:
        return
    except WikiError as error:
        yield _remains(error.code, folder, **error.params)
    except (OSError, sqlite3.Error) as error:
        yield _remains("derived.unwritable", folder, reason=str(error))


def _take_away(file: Path) -> None:
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


def _sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(file))}?mode=ro", uri=True, timeout=30)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        # Busy, or not to be opened just now: that is no damage. A folder of this name is.
        return not file.is_dir()
    except sqlite3.DatabaseError:
        return False


def _guarded(check: Callable[[], list[Problem]]) -> list[Finding]:
    try:
        problems = check()
    except WikiError as error:
        problems = [Problem(error.code, params=error.params)]
    # That there are no pages at all, `look` has said.
    return [Finding(problem, Outcome.REMAINS) for problem in problems if problem.code != "storage.empty"]


def _remains(code: str, where: Path | str, **params: object) -> Finding:
    return Finding(Problem(code, str(where), dict(params)), Outcome.REMAINS)
