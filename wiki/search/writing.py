"""Adding documents to an index: one writer at a time, one commit per step, files that readers have open left alone.

Few changes are only recorded (recent.py); what is enough for a segment becomes one.
"""

from __future__ import annotations

import marshal
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.writing import SegmentWriter

from wiki.search import schema as fields
from wiki.search.codec import FlatCodec, FlatPostings
from wiki.search.documents import Document
from wiki.search.engine import Progress
from wiki.search.folder import recent_name
from wiki.search.recent import Record
from wiki.search.schema import Card, encoded
from wiki.search.sites import site_terms
from wiki.search.snapshot import NAME, STATISTICS, Segment, Snapshot, write_averages
from wiki.search.weighing import Analysis, Averages, analyse, idf, name_weights, pair_weights, word_weights

MAX_SMALL_SEGMENTS = 8
MAX_POSTINGS = 2_500_000
# One byte each; with too few of them rare pairs pass for common ones, and the index grows.
_PAIR_SLOTS_A_PAGE = 2_000
_MIN_PAIR_SLOTS, _MAX_PAIR_SLOTS = 1 << 20, 1 << 25


class Writer(SegmentWriter):
    """Whoosh's segment writer that collects postings flat and leaves the files of the generation before where they are."""

    def __init__(self, index: FileIndex) -> None:
        super().__init__(index, timeout=30.0, codec=FlatCodec())
        self.pool = FlatPostings()

    def add_terms(self, terms: Mapping[str, Mapping[bytes, float]], columns: Mapping[str, bytes]) -> None:
        """Add a document by the terms of its fields; what `add_document` does, without a detour for each posting."""
        self.perdocwriter.start_doc(self.docnum)
        for name, weights in terms.items():
            self.pool.extend(name, self.docnum, weights.items())
        for name, value in columns.items():
            self.perdocwriter.add_column_value(name, self.schema[name].column_type, value)
        self.perdocwriter.finish_doc()
        self._added = True
        self.docnum += 1

    def add_segment(self, segment: Any) -> None:
        """Add what is left of a segment, after all that was added before."""
        stored, numbers = Segment.stored(self.storage, segment), {}
        for number in range(stored.count):
            if not segment.is_deleted(number):
                numbers[number] = self.docnum
                self.add_terms({}, stored.columns(number))
        self.pool.join(stored.terms, numbers)

    def _commit_toc(self, segments: list[Any]) -> None:
        TOC(self.schema, segments, self.generation).write(self.storage, self.indexname)


def records_of(
    snapshot: Snapshot, upserts: Iterable[Document], deletes: Iterable[str], total: int, progress: Progress | None
) -> list[Record]:
    """The records that replace and remove documents in the index that `snapshot` shows."""
    documents = max(snapshot.documents, 1)
    records = [Record(path, b"", b"", {}) for path in deletes if snapshot.find(path) is not None]
    for done, document in enumerate(_unique(upserts), 1):
        terms = _terms(
            document.path,
            analyse(document),
            snapshot.averages,
            lambda term: idf(documents, max(snapshot.rough_frequency(fields.WORDS, term), 1)),
            lambda pair: True,
        )
        records.append(Record(document.path, Card.of(document).pack(), fields.pack_text(document), terms))
        if progress:
            progress(done, max(total, done))
    return records


def settle(snapshot: Snapshot, records: Iterable[Record]) -> int:
    """Write what is recent, and `records` after it, as a segment, in one commit; the new generation."""
    clean(snapshot.folder, snapshot.generation)
    index = FileIndex(FileStorage(str(snapshot.folder)), fields.schema(), NAME)
    writer = Writer(index)
    try:
        for path, record in {record.path: record for record in (*snapshot.recent.records, *records)}.items():
            for number in snapshot.stored(path):
                writer.delete_document(number)
            if record.card:
                writer.add_terms(record.terms, {fields.CARD: record.card, fields.TEXT: record.text})
        writer.commit(mergetype=_merge_smallest)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise
    return int(writer.generation)


