"""Completing what is being typed to the title of a page."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from wiki.search.snapshot import Segment, Snapshot
from wiki.search.spelling import distance
from wiki.search.text import folded, words

MAX_SCANNED = 2_000


def complete(snapshot: Snapshot, text: str, limit: int) -> list[tuple[str, str]]:
    """Paths and titles of pages with a name in which words begin as the words of `text` do.

    Names that begin with the text come first, then the shorter. Where there is none, one typing error is forgiven.
    """
    typed = [folded(word) for word in words(text[:200])][:8]
    if not typed:
        return []
    return _named(snapshot, typed, limit) or _named(snapshot, [_near(snapshot, word) for word in typed], limit)


def _named(snapshot: Snapshot, typed: list[str], limit: int) -> list[tuple[str, str]]:
    best: dict[int, tuple[bool, bool, int, str]] = {}
    whole = " ".join(typed)
    for base, segment, deleted in snapshot:
        for key, first, number in _range(segment, typed[0]):
            if number in deleted:
                continue
            name = segment.cards[number].title
            if not key.startswith(whole) and not _all_begin(typed, " ".join(segment.cards[number].names)):
                continue
            order = (not (first and key.startswith(whole)), not key.startswith(whole), len(name), name)
            if base + number not in best or order < best[base + number]:
                best[base + number] = order
    chosen = sorted(best, key=best.__getitem__)[:limit]
    return [(card.path, card.title) for card in map(snapshot.card, chosen)]


def _range(segment: Segment, start: str) -> Iterator[tuple[str, bool, int]]:
    names = segment.names
    place = bisect_left(names, (start,))
    for entry in names[place : place + MAX_SCANNED]:
        if not entry[0].startswith(start):
            return
        yield entry


def _all_begin(typed: list[str], name: str) -> bool:
    padded = f" {name}"
    return all(f" {word}" in padded for word in typed)


def _near(snapshot: Snapshot, word: str) -> str:
    """A beginning of a word in some name that is one error away from `word`; the word itself if there is none."""
    if len(word) < 3:
        return word
    for _, segment, _ in snapshot:
        seen = ""
        for key, _, _ in _range(segment, word[0]):
            other = key.partition(" ")[0]
            if other == seen:
                continue
            seen = other
            for length in (len(word), len(word) + 1, len(word) - 1):
                if distance(word, other[:length], 1) <= 1:
                    return other[:length]
    return word
