"""PostgreSQL that says nothing any more: stopped, on a disk that hangs, behind a line that was cut. One asks, and waits a while; all
others are told at once.

A time limit of the server's (statement_timeout) is kept by the server, which is who doesn't answer; those of TCP know nothing of a
process that sleeps on a machine that is awake.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from typing import Any

from sqlalchemy import Engine, event

SILENT = "the database server does not answer"


class Patience:
    """How long the connections of one engine wait for an answer: `seconds`; then nobody asks for the next `pause` seconds."""

    def __init__(self, seconds: float, pause: float) -> None:
        self.seconds = seconds
        self.pause = pause
        self._silent_until: float | None = None
        self._asking: int | None = None

    def bound(self, engine: Engine) -> None:
        """Have all connections that the engine opens wait no longer."""
        import psycopg

        patience = self

        class Connection(psycopg.Connection[Any]):
            def wait(self, gen: Any, *options: Any, **more: Any) -> Any:
                try:
                    found = super().wait(patience._bounded(gen), *options, **more)
                except TimeoutError:
                    # In the middle of something, it is of no more use.
                    self.close()
                    raise psycopg.OperationalError(patience._lost())
                patience._silent_until = None
                return found

        def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
            if self._silent_until is not None and self._asking != threading.get_ident():
                raise psycopg.OperationalError(SILENT)
            try:
                return Connection.connect(*arguments, **options)
            except psycopg.errors.ConnectionTimeout:
                raise psycopg.OperationalError(self._lost())

        event.listen(engine, "do_connect", connect)

    def is_over(self) -> bool:
        """Whether it is known that there is no answer. Once in a while it isn't, for whoever is to find out."""
        if self._silent_until is None:
            return False
        now = time.monotonic()
        if now < self._silent_until:
            return True
        self._asking = threading.get_ident()
        self._silent_until = now + self.seconds + self.pause
        return False

    def _lost(self) -> str:
        self._asking = None
        self._silent_until = time.monotonic() + self.pause
        return SILENT

    def _bounded(self, asked: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """What psycopg waits for, which it resumes many times a second: with something to read, or with nothing."""
        until = time.monotonic() + self.seconds
        try:
            wanted = next(asked)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    raise TimeoutError
                wanted = asked.send(ready)
        except StopIteration as end:
            return end.value
