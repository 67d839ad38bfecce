"""The whole wiki in one file, and back: pages with all their history, suggestions, accounts, settings and key.

The file is a tar: `manifest.json` first, which says what follows with sizes and SHA-256; `content.bundle`, a git bundle of
all refs; `accounts.sqlite3`, see `wiki.accounts.backup`; and `instance/…`. What is derived is left out. A backup may be
made while the wiki is served: refs are noted at one moment, under the writers' lock, and objects only ever get more.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from wiki import __version__
from wiki.accounts import backup as accounts_backup
from wiki.bootstrap import RESTORING, Wiki
from wiki.config import Config, load
from wiki.database import open_database
from wiki.errors import Conflict, Invalid, Unavailable
from wiki.storage.bundle import read_bundle, set_refs, write_bundle
from wiki.storage.references import HEX, is_ref_name
from wiki.storage.repository import Repository
from wiki.storage.workplace import put, workplace
from wiki.storage.writer import Writer, init

FORMAT = 1
KIND = "movement-tech-wiki"
MANIFEST, BUNDLE, ACCOUNTS, INSTANCE = "manifest.json", "content.bundle", "accounts.sqlite3", "instance"
MANIFEST_LARGEST = 10_000_000
BRANCHES = "refs/heads/"
RESTORED_BRANCH = f"{BRANCHES}restored"
SETTLING = "settling.json"
_LEFT_OUT = (".lock", ".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")

Told = Callable[[str], None]
"""Told what is being done: "content", "accounts", "writing", "verifying"."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup. `head` is the commit the pages stand at, `branch` the ref HEAD named ("" if none)."""

    made: datetime
    engine: str
    head: str
    branch: str
    files: dict[str, tuple[int, str]]

    @property
    def size(self) -> int:
        """Bytes of all that is in it."""
        return sum(size for size, _ in self.files.values())


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup has become: the commit the pages stand at, and the number of accounts."""

    head: str
    accounts: int


def write_backup(wiki: Wiki, file: Path, told: Told = lambda step: None) -> Backup:
    """Write a backup into a new file that its owner alone may read, and verify it.

    Raises Conflict("backup.exists"), Unavailable("backup.unwritable") and what storage and database raise.
    """
    if file.exists():
        raise Conflict("backup.exists", file=str(file))
    with _reporting(file), workplace(file.absolute().parent, ".movement-wiki-backup-") as work:
        told("accounts")
        # Before the pages: a draft's base is then among the commits that follow.
        accounts_backup.dump(wiki.accounts.database, work / ACCOUNTS)
        told("content")
        with wiki.writer.lock():
            refs, head = wiki.repository.refs("refs/"), wiki.repository.head()
            branch = wiki.repository.branch() or ""
        write_bundle(wiki.repository, work / BUNDLE, refs, head)
        parts = {BUNDLE: work / BUNDLE, ACCOUNTS: work / ACCOUNTS, **_instance_files(wiki.config.instance_dir)}
        told("writing")
        files = {name: _measure(part) for name, part in parts.items()}
        backup = Backup(wiki.clock(), __version__, head, branch, files)
        draft = work / "backup.tar"
        _pack(draft, backup, parts)
        told("verifying")
        _verify(draft, work / "verified")
        try:
            put(draft, file)
        except FileExistsError:
            raise Conflict("backup.exists", file=str(file))
    return backup


def restore_backup(config: Config, file: Path, told: Told = lambda step: None) -> Restored:
    """Make the wiki of a backup in the empty home of `config`. What is derived is the caller's to make.

    Nothing is there before all of it is: a backup that proves damaged leaves the home as it was. Raises
    Conflict("backup.not_empty"), Invalid("backup.…" or "bundle.damaged").
    """
    config.home.mkdir(parents=True, exist_ok=True)
    with _reporting(file), workplace(config.home, RESTORING, left=partial(_left_by_killed, config)) as stage:
        _require_empty(config)
        told("verifying")
        backup = _unpack(file, stage)
        staged = load(stage)
        told("content")
        repository = _restore_content(staged, backup, stage / BUNDLE)
        repository.close()
        told("accounts")
        # A wiki whose accounts lie in a database elsewhere gets them there, where nobody may be yet.
        database = open_database(staged.database_url)
        try:
            count = accounts_backup.restore(database, stage / ACCOUNTS)
        except Conflict:
            raise Conflict("backup.accounts_not_empty")
        finally:
            database.close()
        _settle(config, stage)
    return Restored(repository_head(config), count)


def repository_head(config: Config) -> str:
    """The commit that the content of a configuration stands at."""
    return Repository(config.content_dir).head()


# Writing


def _instance_files(instance: Path) -> dict[str, Path]:
    """Settings, key and templates of the installation; not what lives (accounts, locks)."""
    found = {}
    for file in sorted(instance.rglob("*")):
        if file.is_file() and not file.is_symlink() and not file.name.endswith(_LEFT_OUT):
            found[f"{INSTANCE}/{file.relative_to(instance).as_posix()}"] = file
    return found


def _measure(file: Path) -> tuple[int, str]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return file.stat().st_size, digest


def _pack(draft: Path, backup: Backup, parts: dict[str, Path]) -> None:
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "engine": backup.engine,
        "made": backup.made.isoformat(timespec="seconds"),
        "head": backup.head,
        "branch": backup.branch,
        "files": {name: {"size": size, "sha256": digest} for name, (size, digest) in backup.files.items()},
    }
    text = draft.with_name(MANIFEST)
    text.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    with draft.open("xb") as stream:
        os.fchmod(stream.fileno(), stat.S_IRUSR | stat.S_IWUSR)
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name, part in {MANIFEST: text, **parts}.items():
                archive.add(part, name, recursive=False, filter=_anonymous)
        stream.flush()
        os.fsync(stream.fileno())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _verify(draft: Path, folder: Path) -> None:
    """Read back what was written, and see that git finds everything in it."""
    folder.mkdir()
    _unpack(draft, folder)
    read_bundle(init(folder / "content"), folder / BUNDLE)


# Reading


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        # Numbers in headers are read by tarfile as they are needed, and not all of them guarded.
        raise Invalid("backup.damaged", reason=str(error)) from error


def _manifest(archive: tarfile.TarFile) -> Backup:
    member = archive.next()
    if member is None or member.name != MANIFEST or not member.isreg() or member.size > MANIFEST_LARGEST:
        raise Invalid("backup.foreign")
    stream = archive.extractfile(member)
    assert stream is not None
    try:
        manifest: dict[str, Any] = json.loads(stream.read())
        if manifest["kind"] != KIND:
            raise Invalid("backup.foreign")
        if manifest["format"] > FORMAT:
            raise Invalid("backup.newer", version=str(manifest["engine"]))
        files = {str(name): (int(part["size"]), str(part["sha256"])) for name, part in manifest["files"].items()}
        made = datetime.fromisoformat(manifest["made"])
        head, branch = str(manifest["head"]), str(manifest["branch"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Invalid("backup.foreign")
    named = not branch or (branch.startswith(BRANCHES) and is_ref_name(branch))
    whole = {BUNDLE, ACCOUNTS} <= files.keys() and all(_is_ours(name) for name in files)
    if not named or not whole or not HEX.fullmatch(head):
        raise Invalid("backup.foreign")
    return Backup(made, str(manifest["engine"]), head, branch, files)


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    inside = parts[:1] == (INSTANCE,) and len(parts) > 1 and ".." not in parts and str(PurePosixPath(*parts)) == name
    return name in (BUNDLE, ACCOUNTS) or (inside and _is_file_name(name))


def _is_file_name(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _unpack(file: Path, folder: Path) -> Backup:
    """Put the parts of a backup into a folder, each compared with what the manifest says of it."""
    with _opened(file) as archive:
        backup = _manifest(archive)
        if backup.size > file.stat().st_size:
            # Nothing is packed in it, so it holds less than it is; a file that says it is mostly holes would fill the disk.
            raise Invalid("backup.damaged", reason="It is smaller than what it says it holds.")
        missing = set(backup.files)
        while (member := archive.next()) is not None:
            if member.name not in missing or not member.isreg():
                raise Invalid("backup.damaged", reason=f"{member.name[:200]} does not belong into it.")
            missing.discard(member.name)
            stream = archive.extractfile(member)
            assert stream is not None
            if (
                member.size != backup.files[member.name][0]
                or _extract(stream, folder / member.name) != (backup.files[member.name])
            ):
                raise Invalid("backup.damaged", reason=f"{member.name[:200]} is not what it was.")
    if missing:
        raise Invalid("backup.damaged", reason=f"{min(missing)[:200]} is missing.")
    return backup


def _extract(stream: IO[bytes], file: Path) -> tuple[int, str]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        while block := stream.read(1 << 20):
            digest.update(block)
            target.write(block)
        size = target.tell()
        target.flush()
        os.fsync(target.fileno())
    return size, digest.hexdigest()


# Restoring


def _require_empty(config: Config) -> None:
    for folder in (config.content_dir, config.instance_dir):
        present = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        # The product's own repository keeps a README in the folder for the pages; locks say nothing.
        if any(name != "README.md" and not name.endswith(".lock") for name in present):
            raise Conflict("backup.not_empty", path=str(folder))


def _restore_content(config: Config, backup: Backup, bundle: Path) -> Repository:
    # Where HEAD was on no branch, what it stood at gets one: saving needs it.
    branch = backup.branch or RESTORED_BRANCH
    repository = init(config.content_dir, branch.removeprefix(BRANCHES))
    refs = read_bundle(repository, bundle)
    refs.setdefault(branch, backup.head)
    top = refs.pop(branch)
    set_refs(repository, refs)
    # The product's README in this folder is no page.
    exclude = repository.git_dir / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/README.md\n", "utf-8")
    Writer(repository, config.instance_dir / "write.lock").update_ref(branch, top, None)
    return repository


def _settle(config: Config, stage: Path) -> None:
    """Move what is ready into the home, all or nothing; a repository last, since it makes the wiki one."""
    ready = [
        entry.relative_to(stage)
        for name in (INSTANCE, config.content_dir.name)
        for entry in sorted((stage / name).iterdir(), key=lambda entry: entry.name == ".git")
        if not entry.name.endswith(".lock")
    ]
    (stage / SETTLING).write_text(json.dumps([str(place) for place in ready]))
    try:
        config.instance_dir.mkdir(mode=0o700, exist_ok=True)
        config.content_dir.mkdir(exist_ok=True)
        for place in ready:
            shutil.move(stage / place, config.home / place)
    except BaseException:
        _take_back(config, stage)
        raise


def _left_by_killed(config: Config, stage: Path) -> None:
    """What a restore that was killed has put in place is no wiki without the repository, and in the way of the next."""
    if (stage / SETTLING).is_file() and not (config.content_dir / ".git").exists():
        _take_back(config, stage)


def _take_back(config: Config, stage: Path) -> None:
    for name in json.loads((stage / SETTLING).read_text()):
        place = config.home / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


@contextmanager
def _reporting(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Unavailable("backup.unreadable", file=str(error.filename or file), reason=error.strerror) from error
    except OSError as error:
        raise Unavailable("backup.unwritable", file=str(error.filename or file), reason=error.strerror) from error
