"""Taking in a pack that somebody sends: beside the repository first, into it only when it has been found good."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import struct
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from wiki.errors import Invalid, TooMany, Unavailable
from wiki.storage.command import GitCommand, GitFailed, said
from wiki.storage.flushing import flush
from wiki.storage.object_store import ObjectStore, put_object
from wiki.storage.repository import Repository
from wiki.storage.writer import MAX_EXPOSED

# As git itself does: few objects are kept one by one, many as a pack; and so is what is too large to be held meanwhile.
KEEP_LOOSE = 100
# What is written beside a pack that no ref leads to yet, which tells every `git repack` to leave it alone.
KEPT = b"movement-wiki: a push that is being taken\n"
# Not the prefix that git gives such folders: a `git prune` takes those. `maintain` removes what a killed process leaves.
PUSH = "movement-wiki-push-"
_SECONDS = 600.0
# What git says where the disk, or somebody's share of it, is full.
_NO_ROOM = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "Out of diskspace")
# A few kilobytes of a pack can stand for gigabytes. Git writes large files as it reads them, with these, and ends where it would
# hold more than so many bytes of anything else.
_MODESTLY = ("-c", "core.bigFileThreshold=1m", "-c", "core.deltaBaseCacheLimit=16m", "-c", "pack.threads=1")
MAX_MEMORY = 256 * 1024 * 1024
# What old programs wrote by mistake and everybody's history is full of.
_TOLERATED = "zeroPaddedFilemode=ignore,missingSpaceBeforeDate=ignore,badTimezone=ignore"


class Quarantine:
    """A folder for objects that nothing can reach. Its `repository` sees them together with all others."""

    def __init__(self, repository: Repository, fsync: bool) -> None:
        self._objects = repository.git_dir / "objects"
        self._folder = Path(tempfile.mkdtemp(prefix=PUSH, dir=self._objects))
        self._keeps: list[Path] = []
        self._fsync = fsync
        self.repository = Repository(repository.path, objects=self._folder)

    def unpack(self, pack: IO[bytes], max_bytes: int) -> None:
        """Take in and check a pack. Raises Invalid("push.pack", reason=…), TooMany("push.too_large"), Unavailable("storage.disk_full")
        and OSError."""
        start = pack.tell()
        header = pack.read(12)
        if len(header) != 12 or not header.startswith(b"PACK"):
            raise Invalid("push.pack", reason="no pack")
        pack.seek(start)
        is_small = os.fstat(pack.fileno()).st_size - start <= MAX_EXPOSED
        if is_small and struct.unpack(">I", header[8:])[0] < KEEP_LOOSE:
            arguments = ["unpack-objects", "-q", "--strict"]
        else:
            keep = f"--keep={KEPT.decode().strip()}"
            arguments = ["index-pack", "--stdin", "--fix-thin", keep, f"--strict={_TOLERATED}"]
        (self._folder / "pack").mkdir(exist_ok=True)
        fsync = "committed,loose-object" if self._fsync else "none"
        process = self.repository.command.start(
            *(*_MODESTLY, "-c", f"core.fsync={fsync}", *arguments, f"--max-input-size={max_bytes}"),
            environment={"GIT_ALLOC_LIMIT": str(MAX_MEMORY)},
            given=pack,
        )
        if sys.platform == "linux":
            # That was for one object alone; this is for all of them together.
            with suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
        _, complaint = said(process, arguments[0], _SECONDS)
        if process.returncode:
            reason = complaint.decode("utf-8", "replace").strip()
            if "exceeds maximum allowed size" in reason:
                raise TooMany("push.too_large", limit=max_bytes)
            if any(words in reason for words in _NO_ROOM):
                raise Unavailable("storage.disk_full")
            raise Invalid("push.pack", reason=reason[:500])

    def require_complete(self, ids: Sequence[str]) -> None:
        """Raise Invalid("push.incomplete") unless everything that `ids` reach is here or in the repository."""
        command = GitCommand(self.repository.git_dir, refs=True, objects=self._folder)
        given = "".join(f"{id}\n" for id in ids).encode("ascii")
        try:
            command.run("rev-list", "--objects", "--stdin", "--not", "--all", "--quiet", given=given, seconds=_SECONDS)
        except GitFailed:
            raise Invalid("push.incomplete")

    def release(self) -> Mapping[str, bytes]:
        """Move everything into the repository. Until `close`, by when refs should lead there, no `git repack` takes the pack;
        the objects that are no part of one, by id as they are on the disk, may still be taken by a `git prune`."""
        store = ObjectStore(self._objects, self._fsync)
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            store.adopt(path.parent.name + path.name, path)
        store.settle()
        # What keeps a pack first, its index last: with that it begins to count.
        packs = [path for path in (self._folder / "pack").glob("*") if path.is_file()]
        for path in sorted(packs, key=lambda path: (path.suffix != ".keep", path.suffix == ".idx")):
            place = self._objects / "pack" / path.name
            if path.suffix == ".keep":
                self._keeps.append(place)
            put_object(path, place)
        if packs and self._fsync:
            flush(self._objects / "pack")
        return store.written

    def close(self) -> None:
        """Remove the folder with all that was not released."""
        self.repository.close()
        for keep in self._keeps:
            keep.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)