def build(folder: Path, documents: Iterable[Document], total: int, progress: Progress | None) -> int:
    """Make an index of all documents in an empty folder; its generation.

    Two passes, because weights need averages and rare pairs are left out; the analysed documents wait in a file.
    """
    index = FileIndex.create(FileStorage(str(folder)), fields.schema(), NAME)
    averages = Averages()
    frequencies: Counter[str] = Counter()
    pairs = _SeenTwice(total)
    with tempfile.TemporaryFile(dir=folder.parent) as spool:
        for document in _unique(documents):
            analysis = analyse(document)
            averages.add(analysis)
            frequencies.update(frozenset().union(*analysis.counts.values()))
            pairs.update(analysis.pairs)
            stored = (Card.of(document).pack(), fields.pack_text(document), document.path)
            waiting = marshal.dumps((stored, [getattr(analysis, name) for name in Analysis.__slots__]))
            spool.write(len(waiting).to_bytes(4, "big") + waiting)
            if progress:
                progress(averages.documents, 2 * max(total, averages.documents))
        write_averages(folder, averages)
        spool.seek(0)
        count = averages.documents
        writer = Writer(index)
        try:
            for done in range(count):
                waiting = spool.read(int.from_bytes(spool.read(4), "big"))
                stored, values = marshal.loads(waiting)  # noqa: S302 (written a moment ago, to a file without a name)
                card, text, path = stored
                terms = _terms(
                    path,
                    Analysis(*values),
                    averages,
                    lambda term: idf(count, max(frequencies[term], 1)),
                    pairs.__contains__,
                )
                writer.add_terms(terms, {fields.CARD: card, fields.TEXT: text})
                if writer.pool.count > MAX_POSTINGS:
                    writer.commit(merge=False)
                    writer = Writer(index)
                if progress:
                    progress(count + done + 1, 2 * count)
            writer.commit(merge=False)
        except BaseException:
            if not writer.is_closed:
                writer.cancel()
            raise
    clean(folder, writer.generation)
    return int(writer.generation)


def _unique(documents: Iterable[Document]) -> Iterator[Document]:
    """Of documents with the same path only the first."""
    seen: set[str] = set()
    for document in documents:
        if document.path not in seen:
            seen.add(document.path)
            yield document


def files(folder: Path, generation: int) -> list[str]:
    """The names of all files that a generation consists of."""
    toc = TOC.read(FileStorage(str(folder)), NAME, gen=generation, schema=fields.schema())
    segments = [name for segment in toc.segments for name in segment.list_files(FileStorage(str(folder)))]
    return [f"_{NAME}_{generation}.toc", STATISTICS, *segments]


def clean(folder: Path, generation: int) -> None:
    """Remove the files of all other generations, unfinished ones included."""
    keep = {*files(folder, generation), recent_name(generation), f"{NAME}_WRITELOCK"}
    for entry in folder.iterdir():
        if entry.name in keep:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


class _SeenTwice:
    """Which pairs occurred in two documents or more, in a fixed amount of memory; a few rare ones pass by accident."""

    def __init__(self, documents: int) -> None:
        self._slots = min(max(_PAIR_SLOTS_A_PAGE * documents, _MIN_PAIR_SLOTS), _MAX_PAIR_SLOTS)
        self._seen = bytearray(self._slots)

    def update(self, pairs: Iterable[bytes]) -> None:
        seen, slots = self._seen, self._slots
        for pair in pairs:
            slot = int.from_bytes(pair, "big") % slots
            if seen[slot] < 2:
                seen[slot] += 1

    def __contains__(self, pair: bytes) -> bool:
        return self._seen[int.from_bytes(pair, "big") % self._slots] > 1


def _terms(
    path: str,
    analysis: Analysis,
    averages: Averages,
    telling: Callable[[str], float],
    pair_kept: Callable[[bytes], bool],
) -> dict[str, dict[bytes, float]]:
    """What a document is found by: the weights of its terms, by field."""
    weights: dict[str, Mapping[str, float]] = {
        fields.PATH: dict.fromkeys((path, *site_terms(analysis.site)), 1.0),
        fields.WORDS: word_weights(analysis, averages),
        fields.NAMES: name_weights(analysis.names, telling),
        fields.PLACE: name_weights([analysis.path], telling),
        fields.FORMS: dict.fromkeys(analysis.forms, 1.0),
        fields.FACTS: dict.fromkeys(analysis.facts, 1.0),
    }
    terms = {name: {encoded(term): weight for term, weight in found.items()} for name, found in weights.items()}
    terms[fields.PAIRS] = dict(pair_weights(analysis, averages, pair_kept))
    return terms


def _merge_smallest(writer: Writer, segments: list[Any]) -> list[Any]:
    """Keep the number of segments small without touching the large ones: join the smallest when there are too many."""
    alive = [segment for segment in segments if segment.deleted_count() < segment.doc_count_all()]
    total = sum(segment.doc_count_all() for segment in alive)
    small = sorted(
        (segment for segment in alive if 5 * segment.doc_count_all() <= total),
        key=lambda segment: segment.doc_count_all(),
    )
    if len(small) < MAX_SMALL_SEGMENTS:
        return alive
    joined = small[: MAX_SMALL_SEGMENTS - 1]
    for segment in joined:
        writer.add_segment(segment)
    return [segment for segment in alive if segment not in joined]
