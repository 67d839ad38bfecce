"""Whoosh's compound files, mapped into memory and left there: as it comes, Whoosh copies each into every process."""

from __future__ import annotations

from typing import Any

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile


class _View:
    """The part of a file's interface that reading needs, over mapped memory."""

    def __init__(self, buffer: memoryview) -> None:
        self._buffer = buffer
        self._place = 0

    def seek(self, offset: int, whence: int = 0) -> None:
        self._place = offset + (0, self._place, len(self._buffer))[whence]

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        end = len(self._buffer) if size < 0 else self._place + size
        found = bytes(self._buffer[self._place : end])
        self._place += len(found)
        return found

    def readline(self) -> bytes:
        line, newline, _ = bytes(self._buffer[self._place :]).partition(b"\n")
        self._place += len(line) + len(newline)
        return line + newline

    def close(self) -> None:
        self._buffer.release()


class _MappedFile(BufferFile):
    """One file inside a compound file."""

    def __init__(self, buffer: memoryview, name: str) -> None:
        super().__init__(b"", name=name)
        self._buf = buffer
        self.file = _View(buffer)


class MappedSegment(CompoundStorage):
    """A compound file whose parts are views of one mapping."""

    def open_file(self, name: str, *args: Any, **kwargs: Any) -> _MappedFile:
        offset, length = self.range(name)
        return _MappedFile(memoryview(self._source)[offset : offset + length], name)
