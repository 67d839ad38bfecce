"""Reading HEAD and refs from the files that git keeps them in, without a process.

Loose files first, `packed-refs` second: git writes the packed file before it removes a loose one, so in this order
nothing is missed while refs are being packed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wiki.errors import NotFound, Unavailable, WikiError

HEX = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PACKED_LINE = re.compile(rb"#|\^|[0-9a-f]{40} refs/")
# What no name of a ref has: signs that git gives a meaning, blanks, and what nobody sees.
_REFUSED = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")
_MAX_DEPTH = 5
_MAX_FILE = 4_096
# Two changes within one tick of the file system's clock may leave a file that looks the same.
_SETTLED_NS = 100_000_000
_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What HEAD was found to be, and how the files looked that said so."""

    id: str
    files: tuple[tuple[str, _Stamp | None], ...]

    def holds(self) -> bool:
        """Whether the files look as they did: git puts a new file in place of one whenever a ref moves."""
        for path, stamp in self.files:  # noqa: SIM110 - asked before every answer; as a loop it takes half the time
            if _stamp(path) != stamp:
                return False
        return True


class References:
    """HEAD, branches and other refs of the repository whose git folder is `git_dir`."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._top = str(git_dir)
        self._pointer: tuple[_Stamp | None, str | None] = (None, None)
        self._packed: tuple[tuple[int, int, int], dict[str, str]] | None = None
        self._seen: _Seen | None = None

    def head(self) -> str:
        """The commit HEAD stands at, through a branch or detached. Raises NotFound("storage.empty") before the first
        commit, NotFound("storage.missing") where there is no repository, and Unavailable("storage.bad_head", "storage.bad_ref"
        or "storage.format") where git's own files don't say."""
        seen = self._seen
        if seen is not None and seen.holds():
            return seen.id
        files: list[tuple[str, _Stamp | None]] = []
        found = self._follow("HEAD", files)
        if found is None:
            raise self._without_commit()
        if all(stamp is None or _is_settled(stamp) for _, stamp in files):
            self._seen = _Seen(found, tuple(files))
        return found

    def branch(self) -> str | None:
        """The ref that HEAD names, such as "refs/heads/main"; None if HEAD is detached."""
        content = self._content("HEAD")
        if content is None:
            raise NotFound("storage.missing")
        return self._target(content)

    def get(self, ref: str) -> str | None:
        """The id a ref holds."""
        return self._follow(ref) if is_ref_name(ref) else None

    def is_plain(self, ref: str) -> bool:
        """Whether a ref is, or could become, an id in a file of its own: no symbolic ref, and no ref above or below it."""
        place = self._git_dir / ref
        if place.is_symlink() or place.is_dir():
            return False
        content = self._content(ref)
        if content is not None:
            return HEX.fullmatch(content) is not None
        packed = self._packed_refs()
        return ref in packed or not any(other.startswith(f"{ref}/") or ref.startswith(f"{other}/") for other in packed)

    def all(self, prefix: str) -> dict[str, str]:
        """Every ref that starts with `prefix` to its id, by name."""
        if not is_ref_name(prefix.rstrip("/")):
            return {}
        found: dict[str, str] = {}
        top = prefix if prefix.endswith("/") else prefix.rpartition("/")[0]
        for folder, _, names in os.walk(self._git_dir / top):
            for name in names:
                ref = (Path(folder) / name).relative_to(self._git_dir).as_posix()
                if ref.startswith(prefix) and not ref.endswith(".lock"):
                    id = self._follow(ref)
                    if id is not None:
                        found[ref] = id
        for ref, id in self._packed_refs().items():
            if ref.startswith(prefix):
                found.setdefault(ref, id)
        return dict(sorted(found.items()))

    def _follow(self, ref: str, files: list[tuple[str, _Stamp | None]] | None = None) -> str | None:
        """The id that a ref leads to; `files` gets what was read, each as it looked just before."""
        files = [] if files is None else files
        for _ in range(_MAX_DEPTH):
            stamp = _stamp(path := f"{self._top}/{ref}")
            files.append((path, stamp))
            content = self._head_content(stamp) if ref == "HEAD" else self._content(ref)
            if content is None:
                if ref == "HEAD":
                    raise NotFound("storage.missing")
                path = f"{self._top}/packed-refs"
                files.append((path, _stamp(path)))
                return self._packed_refs().get(ref)
            target = self._target(content)
            if target is None:
                return content if HEX.fullmatch(content) else None
            ref = target
        return None

    def is_new(self) -> bool:
        """Whether nothing was ever committed, as far as can be seen. What has lost its refs is not new."""
        if (self._git_dir / "packed-refs").exists() or any((self._git_dir / "objects/pack").glob("*.pack")):
            return False
        files = (name for _, _, names in os.walk(self._git_dir / "refs") for name in names)
        # The very first commit is in the log for a moment before its branch is.
        return all(name.endswith(".lock") for name in files) and len(self._logged("HEAD")) <= 1

    def logged(self, ref: str, who: str = "") -> Iterator[str]:
        """The commits that a ref, or HEAD, was at by git's log of it, the latest first; of those to which `who` ("name <mail>") has
        moved it, if that is given."""
        lines = (line for line in reversed(self._logged(ref)) if line[82:].startswith(who))
        return (line[41:81] for line in lines if HEX.fullmatch(line[41:81]))

    def _logged(self, name: str) -> list[str]:
        try:
            return (self._git_dir / "logs" / name).read_text("utf-8", "replace").splitlines()
        except OSError:
            return []

    def _target(self, content: str) -> str | None:
        if not content.startswith("ref:"):
            return None
        target = content.removeprefix("ref:").strip()
        if not is_ref_name(target):
            if (self._git_dir / "reftable").is_dir():
                raise Unavailable("storage.format", found="reftable")
            raise Unavailable("storage.bad_head")
        return target

    def _without_commit(self) -> WikiError:
        """Why HEAD leads to no commit: there is none yet, or a file of git's is damaged."""
        ref = self._target(self._content("HEAD") or "")
        content = self._content(ref) if ref is not None else self._content("HEAD")
        if content is not None and _SHA256.fullmatch(content):
            return Unavailable("storage.format", found="sha256")
        if ref is None:
            return Unavailable("storage.bad_head")
        if content is not None and HEX.fullmatch(content):
            # The first commit came between two looks.
            return NotFound("storage.empty")
        if (content is not None and not content.startswith("ref:")) or self._packed_are_damaged():
            return Unavailable("storage.bad_ref", ref=ref)
        return NotFound("storage.empty")

    def _packed_are_damaged(self) -> bool:
        path = self._git_dir / "packed-refs"
        try:
            data = path.read_bytes() if path.is_file() else b""
        except OSError:
            return False
        return any(not _PACKED_LINE.match(line) for line in data.splitlines())

    def _head_content(self, stamp: _Stamp | None) -> str | None:
        """What HEAD says, which looks like `stamp`: hardly ever another branch."""
        if stamp is None or stamp != self._pointer[0]:
            content = self._content("HEAD")
            self._pointer = (stamp if stamp is not None and _is_settled(stamp) else None, content)
            return content
        return self._pointer[1]

    def _content(self, ref: str) -> str | None:
        path = f"{self._top}/{ref}"
        try:
            if ref == "HEAD" and Path(path).is_symlink():
                return f"ref: {Path(path).readlink()}"
            handle = _without_waiting(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unavailable("storage.unreadable", reason=str(error))
        try:
            return os.read(handle, _MAX_FILE).decode("utf-8", "replace").strip()
        except IsADirectoryError:
            return None
        except OSError as error:
            raise Unavailable("storage.unreadable", reason=str(error))
        finally:
            os.close(handle)

    def _packed_refs(self) -> dict[str, str]:
        path = self._git_dir / "packed-refs"
        try:
            with os.fdopen(_without_waiting(path), "rb") as file:
                status = os.fstat(file.fileno())
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                known = self._packed
                if known is not None and known[0] == stamp:
                    return known[1]
                lines = file.read().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable("storage.unreadable", reason=str(error))
        refs = {line[41:]: line[:40] for line in lines if HEX.fullmatch(line[:40]) and line[40:41] == " "}
        self._packed = (stamp, refs)
        return refs


def _without_waiting(path: Path | str) -> int:
    """Opened so that something that is not a file (a FIFO, say) can't make us wait."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def is_ref_name(text: str) -> bool:
    """Whether this may be asked for as a ref: below refs/, with no way out of it and nothing git would refuse."""
    parts = text.split("/")
    return (
        parts[0] == "refs"
        and all(part and not part.startswith(".") and not part.endswith((".lock", ".")) for part in parts)
        and not _REFUSED.search(text)
    )


def _stamp(path: str) -> _Stamp | None:
    """What differs when a file is another, or has other contents; nobody can set back the time in it."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_ctime_ns, found.st_dev


def _is_settled(stamp: _Stamp) -> bool:
    """Whether a change from now on would be seen."""
    return stamp[2] < time.time_ns() - _SETTLED_NS
