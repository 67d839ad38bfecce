"""Between two commits, what a stranger reads is constant: finished answers, kept in front of Flask.

The answers asked for most are in the memory of each process; all of them are in a file that the processes share, so
that an answer is made once, and not once again after a restart.

The key is the commit, the day (ages are shown), the host and the address; nothing a person could differ by is in it,
since requests with a session, credentials or a range never come here. An answer gets in only if the application
marks it with CACHEABLE, which it does when catalog and index stand at the same commit. No time is spent in Flask on
what is in the cache, and a save empties it by being a new commit.
"""

from __future__ import annotations

import gzip
import hashlib
import marshal
import sqlite3
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli

from wiki.errors import WikiError
from wiki.pages.sqlite import Database

CACHEABLE = "X-Wiki-Cacheable"
SESSION_COOKIE = "wiki_session"
MIN_COMPRESSED = 600
MAX_SHELVED = 20_000
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS answer (key BLOB PRIMARY KEY, stand TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID"
)
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
_MARKS = {"identity": "", "br": "-br", "gzip": "-gz"}
_Key = tuple[str, str, str]
_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]


@dataclass(slots=True)
class _Answer:
    status: str
    headers: list[tuple[str, str]]
    etag: str
    bodies: dict[str, bytes]
    kept: bool = False

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values())) + 1000


class Shelf:
    """The answers that all processes share. Losing it, or not being able to write it, costs time only.

    `build` names the code, templates and assets that made the answers; another build's are not used.
    """

    def __init__(self, path: Path, build: str) -> None:
        self._database = Database(path, SCHEMA)
        self._build = build
        self._cleared = ""

    def get(self, stand: str, key: _Key) -> _Answer | None:
        """The answer that was stored for an address at a stand."""
        try:
            row = self._database.row("SELECT data FROM answer WHERE key = ?", (self._name(stand, key),))
            if row is None:
                return None
            status, headers, etag, body = marshal.loads(row[0])  # noqa: S302 - our own file, as the index beside it
            return _Answer(status, headers, etag, {"identity": zlib.decompress(body)})
        except (sqlite3.Error, OSError, ValueError, TypeError, EOFError, zlib.error):
            return None

    def put(self, stand: str, key: _Key, answer: _Answer) -> None:
        """Store an answer; those of other stands go."""
        data = marshal.dumps((answer.status, answer.headers, answer.etag, zlib.compress(answer.bodies["identity"], 1)))
        try:
            if self._cleared != stand:
                self._database.rows("DELETE FROM answer WHERE stand != ?", (stand,))
                self._cleared = stand
            self._database.rows(
                "INSERT OR REPLACE INTO answer SELECT ?, ?, ? WHERE (SELECT count(*) FROM answer) < ?",
                (self._name(stand, key), stand, data, MAX_SHELVED),
            )
        except (sqlite3.Error, OSError):
            return

    def _name(self, stand: str, key: _Key) -> bytes:
        return hashlib.sha256("\0".join((self._build, stand, *key)).encode("utf-8", "surrogateescape")).digest()


