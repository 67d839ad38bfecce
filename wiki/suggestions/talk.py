"""How the talk about a suggestion is written into commits, and read from them.

An entry is a commit without files: a line that says which suggestion it is about, the words of the person, and in a
last paragraph of their own the engine's trailers. Only what stands in that paragraph counts, so nobody's words can be
taken for a decision. A commit that somebody made there with plain git needs no trailers: it is something said.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from wiki.errors import Invalid, NotFound
from wiki.markup.line_ends import unix
from wiki.storage.objects import Commit
from wiki.storage.repository import Repository
from wiki.suggestions.suggestion import Event, State

MAX_TEXT = 5_000
MAX_ENTRIES = 500

_EVENTS = {event.value: event for event in Event}
_VERDICTS = {
    Event.ASKED: State.CHANGES_ASKED,
    Event.APPROVED: State.APPROVED,
    Event.DECLINED: State.DECLINED,
    Event.WITHDRAWN: State.WITHDRAWN,
}
# Control and formatting characters (some turn the direction of what follows), halves of characters, private ones; but
# not the joiners, which some languages and many pictures are written with.
_DROPPED = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Said:
    """One entry as a commit. `about` is the head of the suggestion that the person had before them, `merged_as` the
    commit of an approval; both empty where the commit doesn't say."""

    commit: Commit
    event: Event
    text: str
    about: str
    merged_as: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything said, oldest first. `base` is where the suggestion began and `key_digest` what its link is checked
    against; both empty for a suggestion that was made with plain git."""

    entries: tuple[Said, ...] = ()
    base: str = ""
    key_digest: str = ""

    def verdict(self, head: str, author: str) -> tuple[State, str]:
        """Where the talk leaves a suggestion that now ends at `head`, and as what it was merged. A decision about
        another head than that is none any more: somebody has changed the suggestion since. Nor do changes wait for the
        author (an address, as git has it) who has answered."""
        answered = False
        for said in reversed(self.entries):
            if said.event in _VERDICTS:
                if said.about in ("", head) and not (answered and said.event is Event.ASKED):
                    return _VERDICTS[said.event], said.merged_as
                break
            answered = answered or said.commit.author.email == author
        return State.OPEN, ""

    def opens(self, key: str) -> bool:
        """Whether this is the key of the private link."""
        return bool(self.key_digest) and secrets.compare_digest(self.key_digest, digest(key))


def new_key() -> str:
    """A fresh key for a private link."""
    return secrets.token_urlsafe(24)


def digest(key: str) -> str:
    """What is stored in place of a key, which holds enough chance (192 bits) to need no slower one."""
    return hashlib.sha256(key[:200].encode("utf-8", "replace")).hexdigest()


def opening_message(number: int, base: str, key: str) -> str:
    """The message of the first commit on a talk ref: about the suggestion, said by nobody."""
    return f"Suggestion {number}\n\nSuggestion: {number}\nBase: {base}\nKey: {digest(key)}\n"


def entry_message(
    number: int, event: Event, text: str, about: str, merged_as: str = "", left_out: Sequence[str] = ()
) -> str:
    """The message of an entry. Raises Invalid("text.too_long")."""
    trailers = [f"Event: {event.value}", f"Head: {about}"]
    if merged_as:
        trailers.append(f"Commit: {merged_as}")
    trailers += [f"Left-out: {' '.join(file.split())}" for file in left_out]
    said = clean(text)
    paragraphs = [f"Suggestion {number}: {event.value}", *([said] if said else []), "\n".join(trailers)]
    return "\n\n".join(paragraphs) + "\n"


def clean(text: str) -> str:
    """A person's words without control characters but line feeds. Raises Invalid("text.too_long")."""
    if len(text) > MAX_TEXT:
        raise Invalid("text.too_long", where="text", length=len(text), allowed=MAX_TEXT)
    lines = unix(text).replace("\t", " ").split("\n")
    kept = (
        "".join(each for each in line if unicodedata.category(each) not in _DROPPED or each in _JOINERS).rstrip()
        for line in lines
    )
    return "\n".join(kept).strip()


def read_talk(repository: Repository, head: str) -> Talk:
    """The talk whose newest commit is `head`; its oldest part is left out where somebody made it endless."""
    entries: list[Said] = []
    id = head
    for _ in range(MAX_ENTRIES):
        try:
            commit = repository.commit(id)
        except NotFound:
            break
        if "Key" in commit.trailers:
            opening = commit.trailers
            return Talk(tuple(reversed(entries)), opening.get("Base", ("",))[-1], opening["Key"][-1])
        entries.append(_said(commit))
        if not commit.parents:
            break
        id = commit.parents[0]
    return Talk(tuple(reversed(entries)))


def _said(commit: Commit) -> Said:
    trailers = commit.trailers
    event = _EVENTS.get(trailers.get("Event", ("",))[-1])
    if event is None:
        text = f"{commit.subject}\n\n{commit.body}" if commit.body else commit.subject
        return Said(commit, Event.SAID, clean(text[:MAX_TEXT]), "", "", ())
    about, merged_as = (trailers.get(key, ("",))[-1] for key in ("Head", "Commit"))
    return Said(commit, event, clean(commit.body[:MAX_TEXT]), about, merged_as, trailers.get("Left-out", ()))
