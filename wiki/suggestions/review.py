"""Reviewing: what a suggestion would change, and a reviewer's decision about it.

Approving is a merge in git and goes through the editor, so the rules of every save hold for it too. Its author is who
suggested, its committer who approved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wiki.accounts.roles import Permission, Role
from wiki.editing.edit import STRANGER, Actor, Attach, Edit, Saved, Write
from wiki.editing.validation import check_file, check_page, new_problems
from wiki.errors import Conflict, Denied, Invalid, Problem
from wiki.history.diff import FieldChange, compare
from wiki.markup.diff import Hunk, words
from wiki.markup.front_matter import FrontMatter, load
from wiki.markup.line_ends import kept_ends
from wiki.pages.page import Page, unsaved_page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.storage.objects import kind_of
from wiki.suggestions.access import require_open
from wiki.suggestions.parts import Part, bring
from wiki.suggestions.queue import Suggestions
from wiki.suggestions.suggestion import Event, State, Suggestion
from wiki.suggestions.talk import clean


class FileClash(Conflict):
    """A file that is no page was changed in the wiki too: nobody can merge it, so one of the two must be left out."""

    default_code = "suggestion.file_clash"


@dataclass(frozen=True, slots=True)
class PartView:
    """One file of a suggestion as a reviewer sees it: what approving it would change in the wiki.

    Where there is a conflict, and after the approval, the changes shown are those that the author made; a page made for
    an address that another has taken meanwhile stands beside that one. `page` is the page as it would be, None for a
    deletion, a file that is no page, and while there is a conflict; `problems` keep it from being approved.
    """

    part: Part
    text: tuple[Hunk, ...]
    facts: tuple[FieldChange, ...]
    page: Page | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A suggestion beside what the wiki holds at its commit `at`. Approving takes `suggestion.head` and `at` back."""

    suggestion: Suggestion
    at: str
    parts: tuple[PartView, ...]