class PageCache:
    """WSGI layer that answers strangers from memory and from `shelf`. `head` gives the current commit; `limit` is the
    memory for answers in this process, in bytes."""

    def __init__(self, app: Callable[..., Iterable[bytes]], head: Callable[[], str], limit: int, shelf: Shelf) -> None:
        self._app = app
        self._shelf = shelf
        self._head = head
        self._limit = limit
        self._answers: OrderedDict[_Key, _Answer] = OrderedDict()
        self._size = 0
        self._stand = ""
        self._lock = threading.Lock()

    def __call__(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not _is_stranger(environ):
            return self._app(environ, start_response)
        try:
            stand = f"{self._head()}{int(time.time() // 86_400)}"
        except WikiError:
            return self._app(environ, start_response)
        key = (environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        if stand != self._stand:
            self._empty(stand)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._shelf.get(stand, key) if not key[2] else None
            if answer is None:
                return self._ask(environ, start_response, key, stand)
            self._keep(key, answer, stand)
        return self._send(answer, environ, start_response)

    def _ask(self, environ: _Environ, start_response: _StartResponse, key: _Key, stand: str) -> Iterable[bytes]:
        caught: list[Any] = []

        def catch(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            caught[:] = [status, headers]
            return lambda data: None

        # The application makes the whole answer even to HEAD, so that what is kept serves both.
        asked = {**environ, "REQUEST_METHOD": "GET"}
        parts = self._app(asked, catch)
        status, headers = caught
        if not any(name == CACHEABLE for name, _ in headers):
            start_response(status, headers)
            return parts
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        answer = _answer(status, headers, body)
        if status[:3] in _KEPT_STATUSES and not any(name.lower() == "set-cookie" for name, _ in headers):
            self._keep(key, answer, stand)
            # Only what is asked for without words of the reader's own goes to the disk, so that no search is on record
            # and nobody fills the shelf with addresses that mean nothing.
            if status[:3] == "200" and not key[2] and not key[1].startswith(_NEVER_SHELVED):
                self._shelf.put(stand, key, answer)
        return self._send(answer, environ, start_response)

    def _send(self, answer: _Answer, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", ""), answer)
        # A strong tag names the very bytes, so each coding has its own; any of them shows that the reader is current.
        etag = f'"{answer.etag}{_MARKS[coding]}"'
        if f'"{answer.etag}' in environ.get("HTTP_IF_NONE_MATCH", "") and answer.status[:3] == "200":
            start_response("304 Not Modified", [*_without(answer.headers, "content-type"), ("ETag", etag)])
            return []
        body = answer.bodies.get(coding)
        if body is None:
            body = _compress(coding, answer.bodies["identity"])
            with self._lock:
                if coding not in answer.bodies and answer.kept:
                    self._size += len(body)
                answer.bodies[coding] = body
        headers = [*answer.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
        if coding != "identity":
            headers.append(("Content-Encoding", coding))
        start_response(answer.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _keep(self, key: _Key, answer: _Answer, stand: str) -> None:
        with self._lock:
            # A commit may have come while the answer was made; what was made before it must not stay after it.
            if stand != self._stand or answer.size > self._limit // 8:
                return
            former = self._answers.pop(key, None)
            if former is not None:
                former.kept = False
                self._size -= former.size
            self._answers[key] = answer
            answer.kept = True
            self._size += answer.size
            while self._size > self._limit and self._answers:
                _, dropped = self._answers.popitem(last=False)
                dropped.kept = False
                self._size -= dropped.size

    def _empty(self, stand: str) -> None:
        with self._lock:
            self._answers.clear()
            self._size = 0
            self._stand = stand


def _is_stranger(environ: _Environ) -> bool:
    if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return False
    cookie = environ.get("HTTP_COOKIE")
    return not cookie or f"{SESSION_COOKIE}=" not in cookie


def _answer(status: str, headers: list[tuple[str, str]], body: bytes) -> _Answer:
    kept = _without(headers, CACHEABLE.lower(), "content-length", "etag", "vary")
    kept.append(("Vary", "Cookie, Authorization, Accept-Encoding"))
    given = next((value.strip('"') for name, value in headers if name.lower() == "etag"), "")
    etag = given or hashlib.sha256(body).hexdigest()[:32]
    return _Answer(status, kept, etag, {"identity": body})


def _coding(accepted: str, answer: _Answer) -> str:
    if len(answer.bodies["identity"]) < MIN_COMPRESSED:
        return "identity"
    kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    if not kind.startswith(_COMPRESSIBLE):
        return "identity"
    codings = {
        part.partition(";")[0].strip() for part in accepted.split(",") if not part.replace(" ", "").endswith(";q=0")
    }
    if "br" in codings:
        return "br"
    return "gzip" if "gzip" in codings else "identity"


def _compress(coding: str, body: bytes) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=5))
    return gzip.compress(body, 6, mtime=0)


def _without(headers: list[tuple[str, str]], *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in names]
