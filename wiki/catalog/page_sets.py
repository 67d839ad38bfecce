"""Which pages have which value of which facet, following the catalog by its version numbers, a changed page at a time.

Every value of every facet is a set of pages kept as the bits of one integer, so that narrowing is "and" and counting is
one instruction a machine word. A translation stands in the sets of its original: the facts of that are its own too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wiki.catalog.catalog import Catalog

IN_ONE_QUERY = 500
OF_LANGUAGE = "page_language"
TRANSLATED = "page t JOIN page o ON o.path = t.original"


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets at one state of the catalog. Never changed once others can see it."""

    state: tuple[str, str] = ("", "")
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


# What pages say themselves, and what translations have from the pages they translate.
_OWN = (
    f"SELECT f.page, f.name, f.value FROM facet f WHERE (f.name != 'kind' OR NOT EXISTS (SELECT 1 FROM {TRANSLATED} "
    "WHERE t.id = f.page AND t.path != t.original))"
)
_INHERITED = (
    f"SELECT t.id, f.name, f.value FROM {TRANSLATED} JOIN facet f ON f.page = o.id "
    f"WHERE t.path != t.original AND f.name != '{OF_LANGUAGE}'"
)


class PageSets:
    """The sets of one catalog. Safe in several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._sets = Sets()

    def current(self) -> Sets:
        """The sets at the catalog's state, brought up to it if need be."""
        state = self._catalog.state()
        sets = self._sets
        if state == sets.state:
            return sets
        with self._lock:
            sets = self._sets
            if state != sets.state:
                sets = self._sets = self._followed(sets, state)
        return sets

    def _followed(self, sets: Sets, state: tuple[str, str]) -> Sets:
        if not sets.state[1] or sets.state[0] != state[0]:
            return self._read(state)
        since = int(sets.state[1])
        rows = self._catalog.database.rows
        removed = {id for (id,) in rows("SELECT page FROM removed WHERE version > ?", (since,))}
        changed = dict(rows("SELECT id, path FROM page WHERE version > ?", (since,)))
        gone = [path for path, id in sets.ids.items() if id in removed] if removed else []
        changed |= self._translations_of([*changed.values(), *gone])
        outgoing = removed | changed.keys()
        others = ~bits(outgoing)
        ids = {path: id for path, id in sets.ids.items() if id not in outgoing}
        for id, path in changed.items():
            ids[path] = id
        values = {
            name: {value: left for value, pages in known.items() if (left := pages & others)}
            for name, known in sets.values.items()
        }
        for part in _parts(list(changed)):
            marks = ",".join("?" * len(part))
            sql = f"{_OWN} AND f.page IN ({marks}) UNION ALL {_INHERITED} AND t.id IN ({marks})"
            _add(values, rows(sql, (*part, *part)))
        return Sets(state, sets.all & others | bits(changed), ids, values, self._groups())

    def _read(self, state: tuple[str, str]) -> Sets:
        """The sets of the whole catalog."""
        rows = self._catalog.database.rows
        ids = dict(rows("SELECT path, id FROM page"))
        every = bits(ids.values())
        values: dict[str, dict[str, int]] = {}
        # Grouped along an index. A row for each value of each page takes several times as long, and much memory.
        for name, value, pages in rows("SELECT name, value, group_concat(page) FROM facet GROUP BY name, value"):
            if found := bits(map(int, pages.split(","))) & every:
                values.setdefault(name, {})[value] = found
        translated = bits(id for (id,) in rows(f"SELECT t.id FROM {TRANSLATED} WHERE t.path != t.original"))
        if "kind" in values:
            values["kind"] = {value: left for value, pages in values["kind"].items() if (left := pages & ~translated)}
        _add(values, rows(_INHERITED))
        return Sets(state, every, ids, values, self._groups())

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


def _add(values: dict[str, dict[str, int]], rows: Iterable[tuple[int, str, str]]) -> None:
    """Add (page, name, value) to the sets by name and value."""
    gathered: dict[tuple[str, str], list[int]] = {}
    for id, name, value in rows:
        gathered.setdefault((name, value), []).append(id)
    for (name, value), pages in gathered.items():
        known = values.setdefault(name, {})
        known[value] = known.get(value, 0) | bits(pages)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + IN_ONE_QUERY] for start in range(0, len(values), IN_ONE_QUERY))


def bits(ids: Iterable[int]) -> int:
    """The set of these ids as the bits of one integer."""
    every = list(ids)
    digits = bytearray(b"0") * (max(every, default=0) + 1)
    for id in every:
        digits[id] = 49
    digits.reverse()
    return int(digits, 2)


def members(found: int) -> Iterator[int]:
    """The ids in such a set, in order."""
    digits = f"{found:b}"[::-1]
    id = digits.find("1")
    while id >= 0:
        yield id
        id = digits.find("1", id + 1)
