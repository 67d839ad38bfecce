"""What needs a person: stale and unverified pages, stubs, broken links, orphans, wanted pages, duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wiki.catalog.card import PageCard
from wiki.catalog.catalog import Catalog
from wiki.catalog.links import name_key

LISTS = ("stale", "unverified", "stubs", "broken", "orphans", "wanted", "duplicates")
STUB_WORDS = 40
# Pages that are ends in themselves: nobody has to link to them.
_NO_ORPHANS = ("term", "toolkit", "training", "settings")


@dataclass(frozen=True, slots=True)
class StalePage:
    """A page that should have been checked again; `days` over its interval, `links` pages that point here."""

    page: PageCard
    days: int
    links: int


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link of a page that leads to no page; `path` is where it would lead."""

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


class Attention:
    """The lists of what needs work, read off the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def counts(self, today: date) -> dict[str, int]:
        """How long each list is."""
        return {
            "stale": self._number("SELECT count(*) FROM page WHERE due < ?", today.isoformat()),
            "unverified": self._number(f"SELECT count(*) FROM page WHERE {_UNVERIFIED}"),
            "stubs": self._number(f"SELECT count(*) FROM page WHERE {_STUB}"),
            "broken": self._number(f"SELECT count(*) FROM (SELECT 1 {_BROKEN})"),
            "orphans": self._number(f"SELECT count(*) FROM page p WHERE {_ORPHAN}"),
            "wanted": self._number(f"SELECT count(*) FROM (SELECT 1 {_WANTED})"),
            "duplicates": len(self.duplicates()),
        }

    def stale(self, today: date, limit: int = 200) -> list[StalePage]:
        """Pages past their interval, those first that are long past it and much linked to."""
        rows = self._catalog.rows("SELECT id, path, due FROM page WHERE due < ?", (today.isoformat(),))
        found = []
        cards = {card.id: card for card in self._catalog.cards([id for id, _, _ in rows])}
        for id, path, due in rows:
            days = (today - date.fromisoformat(due)).days
            found.append(StalePage(cards[id], days, self._catalog.backlink_count(path)))
        found.sort(key=lambda item: (-item.days * (1 + item.links), item.page.path))
        return found[:limit]

    def unverified(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages about tools that nobody has ever verified."""
        return self._pages(
            f"SELECT id FROM page WHERE {_UNVERIFIED} ORDER BY title_key LIMIT ? OFFSET ?", limit, offset
        )

    def stubs(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages that say of themselves that they are only a beginning, or hold next to no text."""
        return self._pages(f"SELECT id FROM page WHERE {_STUB} ORDER BY title_key LIMIT ? OFFSET ?", limit, offset)

    def orphans(self, limit: int = 200, offset: int = 0) -> list[PageCard]:
        """Pages that no other page links to."""
        return self._pages(f"SELECT id FROM page p WHERE {_ORPHAN} ORDER BY title_key LIMIT ? OFFSET ?", limit, offset)

    def broken(self, limit: int = 200, offset: int = 0) -> list[BrokenLink]:
        """Links to pages and files that aren't there, page by page."""
        rows = self._catalog.rows(
            f"SELECT l.page, l.path, l.text, l.line {_BROKEN} ORDER BY l.page, l.number LIMIT ? OFFSET ?",
            (limit, offset),
        )
        cards = {card.id: card for card in self._catalog.cards(sorted({row[0] for row in rows}))}
        return [BrokenLink(cards[page], path, text, line) for page, path, text, line in rows if page in cards]

    def wanted(self, limit: int = 200, offset: int = 0) -> list[WantedPage]:
        """Pages that are linked to and don't exist, the most wanted first."""
        rows = self._catalog.rows(
            f"SELECT min(l.path), count(DISTINCT l.page) {_WANTED} "
            "ORDER BY count(DISTINCT l.page) DESC, min(l.path) LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [WantedPage(path, pages) for path, pages in rows]

    def duplicates(self, limit: int = 200) -> list[Duplicates]:
        """Pages with the same site, or with the same name in one language."""
        found = []
        for site, ids in self._catalog.rows(
            "SELECT site, group_concat(id) FROM page WHERE site != '' AND path = original GROUP BY site HAVING count(*) > 1 "
            "ORDER BY site LIMIT ?",
            (limit,),
        ):
            found.append(Duplicates("site", site, self._together(ids)))
        pairs = {frozenset(card.id for card in item.pages) for item in found}
        for title, ids in self._catalog.rows(
            "SELECT title_key, group_concat(id) FROM page WHERE kind IN ('tool', 'guide', 'tip') "
            "GROUP BY title_key, language HAVING count(*) > 1 ORDER BY title_key LIMIT ?",
            (limit,),
        ):
            pages = self._together(ids)
            if frozenset(card.id for card in pages) not in pairs:
                found.append(Duplicates("name", title, pages))
        return found

    def same_as(self, title: str, site: str) -> PageCard | None:
        """The page that is about the same thing as one with this title or site; how importers find duplicates."""
        if site:
            rows = self._catalog.rows("SELECT id FROM page WHERE site = ? AND path = original LIMIT 1", (site,))
            if rows:
                return self._catalog.cards([rows[0][0]])[0]
        key = name_key(title)
        return self._catalog.named(title) if key else None

    def _together(self, ids: str) -> tuple[PageCard, ...]:
        cards = self._catalog.cards([int(id) for id in ids.split(",")])
        return tuple(sorted(cards, key=lambda card: card.path))

    def _pages(self, sql: str, *parameters: object) -> list[PageCard]:
        return self._catalog.cards([id for (id,) in self._catalog.rows(sql, parameters)])

    def _number(self, sql: str, *parameters: object) -> int:
        rows: Sequence[tuple[int, ...]] = self._catalog.rows(sql, parameters)
        return int(rows[0][0])


_UNVERIFIED = "kind = 'tool' AND verified IS NULL AND status != 'retired' AND path = original"
_STUB = f"(status = 'stub' OR (words < {STUB_WORDS} AND kind IN ('tool', 'guide', 'tip', 'page'))) AND path = original"
_ORPHAN = (
    "p.kind NOT IN (" + ", ".join(f"'{kind}'" for kind in _NO_ORPHANS) + ") AND p.path = p.original "
    "AND NOT EXISTS (SELECT 1 FROM page_key k JOIN link l ON l.key = k.key WHERE k.page = p.id AND l.page != p.id)"
)
# A link is broken when none of the keys that could answer it is any page's; files are looked up by their path.
_UNANSWERED = (
    "l.choice = 0 AND NOT EXISTS (SELECT 1 FROM link o JOIN page_key k ON k.key = o.key "
    "WHERE o.page = l.page AND o.number = l.number) AND NOT EXISTS (SELECT 1 FROM file f WHERE f.path = l.path)"
)
_BROKEN = f"FROM link l WHERE {_UNANSWERED}"
_WANTED = f"FROM link l WHERE l.kind != 'file' AND {_UNANSWERED} GROUP BY l.key"
