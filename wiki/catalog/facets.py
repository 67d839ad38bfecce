"""Narrowing lists by facts, with counts.

Every value of every facet is a set of pages kept as the bits of one integer, so that narrowing is "and" and counting is
one instruction a machine word: a list of 10,000 pages with all its counts takes about a millisecond. The sets follow the
catalog by its version numbers, a changed page at a time.

A translation stands in the sets of its original: the facts of that are its own too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Catalog

SORTS = ("relevance", "title", "verified", "changed")
VERIFIED_WITHIN = {"90d": 90, "6m": 183, "1y": 366}
# Lists up to this length are sorted as they are; of longer ones only as much is read as is shown.
SHORT = 500
_ORDERS = {
    "title": "p.title_key, p.path",
    "verified": "p.verified DESC, p.title_key, p.path",
    "changed": "p.changed DESC, p.path",
}
# The same where there are translations, which are verified with their originals.
_VERIFIED_WITH_ORIGINAL = (
    "(SELECT o.verified FROM page o WHERE o.path = p.original) DESC NULLS LAST, p.verified DESC, p.title_key, p.path"
)
_TRANSLATED = "page t JOIN page o ON o.path = t.original"
_OF_LANGUAGE = "page_language"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to: for each facet the values of which a page must have one.

    `matches` are the paths that a search found with their scores, best first; None for a list that no search made.
    `verified` is a key of VERIFIED_WITHIN. `sort` is one of SORTS. For readers of a `language` a page in several languages
    stands there once: in theirs, else as the original. Without one, all of them do.
    """

    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    matches: Sequence[tuple[str, float]] | None = None
    sort: str = "title"
    verified: str = ""
    language: str = ""
    page: int = 1
    per_page: int = 30


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value to narrow by, and how many pages of the list have it."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a narrowed list; `pages` is the number of pages that the list has."""

    cards: tuple[PageCard, ...]
    total: int
    page: int
    pages: int
    facets: Mapping[str, tuple[FacetValue, ...]]


@dataclass(frozen=True, slots=True)
class _Sets:
    """The sets at one state of the catalog. Never changed once others can see it."""

    built: str = ""
    version: str = ""
    all: int = 0
    ids: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    # The pages that are there in several languages: their ids by language, "" for the original.
    groups: Sequence[Mapping[str, int]] = ()

    def instead(self, language: str) -> dict[int, int]:
        """For each page that is also there in another language: the one that readers of this language get."""
        found: dict[int, int] = {}
        for group in self.groups:
            shown = group.get(language) or group.get("")
            if shown is not None:
                found.update((id, shown) for id in group.values() if id != shown)
        return found

    def union(self, name: str, values: Sequence[str]) -> int:
        """The pages that have one of these values."""
        known = self.values.get(name, {})
        union = 0
        for value in values:
            union |= known.get(value, 0)
        return union


