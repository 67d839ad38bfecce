"""Writing loose objects, durably.

An object is complete and on the disk before it gets its name, so a power cut can't leave an empty file where git looks
for content. (gitdb's own `store` names the file first, and GitPython's default starts a process for every object.)
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from wiki.storage.flushing import flush_all

_ATTEMPTS = 20


class ObjectStore:
    """Adds objects to the folder `objects` of a repository.

    `add` writes, `settle` names: what was added since the last `settle` can be read by git only after it. `written` is all
    that was added, by id, as it is on the disk.
    """

    def __init__(self, folder: Path, fsync: bool) -> None:
        self._folder = folder
        self._fsync = fsync
        self._waiting: dict[str, Path] = {}
        self.written: dict[str, bytes] = {}

    def add(self, kind: str, data: bytes) -> str:
        """Write one object (blob, tree or commit); its id."""
        content = b"%s %d\0%s" % (kind.encode("ascii"), len(data), data)
        id = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        if id not in self._waiting:
            # Ids are most of a tree, and don't get any smaller.
            self._write(id, zlib.compress(content, 0 if kind == "tree" else 1))
        return id

    def adopt(self, id: str, file: Path) -> None:
        """Add an object that git has written into a file of the same disk, which `settle` moves."""
        self._waiting[id] = file
        self.written[id] = file.read_bytes()

    def put_back(self, written: Mapping[str, bytes]) -> None:
        """Write again those of these objects that have gone since, or into a pack."""
        for id, data in written.items():
            if not (self._folder / id[:2] / id[2:]).exists():
                self._write(id, data)
        if self._waiting:
            self.settle()

    def _write(self, id: str, data: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix="tmp_obj_", dir=self._folder)
        self._waiting[id] = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o444)
        self.written[id] = data

    def settle(self) -> None:
        """Bring everything added onto the disk and give it its name. After an error nothing is left behind."""
        folders = set()
        try:
            if self._fsync:
                flush_all(self._waiting.values())
            for id in list(self._waiting):
                place = self._folder / id[:2] / id[2:]
                if put_object(self._waiting[id], place):
                    folders.add(self._folder)
                folders.add(place.parent)
                del self._waiting[id]
            if self._fsync:
                flush_all(folders)
        finally:
            self.forget()

    def forget(self) -> None:
        """Drop what has been added but not settled."""
        for file in self._waiting.values():
            # On a disk that may only be read from now on they stay, and go with what killed gits have left.
            with suppress(OSError):
                file.unlink()
        self._waiting.clear()


def put_object(file: Path, place: Path) -> bool:
    """Give a file its place; whether a folder had to be made for it. Replacing what is there keeps it young, so that no
    prune takes it, and mends a torn one."""
    made = False
    for attempt in range(_ATTEMPTS):
        try:
            file.replace(place)
            return made
        except FileNotFoundError:
            # A `git gc` removes empty folders, and it may be just this one.
            if attempt == _ATTEMPTS - 1:
                raise
            place.parent.mkdir(exist_ok=True)
            made = True
    raise AssertionError("unreachable")
