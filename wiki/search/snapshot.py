"""One state of the index, open for reading: segments, their posting lists, cards and texts; what is recent is the last.

A snapshot never changes; a newer state of the index is another snapshot that shares the segments that stayed. The files
stay open, so a snapshot goes on reading after the writer has removed them.
"""

from __future__ import annotations

import json
import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from whoosh import columns
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from wiki.search.codec import Lists
from wiki.search.hits import Numbered
from wiki.search.recent import Recent, RecentTerms, Record
from wiki.search.schema import CARD, FACTS, FORMS, PATH, SUBJECT, TEXT, WORDS, Card, encoded, schema, unpack_text
from wiki.search.segments import SegmentFiles
from wiki.search.text import alike, folded, letters
from wiki.search.weighing import Averages
from wiki.storage.recent import Recent as Memory

NAME = "MAIN"
STATISTICS = "statistics.json"
MAX_CACHED_POSTINGS = 1_000_000
MAX_COUNTS = 2_000
# Of the four sorts that `Segment.names` has, from here on they are no whole names.
REST_OF_NAMES = 2
# What an entry of a dictionary takes, a number and its weight, as against one in two arrays: 100 bytes, not 8.
_MAPPED = 13
# What keeping anything takes at all.
_ENTRY = 10
_NONE: Lists = (array("I"), array("f"))


