"""The built-in search engine: the ranking of this package on index files kept by Whoosh.

Readers never wait: they read the last complete state where it lies, and look for a newer one at each question.
Writers (one at a time, across processes) add to the index or build another beside it, and then swap.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError
from typing import TypeVar

import Stemmer
import whoosh
from filelock import FileLock, Timeout
from whoosh.filedb.filetables import FileFormatError
from whoosh.index import IndexError as WhooshIndexError

from wiki.errors import Unavailable
from wiki.search import stopwords, weighing, writing
from wiki.search.completion import complete, nearest
from wiki.search.documents import Document
from wiki.search.engine import IndexMissing, Progress, Ranking, Snippet
from wiki.search.folder import IndexFolder, State
from wiki.search.query import Query
from wiki.search.ranking import rank
from wiki.search.recent import Recent
from wiki.search.snapshot import Snapshot
from wiki.search.snippets import snippet
from wiki.search.synonyms import Synonyms

FORMAT = 15
WORN_SHARE = 0.2
OPEN_ATTEMPTS = 10
# What opening a damaged or half-removed index can raise, in Whoosh and below it.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    NameError,
    TypeError,
    struct.error,
    zlib.error,
    UnpicklingError,
    FileFormatError,
    WhooshIndexError,
)
T = TypeVar("T")


class WhooshEngine:
    """A SearchEngine in one folder; any number of processes and threads may share it."""

    def __init__(self, folder: Path, lock_seconds: float = 600.0) -> None:
        self._folder = IndexFolder(folder, self.fingerprint)
        self._path = folder
        self._lock_seconds = lock_seconds
        self._opening = threading.Lock()
        self._open: tuple[tuple[int, int, int], State, Snapshot] | None = None
        self._stands: tuple[tuple[int, int, int] | None, State | None] = (None, None)

    @property
    def fingerprint(self) -> str:
        made_of = (
            FORMAT,
            whoosh.__version__,
            version("pystemmer"),
            sorted(Stemmer.algorithms()),
            unicodedata.unidata_version,
            (weighing.FIELDS, weighing.PAIR_K1, weighing.PAIR_B),
            {code: sorted(words) for code, words in stopwords.STOP_WORDS.items()},
        )
        return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]

    def is_superseded(self) -> bool:
        return self._folder.succession.is_over

    def commit(self) -> str | None:
        held, stamp = self._open, self._folder.stamp()
        if held is not None and stamp is not None and held[2].intact():
            # Asked twice a second. That all is well was seen when it was opened; a newer state is opened by who searches.
            if self._stands[0] != stamp:
                self._stands = (stamp, self._folder.read())
            return self._stands[1].revision if self._stands[1] is not None else None
        found = self._current()
        return found[0].revision if found else None

    def update(
        self,
        revision: str,
        upserts: Iterable[Document],
        deletes: Iterable[str],
        total: int = 0,
        progress: Progress | None = None,
    ) -> None:
        with self._writing():
            found = self._current(newest=True)
            if found is None:
                raise IndexMissing
            state, snapshot = found
            with self._distrusting(state):
                records = writing.records_of(snapshot, upserts, deletes, total, progress)
                newer = replace(state, revision=revision, changed=state.changed + len(records))
                if snapshot.recent.has_room(records):
                    recent = snapshot.recent.add(self._folder.recent_file(state), records)
                    self._folder.replace_state(replace(newer, recent=(recent.size, recent.check)))
                    return
                generation = writing.settle(snapshot, records)
            newer = replace(newer, generation=generation, recent=(0, 0))
            self._folder.write(newer, writing.files(snapshot.folder, generation), state)
            writing.clean(snapshot.folder, generation)

    def rebuild(
        self, revision: str, documents: Iterable[Document], total: int = 0, progress: Progress | None = None
    ) -> None:
        with self._writing():
            self._folder.clean(keep=state.index if (state := self._folder.read()) else "")
            folder = self._folder.create()
            try:
                generation = writing.build(folder, documents, total, progress)
                self._folder.write(State(folder.name, generation, revision, 0), writing.files(folder, generation))
            finally:
                self._folder.clean(keep=state.index if (state := self._folder.read()) else "")

    def worn(self, further: int = 0) -> bool:
        found = self._current()
        return found is None or found[0].changed + further > WORN_SHARE * max(found[1].documents, 1)

    def rank(
        self,
        query: Query,
        synonyms: Synonyms | None = None,
        *,
        prefer: str = "",
        limit: int = 1_000,
    ) -> Ranking:
        return self._ask(lambda snapshot: rank(snapshot, query, synonyms, prefer, limit))

    def titles(
        self, prefix: str, limit: int = 8, synonyms: Synonyms | None = None, *, prefer: str = ""
    ) -> list[tuple[str, str]]:
        return self._ask(lambda snapshot: complete(snapshot, prefix, limit, synonyms, prefer))

    def near(self, name: str, limit: int, *, prefer: str = "") -> list[tuple[str, str]]:
        return self._ask(lambda snapshot: nearest(snapshot, name, limit, prefer))

    def snippets(self, paths: Sequence[str], words: Sequence[str], own: int = 0) -> Mapping[str, Snippet]:
        def collect(snapshot: Snapshot) -> dict[str, Snippet]:
            found = ((path, snapshot.find(path)) for path in paths)
            return {
                path: snippet(snapshot.text(number), words, snapshot.card(number).language, own)
                for path, number in found
                if number is not None
            }

        return self._ask(collect)

    def _ask(self, question: Callable[[Snapshot], T]) -> T:
        found = self._current()
        if found is None:
            raise IndexMissing
        with self._distrusting(found[0]):
            return question(found[1])

    @contextmanager
    def _distrusting(self, state: State) -> Iterator[None]:
        """Where something fails, look whether the index is as it was written; if not, it is as good as missing."""
        try:
            yield
        except DAMAGE as error:
            try:
                self._folder.verify(state)
            except (OSError, ValueError):
                if self._folder.read() == state:
                    # Not so where somebody has put a newer one in its place meanwhile.
                    self._folder.discard()
                self._open = None
                raise IndexMissing from error
            raise

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._path / "writer.lock", timeout=self._lock_seconds):
                yield
        except Timeout:
            raise Unavailable("search.busy") from None

    def _current(self, newest: bool = False) -> tuple[State, Snapshot] | None:
        """The newest complete state. While one thread opens a newer one the others go on with the one before, but for
        a writer, who needs the `newest`."""
        stamp = self._folder.stamp()
        held = self._open
        if held is not None and held[0] == stamp and held[2].intact():
            return held[1], held[2]
        if stamp is None:
            self._open = None
            return None
        if not self._opening.acquire(blocking=newest or held is None):
            return (held[1], held[2]) if held is not None and held[2].intact() else None
        try:
            return self._reopen()
        finally:
            self._opening.release()

    def _reopen(self) -> tuple[State, Snapshot] | None:
        for _ in range(OPEN_ATTEMPTS):
            stamp = self._folder.stamp()
            state = self._folder.read()
            if stamp is None or state is None:
                break
            held = self._open
            older = held[2] if held is not None and held[2].intact() else None
            looked_at = held[1] if held is not None and older is not None else None
            try:
                self._folder.verify(state, looked_at)
                folder = self._path / state.index
                is_same = older is not None and (older.folder, older.generation) == (folder, state.generation)
                known = older.recent if older is not None and is_same else Recent()
                recent = known.read_on(self._folder.recent_file(state), *state.recent)
                snapshot = Snapshot(folder, state.generation, recent, older)
            except DAMAGE:
                # Replaced while it was being opened: look again. Unchanged: it is damaged.
                if self._folder.stamp() == stamp:
                    break
                continue
            self._open = (stamp, state, snapshot)
            return state, snapshot
        self._open = None
        return None
