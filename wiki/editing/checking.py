"""Looking a whole repository over, or what a push would change of it, by the rules of the browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from wiki.accounts.roles import Permission
from wiki.config import Limits
from wiki.editing.beginning import PROTECTION
from wiki.editing.edit import Actor
from wiki.editing.rights import require_path, require_protection
from wiki.editing.signing import account_of
from wiki.editing.validation import OTHER_FILES, check_kind, check_page, new_problems
from wiki.errors import Denied, Problem
from wiki.pages.page import read_page
from wiki.pages.path import PagePath, fold, folders_of
from wiki.pages.settings import Settings
from wiki.pages.settings_store import SettingsStore
from wiki.storage.names import is_safe
from wiki.storage.objects import Change, kind_of, shown_name
from wiki.storage.repository import Repository

AT_ONCE = 200
MAX_PROBLEMS = 200
MAX_COMMITS = 100_000
# Files beside the pages that say something of the whole repository, such as under which names people appear.
_OF_THE_REPOSITORY = frozenset(OTHER_FILES) - {"README.md"}


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something that is wrong with a file. `line` counts from 1, 0 where no line can be named; `problem.where` is the
    field, or the file itself."""

    file: str
    problem: Problem

    @property
    def line(self) -> int:
        """The line in the file."""
        return self.problem.line


@dataclass(frozen=True, slots=True)
class Checking:
    """Checks files of a repository as they are stored."""

    repository: Repository
    settings: SettingsStore
    limits: Limits

    def tree(self, revision: str) -> Iterator[FileProblem]:
        """Everything that is wrong with the files of a revision, in git's order: what can't be served, what the rules
        refuse, what differs too little from something else."""
        settings = self.settings.at(revision)
        files = ((entry.path, entry.mode, entry.id) for entry in self.repository.entries(revision))
        names = _Names()
        while part := list(islice(files, AT_ONCE)):
            yield from self._files(part, settings)
            for file, _, _ in part:
                yield from names.add(file)

    def push(self, old: str | None, new: str, actor: Actor | None = None) -> list[FileProblem]:
        """What is wrong with what changes between two commits (`old` None: with everything), the first of it.

        What was wrong before and is left alone is no problem of the one who pushes. Who that is, `actor`, must have the
        rights that the browser would ask for, by the protection as it is before the push.
        """
        every = self.repository.diff(old, new)
        found = []
        if actor is not None and old is not None:
            denied = self._denied(every, actor, self.settings.at(old), self.settings.at(new))
            found += [*denied, *self._forged(old, new, actor)][:MAX_PROBLEMS]
        changes = [change for change in every if change.new_id is not None]
        settings = self.settings.at(new)
        for problem in self._changed(changes, settings, self.settings.at(old) if old is not None else settings):
            found.append(problem)
            if len(found) >= MAX_PROBLEMS:
                return found
        added = {change.path for change in changes if change.old_id is None}
        if added:
            names = _Names()
            for entry in self.repository.entries(new):
                if entry.path not in added:
                    names.add(entry.path)
            for file in sorted(added):
                found += names.add(file)
        return found[:MAX_PROBLEMS]

    def _denied(
        self, changes: Iterable[Change], actor: Actor, settings: Settings, after: Settings
    ) -> list[FileProblem]:
        found = []
        for change in changes:
            try:
                require_path(actor, change.path, settings)
                if change.path in _OF_THE_REPOSITORY and not actor.may(Permission.EDIT_WIKI_FILES):
                    raise Denied("denied.wiki_files", path=change.path)
                if change.new_id is None and not actor.may(Permission.DELETE):
                    raise Denied("denied.permission", permission=Permission.DELETE.value)
                if change.path == PROTECTION:
                    require_protection(actor, settings, after)
            except Denied as error:
                found.append(FileProblem(change.path, _shown(Problem(error.code, change.path, error.params))))
        return found[:MAX_PROBLEMS]

    def _forged(self, old: str, new: str, actor: Actor) -> Iterator[FileProblem]:
        """What a push says in the name of other accounts, or of suggestions (that they are taken in, and so leave the
        queue), which only those may who bring in suggestions."""
        if actor.may(Permission.PUSH_SUGGESTIONS):
            return
        for commit in self.repository.commits(self.repository.reachable([new], [old], MAX_COMMITS)):
            author = account_of(commit.author.email)
            if author is not None and author != actor.name:
                yield FileProblem(commit.id[:12], _shown(Problem("push.author", commit.id[:12], {"author": author})))
            if "Suggestion" in commit.trailers:
                yield FileProblem(commit.id[:12], Problem("push.decision", commit.id[:12]))

    def _changed(self, changes: Iterable[Change], settings: Settings, before: Settings) -> Iterator[FileProblem]:
        for change in changes:
            now = list(self._files([(change.path, change.new_mode, change.new_id or "")], settings))
            if now and change.old_id is not None:
                then = self._files([(change.path, change.old_mode, change.old_id)], before)
                known = new_problems((item.problem for item in then), (item.problem for item in now))
                now = [item for item in now if item.problem in known]
            yield from now

    def _files(self, files: list[tuple[str, int, str]], settings: Settings) -> Iterator[FileProblem]:
        limits = (self.limits.page_bytes, self.limits.attachment_bytes)
        blobs = [id for _, mode, id in files if kind_of(mode) == "blob"]
        contents = dict(self.repository.blobs([id for id in blobs if self.repository.size(id) <= max(limits)]))
        for file, mode, id in files:
            yield from (
                FileProblem(file, _shown(problem)) for problem in self._file(file, mode, id, contents, settings)
            )

    def _file(
        self, file: str, mode: int, id: str, contents: dict[str, bytes | None], settings: Settings
    ) -> Iterator[Problem]:
        if not is_safe(file):
            yield Problem("path.forbidden", file)
            return
        yield from check_kind(file, mode)
        if kind_of(mode) != "blob":
            return
        path = PagePath.of_file(file)
        data = contents.get(id)
        allowed = self.limits.attachment_bytes if path is None else self.limits.page_bytes
        size = len(data) if data is not None else self.repository.size(id)
        if size > allowed:
            yield Problem("file.too_large", file, {"size": size, "allowed": allowed})
        elif path is not None and data is not None and file not in OTHER_FILES:
            yield from check_page(read_page(path, "", "", data, settings), settings, self.limits.page_bytes)


class _Names:
    """The files and folders met so far, to find those that differ too little to exist on every disk."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._twins: set[str] = set()

    def add(self, file: str) -> list[FileProblem]:
        """Add a file; what is wrong with its name or that of a folder it is in, if that hasn't been said before."""
        for name in (*folders_of(file), file):
            other = self._first.setdefault(fold(name), name)
            if other != name:
                if name in self._twins:
                    return []
                self._twins.add(name)
                return [FileProblem(file, _shown(Problem("path.too_similar", file, {"other": other})))]
        return []


def _shown(problem: Problem) -> Problem:
    """The problem with a name that can be printed; one that isn't UTF-8 is shown with escapes."""
    return replace(problem, where=shown_name(problem.where))
