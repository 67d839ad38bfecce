"""Going back: one change taken back, an earlier version put in place again, all that one account did undone.

Nothing is rewritten: each of these is a new commit, merged over what others have done since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from wiki.accounts.roles import Permission
from wiki.editing.deleting import attachments
from wiki.editing.edit import Actor, Attach, Edit, Write
from wiki.editing.editor import Editor
from wiki.editing.encoding import encoded
from wiki.editing.merge import merge
from wiki.editing.rights import require_path
from wiki.editing.signing import account_of
from wiki.editing.validation import check_attachment_name
from wiki.errors import Denied, Invalid, NotFound, Problem, WikiError
from wiki.markup.decoding import text_of
from wiki.pages.path import PagePath
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.storage.objects import Change, Commit, kind_of
from wiki.storage.repository import Repository

# Commits of a push may be dated before those they stand on; so many older ones in a row are the end of the search.
OLDER_IN_A_ROW = 200
MAX_NAMED = 200


def revert(
    repository: Repository,
    store: PageStore,
    path: PagePath,
    commit: str,
    actor: Actor,
    message: str = "",
    was: PagePath | None = None,
) -> Write:
    """The write that takes back what one commit did to one page; `was` is where the page was then, if elsewhere.

    The path may also be that of a file that is attached to a page, which isn't merged with what others did to it.
    Raises NotFound for an unknown commit, Invalid("revert.nothing") where the commit didn't change the page, and
    Invalid("revert.file_changed") for a file that isn't any more what the commit made of it.
    """
    found = repository.commit(repository.resolve(commit))
    then = was or path
    parent = found.parents[0] if found.parents else None
    before = _data(repository, store, parent, then) if parent is not None else None
    after = _data(repository, store, found.id, then)
    if before is None and after is None:
        return _file_taken_back(repository, path, found, actor, message)
    if before is None and after is not None and parent is not None:
        # It came here from another path: moving is not taken back, but what else changed on the way is.
        moved = {new: old for old, new in repository.renames(parent, found.id).items()}.get(then.file)
        source = PagePath.of_file(moved) if moved is not None else None
        before = _data(repository, store, parent, source) if source is not None else None
    if _decoded(before) == _decoded(after):
        raise Invalid("revert.nothing", where="commit", commit=found.id, path=str(path))
    edit = Edit(path, found.id, _decoded(before), base_path=was, stored=before)
    trailers = {"Revert-of": found.id}
    return Write(
        (edit,), message or f'Take back "{found.subject}"', actor, trailers=trailers, permission=Permission.REVERT
    )


def restore(
    repository: Repository,
    store: PageStore,
    path: PagePath,
    commit: str,
    head: str,
    actor: Actor,
    message: str = "",
    was: PagePath | None = None,
) -> Write:
    """The write that puts a page back as it was at a commit, deleted since or not; `was` as for `revert`.

    A page that was deleted comes back with its attachments; one of these by itself by its own path.
    Raises NotFound where it wasn't there at that commit.
    """
    found = repository.commit(repository.resolve(commit))
    then = was or path
    summary = message or f"Restore the version of {found.committed:%Y-%m-%d %H:%M}"
    data = _data(repository, store, found.id, then)
    if data is None:
        attached = repository.content(found.id, path.text)
        if attached is None:
            raise NotFound("page.not_found", path=str(path))
        return Write((Attach(path.text, attached),), summary, actor, permission=Permission.REVERT)
    edits: list[Edit | Attach] = [Edit(path, head, _decoded(data), stored=data)]
    if _data(repository, store, head, path) is None:
        for entry in attachments(repository, found.id, then):
            file = f"{path.text}/{entry.path.rpartition('/')[2]}"
            if repository.entry(head, file) is None:
                edits.append(Attach(file, repository.blob(entry.id), follows=True))
    return Write(tuple(edits), summary, actor, permission=Permission.REVERT)


@dataclass(frozen=True, slots=True)
class Left:
    """A change that could not be taken back, and why: `problem` is ``take_back.changed`` where others have changed the
    same since, or what would be wrong with the page."""

    file: str
    commit: str
    subject: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class TakenBack:
    """All that an account did, undone as far as it can be: the write (None if there is nothing to do), the files that
    it changes, the commits that it undoes, and what is left."""

    write: Write | None
    files: tuple[str, ...]
    commits: tuple[str, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Undoing:
    """Takes back what one account did."""

    repository: Repository
    settings: SettingsStore
    editor: Editor

    def write(self, name: str, since: datetime, head: str, actor: Actor, message: str = "") -> TakenBack:
        """What there is to take back of the account `name` since a time, as one write for `Editor.apply`."""
        states: dict[str, _State] = {}
        left: list[Left] = []
        undone: dict[str, None] = {}
        for commit, changes in self._commits_of(name, since, head):
            for change in changes:
                state = states.get(change.path)
                if state is None:
                    state = states[change.path] = self._state(change.path, head)
                if state.undo(change, self.repository):
                    undone[commit.id] = None
                    state.commits.append(commit)
                else:
                    left.append(Left(change.path, commit.id, commit.subject, Problem("take_back.changed", change.path)))
        edits = []
        for file, state in states.items():
            edit = state.edit(head)
            if edit is None:
                continue
            problem = self._problem(edit, actor, head)
            if problem is None:
                edits.append(edit)
            else:
                left += [Left(file, commit.id, commit.subject, problem) for commit in state.commits]
        write = None
        if edits:
            write = Write(
                tuple(edits),
                message or f"Take back what {name} did since {since:%Y-%m-%d}",
                actor,
                trailers={"Revert-of": tuple(undone)[:MAX_NAMED]},
                permission=Permission.TAKE_BACK,
            )
        return TakenBack(write, tuple(edit.file for edit in edits), tuple(undone), tuple(left))

    def _commits_of(self, name: str, since: datetime, head: str) -> Iterator[tuple[Commit, list[Change]]]:
        older = 0
        for commit, changes in self.repository.walk(head):
            if commit.committed < since:
                older += 1
                if older >= OLDER_IN_A_ROW:
                    return
                continue
            older = 0
            if account_of(commit.author.email) == name:
                yield commit, changes

    def _state(self, file: str, head: str) -> _State:
        """A file as it is now, found at its new place where it was moved since."""
        page = PagePath.of_file(file)
        if page is not None and self.repository.entry(head, file) is None:
            moved = self.settings.at(head).redirected(page.text)
            if moved is not None:
                file = PagePath(moved).file
        return _State(file, self.repository.content(head, file))

    def _problem(self, edit: Edit | Attach, actor: Actor, head: str) -> Problem | None:
        try:
            require_path(actor, edit.file, self.settings.at(head))
            self.editor.check(Write((edit,), "", actor))
        except Invalid as error:
            return error.problems[0]
        except Denied as error:
            return Problem(error.code, edit.file, error.params)
        except WikiError as error:
            return Problem(error.code, edit.file, error.params)
        return None


@dataclass(slots=True)
class _State:
    """A file while one change after another is taken back from it, the newest first."""

    file: str
    data: bytes | None
    before: bytes | None = None
    commits: list[Commit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = self.data

    def undo(self, change: Change, repository: Repository) -> bool:
        """Take one change back; False where others have changed the same since."""
        if any(kind_of(mode) != "blob" for mode, id in _sides(change) if id is not None):
            return False
        after, before = (repository.blob(id) if id is not None else None for _, id in _sides(change))
        if self.data == after:
            self.data = before
            return True
        if self.data is None or after is None or before is None or PagePath.of_file(self.file) is None:
            return False
        try:
            merged = merge(text_of(after), text_of(self.data), text_of(before))
        except Invalid:
            return False
        if merged.is_clean:
            self.data = encoded(merged.source, self.data, before)
        return merged.is_clean

    def edit(self, head: str) -> Edit | Attach | None:
        """The edit that brings the file to this state; None if it is there."""
        if self.data == self.before:
            return None
        path = PagePath.of_file(self.file)
        if path is None:
            return Attach(self.file, self.data, follows=True)
        return Edit(path, head, _decoded(self.data), stored=self.data)


def _sides(change: Change) -> tuple[tuple[int, str | None], tuple[int, str | None]]:
    return (change.new_mode, change.new_id), (change.old_mode, change.old_id)


def _data(repository: Repository, store: PageStore, revision: str, path: PagePath) -> bytes | None:
    entry = store.entry(path, revision)
    return repository.blob(entry.id) if entry is not None else None


def _file_taken_back(repository: Repository, path: PagePath, commit: Commit, actor: Actor, message: str) -> Write:
    before = repository.content(commit.parents[0], path.text) if commit.parents else None
    after = repository.content(commit.id, path.text)
    if before == after:
        raise Invalid("revert.nothing", where="commit", commit=commit.id, path=str(path))
    if repository.content(repository.head(), path.text) != after:
        raise Invalid("revert.file_changed", where="commit", commit=commit.id, path=str(path))
    check_attachment_name(path.text)
    subject = message or f'Take back "{commit.subject}"'
    trailers = {"Revert-of": commit.id}
    return Write((Attach(path.text, before),), subject, actor, trailers=trailers, permission=Permission.REVERT)


def _decoded(data: bytes | None) -> str | None:
    return None if data is None else text_of(data)
