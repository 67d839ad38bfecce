"""Words that nobody wrote: what was probably meant, found among the words that somebody did write."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice, pairwise

from wiki.search.phrases import matching
from wiki.search.schema import FORMS, NAMES, PAIRS, WORDS
from wiki.search.snapshot import REST_OF_NAMES, Snapshot
from wiki.search.sounds import ALIKE, is_heard, sound
from wiki.search.synonyms import Synonyms
from wiki.search.text import Language, folded, letters

MIN_LENGTH = 3
TWO_ERRORS_FROM = 8
LONG = 5
MAX_BEGINNINGS = 40
MAX_BEGINNING_POSTINGS = 5_000
MAX_SCANNED = 5_000
MAX_TEXTS = 200
# Shorter words stand in many others by accident.
MIN_INSIDE = 5
MAX_CONTAINING = 20
MIN_NAME = 6
# From here on a word may be misspelled in ways that no finger slips, and from there on in two of them; below this a slip is
# taken for a name or a word of synonyms only.
MISTAKEN_FROM, MISTAKEN_TWICE_FROM, SLIPPED_FROM = 6, 10, 5
# How far a word that sounds the same may be from what was typed, by how many of its sounds are consonants.
HEARD = {3: 2, 4: 4}
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = frozenset(pair for row in _KEYS for one, two in pairwise(row) for pair in (one + two, two + one))


def correction(
    snapshot: Snapshot,
    languages: Sequence[Language],
    word: str,
    synonyms: Synonyms,
    spoken: Sequence[Language] | None = None,
    before: str = "",
) -> str | None:
    """The nearest word within one typing error (two from eight letters); of several one that pages have after the word
    `before`, then a slip of the fingers, then one of a name, then the commonest.

    The first letter is taken to be right. An error is a letter too many, too few, a wrong one, or two that changed places.
    Three letters are only put in another order. A word that differs in accents alone is nearer than any other. Words that
    only one page has, in whatever form, are no correction unless they are a name's, and not for two errors. Words of synonyms are as good as any.
    A short word that no finger slips to is another one ("drone" is not "done"). `spoken` are the languages that the word may
    be of, if that is known.
    """
    if len(word) < MIN_LENGTH or not word.isalpha():
        return None
    plain = folded(word)
    bits, length = letters(plain), len(plain)
    allowed = errors_allowed(plain)
    errors: dict[str, int] = {}
    known = synonyms.by_letter.get(plain[0], ())
    for spellings in (known, *(segment.spellings(plain[0]) for _, segment, _ in snapshot)):
        for candidate, candidate_bits, other in spellings:
            if abs(len(candidate) - length) > allowed or (bits ^ candidate_bits).bit_count() > 2 * allowed:
                continue
            if length == MIN_LENGTH and sorted(plain) != sorted(candidate):
                continue
            found = 0 if candidate == plain else distance(plain, candidate, allowed)
            if found <= allowed:
                errors[other] = found
    agreed = {other for _, _, other in known}
    counts = {other: snapshot.frequency(FORMS, other) for other in errors}

    def is_name(other: str) -> bool:
        return any(snapshot.rough_frequency(NAMES, tongue.terms[other]) for tongue in languages)

    slips = {other: is_slip(plain, folded(other)) for other in errors}

    def follows(other: str) -> bool:
        return errors[other] == 1 and any(
            snapshot.frequency(PAIRS, f"{tongue.terms[before]} {tongue.terms[other]}") for tongue in languages if before
        )

    def believed(other: str) -> bool:
        if follows(other):
            return True
        if not (slips[other] or is_misspelling(plain, folded(other), errors[other]) or is_heard(plain, folded(other))):
            return False
        if other in agreed:
            return True
        if not counts[other] or not errors[other] or (errors[other] == 1 and length >= LONG and is_name(other)):
            return counts[other] > 0
        if length < SLIPPED_FROM and not is_name(other):
            return False
        return any(snapshot.frequency(WORDS, tongue.terms[other]) > 1 for tongue in spoken or languages)

    candidates = [other for other in errors if believed(other)]
    nearest = min((errors[other] for other in candidates), default=0)
    return min(
        (other for other in candidates if errors[other] == nearest),
        key=lambda other: (not follows(other), not slips[other], not is_name(other), -counts[other], other),
        default=None,
    )


def heard(snapshot: Snapshot, word: str, synonyms: Synonyms) -> str | None:
    """The commonest word that sounds as this one does ("donashun"), of those that are nearest to it in letters."""
    plain = folded(word)
    wanted = sound(plain)
    allowed = HEARD.get(min(len(wanted), max(HEARD)), 0)
    if not allowed or not plain.isalpha():
        return None
    found: dict[str, int] = {}
    for letter in ALIKE.get(plain[0], plain[0]):
        known = (synonyms.by_letter.get(letter, ()), *(segment.spellings(letter) for _, segment, _ in snapshot))
        for candidate, _, other in (spelling for spellings in known for spelling in spellings):
            if abs(len(candidate) - len(plain)) < allowed and other not in found and is_heard(plain, candidate):
                found[other] = distance(plain, candidate, allowed)
    counts = {other: snapshot.frequency(FORMS, other) for other, errors in found.items() if errors <= allowed}
    return min(
        (other for other, count in counts.items() if count > 1 or synonyms.spelling(other)),
        key=lambda other: (found[other], -counts[other], other),
        default=None,
    )


def name_apart(snapshot: Snapshot, word: str) -> tuple[str, ...] | None:
    """The words of the nearest name of several words that this may be, run together and with typing errors ("opencolective")."""
    name = _nearest_name(snapshot, word, False)
    return tuple(name.split(" ")) if name is not None else None


def name_together(snapshot: Snapshot, query: Sequence[str], place: int) -> str | None:
    """The nearest name of one word that this word of a query and one beside it may be, with typing errors ("wats app")."""
    pairs = ("".join(query[first : first + 2]) for first in (place, place - 1) if 0 <= first < len(query) - 1)
    return next(filter(None, (_nearest_name(snapshot, pair, True) for pair in pairs)), None)


def _nearest_name(snapshot: Snapshot, typed: str, of_one_word: bool) -> str | None:
    plain = folded(typed)
    allowed = errors_allowed(plain)
    if len(plain) < MIN_NAME or not plain.isalpha():
        return None
    bits = letters(plain)
    found: dict[str, int] = {}
    for _, segment, deleted in snapshot:
        for name, sort, number in segment.names_from(plain[0]):
            joined = name.replace(" ", "")
            near = abs(len(joined) - len(plain)) <= allowed and (bits ^ letters(joined)).bit_count() <= 2 * allowed
            if (
                near
                and sort < REST_OF_NAMES
                and (joined == name) is of_one_word
                and name not in found
                and number not in deleted
            ):
                found[name] = distance(plain, joined, allowed)
    nearest = min(found, key=lambda name: (found[name], name), default=None)
    return nearest if nearest is not None and found[nearest] <= allowed else None


def beginnings(snapshot: Snapshot, prefix: str) -> list[str]:
    """The commonest words that begin with `prefix`, as many as can be looked up quickly."""
    counts: dict[str, int] = {}
    for _, segment, _ in snapshot:
        for word, count in islice(segment.terms.words_from(FORMS, prefix), MAX_SCANNED):
            counts[word] = counts.get(word, 0) + count
    found: list[str] = []
    total = 0
    for word in sorted(counts, key=lambda word: (-counts[word], word))[:MAX_BEGINNINGS]:
        total += counts[word]
        if found and total > MAX_BEGINNING_POSTINGS:
            break
        found.append(word)
    return found


def containing(snapshot: Snapshot, word: str) -> list[str]:
    """The commonest words that have `word` in them: compounds, and words with an article or a preposition before them."""
    if len(word) < MIN_INSIDE or not word.isalpha():
        return []
    found: dict[str, None] = {}
    for _, segment, _ in snapshot:
        forms = segment.forms
        place = forms.find(word)
        while place >= 0 and len(found) < MAX_TEXTS:
            end = forms.index("\n", place)
            found[forms[forms.rindex("\n", 0, place) + 1 : end]] = None
            place = forms.find(word, end)
    counts = {other: count for other in found if (count := snapshot.frequency(FORMS, other))}
    return sorted(counts, key=lambda other: (-counts[other], other))[:MAX_CONTAINING]


def parts(snapshot: Snapshot, languages: Sequence[Language], word: str) -> tuple[str, str] | None:
    """Two words that the query wrote together: those that somebody wrote side by side ("signup"), or else the commonest."""
    best: tuple[int, int, tuple[str, str]] | None = None
    for place in range(MIN_LENGTH, len(word) - 1):
        pair = word[:place], word[place:]
        count = min(snapshot.frequency(FORMS, part) for part in pair)
        if count < 2:
            continue
        keys = {f"{tongue.terms[pair[0]]} {tongue.terms[pair[1]]}" for tongue in languages}
        together = sum(snapshot.frequency(PAIRS, key) for key in keys)
        if not together and any(pair[1] in tongue.stop_words for tongue in languages):
            # Pairs with stop words are in the texts only.
            among = set(snapshot.postings(FORMS, pair[0])[0][:MAX_TEXTS])
            together = len(matching(snapshot, pair, among))
        if (together or len(pair[1]) >= MIN_LENGTH) and (best is None or (together, count) > best[:2]):
            best = (together, count, pair)
    return best[2] if best else None


def errors_allowed(word: str) -> int:
    """How many typing errors a word may have at most."""
    return 2 if len(word) >= TWO_ERRORS_FROM else 1


def is_slip(typed: str, meant: str) -> bool:
    """Whether fingers may have slipped: a letter was left out or doubled, some changed places, or a neighbour on the keyboard
    was hit."""
    if len(typed) < len(meant) or sorted(typed) == sorted(meant):
        return True
    if [letter for letter, _ in groupby(typed)] == [letter for letter, _ in groupby(meant)]:
        return True
    other = [one + two for one, two in zip(typed, meant, strict=False) if one != two]
    return len(typed) == len(meant) and _NEIGHBOURS.issuperset(other)


def is_misspelling(typed: str, meant: str, errors: int) -> bool:
    """Whether a word is long enough to have such errors in it. Another last letter makes it another form of the word."""
    if errors > 1:
        return len(typed) >= MISTAKEN_TWICE_FROM
    return len(typed) >= MISTAKEN_FROM and typed[:-1] not in (meant, meant[:-1])


def distance(first: str, second: str, allowed: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two words; `allowed` + 1 when there are more."""
    before: list[int] = []
    previous = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == second[column - 2] and other == first[row - 2]:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > allowed:
            return allowed + 1
        before, previous = previous, current
    return previous[-1]
