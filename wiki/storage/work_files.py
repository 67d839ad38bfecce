"""The files in the content folder, as a person sees them there. They are compared, written and removed; never served.

No symbolic link is followed, anywhere on the way to a file: a folder may have been swapped for one that leads elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from wiki.storage import objects
from wiki.storage.repository import Repository

# Mode and id of a file as git would have it; None where there is nothing.
State = tuple[int, str] | None
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class WorkFiles:
    """The files of a repository that is not bare."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def state(self, path: str, unix_lines: bool = False) -> State:
        """What the file at `path` would be in git, with `unix_lines` as some people's settings have it stored; for
        anything that is not a plain file or link, (0, "")."""
        try:
            with self._folder(path, make=False) as (folder, name):
                status = os.lstat(name, dir_fd=folder)
                if stat.S_ISLNK(status.st_mode):
                    target = os.readlink(name, dir_fd=folder)
                    return objects.LINK, _blob_id(os.fsencode(target))
                if stat.S_ISDIR(status.st_mode):
                    return None
                if not stat.S_ISREG(status.st_mode):
                    return 0, ""
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                with open(os.open(name, flags, dir_fd=folder), "rb") as file:  # noqa: PTH123
                    data = file.read().replace(b"\r\n", b"\n") if unix_lines else file.read()
        except FileNotFoundError:
            return None
        except OSError:
            return 0, ""
        return (objects.EXECUTABLE if status.st_mode & 0o100 else objects.FILE), _blob_id(data)

    def write(self, path: str, mode: int, id: str) -> None:
        """Put the object there, in one step. Raises OSError where something is in the way."""
        kind = objects.kind_of(mode)
        with self._folder(path, make=True) as (folder, name):
            if kind == "submodule":
                os.mkdir(name, dir_fd=folder)
                return
            data = self._repository.blob(id)
            draft = self._repository.git_dir / "movement-wiki.file"
            draft.unlink(missing_ok=True)
            if kind == "link":
                draft.symlink_to(os.fsdecode(data))
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                with open(os.open(draft, flags, 0o777 if mode == objects.EXECUTABLE else 0o666), "wb") as file:  # noqa: PTH123
                    file.write(data)
            os.replace(draft, name, dst_dir_fd=folder)

    def remove(self, path: str) -> None:
        """Take it away, with the folders that become empty. Raises OSError where something is in the way."""
        with self._folder(path, make=False) as (folder, name):
            os.unlink(name, dir_fd=folder)
        parts = path.split("/")[:-1]
        with suppress(OSError):
            while parts:
                with self._folder("/".join(parts), make=False) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
                parts.pop()

    @contextmanager
    def _folder(self, path: str, make: bool) -> Iterator[tuple[int, str]]:
        """The open folder that `path` is in, and its last name. No symbolic link is followed on the way."""
        *folders, name = path.split("/")
        handle = os.open(self._repository.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                inner = os.open(part, _OPEN_FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle, name
        finally:
            os.close(handle)


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
