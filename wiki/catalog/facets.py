"""Narrowing lists by facts, with counts.

Every value of every facet is a set of pages kept as the bits of one integer, so that narrowing is "and" and counting is
one instruction a machine word: a list of 10,000 pages with all its counts takes about a millisecond. The sets follow the
catalog by its version numbers, a changed page at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Catalog

SORTS = ("relevance", "title", "verified", "changed")
VERIFIED_WITHIN = {"90d": 90, "6m": 183, "1y": 366}
# Lists up to this length are sorted as they are; of longer ones only as much is read as is shown.
SHORT = 500
_ORDERS = {
    "title": "title_key, path",
    "verified": "verified DESC, title_key, path",
    "changed": "changed DESC, path",
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to: for each facet the values of which a page must have one.

    `matches` are the paths that a search found with their scores, best first; None for a list that no search made.
    `verified` is a key of VERIFIED_WITHIN. `sort` is one of SORTS. `without` are the paths of pages that are left out.
    """

    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    matches: Sequence[tuple[str, float]] | None = None
    sort: str = "title"
    verified: str = ""
    without: Sequence[str] = ()
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
        self._of_page: dict[int, tuple[str, list[tuple[str, str]]]] = {}

    def list(self, narrowing: Narrowing, names: Sequence[str], today: date) -> Listing:
        """The pages that fit, sorted and paged, with the counts of the facets in `names`."""
        sets = self._current()
        base = sets.all
        ranked: list[int] = []
        if narrowing.matches is not None:
            ranked = [sets.ids[path] for path, _ in narrowing.matches if path in sets.ids]
            base = bits(ranked)
        base &= ~bits(sets.ids[path] for path in narrowing.without if path in sets.ids)
        chosen = {name: sets.union(name, values) for name, values in narrowing.chosen.items() if values}
        if narrowing.verified in VERIFIED_WITHIN:
            base &= self._verified_since(today - timedelta(days=VERIFIED_WITHIN[narrowing.verified]))
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
            facets={name: _counts(sets, name, base, chosen, narrowing) for name in names},
        )

    def count(self, chosen: Mapping[str, Sequence[str]]) -> int:
        """How many pages fit."""
        sets = self._current()
        found = sets.all
        for name, values in chosen.items():
            found &= sets.union(name, values)
        return found.bit_count()

    def values(self, name: str) -> dict[str, int]:
        """Every value of a facet with its number of pages."""
        return {value: pages.bit_count() for value, pages in self._current().values.get(name, {}).items()}

    def _slice(self, found: int, total: int, narrowing: Narrowing, ranked: Sequence[int], start: int) -> Sequence[int]:
        if narrowing.sort == "relevance" and ranked:
            return _few_of(found, ranked, start, narrowing.per_page)
        order = _ORDERS.get(narrowing.sort, _ORDERS["title"])
        if total <= SHORT:
            ids = list(members(found))
            sql = f"SELECT id FROM page WHERE id IN ({','.join('?' * len(ids))}) ORDER BY {order} LIMIT ? OFFSET ?"
            return [id for (id,) in self._catalog.database.rows(sql, (*ids, narrowing.per_page, start))]
        with self._catalog.database.connection() as connection:
            every = (id for (id,) in connection.execute(f"SELECT id FROM page ORDER BY {order}"))
            return _few_of(found, every, start, narrowing.per_page)

    def _verified_since(self, day: date) -> int:
        rows = self._catalog.database.rows("SELECT id FROM page WHERE verified >= ?", (day.isoformat(),))
        return bits(id for (id,) in rows)

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
        every, ids = sets.all, dict(sets.ids)
        values = {name: dict(known) for name, known in sets.values.items()}
        for id in (*removed, *changed):
            path, stood_in = self._of_page.pop(id, ("", ()))
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
            self._of_page[id] = (path, [])
        for id, name, value in self._values_of(changed if since >= 0 else None):
            if id in changed:
                gathered.setdefault((name, value), []).append(id)
                self._of_page[id][1].append((name, value))
        for (name, value), pages in gathered.items():
            known = values.setdefault(name, {})
            known[value] = known.get(value, 0) | bits(pages)
        return _Sets(built, version, every | bits(changed), ids, values)

    def _values_of(self, pages: Iterable[int] | None) -> Iterator[tuple[int, str, str]]:
        """The values of these pages; None for those of all."""
        if pages is None:
            yield from self._catalog.database.rows("SELECT page, name, value FROM facet")
            return
        wanted = list(pages)
        for start in range(0, len(wanted), SHORT):
            part = wanted[start : start + SHORT]
            sql = f"SELECT page, name, value FROM facet WHERE page IN ({','.join('?' * len(part))})"
            yield from self._catalog.database.rows(sql, part)


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
