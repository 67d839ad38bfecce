"""Two versions of the engine at one wiki: a server runs on while the code under it is upgraded, or another is started."""

from __future__ import annotations

import time
from pathlib import Path

WORDS = "Another version of the wiki's engine has been at work since this server was started: restart the server."
RELOADS = "The wiki's engine was upgraded, and what it derives was made anew: the server reloads."
_BEGAN = time.time()


def is_upgraded() -> bool:
    """Whether files of the engine itself were put in place since this process began (installing keeps the times of changes,
    so what is looked at is when the file system last touched them)."""
    return any(file.stat().st_ctime > _BEGAN for file in Path(__file__).parent.rglob("*.py"))


class Succession:
    """Whether what is derived from the pages was made anew by another version while this process was running.

    What another version had left there before, this one makes anew; what came into its place later is not to be touched,
    or the two would go on replacing each other's.
    """

    def __init__(self, own: object) -> None:
        self._own = own
        self._replaceable: object = self
        self.is_over = False

    def meet(self, found: object) -> None:
        """Note what was made by which version lies there now; None for nothing."""
        if self._replaceable is self or found == self._own:
            self._replaceable = found
        self.is_over = found not in (None, self._own, self._replaceable)
