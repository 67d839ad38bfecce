"""What happens off the requests' path: catching up with HEAD, upkeep of git, forgetting what is past its time.

One thread a server process, started when that is forked or by the first request it answers. Long work is
done by a process of its own, so that readers don't share their interpreter with it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from wiki import allocator, succession
from wiki.bootstrap import AT_ONCE, Wiki
from wiki.errors import Unavailable, WikiError
from wiki.storage.maintenance import is_crowded, maintain

log = logging.getLogger(__name__)
PAUSE = 0.5
FILES_SECONDS = 5.0
UPKEEP_SECONDS = 3600.0
# After a start, so that one who is restarted often forgets too, but has answered first.
FORGET_AFTER_SECONDS = 600.0
LOOK_SECONDS = 60.0
BACKGROUND_PRIORITY = 10
_started: dict[int, Follower] = {}
_held: list[bool] = []
_lock = threading.Lock()


class Follower(threading.Thread):
    """Brings the derived data of a wiki to HEAD whenever HEAD has moved."""

    def __init__(
        self, wiki: Wiki, clock: Callable[[], float] = time.monotonic, reload: Callable[[], None] | None = None
    ) -> None:
        super().__init__(name="follower", daemon=True)
        self._wiki = wiki
        self._clock = clock
        self._upkeep_due = clock()
        self._forget_due = clock() + FORGET_AFTER_SECONDS
        self._look_due = clock() + LOOK_SECONDS
        self._files_due = clock() + FILES_SECONDS
        self._stopped = threading.Event()
        self._trouble = ""
        self._reload = reload
        self._superseded = False

    def run(self) -> None:
        """Look twice a second until the process ends."""
        while not self._stopped.wait(PAUSE):
            if not self.try_to_look():
                self._stopped.wait(10)

    def try_to_look(self) -> bool:
        """Do what there is to do; False where it failed, which the log is told once for as long as it stays the same."""
        try:
            self.look()
        except Exception as error:
            # The border of background work: what fails falls behind, says so on /-/health, and is tried again.
            if repr(error) != self._trouble:
                self._trouble = repr(error)
                # What the machine refuses (the disk is full, say) is no mistake of ours: where it was met says nothing.
                if isinstance(error, WikiError | OSError | sqlite3.OperationalError):
                    log.error("background work waits (%s): `movement-wiki doctor` says what is wrong", error)
                else:
                    log.exception("background work failed, and is tried again")
            return False
        if self._trouble:
            self._trouble = ""
            log.warning("background work goes on")
        return True

    def look(self) -> None:
        """Do what there is to do now."""
        now = self._clock()
        if now >= self._files_due or self._wiki.writer.is_guarding:
            # What another git kept the files from (it held the index), or took away, is made good as soon as it has let go.
            self._files_due = now + FILES_SECONDS
            # Those who save come first; what keeps them from it, they are told.
            with suppress(Unavailable):
                self._wiki.writer.put_right()
        self._follow()
        crowded = False
        if now >= self._look_due:
            self._look_due = now + LOOK_SECONDS
            allocator.give_back()
            crowded = is_crowded(self._wiki.repository)
            if self._wiki.door.is_superseded():
                self._make_way()
        if now >= self._upkeep_due or crowded:
            self._upkeep_due = now + UPKEEP_SECONDS
            self._upkeep()
        if now >= self._forget_due:
            self._forget_due = now + UPKEEP_SECONDS
            self._forget()

    def stop(self) -> None:
        """End after what is being done."""
        self._stopped.set()

    def _follow(self) -> None:
        wiki = self._wiki
        if wiki.is_current():
            return
        if wiki.is_superseded():
            self._make_way()
            return
        head = wiki.repository.head()
        stand = wiki.search.commit()
        try:
            few = stand is not None and wiki.repository.differs_little(stand, head, AT_ONCE)
        except WikiError:
            few = False
        if few and wiki.catalog.revision() and wiki.catalog.is_whole():
            # Where another process is at it just now, it does this work too.
            wiki.catch_up(renew=False, wait=0.0)
            return
        self._reindex()

    def _make_way(self) -> None:
        """Have the server taken over by the newer version, once, where it is one of this installation."""
        if self._superseded:
            return
        self._superseded = True
        if self._reload is not None and succession.is_upgraded():
            log.warning("%s", succession.RELOADS)
            self._reload()
        else:
            log.error("%s", succession.WORDS)

    def _reindex(self) -> None:
        """Bring everything to HEAD in a process of its own: what takes long takes much memory too, and gives it back."""
        command = [sys.executable, "-m", "wiki.cli", "--home", str(self._wiki.config.home), "reindex"]
        with (
            # One process of all that serve this wiki does it.
            suppress(Timeout),
            FileLock(self._wiki.config.index_dir / "reindex.lock", timeout=0),
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process,
            suppress(OSError),
        ):
            # Readers come first. They have the index as it was, or titles and facts.
            os.setpriority(os.PRIO_PROCESS, process.pid, BACKGROUND_PRIORITY)

    def _upkeep(self) -> None:
        try:
            maintain(self._wiki.repository)
        except (WikiError, OSError) as error:
            # A history that has lost something can't be packed, nor where a folder lies in a file's place; the rest of the
            # upkeep goes on.
            log.error("upkeep of git failed: %s", error)
        self._wiki.rendering.trim()
        if self._wiki.search.worn() and not self._wiki.is_superseded():
            self._reindex()

    def _forget(self) -> None:
        """Delete what accounts keep no longer than needed, by a process of its own where this one has not loaded them."""
        if self._wiki.door.is_open:
            self._wiki.accounts.forget()
            return
        command = [sys.executable, "-m", "wiki.accounts.forgetting", str(self._wiki.config.home)]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False)


@contextmanager
def held() -> Iterator[None]:
    """Start nothing for the time of a with block: in a process that is going to be forked, a thread would stay behind."""
    _held.append(True)
    try:
        yield
    finally:
        _held.pop()


def start(wiki: Wiki, reload: Callable[[], None] | None = None) -> None:
    """Start the background work of a wiki in this process, once. `reload` has the server begin anew with the code there is."""
    if os.getpid() in _started or _held:
        return
    with _lock:
        if os.getpid() not in _started:
            _started.clear()
            follower = Follower(wiki, reload=reload)
            _started[os.getpid()] = follower
            follower.start()
