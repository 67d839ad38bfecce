"""Writing the refs of suggestions: always under the writer's lock, the head of a suggestion last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor, Write
from wiki.editing.editor import Editor
from wiki.errors import Unavailable
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer
from wiki.suggestions.drafting import Changes
from wiki.suggestions.suggestion import REFS, Event, head_ref, parse_ref, talk_ref
from wiki.suggestions.talk import entry_message, new_key, opening_message

# The opening of the newest talk stays reachable from here, so that a number is never given twice: a deleted suggestion's
# trailer in the history of the branch must not stand for another one.
LAST = f"{REFS}last"
ATTEMPTS = 10


class SuggestionWriter:
    """Makes and moves the refs of suggestions."""

    def __init__(self, repository: Repository, writer: Writer, editor: Editor) -> None:
        self._repository = repository
        self._writer = writer
        self._editor = editor
        self._engine = editor.person(Actor("wiki", "wiki", Role.READER))

    @property
    def domain(self) -> str:
        """The domain of the addresses that the engine gives its people in git."""
        return self._engine.email.partition("@")[2]

    def begin(self, base: str, changes: Changes, write: Write) -> tuple[int, str]:
        """A new suggestion whose first commit makes `changes` on top of `base`; its number and key. It is not there before
        that commit is."""
        for _ in range(ATTEMPTS):
            last = self._repository.ref(LAST)
            number, key, when = self._free_number(), new_key(), self._editor.now()
            message = opening_message(number, base, key)
            try:
                opening = self._writer.commit(
                    {}, base=None, message=message, author=self._engine, when=when, ref=talk_ref(number)
                )
                self._writer.update_ref(LAST, opening, last)
                self.commit(number, base, changes, write, new=True)
            except RefMoved:
                # Another git has pushed a suggestion of this number meanwhile.
                continue
            return number, key
        raise Unavailable("storage.busy", retry_after=5)

    def commit(self, number: int, parent: str, changes: Changes, write: Write, new: bool = False) -> None:
        """Put a commit on a suggestion that ends at `parent`, or with `new` is there from this commit on."""
        message = self._editor.commit_message(replace(write, trailers={"Suggestion": str(number)}))
        author, when, ref = self._editor.person(write.actor), self._editor.now(), head_ref(number)
        self._writer.commit(changes, base=parent, message=message, author=author, when=when, ref=ref, new_ref=new)

    def say(
        self,
        number: int,
        event: Event,
        actor: Actor,
        text: str,
        merged_as: str = "",
        left_out: Sequence[str] = (),
    ) -> None:
        """Add an entry to the talk, about the suggestion as it stands."""
        about = self._repository.ref(head_ref(number)) or ""
        message = entry_message(number, event, text, about, merged_as, left_out)
        author, when = self._editor.person(actor), self._editor.now()
        self._writer.commit(
            {},
            base=self._repository.ref(talk_ref(number)),
            message=message,
            author=author,
            when=when,
            ref=talk_ref(number),
        )

    def last(self) -> int:
        """The highest number that was given here; 0 before the first."""
        id = self._repository.ref(LAST)
        stated = self._repository.commit(id).trailers.get("Suggestion", ()) if id else ()
        return max((int(number) for number in stated if number.isascii() and number.isdigit()), default=0)

    def _free_number(self) -> int:
        number = self.last()
        if not number:
            # The first one; or somebody has deleted the ref that remembers.
            number = max((parsed[0] for parsed in map(parse_ref, self._repository.refs(REFS)) if parsed), default=0)
        number += 1
        while self._repository.ref(head_ref(number)) or self._repository.ref(talk_ref(number)):
            number += 1
        return number
