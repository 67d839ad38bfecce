"""What each server process of `movement-wiki serve` runs: the application, for as long as the command lives.

Should the command be killed, its processes would go on alone, hold the port, and nobody could start it again.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing.util import Finalize

from wiki.cli import answering
from wiki.storage.command import remove_folders
from wiki.web.wsgi import app

__all__ = ["app"]
LOOK_SECONDS = 0.5


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


answering.install()
Finalize(None, remove_folders, exitpriority=1)
threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()
