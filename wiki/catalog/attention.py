"""What needs a person: stale and unverified pages, stubs, broken links, orphans, wanted pages, duplicates, translations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wiki.catalog import tables
from wiki.catalog.card import PageCard, stale_days
from wiki.catalog.catalog import Catalog

LISTS = ("stale", "unverified", "stubs", "broken", "orphans", "wanted", "duplicates", "translations", "unreadable")


@dataclass(frozen=True, slots=True)
class StalePage:
    """A page that should have been checked again; `days` over its interval (less than none: it was checked on a day that is
    still to come), `links` pages that point here."""

    page: PageCard
    days: int
    links: int


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link of a page that leads to no page or file; `path` is where it would lead, `line` where it stands in the file
    (0: among the facts)."""

    page: PageCard
    path: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class WantedPage:
    """A page that others link to and nobody has written."""

    path: str
    pages: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pages that seem to be about the same thing: `why` is ``site`` or ``name``, `what` the site or name shared."""

    why: str
    what: str
    pages: tuple[PageCard, ...]


@dataclass(frozen=True, slots=True)
class TranslationWanted:
    """A page that can't be read in a language as it is now: `translation` is what there is, None for nothing yet;
    `links` pages point to the original."""

    page: PageCard
    language: str
    translation: PageCard | None
    links: int


class Attention:
    """The lists of what needs work, read off the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._counted: tuple[str, date, dict[str, int]] = ("", date.min, {})

    def _languages(self) -> tuple[str, str]:
        """The wiki's first language, and the others as JSON."""
        first, *others = self._catalog.languages
        return first, json.dumps(others)

    def counts(self, today: date) -> dict[str, int]:
        """How long each list is; counted once for a day and a state of the catalog."""
        version = self._catalog.version()
        counted_version, day, counts = self._counted
        if (counted_version, day) != (version, today):
            counts = {
                "stale": self._number(f"SELECT count(*) FROM page WHERE {tables.STALE}", *stale_days(today)),
                # By itself SQLite would go through all tools.
                "unverified": self._number(
                    f"SELECT count(*) FROM page INDEXED BY page_unverified WHERE {tables.UNVERIFIED}"
                ),
                "stubs": self._number(f"SELECT count(*) FROM page WHERE {tables.STUB}"),
                "broken": self._number(f"SELECT count(*) FROM link WHERE {tables.BROKEN}"),
                "orphans": self._number(f"SELECT count(*) FROM page WHERE {tables.ORPHAN}"),
                "wanted": self._number(f"SELECT count(DISTINCT wanted) FROM link WHERE {_WANTED}"),
                "duplicates": len(self._same(limit=-1)),
                "translations": self._number(f"SELECT count(*) FROM ({_UNTRANSLATED})", *self._languages()),
                "unreadable": self._number(f"SELECT count(*) FROM page WHERE {tables.UNREADABLE}"),
            }
            self._counted = (version, today, counts)
        return dict(counts)

    def stale(self, today: date, limit: int = 200, offset: int = 0) -> list[StalePage]:
        """Pages past their interval, those first that are long past it and much linked to."""
        rows = self._catalog.database.rows(
            "SELECT id, cast(julianday(?) - julianday(due) AS INTEGER) AS days, coalesce(inbound, 0) AS links "
            f"FROM page WHERE {tables.STALE} ORDER BY abs(days) * (1 + links) DESC, path LIMIT ? OFFSET ?",
            (today.isoformat(), *stale_days(today), limit, offset),
        )
        cards = {card.id: card for card in self._catalog.cards([id for id, _, _ in rows])}
        return [StalePage(cards[id], days, links) for id, days, links in rows if id in cards]

    def unverified(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages about tools that nobody has ever verified."""
        return self._pages(tables.UNVERIFIED, limit, offset)

    def stubs(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages that say of themselves that they are only a beginning, or hold next to no text."""
        return self._pages(tables.STUB, limit, offset)

    def orphans(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages that no other page links to."""
        return self._pages(tables.ORPHAN, limit, offset)

    def unreadable(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages whose files can't be read in full: facts that are no YAML of ours, another encoding than UTF-8."""
        return self._pages(tables.UNREADABLE, limit, offset)

    def broken(self, limit: int = 200, offset: int = 0) -> list[BrokenLink]:
        """Links to pages and files that aren't there, page by page."""
        rows = self._catalog.database.rows(
            f"SELECT page, path, text, line FROM link WHERE {tables.BROKEN} ORDER BY page, number LIMIT ? OFFSET ?",
            (limit, offset),
        )
        cards = {card.id: card for card in self._catalog.cards(sorted({row[0] for row in rows}))}
        return [BrokenLink(cards[page], path, text, line) for page, path, text, line in rows if page in cards]

    def wanted(self, limit: int = 200, offset: int = 0) -> list[WantedPage]:
        """Pages that are linked to and don't exist, the most wanted first."""
        rows = self._catalog.database.rows(
            f"SELECT min(path), count(DISTINCT page) AS pages FROM link WHERE {_WANTED} GROUP BY wanted "
            "ORDER BY pages DESC, min(path) LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [WantedPage(path, pages) for path, pages in rows]

    def duplicates(self, limit: int = 200) -> list[Duplicates]:
        """Pages with the same site, or with the same name in one language.

        Of one site, those that link to each other are no duplicates: who wrote one of them knows of the other.
        """
        found = []
        for why, what, ids in self._same(limit):
            pages = tuple(sorted(self._catalog.cards(ids), key=lambda card: card.path))
            if len(pages) > 1:
                found.append(Duplicates(why, what, pages))
        return found

    def translations(self, limit: int = 200, offset: int = 0) -> list[TranslationWanted]:
        """Pages of the first language that have no translation, the most linked first, then translations of an
        earlier version of their original."""
        rows = self._catalog.database.rows(
            f"{_UNTRANSLATED} ORDER BY translation IS NOT NULL, inbound DESC, path, language LIMIT ?3 OFFSET ?4",
            (*self._languages(), limit, offset),
        )
        ids = {id for row in rows for id in row[:2] if id is not None}
        cards = {card.id: card for card in self._catalog.cards(sorted(ids))}
        return [
            TranslationWanted(cards[page], language, cards.get(translation), links)
            for page, translation, language, links, _ in rows
            if page in cards
        ]

    def _same(self, limit: int) -> list[tuple[str, str, list[int]]]:
        """What pages share, with their ids; pages that share both site and name are named once."""
        found: list[tuple[str, str, list[int]]] = []
        seen: set[frozenset[int]] = set()
        for why, what, where, group in (
            ("site", "site", f"{tables.SAME_SITE} AND {_STRANGERS}", "site"),
            ("name", "title_key", tables.SAME_NAME, "title_key, language"),
        ):
            rows = self._catalog.database.rows(
                f"SELECT {what}, group_concat(id) FROM page INDEXED BY page_{why} WHERE {where} GROUP BY {group} "
                f"HAVING count(*) > 1 ORDER BY {what} LIMIT ?",
                (limit,),
            )
            for value, ids in rows:
                pages = [int(id) for id in ids.split(",")]
                if frozenset(pages) not in seen:
                    seen.add(frozenset(pages))
                    found.append((why, value, pages))
        return found

    def _pages(self, where: str, limit: int, offset: int) -> list[PageCard]:
        sql = f"SELECT id FROM page WHERE {where} ORDER BY title_key, path LIMIT ? OFFSET ?"
        return self._catalog.cards([id for (id,) in self._catalog.database.rows(sql, (limit, offset))])

    def _number(self, sql: str, *parameters: Any) -> int:
        row: Sequence[Any] = self._catalog.database.row(sql, parameters)
        return int(row[0])


_WANTED = f"{tables.BROKEN} AND kind NOT IN ('file', 'image')"

# There is a page of the same site that has nothing to do with this one.
_STRANGERS = """EXISTS (
    SELECT 1 FROM page AS other WHERE other.site = page.site AND other.site != '' AND other.path = other.original
    AND other.id != page.id
    AND NOT EXISTS (SELECT 1 FROM link WHERE link.page = page.id AND link.target = other.id)
    AND NOT EXISTS (SELECT 1 FROM link WHERE link.page = other.id AND link.target = page.id))"""

# Of each page of the first language and each other language: no translation, or one of a version that has gone.
_UNTRANSLATED = """
SELECT page.id AS page, t.id AS translation, l.value AS language, coalesce(page.inbound, 0) AS inbound, page.path AS path
FROM page JOIN json_each(?2) AS l LEFT JOIN page AS t ON t.original = page.path AND t.language = l.value
WHERE page.language = ?1 AND page.original = page.path AND page.status != 'retired'
    AND (t.id IS NULL OR coalesce(json_extract(t.fields, '$.translation.source'), '') NOT IN ('', page.blob_id))
"""
