"""A few words of a page around what was searched for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from wiki.search.engine import Snippet
from wiki.search.text import WORD, language, normalise, unspaced

LENGTH = 220
LEAD_IN = 60
MAX_TEXT = 200_000
MAX_HITS = 400
_SPACE = re.compile(r"\s+")
_WORD_START = re.compile(r"(?<=\s)\S")
_WORD = re.compile(rf"{WORD}(?:['’]{WORD})*")


def snippet(texts: tuple[str, str, str], words: Sequence[str], code: str, own: int = 0) -> Snippet:
    """The passage of the body with most of the first `own` words, then of all; without any in it, the summary or the beginning."""
    _, summary, body = texts
    body = body[:MAX_TEXT]
    hits = _hits(body, words, code)
    if not hits:
        text = summary or body[: 2 * LENGTH]
        return Snippet(_parts(text, _hits(text, words, code), 0, _end(text, 0)))
    start = _best_start(hits, _sought(tuple(words[:own]), code)[1])
    begin = _begin(body, start)
    return Snippet(_parts(body, hits, begin, _end(body, begin)))


def _hits(text: str, words: Sequence[str], code: str) -> list[tuple[int, int, str]]:
    """Where the words are, in any inflection: start, end, term."""
    starts, wanted = _sought(tuple(words), code)
    if not starts:
        return []
    terms = language(code).terms
    spaced = text.isascii()
    found: list[tuple[int, int, str]] = []
    for place in _places(text, starts):
        if not spaced and unspaced(text[place]):
            _add_unspaced(found, text, place, wanted, terms)
            continue
        match = _WORD.match(text, place)
        term = terms[normalise(match[0])] if match else ""
        if match and term in wanted:
            found.append((place, match.end(), term))
            if len(found) == MAX_HITS:
                break
    return found


def _add_unspaced(
    found: list[tuple[int, int, str]], text: str, place: int, wanted: Collection[str], terms: Mapping[str, str]
) -> None:
    """A pair of characters, or one; what overlaps is one hit."""
    for length in (2, 1):
        term = terms[normalise(text[place : place + length])]
        if term in wanted:
            begin, end = place, place + length
            if found and found[-1][1] >= begin and unspaced(text[found[-1][0]]):
                begin = found.pop()[0]
            found.append((begin, end, term))
            return


def _places(text: str, starts: Sequence[str]) -> list[int]:
    """Where words begin with one of these. Looking for plain text is many times faster than for a pattern."""
    lower = text.lower()
    if len(lower) != len(text):
        # Few letters are more than one in lower case; their neighbours' places would be others.
        lower = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    places = set()
    for start in starts:
        place = lower.find(start)
        while place >= 0:
            if place == 0 or not lower[place - 1].isalnum() or unspaced(start):
                places.add(place)
            place = lower.find(start, place + 1)
    return sorted(places)


@lru_cache(maxsize=256)
def _sought(words: tuple[str, ...], code: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """How the words can begin (their stems, less the last letter, or as they are), and their terms."""
    terms = language(code).terms
    wanted = frozenset(terms[word] for word in words)
    stems = {term.partition(":")[2] for term in wanted}
    starts = {stem[:-1] if len(stem) > 3 else stem for stem in stems if stem}
    # In Arabic the article is a part of the word and none of its stem.
    starts.update(word for word in words if word and not any(word.startswith(start) for start in starts))
    return tuple(sorted(starts)), wanted


def _best_start(hits: Sequence[tuple[int, int, str]], own: frozenset[str]) -> int:
    """The hit from which on most different words are within reach, the `own` ones first, then most words, then the earliest."""
    best = (0, 0, 0, 0)
    start = hits[0][0]
    for number, (place, _, _) in enumerate(hits):
        near = [term for begin, _, term in hits[number : number + 20] if begin - place < LENGTH - LEAD_IN]
        different = set(near)
        score = (len(different & own), len(different), len(near), -number)
        if number == 0 or score > best:
            best, start = score, place
    return start


def _begin(text: str, place: int) -> int:
    """A good place to begin before `place`: a sentence if one begins near, else a word."""
    earliest = max(place - LEAD_IN, 0)
    if earliest == 0:
        return 0
    before = text[earliest:place]
    sentence = max(before.rfind(". "), before.rfind("\n"), before.rfind("? "), before.rfind("! "))
    if sentence >= 0:
        return earliest + sentence + (1 if before[sentence] == "\n" else 2)
    word = _WORD_START.search(text, earliest, place)
    return word.start() if word else place


def _end(text: str, begin: int) -> int:
    if len(text) - begin <= LENGTH:
        return len(text)
    space = text.rfind(" ", begin + LENGTH // 2, begin + LENGTH)
    return space if space > 0 else begin + LENGTH


def _parts(text: str, hits: Iterable[tuple[int, int, str]], begin: int, end: int) -> tuple[tuple[str, bool], ...]:
    parts: list[tuple[str, bool]] = []
    place = begin
    for start, stop, _ in hits:
        if start < begin or stop > end:
            continue
        parts.append((text[place:start], False))
        parts.append((text[start:stop], True))
        place = stop
    parts.append((text[place:end], False))
    # Most parts have single blanks already, which is quicker to see than to put right.
    shown = [
        (part if part.isprintable() and "  " not in part else _SPACE.sub(" ", part), hit) for part, hit in parts if part
    ]
    if begin:
        shown.insert(0, ("… ", False))
    if end < len(text):
        shown.append((" …", False))
    return tuple(shown)
