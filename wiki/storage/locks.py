"""Whether files can be locked: some network file systems never let us, others not while a service of theirs is down."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

_NONE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def lock_trouble(file: Path) -> str | None:
    """Why this file and those beside it can't be locked, in the system's words; None where they can, or nothing is there.

    Both ways are tried: the one by which writers wait for one another, and SQLite's. Nobody else may lock this file.
    """
    try:
        with file.open("rb") as stream:
            for lock in (fcntl.flock, fcntl.lockf):
                lock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.strerror if error.errno in _NONE else None
    return None
