"""How a request gets from granian to the application: what is finished is sent at once, all else is worked on by threads.

Granian hands each request to one of its threads for Python. With many of them at work, those that wake up together wait for
each other at the interpreter's lock, which costs more than a finished page does. So they send what `PageCache.at_once` has, and
give all else to threads of ours. What somebody sends can be read only while granian's own thread waits for it, however slow
the line: there are many of those threads, and some are always left for readers (`Senders`).

Granian has no word for that: what it calls for each request is taken from it (`_wsgi_call_wrap`, which makes a function of a
WSGI application) and put back in its place. Where that is not there, granian's own threads do all of it.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Any, cast

from granian.server import mp

from wiki.accounts.addresses import address_key
from wiki.web.page_cache import PageCache

# Granian makes a thread when none is free and ends it when it was idle for half a minute.
GRANIAN_THREADS = 128
THREADS = 8
MAX_SENDERS = GRANIAN_THREADS - 2 * THREADS
MAX_SENDERS_OF_ONE = 64
# A form has come in before it is worked on; what is larger (a file, a push) is read by whoever works on it.
MAX_FORM_BYTES = 512 * 1024
_MAKER = "_wsgi_call_wrap"
_BUSY_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Retry-After", "5"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]
_BUSY = b"Too much is being sent to the wiki at once. Go back, wait a few seconds and send it again: nothing is lost.\n"
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
    pool = ThreadPoolExecutor(THREADS, "answering")
    senders = Senders(one=MAX_SENDERS if cache.forwarded else MAX_SENDERS_OF_ONE)

    def worked(protocol: Any, scope: dict[str, Any]) -> None:
        try:
            work(protocol, scope)
        except Exception:
            # Granian answers 500 when nobody holds the handle any more.
            log.exception("a request failed")

    def received(protocol: Any, scope: dict[str, Any]) -> None:
        size = scope.get("CONTENT_LENGTH", "")
        if not size.isdecimal() or int(size) > MAX_FORM_BYTES:
            work(protocol, scope)
        else:
            scope["wsgi.input"] = BytesIO(scope["wsgi.input"].read())
            pool.submit(worked, protocol, scope)

    def answer(protocol: Any, scope: dict[str, Any]) -> None:
        sent = cache.at_once(scope)
        if sent is not None:
            status, headers, body = sent
            protocol.response_bytes(int(status[:3]), headers, body)
        elif scope.get("REQUEST_METHOD", "GET") in ("GET", "HEAD"):
            pool.submit(worked, protocol, scope)
        else:
            with senders.one_more(address_key(scope.get("REMOTE_ADDR", ""))) as is_admitted:
                if is_admitted:
                    received(protocol, scope)
                else:
                    protocol.response_bytes(503, _BUSY_HEADERS, _BUSY)

    return answer


class Senders:
    """Those whose request is coming in, each of which holds a thread of granian: `limit` of them, `one` from an address.

    Whoever sends a byte a minute over a hundred connections so keeps neither readers nor, from one address, anybody else
    from the wiki. Behind a proxy all have its address; it takes requests in before it passes them on.
    """

    def __init__(self, one: int, limit: int = MAX_SENDERS) -> None:
        self._one = one
        self._limit = limit
        self._lock = threading.Lock()
        self._addresses: Counter[str] = Counter()

    @contextmanager
    def one_more(self, address: str) -> Iterator[bool]:
        """Whether one more may send from this address, who counts until the end of the block."""
        with self._lock:
            is_admitted = self._addresses[address] < self._one and self._addresses.total() < self._limit
            self._addresses[address] += is_admitted
        try:
            yield is_admitted
        finally:
            with self._lock:
                self._addresses[address] -= is_admitted
                if not self._addresses[address]:
                    del self._addresses[address]
