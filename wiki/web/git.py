"""The content as a git repository over HTTP, at ``/-/content.git``: anyone clones, maintainers push with a token."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from wiki.accounts.roles import Permission
from wiki.accounts.throttle import address_key
from wiki.bootstrap import Wiki
from wiki.editing.checking import Checking
from wiki.editing.edit import Actor
from wiki.errors import Denied, Problem
from wiki.pages.settings import SettingsStore
from wiki.storage.receiving import Update
from wiki.storage.repository import Repository
from wiki.storage.transport import Access, GitHttp, Pushed
from wiki.suggestions.suggestion import REFS
from wiki.web.words import describe

MOUNT = "/-/content.git"
TRIES_PER_HOUR = 60
_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class GitMount:
    """WSGI layer that answers git at MOUNT and passes everything else on."""

    def __init__(self, app: _Application, wiki: Wiki) -> None:
        self._app = app
        self._wiki = wiki
        self._git = GitHttp(
            wiki.repository,
            wiki.writer,
            self._access,
            self._check,
            describe,
            self._pushed,
            max_push=wiki.config.limits.push_bytes,
            mount=MOUNT,
            realm="Movement Tech Wiki",
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path == MOUNT or path.startswith(f"{MOUNT}/"):
            return self._git(environ, start_response)
        return self._app(environ, start_response)

    def _access(self, environ: dict[str, Any]) -> Access:
        """What the token in a request allows; a stranger may read where the wiki may be read."""
        private = self._wiki.config.web.private
        token = _password(environ.get("HTTP_AUTHORIZATION", ""))
        if not token:
            return Access(read=not private)
        grant = self._wiki.accounts.tokens.user(token)
        if grant is None:
            self._wiki.accounts.throttle.hit("git", address_key(environ.get("REMOTE_ADDR", "")), TRIES_PER_HOUR, 3600)
            raise Denied("token.unknown")
        pushes = grant.may(Permission.PUSH)
        return Access(
            read=grant.may(Permission.READ),
            write=pushes,
            hidden=pushes,
            force=pushes and self._wiki.config.web.rewrite_history,
            name=grant.user.name,
        )

    def _check(self, access: Access, repository: Repository, update: Update) -> Iterator[Problem]:
        """What is wrong with a push: the same rules as for every other save. Suggestions are checked when reviewed."""
        if update.new is None or update.ref.startswith(REFS):
            return
        user = self._wiki.accounts.users.by_name(access.name)
        if user is None:
            raise Denied("denied.permission")
        actor = Actor(user.name, user.display_name, user.effective_role)
        # What is pushed is not in the wiki's own repository yet, so its settings are read where it is.
        checking = Checking(repository, SettingsStore(repository), self._wiki.config.limits)
        for found in checking.push(update.old, update.new, actor):
            yield replace(found.problem, where=found.file)

    def _pushed(self, pushed: Pushed) -> None:
        self._wiki.follow()


def _password(header: str) -> str:
    """The password of a Basic Authorization header, which is the token; the user name is not looked at."""
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