class Review:
    """What reviewers do with suggestions."""

    def __init__(self, suggestions: Suggestions) -> None:
        self._suggestions = suggestions

    def preview(self, number: int) -> ReviewView:
        """What a suggestion would change now. Raises NotFound or Gone. Whoever may see the suggestion may see this."""
        suggestion = self._suggestions.get(number)
        at = self._suggestions.repository.head()
        settings = self._suggestions.settings.at(at)
        parts = self._suggestions.parts.of(suggestion.base, suggestion.head, at)
        is_in = suggestion.state is State.APPROVED
        return ReviewView(suggestion, at, tuple(self._view(part, settings, is_in) for part in parts))

    def approve(
        self,
        number: int,
        reviewer: Actor,
        head: str,
        *,
        at: str = "",
        files: Collection[str] | None = None,
        edited: Mapping[str, str] | None = None,
        message: str = "",
        text: str = "",
        without_history: bool = False,
    ) -> Saved:
        """Take a suggestion into the wiki.

        `head` and `at` are the commits that the reviewer saw (`ReviewView`): a suggestion amended meanwhile is not
        approved unseen. `files` are those to take (default: all), `edited` the reviewer's own text for some of them, made
        from the wiki's text at `at`. `message` replaces the author's summary, `text` goes into the talk. The commits of
        the suggestion become part of the wiki's history, unless files are left out or `without_history` asks for it
        (when an earlier version held something that must not be public).

        Raises Denied, NotFound, Conflict("suggestion.changed" or "suggestion.closed"), EditConflict, FileClash, Invalid.
        """
        require_reviewer(reviewer)
        clean(text)
        with self._suggestions.writer.lock():
            suggestion = self._suggestions.get(number)
            if suggestion.head != head:
                raise Conflict("suggestion.changed", number=number)
            if suggestion.state is not State.DECLINED:
                require_open(suggestion)
            now = self._suggestions.repository.head()
            parts = self._suggestions.parts.of(suggestion.base, suggestion.head, now)
            chosen = _chosen(parts, files, edited or {})
            left_out = [part.file for part in parts if part not in chosen and part.changes_something]
            edits = [self._edit(part, now, at or now, (edited or {}).get(part.file)) for part in chosen]
            saved = self._suggestions.editor.apply(
                Write(
                    edits=tuple(edit for edit in edits if edit is not None),
                    message=message or suggestion.title,
                    actor=Actor(suggestion.author_username or STRANGER, suggestion.author_name, Role.READER),
                    affiliation=suggestion.affiliation,
                    committer=reviewer,
                    trailers={
                        "Suggestion": str(number),
                        "Reviewed-by": self._suggestions.editor.person(reviewer).name,
                    },
                    # Merging the whole would say in git that what was left out is in.
                    other_parents=() if left_out or without_history else (head,),
                    permission=Permission.REVIEW,
                )
            )
            if not saved.changed:
                raise Invalid("suggestion.nothing", where="files")
            self._suggestions.decide(number, Event.APPROVED, reviewer, text, saved.revision, left_out)
            return saved

    def decline(self, number: int, reviewer: Actor, reason: str) -> Suggestion:
        """Close a suggestion and say why. Raises Denied, NotFound, Invalid, Conflict("suggestion.closed")."""
        return self._answer(number, Event.DECLINED, reviewer, reason)

    def ask(self, number: int, reviewer: Actor, text: str) -> Suggestion:
        """Ask the author for changes. Raises Denied, NotFound, Invalid, Conflict("suggestion.closed")."""
        return self._answer(number, Event.ASKED, reviewer, text)

    def _answer(self, number: int, event: Event, reviewer: Actor, text: str) -> Suggestion:
        require_reviewer(reviewer)
        if not clean(text):
            raise Invalid("text.empty", where="text")
        with self._suggestions.writer.lock():
            require_open(self._suggestions.get(number))
            return self._suggestions.decide(number, event, reviewer, text)

    def _edit(self, part: Part, now: str, seen: str, edited: str | None) -> Edit | Attach | None:
        """The write that takes one file in; None if the wiki holds it already."""
        if edited is None:
            problems = self._file_problems(part)
            if problems:
                raise Invalid("page.problems", problems=tuple(problems))
        if part.path is None:
            if part.clashes:
                raise FileClash(path=part.file)
            return Attach(part.file, self._data(part)) if part.changes_something else None
        if edited is not None:
            return Edit(part.path, now, self._brought(part, part.path, now, seen, edited))
        if part.conflict is not None:
            raise part.conflict
        return Edit(part.path, now, part.merged) if part.changes_something else None

    def _brought(self, part: Part, path: PagePath, now: str, seen: str, edited: str) -> str | None:
        """The reviewer's text, made from what the wiki held at the commit `seen`, on what it holds now."""
        if seen == now:
            return edited
        was = self._suggestions.parts.text(seen, path.file)
        theirs = kept_ends(part.ours or "", edited)
        source, conflict = bring(path, was, part.ours, theirs, base=seen, head=now)
        if conflict is not None:
            raise conflict
        return source

    def _view(self, part: Part, settings: Settings, is_in: bool) -> PartView:
        if part.path is None:
            return PartView(part, (), (), None, tuple(self._file_problems(part)))
        conflicted = part.conflict is not None and not is_in
        old, new = (part.base, part.theirs) if conflicted or is_in else (part.ours, part.merged)
        if conflicted and part.is_taken:
            old = part.ours
        before, after = load(old or ""), load(new or "")
        if before.problem or after.problem:
            # Facts can't be told apart from the text then.
            before, after = (FrontMatter({}, side or "", 1, None, False) for side in (old, new))
        page = None
        if new is not None and not conflicted:
            page = unsaved_page(part.path, new, settings)
        return PartView(
            part=part,
            text=tuple(words(before.body, after.body)),
            facts=tuple(compare(before.fields, after.fields)),
            page=page,
            problems=() if is_in else tuple(self._page_problems(part, page, settings)),
        )

    def _page_problems(self, part: Part, page: Page | None, settings: Settings) -> list[Problem]:
        if page is None or part.path is None or not part.changes_something:
            return []
        limit = self._suggestions.limits.page_bytes
        problems = [*self._file_problems(part), *check_page(page, settings, limit)]
        if part.ours is None:
            return problems
        ours = unsaved_page(part.path, part.ours, settings)
        return new_problems(check_page(ours, settings, limit), problems)

    def _file_problems(self, part: Part) -> list[Problem]:
        """What is wrong with a file by itself, as the check of a push would say; of a page only what its text, which the
        editor checks, doesn't show."""
        change = part.change
        problems = self._problems_of(part, change.new_mode, change.new_id)
        if not problems or kind_of(change.old_mode) != "blob":
            return problems
        # What is wrong with the file already is not the author's doing.
        return new_problems(self._problems_of(part, change.old_mode, change.old_id), problems)

    def _problems_of(self, part: Part, mode: int, id: str | None) -> list[Problem]:
        if id is None:
            return []
        limits, settings = self._suggestions.limits, self._suggestions.settings.at()
        data = self._suggestions.repository.blob(id)
        problems = check_file(part.file, mode, data, settings, limits.page_bytes, limits.attachment_bytes)
        return [problem for problem in problems if part.path is None or problem.code == "page.encoding"]

    def _data(self, part: Part) -> bytes | None:
        id = part.change.new_id
        return None if id is None else self._suggestions.repository.blob(id)


def require_reviewer(actor: Actor) -> None:
    """Raise Denied for who may not review."""
    if not actor.may(Permission.REVIEW):
        raise Denied("denied.permission", permission=Permission.REVIEW.value)


def _chosen(parts: tuple[Part, ...], files: Collection[str] | None, edited: Mapping[str, str]) -> list[Part]:
    asked = {part.file for part in parts} if files is None else set(files)
    for file in (asked | edited.keys()) - {part.file for part in parts}:
        raise Invalid("suggestion.unknown_file", where="files", file=file[:200])
    if not asked:
        raise Invalid("suggestion.nothing", where="files")
    return [part for part in parts if part.file in asked]
