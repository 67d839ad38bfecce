"""What keeps the processes of a server, by itself."""

from __future__ import annotations

import io
import multiprocessing
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wiki.cli import keeper, worker


def test_a_worker_that_died_before_it_had_a_keeper_is_not_waited_for() -> None:
    """Such a one was waited for by what the process was then."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    charge = str(keeper.Charge(0, {gone.pid}, 0, set()))
    kept = subprocess.Popen([sys.executable, "-I", "-S", keeper.__file__, charge, sys.executable])
    try:
        while not catches(kept.pid, signal.SIGTERM):
            assert kept.poll() is None
            time.sleep(0.01)
        kept.terminate()
        assert kept.wait(60) == 0
    finally:
        kept.kill()


def test_processes_that_die_again_and_again_are_counted_from_keeper_to_keeper_and_told_less_and_less(
    capfd: pytest.CaptureFixture[str],
) -> None:
    charge = keeper.Charge.read("3:5,6:2:")
    for _ in range(9):
        keeper.Keeper(charge, [])._count(-signal.SIGSEGV)
        charge = keeper.Charge.read(str(charge))
    keeper.Keeper(charge, [])._count(0)
    assert (charge.workers, charge.recent_deaths()) == ({5, 6}, 9)
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 4 and "signal 11" in told[0] and "8 have died" in told[-1] and "memory" not in told[0]
    charge.died -= keeper.QUIET_SECONDS
    keeper.Keeper(charge, [])._count(1)
    assert charge.deaths == 1 and "status 1" in capfd.readouterr().err


def test_a_keeper_whose_log_takes_nothing_keeps_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(full, write_through=True))
        keeper.Keeper(keeper.Charge(3, set(), 2, set()), [])._count(-signal.SIGKILL)


def catches(pid: int, number: int) -> bool:
    """Whether a process is ready to wait for a signal."""
    mask = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)


def test_a_server_process_whose_keeper_is_gone_ends_even_where_it_heeds_no_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stubborn() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        worker._end_with(parent=0)

    monkeypatch.setattr(worker, "ORPHAN_SECONDS", 0.1)
    process = multiprocessing.get_context("fork").Process(target=stubborn)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
