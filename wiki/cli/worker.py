"""What each server process of `movement-wiki serve` does: serve the application, for as long as the command lives."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from socket import socket
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder
from granian.server.mp import MPServer

from wiki import allocator
from wiki.cli import answering, keeper
from wiki.storage.command import remove_folders

# Open connections of one process, and how long one may say nothing: thousands of silent ones keep nobody out for long.
MAX_CONNECTIONS = 4096
SILENT_SECONDS = 30
LOOK_SECONDS = 0.5
# How long a process without a keeper may still take for what it is at; somebody may send it a byte a minute.
ORPHAN_SECONDS = 5.0


class Workers(MPServer):
    """Granian's server processes for `app`, on a socket that is bound already.

    Each calls `begin` first. When they run, `started` gets their ids, and has this process from there on; it never comes
    back here.
    """

    def __init__(
        self,
        app: Any,
        listening: socket,
        count: int,
        begin: Callable[[], None],
        started: Callable[[set[int]], None],
    ) -> None:
        super().__init__(
            "wiki",
            interface=Interfaces.WSGI,
            # What proxies speak to it; HTTP/2 in clear text would only be another way in.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=SILENT_SECONDS * 1000),
            backlog=MAX_CONNECTIONS,
            backpressure=MAX_CONNECTIONS,
            workers=count,
            blocking_threads=answering.GRANIAN_THREADS,
            websockets=False,
            # Readers leave no trace.
            log_access=False,
            log_level=LogLevels.error,
        )
        self._app = app
        self._listening = listening
        self._begin = begin
        self._started = started
        self._parent = os.getpid()

    def start(self) -> None:
        """Start them. Each begins with all that this process has loaded."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self._listening.listen(MAX_CONNECTIONS)
        self.serve(target_loader=self._load, wrap_loader=False)

    def _load(self) -> Any:
        """In a new process: what it serves."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(keeper.NO_MORE, self._take_no_more)
        for number in (signal.SIGTERM, signal.SIGINT):
            # Until granian has its own way to end: what it has set in the parent would do nothing here.
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        allocator.spare()
        answering.install()
        Finalize(None, remove_folders, exitpriority=1)
        threading.Thread(target=_end_with, args=(self._parent,), name="parent", daemon=True).start()
        self._begin()
        return self._app

    def _take_no_more(self, *_: object) -> None:
        """Leave the connections that come from now on to those who listen on the same socket."""
        # Granian has no word for it. It goes on asking, but of a socket that nobody knows.
        with socket() as unknown:
            unknown.setblocking(False)
            unknown.bind(("127.0.0.1", 0))
            unknown.listen()
            os.dup2(unknown.fileno(), self._listening.fileno())

    def _init_shared_socket(self) -> None:
        self._ssp = self._sso = None
        self._shd = SocketHolder(self._listening.fileno(), False, MAX_CONNECTIONS)  # type: ignore[call-arg, assignment]

    def _serve_loop(self, *_: object) -> None:
        self._started({worker._id() for worker in self.wrks})


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: it would go on alone, hold the port, and nobody could start it again."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
