"""Between two commits, what a stranger reads is constant: finished answers, kept in front of Flask.

The answers asked for most are in the memory of each process; all of them are on a shelf that the processes share.

The key is the commit, the day (ages are shown), scheme and host, and the address; nothing a person could differ by is in
it, since requests with a session, credentials or a range never come here. An answer gets in only if the application
marks it with CACHEABLE, which it does when what the answer was made of stands at the commit. No time is spent in Flask
on what is in the cache, and a save empties it by being a new commit.

To look where HEAD is takes longer than all else, so what was seen is trusted for TRUSTED_SECONDS. A request that moves
HEAD is answered only after that time, when every process of every server has had to look again: nobody who was told
that something is saved sees what was before it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from wiki.errors import WikiError
from wiki.web.codings import MARKS, MAX_ACCEPTED, best_coding, compress, is_compressible
from wiki.web.shelf import Finished, Shelf

CACHEABLE = "X-Wiki-Cacheable"
SESSION_COOKIE = "wiki_session"
TRUSTED_SECONDS = 0.001
_SESSION = f"{SESSION_COOKIE}="
_DAY = 86_400
_NEVER_SHELVED = ("/-/search", "/-/suggest")
_KEPT_STATUSES = ("200", "301", "404", "410")
_FORWARDED = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
_Headers = list[tuple[str, str]]
_Key = tuple[str, ...]
_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]
# Status, headers, body: to be sent as they are, and not to be changed.
Sent = tuple[str, _Headers, bytes]


@dataclass(frozen=True, slots=True)
class _Coded:
    """An answer in one content coding, as it is sent."""

    etag: str
    whole: Sent
    unchanged: _Headers


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
        return (
            2_000 + len(self.finished.body) + sum(len(coded.whole[2]) for name, coded in self.codings.items() if name)
        )


@dataclass(slots=True)
class _Kept:
    """The answers of one stand, and the memory they take."""

    stand: str
    answers: OrderedDict[_Key, _Answer] = field(default_factory=OrderedDict)
    size: int = 0


class PageCache:
    """WSGI layer that answers strangers from memory and from `shelf`. `head` gives the current commit; `limit` is the
    memory for answers in this process, in bytes. `forwarded`: a proxy in front says by headers what was asked for."""

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        head: Callable[[], str],
        limit: int,
        shelf: Shelf,
        forwarded: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._app = app
        self._shelf = shelf
        self._head = head
        self._limit = limit
        self.forwarded = forwarded
        self._clock = clock
        self._wait = wait
        # What is true now, and until when that needs no other look.
        self._now = (_Kept(""), 0.0)
        self._lock = threading.Lock()

    def __call__(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._change(environ, start_response)
        if not _is_stranger(environ):
            return self._app(environ, start_response)
        try:
            kept = self._current()
        except WikiError:
            return self._app(environ, start_response)
        key = self._key(environ)
        answer = kept.answers.get(key)
        if answer is None:
            finished = self._shelf.get(kept.stand, key) if not environ.get("QUERY_STRING") else None
            if finished is None:
                return self._ask(environ, start_response, key, kept)
            answer = _answer(finished)
            self._keep(kept, key, answer)
        return self._send(kept, answer, environ, start_response)

    def at_once(self, environ: _Environ) -> Sent | None:
        """What is there to be sent without any work; None if the application, the shelf or a compressor has to be asked.

        It never waits, so a server may call it on a thread that has to be there for everybody.
        """
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not _is_stranger(environ):
            return None
        try:
            kept = self._current()
        except WikiError:
            return None
        answer = kept.answers.get(self._key(environ))
        if answer is None:
            return None
        coded = answer.codings.get(_coding(answer, environ))
        return None if coded is None else _sent(answer, coded, environ)

    def _key(self, environ: _Environ) -> _Key:
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        key = (environ["wsgi.url_scheme"], host, environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        return (*key, *(environ.get(name, "") for name in _FORWARDED)) if self.forwarded else key

    def _current(self) -> _Kept:
        """The answers that are true now. Raises WikiError where there is no commit."""
        kept, until = self._now
        now = self._clock()
        if now >= until:
            stand = self._stand()
            if kept.stand != stand:
                # Whoever holds the former ones still may go on; what is added to them is lost.
                kept = _Kept(stand)
            self._now = (kept, now + TRUSTED_SECONDS)
        return kept

    def _stand(self) -> str:
        """What an answer must have been made at to be true now. Raises WikiError where there is no commit."""
        return f"{self._head()}{int(time.time()) // _DAY}"

    def _change(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        """Pass on what may move HEAD; if it does, the answer waits until nobody trusts an older look."""
        before = self._seen()
        parts = self._app(environ, start_response)
        if self._seen() != before:
            self._wait(TRUSTED_SECONDS)
        return parts

    def _seen(self) -> str:
        try:
            return self._head()
        except WikiError:
            return ""

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
        coding = _coding(answer, environ)
        coded = answer.codings.get(coding)
        if coded is None:
            coded = self._code(kept, answer, coding)
        status, headers, body = _sent(answer, coded, environ)
        # The server may change the list.
        start_response(status, [*headers])
        return [body] if body else []

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


def brings_session(environ: _Environ) -> bool:
    """Whether a request has the cookie of a session, good or not, by its name with a prefix or without."""
    return "HTTP_COOKIE" in environ and _SESSION in environ["HTTP_COOKIE"]


def _is_stranger(environ: _Environ) -> bool:
    if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return False
    return not brings_session(environ)


def _answer(finished: Finished) -> _Answer:
    kind = next((value for name, value in finished.headers if name.lower() == "content-type"), "")
    return _Answer(finished, is_compressible(kind, len(finished.body)))


def _coding(answer: _Answer, environ: _Environ) -> str:
    """The coding in which somebody gets an answer."""
    return best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")[:MAX_ACCEPTED]) if answer.compressible else ""


def _coded(answer: _Answer, coding: str) -> _Coded:
    finished = answer.finished
    body = compress(coding, finished.body)
    etag = f'"{finished.tag}{MARKS[coding]}"'
    unchanged = [*_without(finished.headers, "Content-Type"), ("ETag", etag)]
    headers = [*finished.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
    if coding:
        headers.append(("Content-Encoding", coding))
    return _Coded(etag, (finished.status, headers, body), unchanged)


def _sent(answer: _Answer, coded: _Coded, environ: _Environ) -> Sent:
    """What a request gets of an answer: the whole, that it hasn't changed, or the headers."""
    answer.used = True
    whole = coded.whole
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and whole[0][:3] == "200" and _is_known(coded.etag, known):
        return "304 Not Modified", coded.unchanged, b""
    return whole if environ["REQUEST_METHOD"] != "HEAD" else (whole[0], whole[1], b"")


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
