"""How a request gets from granian to the application: what is finished is sent at once, all else is worked on by threads.

Granian hands each request to one of its threads for Python. With many of them, those that wake up together wait for
each other at the interpreter's lock, which costs more than a finished page does. So they send what `PageCache.at_once` has, and
give what else is only looked at to threads of ours. What somebody sends can be read only while granian's own thread waits,
so a change is worked on there; there are several of them, so that nobody waits for somebody else's save or slow line.

Granian has no word for that: what it calls for each request is taken from it (`_wsgi_call_wrap`, which makes a function of a
WSGI application) and put back in its place. Where that is not there, granian's own threads do all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from granian.server import mp

from wiki.web.page_cache import PageCache

THREADS = 8
_MAKER = "_wsgi_call_wrap"
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
    at_once = cast(PageCache, app.wsgi_app).at_once
    pool = ThreadPoolExecutor(THREADS, "answering")

    def worked(protocol: Any, scope: dict[str, Any]) -> None:
        try:
            work(protocol, scope)
        except Exception:
            # Granian answers 500 when nobody holds the handle any more.
            log.exception("a request failed")

    def answer(protocol: Any, scope: dict[str, Any]) -> None:
        sent = at_once(scope)
        if sent is None and scope.get("REQUEST_METHOD", "GET") not in ("GET", "HEAD"):
            work(protocol, scope)
        elif sent is None:
            pool.submit(worked, protocol, scope)
        else:
            status, headers, body = sent
            protocol.response_bytes(int(status[:3]), headers, body)

    return answer
