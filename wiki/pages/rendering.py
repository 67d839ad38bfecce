"""Rendered pages, kept by the contents they were made from.

The key is the blob id and the renderer's fingerprint, so an entry can never be stale: other contents have another key.
What depends on other pages (whether a link's target exists, glossary terms) is put in later, by `catalog.presenting`.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
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

    def get_all(self, keys: Sequence[str]) -> dict[str, Rendered]:
        """What was stored under these keys."""
        try:
            sql = "SELECT key, data FROM rendered WHERE key IN (SELECT value FROM json_each(?))"
            return {key: _unpack(data) for key, data in self._database.rows(sql, (json.dumps(keys),))}
        except (sqlite3.Error, OSError, zlib.error, ValueError, TypeError):
            return {}

    def put(self, made: Mapping[str, Rendered]) -> None:
        """Store under these keys."""
        try:
            rows = [(key, _pack(rendered)) for key, rendered in made.items()]
            with self._database.transaction() as connection:
                connection.executemany("INSERT OR REPLACE INTO rendered (key, data) VALUES (?, ?)", rows)
            before, self._stored = self._stored, self._stored + len(rows)
            if before // TRIM_EVERY != self._stored // TRIM_EVERY:
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
        key = self._key(page)
        return self._cache.get(key) or self._made({key: page})[key]

    def rendered_all(self, pages: Sequence[Page]) -> list[Rendered]:
        """The same of some hundreds of pages, looked up and stored together."""
        wanted = {self._key(page): page for page in pages}
        found = self._cache.get_all(list(wanted))
        found |= self._made({key: page for key, page in wanted.items() if key not in found})
        return [found[self._key(page)] for page in pages]

    def _made(self, pages: Mapping[str, Page]) -> dict[str, Rendered]:
        made = {key: self._renderer.render(page.markdown, page.title) for key, page in pages.items()}
        # What ran out of time is kept too: the limit is processor time and part of the key, so another try would cost
        # as much and end the same.
        if made:
            self._cache.put(made)
        return made

    def _key(self, page: Page) -> str:
        return f"{page.blob_id}{self._renderer.fingerprint}"

    def trim(self) -> None:
        """Keep what is kept within bounds."""
        self._cache.trim()

    def short(self, text: str) -> Rendered:
        """A text that is stored in the wiki but is no page, such as a setting."""
        key = sha256(text.encode()).hexdigest() + self.fingerprint
        found = self._cache.get(key)
        if found is None:
            found = self._renderer.render(text)
            self._cache.put({key: found})
        return found

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
        rendered.cut_off,
    ]
    return zlib.compress(json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _unpack(data: bytes) -> Rendered:
    html, headings, links, external, text, lead, cut_off = json.loads(
        zlib.decompress(data).decode("utf-8", "surrogatepass")
    )
    return Rendered(
        html,
        tuple(Heading(*item) for item in headings),
        tuple(Link(*item) for item in links),
        tuple(external),
        text,
        lead,
        cut_off,
    )
