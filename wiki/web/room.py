"""Room for the bodies of finished answers: a file without a name, of which the system keeps in memory what is asked for.

What has been written is never written again, so nobody can get another's bytes; nobody else can open the file or cut it
short; it goes with the process, or when nothing in it is used any more.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from pathlib import Path

# So many bodies are read before this process lets go of their memory, which stays the system's while there is enough of it.
READ_AT_ONCE = 64


class Room:
    """`size` bytes in a file in `folder`, which is made with the first body."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._used = 0
        self._read = 0
        self._file = -1
        self._map: mmap.mmap | None = None
        self._process = 0
        self._lock = threading.Lock()

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def put(self, body: bytes) -> slice | None:
        """Store a body; what it is got by, or None if there is no room for it, in the file or on the disk."""
        try:
            with self._lock:
                if self._map is None:
                    self._open()
                # A process that was forked out of the one with the file would write where that one does.
                if self._used + len(body) > self._size or self._process != os.getpid():
                    return None
                place = slice(self._used, self._used + len(body))
                self._used = place.stop
            return place if os.pwrite(self._file, body, place.start) == len(body) else None
        except (OSError, ValueError):
            return None

    def get(self, place: slice) -> bytes:
        """A body that was stored."""
        if self._map is None:
            raise LookupError(place)
        self._read += 1
        if self._read >= READ_AT_ONCE:
            self._read = 0
            self._map.madvise(mmap.MADV_DONTNEED)
        return self._map[place]

    def _open(self) -> None:
        self._folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.truncate(self._size)
            self._map = mmap.mmap(file.fileno(), self._size, mmap.MAP_SHARED, mmap.PROT_READ)
            self._file = os.dup(file.fileno())
        self._process = os.getpid()
