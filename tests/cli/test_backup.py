"""The whole wiki in one file, and back."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sqlite3
import tarfile
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import BEN, git
from wiki.bootstrap import Wiki, open_wiki
from wiki.config import load
from wiki.editing.edit import Edit, Write
from wiki.pages.path import PagePath
from wiki.storage.workplace import workplace

PASSWORD = "a long walk by the river"


@pytest.fixture
def saved(run: Run, story_home: Path, tmp_path: Path) -> Path:
    """A backup of the story wiki, with an account, a setting and a suggestion."""
    run("user", "add", "ada", "--role", "admin", "--password-stdin", given=f"{PASSWORD}\n")
    (story_home / "instance" / "wiki.toml").write_text('[accounts]\nsign_up = "closed"\n')
    (story_home / "instance" / "templates").mkdir()
    (story_home / "instance" / "templates" / "own.html").write_text("ours")
    git(story_home / "content", "update-ref", "refs/suggestions/1/head", "HEAD~1")
    file = tmp_path / "wiki.backup"
    run("backup", str(file))
    return file


def refs(home: Path) -> str:
    return git(home / "content", "for-each-ref", "--format=%(refname) %(objectname)")


def test_a_restored_wiki_is_the_same_wiki(run: Run, run_in: Run, saved: Path, story_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "restored"
    assert "Accounts: 1." in run_in(home, "restore", str(saved)).out
    assert refs(home) == refs(story_home)
    assert git(home / "content", "rev-parse", "HEAD") == git(story_home / "content", "rev-parse", "HEAD")
    assert git(home / "content", "status", "--porcelain") == ""
    assert git(home / "content", "fsck", "--full") == ""
    for name in ("secret.key", "wiki.toml", "templates/own.html"):
        assert (home / "instance" / name).read_bytes() == (story_home / "instance" / name).read_bytes()
    assert run_in(home, "user", "list", "--json").out == run("user", "list", "--json").out
    assert json.loads(run_in(home, "reindex", "--json").out)["current"] is True
    assert "All is well." in run_in(home, "doctor").out


def test_nobody_else_on_the_machine_can_read_a_backup_or_what_it_becomes(
    run_in: Run, saved: Path, tmp_path: Path
) -> None:
    run_in(tmp_path / "restored", "restore", str(saved))
    instance = tmp_path / "restored" / "instance"
    for file in (saved, instance / "secret.key", instance / "wiki.toml", instance / "accounts.sqlite3"):
        assert file.stat().st_mode & 0o077 == 0, file
    assert instance.stat().st_mode & 0o077 == 0


def test_a_restored_wiki_can_be_saved_to_and_backed_up_again(run_in: Run, saved: Path, tmp_path: Path) -> None:
    home = tmp_path / "restored"
    run_in(home, "restore", str(saved))
    (home / "content" / "tips" / "new.md").write_text("# New\n")
    git(home / "content", "add", "-A")
    git(home / "content", "commit", "-q", "-m", "New")
    run_in(home, "backup", str(tmp_path / "second.backup"))
    run_in(tmp_path / "third", "restore", str(tmp_path / "second.backup"))
    assert (tmp_path / "third" / "content" / "tips" / "new.md").read_text() == "# New\n"


def test_nothing_is_written_over(run: Run, run_in: Run, saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    assert "there already" in run("backup", str(saved), code=5).err
    assert saved.read_bytes() == before
    assert "something at" in run("restore", str(saved), code=5).err
    (tmp_path / "other" / "content").mkdir(parents=True)
    (tmp_path / "other" / "content" / "mine.md").write_text("mine")
    run_in(tmp_path / "other", "restore", str(saved), code=5)


def test_a_checkout_of_the_product_counts_as_empty(run_in: Run, saved: Path, tmp_path: Path) -> None:
    content = tmp_path / "checkout" / "content"
    content.mkdir(parents=True)
    (content / "README.md").write_text("The live pages")
    run_in(tmp_path / "checkout", "restore", str(saved))
    assert git(content, "status", "--porcelain") == ""


def rewritten(saved: Path, target: Path, change: str) -> Path:
    """A backup with one thing changed about it."""
    with tarfile.open(saved) as source, tarfile.open(target, "w") as archive:
        for member in source:
            stream = source.extractfile(member)
            assert stream
            data = stream.read()
            if change == f"cut {member.name}":
                continue
            if change == f"touch {member.name}":
                data = data[:-1] + bytes([data[-1] ^ 1])
            if member.name == "manifest.json" and change in EDITS:
                data = EDITS[change](json.loads(data))
            if member.name == "content.bundle":
                member.pax_headers = HEADERS.get(change, {})
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        if change in ADDED:
            name, kind = ADDED[change]
            added = tarfile.TarInfo(name)
            added.type, added.linkname = kind, "/etc/passwd"
            archive.addfile(added, io.BytesIO())
    return target


def _edit(**changes: object):  # type: ignore[no-untyped-def]
    return lambda manifest: json.dumps({**manifest, **changes}).encode()


ADDED = {
    "add a way out": ("../escaped", tarfile.REGTYPE),
    "add an absolute name": ("/tmp/escaped", tarfile.REGTYPE),
    "add a name twice": ("instance/secret.key", tarfile.REGTYPE),
    "add a symbolic link": ("instance/secret.key", tarfile.SYMTYPE),
    "add a hard link": ("instance/wiki.toml", tarfile.LNKTYPE),
    "add a device": ("instance/null", tarfile.CHRTYPE),
}
HEADERS = {"a length in letters": {"GNU.sparse.size": "x"}}
EDITS = {
    "newer": _edit(format=99, engine="9.0"),
    "foreign": _edit(kind="something else"),
    "head an option": _edit(head="--output=x"),
    "branch a way out": _edit(branch="refs/heads/../../x"),
    "name a way out": lambda manifest: json.dumps(
        {**manifest, "files": {**manifest["files"], "instance/../../x": {"size": 0, "sha256": ""}}}
    ).encode(),
    "name absolute": lambda manifest: json.dumps(
        {**manifest, "files": {**manifest["files"], "/tmp/x": {"size": 0, "sha256": ""}}}
    ).encode(),
    "name no disk has": lambda manifest: json.dumps(
        {**manifest, "files": {**manifest["files"], "instance/\0": {"size": 0, "sha256": ""}}}
    ).encode(),
    "more than it holds": lambda manifest: json.dumps(
        {**manifest, "files": {**manifest["files"], "instance/x": {"size": 1 << 50, "sha256": ""}}}
    ).encode(),
    "numbers without end": lambda manifest: json.dumps({**manifest, "files": {"x": {"size": float("inf")}}}).encode(),
    "depth without end": lambda manifest: b"[" * 1_000_000,
    "no json": lambda manifest: b"[1",
    "no mapping": lambda manifest: b"[]",
}


@pytest.mark.parametrize(
    "change",
    [
        "touch content.bundle", "touch accounts.sqlite3", "touch instance/secret.key", "cut content.bundle",
        "cut instance/secret.key", "cut manifest.json", *ADDED, *HEADERS, *EDITS,
    ],
)  # fmt: skip
def test_a_backup_that_is_not_whole_restores_nothing(run_in: Run, saved: Path, tmp_path: Path, change: str) -> None:
    broken = rewritten(saved, tmp_path / "broken.backup", change)
    result = run_in(tmp_path / "restored", "restore", str(broken), code=2)
    assert "Traceback" not in result.err and "?" not in result.err
    assert list((tmp_path / "restored").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 10_000])
def test_another_file_is_no_backup(run_in: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    run_in(tmp_path / "restored", "restore", str(tmp_path / "x"), code=2)
    run_in(tmp_path / "restored", "restore", str(tmp_path / "not-there"), code=4)


def test_damage_in_the_wiki_is_found_when_it_is_backed_up(run: Run, story_home: Path, tmp_path: Path) -> None:
    blob = git(story_home / "content", "rev-parse", "HEAD:about.md")
    (story_home / "content" / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    run("backup", str(tmp_path / "wiki.backup"), code=7)
    assert [file for file in tmp_path.iterdir() if "backup" in file.name] == []


def test_what_a_killed_backup_or_restore_has_left_is_gone_after_the_next(
    run: Run, run_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are accounts in it, and the key."""
    monkeypatch.setattr("wiki.storage.workplace._NEW_SECONDS", -1.0)
    home, file = tmp_path / "restored", tmp_path / "wiki.backup"
    home.mkdir()
    left = tmp_path / ".movement-wiki-backup-left", home / ".movement-wiki-restore-left"
    for place in left:
        (place / "verified").mkdir(parents=True)
    with workplace(tmp_path, ".movement-wiki-backup-") as of_another:
        run("backup", str(file))
        assert of_another.is_dir()
    run_in(home, "restore", str(file))
    assert not any(place.exists() for place in (*left, of_another))
    assert [*tmp_path.glob(".*"), *home.glob(".*")] == []


