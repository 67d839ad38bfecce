"""How old what somebody left behind is: a lock, a mark, half a folder."""

from __future__ import annotations

import time
from pathlib import Path


def age(path: Path) -> float | None:
    """Seconds since something was written, whichever way the clock was set since: what is of the future is old. None where
    nothing is there to be looked at."""
    try:
        return abs(time.time() - path.lstat().st_mtime)
    except OSError:
        return None
