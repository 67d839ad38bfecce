"""The whole wiki in one file that lies ready to be taken along."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from wiki.errors import Unavailable
from wiki.storage.age import age

log = logging.getLogger(__name__)
# A wiki in which people work all day is not packed anew for everybody who asks.
GOOD_FOR = 3600.0
LONGEST = 1800.0


class Ready:
    """Makes the file when somebody asks for it and there is none, or one of a former commit that is older than
    GOOD_FOR seconds.

    A process of its own makes it (`movement-wiki export zip`), one for all processes of a server.
    """

    def __init__(self, home: Path, folder: Path) -> None:
        self._home, self._folder = home, folder
        self._making: threading.Thread | None = None
        self._lock = threading.Lock()

    def file(self, revision: str, wait: float) -> Path | None:
        """The file, named after its commit; None where it isn't made after `wait` seconds. Raises Unavailable where the
        disk refuses it."""
        found = self._good(revision)
        if found is None:
            with self._lock:
                if self._making is None or not self._making.is_alive():
                    self._making = threading.Thread(target=self._make, args=(revision,), name="packing", daemon=True)
                    self._making.start()
                making = self._making
            making.join(wait)
            found = self._good(revision)
            if found is None and not making.is_alive():
                raise Unavailable("export.failed")
        return found

    def _good(self, revision: str) -> Path | None:
        with suppress(OSError):
            for file in self._folder.glob("*.zip"):
                written = age(file)
                if written is not None and (file.stem == revision or written < GOOD_FOR):
                    return file
        return None

    def _make(self, revision: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / "lock"):
                if self._good(revision) is not None:
                    return
                part = self._folder / "being-made"
                part.unlink(missing_ok=True)
                command = [sys.executable, "-m", "wiki.cli", "--home", str(self._home), "export", "zip", str(part)]
                subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=LONGEST)
                for former in self._folder.glob("*.zip"):
                    former.unlink()
                part.replace(self._folder / f"{revision}.zip")
        except (OSError, subprocess.SubprocessError) as error:
            # Whoever waits is told so; whoever asks next lets it be tried again.
            log.error("the copy of everything could not be made: %s", error)
