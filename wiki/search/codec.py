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
from itertools import accumulate, islice
from operator import sub
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermsReader
from whoosh.matching import ListMatcher

from wiki.search.term_file import TermFile

Lists = tuple["array[int]", "array[float]"]
# A term, the part of a segment that has it, and its documents and weights there.
_Part = tuple[bytes, int, bytes | bytearray]
_PLACE = struct.Struct("<QIB")  # offset in the postings file, number of documents, flags
_WEIGHTED, _WIDE = 1, 2
_ONE = struct.pack("<e", 1.0)
_AT_ONCE = 5_000
_NUMBER = struct.Struct("<I")
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
            if not self._joined:
                yield field, ((term, own[term]) for term in sorted(own))
                continue
            added: Iterator[_Part] = ((term, 0, own[term]) for term in sorted(own))
            others = (terms.records(field, numbers, place) for place, (terms, numbers) in enumerate(self._joined, 1))
            yield field, _gathered(merge(added, *others))

    def iter_postings(self) -> FlatPostings:
        return self

    def cleanup(self) -> None:
        self.fields.clear()
        self._joined.clear()


def _gathered(parts: Iterator[_Part]) -> Iterator[tuple[bytes, bytes | bytearray]]:
    """One list for each term of several parts that follow each other."""
    term, _, records = next(parts, (b"", 0, b""))
    for another, _, more in parts:
        if another == term:
            records += more
        else:
            yield term, records
            term, records = another, more
    if records:
        yield term, records


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
            while part := list(islice(lists, _AT_ONCE)):
                places = self._write([records for _, records in part])
                prefix = number.to_bytes(2, "big")
                self._tindex.add_all([prefix + term for term, _ in part], places)

    def _write(self, lists: list[bytes | bytearray]) -> list[bytes]:
        """Write some lists; where each lies."""
        place, data, places, pack = self._postfile.tell(), [], [], _PLACE.pack
        for records in lists:
            if len(records) == _RECORD.size and records[2:4] == b"\0\0":
                # Most lists are of one document: its number and its weight as they lie there already.
                weighted = records[4:] != _ONE
                found, count, flags = records[:2] + records[4:] if weighted else records[:2], 1, weighted * _WEIGHTED
            else:
                found, count, flags = _flat(records)
            data.append(found)
            places.append(pack(place, count, flags))
            place += len(found)
        self._postfile.write(b"".join(data))
        return places


def _flat(records: bytes | bytearray) -> tuple[bytes, int, int]:
    """A list as it is stored, the number of documents in it, and its flags."""
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

    def records(self, field: str, numbers: Mapping[int, int], order: int) -> Iterator[_Part]:
        """The terms of a field in their order, each with its list as `FlatPostings` collects it, of the documents that have
        a number in `numbers`, by that."""
        start = self._keycoder(field, b"")
        heads = {number: _NUMBER.pack(new) for number, new in numbers.items()}
        begin, data = 0, b""
        for key, packed in self._entries_from(start):
            if not key.startswith(start):
                return
            place, count, flags = _PLACE.unpack(packed)
            step = 4 if flags & _WIDE else 2
            size = (step + 2 if flags & _WEIGHTED else step) * count
            if place + size > begin + len(data):
                begin, data = place, self._postfile.get(place, max(size, _STRETCH))
            at = place - begin
            weights = data[at + step * count : at + size] or _ONE * count
            if count == 1 and step == 2:
                # Most lists: what follows would take several times as long.
                kept = heads.get(data[at] | data[at + 1] << 8, b"")
                kept = kept and kept + weights
            else:
                docnums = accumulate(struct.unpack_from(f"<{count}{'I' if step == 4 else 'H'}", data, at))
                found = zip(docnums, range(0, 2 * count, 2), strict=True)
                kept = b"".join([heads[number] + weights[n : n + 2] for number, n in found if number in heads])
            if kept:
                yield key[2:], order, kept

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
