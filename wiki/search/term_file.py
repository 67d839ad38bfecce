"""Writing the file in which Whoosh finds a term, as it does itself, but in large pieces instead of value by value.

A term's slot is found by CRC-32: Whoosh reads such files too, and the MD5 of those that it writes takes several times as long.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate, chain, repeat
from typing import Any
from zlib import crc32

from whoosh.filedb.filetables import HashWriter, OrderedHashWriter, _lengths, _pointer

_CRC = 1


class TermFile(OrderedHashWriter):
    """One such file; terms come in their order."""

    def __init__(self, file: Any) -> None:
        HashWriter.__init__(self, file, hashtype=_CRC)
        self.index = _Places()
        # Checksum and place of one term after the other: a tuple of each would take a hundred bytes.
        self.buckets = [array("Q") for _ in range(256)]

    def add_all(self, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
        """Add terms with what is to be found of each."""
        heads = map(_lengths.pack, map(len, keys), map(len, values))
        sizes = map(sum, zip(repeat(_lengths.size), map(len, keys), map(len, values), strict=False))
        *places, _ = accumulate(sizes, initial=self.dbfile.tell())
        slots = self.buckets
        for check, place in zip(map(crc32, keys), places, strict=True):
            slots[check & 255].extend((check, place))
        self.index.array.extend(places)
        self.dbfile.write(b"".join(chain.from_iterable(zip(heads, keys, values, strict=True))))

    def _write_hashes(self) -> None:
        place = self.dbfile.tell()
        for entries in self.buckets:
            count = len(entries)
            self.directory.append((place, count))
            table, taken = bytearray(count * _pointer.size), bytearray(count)
            for check, position in zip(entries[::2], entries[1::2], strict=True):
                # The next that is free, from its own on and once around.
                slot = taken.find(0, (check >> 8) % count)
                slot = slot if slot >= 0 else taken.find(0)
                taken[slot] = 1
                _pointer.pack_into(table, slot * _pointer.size, check, position)
            self.dbfile.write(table)
            place += len(table)


class _Places:
    """Where each term begins, as Whoosh asks for it at the end."""

    def __init__(self) -> None:
        self.array = array("Q")

    def __len__(self) -> int:
        return len(self.array)

    @property
    def typecode(self) -> str:
        """The narrowest type that holds all of them."""
        most = self.array[-1] if self.array else 0
        return "H" if most < 1 << 16 else "i" if most < 1 << 31 else "q"

    def to_file(self, file: Any) -> None:
        """Write them."""
        file.write_array(array(self.typecode, self.array))
