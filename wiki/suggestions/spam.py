"""Keeping programs and advertisers out of the queue, without asking people to solve anything.

Whoever is turned away is told what to change, and nothing they wrote is lost. Nothing is remembered about them but what
the throttle counts.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from wiki.accounts.clock import Clock
from wiki.accounts.opaque import subkey
from wiki.config import Config
from wiki.editing.edit import STRANGER, Attach, Edit, Write
from wiki.errors import Invalid, NotFound, TooMany
from wiki.markup.decoding import text_of
from wiki.pages.settings_store import SettingsStore
from wiki.storage.repository import Repository
from wiki.suggestions.branch import Branch

HOUR = 3_600
# What strangers send stays on the disk until somebody has decided about it, and longer. So many of the largest pages in an hour
# are all from one address; and in twelve, from all together, of texts that are longer than pages are.
PAGES_OF_ONE = 4
PAGES_OF_ALL = 64
USUAL_KILOBYTES = 64
SHOWN = 10
_LINK = re.compile(r"(?:(?:\bhttps?:)?//(?=\w)|\bwww\.)[^\s<>\"'`()\[\]{}|\\^]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")


class Throttle(Protocol):
    """Counts how often somebody does something; see `wiki.accounts.throttle`."""

    def hit(self, purpose: str, subject: str, limit: int, per_seconds: int, amount: int = 1) -> None:
        """Count one, or `amount`. Raises TooMany above `limit` in `per_seconds`."""


class FormClock:
    """Tells how long ago a form was opened, by a signed time in the form itself: nothing has to be kept."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._key = subkey(secret, "suggestions.form")
        self._clock = clock

    def stamp(self) -> str:
        """What goes into a form that is opened now."""
        moment = str(int(self._clock().timestamp()))
        return f"{moment}-{self._signature(moment)}"

    def seconds(self, stamp: str) -> float:
        """Seconds since the form was opened; 0 for a stamp that is not ours, as if it had been opened just now."""
        moment, _, signature = stamp[:200].partition("-")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(moment).encode()):
            return 0.0
        return max(0.0, self._clock().timestamp() - float(moment))

    def _signature(self, moment: str) -> str:
        return hmac.new(self._key, moment.encode("utf-8", "replace"), "sha256").hexdigest()[:32]


class SpamCheck:
    """What a suggestion by somebody unknown must pass."""

    def __init__(self, repository: Repository, branch: Branch, settings: SettingsStore, config: Config) -> None:
        self._repository = repository
        self._branch = branch
        self._settings = settings
        self._review = config.review
        self._per_hour = config.limits.suggestions_per_hour
        self._page_kilobytes = -(-config.limits.page_bytes // 1024)

    def check(
        self,
        write: Write,
        *,
        trap: str,
        seconds_open: float,
        known_person: bool,
        throttle: Throttle,
        address: str,
        note: str = "",
    ) -> None:
        """Let a suggestion through, or raise Invalid("spam.…") that says what to change, or TooMany where there are too many of
        them, or one is too large.

        `trap` is what stands in the form's field that people don't see; `seconds_open` is how long the form was open
        (see `FormClock`); `address` is whose suggestions are counted. A `known_person`, whom this wiki has reason to
        trust, is only counted.
        """
        if not known_person:
            if trap.strip():
                raise Invalid("spam.trap", where="trap")
            if seconds_open < self._review.min_seconds:
                raise Invalid("spam.too_fast", where="opened", seconds=self._review.min_seconds)
            self._check_text(write, note)
            self._check_room(write, throttle, address)
        throttle.hit("suggestion", address, self._per_hour, HOUR)

    def _check_text(self, write: Write, note: str) -> None:
        settings = self._settings.at()
        edits = [edit for edit in write.edits if isinstance(edit, Edit)]
        before = [self._before(edit) for edit in edits]
        name = write.actor.display_name if write.actor.name == STRANGER else ""
        after = [*(edit.source or "" for edit in edits), write.message, note, name]
        allowed = self._review.max_links if settings.max_links is None else settings.max_links
        links = list(dict.fromkeys(link for text in after for link in outside_links(text)))
        known = {link for text in before for link in outside_links(text)}
        new = [link for link in links if link not in known]
        if len(new) > allowed:
            raise Invalid("spam.links", where="body", count=len(new), allowed=allowed, links=tuple(new[:SHOWN]))
        phrases = [phrase for phrase in map(_words, settings.spam_words) if phrase]
        found = set(_phrases(after, phrases)) - set(_phrases(before, phrases))
        if found:
            shown = tuple(" ".join(phrase) for phrase in sorted(found)[:SHOWN])
            raise Invalid("spam.words", where="body", words=shown)

    def _check_room(self, write: Write, throttle: Throttle, address: str) -> None:
        kilobytes = sum(map(_size, write.edits)) // 1024 + 1
        allowed = PAGES_OF_ONE * self._page_kilobytes
        if kilobytes > allowed:
            # However long one waits.
            raise TooMany("spam.too_large", size=kilobytes, allowed=allowed)
        throttle.hit("suggestion.room", address, allowed, HOUR, kilobytes)
        if kilobytes > USUAL_KILOBYTES:
            throttle.hit("suggestion.room", "all", PAGES_OF_ALL * self._page_kilobytes, 12 * HOUR, kilobytes)

    def _before(self, edit: Edit) -> str:
        """The page as the person found it in the wiki; what stood there already is not their doing."""
        try:
            base = self._repository.resolve(edit.base) if edit.base else ""
        except NotFound:
            base = ""
        if base and not self._branch.reaches(base):
            # An amendment is made from the suggestion itself, whose links are not the wiki's.
            base = self._repository.head()
        return text_of(self._repository.content(base, edit.path.file) or b"") if base else ""


def _size(edit: Edit | Attach) -> int:
    """How many bytes come with an edit."""
    data = edit.data if isinstance(edit, Attach) else (edit.source or "").encode("utf-8", "replace")
    return len(data or b"")


def outside_links(text: str) -> Iterator[str]:
    """The addresses in a text that a browser would go to, in one spelling."""
    for found in _LINK.finditer(unicodedata.normalize("NFKC", text)):
        address = found.group().casefold().rstrip(".,;:!?*_~")
        yield re.sub(r"^(?:https?:)?(?://)?(?:www\.)?", "", address)


def _words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: case, width and invisible characters don't count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isascii():
        folded = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    return tuple(_WORD.findall(folded))


def _phrases(texts: Iterable[str], phrases: Collection[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Which of the phrases stand in the texts, as whole words; in one pass however many phrases there are."""
    wanted = set(phrases)
    lengths: dict[str, set[int]] = {}
    for phrase in wanted:
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    for text in texts:
        words = _words(text)
        for place, word in enumerate(words):
            for length in lengths.get(word, ()):
                if words[place : place + length] in wanted:
                    yield words[place : place + length]
