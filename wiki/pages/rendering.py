"""Rendered pages, kept by the contents they were made from.

The key is the blob id and the renderer's fingerprint, so an entry can never be stale: other contents have another key.
What depends on other pages (whether a link's target exists, glossary terms) is put in later, by `catalog.presenting`.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from dataclasses import asdict
from pathlib import Path

from wiki.markup.markdown import Heading, Link, Rendered, Renderer
from wiki.pages.page import Page
from wiki.pages.sqlite import connect

MAX_ENTRIES = 60_000


class RenderCache:
    """Rendered Markdown on disk, shared by all processes; losing it costs time only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def get(self, key: str) -> Rendered | None:
        """What was stored under this key."""
        row = self._connection().execute("SELECT data FROM rendered WHERE key = ?", (key,)).fetchone()
        return _unpack(row[0]) if row else None

    def put(self, key: str, rendered: Rendered) -> None:
        """Store under this key; failing to is no error, since it can be rendered again."""
        connection = self._connection()
        try:
            connection.execute("INSERT OR REPLACE INTO rendered (key, data) VALUES (?, ?)", (key, _pack(rendered)))
        except sqlite3.OperationalError:
            return

    def trim(self, keep: int = MAX_ENTRIES) -> None:
        """Drop the entries that were stored first, so that at most `keep` stay."""
        connection = self._connection()
        connection.execute(
            "DELETE FROM rendered WHERE rowid <= (SELECT rowid FROM rendered ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
            (keep,),
        )

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(
                self._path, "CREATE TABLE IF NOT EXISTS rendered (key TEXT UNIQUE, data BLOB NOT NULL)"
            )
            self._local.connection = connection
        return connection


class Rendering:
    """Renders pages, at most once for the same contents."""

    def __init__(self, renderer: Renderer, cache: RenderCache) -> None:
        self._renderer = renderer
        self._cache = cache

    def rendered(self, page: Page) -> Rendered:
        """The body of a stored page as HTML, with its headings, links and plain text."""
        key = f"{page.blob_id}{self._renderer.fingerprint}"
        rendered = self._cache.get(key)
        if rendered is None:
            rendered = self._renderer.render(page.body)
            # What ran out of time may do better when the machine is less busy, so it isn't kept.
            if not rendered.cut_off:
                self._cache.put(key, rendered)
        return rendered

    def render(self, body: str) -> Rendered:
        """Render text that is not stored, such as a preview."""
        return self._renderer.render(body)


def _pack(rendered: Rendered) -> bytes:
    return zlib.compress(json.dumps(asdict(rendered), ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _unpack(data: bytes) -> Rendered:
    fields = json.loads(zlib.decompress(data))
    fields["headings"] = tuple(Heading(**item) for item in fields["headings"])
    fields["links"] = tuple(Link(**item) for item in fields["links"])
    fields["external"] = tuple(fields["external"])
    return Rendered(**fields)
