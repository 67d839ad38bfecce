"""What keeps the processes of a server, by itself."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from wiki.cli import keeper


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


def catches(pid: int, number: int) -> bool:
    """Whether a process is ready to wait for a signal."""
    mask = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)
