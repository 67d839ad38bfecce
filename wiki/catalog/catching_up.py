"""Bringing the catalog to a commit: what differs from the one it stands at, in one transaction."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wiki.catalog import page_rows
from wiki.catalog.links import FILE, FOLDER, REDIRECT, file_key, path_key
from wiki.catalog.tables import COUNT, FORMAT, LEAD, TABLES, meta, remember
from wiki.errors import WikiError
from wiki.markup.markdown import Rendered
from wiki.pages.page import Page
from wiki.pages.path import PagePath, folders_of, is_safe_file
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings
from wiki.pages.settings_store import SettingsStore
from wiki.pages.sqlite import Database
from wiki.pages.store import PageStore
from wiki.storage.objects import Change, Commit, kind_of
from wiki.storage.repository import Repository

Progress = Callable[[int, int], None]
BATCH = 200
MAX_STEPS = 10_000
IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """What is needed to bring `database` to a commit."""

    database: Database
    repository: Repository
    store: PageStore
    settings: SettingsStore
    rendering: Rendering

    def run(self, head: str, full: bool = False, progress: Progress | None = None, texts: bool = True) -> None:
        """Bring the database to `head`; `full` from nothing.

        From nothing without `texts`, what only these say (links, lengths) is left to `Texts.read`, and so it is where
        that was still being waited for.
        """
        settings = self.settings.at(head)
        shape = self._shape(settings)
        old = meta(self.database, "revision")
        if full or meta(self.database, "shape") != shape:
            old = ""
        try:
            changes, last = self._difference(old, head)
        except WikiError:
            # The commit we stood at is gone: history was rewritten and cleaned up.
            old = ""
            changes, last = self._difference("", head)
        texts = bool(old) or (texts and not meta(self.database, "lacking"))
        with self.database.transaction(large=len(changes) > BATCH) as connection:
            indexes: list[str] = []
            if not old:
                indexes = _without_indexes(connection)
                for table in TABLES:
                    connection.execute(f"DELETE FROM {table}")
                remember(connection, "built", secrets.token_hex(8))
                remember(connection, "lacking", "" if texts else "texts")
            version = int(meta(self.database, "version") or 0) + 1
            transfer = _Transfer(connection, self, head, settings, version, last, not old, texts)
            transfer.bring_in(changes, progress)
            for sql in indexes:
                connection.execute(sql)
            transfer.finish(changes)
            for key, value in (("revision", head), ("version", str(version)), ("shape", shape)):
                remember(connection, key, value)

    def _shape(self, settings: Settings) -> str:
        """What every row depends on besides its page; where that changes, everything is read anew."""
        intervals = {slug: term.verify_every for slug, term in settings.vocabulary.get("functions", {}).items()}
        shape = [FORMAT, self.rendering.fingerprint, settings.languages, settings.category_ids, intervals]
        return json.dumps(shape, ensure_ascii=False, sort_keys=True)

    def _difference(self, old: str, head: str) -> tuple[list[Change], dict[str, Commit]]:
        """The files that differ, and the newest commit of every file whose newest commit may be another than before."""
        changes = self.repository.diff(old or None, head)
        missing = {change.path for change in changes if change.new_id is not None}
        last: dict[str, Commit] = {}
        fork = self._fork(old, head) if old else None
        if fork is not None:
            for commit, touched in self.repository.walk(head, stop={fork}):
                for change in touched:
                    last.setdefault(change.path, commit)
            if fork != old:
                for _, touched in self.repository.walk(old, stop={fork}):
                    missing |= {change.path for change in touched}
        missing -= last.keys()
        for commit, touched in self.repository.walk(fork or head) if missing else ():
            for change in touched:
                if change.path in missing:
                    missing.discard(change.path)
                    last[change.path] = commit
            if not missing:
                break
        return changes, last

    def _fork(self, old: str, head: str) -> str | None:
        """The newest commit that is in the first-parent line of both; None where they have none in common nearby."""
        tips: list[str | None] = [head, old]
        seen = [{head}, {old}]
        for _ in range(MAX_STEPS):
            for side, other in ((0, 1), (1, 0)):
                tip = tips[side]
                if tip is None:
                    continue
                if tip in seen[other]:
                    return tip
                tips[side] = parent = next(iter(self.repository.commit(tip).parents), None)
                if parent is not None:
                    seen[side].add(parent)
        return None


@dataclass(slots=True)
class _Transfer:
    """One run: what it has changed so far, so that links can be led anew at the end."""

    connection: sqlite3.Connection
    sources: CatchingUp
    head: str
    settings: Settings
    version: int
    last: Mapping[str, Commit]
    whole: bool
    texts: bool
    keys: set[str] = field(default_factory=set)
    written: set[int] = field(default_factory=set)
    recount: set[int] = field(default_factory=set)
    paths_changed: bool = False
    folders_left: set[str] = field(default_factory=set)

    def bring_in(self, changes: Sequence[Change], progress: Progress | None) -> None:
        """Read and write the files that differ."""
        done = 0
        for start in range(0, len(changes), BATCH):
            part = changes[start : start + BATCH]
            pages = self._read(part)
            rendered: dict[str, Rendered] = {}
            if self.texts:
                rendered = dict(zip(pages, self.sources.rendering.rendered_all(list(pages.values())), strict=True))
            for change in part:
                self._file(change, pages.get(change.path), rendered.get(change.path))
                done += 1
                if progress is not None:
                    progress(done, len(changes))

    def finish(self, changes: Iterable[Change]) -> None:
        """Set right what depends on more than one page."""
        if not self.whole:
            self._restamp({change.path for change in changes})
        if self.paths_changed or any(change.path == "_wiki/redirects.yml" for change in changes):
            self._leave_folders()
            self._redirects()
        if self.texts:
            self._lead_links()
            self._count_inbound()

    def _read(self, changes: Iterable[Change]) -> dict[str, Page]:
        wanted = []
        for change in changes:
            path = PagePath.of_file(change.path)
            if path is not None and not path.is_settings and change.new_id and kind_of(change.new_mode) == "blob":
                wanted.append((path, change.new_id))
        return {page.path.file: page for page in self.sources.store.read_many(wanted, self.head)}

    def _file(self, change: Change, page: Page | None, rendered: Rendered | None) -> None:
        path = PagePath.of_file(change.path)
        if path is not None and path.is_settings:
            return
        if path is None:
            # Names that can't be served (and might not even be text) never get here.
            if is_safe_file(change.path):
                self._attachment(change)
            return
        row = None
        if not self.whole:
            row = self.connection.execute("SELECT id FROM page WHERE path = ?", (path.text,)).fetchone()
        if page is None:
            # Deleted, no file any more, or too large to be a page: `check` names it, everything else goes on.
            if row is not None:
                self._remove(row[0], path)
            return
        self._write(page, rendered, row[0] if row is not None else None)

    def _attachment(self, change: Change) -> None:
        keys = (path_key(change.path), file_key(change.path))
        if change.new_id is not None and kind_of(change.new_mode) == "blob":
            self.connection.execute("INSERT OR REPLACE INTO file VALUES (?, ?)", (change.path, change.new_id))
            self.connection.executemany(
                "INSERT OR IGNORE INTO answer VALUES (?, ?, ?, 0)", [(key, FILE, change.path) for key in keys]
            )
        else:
            self.connection.execute("DELETE FROM file WHERE path = ?", (change.path,))
            self.connection.executemany(
                "DELETE FROM answer WHERE key = ? AND rank = ? AND path = ?", [(key, FILE, change.path) for key in keys]
            )
        self.keys.update(keys)

    def _remove(self, id: int, path: PagePath) -> None:
        self._forget(id)
        self._answer(id, path, {})
        self.connection.execute("DELETE FROM page WHERE id = ?", (id,))
        self.connection.execute("INSERT INTO removed VALUES (?, ?)", (id, self.version))
        self.paths_changed = True
        self.folders_left |= set(folders_of(path.text))

    def _write(self, page: Page, rendered: Rendered | None, id: int | None) -> None:
        if id is None:
            self.paths_changed = True
            for folder in folders_of(page.path.text):
                row = (path_key(folder), FOLDER, folder)
                if self.connection.execute("INSERT OR IGNORE INTO answer VALUES (?, ?, ?, 0)", row).rowcount:
                    self.keys.add(path_key(folder))
        commit = self.last.get(page.path.file)
        if id is None or rendered is None:
            id = page_rows.write(self.connection, page, rendered, self.settings, self.version, commit)
            self.written.add(id)
        else:
            led = page_rows.rewrite(self.connection, id, page, rendered, self.settings, self.version, commit)
            if led is not None:
                self.recount |= led
                self.written.add(id)
        self._answer(id, page.path, page_rows.answers(page, self.settings))

    def _forget(self, id: int) -> None:
        targets = self.connection.execute("SELECT DISTINCT target FROM link WHERE page = ?", (id,))
        self.recount |= {target for (target,) in targets if target}
        for table in ("facet", "link", "link_key"):
            self.connection.execute(f"DELETE FROM {table} WHERE page = ?", (id,))

    def _answer(self, id: int, path: PagePath, new: Mapping[str, int]) -> None:
        if not self.whole:
            sql = "SELECT key, rank FROM answer WHERE page = ? AND rank != ?"
            old = dict(self.connection.execute(sql, (id, REDIRECT)).fetchall())
            if old == new:
                return
            self.keys |= {key for key, _ in old.items() ^ new.items()}
            self.connection.execute("DELETE FROM answer WHERE page = ? AND rank != ?", (id, REDIRECT))
        rows = [(key, rank, path.text, id) for key, rank in new.items()]
        self.connection.executemany("INSERT INTO answer VALUES (?, ?, ?, ?)", rows)

    def _restamp(self, differing: set[str]) -> None:
        """Pages that were changed and changed back are as before, but their last change is another."""
        for file, commit in self.last.items():
            path = PagePath.of_file(file)
            if file not in differing and path is not None:
                page_rows.stamp(self.connection, path, commit, self.version)

    def _leave_folders(self) -> None:
        for folder in self.folders_left:
            below = (folder, f"{folder}/", f"{folder}/\U0010ffff")
            sql = "SELECT 1 FROM page WHERE folder = ? OR (folder > ? AND folder < ?) LIMIT 1"
            if self.connection.execute(sql, below).fetchone() is None:
                row = (path_key(folder), FOLDER, folder)
                self.connection.execute("DELETE FROM answer WHERE key = ? AND rank = ? AND path = ?", row)
                self.keys.add(path_key(folder))

    def _redirects(self) -> None:
        """A moved page answers to its old path, as long as nothing else is there."""
        sql = "SELECT key, path, page FROM answer WHERE rank = ?"
        old = set(self.connection.execute(sql, (REDIRECT,)).fetchall())
        new = set()
        for before, after in self.settings.redirects.items():
            page = self.connection.execute("SELECT id FROM page WHERE path = ?", (after,)).fetchone()
            if page is not None and is_safe_file(before):
                new.add((path_key(before), after, page[0]))
        for key, path, _ in old - new:
            self.connection.execute("DELETE FROM answer WHERE key = ? AND rank = ? AND path = ?", (key, REDIRECT, path))
        rows = [(key, REDIRECT, path, page) for key, path, page in new - old]
        self.connection.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", rows)
        self.keys |= {key for key, _, _ in old ^ new}

    def _lead_links(self) -> None:
        if self.whole:
            self.connection.execute(LEAD)
            return
        waiting: set[tuple[int, int]] = set()
        for part in _parts(self.keys):
            sql = f"SELECT page, number FROM link_key WHERE key IN ({_marks(part)})"
            waiting |= set(self.connection.execute(sql, part).fetchall())
        for part in _parts(self.written):
            sql = f"SELECT page, number FROM link WHERE page IN ({_marks(part)})"
            waiting |= set(self.connection.execute(sql, part).fetchall())
        for place in waiting:
            asked = "SELECT target FROM link WHERE page = ? AND number = ?"
            before = self.connection.execute(asked, place).fetchone()
            self.connection.execute(f"{LEAD} WHERE page = ? AND number = ?", place)
            after = self.connection.execute(asked, place).fetchone()
            self.recount |= {row[0] for row in (before, after) if row is not None and row[0]}

    def _count_inbound(self) -> None:
        if self.whole:
            self.connection.execute(COUNT)
            return
        for part in _parts(self.recount | self.written):
            self.connection.execute(f"{COUNT} WHERE id IN ({_marks(part)})", part)


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Take the indexes away, to be made again in one go when everything is there; what makes them."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _parts(values: Iterable[str] | Iterable[int]) -> Iterator[list[str | int]]:
    every: list[str | int] = list(values)
    return (every[start : start + IN_ONE_QUERY] for start in range(0, len(every), IN_ONE_QUERY))


def _marks(part: Sequence[object]) -> str:
    return ",".join("?" * len(part))
