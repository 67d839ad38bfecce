"""Between two commits, what a stranger reads is constant: finished answers, kept in front of Flask.

Each process keeps answers for itself, with the bodies of public pages in a file (`Room`); those are on a shelf too, which the
processes share.

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
from wiki.web.room import Room
from wiki.web.shelf import Finished, Shelf

CACHEABLE = "X-Wiki-Cacheable"
SESSION_COOKIE = "wiki_session"
TRUSTED_SECONDS = 0.001
_SESSION = f"{SESSION_COOKIE}="
_DAY = 86_400
_NEVER_SHELVED = ("/-/search", "/-/suggest")
_OF_A_BODY = ("Content-Type", "Content-Length", "Content-Encoding")
_KEPT_STATUSES = ("200", "301", "404", "410")
_FORWARDED = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
_Headers = list[tuple[str, str]]
_Key = tuple[str, ...]
_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]
# Status, headers, body: to be sent as they are, and not to be changed.
Sent = tuple[str, _Headers, bytes]


@dataclass(slots=True)
class _Answer:
    """A finished answer in one content coding, and whether it was asked for lately; `body` is itself or its place in the room."""

    etag: str
    status: str
    headers: _Headers
    body: bytes | slice
    used: bool = False


@dataclass(slots=True)
class _Kept:
    """The answers of one stand: those with their body in the room, and those in memory with how much of it they take."""

    stand: str
    room: Room
    placed: dict[_Key, _Answer] = field(default_factory=dict)
    answers: OrderedDict[_Key, _Answer] = field(default_factory=OrderedDict)
    size: int = 0
    # A header that many answers have is one for all of them.
    headers: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class PageCache:
    """WSGI layer that answers strangers with what it has kept, or from `shelf`. `head` gives the current commit; `limit` is
    the memory for answers of this process and `room` their room in a file, in bytes. `forwarded`: so many proxies in front
    say by headers what was asked for, and by whom."""

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        head: Callable[[], str],
        limit: int,
        room: int,
        shelf: Shelf,
        forwarded: int = 0,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._app = app
        self._shelf = shelf
        self._head = head
        self._limit = limit
        self._room = room
        self.forwarded = forwarded
        self._clock = clock
        self._wait = wait
        # What is true now, and until when that needs no other look.
        self._now = (self._emptied(""), 0.0)
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
        answer = kept.placed.get(key) or kept.answers.get(key)
        if answer is not None:
            return _send(_sent(kept, answer, environ), start_response)
        finished = self._shelf.get(kept.stand, key[1:]) if not environ.get("QUERY_STRING") else None
        if finished is None:
            return self._ask(environ, start_response, key, kept)
        answer = _coded(finished, key[0])
        self._place(kept, key, answer)
        return _send(_sent(kept, answer, environ), start_response)

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
        key = self._key(environ)
        answer = kept.placed.get(key) or kept.answers.get(key)
        return None if answer is None else _sent(kept, answer, environ)

    def _key(self, environ: _Environ) -> _Key:
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")[:MAX_ACCEPTED])
        key = (coding, environ["wsgi.url_scheme"], host, environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        return (*key, *(environ.get(name, "") for name in _FORWARDED)) if self.forwarded else key

    def _current(self) -> _Kept:
        """The answers that are true now. Raises WikiError where there is no commit."""
        kept, until = self._now
        now = self._clock()
        if now >= until:
            stand = self._stand()
            if kept.stand != stand:
                # Whoever holds the former ones still may go on; what is added to them is lost.
                kept = self._emptied(stand)
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
        answer = _coded(finished, key[0])
        if self._may_keep(finished, kept):
            # Only what is asked for without words of the reader's own goes to the disk, so that no search is on record
            # and nobody fills the shelf with addresses that mean nothing.
            if status[:3] == "200" and not key[4] and not key[3].startswith(_NEVER_SHELVED):
                self._shelf.put(kept.stand, key[1:], finished)
                self._place(kept, key, answer)
            else:
                self._keep(kept, key, answer)
        return _send(_sent(kept, answer, environ), start_response)

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

    def _emptied(self, stand: str) -> _Kept:
        return _Kept(stand, Room(self._shelf.folder, self._room))

    def _place(self, kept: _Kept, key: _Key, answer: _Answer) -> None:
        """Keep a public page: its body in the room where there is some, or in memory."""
        assert isinstance(answer.body, bytes)
        place = kept.room.put(answer.body)
        if place is None:
            self._keep(kept, key, answer)
        else:
            shared = [kept.headers.setdefault(header, header) for header in answer.headers]
            kept.placed[key] = _Answer(answer.etag, answer.status, shared, place)

    def _keep(self, kept: _Kept, key: _Key, answer: _Answer) -> None:
        if _size(answer) > self._limit // 4:
            return
        with self._lock:
            former = kept.answers.pop(key, None)
            kept.size += _size(answer) - (_size(former) if former else 0)
            kept.answers[key] = answer
            while kept.size > self._limit:
                oldest, dropped = kept.answers.popitem(last=False)
                if dropped.used:
                    # Somebody asked for it since it was last looked at, so it gets another turn.
                    dropped.used = False
                    kept.answers[oldest] = dropped
                else:
                    kept.size -= _size(dropped)


def brings_session(environ: _Environ) -> bool:
    """Whether a request has the cookie of a session, good or not, by its name with a prefix or without."""
    return "HTTP_COOKIE" in environ and _SESSION in environ["HTTP_COOKIE"]


def _is_stranger(environ: _Environ) -> bool:
    if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return False
    return not brings_session(environ)


def _coded(finished: Finished, coding: str) -> _Answer:
    """An answer as somebody gets it who likes a coding best."""
    kind = next((value for name, value in finished.headers if name.lower() == "content-type"), "")
    if not is_compressible(kind, len(finished.body)):
        coding = ""
    body = compress(coding, finished.body)
    etag = f'"{finished.tag}{MARKS[coding]}"'
    headers = [*finished.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
    if coding:
        headers.append(("Content-Encoding", coding))
    return _Answer(etag, finished.status, headers, body)


def _size(answer: _Answer) -> int:
    """The memory that an answer takes, in bytes."""
    return 2_000 + (len(answer.body) if isinstance(answer.body, bytes) else 0)


def _sent(kept: _Kept, answer: _Answer, environ: _Environ) -> Sent:
    """What a request gets of an answer: the whole, that it hasn't changed, or the headers."""
    answer.used = True
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and answer.status[:3] == "200" and _is_known(answer.etag, known):
        return "304 Not Modified", _without(answer.headers, *_OF_A_BODY), b""
    if environ["REQUEST_METHOD"] == "HEAD":
        return answer.status, answer.headers, b""
    body = answer.body
    return answer.status, answer.headers, body if isinstance(body, bytes) else kept.room.get(body)


def _send(sent: Sent, start_response: _StartResponse) -> Iterable[bytes]:
    status, headers, body = sent
    # The server may change the list.
    start_response(status, [*headers])
    return [body] if body else []


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
