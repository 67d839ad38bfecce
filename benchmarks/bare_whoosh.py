"""Whoosh as it comes, to compare with: stemmed text fields, any word of the query, its own scoring."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from whoosh import index
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, TEXT, Schema
from whoosh.qparser import MultifieldParser, OrGroup

from wiki.search.documents import Document
from wiki.search.engine import Ranking
from wiki.search.hits import Hits, Numbered
from wiki.search.query import Query
from wiki.search.synonyms import Synonyms

FIELDS = ("title", "summary", "body")


class BareWhoosh:
    """Has as much of a SearchEngine as a benchmark needs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        text = {name: TEXT(analyzer=StemmingAnalyzer()) for name in FIELDS}
        self._index = index.create_in(str(folder), Schema(path=ID(stored=True, unique=True), **text))
        self._parser = MultifieldParser(FIELDS, self._index.schema, group=OrGroup)

    def rebuild(self, revision: str, documents: Iterable[Document], total: int = 0) -> None:
        writer = self._index.writer()
        for document in documents:
            title = " ".join((document.title, *document.aliases))
            writer.add_document(path=document.path, title=title, summary=document.summary, body=document.body)
        writer.commit()
        self._searcher = self._index.searcher()

    def commit(self) -> str:
        return ""

    def rank(self, query: Query, synonyms: Synonyms | None = None) -> Ranking:
        hits = self._searcher.search(self._parser.parse(" ".join(query.words)), limit=1_000)
        paths = Numbered([hit["path"] for hit in hits])
        return Ranking(Hits(paths, range(len(paths.paths)), [hit.score for hit in hits]))
