"""The queue of suggestions: making them, changing them, talking about them, listing them.

All of it is in git. Who holds the key of a suggestion's private link, or the account that made it, may follow, amend
and withdraw it; reviewers may see them all. Nobody else learns that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wiki.accounts.clock import Clock
from wiki.accounts.roles import Permission
from wiki.catalog.catalog import Catalog
from wiki.config import Config
from wiki.editing.edit import Actor, Write
from wiki.editing.editor import Editor
from wiki.errors import Denied, Gone, Invalid, NotFound
from wiki.pages.path import PagePath, fold
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer
from wiki.suggestions.access import require_may_suggest, require_open
from wiki.suggestions.branch import Branch
from wiki.suggestions.drafting import Drafting, by_hand
from wiki.suggestions.parts import Parts
from wiki.suggestions.reading import Record, SuggestionReader
from wiki.suggestions.spam import FormClock, SpamCheck
from wiki.suggestions.suggestion import Event, Submitted, Suggestion
from wiki.suggestions.talk import clean
from wiki.suggestions.writing import SuggestionWriter

MERGES_AT_ONCE = 50


class Suggestions:
    """The suggestions of one wiki. Safe in several threads and processes.

    `forms` and `spam` are what a face asks before it lets a stranger submit. The other attributes are for the review.
    """

    def __init__(
        self,
        repository: Repository,
        writer: Writer,
        editor: Editor,
        store: PageStore,
        settings: SettingsStore,
        catalog: Catalog,
        secret: bytes,
        config: Config,
        clock: Clock,
    ) -> None:
        self.repository = repository
        self.writer = writer
        self.editor = editor
        self.settings = settings
        self.limits = config.limits
        self.branch = Branch(repository)
        self.parts = Parts(repository, settings)
        self.forms = FormClock(secret, clock)
        self.spam = SpamCheck(repository, self.branch, settings, config)
        self._drafting = Drafting(repository, editor, store, catalog, self.branch, config.limits)
        self._refs = SuggestionWriter(repository, writer, editor)
        self._reader = SuggestionReader(repository, self.branch, self._refs.domain)
        self._waiting: tuple[str, Mapping[int, Record], list[tuple[Record, Suggestion]]] | None = None

    # Making and changing

    def submit(self, write: Write, note: str = "") -> Submitted:
        """Keep a write as a suggestion; nothing of it shows before a reviewer approves it.

        `note` is what the person says to the reviewers. Raises Denied, Invalid (with problems), TooMany, and EditConflict
        where edits with different bases don't go together.
        """
        require_may_suggest(write.actor, self.settings.at())
        write, note = by_hand(write), clean(note)
        base, changes = self._drafting.changes(write)
        with self.writer.lock():
            number, key = self._refs.begin(base, changes, write)
            if note:
                self._refs.say(number, Event.SAID, write.actor, note)
        return Submitted(number, key)

    def amend(self, number: int, write: Write, key: str = "") -> Suggestion:
        """Put further edits on a suggestion; what it was before stays in its history.

        An edit's base is a commit of the suggestion (its `head`, as a rule) or of the wiki. Raises NotFound for who may
        not see it, Conflict("suggestion.closed"), and what `submit` raises.
        """
        with self.writer.lock():
            suggestion = self.seen_by(number, write.actor, key)
            require_open(suggestion)
            write = by_hand(write)
            changes = self._drafting.further_changes(write, suggestion)
            self._refs.commit(number, suggestion.head, changes, write)
            return self.get(number)

    def withdraw(self, number: int, actor: Actor, key: str = "", text: str = "") -> Suggestion:
        """Take a suggestion back, which only its author can. Raises NotFound, Denied, Conflict("suggestion.closed")."""
        with self.writer.lock():
            suggestion = self.seen_by(number, actor, key)
            require_open(suggestion)
            if not self._is_author(suggestion, actor) and not self._opens(number, key):
                raise Denied("denied.not_author")
            self._refs.say(number, Event.WITHDRAWN, actor, text)
            return self.get(number)

    def say(self, number: int, actor: Actor, text: str, key: str = "") -> Suggestion:
        """Add to the talk; open to the author and to reviewers, whatever became of the suggestion."""
        if not clean(text):
            raise Invalid("text.empty", where="text")
        with self.writer.lock():
            self.seen_by(number, actor, key)
            self._refs.say(number, Event.SAID, actor, text)
            return self.get(number)

    def decide(
        self, number: int, event: Event, reviewer: Actor, text: str, merged_as: str = "", left_out: Sequence[str] = ()
    ) -> Suggestion:
        """Write a reviewer's decision into the talk. `Review` makes them, and asks for the right to."""
        with self.writer.lock():
            self._refs.say(number, event, reviewer, text, merged_as, left_out)
            return self.get(number)

    # Looking

    def get(self, number: int) -> Suggestion:
        """One suggestion with its talk, whoever asks. Raises NotFound, or Gone for a deleted one."""
        record = self._record(number)
        found = self._reader.suggestion(record, self._reader.holdings([record]))
        conflicted = None
        if found.state.is_open:
            effort = [len(record.changes)]
            conflicted = self.parts.clash(record.changes, record.base, self.repository.head(), effort)
        return replace(found, conflicted=conflicted, talk=self._reader.entries(record))

    def by_key(self, number: int, key: str) -> Suggestion:
        """The suggestion that a private link leads to. Raises NotFound for a wrong key, Gone for a deleted one."""
        refs = self._reader.refs_of(number)
        if (refs.head or refs.talk) and not self._opens(number, key):
            raise NotFound("suggestion.not_found", number=number)
        return self.get(number)

    def seen_by(self, number: int, actor: Actor, key: str = "") -> Suggestion:
        """The suggestion, for a reviewer, its author or whoever holds its key. Raises NotFound for everybody else."""
        if actor.may(Permission.REVIEW):
            return self.get(number)
        record = self._reader.one(number)
        if record is not None and self._reader.username(record.first) == actor.name:
            return self.get(number)
        if key:
            return self.by_key(number, key)
        raise NotFound("suggestion.not_found", number=number)

    def open(self) -> tuple[Suggestion, ...]:
        """All that wait for somebody, the oldest first, without their talk."""
        head, effort = self.repository.head(), [MERGES_AT_ONCE]
        found = []
        for record, suggestion in self._open():
            conflicted = self.parts.clash(record.changes, record.base, head, effort)
            found.append(suggestion if conflicted is None else replace(suggestion, conflicted=conflicted))
        return tuple(sorted(found, key=lambda suggestion: (suggestion.created, suggestion.number)))

    def closed(self, limit: int = 50) -> tuple[Suggestion, ...]:
        """Those decided last, without their talk."""
        waiting = {record.number for record, _ in self._open()}
        closed = (record for record in self._reader.records().values() if record.number not in waiting)
        newest = sorted(closed, key=lambda record: (record.updated, record.number), reverse=True)[:limit]
        holdings = self._reader.holdings(newest)
        return tuple(self._reader.suggestion(record, holdings) for record in newest)

    def rivals(self, number: int) -> tuple[Suggestion, ...]:
        """The others that wait and would make a page that this one makes, too: at its address, or of its name in another
        folder. Without their talk. Raises NotFound, or Gone for a deleted one."""
        names = self._new_pages(self._record(number))
        return tuple(
            suggestion
            for record, suggestion in self._open()
            if record.number != number and names & self._new_pages(record)
        )

    def by(self, username: str) -> tuple[Suggestion, ...]:
        """Everything that an account has suggested, the newest first, without the talk."""
        records = self._reader.records().values()
        own = [record for record in records if self._reader.username(record.first) == username]
        holdings = self._reader.holdings(own)
        return tuple(self._reader.suggestion(record, holdings) for record in reversed(own))

    def reachable(self, revision: str) -> bool:
        """Whether readers may be shown what is at this commit (a full id): not if only a suggestion holds it."""
        return self.branch.reaches(revision)

    def commit_of(self, suggestion: Suggestion, revision: str) -> str:
        """The commit of a suggestion that has this full id; empty if none of its commits has."""
        return self._drafting.in_suggestion(revision, suggestion)

    # Insides

    def _record(self, number: int) -> Record:
        record = self._reader.one(number)
        if record is None:
            if 0 < number <= self._refs.last():
                raise Gone("suggestion.gone", number=number)
            raise NotFound("suggestion.not_found", number=number)
        return record

    def _new_pages(self, record: Record) -> set[tuple[str, str]]:
        """Language and name of the pages that a suggestion makes; forms make the name from the title."""
        languages = self.settings.at().languages
        paths = (PagePath.of_file(change.path) for change in record.changes if change.old_id is None)
        return {(path.language(languages), fold(path.name)) for path in paths if path is not None}

    def _open(self) -> list[tuple[Record, Suggestion]]:
        head, records = self.repository.head(), self._reader.records()
        known = self._waiting
        if known is not None and known[0] == head and known[1] is records:
            return known[2]
        waiting = [record for record in records.values() if record.state.is_open]
        holdings = self._reader.holdings(waiting)
        found = [(record, self._reader.suggestion(record, holdings)) for record in waiting]
        found = [(record, suggestion) for record, suggestion in found if suggestion.state.is_open]
        self._waiting = (head, records, found)
        return found

    def _is_author(self, suggestion: Suggestion, actor: Actor) -> bool:
        return bool(suggestion.author_username) and suggestion.author_username == actor.name

    def _opens(self, number: int, key: str) -> bool:
        refs = self._reader.refs_of(number)
        return bool(refs.talk) and self._reader.talk(refs).opens(key)
