"""How postings lie on disk: Whoosh's own files, with posting lists as two flat arrays.

Whoosh pickles and compresses blocks of 128 postings; a ranking that reads whole lists spends most of its time unpacking
them, and building sorts one tuple per posting. Here a list is `docnums` (unsigned 32 bit) followed by `weights` (32 bit
floats; left out where all are 1), read with two slices and collected per term while building.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermsReader
from whoosh.matching import ListMatcher

Lists = tuple["array[int]", "array[float]"]
_PLACE = struct.Struct("<QI?")  # offset in the postings file, number of documents, whether weights follow


class FlatPostings:
    """Collects postings per term; takes the place of Whoosh's sorting pool in a segment writer."""

    def __init__(self) -> None:
        self.count = 0
        self.fields: dict[str, dict[bytes, Lists]] = {}

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """Add one posting (field, term, document, weight, unused), the documents of a term in their order."""
        field, term, docnum, weight, _ = item
        lists = self.fields.setdefault(field, {})
        found = lists.get(term)
        if found is None:
            lists[term] = (array("I", (docnum,)), array("f", (weight,)))
        else:
            found[0].append(docnum)
            found[1].append(weight)
        self.count += 1

    def iter_postings(self) -> FlatPostings:
        return self

    def cleanup(self) -> None:
        self.fields.clear()


class FlatFieldWriter(W3FieldWriter):
    """Writes collected lists, terms in their order."""

    def add_postings(self, schema: Any, lengths: Any, items: FlatPostings) -> None:
        for number, name in enumerate(sorted(items.fields)):
            self._fieldmap[name] = number
            prefix = number.to_bytes(2, "big")
            lists = items.fields[name]
            for term in sorted(lists):
                self._tindex.add(prefix + term, self._write(*lists[term]))

    def _write(self, docnums: array[int], weights: array[float]) -> bytes:
        place = self._postfile.tell()
        weighted = weights.count(1.0) != len(weights)
        self._postfile.write(docnums.tobytes() + weights.tobytes() if weighted else docnums.tobytes())
        return _PLACE.pack(place, len(docnums), weighted)


class FlatTermsReader(W3TermsReader):
    """Reads whole lists; safe for any number of threads, because it only slices mapped memory."""

    def postings(self, field: str, term: bytes) -> Lists | None:
        """Document numbers (growing) and weights of a term; None where the segment doesn't have it."""
        found = self._tindex.get(self._keycoder(field, term))
        if found is None:
            return None
        offset, count, weighted = _PLACE.unpack(found)
        docnums, weights = array("I"), array("f")
        docnums.frombytes(self._postfile.get(offset, 4 * count))
        if weighted:
            weights.frombytes(self._postfile.get(offset + 4 * count, 4 * count))
        else:
            weights.extend((1.0,) * count)
        return docnums, weights

    def doc_frequency(self, fieldname: str, tbytes: bytes) -> int:
        found = self._tindex.get(self._keycoder(fieldname, tbytes))
        return 0 if found is None else int(_PLACE.unpack(found)[1])

    def words_from(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """The terms of a field that begin with `prefix`, in their order, with the number of documents."""
        start = self._keycoder(field, prefix.encode())
        for key, found in self._tindex.items_from(start):
            if not key.startswith(start):
                return
            yield key[2:].decode(), _PLACE.unpack(found)[1]

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