def test_a_restore_that_finds_no_room_says_so_and_is_all_or_nothing(
    run_in: Run, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "restored"
    moves: list[Path] = []

    def full(source: Path, target: Path) -> None:
        if target.name == ".git":
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        moves.append(target)
        source.rename(target)

    with monkeypatch.context() as patch:
        patch.setattr("wiki.backup.shutil.move", full)
        assert "No space left" in run_in(home, "restore", str(saved), code=7).err
    assert len(moves) > 3 and not [place for place in moves if place.exists()]

    def no_room(wiki: Wiki, *arguments: object, **options: object) -> None:
        sqlite3.connect(tmp_path / "nowhere" / "catalog.sqlite3")

    with monkeypatch.context() as patch:
        patch.setattr(Wiki, "catch_up", no_room)
        told = run_in(home, "restore", str(saved), code=7)
    assert "The wiki is back" in told.out
    assert "can't be brought up to date: unable to open" in told.err and "Traceback" not in told.err
    run_in(home, "doctor")
    assert "All is well." in run_in(home, "doctor").out


def test_a_restore_killed_as_it_puts_things_in_place_leaves_no_half_wiki_and_the_next_one_is_whole(
    run_in: Run, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.workplace._NEW_SECONDS", -1.0)
    home = tmp_path / "restored"
    for last in ("secret.key", "about.md", ".git"):

        def move(source: Path, target: Path, last: str = last) -> None:
            if target.name == last:
                os._exit(9)
            source.rename(target)

        if not (process := os.fork()):
            try:
                monkeypatch.setattr("wiki.backup.shutil.move", move)
                run_in(home, "restore", str(saved), code=None)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9
        assert "restore it once more" in run_in(home, "init", code=5).err
    run_in(home, "restore", str(saved))
    assert "ada" in run_in(home, "user", "list").out and git(home / "content", "status", "--porcelain") == ""
    assert "All is well." in run_in(home, "doctor").out
    assert not [*home.glob(".*")] and not run_in(home, "init").err


def test_a_folder_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    assert "nowhere" in run("backup", str(tmp_path / "nowhere" / "wiki.backup"), code=7).err


def test_a_backup_made_while_people_save_is_one_whole_moment(
    story_home: Path, run: Run, run_in: Run, tmp_path: Path
) -> None:
    wiki = open_wiki(load(story_home, {}))
    saved: list[str] = []
    stop = threading.Event()

    def save() -> None:
        while not stop.is_set():
            path = PagePath(f"tips/saved-{len(saved)}")
            done = wiki.editor.apply(Write((Edit(path, "", "# Saved\n"),), "Save", BEN))
            saved.append(done.revision)

    saving = threading.Thread(target=save)
    saving.start()
    try:
        run("backup", str(tmp_path / "wiki.backup"))
    finally:
        stop.set()
        saving.join()
        wiki.close()
    home = tmp_path / "restored"
    run_in(home, "restore", str(tmp_path / "wiki.backup"))
    head = git(home / "content", "rev-parse", "HEAD")
    assert saved and head in git(story_home / "content", "rev-list", "HEAD").splitlines()
    assert git(home / "content", "fsck", "--full") == ""


def test_accounts_that_lie_elsewhere_are_restored_there_if_nobody_is_there(
    run: Run, run_in: Run, saved: Path, story_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite3"
    monkeypatch.setenv("WIKI_DATABASE__URL", f"sqlite:///{elsewhere}")
    run_in(tmp_path / "restored", "restore", str(saved))
    assert "ada" in run_in(tmp_path / "restored", "user", "list").out
    assert not (tmp_path / "restored" / "instance" / "accounts.sqlite3").exists()
    result = run_in(tmp_path / "another", "restore", str(saved), code=5)
    assert "holds accounts already" in result.err
    assert list((tmp_path / "another").iterdir()) == []
    monkeypatch.setenv("WIKI_DATABASE__URL", f"sqlite:///{elsewhere}")
    run_in(tmp_path / "restored", "backup", str(tmp_path / "second.backup"))


def test_a_wiki_on_no_branch_comes_back_on_one(run: Run, run_in: Run, story_home: Path, tmp_path: Path) -> None:
    git(story_home / "content", "checkout", "-q", "--detach", "HEAD~1")
    run("backup", str(tmp_path / "wiki.backup"))
    home = tmp_path / "restored"
    run_in(home, "restore", str(tmp_path / "wiki.backup"))
    assert git(home / "content", "rev-parse", "HEAD") == git(story_home / "content", "rev-parse", "HEAD")
    assert git(home / "content", "symbolic-ref", "HEAD") == "refs/heads/restored"
    shutil.rmtree(home)


def test_a_backup_goes_onto_a_memory_stick_and_takes_nobodys_place_there(
    run: Run, run_in: Run, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: Path, target: Path) -> None:
        if Path(target).exists():
            raise FileExistsError(target)
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", link)
    file = tmp_path / "stick.backup"
    run("backup", str(file))
    assert list(tmp_path.glob(".*")) == []
    run("backup", str(file), code=5)
    assert "Accounts: 1." in run_in(tmp_path / "restored", "restore", str(file)).out
