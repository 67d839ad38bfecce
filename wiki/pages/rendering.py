"""Rendered pages, kept by the contents they were made from.

The key is the blob id and the renderer's fingerprint, so an entry can never be stale: other contents have another key.
What depends on other pages (whether a link's target exists, glossary terms) is put in later, by `catalog.presenting`.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

from wiki.markup.markdown import Heading, Link, Rendered, Renderer
from wiki.pages.page import Page
from wiki.pages.sqlite import Database

MAX_ENTRIES = 60_000
TRIM_EVERY = 1_000
SCHEMA = "CREATE TABLE rendered (key TEXT UNIQUE, data BLOB NOT NULL)"


class RenderCache:
    """Rendered Markdown on disk, shared by all processes. Losing it, or not being able to write it, costs time only."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)
        self._stored = 0

    def close(self) -> None:
        """Let go of the file; asking opens it again."""
        self._database.close()

    def get(self, key: str) -> Rendered | None:
        """What was stored under this key."""
        try:
            row = self._database.row("SELECT data FROM rendered WHERE key = ?", (key,))
            return _unpack(row[0]) if row else None
        except (sqlite3.Error, OSError, zlib.error, ValueError, TypeError):
            return None

    def put(self, key: str, rendered: Rendered) -> None:
        """Store under this key."""
        try:
            self._database.rows("INSERT OR REPLACE INTO rendered (key, data) VALUES (?, ?)", (key, _pack(rendered)))
            self._stored += 1
            if self._stored % TRIM_EVERY == 0:
                self.trim()
        except (sqlite3.Error, OSError):
            return

    def trim(self, keep: int = MAX_ENTRIES) -> None:
        """Drop the entries that were stored first, so that at most `keep` stay."""
        self._database.rows(
            "DELETE FROM rendered WHERE rowid <= (SELECT rowid FROM rendered ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
            (keep,),
        )


class Rendering:
    """Renders pages, at most once for the same contents."""

    def __init__(self, renderer: Renderer, cache: RenderCache) -> None:
        self._renderer = renderer
        self._cache = cache

    def close(self) -> None:
        """Let go of the cache's file; rendering opens it again."""
        self._cache.close()

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text could be rendered otherwise."""
        return self._renderer.fingerprint

    def rendered(self, page: Page) -> Rendered:
        """The body of a stored page as HTML, with its headings, links and plain text."""
        key = f"{page.blob_id}{self._renderer.fingerprint}"
        rendered = self._cache.get(key)
        if rendered is None:
            rendered = self._renderer.render(page.body, page.title)
            # What ran out of time may do better when the machine is less busy, so it isn't kept.
            if not rendered.cut_off:
                self._cache.put(key, rendered)
        return rendered

    def trim(self) -> None:
        """Keep what is kept within bounds."""
        self._cache.trim()

    def render(self, body: str, title: str = "") -> Rendered:
        """Render text that is not stored, such as a preview."""
        return self._renderer.render(body, title)


def _pack(rendered: Rendered) -> bytes:
    fields: list[Any] = [
        rendered.html,
        [[item.level, item.id, item.text, item.line, item.end_line] for item in rendered.headings],
        [[item.target, item.text, item.line, item.kind] for item in rendered.links],
        rendered.external,
        rendered.text,
        rendered.lead,
    ]
    return zlib.compress(json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _unpack(data: bytes) -> Rendered:
    html, headings, links, external, text, lead = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
    return Rendered(
        html,
        tuple(Heading(*item) for item in headings),
        tuple(Link(*item) for item in links),
        tuple(external),
        text,
        lead,
    )
