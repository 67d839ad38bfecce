"""What pages there are at HEAD, with their facts and links, in an SQLite file that follows git.

The catalog remembers the commit it stands at. `catch_up` compares that commit with HEAD and brings the difference in, in
one transaction; a rebuild is the same code from nothing. It may be deleted at any time.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from filelock import FileLock

from wiki.catalog.card import PageCard, facet_values, moment, site_key, timestamp, verification
from wiki.catalog.links import keys_of_link, keys_of_page, name_key
from wiki.errors import WikiError
from wiki.pages.page import Page
from wiki.pages.path import PagePath, fold, is_safe_file
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings, SettingsStore
from wiki.pages.sqlite import connect
from wiki.pages.store import PageStore
from wiki.storage.objects import Change, Commit, kind_of
from wiki.storage.repository import Repository

Progress = Callable[[int, int], None]
FORMAT = "4"
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, path TEXT NOT NULL UNIQUE, folded TEXT NOT NULL,
    folder TEXT NOT NULL, language TEXT NOT NULL, original TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    title_key TEXT NOT NULL, summary TEXT NOT NULL, status TEXT NOT NULL, fields TEXT NOT NULL, site TEXT NOT NULL,
    words INTEGER NOT NULL, verified TEXT, due TEXT, blob_id TEXT NOT NULL, problem TEXT NOT NULL,
    changed INTEGER NOT NULL, changed_by TEXT NOT NULL, revision TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS page_folded ON page (folded);
CREATE INDEX IF NOT EXISTS page_version ON page (version);
CREATE INDEX IF NOT EXISTS page_title ON page (title_key);
CREATE INDEX IF NOT EXISTS page_changed ON page (changed);
CREATE INDEX IF NOT EXISTS page_kind ON page (kind, title_key);
CREATE INDEX IF NOT EXISTS page_folder ON page (folder);
CREATE INDEX IF NOT EXISTS page_original ON page (original);
CREATE TABLE IF NOT EXISTS removed (id INTEGER NOT NULL, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS facet (page INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS facet_page ON facet (page);
CREATE INDEX IF NOT EXISTS facet_name ON facet (name, value);
CREATE TABLE IF NOT EXISTS page_key (key TEXT NOT NULL, page INTEGER NOT NULL, rank INTEGER NOT NULL,
    PRIMARY KEY (key, page)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_key_page ON page_key (page);
CREATE TABLE IF NOT EXISTS link (page INTEGER NOT NULL, number INTEGER NOT NULL, choice INTEGER NOT NULL,
    key TEXT NOT NULL, path TEXT NOT NULL, text TEXT NOT NULL, line INTEGER NOT NULL, kind TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS link_page ON link (page);
CREATE INDEX IF NOT EXISTS link_key ON link (key);
CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, blob_id TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Backlink:
    """A page that links here, with the words of the link."""

    page: PageCard
    text: str
    kind: str


class Catalog:
    """The read model of all pages at one commit. Safe in several threads and processes."""

    def __init__(
        self,
        path: Path,
        repository: Repository,
        store: PageStore,
        settings: SettingsStore,
        rendering: Rendering,
    ) -> None:
        self._path = path
        self._repository = repository
        self._store = store
        self._settings = settings
        self._rendering = rendering
        self._local = threading.local()
        self._lock = FileLock(path.with_suffix(".lock"), thread_local=False)
        self._thread_lock = threading.Lock()

    # Catching up

    def revision(self) -> str:
        """The commit that the catalog stands at; empty if it has never been built."""
        return self._meta("revision")

    def version(self) -> int:
        """A number that grows whenever the catalog changes."""
        return int(self._meta("version") or 0)

    def catch_up(self, progress: Progress | None = None, full: bool = False) -> bool:
        """Bring the catalog to HEAD; returns whether anything had to be done. `full` rebuilds it from nothing."""
        head = self._repository.head()
        if not full and self.revision() == head:
            return False
        path = self._path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._thread_lock, self._lock:
            head = self._repository.head()
            old = self.revision()
            if not full and old == head:
                return False
            self._advance("" if full else old, head, progress)
        return True

    def _advance(self, old: str, head: str, progress: Progress | None) -> None:
        settings = self._settings.at(head)
        shape = json.dumps(
            [FORMAT, settings.languages, settings.category_ids, sorted(_intervals(settings).items())],
            ensure_ascii=False,
        )
        changes: Sequence[Change]
        try:
            changes = self._repository.diff(old or None, head) if self._meta("shape") == shape else []
            whole = not old or self._meta("shape") != shape
        except WikiError:
            # The commit we stood at is gone: history was rewritten and cleaned up.
            whole, changes = True, []
        if whole:
            changes = self._repository.diff(None, head)
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            if whole:
                for table in ("page", "facet", "page_key", "link", "file", "removed"):
                    connection.execute(f"DELETE FROM {table}")
            version = self.version() + 1
            self._bring_in(connection, changes, head, "" if whole else old, version, settings, progress)
            for key, value in (("revision", head), ("version", str(version)), ("shape", shape)):
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
            if whole:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('built', ?)", (str(version),))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _bring_in(
        self,
        connection: sqlite3.Connection,
        changes: Sequence[Change],
        head: str,
        old: str,
        version: int,
        settings: Settings,
        progress: Progress | None,
    ) -> None:
        wanted = {change.path for change in changes if change.status != "D"}
        last = self._last_changes(head, old, wanted)
        for number, change in enumerate(changes, 1):
            if progress is not None:
                progress(number, len(changes))
            path = PagePath.of_file(change.path)
            gone = kind_of(change.new_mode) != "blob" or change.new_id is None
            if path is None or path.is_settings:
                if gone:
                    connection.execute("DELETE FROM file WHERE path = ?", (change.path,))
                elif path is None and is_safe_file(change.path):
                    connection.execute("INSERT OR REPLACE INTO file VALUES (?, ?)", (change.path, change.new_id))
                continue
            row = connection.execute("SELECT id FROM page WHERE path = ?", (path.text,)).fetchone()
            if row:
                self._forget(connection, row[0])
            if gone:
                if row:
                    connection.execute("DELETE FROM page WHERE id = ?", row)
                    connection.execute("INSERT INTO removed VALUES (?, ?)", (row[0], version))
                continue
            try:
                page = self._store.read(path, head, change.new_id or "")
            except WikiError:
                # Too large to be a page: `check` names it, everything else goes on.
                if row:
                    connection.execute("DELETE FROM page WHERE id = ?", row)
                    connection.execute("INSERT INTO removed VALUES (?, ?)", (row[0], version))
                continue
            commit = last.get(change.path)
            self._write(connection, page, settings, version, commit, row[0] if row else None)

    def _last_changes(self, head: str, old: str, wanted: set[str]) -> dict[str, Commit]:
        found: dict[str, Commit] = {}
        if not wanted:
            return found
        missing = set(wanted)
        for commit, changes in self._repository.walk(head, stop={old} if old else ()):
            for change in changes:
                if change.path in missing:
                    missing.discard(change.path)
                    found[change.path] = commit
            if not missing:
                break
        return found

    def _forget(self, connection: sqlite3.Connection, page: int) -> None:
        for table in ("facet", "page_key", "link"):
            connection.execute(f"DELETE FROM {table} WHERE page = ?", (page,))

    def _write(
        self,
        connection: sqlite3.Connection,
        page: Page,
        settings: Settings,
        version: int,
        commit: Commit | None,
        id: int | None,
    ) -> None:
        rendered = self._rendering.rendered(page)
        language = page.path.language(settings.languages)
        verified, due = verification(page, settings)
        original = page.path.without_language(settings.languages)
        title = page.title
        cursor = connection.execute(
            "INSERT OR REPLACE INTO page VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                id,
                version,
                page.path.text,
                fold(page.path.text),
                page.path.folder,
                language,
                original,
                page.kind.id,
                title,
                title.casefold(),
                page.summary,
                str(page.value("status") or ""),
                json.dumps(page.fields, ensure_ascii=False, default=str),
                site_key(page.value("url")),
                len(rendered.text.split()),
                verified.isoformat() if verified else None,
                due.isoformat() if due else None,
                page.blob_id,
                page.problem.code if page.problem else "",
                timestamp(commit.committed) if commit else 0,
                commit.author.name if commit else "",
                commit.id if commit else page.revision,
            ),
        )
        row = cursor.lastrowid
        connection.executemany(
            "INSERT INTO facet VALUES (?, ?, ?)", [(row, name, value) for name, value in facet_values(page, language)]
        )
        keys = keys_of_page(page.path, title, page.texts("aliases") + page.texts("aka"))
        connection.executemany(
            "INSERT OR IGNORE INTO page_key VALUES (?, ?, ?)", [(key, row, rank) for key, rank in keys.items()]
        )
        connection.executemany("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _link_rows(row or 0, page, rendered))

    # Asking

    def card(self, path: str) -> PageCard | None:
        """The card of the page at exactly this path."""
        return next(iter(self._cards("WHERE path = ?", (path,))), None)

    def cards(self, ids: Sequence[int]) -> list[PageCard]:
        """The cards with these ids, in this order; ids of pages that are gone are left out."""
        found: dict[int, PageCard] = {}
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            for card in self._cards(f"WHERE id IN ({','.join('?' * len(part))})", part):
                found[card.id] = card
        return [found[id] for id in ids if id in found]

    def cards_of(self, paths: Sequence[str]) -> dict[str, PageCard]:
        """The cards of the pages at these paths; paths without a page are left out."""
        found: dict[str, PageCard] = {}
        for start in range(0, len(paths), 500):
            part = list(paths[start : start + 500])
            found.update(
                (card.path, card) for card in self._cards(f"WHERE path IN ({','.join('?' * len(part))})", part)
            )
        return found

    def ids_of(self, paths: Iterable[str]) -> dict[str, int]:
        """The ids of all pages at these paths."""
        wanted = list(paths)
        found: dict[str, int] = {}
        connection = self._connection()
        for start in range(0, len(wanted), 900):
            part = wanted[start : start + 900]
            sql = f"SELECT path, id FROM page WHERE path IN ({','.join('?' * len(part))})"
            found.update(connection.execute(sql, part).fetchall())
        return found

    def of_kind(self, kind: str, language: str | None = None) -> list[PageCard]:
        """All pages of a kind, by title."""
        if language is None:
            return self._cards("WHERE kind = ? ORDER BY title_key, path", (kind,))
        return self._cards("WHERE kind = ? AND language = ? ORDER BY title_key, path", (kind, language))

    def in_folder(self, folder: str) -> list[PageCard]:
        """The pages directly in a folder, by title."""
        return self._cards("WHERE folder = ? ORDER BY title_key, path", (folder,))

    def folders_in(self, folder: str) -> list[tuple[str, int]]:
        """The folders directly below a folder with the number of pages in and below each."""
        prefix = f"{folder}/" if folder else ""
        rows = self._connection().execute(
            "SELECT folder, count(*) FROM page WHERE folder > ? AND folder < ? GROUP BY folder",
            (prefix, prefix + "\U0010ffff"),
        )
        counts: dict[str, int] = {}
        for name, count in rows:
            first = name[len(prefix) :].partition("/")[0]
            if first:
                counts[prefix + first] = counts.get(prefix + first, 0) + count
        return sorted(counts.items())

    def latest(self, limit: int, folder: str = "") -> list[PageCard]:
        """The pages that changed last."""
        if folder:
            return self._cards("WHERE folder = ? ORDER BY changed DESC, id DESC LIMIT ?", (folder, limit))
        return self._cards("ORDER BY changed DESC, id DESC LIMIT ?", (limit,))

    def translations(self, path: str) -> dict[str, str]:
        """The paths of a page in all the languages it exists in, by language; `path` is any one of them."""
        row = self._connection().execute("SELECT original FROM page WHERE path = ?", (path,)).fetchone()
        if row is None:
            return {}
        return dict(self._connection().execute("SELECT language, path FROM page WHERE original = ?", row).fetchall())

    def find(self, text: str) -> PageCard | None:
        """The page that a path means although it is spelled otherwise: case, ``_`` or Unicode form."""
        return next(iter(self._cards("WHERE folded = ? ORDER BY path LIMIT 1", (fold(text.strip("/")),))), None)

    def named(self, name: str) -> PageCard | None:
        """The page that has this name: its last segment, title or an alias."""
        return self._answering((name_key(name),))

    def resolve(self, target: str, source: PagePath, languages: tuple[str, ...]) -> tuple[PageCard | None, str, str]:
        """The page that a link in `source` points at (or None), the path it would have, and the part after ``#``."""
        found = keys_of_link(target, source)
        if found is None:
            return None, "", ""
        keys = found.keys
        language = source.language(languages)
        if language != languages[0]:
            keys = (*(f"/{language}{key}" for key in keys if key.startswith("/")), *keys)
        return self._answering(keys), found.path, found.anchor

    def has_file(self, path: str) -> bool:
        """Whether an attachment (any file that is no page) is at this path."""
        return self._connection().execute("SELECT 1 FROM file WHERE path = ?", (path,)).fetchone() is not None

    def files(self, folder: str) -> list[str]:
        """The attachments in a folder."""
        prefix = f"{folder}/"
        rows = self._connection().execute(
            "SELECT path FROM file WHERE path > ? AND path < ?", (prefix, prefix + "\U0010ffff")
        )
        return [path for (path,) in rows if "/" not in path[len(prefix) :]]

    def backlinks(self, path: str) -> list[Backlink]:
        """The pages that link here, each once, by title."""
        rows = self._connection().execute(
            "SELECT l.page, l.text, l.kind, l.number, l.choice FROM page p JOIN page_key k ON k.page = p.id "
            "JOIN link l ON l.key = k.key WHERE p.path = ? AND l.page != p.id ORDER BY l.page, l.number",
            (path,),
        )
        first: dict[int, tuple[str, str]] = {}
        for page, text, kind, number, choice in rows:
            if page not in first and (choice == 0 or self._target_of(page, number) == path):
                first[page] = (text, kind)
        cards = sorted(self.cards(list(first)), key=lambda card: (card.title.casefold(), card.path))
        return [Backlink(card, *first[card.id]) for card in cards]

    def backlink_count(self, path: str) -> int:
        """How many pages link here, counted by their first choice."""
        row = self._connection().execute(
            "SELECT count(DISTINCT l.page) FROM page p JOIN page_key k ON k.page = p.id JOIN link l ON l.key = k.key "
            "WHERE p.path = ? AND l.page != p.id",
            (path,),
        )
        return int(row.fetchone()[0])

    def anchors(self, path: str) -> tuple[str, ...]:
        """The different words with which other pages link here; search counts them as the page's own."""
        rows = self._connection().execute(
            "SELECT DISTINCT l.text FROM page p JOIN page_key k ON k.page = p.id JOIN link l ON l.key = k.key "
            "WHERE p.path = ? AND l.page != p.id AND l.choice = 0 AND l.kind = 'page' LIMIT 100",
            (path,),
        )
        return tuple(text for (text,) in rows if text)

    def count(self) -> int:
        """The number of pages."""
        return int(self._connection().execute("SELECT count(*) FROM page").fetchone()[0])

    def counts(self, name: str) -> dict[str, int]:
        """How many pages have each value of a facet."""
        rows = self._connection().execute("SELECT value, count(*) FROM facet WHERE name = ? GROUP BY value", (name,))
        return dict(rows.fetchall())

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query of this package (attention, facets); not for other packages."""
        return self._connection().execute(sql, parameters).fetchall()

    def _answering(self, keys: Sequence[str]) -> PageCard | None:
        for key in keys:
            if not key:
                continue
            cards = self._cards(
                "JOIN page_key k ON k.page = page.id WHERE k.key = ? ORDER BY k.rank, path LIMIT 1", (key,)
            )
            if cards:
                return cards[0]
        return None

    def _target_of(self, page: int, number: int) -> str:
        row = self._connection().execute(
            "SELECT p.path FROM link l JOIN page_key k ON k.key = l.key JOIN page p ON p.id = k.page "
            "WHERE l.page = ? AND l.number = ? ORDER BY l.choice, k.rank, p.path LIMIT 1",
            (page, number),
        )
        found = row.fetchone()
        return str(found[0]) if found else ""

    def _cards(self, where: str, parameters: Sequence[Any]) -> list[PageCard]:
        sql = (
            "SELECT page.id, path, title, page.kind, summary, language, status, fields, verified, due, changed, changed_by, "
            f"revision, blob_id FROM page {where}"
        )
        return [_card(row) for row in self._connection().execute(sql, parameters)]

    def _meta(self, key: str) -> str:
        row = self._connection().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        # Somebody may delete the file while we run; a connection to a deleted file would answer from the past for ever.
        if connection is None or not self._path.exists():
            connection = connect(self._path, SCHEMA)
            self._local.connection = connection
        return connection


def _card(row: tuple[Any, ...]) -> PageCard:
    id, path, title, kind, summary, language, status, fields, verified, due, changed, by, revision, blob_id = row
    return PageCard(
        id=id,
        path=path,
        title=title,
        kind=kind,
        summary=summary,
        language=language,
        status=status,
        fields=json.loads(fields),
        last_verified=date.fromisoformat(verified) if verified else None,
        verify_due=date.fromisoformat(due) if due else None,
        changed=moment(changed),
        changed_by=by,
        revision=revision,
        blob_id=blob_id,
    )


def _intervals(settings: Settings) -> dict[str, int]:
    return {slug: term.verify_every for slug, term in settings.vocabulary.get("functions", {}).items()}


def _link_rows(id: int, page: Page, rendered: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    links = [(link.target, link.text, link.line, link.kind) for link in rendered.links]
    for name in ("alternatives", "tools", "see", "replaced_by", "toolkit"):
        links += [(f"/{value.strip('/')}", "", 0, name) for value in page.texts(name) if value.strip("/")]
    items = page.value("items")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and isinstance(item.get("page"), str):
            links.append((f"/{item['page'].strip('/')}", "", 0, "items"))
    for number, (target, text, line, kind) in enumerate(links[:5000]):
        found = keys_of_link(target, page.path)
        if found is None:
            continue
        what = "file" if found.is_file or kind == "image" else kind
        rows += [(id, number, choice, key, found.path, text[:200], line, what) for choice, key in enumerate(found.keys)]
    return rows
