"""What reading has found damaged, remembered in a file: whoever is asked how the wiki is knows it, whichever process met it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from wiki.errors import Unavailable

MOST = 100
# In front of the id of an object; no path has it.
LOST = "\0"


class Damage:
    """Places in the tree of the repository with the git folder `git_dir` where something could not be read; `met` counts how
    often this object was told of one."""

    def __init__(self, git_dir: Path) -> None:
        self._file = git_dir / "movement-wiki.damage"
        self.met = 0

    def at(self, path: str) -> Unavailable:
        """Remember that the folder or file at `path` (empty: the top) can't be read; the error to raise for it."""
        self.met += 1
        known = self.places()
        if path not in known and len(known) < MOST:
            # Where nothing may be written, it is found again.
            with suppress(OSError):
                if not self._file.is_file():
                    # A pipe of this name would take what is written to nobody.
                    self.forget()
                with self._file.open("a", encoding="ascii") as file:
                    file.write(f"{json.dumps(path)}\n")
        return Unavailable("storage.damaged", reason=f"{path or 'the top folder'} can't be read")

    def lost(self, id: str) -> None:
        """Remember that an object of earlier times is not there."""
        self.at(f"{LOST}{id}")

    def places(self) -> list[str]:
        """What was found damaged and not forgotten since; it may be whole again."""
        try:
            # Whoever opens a pipe waits for somebody at its other end.
            lines = self._file.read_text("ascii").splitlines() if self._file.is_file() else []
            return list(dict.fromkeys(str(json.loads(line)) for line in lines))
        except (OSError, ValueError):
            return []

    def forget(self) -> None:
        """Begin anew."""
        self._file.unlink(missing_ok=True)
