"""Between two commits, what a stranger reads is constant: finished answers, kept in front of Flask.

The answers asked for most are in the memory of each process; all of them are on a shelf that the processes share.

The key is the commit, the day (ages are shown), scheme and host, and the address; nothing a person could differ by is in
it, since requests with a session, credentials or a range never come here. An answer gets in only if the application
marks it with CACHEABLE, which it does when what the answer was made of stands at the commit. No time is spent in Flask
on what is in the cache, and a save empties it by being a new commit.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import brotli

from wiki.errors import WikiError
from wiki.web.shelf import Finished, Shelf

CACHEABLE = "X-Wiki-Cacheable"
SESSION_COOKIE = "wiki_session"
MIN_COMPRESSED = 600
MAX_ACCEPTED = 300
_DAY = 86_400
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/atom+xml",
    "application/xml",
    "image/svg",
    "application/manifest",
)
_NEVER_SHELVED = ("/-/search", "/-/suggest")
_KEPT_STATUSES = ("200", "301", "404", "410")
_MARKS = {"": "", "br": "-br", "gzip": "-gz"}
_Headers = list[tuple[str, str]]
_Key = tuple[str, str, str, str]
_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Coded:
    """An answer in one content coding, as it is sent. A strong tag names the very bytes, so each coding has its own."""

    etag: str
    headers: _Headers
    body: bytes


@dataclass(slots=True)
class _Answer:
    """A finished answer, what is sent for it in the codings that were asked for, and whether it was asked for lately."""

    finished: Finished
    compressible: bool
    codings: dict[str, _Coded] = field(default_factory=dict)
    used: bool = False
    kept: bool = False

    @property
    def size(self) -> int:
        """The memory it takes, in bytes."""
        return 2_000 + len(self.finished.body) + sum(len(coded.body) for name, coded in self.codings.items() if name)


@dataclass(slots=True)
class _Kept:
    """The answers of one stand, and the memory they take."""

    stand: str
    answers: OrderedDict[_Key, _Answer] = field(default_factory=OrderedDict)
    size: int = 0


class PageCache:
    """WSGI layer that answers strangers from memory and from `shelf`. `head` gives the current commit; `limit` is the
    memory for answers in this process, in bytes."""

    def __init__(self, app: Callable[..., Iterable[bytes]], head: Callable[[], str], limit: int, shelf: Shelf) -> None:
        self._app = app
        self._shelf = shelf
        self._head = head
        self._limit = limit
        self._kept = _Kept("")
        self._lock = threading.Lock()

    def __call__(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not _is_stranger(environ):
            return self._app(environ, start_response)
        try:
            stand = self._stand()
        except WikiError:
            return self._app(environ, start_response)
        kept = self._kept
        if kept.stand != stand:
            # Whoever holds the former ones still may go on; what is added to them is lost.
            kept = self._kept = _Kept(stand)
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        key = (environ["wsgi.url_scheme"], host, environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        answer = kept.answers.get(key)
        if answer is None:
            finished = self._shelf.get(stand, key) if not key[3] else None
            if finished is None:
                return self._ask(environ, start_response, key, kept)
            answer = _answer(finished)
            self._keep(kept, key, answer)
        answer.used = True
        return self._send(kept, answer, environ, start_response)

    def _stand(self) -> str:
        """What an answer must have been made at to be true now. Raises WikiError where there is no commit."""
        return f"{self._head()}{int(time.time()) // _DAY}"

    def _ask(self, environ: _Environ, start_response: _StartResponse, key: _Key, kept: _Kept) -> Iterable[bytes]:
        caught: list[Any] = []

        def catch(status: str, headers: _Headers, exc_info: Any = None) -> Callable[[bytes], None]:
            caught[:] = [status, headers]
            return lambda data: None

        # The application makes the whole answer even to HEAD, so that what is kept serves both.
        parts = self._app({**environ, "REQUEST_METHOD": "GET"}, catch)
        status, headers = caught
        if not any(name == CACHEABLE for name, _ in headers):
            start_response(status, headers)
            if environ["REQUEST_METHOD"] == "GET":
                return parts
            _close(parts)
            return []
        try:
            body = b"".join(parts)
        finally:
            _close(parts)
        given = next((value.strip('"') for name, value in headers if name.lower() == "etag"), "")
        sent = _without(headers, CACHEABLE, "Content-Length", "ETag", "Vary")
        sent.append(("Vary", "Cookie, Authorization, Accept-Encoding"))
        finished = Finished(status, sent, given or hashlib.sha256(body).hexdigest()[:32], body)
        answer = _answer(finished)
        if self._may_keep(finished, kept):
            self._keep(kept, key, answer)
            # Only what is asked for without words of the reader's own goes to the disk, so that no search is on record
            # and nobody fills the shelf with addresses that mean nothing.
            if status[:3] == "200" and not key[3] and not key[2].startswith(_NEVER_SHELVED):
                self._shelf.put(kept.stand, key, finished)
        return self._send(kept, answer, environ, start_response)

    def _send(self, kept: _Kept, answer: _Answer, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")[:MAX_ACCEPTED]) if answer.compressible else ""
        coded = answer.codings.get(coding)
        if coded is None:
            coded = self._code(kept, answer, coding)
        status = answer.finished.status
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known is not None and status[:3] == "200" and _is_known(coded.etag, known):
            start_response(
                "304 Not Modified", _without(coded.headers, "Content-Type", "Content-Length", "Content-Encoding")
            )
            return []
        # The server may change the list.
        start_response(status, [*coded.headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [coded.body]

    def _code(self, kept: _Kept, answer: _Answer, coding: str) -> _Coded:
        """An answer in a coding, made once."""
        coded = _coded(answer, coding)
        with self._lock:
            before = answer.size
            answer.codings[coding] = coded
            if answer.kept:
                kept.size += answer.size - before
        return coded

    def _may_keep(self, finished: Finished, kept: _Kept) -> bool:
        if finished.status[:3] not in _KEPT_STATUSES or any(
            name.lower() == "set-cookie" for name, _ in finished.headers
        ):
            return False
        try:
            # If somebody has committed meanwhile, it may show that already, or only a part of it.
            return self._stand() == kept.stand
        except WikiError:
            return False

    def _keep(self, kept: _Kept, key: _Key, answer: _Answer) -> None:
        if answer.size > self._limit // 4:
            return
        with self._lock:
            former = kept.answers.pop(key, None)
            if former is not None:
                former.kept = False
                kept.size -= former.size
            kept.answers[key] = answer
            answer.kept = True
            kept.size += answer.size
            while kept.size > self._limit:
                oldest, dropped = kept.answers.popitem(last=False)
                if dropped.used:
                    # Somebody asked for it since it was last looked at, so it gets another turn.
                    dropped.used = False
                    kept.answers[oldest] = dropped
                else:
                    dropped.kept = False
                    kept.size -= dropped.size


def _is_stranger(environ: _Environ) -> bool:
    if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return False
    cookie = environ.get("HTTP_COOKIE")
    return not cookie or f"{SESSION_COOKIE}=" not in cookie


def _answer(finished: Finished) -> _Answer:
    kind = next((value for name, value in finished.headers if name.lower() == "content-type"), "")
    compressible = len(finished.body) >= MIN_COMPRESSED and kind.startswith(_COMPRESSIBLE)
    return _Answer(finished, compressible)


def _coded(answer: _Answer, coding: str) -> _Coded:
    finished = answer.finished
    body = _compress(coding, finished.body)
    etag = f'"{finished.tag}{_MARKS[coding]}"'
    headers = [*finished.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
    if coding:
        headers.append(("Content-Encoding", coding))
    return _Coded(etag, headers, body)


def _compress(coding: str, body: bytes) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=5))
    return gzip.compress(body, 6, mtime=0) if coding == "gzip" else body


@lru_cache(maxsize=256)
def best_coding(accepted: str) -> str:
    """The coding that an Accept-Encoding header likes best of those there are; "" for none."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters)
    others = weights.get("*", 0.0)
    best = max(("br", "gzip"), key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else ""


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _is_known(etag: str, known: str) -> bool:
    """Whether an If-None-Match header names a tag; a weak one of the same name will do."""
    return known.strip() == "*" or any(tag.strip().removeprefix("W/") == etag for tag in known.split(","))


def _without(headers: _Headers, *names: str) -> _Headers:
    left_out = {name.lower() for name in names}
    return [(name, value) for name, value in headers if name.lower() not in left_out]


def _close(parts: Iterable[bytes]) -> None:
    close = getattr(parts, "close", None)
    if close is not None:
        close()
