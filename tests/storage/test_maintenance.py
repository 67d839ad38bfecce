from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import filelock
import pytest
from gitrepo import NOON, ROSA, git

from wiki.storage.command import GitCommand
from wiki.storage.integrity import mend_packs
from wiki.storage.maintenance import is_crowded, maintain
from wiki.storage.quarantine import KEPT
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer


def loose(folder: Path) -> int:
    return sum(len(os.listdir(each)) for each in (folder / ".git/objects").glob("??"))


def test_the_commit_graph_is_written_with_filters_for_paths(folder: Path, repository: Repository) -> None:
    assert maintain(repository)
    assert list((folder / ".git/objects/info/commit-graphs").glob("*.graph"))
    assert git(folder, "commit-graph", "verify") == ""
    assert maintain(repository)


def test_a_list_of_submodules_that_git_refuses_does_not_keep_the_commit_graph_from_being_written(
    folder: Path, repository: Repository
) -> None:
    (folder / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = a\n\tupdate = !true\n')
    git(folder, "add", ".gitmodules")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{repository.head()},x")
    git(folder, "commit", "-qm", "Another repository inside")
    assert maintain(repository)
    assert list((folder / ".git/objects/info/commit-graphs").glob("*.graph"))


def test_many_small_files_become_a_pack_while_saves_go_on(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.maintenance.MANY_LOOSE", 10)
    monkeypatch.setattr("wiki.storage.maintenance.MANY_REFS", 5)
    for number in range(10):
        writer.update_ref(f"refs/suggestions/{number}/head", repository.head(), None)
    working = threading.Event()

    def work() -> None:
        while not working.is_set():
            maintain(repository)

    thread = threading.Thread(target=work)
    thread.start()
    for number in range(25):
        base = repository.head()
        page = repository.read(base, "tips/email.md").data + b"%d\n" % number
        writer.commit({"tips/email.md": page}, base=base, message="Save", author=ROSA, when=NOON)
    working.set()
    thread.join()
    assert maintain(repository)
    assert loose(folder) < 30
    assert len(repository.refs("refs/suggestions/")) == 10
    assert repository.read(repository.head(), "tips/email.md").data.endswith(b"\n23\n24\n")
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_a_history_that_another_program_has_packed_badly_is_packed_anew_once(
    folder: Path, repository: Repository
) -> None:
    texts = [b"".join(b"%d line %d of %d\n" % (i * i * page, i, page) for i in range(200)) for page in range(8)]
    stream = [b"blob\nmark :9999\ndata 13\nnobody's yet\n\n"]
    for version in range(30):
        stream.append(b"commit refs/heads/main\ncommitter R <r@example.org> %d +0000\ndata 1\nx\n" % (1_000 + version))
        for page, text in enumerate(texts):
            data = text + b"version %d\n" % version
            stream.append(b"M 644 inline tips/%d.md\ndata %d\n%s\n" % (page, len(data), data))
    git(folder, "fast-import", "--quiet", "--force", given=b"".join(stream))
    packs = folder / ".git/objects/pack"
    before = sum(file.stat().st_size for file in packs.glob("*.pack"))
    # A server that was stopped while it did so begins again.
    (folder / ".git/movement-wiki.packed").write_bytes(b".")
    assert maintain(repository)
    after = {file.name: file.stat().st_size for file in packs.glob("*.pack")}
    assert sum(after.values()) < before / 2
    assert repository.read(repository.head(), "tips/3.md").data.endswith(b"version 29\n")
    assert repository.blob(git(folder, "hash-object", "--stdin", given=b"nobody's yet\n").strip())
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    git(folder, "repack", "-a", "-d", "-q", "-F", "--depth=1")
    again = {file.name for file in packs.glob("*.pack")}
    assert maintain(repository)
    assert {file.name for file in packs.glob("*.pack")} == again


def test_pipes_beside_the_packs_make_no_upkeep_wait(folder: Path, repository: Repository) -> None:
    git(folder, "repack", "-a", "-d", "-q")
    for name in ("movement-wiki.packed", "objects/pack/pack-x.pack"):
        os.mkfifo(folder / ".git" / name)
    assert maintain(repository) and mend_packs(repository) == []


def test_a_graph_of_commits_that_is_damaged_is_taken_away_and_made_again(folder: Path, repository: Repository) -> None:
    assert maintain(repository)
    graph = next((folder / ".git/objects/info/commit-graphs").glob("*.graph"))
    data = bytearray(graph.read_bytes())
    # Git looks at no checksum, and takes another folder for that of the commit.
    tree = data.index(bytes.fromhex(git(folder, "rev-parse", "HEAD^{tree}").strip()))
    data[tree : tree + 20] = bytes(20)
    graph.chmod(0o644)
    graph.write_bytes(data)
    assert [problem.code for problem in mend_packs(repository)] == ["storage.pack_index"]
    assert maintain(repository) and mend_packs(repository) == []
    git(folder, "clone", "--quiet", f"file://{folder}", str(folder.with_name("clone")))


def test_packing_never_takes_more_memory_than_a_small_server_has(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.maintenance.MANY_LOOSE", 1)
    asked: list[tuple[str, ...]] = []
    run = GitCommand.run

    def noted(command: GitCommand, *arguments: str, **options: Any) -> Any:
        asked.append(arguments)
        return run(command, *arguments, **options)

    monkeypatch.setattr(GitCommand, "run", noted)
    # First what lies about becomes a pack; the next time all of it is packed anew.
    assert maintain(repository)
    assert maintain(repository)
    packing = [arguments for arguments in asked if "repack" in arguments]
    assert len(packing) >= 2
    assert all("pack.windowMemory=16m" in arguments and "pack.threads=1" in arguments for arguments in packing)


def test_what_reads_lets_go_of_packs_that_are_gone(folder: Path, repository: Repository) -> None:
    git(folder, "repack", "-a", "-d", "-q")
    page = repository.read(repository.head(), "tips/email.md").data
    assert packs_in_use()
    git(folder, "commit", "-q", "--allow-empty", "-m", "More")
    git(folder, "repack", "-a", "-d", "-q")
    assert repository.blob(repository.read(repository.head(), "tips/email.md").id) == page
    assert not [pack for pack in packs_in_use() if pack.endswith("(deleted)")]


def packs_in_use() -> list[str]:
    """The packs that programs started by this process have before them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"\nPPid:\t{os.getpid()}\n" in (process / "status").read_text():
                lines = (process / "maps").read_text().splitlines()
                found += [line.split(None, 5)[5] for line in lines if ".pack" in line]
    return found


def test_objects_that_nothing_reaches_yet_are_kept(
    folder: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.maintenance.MANY_LOOSE", 1)
    id = git(folder, "hash-object", "-w", "--stdin", given=b"nobody's yet\n").strip()
    maintain(repository)
    assert repository.blob(id) == b"nobody's yet\n"


def test_what_a_killed_git_left_is_removed_after_a_day_and_keeps_nobody_out(
    folder: Path, repository: Repository
) -> None:
    assert maintain(repository)
    objects = folder / ".git/objects"
    names = ("tmp_obj_x", "pack/tmp_pack_x", "pack/.tmp-7-pack-x.pack", "pack/pack-x.keep")
    names += ("info/commit-graphs/commit-graph-chain.lock",)
    for name in names:
        (objects / name).write_bytes(KEPT if name.endswith(".keep") else b"x")
        os.utime(objects / name, (time.time() - 100_000,) * 2)
    somebodys = objects / "pack/pack-y.keep"
    somebodys.write_bytes(b"")
    os.utime(somebodys, (time.time() - 100_000,) * 2)
    half_a_push = objects / "movement-wiki-push-x"
    (half_a_push / "pack").mkdir(parents=True)
    os.utime(half_a_push, (time.time() - 100_000,) * 2)
    fresh = objects / "tmp_obj_new"
    fresh.write_bytes(b"x")
    git(folder, "commit", "-q", "--allow-empty", "-m", "More")
    assert maintain(repository)
    assert [name for name in (*names, half_a_push.name) if (objects / name).exists()] == []
    assert fresh.exists() and somebodys.exists()
    assert git(folder, "commit-graph", "verify") == ""


@pytest.mark.parametrize("old", [-50_000, 50_000], ids=["it was killed", "the clock was set back"])
def test_somebodys_own_gc_is_left_alone_until_its_mark_is_old(folder: Path, repository: Repository, old: int) -> None:
    mark = folder / ".git/gc.pid"
    mark.write_text("4711 elsewhere")
    assert maintain(repository) is False
    os.utime(mark, (time.time() + old,) * 2)
    assert maintain(repository) is True


def test_hundreds_of_saves_leave_a_bounded_number_of_files(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.maintenance.MANY_LOOSE", 40)
    for number in range(120):
        base = repository.head()
        page = b"# Email\n\nVersion %d.\n" % number
        writer.commit({"tips/email.md": page}, base=base, message="Save", author=ROSA, when=NOON)
        if number % 10 == 9:
            assert maintain(repository)
            assert loose(folder) < 40
    assert len(list((folder / ".git/objects/pack").glob("*.pack"))) <= 10
    assert len(list((folder / ".git/objects/info/commit-graphs").glob("*.graph"))) <= 10
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_where_objects_lie_about_in_crowds_is_seen_by_one_folder(folder: Path, repository: Repository) -> None:
    assert not is_crowded(repository)
    one = folder / ".git/objects/17"
    one.mkdir(exist_ok=True)
    for number in range(16):
        (one / f"{number:038x}").touch()
    assert is_crowded(repository)


def test_one_process_does_it_at_a_time(folder: Path, repository: Repository) -> None:
    with filelock.FileLock(folder / ".git/movement-wiki.maintenance"):
        assert maintain(repository) is False
    assert maintain(repository) is True


def test_a_shallow_clone_and_an_empty_repository_are_no_trouble(folder: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", folder.as_uri(), str(tmp_path / "shallow"))
    assert maintain(Repository(tmp_path / "shallow"))
    git(tmp_path, "init", "-q", str(tmp_path / "empty"))
    assert maintain(Repository(tmp_path / "empty"))
