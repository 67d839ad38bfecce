"""Clone, fetch and push over HTTP with anybody's git: a WSGI application for one repository.

Reading is answered by `git upload-pack`, told which refs there are for this person. That program would give out any object
whose id is asked for (in protocol version 2), or any that is no commit (before), so the ids are looked at first. Pushes: see
receiving.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from wiki.errors import Conflict, Denied, Invalid, NotFound, Problem, TooMany, Unavailable, WikiError
from wiki.storage.command import GitCommand
from wiki.storage.git_places import Places
from wiki.storage.packets import packet, read_packets
from wiki.storage.receiving import Check, PushRights, Update, advertise, hello, receive
from wiki.storage.references import HEX
from wiki.storage.repository import Repository
from wiki.storage.request_body import request_body
from wiki.storage.writer import Writer

MAX_REQUEST = 8 * 1024 * 1024
MAX_LINES = 100_000
MAX_LOOKED_UP = 50
# To pack all of the history takes a processor's while; who reads or saves meanwhile goes first.
PRIORITY = 10
_CHUNK = 65_536
_VERSION = re.compile(r"version=[012]")
# Ways to learn of objects that no ref shown reaches.
_NEVER = (
    "uploadpack.allowTipSHA1InWant",
    "uploadpack.allowReachableSHA1InWant",
    "uploadpack.allowAnySHA1InWant",
    "uploadpack.allowRefInWant",
    "uploadpack.allowFilter",
    "transfer.advertiseObjectInfo",
)
_SERVICES = ("git-upload-pack", "git-receive-pack")
_STATUS = {
    Denied: "403 Forbidden",
    NotFound: "404 Not Found",
    Conflict: "409 Conflict",
    Invalid: "400 Bad Request",
    TooMany: "413 Content Too Large",
    Unavailable: "503 Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What the person behind a request may do. `name` is empty for strangers, who are asked to sign in where they need
    to. `hidden` lets them see and push the refs that are hidden from readers; `force` lets them rewrite the branch.
    `address` stands for where the request comes from."""

    read: bool
    write: bool = False
    hidden: bool = False
    force: bool = False
    name: str = ""
    address: str = ""


