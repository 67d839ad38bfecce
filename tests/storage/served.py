"""The git transport behind a server of the standard library, for a real git client to talk to."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from wiki.errors import Problem
from wiki.storage.receiving import Update
from wiki.storage.repository import Repository
from wiki.storage.transport import Access, GitHttp
from wiki.storage.writer import Writer

# Anybody reads; the password of the others is "pw".
PEOPLE = {
    "": Access(read=True),
    "editor": Access(read=True, write=True, name="editor"),
    "maintainer": Access(read=True, write=True, hidden=True, name="maintainer"),
    "admin": Access(read=True, write=True, hidden=True, force=True, name="admin"),
    "contributor": Access(read=True, name="contributor"),
}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class Served:
    """A repository at `url(name)`; `pushes` is the number of those taken, `requests` the addresses asked for."""

    def __init__(self, repository: Repository, writer: Writer, private: bool = False, **options: Any) -> None:
        self.pushes = 0
        self.requests: list[str] = []
        self.private = private
        self.application = GitHttp(
            repository, writer, self._authorize, self._check, self._describe, self._count, **options
        )
        self._server = make_server("127.0.0.1", 0, self._answer, _Server, _Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def url(self, name: str = "") -> str:
        """The address for one of PEOPLE."""
        at = f"{name}:pw@" if name else ""
        return f"http://{at}127.0.0.1:{self._server.server_port}/-/content.git"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _count(self) -> None:
        self.pushes += 1

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ.get('QUERY_STRING', '')}")
        return self.application(environ, start_response)

    def _authorize(self, environ: dict[str, Any]) -> Access:
        scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Basic":
            return Access(read=not self.private)
        name, _, password = base64.b64decode(value).decode().partition(":")
        return PEOPLE[name] if password == "pw" else Access(read=not self.private)

    @staticmethod
    def _check(access: Access, repository: Repository, update: Update) -> Iterable[Problem]:
        """Pages have to be files, small, and not say "bad"."""
        assert update.new is not None
        for change in repository.diff(update.old, update.new):
            entry = repository.entry(update.new, change.path)
            if entry is None:
                continue
            if entry.kind != "blob":
                yield Problem(f"file.{entry.kind}", change.path)
            elif repository.size(entry.id) > 1_000_000:
                yield Problem("file.too_large", change.path)
            else:
                lines = repository.blob(entry.id).decode("utf-8", "replace").splitlines()
                for number, line in enumerate(lines, 1):
                    if "bad" in line:
                        yield Problem("page.bad", change.path, {"by": access.name}, number)

    @staticmethod
    def _describe(problem: Problem) -> str:
        return {
            "page.bad": "says bad, and only good is allowed",
            "file.link": "a symbolic link, and only files are allowed",
            "push.rewrites_history": "would rewrite history",
            "storage.disk_full": "there is no room",
        }.get(problem.code, problem.code)
