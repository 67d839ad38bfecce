"""What pages there are at HEAD, with their facts and links, in an SQLite file that follows git.

The catalog remembers the commit it stands at. `catch_up` compares that commit with HEAD and brings the difference in, in
one transaction; a rebuild is the same code from nothing. It may be deleted at any time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from filelock import FileLock

from wiki.catalog.card import PageCard, moment, stale_days
from wiki.catalog.catching_up import CatchingUp, Progress
from wiki.catalog.links import ALIAS, keys_of_link, name_key, path_key
from wiki.catalog.tables import SCHEMA, STALE, meta
from wiki.catalog.texts import Texts
from wiki.forks import renew_after_fork
from wiki.pages.alphabet import alphabetical
from wiki.pages.path import PagePath, fold
from wiki.pages.rendering import Rendering
from wiki.pages.settings_store import SettingsStore
from wiki.pages.sqlite import Database
from wiki.pages.store import PageStore
from wiki.storage.repository import Repository

IN_ONE_QUERY = 500
MAX_ANCHORS = 100
MAX_NAMING = 20
MAX_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class Backlink:
    """A page that links here, with the words of the link (empty for one among its facts) and the kind of the link."""

    page: PageCard
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link leads. `path` is that of the page, file or folder there, or that a missing page would get; empty where
    the link leads into the engine. `title` is the page's."""

    path: str
    anchor: str
    exists: bool
    title: str = ""


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
        self.database = Database(path, SCHEMA)
        self._repository = repository
        self._settings = settings
        self._catching_up = CatchingUp(self.database, repository, store, settings, rendering)
        self._texts = Texts(self.database, store, settings, rendering)
        self._path = path
        # The pages that were to be checked again by a day, at one state.
        self._stale: tuple[tuple[str, str, date] | None, frozenset[str]] = (None, frozenset())
        self.renew_locks()
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """Make the locks anew, in a process that was just forked."""
        self._lock = FileLock(self._path.with_suffix(".lock"), thread_local=False)
        self._thread_lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file; asking opens it again."""
        self.database.close()

    def is_superseded(self) -> bool:
        """Whether another version of the engine has made the file anew meanwhile, which this one can't read."""
        return self.database.succession.is_over

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that pages are written in, the wiki's first one first."""
        return self._settings.at().languages

    def revision(self) -> str:
        """The commit that the catalog stands at; empty if it has never been built."""
        return meta(self.database, "revision")

    def version(self) -> str:
        """Another text whenever the catalog holds something else."""
        return ".".join(self.state())

    def state(self) -> tuple[str, str]:
        """Which build from nothing this is, and a number that grows with every change after it."""
        found = dict(self.database.rows("SELECT key, value FROM meta WHERE key IN ('built', 'version')"))
        return found.get("built", ""), found.get("version", "0")

    def is_whole(self) -> bool:
        """Whether all texts have been read; else of some pages no links are known."""
        return self._texts.are_read()

    def is_at(self, commit: str) -> bool:
        """Whether this is the catalog of a commit, with all texts read."""
        found = dict(self.database.rows("SELECT key, value FROM meta WHERE key IN ('revision', 'lacking')"))
        return found.get("revision") == commit and not found.get("lacking")

    def unread(self) -> int:
        """The number of pages whose text is still to be read."""
        return self._texts.unread()

    def read_texts(self, progress: Progress | None = None) -> None:
        """Read the texts that a `catch_up` has left out. Takes some milliseconds a page, and keeps nobody waiting."""
        self._texts.read(self._alone, progress)

    def catch_up(self, progress: Progress | None = None, full: bool = False, texts: bool = True) -> bool:
        """Bring the catalog to HEAD; returns whether anything had to be done. `full` rebuilds it from nothing.

        Where it has never been built, it is there much sooner without `texts`: lists and facts are whole, and links and
        lengths are added by `read_texts`.
        """
        if not full and self.revision() == self._repository.head():
            return False
        with self._alone():
            head = self._repository.head()
            if not full and self.revision() == head:
                return False
            self._catching_up.run(head, full, progress, texts)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While nobody else, in whichever process, changes the catalog."""
        with self._thread_lock:
            Path(self._lock.lock_file).parent.mkdir(exist_ok=True)
            with self._lock.acquire(poll_interval=0.01):
                yield

    def card(self, path: str) -> PageCard | None:
        """The card of the page at exactly this path."""
        return next(iter(self._cards("WHERE path = ?", (path,))), None)

    def changed_in(self, path: str) -> str:
        """The commit of the last change of the page at exactly this path; empty where there is none."""
        row = self.database.row("SELECT revision FROM page WHERE path = ?", (path,))
        return str(row[0]) if row else ""

    def cards(self, ids: Sequence[int]) -> list[PageCard]:
        """The cards with these ids, in this order; ids of pages that are gone are left out."""
        found = {card.id: card for part in _parts(ids) for card in self._cards(f"WHERE id IN ({_marks(part)})", part)}
        return [found[id] for id in ids if id in found]

    def cards_of(self, paths: Sequence[str]) -> dict[str, PageCard]:
        """The cards of the pages at these paths; paths without a page are left out."""
        return {
            card.path: card for part in _parts(paths) for card in self._cards(f"WHERE path IN ({_marks(part)})", part)
        }

    def titles(self, ids: Sequence[int]) -> dict[str, str]:
        """The paths of the pages with these ids, each with its title, by title."""
        found: list[tuple[str, str, str]] = []
        for part in _parts(ids):
            sql = f"SELECT title_key, path, title FROM page WHERE id IN ({_marks(part)})"
            found += self.database.rows(sql, part)
        return {path: title for _, path, title in sorted(found)}

    def titles_of(self, paths: Sequence[str]) -> dict[str, str]:
        """The titles of the pages at these paths; paths without a page are left out."""
        found: dict[str, str] = {}
        for part in _parts(paths):
            found.update(self.database.rows(f"SELECT path, title FROM page WHERE path IN ({_marks(part)})", part))
        return found

    def of_kind(self, kind: str, language: str | None = None) -> list[PageCard]:
        """All pages of a kind, by title."""
        if language is None:
            return self._cards("WHERE kind = ? ORDER BY title_key, path", (kind,))
        return self._cards("WHERE kind = ? AND language = ? ORDER BY title_key, path", (kind, language))

    def in_folder(self, folder: str, limit: int = -1, offset: int = 0) -> list[PageCard]:
        """The pages directly in a folder, by title; at most `limit` of them where it is not negative."""
        return self._cards("WHERE folder = ? ORDER BY title_key, path LIMIT ? OFFSET ?", (folder, limit, offset))

    def count_in_folder(self, folder: str) -> int:
        """How many pages lie directly in a folder."""
        return int(self.database.row("SELECT count(*) FROM page WHERE folder = ?", (folder,))[0])

    def folders_in(self, folder: str) -> list[tuple[str, int]]:
        """The folders directly below a folder with the number of pages in and below each."""
        prefix = f"{folder}/" if folder else ""
        rows = self.database.rows(
            "SELECT folder, count(*) FROM page WHERE folder > ? AND folder < ? GROUP BY folder",
            (prefix, prefix + LAST),
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
            return self._cards("WHERE folder = ? ORDER BY changed DESC, path LIMIT ?", (folder, limit))
        return self._cards("ORDER BY changed DESC, path LIMIT ?", (limit,))

    def translations(self, path: str) -> dict[str, str]:
        """The paths of a page in all the languages it exists in, by language; `path` is any one of them."""
        rows = self.database.rows(
            "SELECT language, path FROM page WHERE original = (SELECT original FROM page WHERE path = ?)", (path,)
        )
        return dict(rows)

    def translated(self, language: str) -> dict[str, str]:
        """The pages that there is a translation of into this language, each with the path of that."""
        sql = (
            "SELECT o.path, t.path FROM page t JOIN page o ON o.path = t.original "
            "WHERE t.path != t.original AND t.language = ?"
        )
        return dict(self.database.rows(sql, (language,)))

    def find(self, text: str) -> PageCard | None:
        """The page that a path means although it is spelled otherwise: case, ``_`` or Unicode form."""
        return next(iter(self._cards("WHERE folded = ? ORDER BY path LIMIT 1", (fold(text.strip("/")),))), None)

    def named(self, name: str) -> PageCard | None:
        """The page with this name (last segment, title or alias) in the wiki's first language, or with this address by its facts;
        what begins with a slash is an address only."""
        named = "" if name.startswith("/") else name_key(name, self._settings.at().languages[0])
        keys = [key for key in (path_key(name.strip("/")), named) if key.strip("/")]
        sql = f"SELECT page FROM answer WHERE key IN ({_marks(keys)}) AND rank <= ? ORDER BY rank, path LIMIT 1"
        row = self.database.row(sql, (*keys, ALIAS))
        return next(iter(self.cards([row[0]])), None) if row else None

    def named_by(self, words: Sequence[str]) -> list[str]:
        """The paths of pages with any of these words in title, summary or facts: the most of them first, those in titles
        counting more. For as long as nothing better is there."""
        asked = [(alphabetical(word), word.casefold()) for word in dict.fromkeys(words)][:MAX_NAMING]
        if not asked:
            return []
        score = " + ".join(["3 * (instr(title_key, ?) > 0) + (instr(lower(summary || fields), ?) > 0)"] * len(asked))
        sql = (
            f"SELECT path FROM (SELECT path, {score} AS score FROM page) WHERE score ORDER BY score DESC, path LIMIT ?"
        )
        rows = self.database.rows(sql, (*chain.from_iterable(asked), MAX_NAMED))
        return [path for (path,) in rows]

    def destinations(
        self, targets: Iterable[str], source: PagePath, languages: tuple[str, ...]
    ) -> dict[str, Destination]:
        """Where links in the page `source` lead, by target as `Rendered.links` has it; one query for all of them."""
        asked = {target: keys_of_link(target, source, languages) for target in targets}
        keys = {key for found in asked.values() if found is not None for key in found.keys}
        answers: dict[str, tuple[str, str]] = {}
        for part in _parts(sorted(keys)):
            sql = (
                "SELECT a.key, a.path, p.title FROM answer a LEFT JOIN page p ON p.id = a.page "
                f"WHERE a.key IN ({_marks(part)}) ORDER BY a.rank, a.path"
            )
            for key, path, title in self.database.rows(sql, part):
                answers.setdefault(key, (path, title or ""))
        leading: dict[str, Destination] = {}
        for target, found in asked.items():
            if found is None:
                leading[target] = Destination("", "", False)
                continue
            answer = next((answers[key] for key in found.keys if key in answers), None)
            path, title = answer or (found.path, "")
            leading[target] = Destination(path, found.anchor, answer is not None, title)
        return leading

    def answers(self, keys: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
        """What answers to each of these keys of links: rank and path, best first."""
        found: dict[str, list[tuple[int, str]]] = {}
        for part in _parts(sorted(set(keys))):
            sql = f"SELECT key, rank, path FROM answer WHERE key IN ({_marks(part)}) ORDER BY rank, path"
            for key, rank, path in self.database.rows(sql, part):
                found.setdefault(key, []).append((rank, path))
        return found

    def pages_linking(self, paths: Sequence[str]) -> list[str]:
        """The paths of all pages with a link that leads to one of these pages, or that might lead to one of these
        paths (of pages, files or folders) by the way it is written."""
        found: set[int] = set()
        for part in _parts(paths):
            sql = f"SELECT l.page FROM link l JOIN page t ON t.id = l.target WHERE t.path IN ({_marks(part)})"
            found |= {page for (page,) in self.database.rows(sql, part)}
            sql = f"SELECT page FROM link_key WHERE key IN ({_marks(part)})"
            found |= {page for (page,) in self.database.rows(sql, [path_key(path) for path in part])}
        return sorted(card.path for card in self.cards(sorted(found)))

    def files(self, folder: str) -> list[str]:
        """The attachments in a folder."""
        prefix = f"{folder}/"
        rows = self.database.rows("SELECT path FROM file WHERE path > ? AND path < ?", (prefix, prefix + LAST))
        return [path for (path,) in rows if "/" not in path[len(prefix) :]]

    def backlinks(
        self, path: str, kinds: Sequence[str] = (), page_kinds: Sequence[str] = (), limit: int = -1
    ) -> list[Backlink]:
        """The pages that link here, each once with its first link, by title.

        `kinds` are the kinds of links wanted ("alternatives", "wiki" …), `page_kinds` those of pages; empty: all.
        """
        where, parameters = _TO_PAGE, [path]
        for column, wanted in (("l.kind", kinds), ("s.kind", page_kinds)):
            if wanted:
                where += f" AND {column} IN ({_marks(wanted)})"
                parameters += wanted
        rows = self.database.rows(
            f"SELECT l.page, l.text, l.kind, min(l.number) {where} GROUP BY l.page ORDER BY s.title_key, s.path LIMIT ?",
            [*parameters, limit],
        )
        links = {page: (text, kind) for page, text, kind, _ in rows}
        return [Backlink(card, *links[card.id]) for card in self.cards(list(links))]

    def anchors(self, path: str) -> tuple[str, ...]:
        """The different words with which other pages link here; search counts them as the page's own."""
        rows = self.database.rows(f"SELECT DISTINCT l.text {_TO_PAGE} AND l.text != '' LIMIT {MAX_ANCHORS}", (path,))
        return tuple(text for (text,) in rows)

    def count(self) -> int:
        """The number of pages."""
        return int(self.database.row("SELECT count(*) FROM page")[0])

    def paths_with(self, facet: str, value: str) -> list[str]:
        """The paths of all pages that have a value of a facet."""
        rows = self.database.rows(
            "SELECT p.path FROM facet f JOIN page p ON p.id = f.page WHERE f.name = ? AND f.value = ? ORDER BY p.path",
            (facet, value),
        )
        return [path for (path,) in rows]

    def days_of_change(self, limit: int) -> list[tuple[str, date]]:
        """The paths of all pages, each with the day of its last change."""
        rows = self.database.rows("SELECT path, changed FROM page ORDER BY path LIMIT ?", (limit,))
        return [(path, moment(changed).date()) for path, changed in rows]

    def stale_paths(self, today: date) -> frozenset[str]:
        """The paths of all pages that should have been checked again by now; every search asks for them."""
        asked = (*self.state(), today)
        known, found = self._stale
        if known != asked:
            rows = self.database.rows(f"SELECT path FROM page WHERE {STALE}", stale_days(today))
            found = frozenset(path for (path,) in rows)
            self._stale = (asked, found)
        return found

    def _cards(self, where: str, parameters: Sequence[Any]) -> list[PageCard]:
        sql = (
            "SELECT id, path, title, kind, summary, language, status, fields, verified, due, changed, changed_by, "
            f"revision, blob_id FROM page {where}"
        )
        return [_card(row) for row in self.database.rows(sql, parameters)]


# Sorts after everything that a path may go on with.
LAST = "\U0010ffff"
_TO_PAGE = "FROM page p JOIN link l ON l.target = p.id JOIN page s ON s.id = l.page WHERE p.path = ? AND l.page != p.id"


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


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + IN_ONE_QUERY] for start in range(0, len(values), IN_ONE_QUERY))


def _marks(part: Sequence[Any]) -> str:
    return ",".join("?" * len(part))
