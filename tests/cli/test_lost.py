"""A repository that can't be used as it is: said in words that help, and no new wiki is made in place of one that was there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import git

MAIN = "refs/heads/main"


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, but for locks and what is only remembered of damage."""
    ours = (".lock", "movement-wiki.damage")
    return {
        str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file() and not str(file).endswith(ours)
    }


def packed_away(content: Path) -> Path:
    git(content, "pack-refs", "--all")
    return content / ".git" / "packed-refs"


def damaged_packed_refs(content: Path) -> None:
    packed_away(content).write_bytes(b"\xff\x00 garbage\n" * 9)


def a_torn_branch(content: Path) -> None:
    (content / ".git" / MAIN).write_text("")


def a_lost_branch(content: Path) -> None:
    (content / ".git" / MAIN).unlink()


def a_torn_head(content: Path) -> None:
    (content / ".git" / "HEAD").write_text("")


def no_head(content: Path) -> None:
    (content / ".git" / "HEAD").unlink()


def another_kind_of_id(content: Path) -> None:
    shutil.rmtree(content / ".git")
    git(content, "init", "-q", "-b", "main", "--object-format=sha256")
    git(content, "add", ".")
    git(content, "commit", "-q", "-m", "Begin")


def another_kind_of_refs(content: Path) -> None:
    shutil.rmtree(content / ".git" / "refs")
    (content / ".git" / "refs").mkdir()
    (content / ".git" / "refs" / "heads").write_text("this repository uses the reftable format\n")
    (content / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (content / ".git" / "reftable").mkdir()


def a_second_work_tree(content: Path) -> None:
    content.rename(content.with_name("first"))
    git(content.with_name("first"), "branch", "-m", "main", "other")
    git(content.with_name("first"), "worktree", "add", "-q", "-b", "main", str(content))


def a_git_folder_that_has_gone(content: Path) -> None:
    shutil.rmtree(content / ".git")
    (content / ".git").write_text("gitdir: ../gone\n")


def the_newest_commit_gone(content: Path) -> None:
    id = git(content, "rev-parse", "HEAD")
    (content / ".git" / "objects" / id[:2] / id[2:]).unlink()


def objects_elsewhere_that_have_gone(content: Path) -> None:
    whole = content.with_name("whole")
    content.rename(whole)
    git(content.parent, "clone", "-q", "--shared", "whole", "content")
    whole.rename(content.with_name("gone"))


def no_objects(content: Path) -> None:
    shutil.rmtree(content / ".git" / "objects")


def a_disk_that_is_not_mounted(content: Path) -> None:
    content.rename(content.with_name("elsewhere"))
    content.mkdir()


def no_repository(content: Path) -> None:
    shutil.rmtree(content / ".git")


def put_head_back(content: Path, told: str) -> None:
    (content / ".git" / "HEAD").write_text("ref: refs/heads/main\n")


def put_branch_back(content: Path, told: str) -> None:
    for damaged in (content / ".git" / MAIN, content / ".git" / "packed-refs"):
        damaged.unlink(missing_ok=True)
    git(content, "update-ref", *told.partition("git update-ref ")[2].partition("`")[0].split())


def import_anew(content: Path, told: str) -> None:
    export = ["git", "fast-export", "--all"]
    stream = subprocess.run(export, cwd=content, capture_output=True, check=True).stdout
    shutil.rmtree(content / ".git")
    git(content, "init", "-q", "-b", "main")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=content, input=stream, check=True)


def mount(content: Path, told: str) -> None:
    content.rmdir()
    content.with_name("elsewhere").rename(content)


FROM_A_BACKUP = "backup or a clone"


@pytest.mark.parametrize(
    ("lose", "told", "do"),
    [
        (damaged_packed_refs, f"git update-ref {MAIN} ", put_branch_back),
        (a_torn_branch, f"git update-ref {MAIN} ", put_branch_back),
        (a_lost_branch, f"git update-ref {MAIN} ", put_branch_back),
        (a_torn_head, "echo 'ref: refs/heads/main' > .git/HEAD", put_head_back),
        (no_head, "echo 'ref: refs/heads/main' > .git/HEAD", put_head_back),
        (another_kind_of_id, "kept as sha256", import_anew),
        (another_kind_of_refs, "kept as reftable", None),
        (a_second_work_tree, "`git clone` makes one", None),
        (a_git_folder_that_has_gone, FROM_A_BACKUP, None),
        (the_newest_commit_gone, FROM_A_BACKUP, None),
        (objects_elsewhere_that_have_gone, FROM_A_BACKUP, None),
        (no_objects, FROM_A_BACKUP, None),
        (a_disk_that_is_not_mounted, "is its disk mounted?", mount),
        (no_repository, FROM_A_BACKUP, None),
    ],
)
def test_pages_out_of_reach_are_said_to_be_with_what_helps_and_nothing_is_made_in_their_place(
    run: Run, story_home: Path, lose: Callable[[Path], None], told: str, do: Callable[[Path, str], None] | None
) -> None:
    content = story_home / "content"
    # Of a wiki that has been served there is a catalog.
    (story_home / "search_index").mkdir(exist_ok=True)
    (story_home / "search_index" / "catalog.sqlite3").touch()
    lose(content)
    before = files(content)
    for command in ("init", "reindex", "doctor"):
        ended = run(command, code=None)
        assert ended.code in (4, 7), ended
        words = ended.out + ended.err
    assert told in words and (told is FROM_A_BACKUP or words.count(told) == 1), words
    assert {name: data for name, data in files(content).items() if name in before} == before
    assert not git_objects_made_since(before, content)
    if do is not None:
        do(content, words)
        run("reindex")
        assert "signal" in run("check", code=None).out + git(content, "ls-tree", "-r", "--name-only", "HEAD")


def git_objects_made_since(before: dict[str, bytes], content: Path) -> set[str]:
    return {name for name in files(content) if "/objects/" in name} - before.keys()


def test_what_git_has_made_from_packs_is_made_again(run: Run, story_home: Path) -> None:
    run("reindex")
    run("user", "list")
    packs = story_home / "content" / ".git" / "objects" / "pack"
    git(story_home / "content", "gc", "-q")
    next(packs.glob("*.idx")).unlink()
    assert "mended" in run("doctor", code=0).out
    git(story_home / "content", "multi-pack-index", "write")
    (packs / "multi-pack-index").chmod(0o644)
    (packs / "multi-pack-index").write_bytes(b"MIDX" + os.urandom(300))
    assert "mended" in run("doctor", code=0).out and "All is well" in run("doctor").out
    assert git(story_home / "content", "fsck", "--full") == ""


@pytest.mark.parametrize("name", ["content", "instance", "search_index"])
def test_a_file_or_a_link_to_nowhere_where_a_folder_has_to_be_is_named(run_in: Run, tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / name).write_text("Mine.\n")
    assert f"{name} is needed as a folder" in run_in(home, "init", code=7).err
    assert (home / name).read_text() == "Mine.\n"
    (home / name).unlink()
    (home / name).symlink_to("nowhere")
    assert f"{name} is needed as a folder" in run_in(home, "init", code=7).err
    (home / name).unlink()
    run_in(home, "init", "--empty")
