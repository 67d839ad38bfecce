"""Narrowing lists by facts, with counts.

Every value of every facet is a set of pages kept as the bits of one integer, so that narrowing is "and" and counting is
one instruction a machine word: a list of 10,000 pages with all its counts takes less than a millisecond. The sets follow
the catalog by its version numbers, a changed page at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Catalog

SORTS = ("relevance", "title", "verified", "changed")
VERIFIED_WITHIN = {"90d": 90, "6m": 183, "1y": 366}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to: for each facet the values of which a page must have one.

    `matches` are the paths that a search found, best first, each with its score; None for a list that no search made.
    `verified` is a key of VERIFIED_WITHIN. `sort` is one of SORTS.
    """

    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    matches: Sequence[tuple[str, float]] | None = None
    sort: str = "title"
    verified: str = ""
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


class Facets:
    """The sets behind the lists of one catalog. Safe in several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._version = -1
        self._built = ""
        self._all = 0
        self._values: dict[str, dict[str, int]] = {}
        self._of_page: dict[int, list[tuple[str, str]]] = {}
        self._orders: dict[str, list[int]] = {}

    def list(self, narrowing: Narrowing, names: Sequence[str], today: date) -> Listing:
        """The pages that fit, sorted and paged, with the counts of the facets in `names`."""
        self._follow()
        base = self._all
        scores: dict[int, float] = {}
        if narrowing.matches is not None:
            ids = self._catalog.ids_of(path for path, _ in narrowing.matches)
            scores = {ids[path]: score for path, score in narrowing.matches if path in ids}
            base = bits(scores)
        sets = {name: self._union(name, values) for name, values in narrowing.chosen.items() if values}
        if narrowing.verified in VERIFIED_WITHIN:
            base &= self._verified_since(today - timedelta(days=VERIFIED_WITHIN[narrowing.verified]))
        found = base
        for chosen in sets.values():
            found &= chosen
        total = found.bit_count()
        pages = max(1, -(-total // narrowing.per_page))
        number = min(max(1, narrowing.page), pages)
        ids_shown = self._slice(found, narrowing, scores, (number - 1) * narrowing.per_page)
        return Listing(
            cards=tuple(self._catalog.cards(ids_shown)),
            total=total,
            page=number,
            pages=pages,
            facets={name: self._counts(name, base, sets, narrowing) for name in names},
        )

    def count(self, chosen: Mapping[str, Sequence[str]]) -> int:
        """How many pages fit."""
        self._follow()
        found = self._all
        for name, values in chosen.items():
            found &= self._union(name, values)
        return found.bit_count()

    def values(self, name: str) -> dict[str, int]:
        """Every value of a facet with its number of pages."""
        self._follow()
        return {value: pages.bit_count() for value, pages in self._values.get(name, {}).items() if pages}

    def _counts(self, name: str, base: int, sets: Mapping[str, int], narrowing: Narrowing) -> tuple[FacetValue, ...]:
        # A facet's own choice doesn't narrow its counts: they say what choosing one more would give.
        for other, chosen in sets.items():
            if other != name:
                base &= chosen
        picked = narrowing.chosen.get(name, ())
        counted = []
        for value, pages in self._values.get(name, {}).items():
            count = (base & pages).bit_count()
            if count or value in picked:
                counted.append(FacetValue(value, count, value in picked))
        counted += [FacetValue(value, 0, True) for value in picked if value not in self._values.get(name, {})]
        return tuple(sorted(counted, key=lambda item: (-item.count, item.value)))

    def _union(self, name: str, values: Sequence[str]) -> int:
        known = self._values.get(name, {})
        union = 0
        for value in values:
            union |= known.get(value, 0)
        return union

    def _slice(self, found: int, narrowing: Narrowing, scores: Mapping[int, float], start: int) -> Sequence[int]:
        stop = start + narrowing.per_page
        if narrowing.sort == "relevance" and scores:
            order = [id for id, _ in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
        else:
            order = self._order(narrowing.sort if narrowing.sort in ("verified", "changed") else "title")
        shown: list[int] = []
        position = 0
        for id in order:
            if found >> id & 1:
                if position >= start:
                    shown.append(id)
                position += 1
                if position >= stop:
                    break
        return shown

    def _order(self, sort: str) -> Sequence[int]:
        order = self._orders.get(sort)
        if order is None:
            by = {
                "title": "title_key, path",
                "verified": "verified IS NULL, verified DESC, title_key",
                "changed": "changed DESC, title_key",
            }[sort]
            order = [id for (id,) in self._catalog.rows(f"SELECT id FROM page ORDER BY {by}")]
            self._orders[sort] = order
        return order

    def _verified_since(self, day: date) -> int:
        return bits(id for (id,) in self._catalog.rows("SELECT id FROM page WHERE verified >= ?", (day.isoformat(),)))

    def _follow(self) -> None:
        version = self._catalog.version()
        if version == self._version:
            return
        with self._lock:
            built = self._catalog.rows("SELECT value FROM meta WHERE key = 'built'")
            since = self._version if built and built[0][0] == self._built else -1
            if since < 0:
                self._all, self._values, self._of_page = 0, {}, {}
            for (id,) in self._catalog.rows("SELECT id FROM removed WHERE version > ?", (since,)):
                self._drop(id)
            changed = [id for (id,) in self._catalog.rows("SELECT id FROM page WHERE version > ?", (since,))]
            for id in changed:
                self._drop(id)
            self._all |= bits(changed)
            self._add(changed if since >= 0 else None)
            self._orders = {}
            self._built = str(built[0][0]) if built else ""
            self._version = version

    def _drop(self, id: int) -> None:
        mask = ~(1 << id)
        self._all &= mask
        for name, value in self._of_page.pop(id, ()):
            self._values[name][value] &= mask

    def _add(self, pages: Sequence[int] | None) -> None:
        """Add the values of these pages; None for all pages, which goes by value and not by page."""
        gathered: dict[tuple[str, str], list[int]] = {}
        for page, name, value in self._rows(pages):
            gathered.setdefault((name, value), []).append(page)
            self._of_page.setdefault(page, []).append((name, value))
        for (name, value), ids in gathered.items():
            known = self._values.setdefault(name, {})
            known[value] = known.get(value, 0) | bits(ids)

    def _rows(self, pages: Sequence[int] | None) -> Iterator[tuple[int, str, str]]:
        if pages is None:
            yield from self._catalog.rows("SELECT page, name, value FROM facet")
            return
        for start in range(0, len(pages), 500):
            part = pages[start : start + 500]
            sql = f"SELECT page, name, value FROM facet WHERE page IN ({','.join('?' * len(part))})"
            yield from self._catalog.rows(sql, part)


def bits(ids: Iterator[int] | Sequence[int] | Mapping[int, float]) -> int:
    """The set of these ids as the bits of one integer."""
    found = bytearray()
    for id in ids:
        place = id >> 3
        if place >= len(found):
            found.extend(bytes(place - len(found) + 1))
        found[place] |= 1 << (id & 7)
    return int.from_bytes(found, "little")
