"""Moving refs without git, in the midst of gits that move, pack and read them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from gitrepo import NOON, ROSA, commit_files, git
from test_work_tree import save

from wiki.errors import Unavailable, WikiError
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer

ROOT = Path(__file__).parents[2]
# Saves a page and kills itself at the given place of moving the ref.
KILLED = """import os, sys, signal
from datetime import UTC, datetime
from pathlib import Path
from wiki.storage import ref_files
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer
folder, lock, place = sys.argv[1:]
real = {"link": os.link, "replace": Path.replace}
def die(*arguments): os.kill(os.getpid(), signal.SIGKILL)
def linked(source, target):
    real["link"](source, target)
    if str(target).endswith("main.lock"): die()
def replaced(self, target):
    done = real["replace"](self, target)
    if str(target).endswith("heads/main"): die()
    return done
if place == "locked": os.link = linked
if place == "logged": ref_files.RefFiles._log = lambda self, name, line: name == "HEAD" and die()
if place == "moved": Path.replace = replaced
repository = Repository(Path(folder))
Writer(repository, Path(lock)).commit({"killed.md": b"x"}, base=repository.head(), message="x",
    author=Person("x", "x"), when=datetime(2026, 3, 11, tzinfo=UTC))
"""


def test_git_finds_every_move_in_its_logs(folder: Path, repository: Repository, writer: Writer) -> None:
    first = repository.head()
    second = save(writer, repository, tips__email_md="one\n")
    assert git(folder, "rev-parse", "HEAD@{0}", "HEAD@{1}", "main@{1}").split() == [second, first, first]
    assert git(folder, "reflog", "-1", "--format=%gs %gn").strip() == "Save wiki"
    writer.update_ref("refs/suggestions/1/head", second, None)
    assert git(folder, "reflog", "--format=%H", "refs/suggestions/1/head").strip() == second
    assert git(folder, "fsck", "--strict") == ""


def test_a_ref_among_the_packed_ones_is_moved_and_a_new_one_made(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    writer.update_ref("refs/suggestions/1/head", repository.head(), None)
    git(folder, "pack-refs", "--all", "--prune")
    assert not (folder / ".git/refs/heads/main").exists()
    new = save(writer, repository, tips__email_md="one\n")
    writer.update_ref("refs/suggestions/1/head", new, git(folder, "rev-parse", "HEAD~1").strip())
    writer.update_ref("refs/suggestions/2/head", new, None)
    assert git(folder, "rev-parse", "main", "refs/suggestions/1/head", "refs/suggestions/2/head").split() == [new] * 3
    writer.delete_ref("refs/suggestions/1/head", new)
    assert git(folder, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", "refs/suggestions/2/head"]


def test_refs_that_are_packed_while_saves_are_made_lose_nothing(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    stop = threading.Event()

    def pack() -> None:
        while not stop.is_set():
            git(folder, "pack-refs", "--all", "--prune", check=False)

    thread = threading.Thread(target=pack)
    thread.start()
    try:
        saved = [save(writer, repository, tips__email_md=f"{number}\n") for number in range(60)]
    finally:
        stop.set()
        thread.join()
    assert git(folder, "rev-list", "--reverse", "main").split()[-60:] == saved
    assert git(folder, "status", "--porcelain") == ""


def test_a_symbolic_ref_is_left_to_git(folder: Path, repository: Repository, writer: Writer) -> None:
    head = repository.head()
    git(folder, "symbolic-ref", "refs/suggestions/latest", "refs/suggestions/1/head")
    git(folder, "update-ref", "refs/suggestions/1/head", head)
    new = save(writer, repository, tips__email_md="one\n")
    writer.update_ref("refs/suggestions/latest", new, head)
    assert git(folder, "rev-parse", "refs/suggestions/1/head").strip() == new
    assert git(folder, "symbolic-ref", "refs/suggestions/latest").strip() == "refs/suggestions/1/head"


@pytest.mark.parametrize("packed", [False, True])
def test_a_ref_named_like_a_folder_of_another_is_refused(
    folder: Path, repository: Repository, writer: Writer, packed: bool
) -> None:
    head = repository.head()
    writer.update_ref("refs/suggestions/1/head", head, None)
    if packed:
        git(folder, "pack-refs", "--all", "--prune")
    for ref in ("refs/suggestions/1", "refs/suggestions/1/head/below"):
        with pytest.raises(WikiError):
            writer.update_ref(ref, head, None)
    assert git(folder, "for-each-ref", "--format=%(refname)", "refs/suggestions").split() == ["refs/suggestions/1/head"]


def test_a_name_that_was_a_folder_once_can_be_a_ref_again(folder: Path, repository: Repository, writer: Writer) -> None:
    head = repository.head()
    writer.update_ref("refs/suggestions/1/head", head, None)
    writer.delete_ref("refs/suggestions/1/head", head)
    (folder / ".git/refs/suggestions/1").mkdir(parents=True, exist_ok=True)
    writer.update_ref("refs/suggestions/1", head, None)
    assert git(folder, "rev-parse", "refs/suggestions/1").strip() == head


def test_a_ref_that_another_git_moves_while_we_wait_for_its_lock_is_not_overwritten(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    base = repository.head()
    lock = folder / ".git/refs/heads/main.lock"
    lock.write_bytes(b"")
    theirs = git(folder, "commit-tree", "-m", "Theirs", "-p", base, "HEAD^{tree}").strip()

    def finish() -> None:
        lock.write_text(f"{theirs}\n")
        lock.replace(folder / ".git/refs/heads/main")

    threading.Timer(0.2, finish).start()
    with pytest.raises(RefMoved) as caught:
        writer.commit({"x.md": b"x"}, base=base, message="x", author=ROSA, when=NOON)
    assert caught.value.params["current"] == theirs
    assert repository.head() == theirs
    assert not lock.exists()


@pytest.mark.parametrize(("place", "is_saved"), [("locked", False), ("logged", False), ("moved", True)])
def test_a_process_killed_while_it_moves_the_branch_keeps_nobody_waiting(
    folder: Path,
    repository: Repository,
    writer: Writer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    is_saved: bool,
) -> None:
    monkeypatch.setattr("wiki.storage.ref_moves.REF_PATIENCE", 0.5)
    writer.put_right()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(tmp_path / "instance/content.lock"), place],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (git(folder, "log", "--format=%s", "-1").strip() == "x") == is_saved
    new = save(writer, repository, tips__email_md="one\n")
    assert repository.head() == new
    assert ("killed.md" in git(folder, "ls-tree", "-r", "--name-only", "HEAD")) == is_saved
    Writer(repository, tmp_path / "instance/content.lock").put_right()
    assert not list((folder / ".git").glob("**/*.lock")) and not list((folder / ".git").glob("movement-wiki.ref-*"))
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_a_lock_that_another_living_process_of_ours_holds_is_not_taken_away(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers on one repository that don't share their own lock still keep out of each other's way."""
    monkeypatch.setattr("wiki.storage.ref_moves.REF_PATIENCE", 0.2)
    with subprocess.Popen(["sleep", "60"]) as other:
        draft = folder / f".git/movement-wiki.ref-{other.pid}-1"
        draft.write_text("x")
        os.link(draft, folder / ".git/refs/heads/main.lock")
        with pytest.raises(Unavailable):
            save(writer, repository, tips__email_md="one\n")
        other.kill()
    save(writer, repository, tips__email_md="one\n")
    assert commit_files(folder, "Theirs", tips__sms_md="x\n") == repository.head()
