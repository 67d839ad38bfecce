"""How postings lie on disk: Whoosh's own files, with posting lists as two flat arrays.

Whoosh pickles and compresses blocks of 128 postings; a ranking that reads whole lists spends most of its time unpacking
them, and building sorts one tuple per posting. Here a list is the steps from one document number to the next (16 bit,
32 where one is larger) followed by the weights (16 bit floats: a thousandth is exact enough; left out where all are 1).
The lists lie in the order of their terms, so segments are joined by reading on in each, whatever their size.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import accumulate, groupby, repeat
from operator import itemgetter, sub
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermsReader
from whoosh.matching import ListMatcher

from wiki.search.term_file import TermFile

Lists = tuple["array[int]", "array[float]"]
_PLACE = struct.Struct("<QIB")  # offset in the postings file, number of documents, flags
_WEIGHTED, _WIDE = 1, 2
_ONE = struct.Struct("<H")
_AT_ONCE = 5_000
_RECORD = struct.Struct("<Ie")
_SHORT = 16 * _RECORD.size
MOST = 65_504.0  # of what two bytes hold: a page that is one word over and over weighs no more


class FlatPostings:
    """Collects postings per term; takes the place of Whoosh's sorting pool in a segment writer."""

    def __init__(self) -> None:
        self.count = 0
        self.fields: dict[str, dict[bytes, bytes | bytearray]] = {}
        self._joined: list[tuple[FlatTermsReader, Mapping[int, int]]] = []

    def extend(self, field: str, docnum: int, weights: Iterable[tuple[bytes, float]]) -> None:
        """Add all terms of one document's field."""
        lists = self.fields.get(field)
        if lists is None:
            lists = self.fields[field] = {}
        find, pack = lists.get, _RECORD.pack
        count = 0
        for term, weight in weights:
            count += 1
            if weight > MOST:
                weight = MOST
            found = find(term)
            if found is None:
                lists[term] = pack(docnum, weight)
            elif len(found) < _SHORT:
                lists[term] = found + pack(docnum, weight)
            else:
                # Most terms are rare, and short bytes take the least memory; long ones would be copied at every step.
                if len(found) == _SHORT:
                    found = lists[term] = bytearray(found)
                found += pack(docnum, weight)
        self.count += count

    def join(self, terms: FlatTermsReader, numbers: Mapping[int, int]) -> None:
        """Have the terms of another segment too, read when they are written; `numbers` are those of its documents here, all
        above those that were added or joined before."""
        self._joined.append((terms, numbers))

    def lists(self) -> Iterator[tuple[str, Iterator[tuple[bytes, bytes | bytearray]]]]:
        """Each field with its terms in their order, each term with its documents and weights."""
        for field in sorted(
            {*self.fields, *(name for terms, _ in self._joined for name in terms.indexed_field_names())}
        ):
            own = self.fields.get(field, {})
            added: Iterator[tuple[bytes, bytes | bytearray]] = ((term, own[term]) for term in sorted(own))
            others = [terms.records(field, numbers) for terms, numbers in self._joined]
            yield field, _gathered(merge(added, *others, key=itemgetter(0))) if others else added

    def iter_postings(self) -> FlatPostings:
        return self

    def cleanup(self) -> None:
        self.fields.clear()
        self._joined.clear()


def _gathered(lists: Iterable[tuple[bytes, bytes | bytearray]]) -> Iterator[tuple[bytes, bytes]]:
    """One list for each term of several that follow each other."""
    return ((term, b"".join(records for _, records in same)) for term, same in groupby(lists, itemgetter(0)))


class FlatFieldWriter(W3FieldWriter):
    """Writes collected lists, terms in their order."""

    def __init__(self, codec: Any, storage: Any, segment: Any) -> None:
        # What is above begins a file with slots of another kind.
        self._storage, self._segment, self.is_closed = storage, segment, False
        self._tindex = TermFile(self._create_file(W3Codec.TERMS_EXT))
        self._fieldmap: dict[str, int] = {}
        self._tindex.extras["fieldmap"] = self._fieldmap
        self._postfile = self._create_file(W3Codec.POSTS_EXT)

    def add_postings(self, schema: Any, lengths: Any, items: FlatPostings) -> None:
        for number, (name, lists) in enumerate(items.lists()):
            self._fieldmap[name] = number
            self._tindex.add_all(self._rows(number.to_bytes(2, "big"), lists))

    def _rows(self, prefix: bytes, lists: Iterable[tuple[bytes, bytes | bytearray]]) -> Iterator[tuple[bytes, bytes]]:
        """The terms of a field, each with the place of its list, which is written by then."""
        place, waiting = self._postfile.tell(), []
        for term, records in lists:
            data, count, flags = _flat(records)
            yield prefix + term, _PLACE.pack(place, count, flags)
            waiting.append(data)
            place += len(data)
            if len(waiting) >= _AT_ONCE:
                self._postfile.write(b"".join(waiting))
                waiting.clear()
        self._postfile.write(b"".join(waiting))