class Facets:
    """The sets behind the lists of one catalog. Safe in several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._sets = _Sets()
        # What each page stands in, so that it can be taken out again; used under the lock only.
        self._of_page: dict[int, tuple[str, set[tuple[str, str]]]] = {}

    def list(self, narrowing: Narrowing, names: Sequence[str], today: date) -> Listing:
        """The pages that fit, sorted and paged, with the counts of the facets in `names`."""
        sets = self._current()
        base = sets.all
        ranked: Sequence[int] = ()
        if narrowing.matches is not None:
            ranked = [sets.ids[path] for path, _ in narrowing.matches if path in sets.ids]
            base = bits(ranked)
        every = base
        if narrowing.language and sets.groups:
            instead = sets.instead(narrowing.language)
            if narrowing.matches is None:
                base &= ~bits(instead)
            else:
                ranked = self._in_language(narrowing.language, instead, ranked)
                base = bits(ranked)
        chosen = {name: sets.union(name, values) for name, values in narrowing.chosen.items() if values}
        if narrowing.verified in VERIFIED_WITHIN:
            verified = self._verified_since(today - timedelta(days=VERIFIED_WITHIN[narrowing.verified]))
            base, every = base & verified, every & verified
        found = base
        for pages_chosen in chosen.values():
            found &= pages_chosen
        total = found.bit_count()
        pages = max(1, -(-total // narrowing.per_page))
        number = min(max(1, narrowing.page), pages)
        shown = self._slice(found, total, narrowing, ranked, (number - 1) * narrowing.per_page)
        return Listing(
            cards=tuple(self._catalog.cards(shown)),
            total=total,
            page=number,
            pages=pages,
            facets={
                name: _counts(sets, name, every if name == _OF_LANGUAGE else base, chosen, narrowing) for name in names
            },
        )

    def titles(self, chosen: Mapping[str, Sequence[str]], limit: int) -> dict[str, str]:
        """The paths of the pages that fit, each with its title, by title."""
        sets = self._current()
        found = sets.all
        for name, values in chosen.items():
            found &= sets.union(name, values)
        ids = self._slice(found, found.bit_count(), Narrowing(per_page=limit), (), 0)
        return self._catalog.titles(ids)

    def count(self, chosen: Mapping[str, Sequence[str]]) -> int:
        """How many pages fit; a page in several languages counts once."""
        sets = self._current()
        found = sets.all & ~bits(sets.instead(""))
        for name, values in chosen.items():
            found &= sets.union(name, values)
        return found.bit_count()

    def values(self, name: str) -> dict[str, int]:
        """Every value of a facet with its number of pages; a page in several languages counts once."""
        sets = self._current()
        once = sets.all & ~bits(sets.instead(""))
        counts = {value: (pages & once).bit_count() for value, pages in sets.values.get(name, {}).items()}
        return {value: count for value, count in counts.items() if count}

    def _in_language(self, language: str, instead: Mapping[int, int], ranked: Sequence[int]) -> Sequence[int]:
        """What a search found, a page in several languages once.

        Who chose another language than the wiki's first gets theirs, whichever was found; others read what they have
        found, where it is not there in their language too.
        """
        found = set(ranked)
        chosen = language != self._catalog.languages[0]
        shown = ((id, instead.get(id, id)) for id in ranked)
        return list(dict.fromkeys(other if chosen or other in found else id for id, other in shown))

    def _slice(self, found: int, total: int, narrowing: Narrowing, ranked: Sequence[int], start: int) -> Sequence[int]:
        if narrowing.sort == "relevance" and ranked:
            return _few_of(found, ranked, start, narrowing.per_page)
        order = _ORDERS.get(narrowing.sort, _ORDERS["title"])
        if narrowing.sort == "verified" and self._sets.groups:
            order = _VERIFIED_WITH_ORIGINAL
        if total <= SHORT:
            ids = list(members(found))
            sql = f"SELECT id FROM page p WHERE id IN ({','.join('?' * len(ids))}) ORDER BY {order} LIMIT ? OFFSET ?"
            return [id for (id,) in self._catalog.database.rows(sql, (*ids, narrowing.per_page, start))]
        with self._catalog.database.connection() as connection:
            every = (id for (id,) in connection.execute(f"SELECT id FROM page p ORDER BY {order}"))
            return _few_of(found, every, start, narrowing.per_page)

    def _verified_since(self, day: date) -> int:
        sql = (
            "SELECT id FROM page WHERE verified >= ? UNION "
            f"SELECT t.id FROM {_TRANSLATED} WHERE t.path != t.original AND o.verified >= ?"
        )
        return bits(id for (id,) in self._catalog.database.rows(sql, (day.isoformat(),) * 2))

    def _current(self) -> _Sets:
        """The sets at the catalog's state, brought up to it if need be."""
        state = self._catalog.state()
        sets = self._sets
        if state == (sets.built, sets.version):
            return sets
        with self._lock:
            sets = self._sets
            if state != (sets.built, sets.version):
                sets = self._sets = self._followed(sets, state)
        return sets

    def _followed(self, sets: _Sets, state: tuple[str, str]) -> _Sets:
        built, version = state
        since = int(sets.version) if sets.version and sets.built == built else -1
        if since < 0:
            sets, self._of_page = _Sets(), {}
        rows = self._catalog.database.rows
        removed = [id for (id,) in rows("SELECT page FROM removed WHERE version > ?", (since,))]
        changed = dict(rows("SELECT id, path FROM page WHERE version > ?", (since,)))
        gone = [self._of_page[id][0] for id in removed if id in self._of_page]
        if since >= 0:
            changed |= self._translations_of([*changed.values(), *gone])
        every, ids = sets.all, dict(sets.ids)
        values = {name: dict(known) for name, known in sets.values.items()}
        for id in (*removed, *changed):
            path, stood_in = self._of_page.pop(id, ("", set()))
            every &= ~(1 << id)
            ids.pop(path, None)
            for name, value in stood_in:
                left = values[name][value] & ~(1 << id)
                if left:
                    values[name][value] = left
                else:
                    del values[name][value]
        gathered: dict[tuple[str, str], list[int]] = {}
        for id, path in changed.items():
            ids[path] = id
            self._of_page[id] = (path, set())
        for id, name, value in self._values_of(changed if since >= 0 else None):
            if id in changed:
                gathered.setdefault((name, value), []).append(id)
                self._of_page[id][1].add((name, value))
        for (name, value), pages in gathered.items():
            known = values.setdefault(name, {})
            known[value] = known.get(value, 0) | bits(pages)
        return _Sets(built, version, every | bits(changed), ids, values, self._groups())

    def _values_of(self, pages: Iterable[int] | None) -> Iterator[tuple[int, str, str]]:
        """The values of these pages; None for those of all."""
        inherited = (
            f"SELECT t.id, f.name, f.value FROM {_TRANSLATED} JOIN facet f ON f.page = o.id "
            f"WHERE t.path != t.original AND f.name != '{_OF_LANGUAGE}'"
        )
        own = (
            f"SELECT f.page, f.name, f.value FROM facet f WHERE (f.name != 'kind' OR NOT EXISTS (SELECT 1 FROM {_TRANSLATED} "
            "WHERE t.id = f.page AND t.path != t.original))"
        )
        if pages is None:
            yield from self._catalog.database.rows(f"{own} UNION ALL {inherited}")
            return
        for part in _parts(list(pages)):
            marks = ",".join("?" * len(part))
            sql = f"{own} AND f.page IN ({marks}) UNION ALL {inherited} AND t.id IN ({marks})"
            yield from self._catalog.database.rows(sql, (*part, *part))

    def _translations_of(self, paths: Sequence[str]) -> dict[int, str]:
        """The translations of these pages: id and path."""
        found: dict[int, str] = {}
        for part in _parts(paths):
            sql = f"SELECT id, path FROM page WHERE path != original AND original IN ({','.join('?' * len(part))})"
            found.update(self._catalog.database.rows(sql, part))
        return found

    def _groups(self) -> Sequence[Mapping[str, int]]:
        sql = (
            "SELECT original, CASE WHEN path = original THEN '' ELSE language END, id FROM page "
            "WHERE original IN (SELECT original FROM page WHERE path != original)"
        )
        found: dict[str, dict[str, int]] = {}
        for original, language, id in self._catalog.database.rows(sql):
            found.setdefault(original, {})[language] = id
        return tuple(group for group in found.values() if len(group) > 1)


