"""Git's index as bytes: what it holds of a few paths, and the same index with those entries changed.

Only what people's folders have nearly always: versions 2 and 3, in one file. Everything else is git's own to read.

Entries are of any length, so where one begins is known only by all before it. An index that was written here says at its
end where the entries end, as git may do itself; then other contents of a file are put in without reading them all.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from wiki.storage.objects import name_bytes
from wiki.storage.work_files import State

_EMPTY = b"DIRC" + (2).to_bytes(4, "big") + (0).to_bytes(4, "big")
_HEADER, _MODE, _ID, _FLAGS, _NAME, _CHECKSUM = 12, 24, 40, 60, 62, 20
_EXTENDED, _LENGTH = 0x4000, 0xFFF
# Of what git adds about the entries, this alone is a person's and not worked out from them: conflicts they resolved.
_KEPT = b"REUC"
# What says where the entries end: that place, and a checksum of the kinds and sizes of what comes between.
_END = b"EOIE" + (24).to_bytes(4, "big")
_END_SIZE = 32


class Unreadable(ValueError):
    """An index of another kind, or a damaged one."""


class IndexFile:
    """An index, read from the bytes of its file (none: there is no index yet). Raises Unreadable."""

    def __init__(self, data: bytes) -> None:
        self._data = data = data or _sealed(_EMPTY)
        version = int.from_bytes(data[4:8], "big")
        if data[:4] != b"DIRC" or version not in (2, 3) or not _is_whole(data):
            raise Unreadable
        self._end = _said_end(data) or self._entries[2]
        self._kept = list(self._kept_extensions())

    @cached_property
    def _entries(self) -> tuple[list[bytes], list[int], int]:
        """The names of all entries in their order, where each begins, and where the last ends."""
        data, place = self._data, _HEADER
        names: list[bytes] = []
        starts: list[int] = []
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
        return names, starts, place

    def states(self, path: str) -> list[State]:
        """What there is for a path: one entry, none ([None]), or several while somebody has a conflict to resolve."""
        name = name_bytes(path)
        names, starts, _ = self._entries
        found: list[State] = []
        place = bisect_left(names, name)
        while place < len(names) and names[place] == name:
            start = starts[place]
            mode = int.from_bytes(self._data[start + _MODE : start + _MODE + 4], "big")
            found.append((mode, self._data[start + _ID : start + _FLAGS].hex()))
            place += 1
        return found or [None]

    def exchanged(self, contents: Mapping[str, tuple[State, State]]) -> bytes | None:
        """The bytes of this index where each path has the second state instead of the first; None where one of them is not
        seen at a glance to be in its first state, or comes or goes."""
        data, heads = self._data, {}
        for path, (old, new) in contents.items():
            name = name_bytes(path)
            if old is None or new is None or len(name) >= _LENGTH:
                return None
            # No name has a zero in it, and nothing else has such an id: what looks like this entry is it.
            looks = bytes.fromhex(old[1]) + len(name).to_bytes(2, "big") + name + b"\0"
            start = data.find(looks, _HEADER, self._end) - _ID
            if (
                start < _HEADER
                or start & 7 != _HEADER & 7
                or data[start + _MODE : start + _MODE + 4] != old[0].to_bytes(4, "big")
            ):
                return None
            heads[start] = _entry(name, *new)[:_NAME]
        parts: list[bytes | memoryview] = []
        kept_from = 0
        for start, head in sorted(heads.items()):
            parts += [memoryview(data)[kept_from:start], head]
            kept_from = start + _NAME
        return self._written([*parts, memoryview(data)[kept_from : self._end]])

    def changed(self, states: Mapping[str, State]) -> bytes:
        """The bytes of this index with other entries for these paths (None: without one).

        Raises Unreadable where an entry would be a file in one path and a folder in another.
        """
        data, new = self._data, {name_bytes(path): state for path, state in states.items()}
        names, _, end = self._entries
        self._require_room(new)
        parts = [b""]
        kept_from, count = _HEADER, len(names)
        for name in sorted(new):
            first = bisect_left(names, name)
            after = first
            while after < len(names) and names[after] == name:
                after += 1
            parts.append(data[kept_from : self._start(first)])
            kept_from = self._start(after)
            count -= after - first
            state = new[name]
            if state is not None:
                parts.append(_entry(name, *state))
                count += 1
        parts.append(data[kept_from:end])
        parts[0] = data[:8] + count.to_bytes(4, "big")
        return self._written(parts)

    def _written(self, parts: Sequence[bytes | memoryview]) -> bytes:
        """The bytes of an index with these entries, and what is kept of this one."""
        end = sum(map(len, parts)).to_bytes(4, "big")
        between = hashlib.sha1(b"".join(kept[:8] for kept in self._kept), usedforsecurity=False).digest()
        return _sealed(*parts, *self._kept, _END, end, between)

    def _start(self, number: int) -> int:
        _, starts, end = self._entries
        return starts[number] if number < len(starts) else end

    def _require_room(self, new: Mapping[bytes, State]) -> None:
        gone = {name for name, state in new.items() if state is None}
        names = self._entries[0]
        for name in new.keys() - gone:
            below = bisect_left(names, name + b"/")
            while below < len(names) and names[below].startswith(name + b"/"):
                if names[below] not in gone:
                    raise Unreadable
                below += 1
            for folder in _folders(name):
                place = bisect_left(names, folder)
                if place < len(names) and names[place] == folder and folder not in gone:
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


def _said_end(data: bytes) -> int:
    """Where the entries end, by what an index says itself; 0 where it doesn't."""
    last = len(data) - _CHECKSUM - _END_SIZE
    if last < _HEADER or data[last : last + 8] != _END:
        return 0
    place = end = int.from_bytes(data[last + 8 : last + 12], "big")
    between = hashlib.sha1(usedforsecurity=False)
    while _HEADER <= place < last:
        between.update(data[place : place + 8])
        place += 8 + int.from_bytes(data[place + 4 : place + 8], "big")
    return end if place == last and between.digest() == data[last + 12 : last + _END_SIZE] else 0


def _sealed(*parts: bytes | memoryview) -> bytes:
    checksum = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        checksum.update(part)
    return b"".join([*parts, checksum.digest()])


def _is_whole(data: bytes) -> bool:
    """Whether the checksum at the end is right; git may be told to leave it out."""
    body, checksum = memoryview(data)[:-_CHECKSUM], data[-_CHECKSUM:]
    return checksum == bytes(_CHECKSUM) or hashlib.sha1(body, usedforsecurity=False).digest() == checksum
