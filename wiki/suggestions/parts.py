"""A suggestion file by file, brought together with what the wiki holds now."""

from __future__ import annotations

from dataclasses import dataclass

from wiki.editing.edit import EditConflict
from wiki.editing.following import now_at
from wiki.editing.merge import merge
from wiki.errors import Invalid, NotFound, TooMany
from wiki.markup.decoding import text_of
from wiki.pages.path import PagePath
from wiki.pages.settings_store import SettingsStore
from wiki.storage.objects import Change
from wiki.storage.recent import Recent
from wiki.storage.repository import Entry, Repository

MAX_FILES = 500
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a suggestion: as it was where the suggestion began (`base`), in the wiki now (`ours`), as suggested
    (`theirs`), and what approving would make of it (`merged`).

    The texts are those of pages, None where there is no such page. A file that is no page (`path` is None) has none;
    the ids tell what it holds. `merged` is None for what would be deleted, and where there is a `conflict`, which for a
    file that is no page has no texts either. `file` is where the suggestion has it, `path` where the wiki has the page now.
    """

    file: str
    path: PagePath | None
    change: Change
    ours_id: str | None
    base: str | None = None
    ours: str | None = None
    theirs: str | None = None
    merged: str | None = None
    conflict: EditConflict | None = None
    clashes: bool = False

    @property
    def moved_on(self) -> bool:
        """Whether the wiki's file has changed since the suggestion began."""
        return self.ours_id != self.change.old_id

    @property
    def is_taken(self) -> bool:
        """Whether this is a new page, and another has come to its address since the suggestion began."""
        return self.base is None and self.ours is not None and self.theirs is not None

    @property
    def changes_something(self) -> bool:
        """Whether approving this would change anything: the wiki may hold the same by now."""
        if self.path is None:
            return self.ours_id != self.change.new_id
        return self.clashes or self.merged != self.ours


class Parts:
    """Brings suggestions together with the wiki. Remembers which contents go together, so that lists are quick."""

    def __init__(self, repository: Repository, settings: SettingsStore) -> None:
        self._repository = repository
        self._settings = settings
        self._verdicts: Recent[bool] = Recent(REMEMBERED, lambda _: 1)

    def of(self, base: str, head: str, at: str) -> tuple[Part, ...]:
        """The files that differ between the commits `base` and `head`, brought to the wiki's commit `at`.

        Raises TooMany("suggestion.too_large") for what only git can have made, and only git should merge.
        """
        changes = self._repository.diff(base, head)
        if len(changes) > MAX_FILES:
            raise TooMany("suggestion.too_large", count=len(changes), allowed=MAX_FILES)
        return tuple(self._part(change, base, at) for change in changes)

    def clash(self, changes: tuple[Change, ...], base: str, at: str, effort: list[int]) -> bool | None:
        """Whether one of these changes can't be made to the wiki's commit `at` without somebody's decision.

        `effort` holds the number of merges that may still be tried; None if that was not enough to tell.
        """
        unknown = False
        for change in changes:
            _, ours = self._ours(change, at)
            ours_id = ours.id if ours else None
            if ours_id in (change.old_id, change.new_id):
                continue
            key = f"{change.path}\0{change.old_id}\0{ours_id}\0{change.new_id}"
            verdict = self._verdicts.get(key)
            if verdict is None and effort[0] > 0:
                effort[0] -= 1
                verdict = self._part(change, base, at).clashes
                self._verdicts.keep(key, verdict)
            if verdict:
                return True
            unknown = unknown or verdict is None
        return None if unknown else False

    def text(self, revision: str, file: str) -> str | None:
        """What a page's file held at a commit; None if it was not there. Raises Invalid("base.unknown")."""
        try:
            revision = self._repository.resolve(revision)
        except NotFound:
            raise Invalid("base.unknown", where="at")
        data = self._repository.content(revision, file)
        return None if data is None else text_of(data)

    def _part(self, change: Change, base: str, at: str) -> Part:
        path, entry = self._ours(change, at)
        ours_id = entry.id if entry else None
        if path is None or not _is_page(change, entry):
            clashes = ours_id not in (change.old_id, change.new_id)
            return Part(change.path, None, change, ours_id, clashes=clashes)
        was, ours, theirs = (self._text(id) for id in (change.old_id, ours_id, change.new_id))
        merged, conflict = bring(path, was, ours, theirs, base=base, head=at)
        return Part(change.path, path, change, ours_id, was, ours, theirs, merged, conflict, conflict is not None)

    def _ours(self, change: Change, at: str) -> tuple[PagePath | None, Entry | None]:
        """The page that is changed, and what the wiki has of it, where it has been moved to since perhaps."""
        path = PagePath.of_file(change.path)
        entry = self._repository.entry(at, change.path)
        if path is not None and entry is None and change.old_id and change.new_id:
            path = now_at(path, at, self._repository, self._settings.at(at))
            entry = self._repository.entry(at, path.file)
        return path, entry

    def _text(self, id: str | None) -> str | None:
        return None if id is None else text_of(self._repository.blob(id))


def bring(
    path: PagePath, was: str | None, ours: str | None, theirs: str | None, *, base: str, head: str
) -> tuple[str | None, EditConflict | None]:
    """What becomes of a page that was `was`, that the wiki has as `ours` and a person wants as `theirs` (None: not
    there), and the conflict if somebody must decide; `base` and `head` are the commits of `was` and `ours`."""
    if theirs in (was, ours):
        return ours, None
    if ours == was:
        return theirs, None
    if ours is None or theirs is None:
        return None, EditConflict(path, head, base, ours, theirs or "", theirs or ours or "")
    merged = merge(was or "", ours, theirs)
    if merged.is_clean:
        return merged.source, None
    return None, EditConflict(path, head, base, ours, theirs, merged.source, merged.passages, merged.fields)


def _is_page(change: Change, ours: Entry | None) -> bool:
    """Whether what stands there is a plain file on all sides."""
    modes = [change.old_mode, change.new_mode, ours.mode if ours else 0]
    return all(mode == 0 or mode >> 12 == 0o10 for mode in modes)