def _counts(
    sets: _Sets, name: str, base: int, chosen: Mapping[str, int], narrowing: Narrowing
) -> tuple[FacetValue, ...]:
    # A facet's own choice doesn't narrow its counts: they say what choosing one more would give.
    for other, pages in chosen.items():
        if other != name:
            base &= pages
    picked = narrowing.chosen.get(name, ())
    known = sets.values.get(name, {})
    counted = []
    for value, pages in known.items():
        count = (base & pages).bit_count()
        if count or value in picked:
            counted.append(FacetValue(value, count, value in picked))
    counted += [FacetValue(value, 0, True) for value in dict.fromkeys(picked) if value not in known]
    return tuple(sorted(counted, key=lambda item: (-item.count, item.value)))


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + SHORT] for start in range(0, len(values), SHORT))


def _few_of(found: int, ordered: Iterable[int], start: int, count: int) -> list[int]:
    """Some of the ids in a set in an order, from the place `start` on; looks no further than it has to."""
    flags = found.to_bytes(-(-found.bit_length() // 8), "little")
    size = len(flags)
    present = (id for id in ordered if id >> 3 < size and flags[id >> 3] >> (id & 7) & 1)
    return list(islice(present, start, start + count))


def bits(ids: Iterable[int]) -> int:
    """The set of these ids as the bits of one integer."""
    every = list(ids)
    digits = bytearray(b"0") * (max(every, default=0) + 1)
    for id in every:
        digits[~id] = 49
    return int(digits, 2)


def members(found: int) -> Iterator[int]:
    """The ids in such a set, in order."""
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest
