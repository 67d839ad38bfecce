"""Whoosh's compound files, read where they lie: as it comes, Whoosh copies each into every process.

Not mapped into memory: reading on in a mapped file that somebody cuts short ends the process, and a question would
come to no answer for everybody whom that process serves. Reading by place costs 2 % of a search more and raises OSError.
"""

from __future__ import annotations

import os
from typing import Any

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile


class _Span:
    """A stretch of a file, by which it is read as bytes would be. Safe in several threads and after a fork."""

    def __init__(self, file: Any, offset: int, length: int) -> None:
        # Kept open as long as a part of it is read, removed or not.
        self._file = file
        self._handle = file.fileno()
        self._offset = offset
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, wanted: slice) -> bytes:
        start, stop, _ = wanted.indices(self._length)
        size = max(stop - start, 0)
        found = os.pread(self._handle, size, self._offset + start)
        if len(found) != size:
            raise OSError("an index file has been cut short")
        return found


class _View:
    """The part of a file's interface that reading needs, over a stretch of a file."""

    def __init__(self, span: _Span) -> None:
        self._span = span
        self._place = 0

    def seek(self, offset: int, whence: int = 0) -> None:
        self._place = offset + (0, self._place, len(self._span))[whence]

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        end = len(self._span) if size < 0 else self._place + size
        found = self._span[self._place : end]
        self._place += len(found)
        return found

    def readline(self) -> bytes:
        line, newline, _ = self._span[self._place :].partition(b"\n")
        self._place += len(line) + len(newline)
        return line + newline

    def close(self) -> None: ...


class _Part(BufferFile):
    """One file inside a compound file."""

    def __init__(self, span: _Span, name: str) -> None:
        super().__init__(b"", name=name)
        self._buf = span
        self.file = _View(span)


class SegmentFiles(CompoundStorage):
    """A compound file whose parts are read where they lie."""

    def __init__(self, file: Any) -> None:
        super().__init__(file, use_mmap=False)

    def open_file(self, name: str, *args: Any, **kwargs: Any) -> _Part:
        offset, length = self.range(name)
        return _Part(_Span(self._file, offset, length), name)
