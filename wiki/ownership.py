"""Files of the wiki that another user of the machine has made, such as root by `sudo git commit`: found, and given back."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wiki.accounts.secret import FILE_NAME
from wiki.config import Config
from wiki.errors import WikiError

if TYPE_CHECKING:
    from wiki.bootstrap import Wiki

ROOT = 0


def barred(wiki: Wiki) -> Iterator[Path]:
    """What the wiki has to write and may not: of each of its folders the first such place."""
    config = wiki.config
    accounts = () if wiki.door.file is None else (wiki.door.file,)
    for places in (
        (config.content_dir, *_of_git(wiki)),
        (config.index_dir, *_entries(config.index_dir)),
        (config.instance_dir, *_kept(config), *accounts),
    ):
        if place := next((place for place in places if not os.access(place, os.W_OK) and place.exists()), None):
            yield place


def user_name(number: int) -> str:
    """What the machine calls this user."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def give_back(config: Config) -> int:
    """Give what root owns of the wiki to the user whose wiki it is, and return how many files and folders that were.

    Whose it is says the key, which nobody else can read, else the folder. Settings and templates stay whose they are: a
    server that may not write them is what some owners want. Does nothing but for root.
    """
    owner = _owner(config) if os.geteuid() == ROOT else None
    if owner is None:
        return 0
    given = 0
    for folder in (config.content_dir, config.index_dir):
        # By open folders, not by names: what is put in the place of one meanwhile leads nowhere else.
        for _, folders, files, handle in os.fwalk(folder) if folder.is_dir() else ():
            given += sum(_give(name, handle, owner) for name in (".", *folders, *files))
    if config.instance_dir.is_dir():
        handle = os.open(config.instance_dir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            given += sum(_give(name, handle, owner) for name in (".", *(file.name for file in _kept(config))))
        finally:
            os.close(handle)
    return given


def _of_git(wiki: Wiki) -> Iterator[Path]:
    git = wiki.repository.git_dir
    branch = None
    with suppress(WikiError):
        branch = wiki.repository.branch()
    for place in ("", "objects", "refs", "refs/heads", "refs/suggestions", "logs", "logs/HEAD"):
        yield git / place
    if branch:
        yield from ((git / branch).parent, git / "logs" / branch)
    yield from _entries(git / "objects")


def _kept(config: Config) -> Iterator[Path]:
    """What the wiki itself makes in the folder of the installation."""
    for file in _entries(config.instance_dir):
        if file.name == FILE_NAME or ".sqlite3" in file.name or file.suffix == ".lock":
            yield file


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _owner(config: Config) -> tuple[int, int] | None:
    for place in (config.instance_dir / FILE_NAME, config.home):
        with suppress(OSError):
            found = place.stat()
            if found.st_uid != ROOT:
                return found.st_uid, found.st_gid
    return None


def _give(name: str, folder: int, owner: tuple[int, int]) -> bool:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        # What has another name elsewhere is not the wiki's alone.
        if found.st_uid != ROOT or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
            return False
        os.chown(name, *owner, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return True
