"""How a request gets from granian to the application: what is finished is sent at once, all else is worked on by threads.

Granian hands each request to one of its threads for Python. With many of them at work, those that wake up together wait for
each other at the interpreter's lock, which costs more than a finished page does. So they send what `PageCache.at_once` has, and
give all else to threads of ours (`wiki.cli.lines`); and one of them at a time waits for the next request (`Turns`). What somebody sends can be
read only while granian's own thread waits for it, however slow the line: there are many of those threads, and some are
always left for readers: whoever sends a byte a minute over a hundred connections keeps neither them nor, from one address,
anybody else from the wiki. What is large goes out in threads of its own (`wiki.cli.large`).

Granian has no word for that: what it calls for each request is taken from it (`_wsgi_call_wrap`, which makes a function of a
WSGI application) and put back in its place. Where that is not there, granian's own threads do all of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from queue import Empty, SimpleQueue
from typing import Any, cast

from granian.server import mp

from wiki.accounts.addresses import address_key
from wiki.cli.admission import Admission, turn_away
from wiki.cli.large import LARGE, MAX_AT_ONCE, MAX_OF_ONE, Large
from wiki.cli.lines import Lines
from wiki.web.page_cache import PageCache

# Granian makes a thread when none is free and ends it when it was idle for half a minute.
GRANIAN_THREADS = 128
THREADS = 8
# So many of them work for one address, which may have four clones under way, and so many of its requests wait for that.
THREADS_OF_ONE = 5
MAX_WAITING_OF_ONE = 1_000
MAX_SENDERS = GRANIAN_THREADS - 2 * THREADS
MAX_SENDERS_OF_ONE = 64
# A form has come in before it is worked on; what is larger (a file, a push) is read by whoever works on it.
MAX_FORM_BYTES = 512 * 1024
# A thread rests no longer than this; and who is on turn has to be seen so often.
REST_SECONDS = 10.0
TURN_SECONDS = 5.0
# Granian makes another thread for each that rests, which takes memory.
MAX_RESTING = 32
_MAKER = "_wsgi_call_wrap"
_BUSY = b"Too much is being sent to the wiki at once. Go back, wait a few seconds and send it again: nothing is lost.\n"
_TOO_MANY = b"Too much was asked of the wiki at once from your network. Wait a few seconds and try again.\n"
log = logging.getLogger(__name__)
# Answers one request: granian's handle for its answer, and the environment.
_Answerer = Callable[[Any, dict[str, Any]], Any]


def install() -> None:
    """Answer the requests of this process in this way, once granian starts to serve."""
    make = getattr(mp, _MAKER, None)
    if make is not None:
        setattr(mp, _MAKER, lambda app, *options: answerer(app, make(app, *options)))


def answerer(app: Any, work: _Answerer) -> _Answerer:
    """What answers a request to `app`: the page cache in front of it, or else `work` in a thread."""
    cache = cast(PageCache, app.wsgi_app)
    lines = Lines(THREADS, THREADS_OF_ONE, MAX_WAITING_OF_ONE)
    senders = Admission(MAX_SENDERS if cache.forwarded else MAX_SENDERS_OF_ONE, MAX_SENDERS)
    turns = Turns()
    large = Large(one=MAX_AT_ONCE if cache.forwarded else MAX_OF_ONE)

    def worked(protocol: Any, scope: dict[str, Any]) -> None:
        thread = threading.get_ident()
        turns.at_work.add(thread)
        try:
            work(protocol, scope)
        except Exception:
            # Granian answers 500 when nobody holds the handle any more.
            log.exception("a request failed")
        finally:
            turns.at_work.discard(thread)

    def work_on(protocol: Any, scope: dict[str, Any], address: str) -> None:
        if not lines.submit(_asker(scope, cache.forwarded) or address, partial(worked, protocol, scope)):
            turn_away(protocol, _TOO_MANY, seconds=5)

    def received(protocol: Any, scope: dict[str, Any], address: str) -> None:
        size = scope.get("CONTENT_LENGTH", "")
        if not size.isdecimal() or int(size) > MAX_FORM_BYTES:
            work(protocol, scope)
        else:
            scope["wsgi.input"] = BytesIO(scope["wsgi.input"].read())
            work_on(protocol, scope, address)

    def answer(granians: Any, scope: dict[str, Any]) -> None:
        sent = cache.at_once(scope)
        if sent is not None and len(sent[2]) <= LARGE:
            status, headers, body = sent
            granians.response_bytes(int(status[:3]), headers, body)
            turns.wait()
            return
        address = address_key(scope.get("REMOTE_ADDR", ""))
        protocol = large.handle(granians, address)
        turns.leave()
        if sent is not None:
            status, headers, body = sent
            protocol.response_bytes(int(status[:3]), headers, body)
        elif scope.get("REQUEST_METHOD", "GET") in ("GET", "HEAD"):
            work_on(protocol, scope, address)
        elif senders.enter(address):
            try:
                received(protocol, scope, address)
            finally:
                senders.leave(address)
        else:
            turn_away(protocol, _BUSY, seconds=5)

    return answer


def _asker(scope: dict[str, Any], proxies: int) -> str:
    """Whose request so many proxies say that they hand on; empty where nobody stands between, or they don't say it."""
    said = scope.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return address_key(said[-proxies].strip()) if 0 < proxies <= len(said) else ""


class Turns:
    """Which of granian's threads wait for requests: one, as long as there is nothing to do but to send pages.

    Those that wait side by side are woken side by side, and wait for each other again. So whoever has sent a page and isn't
    on turn rests until the one that is leaves, with something else. While others are at work several wait: one that had to
    get the interpreter's lock back from all of them, for page after page, would be slow. Granian ends threads that have
    nothing to do, and says nothing: a thread that has sent no page for TURN_SECONDS loses its turn to the next that has.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, rest_seconds: float = REST_SECONDS) -> None:
        self._clock = clock
        self._rest_seconds = rest_seconds
        # The threads of ours that are at work.
        self.at_work: set[int] = set()
        self._resting: set[int] = set()
        # Holds one thing when the turn is to be had.
        self._free: SimpleQueue[None] = SimpleQueue()
        self._thread = 0
        self._until = clock()

    def wait(self) -> None:
        """Rest until this thread is to wait for the next request; called when it has sent a page."""
        thread = threading.get_ident()
        if thread != self._thread and self._clock() < self._until:
            if self.at_work or len(self._resting) >= MAX_RESTING:
                return
            self._resting.add(thread)
            try:
                self._free.get(timeout=self._rest_seconds)
            except Empty:
                return
            finally:
                self._resting.discard(thread)
        self._thread = thread
        self._until = self._clock() + TURN_SECONDS

    def leave(self) -> None:
        """Let another wait for requests: this thread has something else."""
        if self._thread == threading.get_ident():
            self._thread = 0
            self._free.put(None)
