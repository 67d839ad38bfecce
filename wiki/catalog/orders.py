"""The orders that lists have: every page's place in them, read once for each state of the catalog."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from wiki.catalog.catalog import Catalog
from wiki.catalog.page_sets import Sets, members

# Lists up to this length are sorted as they are; of longer ones the order is followed as far as is shown.
SHORT = 500
_SQL = {
    "title": "p.title_key, p.path",
    "verified": "p.verified DESC, p.title_key, p.path",
    "changed": "p.changed DESC, p.path",
}
# The same where there are translations, which are verified with their originals.
_VERIFIED_WITH_ORIGINAL = (
    "(SELECT o.verified FROM page o WHERE o.path = p.original) DESC NULLS LAST, p.verified DESC, p.title_key, p.path"
)


@dataclass(frozen=True, slots=True)
class Order:
    """All pages in one order: their ids, and the place of each id (the last for one that has gone meanwhile)."""

    ids: array[int]
    places: array[int]

    def few(self, found: int, start: int, count: int) -> Sequence[int]:
        """Some ids of a set in this order, from the place `start` on."""
        if found.bit_count() <= SHORT:
            return sorted(members(found), key=self.places.__getitem__)[start : start + count]
        return few_of(found, self.ids, start, count)


class Orders:
    """The orders of one catalog. Safe in several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, tuple[tuple[str, str], Order]] = {}

    def of(self, sort: str, sets: Sets) -> Order:
        """The order of this name at the state of the catalog that the sets are of."""
        state, order = self._known.get(sort, (None, None))
        if order is None or state != sets.state:
            order = self._read(sort, sets)
            self._known[sort] = (sets.state, order)
        return order

    def _read(self, sort: str, sets: Sets) -> Order:
        sql = _VERIFIED_WITH_ORIGINAL if sort == "verified" and sets.groups else _SQL.get(sort, _SQL["title"])
        ids = array("I", (id for (id,) in self._catalog.database.rows(f"SELECT id FROM page p ORDER BY {sql}")))
        places = array("I", [len(ids)]) * (max(sets.all.bit_length(), max(ids, default=0) + 1))
        for place, id in enumerate(ids):
            places[id] = place
        return Order(ids, places)


def few_of(found: int, ordered: Iterable[int], start: int, count: int) -> list[int]:
    """Some of the ids in a set in an order, from the place `start` on; looks no further than it has to."""
    flags = found.to_bytes(-(-found.bit_length() // 8), "little")
    size = len(flags)
    present = (id for id in ordered if id >> 3 < size and flags[id >> 3] >> (id & 7) & 1)
    return list(islice(present, start, start + count))
