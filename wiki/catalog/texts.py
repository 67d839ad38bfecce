"""Reading the texts that a first build of the catalog has left out, for what only these say: links and lengths.

Rendering them is most of the work, and what was rendered is kept for all processes. So where there is another processor, a
process of its own renders from the last page backwards, until the two meet.
"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

from wiki.catalog import page_rows
from wiki.catalog.tables import COUNT, LEAD, UNREAD, meta, remember
from wiki.errors import WikiError
from wiki.markup.markdown import Rendered
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.rendering import Rendering
from wiki.pages.settings_store import SettingsStore
from wiki.pages.sqlite import Database
from wiki.pages.store import PageStore
from wiki.storage.command import remove_folders

BATCH = 50
# Of fewer pages it isn't worth it.
PAGES_FOR_TWO = 4 * BATCH


@dataclass(frozen=True, slots=True)
class Texts:
    """What is needed to read the texts that `database` lacks."""

    database: Database
    store: PageStore
    settings: SettingsStore
    rendering: Rendering

    def are_read(self) -> bool:
        """Whether none is lacking."""
        return not meta(self.database, "lacking")

    def unread(self) -> int:
        """The number of pages whose text is still to be read."""
        return int(self.database.row(f"SELECT count(*) FROM page WHERE {UNREAD}")[0])

    def read(
        self, alone: Callable[[], AbstractContextManager[None]], progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Read those that are lacking, and at the end lead the links of all.

        Meanwhile others may bring in what changes: only to write, this is `alone`.
        """
        if self.are_read():
            return
        total = self.unread()
        with self._helped(total):
            while not self.are_read():
                if progress is not None:
                    progress(max(total - self.unread(), 0), total)
                asked = [file for _, file in self._waiting("id > 0 ORDER BY id")]
                texts = self._rendered(asked)
                with alone():
                    self._write(asked, texts)
        if progress is not None:
            progress(total, total)

    @contextmanager
    def _helped(self, pages: int) -> Iterator[None]:
        """Have another process render from the other end meanwhile."""
        if pages < PAGES_FOR_TWO or (os.cpu_count() or 1) < 2:
            yield
            return
        fork = multiprocessing.get_context("fork").Process
        helper = fork(target=self._render_backwards, args=(os.getpid(),), daemon=True)
        try:
            helper.start()
        except OSError:
            # The machine has no room for one more.
            yield
            return
        try:
            yield
        except BaseException:
            helper.terminate()
            raise
        finally:
            helper.join()

    def _render_backwards(self, parent: int) -> None:
        # Without its help it only takes longer.
        with suppress(WikiError, OSError, sqlite3.Error, KeyboardInterrupt):
            waiting = self._waiting("id > 0 ORDER BY id DESC")
            while waiting and os.getppid() == parent:
                self._rendered([file for _, file in waiting])
                waiting = self._waiting(f"id < {waiting[-1][0]} ORDER BY id DESC")
        remove_folders()

    def _waiting(self, which: str) -> list[tuple[int, tuple[PagePath, str]]]:
        """Some pages that are waited for, by id, as path and blob id."""
        sql = f"SELECT id, path, blob_id FROM page WHERE {UNREAD} AND {which} LIMIT {BATCH}"
        return [(id, (PagePath(path), blob_id)) for id, path, blob_id in self.database.rows(sql)]

    def _rendered(self, files: Sequence[tuple[PagePath, str]]) -> list[tuple[Page, Rendered]]:
        pages = list(self.store.read_many(files, meta(self.database, "revision")))
        return list(zip(pages, self.rendering.rendered_all(pages), strict=True))

    def _write(self, asked: Sequence[tuple[PagePath, str]], texts: Sequence[tuple[Page, Rendered]]) -> None:
        settings = self.settings.at(meta(self.database, "revision"))
        readable = {page.path for page, _ in texts}
        with self.database.transaction(large=True) as connection:
            for page, rendered in texts:
                page_rows.write_text(connection, page, rendered, settings)
            for path, blob_id in asked:
                if path not in readable:
                    # Larger than is allowed by now: nobody can read it.
                    sql = f"UPDATE page SET words = 0 WHERE path = ? AND blob_id = ? AND {UNREAD}"
                    connection.execute(sql, (path.text, blob_id))
            if connection.execute(f"SELECT 1 FROM page WHERE {UNREAD} LIMIT 1").fetchone() is None:
                connection.execute(LEAD)
                connection.execute(COUNT)
                remember(connection, "lacking", "")
            version = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0]
            remember(connection, "version", str(int(version) + 1))
