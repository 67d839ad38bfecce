"""Reading objects through `git cat-file --batch`, kept running.

One running reader answers one thread at a time; idle ones wait in a stock that all threads share, so that a server
which makes a thread for every request still starts no process for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from wiki.errors import NotFound, TooMany, Unavailable
from wiki.forks import renew_after_fork
from wiki.storage.command import GitCommand, GitFailed

MAX_OBJECT = 64 * 1024 * 1024
MAX_IDLE = 8
# So many requests of 41 bytes always fit into the pipe: git never waits for us while we wait for git.
PIPELINE = 200
PART = 1 << 20

_V = TypeVar("_V")
_left_to_the_parent: list[Any] = []


# A reader runs as long as the server and reads small objects here and there, so it needs little of what git keeps by
# default for long walks: up to 96 MB of objects, and windows of 1 GB into packs.
SPARING = ("-c", "core.deltaBaseCacheLimit=256k", "-c", "core.packedGitWindowSize=1m", "-c", "core.packedGitLimit=4m")


class _Process:
    __slots__ = ("_process", "_read", "_write", "packs", "usable")

    def __init__(self, command: GitCommand, mode: str, packs: int) -> None:
        self.packs = packs
        self._process = command.start(*SPARING, "cat-file", mode)
        self._read = self._process.stdout
        self._write = self._process.stdin
        self.usable = True

    def ask(self, names: Sequence[str]) -> None:
        self._write.write("".join(f"{name}\n" for name in names).encode("ascii"))
        self._write.flush()

    def header(self) -> tuple[str, str, int] | None:
        """(id, type, size) of the next answer, None where there is no such object (or more than one)."""
        line = self._read.readline()
        if not line.endswith(b"\n"):
            self.usable = False
            raise BrokenPipeError("git cat-file ended")
        parts = line.split()
        if len(parts) != 3 or not parts[2].isdigit():
            return None
        return parts[0].decode("ascii"), parts[1].decode("ascii"), int(parts[2])

    def content(self, size: int) -> bytes:
        data: bytes = self._read.read(size + 1)
        if len(data) != size + 1:
            self.usable = False
            raise BrokenPipeError("git cat-file ended")
        return data[:-1]

    def beginning(self, size: int, most: int) -> bytes:
        if size <= most:
            return self.content(size)
        data: bytes = self._read.read(most)
        while size > most:
            part = self._read.read(min(size - most, PART))
            if not part:
                break
            size -= len(part)
        self.content(0)
        return data

    def end(self) -> None:
        self._process.__del__()


class Reader:
    """Objects by id. Safe between threads and after a fork."""

    def __init__(self, command: GitCommand) -> None:
        self._command = command
        self._pack_folder = str(command.git_dir / "objects" / "pack")
        self._lock = threading.Lock()
        self._idle: dict[str, list[_Process]] = {}
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """After a fork: the running processes are the parent's, neither to be used nor to be ended here."""
        self._lock = threading.Lock()
        _left_to_the_parent.append(self._idle)
        self._idle = {}

    def object(self, name: str, limit: int = MAX_OBJECT) -> tuple[str, str, bytes]:
        """(id, type, bytes). Raises NotFound("object.unknown"), and TooMany("object.too_large") above `limit`."""
        try:
            return self._retry(lambda: self._one(name, limit))
        except Unavailable:
            if self._is_corrupt(name):
                raise NotFound("object.unknown", id=name[:80])
            raise

    def header(self, name: str) -> tuple[str, str, int]:
        """(id, type, size) without the content. Raises NotFound("object.unknown")."""
        return self._retry(lambda: self._header(name))

    def objects(self, ids: Iterable[str], limit: int = MAX_OBJECT) -> Iterator[tuple[str, bytes | None]]:
        """(id, bytes) of many objects in the order asked; None for what is missing or larger than `limit`."""
        return self._in_parts(ids, lambda part: self._many(part, limit), lambda id: self._found(id, limit))

    def beginnings(self, ids: Iterable[str], most: int) -> Iterator[tuple[str, tuple[str, bytes]]]:
        """(id, (type, bytes)) of many objects in the order asked, each cut after `most` bytes; type "" for what is missing."""
        return self._in_parts(ids, lambda part: self._cut(part, most), lambda id: self._beginning(id, most))

    def sizes(self, ids: Iterable[str]) -> Iterator[int | None]:
        """Bytes of many objects in the order asked; None for what is missing."""
        wanted = list(ids)
        for start in range(0, len(wanted), PIPELINE):
            part = wanted[start : start + PIPELINE]
            for header in self._retry(lambda part=part: self._headers(part)):  # type: ignore[misc]
                yield header[2] if header is not None else None

    def close(self) -> None:
        """End the idle processes; the next read starts one again."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for process in (process for stock in idle.values() for process in stock):
            process.end()

    def _in_parts(
        self, ids: Iterable[str], many: Callable[[list[str]], list[_V]], one: Callable[[str], _V]
    ) -> Iterator[tuple[str, _V]]:
        """What `many` says of so many ids at once as git takes, or `one` of each where an object among them can't be read."""
        wanted = list(ids)
        for start in range(0, len(wanted), PIPELINE):
            part = wanted[start : start + PIPELINE]
            try:
                # To ask for the size of one before it is asked for takes as long as to ask for it.
                found = self._retry(partial(many, part)) if len(part) > 1 else [one(part[0])]
            except Unavailable:
                found = [one(id) for id in part]
            yield from zip(part, found, strict=True)

    def _one(self, name: str, limit: int) -> tuple[str, str, bytes]:
        with self._process("--batch") as process:
            process.ask([name])
            header = process.header()
            if header is None:
                raise NotFound("object.unknown", id=name[:80])
            id, kind, size = header
            if size > limit:
                process.usable = False
                raise TooMany("object.too_large", id=id, size=size, limit=limit)
            return id, kind, process.content(size)

    def _header(self, name: str) -> tuple[str, str, int]:
        with self._process("--batch-check") as process:
            process.ask([name])
            header = process.header()
            if header is None:
                raise NotFound("object.unknown", id=name[:80])
            return header

    def _headers(self, ids: list[str]) -> list[tuple[str, str, int] | None]:
        with self._process("--batch-check") as process:
            process.ask(ids)
            return [process.header() for _ in ids]

    def _many(self, ids: list[str], limit: int) -> list[bytes | None]:
        headers = self._headers(ids)
        fetched = [header[0] for header in headers if header is not None and header[2] <= limit]
        found: dict[str, bytes] = {}
        with self._process("--batch") as process:
            process.ask(fetched)
            for id in fetched:
                header = process.header()
                if header is not None:
                    found[id] = process.content(header[2])
        return [found.get(header[0]) if header is not None else None for header in headers]

    def _cut(self, ids: list[str], most: int) -> list[tuple[str, bytes]]:
        with self._process("--batch") as process:
            process.ask(ids)
            headers = (process.header() for _ in ids)
            return [(found[1], process.beginning(found[2], most)) if found else ("", b"") for found in headers]

    def _found(self, id: str, limit: int) -> bytes | None:
        try:
            return self.object(id, limit)[2]
        except (NotFound, TooMany):
            return None

    def _beginning(self, id: str, most: int) -> tuple[str, bytes]:
        try:
            return self._retry(lambda: self._cut([id], most)[0])
        except Unavailable:
            if self._is_corrupt(id):
                return "", b""
            raise

    def _is_corrupt(self, id: str) -> bool:
        """Whether git says that the object is damaged, and not only that it can't be read just now: that is as good as
        missing, for good."""
        try:
            self._command.run("cat-file", "-p", id)
        except GitFailed as error:
            return any(words in str(error.params["reason"]) for words in ("corrupt", "unable to stream"))
        return False

    def _retry(self, read: Callable[[], _V]) -> _V:
        """A reader may have been killed or have met a damaged pack that was replaced since: ask a new one once."""
        for last in (False, True):
            try:
                return read()
            except (BrokenPipeError, ValueError, OSError) as error:
                self.close()
                if last:
                    raise Unavailable("storage.unreadable", reason=str(error))
        raise AssertionError("unreachable")

    @contextmanager
    def _process(self, mode: str) -> Iterator[_Process]:
        process = self._take(mode)
        process.usable, finished = True, False
        try:
            yield process
            finished = True
        except NotFound:
            finished = True
            raise
        finally:
            if finished and process.usable:
                self._put_back(mode, process)
            else:
                process.end()

    def _take(self, mode: str) -> _Process:
        packs = self._packs()
        with self._lock:
            stock = self._idle.get(mode)
            process = stock.pop() if stock else None
        if process is not None and process.packs == packs:
            return process
        if process is not None:
            # It keeps packs open that may be gone by now: the disk has them still, and all that was wrong with them.
            process.end()
            self.close()
        return _Process(self._command, mode, packs)

    def _packs(self) -> int:
        """Another number whenever packs have come or gone."""
        try:
            return os.stat(self._pack_folder).st_mtime_ns  # noqa: PTH116 - asked before every read
        except OSError:
            return 0

    def _put_back(self, mode: str, process: _Process) -> None:
        with self._lock:
            stock = self._idle.setdefault(mode, [])
            if len(stock) < MAX_IDLE:
                stock.append(process)
                return
        process.end()
