"""Bringing the history of another repository in: from a folder of this machine, or over https or ssh."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from wiki.errors import Invalid, NotFound
from wiki.storage.command import GitCommand, GitFailed
from wiki.storage.references import HEX
from wiki.storage.repository import Repository

SECONDS = 3_600.0
# The only ways that git may take; ext:: and the like would run what an address names.
_PROTOCOLS = "file:https:ssh"
_INTO = "refs/fetched"
_HOST = r"(?:\w[\w.-]{0,63}@)?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
_SHORT = re.compile(rf"{_HOST}:(?!//)(?!-)[^\s:\x00-\x1f]{{1,1000}}")


def place_of(text: str) -> str:
    """The repository that somebody names, as git is given it: a folder, an https or ssh address.

    Raises NotFound("argument.missing") for a folder that isn't there, NotFound("fetch.no_repository") for one that holds none,
    and Invalid("fetch.address") for anything else.
    """
    text = text.strip()
    folder = Path(text).expanduser()
    if text and "://" not in text and folder.is_dir():
        folder = folder.resolve()
        if not (folder / ".git").exists() and not (folder / "HEAD").is_file():
            raise NotFound("fetch.no_repository", path=str(folder))
        return str(folder)
    if text.startswith(("/", "./", "../", "~/")):
        raise NotFound("argument.missing", path=text[:200])
    if _SHORT.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("https", "ssh") and re.fullmatch(_HOST, parts.netloc.rpartition(":")[0] or parts.netloc)
    except ValueError:
        good = None
    if not good or parts.password or re.search(r"[\s\x00-\x1f]", text) or parts.path.startswith("/-"):
        raise Invalid("fetch.address", where="source", value=text[:200])
    return text


def fetch(repository: Repository, place: str, ref: str = "HEAD") -> str:
    """Bring everything that `ref` of the repository at `place` reaches into this one, whose refs stay as they are.

    Returns the commit. Raises GitFailed with git's words where that repository can't be read or is empty.
    """
    command = GitCommand(repository.git_dir)
    command.run(
        *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
        *("--", place, f"+{ref}:{_INTO}"),
        environment={"GIT_ALLOW_PROTOCOL": _PROTOCOLS},
        seconds=SECONDS,
    )
    id = (command.folder() / _INTO).read_text("ascii").strip()
    if not HEX.fullmatch(id):
        raise GitFailed(command="fetch", status=0, reason="no commit")
    repository.commit(id)
    return id
