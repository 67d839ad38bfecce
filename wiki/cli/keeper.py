"""What becomes of `movement-wiki serve` when its server processes run: their keeper (by `exec`: same process, same children).

It holds no application, so it takes next to no memory. It ends its children when it is told to, and becomes the command
again when one of them has died, or to reload (SIGHUP). The command makes new ones, of the code and the settings there are
by then and on the same socket, and hands them to a new keeper together with the former ones, which finish what they are at:
nobody who asks meanwhile is turned away.

Run as a file and without site-packages, it can import the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

VARIABLE = "WIKI_HANDED_OVER"
STOP_SECONDS = 30.0
# What dies at its birth is born no more often than this.
RENEW_SECONDS = 5.0
# Deaths with less than this between them are counted together, and told at the first, the second, the fourth, the eighth …
QUIET_SECONDS = 600.0
# Tells a server process to take in nothing more, and how long what it has taken in may take to be read: a connection on
# which nothing has been read is closed unanswered when its process ends. A process that doesn't know the signal ignores it.
NO_MORE = signal.SIGURG
LAST_SECONDS = 0.5
SIGNALS = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM))


class Charge:
    """What is kept: the descriptor of the socket, the processes that answer on it, how many there should be, the `former`
    ones, which are to end, and how many have died unasked, the last at `died` (as time.monotonic() tells it)."""

    def __init__(
        self, socket: int, workers: set[int], wanted: int, former: set[int], deaths: int = 0, died: float = 0
    ) -> None:
        self.socket = socket
        self.workers = workers
        self.wanted = wanted
        self.former = former
        self.deaths = deaths
        self.died = died

    def __str__(self) -> str:
        lists = _listed(self.workers), _listed(self.former)
        return f"{self.socket}:{lists[0]}:{self.wanted}:{lists[1]}:{self.deaths}:{self.died}"

    @classmethod
    def read(cls, text: str) -> Charge:
        """The reverse of str()."""
        # A keeper of earlier code has counted no deaths.
        socket, workers, wanted, former, deaths, died = f"{text}:0:0".split(":")[:6]
        return cls(int(socket), _numbers(workers), int(wanted), _numbers(former), int(deaths), float(died))

    def recent_deaths(self) -> int:
        """How many have died unasked, with no quiet time between them or since."""
        return self.deaths if time.monotonic() < self.died + QUIET_SECONDS else 0


def received() -> Charge | None:
    """What the keeper was in charge of who became this process; None at a first start.

    Another reload waits until there is a keeper again; every other signal ends this process now, and its children with it.
    """
    text = os.environ.pop(VARIABLE, "")
    if not text:
        return None
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD))
    charge = Charge.read(text)
    os.set_inheritable(charge.socket, False)
    return charge


def become(charge: Charge) -> None:
    """Make this process the keeper. Call it with SIGNALS blocked, so that none is lost on the way."""
    os.set_inheritable(charge.socket, True)
    program = [sys.executable, "-I", "-S", __file__, str(charge)]
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os.execv(program[0], [*program, sys.executable, *sys.orig_argv[1:]])  # noqa: S606


class Keeper:
    """Keeps its charge; `command` is what makes new workers."""

    def __init__(self, charge: Charge, command: list[str]) -> None:
        self._charge = charge
        self._command = command
        self._began = time.monotonic()
        self._renew_at: float | None = None

    def keep(self) -> None:
        """Wait for signals until told to end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for number in SIGNALS:
            # What has no handler may be thrown away before it is waited for.
            signal.signal(number, lambda *_: None)
        if self._charge.former:
            _tell(self._charge.former, NO_MORE)
            time.sleep(LAST_SECONDS)
            _tell(self._charge.former, signal.SIGTERM)
        while True:
            self._look_after()
            told = signal.sigwait(SIGNALS)
            if told in (signal.SIGTERM, signal.SIGINT):
                break
            if told == signal.SIGHUP:
                self._renew()
        self._end()

    def _look_after(self) -> None:
        """Do what is due, and have the alarm go off when something will be."""
        self._reap()
        charge, now = self._charge, time.monotonic()
        if self._renew_at is None and len(charge.workers) < charge.wanted:
            self._renew_at = max(now, self._began + RENEW_SECONDS)
        if self._renew_at is not None and now >= self._renew_at:
            self._renew()
        if charge.former and now >= self._began + STOP_SECONDS:
            _tell(charge.former, signal.SIGKILL)
        due = [moment for moment in (self._renew_at, self._began + STOP_SECONDS) if moment is not None and moment > now]
        signal.setitimer(signal.ITIMER_REAL, min(due) - now if due else 0)

    def _renew(self) -> None:
        """Become the command again. Where that can't be, go on with what there is."""
        self._reap()
        signal.setitimer(signal.ITIMER_REAL, 0)
        environment = {**os.environ, VARIABLE: str(self._charge)}
        try:
            os.execve(self._command[0], self._command, environment)  # noqa: S606
        except OSError as error:
            _say(f"No new server processes can be made: {error}")
            self._renew_at = time.monotonic() + RENEW_SECONDS

    def _reap(self) -> None:
        self._charge.former -= {pid for pid in self._charge.former if _ended(pid) is not None}
        for pid in list(self._charge.workers):
            how = _ended(pid)
            if how is not None:
                self._charge.workers.discard(pid)
                self._count(how)
        # What else this process has started, which nobody else waits for.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass

    def _count(self, how: int) -> None:
        """Tell of one that has ended without having been told to, unless it is one of many."""
        charge = self._charge
        if how == 0:
            # Somebody told it.
            return
        charge.deaths, charge.died = charge.recent_deaths() + 1, time.monotonic()
        if charge.deaths.bit_count() == 1:
            cause = f"{signal.strsignal(-how)}, signal {-how}" if how < 0 else f"status {how}"
            told = f"A server process has died ({cause}). Another takes its place."
            if how == -signal.SIGKILL:
                told += " If nobody killed it, the machine had no memory left: `journalctl -k` tells."
            if charge.deaths > 1:
                told += f" {charge.deaths} have died by now, with less than ten minutes between them."
            _say(told)

    def _end(self) -> None:
        """Let all finish what they are at, for as long as that may take."""
        former = self._charge.former
        _tell(self._charge.workers, signal.SIGTERM)
        former |= self._charge.workers
        self._charge.workers.clear()
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
        while former:
            if signal.sigwait({signal.SIGCHLD, signal.SIGALRM}) == signal.SIGALRM:
                _tell(former, signal.SIGKILL)
            self._reap()


def _tell(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _say(what: str) -> None:
    # Where the log has no room, or nobody reads it any more, the wiki goes on.
    with contextlib.suppress(OSError):
        print(what, file=sys.stderr, flush=True)


def _ended(child: int) -> int | None:
    """How it has ended: its status, or minus the signal that killed it; None while it lives."""
    try:
        pid, status = os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        # It died before this process was the keeper, and was waited for by what that was then.
        return 0
    return os.waitstatus_to_exitcode(status) if pid == child else None


def _listed(numbers: set[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _numbers(text: str) -> set[int]:
    return {int(number) for number in text.split(",") if number}


if __name__ == "__main__":
    Keeper(Charge.read(sys.argv[1]), sys.argv[2:]).keep()
