"""The one door for writes: rights, validity, merge, and a commit by compare-and-swap.

Whatever changes pages comes through `Editor.apply`: forms, the API, importers, moves, reverts and approved suggestions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from wiki.config import Limits
from wiki.editing import signing
from wiki.editing.beginning import PROTECTION
from wiki.editing.edit import STRANGER, Actor, Attach, Edit, EditConflict, Saved, Write
from wiki.editing.encoding import encoded
from wiki.editing.following import now_at
from wiki.editing.merge import merge
from wiki.editing.rights import require, require_protection
from wiki.editing.signing import one_line
from wiki.editing.validation import check_attachment_name, check_page, new_problems
from wiki.errors import Invalid, NotFound, TooMany, Unavailable
from wiki.markup.decoding import text_of
from wiki.markup.line_ends import kept_ends
from wiki.pages.page import Page, unsaved_page
from wiki.pages.path import PagePath, fold
from wiki.pages.settings import Settings
from wiki.pages.settings_files import read_settings
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.storage.objects import Person, kind_of
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer

__all__ = ["Editor", "one_line"]

ATTEMPTS = 20
OWN_COMMITS = 200


class Editor:
    """Applies writes. Safe in several threads and processes."""

    def __init__(
        self,
        repository: Repository,
        writer: Writer,
        store: PageStore,
        settings: SettingsStore,
        max_bytes: int,
        host: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_attachment: int = Limits().attachment_bytes,
    ) -> None:
        self._repository = repository
        self._writer = writer
        self._store = store
        self._settings = settings
        self._max_bytes = max_bytes
        self._host = host
        self._clock = clock
        self._max_attachment = max_attachment

    def apply(self, write: Write) -> Saved:
        """Make one commit of a write, merged with what others have changed since its base.

        Raises Denied, Invalid (with problems), EditConflict where a person must decide, TooMany for what is too large and
        Unavailable where another program holds the repository for too long. Nothing is written then.
        """
        require(write, self._settings.at())
        for _ in range(ATTEMPTS):
            with self._writer.lock():
                head = self._repository.head()
                settings = self._settings.at(head)
                followed = self._followed(write, head, settings)
                require(followed, settings)
                changes, merged = self._changes(followed, head, settings)
                path = next((edit.path.text for edit in followed.edits if isinstance(edit, Edit)), "")
                if not changes and not write.other_parents:
                    return Saved(head, merged, False, path)
                try:
                    revision = self._commit(write, head, changes)
                except RefMoved:
                    # Another git program moved the branch between our look and our commit: look again.
                    continue
                return Saved(revision, merged, True, path)
        raise Unavailable("storage.busy")

    def followed(self, write: Write) -> Write:
        """The write as it would be made now: each edit where its page has been moved to since the edit's base."""
        head = self._repository.head()
        return self._followed(write, head, self._settings.at(head))

    def apply_to_head(self, make: Callable[[str], Write]) -> Saved:
        """Apply the write that `make` makes for the revision that is HEAD; no other writer of the wiki comes between.

        For what the engine works out from the pages as they are, such as a move; raises as `apply` does.
        """
        with self._writer.lock():
            return self.apply(make(self._repository.head()))

    def check(self, write: Write) -> Page | None:
        """Check a write without making it, as for a preview; returns the page of its first edit as it would be stored."""
        head = self._repository.head()
        settings = self._settings.at(head)
        first = None
        for edit in write.edits:
            if isinstance(edit, Attach):
                self._check_attachment(edit)
            elif edit.source is not None:
                page = unsaved_page(edit.path, edit.source, settings)
                self._validate(page, self._source_at(edit.base, edit.base_path or edit.path), settings)
                first = first or page
        return first

    def commit_message(self, write: Write) -> str:
        """The message as it is stored: one line of summary, then the trailers that only the engine writes."""
        return signing.commit_message(write, "" if write.message.strip() else self._default_summary(write))

    def person(self, actor: Actor) -> Person:
        """How an actor is written into git."""
        return signing.person(actor, self._host)

    def now(self) -> datetime:
        """The time that a commit made now gets."""
        return signing.minute(self._clock())

    def _commit(self, write: Write, head: str, changes: dict[str, bytes | None]) -> str:
        return self._writer.commit(
            changes,
            base=head,
            message=self.commit_message(write),
            author=self.person(write.actor),
            committer=self.person(write.committer) if write.committer else None,
            when=self.now(),
            other_parents=write.other_parents,
        )

    def _followed(self, write: Write, head: str, settings: Settings) -> Write:
        def follow(edit: Edit | Attach) -> Edit | Attach:
            if isinstance(edit, Attach) or edit.source is None or edit.base_path is not None or edit.base in ("", head):
                return edit
            path = now_at(edit.path, head, self._repository, settings)
            if path == edit.path or self._source_at(edit.base, edit.path) is None:
                return edit
            return replace(edit, path=path, base_path=edit.path)

        return replace(write, edits=tuple(map(follow, write.edits)))

    def _changes(self, write: Write, head: str, settings: Settings) -> tuple[dict[str, bytes | None], bool]:
        changes: dict[str, bytes | None] = {}
        merged = False
        leaving = {edit.file for edit in write.edits if isinstance(edit, Edit) and edit.source is None}
        arriving: dict[str, PagePath] = {}
        for edit in write.edits:
            if isinstance(edit, Attach):
                self._check_attachment(edit)
                if edit.data != self._repository.content(head, edit.file):
                    changes[edit.file] = edit.data
                continue
            ours = self._source_at(head, edit.path)
            source, was_merged = self._merged(edit, ours, head, write.actor)
            merged = merged or was_merged
            if source == ours:
                continue
            if edit.file == PROTECTION and not edit.follows:
                after = read_settings({"protection": source}.get)
                require_protection(write.committer or write.actor, settings, after)
            if source is None:
                changes[edit.file] = None
                continue
            if ours is None:
                self._check_new_path(edit, head, leaving, arriving)
            page = unsaved_page(edit.path, source, settings)
            if not edit.follows:
                self._validate(page, ours, settings)
            changes[edit.file] = encoded(source, self._repository.content(head, edit.file), edit.stored)
        return changes, merged

    def _merged(self, edit: Edit, ours: str | None, head: str, actor: Actor) -> tuple[str | None, bool]:
        base = self._source_at(edit.base, edit.base_path or edit.path)
        if edit.source is None:
            if ours is not None and base is not None and ours != base:
                raise EditConflict(edit.path, head, edit.base, ours, "", ours)
            return None, False
        stored = ours if ours is not None else base
        theirs = edit.source if edit.follows else kept_ends(stored or "", edit.source)
        if edit.base == head or ours in (base, theirs):
            return theirs, False
        if ours is None:
            raise EditConflict(edit.path, head, edit.base, None, theirs, theirs)
        result = merge(base or "", ours, theirs)
        if not result.is_clean and edit.base and self._only_by(actor, edit, head):
            goes_on = merge(base or "", ours, theirs, own=True)
            result = goes_on if goes_on.is_clean else result
        if not result.is_clean:
            details = (result.source, result.passages, result.fields)
            raise EditConflict(edit.path, head, edit.base, ours, theirs, *details, base_path=edit.base_path)
        return result.source, result.source != theirs

    def _only_by(self, actor: Actor, edit: Edit, head: str) -> bool:
        """Whether everything that happened to the page since the base was this person's own doing: going back in the
        browser, writing on and saving again must not be a conflict with oneself."""
        if actor.name == STRANGER:
            return False
        address = self.person(actor).email
        for number, (commit, changes) in enumerate(self._repository.walk(head, stop={edit.base}, limit=OWN_COMMITS)):
            if number + 1 >= OWN_COMMITS:
                return False
            if any(change.path == edit.file for change in changes) and commit.author.email != address:
                return False
        return True

    def _source_at(self, revision: str, path: PagePath) -> str | None:
        """The text of a page at a revision as an editor would see it; None where there is no such page."""
        if not revision:
            return None
        try:
            revision = self._repository.resolve(revision)
        except NotFound:
            raise Invalid("base.unknown", where="base")
        entry = self._store.entry(path, revision)
        return None if entry is None else text_of(self._repository.blob(entry.id))

    def _validate(self, page: Page, before: str | None, settings: Settings) -> None:
        problems = check_page(page, settings, self._max_bytes)
        if problems and before is not None:
            known = check_page(unsaved_page(page.path, before, settings), settings, self._max_bytes)
            problems = new_problems(known, problems)
        if problems:
            raise Invalid("page.problems", problems=tuple(problems))

    def _check_attachment(self, edit: Attach) -> None:
        if not edit.follows and edit.data is not None:
            check_attachment_name(edit.file)
            if len(edit.data) > self._max_attachment:
                raise TooMany("file.too_large", file=edit.file, size=len(edit.data), allowed=self._max_attachment)

    def _check_new_path(self, edit: Edit, head: str, leaving: Collection[str], arriving: dict[str, PagePath]) -> None:
        """A page may only come to be under a path that fits the rules and that no other page's differs little from."""
        path = edit.path
        if not edit.follows:
            PagePath.parse(str(path))
        twin = arriving.setdefault(fold(path.text), path)
        names = [f"{path.folder}/{name}".strip("/") for name in self._names_in(head, path.folder)]
        for other in [twin, *(PagePath.of_file(name) for name in names if name not in leaving)]:
            if other is not None and other != path and fold(other.text) == fold(path.text):
                raise Invalid("path.too_similar", where="path", other=str(other))
        # A folder that differs only in case would be one folder on many people's disks.
        parts = path.segments[:-1]
        for depth, part in enumerate(parts):
            above = "/".join(parts[:depth])
            for name, (mode, _) in self._names_in(head, above).items():
                if name != part and kind_of(mode) == "tree" and fold(name) == fold(part):
                    raise Invalid("path.too_similar", where="path", other=f"{above}/{name}".strip("/"))

    def _names_in(self, revision: str, folder: str) -> Mapping[str, tuple[int, str]]:
        """The names directly in a folder, with mode and id; none where there is no such folder."""
        if not folder:
            return self._repository.tree(self._repository.commit(revision).tree)
        entry = self._repository.entry(revision, folder)
        return self._repository.tree(entry.id) if entry is not None and entry.kind == "tree" else {}

    def _default_summary(self, write: Write) -> str:
        edit = next((edit for edit in write.edits if isinstance(edit, Edit)), None)
        if edit is None:
            attach = write.edits[0] if write.edits else None
            return f"Attach {attach.file}" if isinstance(attach, Attach) else "Update"
        if edit.source is None:
            return f"Delete {edit.path}"
        title = unsaved_page(edit.path, edit.source, self._settings.at()).title
        return f"Update {title}" if edit.base else f"Add {title}"
