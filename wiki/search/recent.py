"""What was changed since the index files were last written: one record a page, added to the end of a file.

A segment for each save would take ten times as long as looking at the page does. So records wait here, and everybody who
searches reads the new ones into memory, until they are enough for a segment.
"""

from __future__ import annotations

import marshal
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wiki.search.codec import MOST, Lists
from wiki.search.folder import sync

MAX_RECORDS = 50
# Each takes some 60 bytes of memory in every process; a page of 500 words has more than a thousand.
MAX_TERMS = 50_000
_FORMAT = 4
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Record:
    """A page as it is searched; without a card: the page at this path is gone. Weights by term, by field."""

    path: str
    card: bytes
    text: bytes
    terms: dict[str, dict[bytes, float]]

    @property
    def size(self) -> int:
        """How many terms it has."""
        return sum(map(len, self.terms.values()))

    def pack(self) -> bytes:
        """The record with its length before it; only builtin types, for this version of Python."""
        data = marshal.dumps((self.path, self.card, self.text, self.terms), _FORMAT)
        return len(data).to_bytes(_LENGTH, "big") + data


@dataclass(frozen=True, slots=True)
class Recent:
    """The first `size` bytes of the file of records, with their checksum, and the records in them."""

    size: int = 0
    check: int = 0
    records: tuple[Record, ...] = ()

    def read_on(self, file: Path, size: int, check: int) -> Recent:
        """The same with what was added up to `size`. Raises OSError, and ValueError if that is not what was written."""
        if (size, check) == (self.size, self.check):
            return self
        if size < self.size:
            return Recent().read_on(file, size, check)
        with file.open("rb") as opened:
            opened.seek(self.size)
            data = opened.read(size - self.size)
        if len(data) != size - self.size or zlib.crc32(data, self.check) != check:
            raise ValueError(f"damaged index file: {file.name}")
        return Recent(size, check, (*self.records, *_records(data)))

    def has_room(self, records: Sequence[Record]) -> bool:
        """Whether these may wait here too, or all of them should become a segment."""
        waiting = (*self.records, *records)
        return len(waiting) <= MAX_RECORDS and sum(record.size for record in waiting) <= MAX_TERMS

    def add(self, file: Path, records: Sequence[Record]) -> Recent:
        """The same with these records too, added to the file and on the disk."""
        data = b"".join(record.pack() for record in records)
        with file.open("r+b" if file.exists() else "xb") as opened:
            # What lies beyond is of a writer that was killed before it said that it was there.
            opened.truncate(self.size)
            opened.seek(self.size)
            opened.write(data)
        sync(file)
        return Recent(self.size + len(data), zlib.crc32(data, self.check), (*self.records, *records))

    @property
    def paths(self) -> set[str]:
        """The paths of all pages that the records speak of."""
        return {record.path for record in self.records}


def _records(data: bytes) -> Iterator[Record]:
    place = 0
    while place < len(data):
        start = place + _LENGTH
        place = start + int.from_bytes(data[place:start], "big")
        yield Record(*marshal.loads(data[start:place]))  # noqa: S302 (checked above to be what this program wrote)


class RecentTerms:
    """The terms of documents in memory, as those of a segment are read."""

    def __init__(self, documents: Sequence[Record]) -> None:
        self._documents = documents

    def postings(self, field: str, term: bytes, base: int = 0) -> Lists | None:
        """Document numbers (growing, counted from `base`) and weights of a term; None where no document has it."""
        numbers, weights = array("I"), array("f")
        for number, document in enumerate(self._documents, base):
            weight = document.terms.get(field, {}).get(term)
            if weight is not None:
                numbers.append(number)
                weights.append(min(weight, MOST))
        return (numbers, weights) if numbers else None

    def doc_frequency(self, field: str, term: bytes) -> int:
        """How many documents have a term."""
        return sum(term in document.terms.get(field, {}) for document in self._documents)

    def words_from(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """The terms of a field that begin with `prefix`, in their order, with the number of documents."""
        start = prefix.encode()
        found = {
            term for document in self._documents for term in document.terms.get(field, ()) if term.startswith(start)
        }
        return ((term.decode(), self.doc_frequency(field, term)) for term in sorted(found))
