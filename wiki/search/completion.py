"""Completing what is being typed to the title of a page, and what is near to a title that no page has."""

from __future__ import annotations

from itertools import islice

from wiki.search.query import parse
from wiki.search.ranking import rank
from wiki.search.schema import Card
from wiki.search.snapshot import REST_OF_NAMES, Snapshot
from wiki.search.spelling import LONG, distance, errors_allowed
from wiki.search.synonyms import Synonyms
from wiki.search.text import folded, words

MAX_SCANNED = 2_000
# With fewer names than this, what a search finds is shown as well, once so many letters are typed.
FEW = 4
MIN_SEARCHED = 3
# So many are looked at for those that are truly near.
MAX_NEAR = 20
# After the four sorts that `Segment.names` has come names in which the words don't stand side by side.
SCATTERED = 4


def complete(
    snapshot: Snapshot, text: str, limit: int, synonyms: Synonyms | None = None, prefer: str = ""
) -> list[tuple[str, str]]:
    """Paths and titles of pages with a name in which words begin as the words of `text` do.

    Titles that begin with the text come first, then other names that do, then the shorter. Of pages of one title there is
    one, in the language `prefer` if there is one. Where few names fit, those with the text inside of a word
    follow, and what is found by the shortest of the `synonyms` that begins so; where there is nothing yet, what a search
    finds, or names with one typing error.
    """
    return [(card.path, card.title) for card in _completed(snapshot, text, limit, synonyms, prefer)]


def nearest(snapshot: Snapshot, text: str, limit: int, prefer: str = "") -> list[tuple[str, str]]:
    """Paths and titles of what `complete` finds, but only pages of which a name has at least half of these words, with
    a typing error or as the beginning of a longer one."""
    typed = [folded(word) for word in words(text[:200])][:8]
    telling = [word for word in typed if len(word) >= MIN_SEARCHED] or typed
    found = _completed(snapshot, text, MAX_NEAR, None, prefer)
    return [(card.path, card.title) for card in found if any(_is_near(telling, name) for name in card.names)][:limit]


def _is_near(typed: list[str], name: str) -> bool:
    # A name of several words may have been run together.
    own = [*name.split(" "), name.replace(" ", "")]
    return 2 * sum(any(_is_meant(word, other) for other in own) for word in typed) >= len(typed)


def _is_meant(word: str, other: str) -> bool:
    allowed = errors_allowed(word)
    slip = len(word) >= LONG and word[0] == other[:1] and distance(word, other, allowed) <= allowed
    return slip or other.startswith(word)


def _completed(snapshot: Snapshot, text: str, limit: int, synonyms: Synonyms | None, prefer: str) -> list[Card]:
    typed = [folded(word) for word in words(text[:200])][:8]
    if not typed:
        return []
    chosen = _named(snapshot, typed)
    meant = synonyms.completed(typed) if synonyms is not None else None
    few = len(chosen) < FEW and sum(map(len, typed)) >= MIN_SEARCHED
    if few:
        chosen += _inside(snapshot, " ".join(typed), {*chosen})
    if few and (meant or not chosen):
        found = rank(snapshot, parse(meant or text[:200]), synonyms, prefer, limit)
        chosen += [number for path, _ in found.hits if (number := snapshot.find(path)) is not None]
    chosen = chosen or _named(snapshot, [_near(snapshot, word) for word in typed])
    cards: dict[str, Card] = {}
    for card in map(snapshot.card, chosen):
        if len(cards) == limit and card.title not in cards:
            break
        if card.title not in cards or (card.language == prefer != cards[card.title].language):
            cards[card.title] = card
    return [*cards.values()]


def _named(snapshot: Snapshot, typed: list[str]) -> list[int]:
    """The pages that have such a name, best first."""
    best: dict[int, tuple[int, int, str]] = {}
    whole = " ".join(typed)
    for base, segment, deleted in snapshot:
        for key, sort, number in islice(segment.names_from(typed[0]), MAX_SCANNED):
            if number in deleted:
                continue
            card = segment.cards[number]
            runs_on = key.startswith(whole)
            if not runs_on and not _all_begin(typed, " ".join(card.names)):
                continue
            order = (sort if runs_on else SCATTERED, len(card.title), card.title)
            if base + number not in best or order < best[base + number]:
                best[base + number] = order
    return sorted(best, key=best.__getitem__)


def _inside(snapshot: Snapshot, typed: str, known: set[int]) -> list[int]:
    """The other pages with a name that has the text inside of a word: "chimp"."""
    found = {
        base + number: (sort, len(name))
        for base, segment, deleted in snapshot
        for name, sort, number in segment.names
        if sort < REST_OF_NAMES and typed in name and number not in deleted and base + number not in known
    }
    return sorted(found, key=found.__getitem__)


def _all_begin(typed: list[str], name: str) -> bool:
    padded = f" {name}"
    return all(f" {word}" in padded for word in typed)


def _near(snapshot: Snapshot, word: str) -> str:
    """A beginning of a word in some name that is one error away from `word`; the word itself if there is none."""
    if len(word) < 3:
        return word
    for _, segment, _ in snapshot:
        seen = ""
        for key, _, _ in islice(segment.names_from(word[0]), MAX_SCANNED):
            other = key.partition(" ")[0]
            if other == seen:
                continue
            seen = other
            for length in (len(word), len(word) + 1, len(word) - 1):
                if distance(word, other[:length], 1) <= 1:
                    return other[:length]
    return word