def _flat(records: bytes | bytearray) -> tuple[bytes, int, int]:
    """A list as it is stored, the number of documents in it, and its flags."""
    if len(records) == _RECORD.size:
        docnum, weight = _RECORD.unpack(records)
        if docnum <= 0xFFFF:
            # Most lists are of one document: its number, and its weight as it lies there already.
            return (_ONE.pack(docnum), 1, 0) if weight == 1.0 else (_ONE.pack(docnum) + records[4:], 1, _WEIGHTED)
    docnums, weights = zip(*_RECORD.iter_unpack(records), strict=True)
    steps = (docnums[0], *map(sub, docnums[1:], docnums))
    wide, weighted, count = max(steps) > 0xFFFF, weights.count(1.0) != len(weights), len(docnums)
    data = struct.pack(f"<{count}{'I' if wide else 'H'}", *steps)
    data = data + struct.pack(f"<{count}e", *weights) if weighted else data
    return data, count, weighted * _WEIGHTED | wide * _WIDE


_ENTRY = struct.Struct("!ii")
_STRETCH = 1 << 14


class FlatTermsReader(W3TermsReader):
    """Reads whole lists; safe for any number of threads, because it only reads by place."""

    def postings(self, field: str, term: bytes, base: int = 0) -> Lists | None:
        """Document numbers (growing, counted from `base`) and weights of a term; None where the segment doesn't have it."""
        found = self._tindex.get(self._keycoder(field, term))
        if found is None:
            return None
        offset, count, flags = _PLACE.unpack(found)
        size = 4 if flags & _WIDE else 2
        steps = struct.unpack(f"<{count}{'I' if flags & _WIDE else 'H'}", self._postfile.get(offset, size * count))
        numbers = array("I", accumulate(steps, initial=base))
        del numbers[0]
        if not flags & _WEIGHTED:
            return numbers, array("f", (1.0,)) * count
        weights = struct.unpack(f"<{count}e", self._postfile.get(offset + size * count, 2 * count))
        return numbers, array("f", weights)

    def records(self, field: str, numbers: Mapping[int, int]) -> Iterator[tuple[bytes, bytes]]:
        """The terms of a field in their order, each with its list as `FlatPostings` collects it, of the documents that have
        a number in `numbers`, by that."""
        start, pack = self._keycoder(field, b""), _RECORD.pack
        begin, data = 0, b""
        for key, packed in self._entries_from(start):
            if not key.startswith(start):
                return
            place, count, flags = _PLACE.unpack(packed)
            weighted, step = flags & _WEIGHTED, 4 if flags & _WIDE else 2
            size = (step + 2 if weighted else step) * count
            if place + size > begin + len(data):
                begin, data = place, self._postfile.get(place, max(size, _STRETCH))
            at = place - begin
            docnums = accumulate(struct.unpack_from(f"<{count}{'I' if step == 4 else 'H'}", data, at))
            weights = struct.unpack_from(f"<{count}e", data, at + step * count) if weighted else repeat(1.0)
            found = zip(docnums, weights, strict=False)
            kept = b"".join(pack(numbers[number], weight) for number, weight in found if number in numbers)
            if kept:
                yield key[2:], kept

    def doc_frequency(self, fieldname: str, tbytes: bytes) -> int:
        found = self._tindex.get(self._keycoder(fieldname, tbytes))
        return 0 if found is None else int(_PLACE.unpack(found)[1])

    def words_from(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """The terms of a field that begin with `prefix`, in their order, with the number of documents."""
        start = self._keycoder(field, prefix.encode())
        for key, found in self._entries_from(start):
            if not key.startswith(start):
                return
            yield key[2:].decode(), _PLACE.unpack(found)[1]

    def _entries_from(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """What `items_from` of the table gives, but read a stretch of the file at a time."""
        table, unpack, head = self._tindex, _ENTRY.unpack_from, _ENTRY.size
        place = table.closest_key_pos(start)
        while place is not None and place < table.endofdata:
            data = table.dbfile.get(place, min(_STRETCH, table.endofdata - place))
            begin = 0
            while begin + head <= len(data):
                key_size, size = unpack(data, begin)
                key = begin + head
                end = key + key_size + size
                if end > len(data):
                    break
                yield data[key : key + key_size], data[key + key_size : end]
                begin = end
            if not begin:
                raise OSError("an entry of an index file is longer than any term")
            place += begin

    def matcher(self, fieldname: str, tbytes: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        docnums, weights = self.postings(fieldname, tbytes) or ((), ())
        return ListMatcher(docnums, weights, [b""] * len(docnums), format_, scorer=scorer, term=(fieldname, tbytes))


class FlatCodec(W3Codec):
    """Whoosh's third codec with flat posting lists."""

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> FlatFieldWriter:
        return FlatFieldWriter(self, storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> FlatTermsReader:
        name = segment.make_filename(self.TERMS_EXT)
        postings = segment.open_file(storage, self.POSTS_EXT)
        return FlatTermsReader(self, storage.open_file(name), storage.file_length(name), postings)
