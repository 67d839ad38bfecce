"""Where git keeps the repository of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from wiki.errors import Unavailable

_MAX_FILE = 4_096


def git_folder(path: Path) -> Path:
    """The folder with HEAD, refs and objects: the folder itself (a bare repository), its `.git`, or where a file `.git`
    says, as in a submodule.

    Raises Unavailable("storage.linked") for a second work tree of a repository, whose HEAD is in one place and whose refs
    are in another.
    """
    if (path / "HEAD").is_file():
        return path
    place = path / ".git"
    if not place.is_file():
        return place
    with place.open("rb") as file:
        # No name holds a NUL; git reads as far as there.
        said = os.fsdecode(file.read(_MAX_FILE)).partition("\0")[0].strip()
    found = Path(os.path.normpath(path.resolve() / said.removeprefix("gitdir:").strip()))
    if (found / "commondir").exists():
        raise Unavailable("storage.linked", path=str(path))
    return found
