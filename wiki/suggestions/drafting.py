"""Making the commit of a suggestion out of a write: the same checks as a save's, on top of what the person saw."""

from __future__ import annotations

from dataclasses import replace

from wiki.catalog.catalog import Catalog
from wiki.config import Limits
from wiki.editing.edit import Attach, Edit, Write
from wiki.editing.editor import Editor
from wiki.editing.encoding import encoded
from wiki.errors import Invalid, NotFound, TooMany
from wiki.markup.decoding import text_of
from wiki.markup.line_ends import kept_ends
from wiki.pages.path import PagePath
from wiki.pages.store import PageStore
from wiki.storage.repository import Repository
from wiki.suggestions.branch import Branch
from wiki.suggestions.parts import bring
from wiki.suggestions.suggestion import Suggestion

Changes = dict[str, bytes | None]


class Drafting:
    """Turns writes into the changes that a suggestion's commit makes."""

    def __init__(
        self,
        repository: Repository,
        editor: Editor,
        store: PageStore,
        catalog: Catalog,
        branch: Branch,
        limits: Limits,
    ) -> None:
        self._repository = repository
        self._editor = editor
        self._store = store
        self._catalog = catalog
        self._branch = branch
        self._limits = limits

    def changes(self, write: Write) -> tuple[str, Changes]:
        """The commit of the branch that a new suggestion starts from, and its changes."""
        self._check_size(write, {edit.file for edit in write.edits})
        bases = {edit.base: self._on_branch(edit.base) for edit in write.edits if isinstance(edit, Edit) and edit.base}
        start = ""
        for base in dict.fromkeys(bases.values()):
            if not start or self._repository.is_ancestor(start, base):
                start = base
        start = start or self._repository.head()
        changes = self._changes(write, start, bases)
        if not changes:
            raise Invalid("suggestion.nothing", where="body")
        return start, changes

    def further_changes(self, write: Write, suggestion: Suggestion) -> Changes:
        """The changes that amending makes on top of what is suggested so far; {} for who only says what stake they have."""
        self._check_size(write, {*suggestion.paths, *(edit.file for edit in write.edits)})
        bases = {}
        for edit in write.edits:
            if isinstance(edit, Edit) and edit.base:
                bases[edit.base] = self.in_suggestion(edit.base, suggestion) or self._on_branch(edit.base)
        changes = self._changes(write, suggestion.head, bases)
        if not changes and write.affiliation in ("", "none", suggestion.affiliation):
            raise Invalid("suggestion.nothing", where="body")
        return changes

    def _changes(self, write: Write, start: str, bases: dict[str, str]) -> Changes:
        self._editor.check(write)
        changes: Changes = {}
        for edit in write.edits:
            if isinstance(edit, Attach):
                if edit.data != self._repository.content(start, edit.file):
                    changes[edit.file] = edit.data
                continue
            ours = self._text(start, edit.path)
            was = self._text(bases[edit.base], edit.base_path or edit.path) if edit.base else None
            stored = was if ours is None else ours
            theirs = None if edit.source is None else kept_ends(stored or "", edit.source)
            source, conflict = bring(edit.path, was, ours, theirs, base=bases.get(edit.base, ""), head=start)
            if conflict is not None:
                raise conflict
            if source == ours:
                continue
            if ours is None:
                self._check_new(edit.path)
            changes[edit.file] = (
                None if source is None else encoded(source, self._repository.content(start, edit.file), edit.stored)
            )
        return changes

    def _check_size(self, write: Write, files: set[str]) -> None:
        if len({edit.file for edit in write.edits}) < len(write.edits):
            raise Invalid("suggestion.twice", where="path")
        if len(files) > self._limits.suggestion_pages:
            raise TooMany("suggestion.too_many_pages", count=len(files), allowed=self._limits.suggestion_pages)

    def _on_branch(self, revision: str) -> str:
        """The full id of a base. Only what readers may see can be one: a difference to it shows what it holds."""
        try:
            id = self._repository.resolve(revision)
        except NotFound:
            id = ""
        if not id or not self._branch.reaches(id):
            raise Invalid("base.unknown", where="base")
        return id

    def in_suggestion(self, revision: str, suggestion: Suggestion) -> str:
        """The commit of this suggestion that has that id; empty if none has."""
        id = suggestion.head
        while id and id != suggestion.base:
            if id == revision:
                return id
            id = next(iter(self._repository.commit(id).parents), "")
        return ""

    def _check_new(self, path: PagePath) -> None:
        """The person can still choose another path now; the reviewer's save checks this again."""
        PagePath.parse(str(path))
        like = self._catalog.find(str(path))
        if like is not None and like.path != str(path):
            raise Invalid("path.too_similar", where="path", other=like.path)

    def _text(self, revision: str, path: PagePath) -> str | None:
        entry = self._store.entry(path, revision)
        return None if entry is None else text_of(self._repository.blob(entry.id))


def by_hand(write: Write) -> Write:
    """A write as a person may make one: all its edits are checked, and what only approving adds is not in it."""
    edits = tuple(replace(edit, follows=False) for edit in write.edits)
    return replace(write, edits=edits, trailers={}, committer=None, other_parents=())
