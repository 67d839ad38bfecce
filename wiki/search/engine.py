"""What a search engine has to do for the wiki. One is built in (`whoosh_engine`); another would be a search server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wiki.errors import Unavailable
from wiki.search.documents import Document
from wiki.search.hits import Hits
from wiki.search.query import Query
from wiki.search.synonyms import Synonyms

Progress = Callable[[int, int], None]
"""Told after each step how many of how many are done; a rebuild takes two steps for each document."""


class IndexMissing(Unavailable):
    """There is no index, or none that may be trusted; a rebuild makes one."""

    default_code = "search.no_index"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pages that match, best first, with their scores (comparable within one ranking only).

    `words` are what to mark in the results: the query's words, what they were corrected to, and synonyms; the first `own` of them
    are no synonyms. `corrected` is the
    query that was searched for instead, where words of the one asked for occur nowhere. `absent` are words that no page has and
    that were taken for no others, `named` the pages whose whole names stand in the query, in its order, `missing` products that are known by name and have no page. `apart` says that no page is about all of the query: the best have less than half of what it tells. `language` is
    what the query is in, "" if that is not known.
    """

    hits: Hits
    words: tuple[str, ...] = ()
    own: int = 0
    corrected: str | None = None
    absent: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    apart: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few words of a page around what was searched for: plain text in parts, each with whether it is a hit.

    The parts are not escaped: they are text, to be shown as text.
    """

    parts: tuple[tuple[str, bool], ...]


class SearchEngine(Protocol):
    """Full-text search over documents, standing at one revision of the content."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever an index built by another version can't be used."""

    def is_superseded(self) -> bool:
        """Whether another version has made the index anew since this one has begun: it is not to be made anew again."""

    def commit(self) -> str | None:
        """The revision that the index stands at; None if there is no index, or none that may be trusted."""

    def update(
        self,
        revision: str,
        upserts: Iterable[Document],
        deletes: Iterable[str],
        total: int = 0,
        progress: Progress | None = None,
    ) -> None:
        """Bring the index to `revision` in one step. Raises IndexMissing where there is nothing to update."""

    def rebuild(
        self, revision: str, documents: Iterable[Document], total: int = 0, progress: Progress | None = None
    ) -> None:
        """Build the index from nothing; the old one answers until the new one is complete."""

    def worn(self, further: int = 0) -> bool:
        """Whether so much has changed since the last rebuild, or would have with `further` pages, that another would make
        results better."""

    def rank(
        self,
        query: Query,
        synonyms: Synonyms | None = None,
        *,
        prefer: str = "",
        limit: int = 1_000,
    ) -> Ranking:
        """The best `limit` pages for a query; of pages that are equally good those in the language `prefer` come
        first. Filters are not looked at. Raises IndexMissing."""

    def titles(
        self, prefix: str, limit: int = 8, synonyms: Synonyms | None = None, *, prefer: str = ""
    ) -> list[tuple[str, str]]:
        """Paths and titles of pages whose title or another name has words beginning as `prefix` does; where they are few,
        followed by those that a search finds. Of pages with one title there is one, in the language `prefer` if possible."""

    def near(self, name: str, limit: int, *, prefer: str = "") -> list[tuple[str, str]]:
        """Paths and titles of pages that are called much as a page that isn't there."""

    def snippets(self, paths: Sequence[str], words: Sequence[str], own: int = 0) -> Mapping[str, Snippet]:
        """Snippets of the pages that are there, each from where most of the first `own` words are, then most of all."""