class Segment:
    """Documents with their terms: `cards` and `texts` by their numbers, packed."""

    def __init__(self, count: int, terms: Any, cards: Any, texts: Any) -> None:
        self.count = count
        self.terms = terms
        self._cards = cards
        self._texts = texts
        self._spellings: dict[str, list[tuple[str, int, str]]] = {}

    @classmethod
    def stored(cls, storage: FileStorage, segment: Any) -> Segment:
        """The files of one segment, read where they lie."""
        files = SegmentFiles(storage.open_file(segment.make_filename(segment.COMPOUND_EXT)))
        codec = segment.codec()
        documents = codec.per_document_reader(files, segment)
        readers = (documents.column_reader(name, columns.VarBytesColumn()) for name in (CARD, TEXT))
        return cls(segment.doc_count_all(), codec.terms_reader(files, segment), *readers)

    @classmethod
    def recent(cls, documents: Sequence[Record]) -> Segment:
        """What was changed since."""
        cards, texts = [record.card for record in documents], [record.text for record in documents]
        return cls(len(documents), RecentTerms(documents), cards, texts)

    @cached_property
    def cards(self) -> list[Card]:
        """The cards of all documents, deleted ones included."""
        return [Card.unpack(self._cards[number]) for number in range(self.count)]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of the newest document at each path."""
        return {card.path: number for number, card in enumerate(self.cards)}

    def text(self, docnum: int) -> tuple[str, str, str]:
        """Names, summary and body of a document."""
        return unpack_text(self._texts[docnum])

    def columns(self, docnum: int) -> dict[str, bytes]:
        """What is stored of a document, by field."""
        return {CARD: self._cards[docnum], TEXT: self._texts[docnum]}

    @cached_property
    def languages(self) -> frozenset[str]:
        return frozenset(card.language for card in self.cards)

    @cached_property
    def names(self) -> list[tuple[str, int, int]]:
        """Every name from each of its words on, sorted: without accents; 0 for a whole title, 1 for another whole name, 2 and
        3 for the rest of them; the document."""
        found: set[tuple[str, int, int]] = set()
        for number in range(self.count):
            for other, name in enumerate(self.cards[number].names):
                parts = name.split(" ")
                sort = min(other, 1)
                found.update((" ".join(parts[place:]), sort + 2 * min(place, 1), number) for place in range(len(parts)))
        return sorted(found)

    def names_from(self, start: str) -> Iterator[tuple[str, int, int]]:
        """Those of `names` that begin so."""
        place = bisect_left(self.names, (start,))
        return takewhile(lambda entry: entry[0].startswith(start), islice(self.names, place, None))

    @cached_property
    def forms(self) -> str:
        """All words as they are written, one a line."""
        return "\n".join(("", *(word for word, _ in self.terms.words_from(FORMS, "")), ""))

    def spellings(self, letter: str) -> list[tuple[str, int, str]]:
        """The words that begin with a letter, accents or not: without accents, as bits of letters, and as written."""
        found = self._spellings.get(letter)
        if found is None:
            known = (word for start in alike(letter) for word, _ in self.terms.words_from(FORMS, start))
            found = self._spellings[letter] = [(plain := folded(word), letters(plain), word) for word in known]
        return found


class Snapshot:
    """Reads one state of the index. Document numbers count through all segments."""

    def __init__(self, folder: Path, generation: int, recent: Recent, older: Snapshot | None = None) -> None:
        storage = FileStorage(str(folder))
        self._schema = schema()
        self.folder: Path = folder
        self.generation = generation
        self.recent = recent
        self.segments: dict[str, Segment] = {}
        self._bases: list[int] = []
        self._files: list[tuple[int, int, int, Path]] = []
        # The numbers that each segment's files say are deleted, and those of pages that were changed since.
        self._deleted_in_files: list[frozenset[int]] = []
        self._superseded: list[frozenset[int]] = []
        self.size = 0
        if older is not None and (older.folder, older.generation) == (folder, generation):
            self._take_over(older)
        else:
            self._open(storage, older.segments if older is not None and older.folder == folder else {})
        self._list = list(self.segments.values())
        self._deleted = list(map(frozenset.union, self._deleted_in_files, self._superseded))
        self._add_recent()
        self._gone = sum(map(len, self._deleted))
        self.documents = self.size - self._gone
        self._lists: Memory[Lists] = Memory(MAX_CACHED_POSTINGS // 2, _room_of_lists)
        self._maps: Memory[Mapping[int, float]] = Memory(MAX_CACHED_POSTINGS // 2, _room_of_map)
        self._counts: dict[tuple[str, str], int] = {}

    def _open(self, storage: FileStorage, known: Mapping[str, Segment]) -> None:
        self.averages = read_averages(self.folder)
        paths = self.recent.paths
        for segment in TOC.read(storage, NAME, gen=self.generation, schema=self._schema).segments:
            name = segment.segment_id()
            self.segments[name] = opened = known.get(name) or Segment.stored(storage, segment)
            self._bases.append(self.size)
            self._deleted_in_files.append(frozenset(segment.deleted_docs()))
            self._superseded.append(_numbers(opened, paths))
            self.size += opened.count
            path = self.folder / segment.make_filename(segment.COMPOUND_EXT)
            found = path.stat()
            self._files.append((found.st_ino, found.st_size, found.st_mtime_ns, path))

    def _take_over(self, older: Snapshot) -> None:
        """The same files as before, where only what is recent has become more."""
        self.averages, self._files, self._deleted_in_files = older.averages, older._files, older._deleted_in_files
        self.segments, self._bases = older.segments, older._bases[: len(older.segments)]
        self.size = sum(segment.count for segment in self.segments.values())
        paths = self.recent.paths - older.recent.paths
        for segment, numbers in zip(self.segments.values(), older._superseded, strict=True):
            self._superseded.append(numbers | _numbers(segment, paths))

    def _add_recent(self) -> None:
        documents = [record for record in self.recent.records if record.card]
        if not documents:
            return
        newest = {record.path: record for record in self.recent.records}
        self._bases.append(self.size)
        self._list.append(Segment.recent(documents))
        self._deleted.append(
            frozenset(number for number, record in enumerate(documents) if newest[record.path] is not record)
        )
        self.size += len(documents)

    def __iter__(self) -> Iterator[tuple[int, Segment, frozenset[int]]]:
        """Each segment with the number of its first document and those that are deleted."""
        return zip(self._bases, self._list, self._deleted, strict=True)

    def stored(self, path: str) -> list[int]:
        """The numbers of the documents that the segments' files hold at a path."""
        return [
            base + number
            for base, segment, deleted in zip(self._bases, self.segments.values(), self._deleted_in_files, strict=False)
            for number in _numbers(segment, (path,)) - deleted
        ]

    def intact(self) -> bool:
        """Whether nobody has written to a file since it was opened: what is read from it would not be what it was."""
        for inode, size, written, path in self._files:
            try:
                found = os.stat(path)  # noqa: PTH116 (asked at every query)
            except OSError:  # removed: what is open stays
                continue
            if found.st_ino == inode and (found.st_size != size or found.st_mtime_ns != written):
                return False
        return True

    def postings(self, field: str, term: str) -> Lists:
        """Document numbers and weights of a term; empty where nobody has it."""
        key = (field, term)
        found = self._lists.get(key)
        if found is None:
            found = self._read(field, self._schema[field].to_bytes(term))
            self._lists.keep(key, found)
        return found

    def weights(self, term: str) -> Mapping[int, float]:
        """The weight of a word in each document that has it."""
        return self.remember((term,), lambda: dict(zip(*self.postings(WORDS, term), strict=True)))

    def remember(self, key: tuple[str, ...], compute: Callable[[], dict[int, float]]) -> Mapping[int, float]:
        """What was computed for a key before; computed once as long as there is room."""
        found = self._maps.get(key)
        if found is None:
            found = compute()
            self._maps.keep(key, found)
        return found

    def frequency(self, field: str, term: str) -> int:
        """How many documents have a term."""
        found = self._lists.get((field, term))
        if found is not None:
            return len(found[0])
        stored, count = self._schema[field].to_bytes(term), 0
        for _, segment, deleted in self:
            lists = segment.terms.postings(field, stored)
            count += len(lists[0]) - len(deleted.intersection(lists[0])) if lists is not None else 0
        return count

    def rough_frequency(self, field: str, term: str) -> int:
        """The same without reading them all; too high by deleted documents, but 0 only and always if it is 0."""
        key = (field, term)
        found = self._lists.get(key)
        if found is not None:
            return len(found[0])
        count = self._counts.get(key)
        if count is None:
            stored = self._schema[field].to_bytes(term)
            count = sum(segment.terms.doc_frequency(field, stored) for segment in self._list)
            count = count if count > self._gone or not count else self.frequency(field, term)
            if len(self._counts) >= MAX_COUNTS:
                self._counts.clear()
            self._counts[key] = count
        return count

    def find(self, path: str) -> int | None:
        """The number of the document at a path."""
        for base, segment, deleted in self._newest_first:
            number = segment.numbers.get(path)
            if number is not None and number not in deleted:
                return base + number
        return None

    def card(self, docnum: int) -> Card:
        place = bisect_right(self._bases, docnum) - 1
        return self._list[place].cards[docnum - self._bases[place]]

    def text(self, docnum: int) -> tuple[str, str, str]:
        """Names, summary and body of a document."""
        place = bisect_right(self._bases, docnum) - 1
        return self._list[place].text(docnum - self._bases[place])

    @cached_property
    def _deleted_here(self) -> list[frozenset[int]]:
        """Those of each segment that are deleted, by their numbers here."""
        return [frozenset(base + number for number in deleted) for base, _, deleted in self]

    @cached_property
    def _newest_first(self) -> list[tuple[int, Segment, frozenset[int]]]:
        return [*self][::-1]

    @cached_property
    def documents_by_number(self) -> Numbered:
        """The paths of all documents, by number."""
        return Numbered([card.path for segment in self._list for card in segment.cards])

    @cached_property
    def codes(self) -> list[str]:
        """The languages of all documents, by number."""
        return [card.language for segment in self._list for card in segment.cards]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the documents, in a fixed order."""
        return tuple(sorted(frozenset().union(*(segment.languages for segment in self._list))))

    @cached_property
    def has_subjects(self) -> bool:
        """Whether of any page is recorded what it is for."""
        return any(next(iter(segment.terms.words_from(FACTS, SUBJECT)), None) for segment in self._list)

    @cached_property
    def live(self) -> list[int]:
        """The numbers of all documents that are not deleted."""
        return [
            base + number for base, segment, deleted in self for number in range(segment.count) if number not in deleted
        ]

    def _read(self, field: str, term: bytes) -> Lists:
        found = _NONE
        for (base, segment, _), deleted in zip(self, self._deleted_here, strict=True):
            lists = segment.terms.postings(field, term, base)
            if lists is None:
                continue
            if deleted and not deleted.isdisjoint(lists[0]):
                kept = [(number, weight) for number, weight in zip(*lists, strict=True) if number not in deleted]
                lists = array("I", [number for number, _ in kept]), array("f", [weight for _, weight in kept])
            found = (found[0] + lists[0], found[1] + lists[1]) if found[0] else lists
        return found


def _room_of_lists(found: Lists) -> int:
    """In postings."""
    return len(found[0]) + _ENTRY


def _room_of_map(found: Mapping[int, float]) -> int:
    """In postings."""
    return _MAPPED * len(found) + _ENTRY


def _numbers(segment: Segment, paths: Iterable[str]) -> frozenset[int]:
    """The numbers of all documents of these paths in a segment."""
    lists = (segment.terms.postings(PATH, encoded(path)) for path in paths)
    return frozenset(number for found in lists if found is not None for number in found[0])


def read_averages(folder: Path) -> Averages:
    """The frozen means that the index was built with."""
    found = json.loads((folder / STATISTICS).read_text("utf-8"))
    return Averages(found["documents"], found["pair_length"], found["lengths"])


def write_averages(folder: Path, averages: Averages) -> None:
    """Freeze the means for all later updates."""
    found = {"documents": averages.documents, "pair_length": averages.pair_length, "lengths": averages.lengths}
    (folder / STATISTICS).write_text(json.dumps(found), "utf-8")
