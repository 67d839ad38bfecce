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
# Tells a server process to take in nothing more, and how long what it has taken in may take to be read: a connection on
# which nothing has been read is closed unanswered when its process ends. A process that doesn't know the signal ignores it.
NO_MORE = signal.SIGURG
LAST_SECONDS = 0.5
SIGNALS = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM))


class Charge:
    """What is kept: the descriptor of the socket, the processes that answer on it, how many there should be, and the
    `former` ones, which are to end."""

    def __init__(self, socket: int, workers: set[int], wanted: int, former: set[int]) -> None:
        self.socket = socket
        self.workers = workers
        self.wanted = wanted
        self.former = former

    def __str__(self) -> str:
        return ":".join((str(self.socket), _listed(self.workers), str(self.wanted), _listed(self.former)))

    @classmethod
    def read(cls, text: str) -> Charge:
        """The reverse of str()."""
        socket, workers, wanted, former = text.split(":")
        return cls(int(socket), _numbers(workers), int(wanted), _numbers(former))


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
    sys.stdout.flush()
    sys.stderr.flush()
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
            print(f"No new server processes can be made: {error}", file=sys.stderr, flush=True)
            self._renew_at = time.monotonic() + RENEW_SECONDS

    def _reap(self) -> None:
        for pids in (self._charge.workers, self._charge.former):
            pids -= {pid for pid in pids if _has_ended(pid)}
        # What else this process has started, which nobody else waits for.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass

    def _end(self) -> None:
        """Let all finish what they are at, for as long as that may take."""
        _tell(self._charge.workers, signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
        while self._charge.workers or self._charge.former:
            if signal.sigwait({signal.SIGCHLD, signal.SIGALRM}) == signal.SIGALRM:
                _tell(self._charge.workers | self._charge.former, signal.SIGKILL)
            self._reap()


def _tell(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _has_ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:
        # It died before this process was the keeper, and was waited for by what that was then.
        return True


def _listed(numbers: set[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _numbers(text: str) -> set[int]:
    return {int(number) for number in text.split(",") if number}


if __name__ == "__main__":
    Keeper(Charge.read(sys.argv[1]), sys.argv[2:]).keep()
