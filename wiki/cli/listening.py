"""Where the server of a wiki is reached: noted while it runs, so that other commands print links that lead there."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

FILE_NAME = "serving.lock"


def note(instance_dir: Path, address: str) -> None:
    """Note `address` for as long as this process is there, whatever it becomes by `exec`.

    What tells that it is there is a lock, which ends with it. Of two servers of one wiki the first is noted.
    """
    # Links lead to the port of the settings then.
    with suppress(OSError):
        noted = os.open(instance_dir / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(noted, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(noted)
            raise
        os.set_inheritable(noted, True)
        os.truncate(noted, 0)
        os.write(noted, address.encode())


def address(instance_dir: Path) -> str:
    """What the server that is running has noted; "" where none is."""
    with suppress(OSError), (instance_dir / FILE_NAME).open(encoding="utf-8") as noted:
        try:
            fcntl.flock(noted, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return noted.read()
    return ""
