"""The folder that the index lives in, so kept that a crash at any moment leaves either the old or the new state.

`state.json` names the sub-folder in use, the generation in it, the revision that this stands at, and size and checksum of
every file. It is replaced last, after everything it speaks of is on the disk; only then what it no longer needs is removed.
Whoosh keeps pickles in its index, so files are opened only when `state.json` says that this very version made them.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from wiki.succession import Succession

STATE = "state.json"
PREFIX = "index-"
_SUB_FOLDER = re.compile(r"index-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class State:
    """Which sub-folder and generation hold the index, the revision of the content, how many documents were changed since it
    was built, size and CRC-32 of the records after it (recent.py), and (size, CRC-32) by file name."""

    index: str
    generation: int
    revision: str
    changed: int
    recent: tuple[int, int] = (0, 0)
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class IndexFolder:
    """Reads and replaces the state of one index folder."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path = path
        self._state = os.fspath(path / STATE)
        self._fingerprint = fingerprint
        self.succession = Succession(fingerprint)

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes whenever the state does; cheap enough to ask for at every query. None if there is no state."""
        try:
            found = os.stat(self._state)  # noqa: PTH116 (asked at every query; a third of the time of Path.stat)
        except OSError:
            self.succession.meet(None)
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def read(self) -> State | None:
        """The present state; None if there is none or it is not this version's."""
        try:
            found = json.loads((self.path / STATE).read_text("utf-8"))
            self.succession.meet(found["fingerprint"])
            if found["fingerprint"] != self._fingerprint:
                return None
            files = {str(name): (int(size), int(check)) for name, (size, check) in found["files"].items()}
            numbers = int(found["generation"]), str(found["revision"]), int(found["changed"])
            size, check = found["recent"]
            state = State(str(found["index"]), *numbers, (int(size), int(check)), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return state if _SUB_FOLDER.fullmatch(state.index) else None

    def verify(self, state: State, before: State | None = None) -> None:
        """Raise OSError if a file is missing, or ValueError if it is not as it was written; those of `before` were."""
        known: Collection[str] = before.files if before is not None and before.index == state.index else ()
        for name, expected in state.files.items():
            if name not in known and measure(self.path / state.index / name) != expected:
                raise ValueError(f"damaged index file: {name}")
        if before is None and state.recent[0]:
            with self.recent_file(state).open("rb") as file:
                if zlib.crc32(file.read(state.recent[0])) != state.recent[1]:
                    raise ValueError(f"damaged index file: {file.name}")

    def recent_file(self, state: State) -> Path:
        """The file of the records that were added after the index files of a state."""
        return self.path / state.index / recent_name(state.generation)

    def write(self, state: State, names: Iterable[str], older: State | None = None) -> None:
        """Put the files `names` on the disk, then make `state`, with their sizes and checksums, the present one."""
        folder = self.path / state.index
        known = older.files if older is not None and older.index == state.index else {}
        measured = {}
        for name in names:
            if name not in known:
                sync(folder / name)
            measured[name] = known.get(name) or measure(folder / name)
        sync(folder)
        self.replace_state(replace(state, files=measured))

    def replace_state(self, state: State) -> None:
        """Make `state` the present one; all it speaks of is on the disk."""
        found = {"fingerprint": self._fingerprint, **asdict(state)}
        temporary = self.path / f"{STATE}.{secrets.token_hex(4)}.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(found, file)
            file.flush()
            older, now = self.stamp(), os.fstat(file.fileno()).st_mtime_ns
            if older is not None and now <= older[0]:
                # Two states in one tick of the clock (or one set back) would look alike to `stamp`.
                os.utime(file.fileno(), ns=(now, older[0] + 1))
            os.fsync(file.fileno())
        temporary.replace(self.path / STATE)
        sync(self.path)

    def discard(self) -> None:
        """Say that the index can't be trusted; the next catch-up rebuilds it."""
        (self.path / STATE).unlink(missing_ok=True)

    def create(self) -> Path:
        """A new, empty sub-folder, not yet in use."""
        path = self.path / f"{PREFIX}{secrets.token_hex(8)}"
        path.mkdir(parents=True)
        return path

    def clean(self, keep: str) -> None:
        """Remove every other sub-folder and what a killed process left. Readers that have them open keep what they read."""
        for entry in self.path.iterdir():
            if entry.name.startswith(PREFIX) and entry.name != keep:
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name.startswith(STATE) and entry.name.endswith(".tmp"):
                entry.unlink(missing_ok=True)


def recent_name(generation: int) -> str:
    """The name of the file of records that belongs to a generation of the index files."""
    return f"recent-{generation}"


def measure(path: Path) -> tuple[int, int]:
    """Size and CRC-32 of a file."""
    size = check = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            size += len(part)
            check = zlib.crc32(part, check)
    return size, check


def sync(path: Path) -> None:
    """Wait until one file or the names in one folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
