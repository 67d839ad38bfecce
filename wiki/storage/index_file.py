"""Git's index as bytes: what it holds of a few paths, and the same index with those entries changed.

Only what people's folders have nearly always: versions 2 and 3, in one file. Everything else is git's own to read.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from wiki.storage.objects import name_bytes
from wiki.storage.work_files import State

_EMPTY = b"DIRC" + (2).to_bytes(4, "big") + (0).to_bytes(4, "big")
_HEADER, _MODE, _ID, _FLAGS, _NAME, _CHECKSUM = 12, 24, 40, 60, 62, 20
_EXTENDED, _LENGTH = 0x4000, 0xFFF
# Of what git adds about the entries, this alone is a person's and not worked out from them: conflicts they resolved.
_KEPT = b"REUC"


class Unreadable(ValueError):
    """An index of another kind, or a damaged one."""


class IndexFile:
    """An index, read from the bytes of its file (none: there is no index yet). Raises Unreadable."""

    def __init__(self, data: bytes) -> None:
        self._data = data = data or _sealed(_EMPTY)
        self._names: list[bytes] = []
        self._starts: list[int] = []
        version = int.from_bytes(data[4:8], "big")
        if data[:4] != b"DIRC" or version not in (2, 3) or not _is_whole(data):
            raise Unreadable
        place, names, starts = _HEADER, self._names, self._starts
        for _ in range(int.from_bytes(data[8:_HEADER], "big")):
            if place + _NAME > len(data):
                raise Unreadable
            flags = data[place + _FLAGS] << 8 | data[place + _FLAGS + 1]
            name = place + _NAME + (2 if flags & _EXTENDED else 0)
            length = flags & _LENGTH
            end = data.index(b"\0", name) if length == _LENGTH else name + length
            names.append(data[name:end])
            starts.append(place)
            place += (end - place + 8) & ~7
        self._end = place
        self._kept = list(self._kept_extensions())

    def states(self, path: str) -> list[State]:
        """What there is for a path: one entry, none ([None]), or several while somebody has a conflict to resolve."""
        name = name_bytes(path)
        found: list[State] = []
        place = bisect_left(self._names, name)
        while place < len(self._names) and self._names[place] == name:
            start = self._starts[place]
            mode = int.from_bytes(self._data[start + _MODE : start + _MODE + 4], "big")
            found.append((mode, self._data[start + _ID : start + _FLAGS].hex()))
            place += 1
        return found or [None]

    def changed(self, states: Mapping[str, State]) -> bytes:
        """The bytes of this index with other entries for these paths (None: without one).

        Raises Unreadable where an entry would be a file in one path and a folder in another.
        """
        data, new = self._data, {name_bytes(path): state for path, state in states.items()}
        self._require_room(new)
        parts = [b""]
        kept_from, count = _HEADER, len(self._names)
        for name in sorted(new):
            first = bisect_left(self._names, name)
            after = first
            while after < len(self._names) and self._names[after] == name:
                after += 1
            parts.append(data[kept_from : self._start(first)])
            kept_from = self._start(after)
            count -= after - first
            state = new[name]
            if state is not None:
                parts.append(_entry(name, *state))
                count += 1
        parts.append(data[kept_from : self._end])
        parts[0] = data[:8] + count.to_bytes(4, "big")
        parts += self._kept
        return _sealed(b"".join(parts))

    def _start(self, number: int) -> int:
        return self._starts[number] if number < len(self._starts) else self._end

    def _require_room(self, new: Mapping[bytes, State]) -> None:
        gone = {name for name, state in new.items() if state is None}
        for name in new.keys() - gone:
            below = bisect_left(self._names, name + b"/")
            while below < len(self._names) and self._names[below].startswith(name + b"/"):
                if self._names[below] not in gone:
                    raise Unreadable
                below += 1
            for folder in _folders(name):
                place = bisect_left(self._names, folder)
                if place < len(self._names) and self._names[place] == folder and folder not in gone:
                    raise Unreadable

    def _kept_extensions(self) -> Iterator[bytes]:
        place, end = self._end, len(self._data) - _CHECKSUM
        while place + 8 <= end:
            kind, size = self._data[place : place + 4], int.from_bytes(self._data[place + 4 : place + 8], "big")
            if not kind[:1].isupper():
                # Without it the entries are not all there is.
                raise Unreadable
            if kind == _KEPT:
                yield self._data[place : place + 8 + size]
            place += 8 + size


def _entry(name: bytes, mode: int, id: str) -> bytes:
    """An entry that says nothing about a file on the disk, so that git looks at the file itself."""
    length = min(len(name), _LENGTH).to_bytes(2, "big")
    data = bytes(_MODE) + mode.to_bytes(4, "big") + bytes(_ID - _MODE - 4) + bytes.fromhex(id) + length + name
    return data + bytes(((len(data) + 8) & ~7) - len(data))


def _folders(name: bytes) -> Iterator[bytes]:
    place = name.find(b"/")
    while place >= 0:
        yield name[:place]
        place = name.find(b"/", place + 1)


def _sealed(data: bytes) -> bytes:
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def _is_whole(data: bytes) -> bool:
    """Whether the checksum at the end is right; git may be told to leave it out."""
    body, checksum = memoryview(data)[:-_CHECKSUM], data[-_CHECKSUM:]
    return checksum == bytes(_CHECKSUM) or hashlib.sha1(body, usedforsecurity=False).digest() == checksum