class GitHttp:
    """The smart HTTP protocol for the repository that `writer` writes.

    `authorize` says what the request may do, by its Authorization header alone (never by a cookie: then no other site
    could send a push in somebody's name); it may raise a WikiError. `check(access, repository, update)` names what is
    wrong with a push, `describe` puts a problem into words, `pushed` is called after every push that was taken. `hidden` are
    the beginnings of the refs that only people with that right see. `mount` is cut off the path of a request.
    """

    def __init__(
        self,
        repository: Repository,
        writer: Writer,
        authorize: Callable[[dict[str, Any]], Access],
        check: Callable[[Access, Repository, Update], Iterable[Problem]],
        describe: Callable[[Problem], str],
        pushed: Callable[[], object],
        *,
        max_push: int = 52_428_800,
        hidden: tuple[str, ...] = ("refs/suggestions/",),
        mount: str = "/-/content.git",
        realm: str = "wiki",
    ) -> None:
        self._repository = repository
        self._writer = writer
        self._authorize = authorize
        self._check = check
        self._describe = describe
        self._pushed = pushed
        self._max_push = max_push
        self._hidden = hidden
        self._mount = mount
        self._realm = realm
        self._command = GitCommand(repository.git_dir, refs=True)
        self._places = Places()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            return self._answer(environ, start_response)
        except WikiError as error:
            status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), "500 Error")
            headers = [("Content-Type", "text/plain; charset=utf-8"), *_NOT_KEPT]
            if isinstance(error, _SignIn):
                status = "401 Unauthorized"
                headers.append(("WWW-Authenticate", f'Basic realm="{self._realm}", charset="UTF-8"'))
            if "retry_after" in error.params:
                headers.append(("Retry-After", str(error.params["retry_after"])))
                status = "429 Too Many Requests" if isinstance(error, TooMany) else status
            start_response(status, headers)
            return [(self._describe(Problem(error.code, params=error.params)) + "\n").encode()]

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        path = environ.get("PATH_INFO", "").removeprefix(self._mount)
        if path == "/info/refs" and method in ("GET", "HEAD"):
            service = environ.get("QUERY_STRING", "").removeprefix("service=")
            action = "advertisement"
        elif path.removeprefix("/") in _SERVICES and method == "POST":
            service, action = path.removeprefix("/"), "result"
            if environ.get("CONTENT_TYPE") != f"application/x-{service}-request":
                raise Invalid("git.content_type")
        else:
            raise NotFound("git.address")
        if service not in _SERVICES:
            raise NotFound("git.service")
        access = self._allowed(environ, service)
        version = environ.get("HTTP_GIT_PROTOCOL", "")
        version = version if _VERSION.fullmatch(version) else ""
        headers = [("Content-Type", f"application/x-{service}-{action}"), *_NOT_KEPT]
        if action == "advertisement":
            answer: Iterable[bytes] = [self._advertisement(service, access, version)]
        else:
            with request_body(environ, self._max_push if service == "git-receive-pack" else MAX_REQUEST) as body:
                if service == "git-receive-pack":
                    answer = [self._receive(body, access)]
                else:
                    answer = self._upload(body, access, version)
        start_response("200 OK", headers)
        return answer

    def _allowed(self, environ: dict[str, Any], service: str) -> Access:
        access = self._authorize(environ)
        if not (access.write if service == "git-receive-pack" else access.read):
            if not access.name:
                raise _SignIn("denied.sign_in")
            raise Denied("denied.push" if access.read else "denied.read")
        return access

    # Reading

    def _advertisement(self, service: str, access: Access, version: str) -> bytes:
        if service == "git-receive-pack":
            return hello(service) + advertise(self._refs(access))
        self._point()
        output = self._command.run(
            *(*self._shown(access), "upload-pack", "--stateless-rpc", "--advertise-refs", str(self._command.folder())),
            environment={"GIT_PROTOCOL": version},
        )
        return output if version == "version=2" else hello(service) + output

    def _upload(self, body: IO[bytes], access: Access, version: str) -> Iterable[bytes]:
        asked = _read_request(body, version)
        hidden = self._hidden_from(access, asked.excluded)
        if hidden is not None:
            return [packet(f"ERR upload-pack: not our ref {hidden[:200]}")]
        if not access.hidden and not access.name and any(ref.startswith(self._hidden) for ref in asked.prefixes):
            # Git shows its credentials only where it is asked for them.
            raise _SignIn("denied.sign_in")
        refused = self._refused(asked.wanted, access)
        if refused:
            return [packet(f"ERR upload-pack: not our ref {refused}")]
        give_back = self._places.take(access.address)
        try:
            self._point()
            process = self._command.start(
                *(*self._shown(access), "upload-pack", "--stateless-rpc", "--timeout=600", str(self._command.folder())),
                given=body,
                environment={"GIT_PROTOCOL": version},
            )
        except BaseException:
            give_back()
            raise
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, PRIORITY)
        return _Output(process, give_back)

    def _refused(self, wanted: set[str], access: Access) -> str | None:
        """The first id asked for that this person is not to have: it is neither a ref shown nor part of the branch."""
        unknown = sorted(wanted - set(self._refs(access).values()))
        for number, id in enumerate(unknown):
            if number >= MAX_LOOKED_UP or not self._is_published(id):
                return id
        return None

    def _hidden_from(self, access: Access, names: list[str]) -> str | None:
        """The first ref that a clone is to end at and this person is not to see: git takes any, and so tells that it is there."""
        shown = self._refs(access) if names else {}
        folders = ("", "refs/", "refs/tags/", "refs/heads/")
        return next((name for name in names if not any(f"{folder}{name}" in shown for folder in folders)), None)

    def _is_published(self, id: str) -> bool:
        try:
            return self._repository.is_ancestor(self._repository.resolve(id), self._repository.head())
        except NotFound:
            return False

    def _visible(self, access: Access) -> tuple[str, ...]:
        """The branch that the wiki shows, and the folders of the other refs this person sees."""
        branch = self._repository.branch()
        shown = (*((branch,) if branch else ()), "refs/tags/")
        return (*shown, *self._hidden) if access.hidden else shown

    def _refs(self, access: Access) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in self._visible(access):
            id = None if name.endswith("/") else self._repository.ref(name)
            found |= {name: id} if id is not None else self._repository.refs(f"{name.rstrip('/')}/")
        return found

    def _shown(self, access: Access) -> list[str]:
        hidden = ["refs/", *(f"!{name.rstrip('/')}" for name in self._visible(access))]
        settings = [f"transfer.hideRefs={pattern}" for pattern in hidden]
        settings += [f"{name}=false" for name in _NEVER]
        return [part for setting in settings for part in ("-c", setting)]

    def _point(self) -> None:
        self._command.point_head(self._repository.branch() or self._repository.head())

    # Pushing

    def _receive(self, body: IO[bytes], access: Access) -> bytes:
        rights = PushRights(self._hidden if access.hidden else (), access.force)
        check: Check = lambda repository, update: self._check(access, repository, update)  # noqa: E731
        give_back = self._places.take(access.address)
        try:
            answer, done = receive(self._writer, self._repository, body, rights, check, self._describe, self._max_push)
        finally:
            give_back()
        if done:
            self._pushed()
        return answer


_NOT_KEPT = [("Cache-Control", "no-cache, max-age=0, must-revalidate"), ("X-Content-Type-Options", "nosniff")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks for: beginnings of refs, ids of objects, and names of refs whose history is left out."""

    prefixes: list[str]
    wanted: set[str]
    excluded: list[str]


def _read_request(body: IO[bytes], version: str) -> _Asked:
    prefixes: list[str] = []
    wanted: set[str] = set()
    excluded: list[str] = []
    commands = ("command=ls-refs", "command=fetch") if version == "version=2" else ()
    for number, line in enumerate(read_packets(body, MAX_LINES)):
        text = (line or b"").decode("utf-8", "replace").rstrip("\n")
        if commands and number == 0 and text not in commands and line is not None:
            raise Invalid("git.protocol")
        if text.startswith("ref-prefix "):
            prefixes.append(text.removeprefix("ref-prefix "))
        elif text.startswith("deepen-not "):
            excluded.append(text.removeprefix("deepen-not "))
        elif text.startswith("want "):
            id = text[5:45].lower()
            if not HEX.fullmatch(id):
                raise Invalid("git.protocol")
            wanted.add(id)
    body.seek(0)
    return _Asked(prefixes, wanted, excluded)


class _SignIn(Denied):
    """Nobody is signed in, and somebody who is might be allowed to."""


class _Output:
    """What a git says, as it says it. The server closes it at the end, or when the client goes away: git ends then."""

    def __init__(self, process: Any, released: Callable[[], None]) -> None:
        self._process = process
        self._released = released

    def __iter__(self) -> Iterator[bytes]:
        while self._process is not None and (data := self._process.stdout.read1(_CHUNK)):
            yield data
        self.close()

    def close(self) -> None:
        """End git; once is enough."""
        process, self._process = self._process, None
        if process is not None:
            process.__del__()
            self._released()
