"""The content as a git repository over HTTP, at ``/-/content.git``: anyone clones, editors push with a token.

Who opens that address in a browser is told what it is for.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from wiki.accounts.addresses import address_key
from wiki.accounts.roles import Permission
from wiki.bootstrap import Wiki
from wiki.editing.checking import Checking
from wiki.editing.edit import Actor
from wiki.errors import Denied, Problem
from wiki.pages.settings_store import SettingsStore
from wiki.storage.receiving import Update
from wiki.storage.repository import Repository
from wiki.storage.transport import Access, GitHttp
from wiki.suggestions.suggestion import REFS
from wiki.web import views
from wiki.web.context import root_url
from wiki.web.words import describe

blueprint = Blueprint("git", __name__)
MOUNT = "/-/content.git"
TRIES_PER_HOUR = 60
# What only a git client is told. Git's own words around these are the client's; the server knows no language of its.
WORDS = {
    "denied.push": "Only editors push; everybody may suggest on the page itself, in the browser.",
    "git": "This is no request that git makes.",
    "git.busy": "Too many are cloning just now; try again in a few seconds.",
    "git.too_large": "The request is too large (at most %(limit)s bytes).",
    "push.author": "The commit is in the name of another account (%(author)s); only maintainers bring those in.",
    "push": "The push could not be taken.",
    "push.decision": "The commit says that it takes in a suggestion (“Suggestion: …”); only maintainers decide about those.",
    "push.delete_branch": "The branch with the pages can't be deleted.",
    "push.incomplete": "The push lacks objects that it speaks of.",
    "push.more": "and %(count)s more problems.",
    "push.pack": "The objects of the push are damaged: %(reason)s",
    "push.ref": "Only the branch %(branch)s can be pushed, and refs/suggestions/ by maintainers.",
    "push.refused": "see the problems above",
    "push.rewrites_history": "History is not rewritten here: fetch, then put your commits on top of what is there.",
    "push.too_large": "The push is too large (at most %(limit)s bytes).",
    "storage.disk_full": "The disk of the wiki is full, so nothing was taken. Tell whoever runs this wiki, and push again later.",
    "token.unknown": "This token is not, or no longer, valid. Make a new one on your account page.",
}
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
            _words,
            wiki.follow,
            max_push=wiki.config.limits.push_bytes,
            mount=MOUNT,
            realm="Movement Tech Wiki",
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        # Git asks for what is below it; the address itself is opened by people.
        if path.startswith(f"{MOUNT}/") and path != f"{MOUNT}/":
            return self._git(environ, start_response)
        return self._app(environ, start_response)

    def _access(self, environ: dict[str, Any]) -> Access:
        return replace(self._allowed(environ), address=address_key(environ.get("REMOTE_ADDR", "")))

    def _allowed(self, environ: dict[str, Any]) -> Access:
        """What the token in a request allows; a stranger may read where the wiki may be read."""
        private = self._wiki.config.web.private
        token = _password(environ.get("HTTP_AUTHORIZATION", ""))
        if not token:
            return Access(read=not private)
        grant = self._wiki.accounts.tokens.user(token)
        if grant is None:
            self._wiki.accounts.throttle.hit("git", address_key(environ.get("REMOTE_ADDR", "")), TRIES_PER_HOUR, 3600)
            # Whoever needs a right is asked for another token; whoever only reads may.
            return Access(read=not private)
        if grant.user.needs_second_factor:
            raise Denied("denied.second_factor")
        suggestions = grant.may(Permission.PUSH_SUGGESTIONS)
        return Access(
            read=grant.may(Permission.READ),
            write=grant.may(Permission.PUSH),
            hidden=suggestions,
            force=suggestions and self._wiki.config.web.rewrite_history,
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
            problem = found.problem
            inner = problem.where if problem.where not in ("", found.file) else ""
            yield replace(problem, where=found.file, params={**problem.params, "inner": inner})


@blueprint.get(MOUNT)
def clone() -> Response:
    """How to take all pages to one's own computer, and what for."""
    return views.cacheable(make_response(render_template("git/clone.html", clone_address=clone_address())))


def clone_address() -> str:
    """The full address that git takes."""
    return f"{root_url()}{MOUNT}"


def _words(problem: Problem) -> str:
    """One sentence about a problem, with the field of the page it is about before it."""
    words = WORDS.get(problem.code) or WORDS.get(problem.code.partition(".")[0])
    sentence = " ".join((words % problem.params if words else describe(problem)).split())
    inner = problem.params.get("inner")
    return f"{inner}: {sentence}" if inner else sentence


def _password(header: str) -> str:
    """The password of a Basic Authorization header, which is the token; the user name is not looked at."""
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
