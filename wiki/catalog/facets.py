"""Narrowing lists by facts, with counts.

What a list costs doesn't grow with the wiki, but for sets of pages, which are the bits of an integer (`page_sets`), and
orders, which are looked up (`orders`): a list of 10,000 pages with all its counts takes about half a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Catalog
from wiki.catalog.orders import Orders, few_of
from wiki.catalog.page_sets import OF_LANGUAGE, TRANSLATED, PageSets, Sets, bits, members

SORTS = ("relevance", "title", "verified", "changed")
VERIFIED_WITHIN = {"90d": 90, "6m": 183, "1y": 366}
MAX_KEPT = 20
_T = TypeVar("_T")


class Matches(Protocol):
    """Pages that a search found."""

    def called(self, ids: Mapping[str, int]) -> list[int]:
        """Their ids, best first, given those of all paths; what has none is left out."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to: for each facet the values of which a page must have one.

    `matches` are the pages that a search found; None for a list that no search made.
    `verified` is a key of VERIFIED_WITHIN. `sort` is one of SORTS. For readers of a `language` a page in several languages
    stands there once: in theirs, else as the original. Without one, all of them do.
    """

    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    matches: Matches | None = None
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


class Facets:
    """The sets behind the lists of one catalog. Safe in several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._page_sets = PageSets(catalog)
        self._orders = Orders(catalog)
        # What was made for one state of the catalog.
        self._made: tuple[tuple[str, str], dict[Hashable, Any]] = (("", ""), {})

    def list(self, narrowing: Narrowing, names: Sequence[str], today: date) -> Listing:
        """The pages that fit, sorted and paged, with the counts of the facets in `names`."""
        sets = self._page_sets.current()
        base = sets.all
        ranked: Sequence[int] = ()
        if narrowing.matches is not None:
            ranked = narrowing.matches.called(sets.ids)
            base = bits(ranked)
        every = base
        if narrowing.language and sets.groups:
            instead, others = self._instead(sets, narrowing.language)
            if narrowing.matches is None:
                base &= ~others
            else:
                ranked = self._in_language(narrowing.language, instead, ranked)
                base = bits(ranked)
        chosen = {name: sets.union(name, values) for name, values in narrowing.chosen.items() if values}
        if narrowing.verified in VERIFIED_WITHIN:
            verified = self._verified_since(sets, today - timedelta(days=VERIFIED_WITHIN[narrowing.verified]))
            base, every = base & verified, every & verified
        found = base
        for pages_chosen in chosen.values():
            found &= pages_chosen
        total = found.bit_count()
        pages = max(1, -(-total // narrowing.per_page))
        number = min(max(1, narrowing.page), pages)
        shown = self._shown(sets, found, narrowing, ranked, (number - 1) * narrowing.per_page)
        return Listing(
            cards=tuple(self._catalog.cards(shown)),
            total=total,
            page=number,
            pages=pages,
            facets={
                name: _counts(sets, name, every if name == OF_LANGUAGE else base, chosen, narrowing) for name in names
            },
        )

    def titles(self, chosen: Mapping[str, Sequence[str]], limit: int) -> Mapping[str, str]:
        """The paths of the pages that fit, each with its title, by title; the same few are asked for again and again."""
        sets = self._page_sets.current()

        def read() -> Mapping[str, str]:
            found = sets.all
            for name, values in chosen.items():
                found &= sets.union(name, values)
            return self._catalog.titles(self._orders.of("title", sets).few(found, 0, limit))

        return self._once(sets, (*((name, tuple(values)) for name, values in chosen.items()), limit), read)

    def count(self, chosen: Mapping[str, Sequence[str]]) -> int:
        """How many pages fit; a page in several languages counts once."""
        sets = self._page_sets.current()
        found = sets.all & ~self._instead(sets, "")[1]
        for name, values in chosen.items():
            found &= sets.union(name, values)
        return found.bit_count()

    def values(self, name: str) -> dict[str, int]:
        """Every value of a facet with its number of pages; a page in several languages counts once."""
        sets = self._page_sets.current()
        once = sets.all & ~self._instead(sets, "")[1]
        counts = {value: (pages & once).bit_count() for value, pages in sets.values.get(name, {}).items()}
        return {value: count for value, count in counts.items() if count}

    def any_of(self, chosen: Mapping[str, Sequence[str]], choose: Callable[[int], int]) -> PageCard | None:
        """One of the pages that fit; `choose` says which of so many. None where there are none."""
        sets = self._page_sets.current()
        found = sets.all
        for name, values in chosen.items():
            found &= sets.union(name, values)
        if not found:
            return None
        id = next(islice(members(found), choose(found.bit_count()), None))
        return next(iter(self._catalog.cards([id])), None)

    def _instead(self, sets: Sets, language: str) -> tuple[Mapping[int, int], int]:
        """For each page that is there in another language too the one that readers of this language get, and all those."""

        def make() -> tuple[Mapping[int, int], int]:
            instead = sets.instead(language)
            return instead, bits(instead)

        return self._once(sets, ("instead", language), make)

    def _in_language(self, language: str, instead: Mapping[int, int], ranked: Sequence[int]) -> Sequence[int]:
        """What a search found, a page in several languages once.

        Who chose another language than the wiki's first gets theirs, whichever was found; others read what they have
        found, where it is not there in their language too.
        """
        found = set(ranked)
        chosen = language != self._catalog.languages[0]
        shown = ((id, instead.get(id, id)) for id in ranked)
        return list(dict.fromkeys(other if chosen or other in found else id for id, other in shown))

    def _shown(self, sets: Sets, found: int, narrowing: Narrowing, ranked: Sequence[int], start: int) -> Sequence[int]:
        if narrowing.sort == "relevance" and ranked:
            return few_of(found, ranked, start, narrowing.per_page)
        return self._orders.of(narrowing.sort, sets).few(found, start, narrowing.per_page)

    def _verified_since(self, sets: Sets, day: date) -> int:
        sql = (
            "SELECT id FROM page WHERE verified >= ? UNION "
            f"SELECT t.id FROM {TRANSLATED} WHERE t.path != t.original AND o.verified >= ?"
        )
        return self._once(
            sets, day, lambda: bits(id for (id,) in self._catalog.database.rows(sql, (day.isoformat(),) * 2))
        )

    def _once(self, sets: Sets, key: Hashable, make: Callable[[], _T]) -> _T:
        """What `make` gives, asked once for each state of the catalog."""
        state, made = self._made
        if state != sets.state or len(made) >= MAX_KEPT:
            made = {}
            self._made = (sets.state, made)
        if key not in made:
            made[key] = make()
        found: _T = made[key]
        return found


def _counts(
    sets: Sets, name: str, base: int, chosen: Mapping[str, int], narrowing: Narrowing
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
