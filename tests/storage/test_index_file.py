"""Git's index, changed without git: git reads it as if it had changed it itself."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from gitrepo import commit_files, git
from test_work_tree import save

from wiki.storage.index_file import IndexFile, Unreadable
from wiki.storage.objects import EXECUTABLE, FILE
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer


def staged(folder: Path) -> str:
    return git(folder, "ls-files", "-s", "--full-name")


def rewrite(folder: Path, changes: dict[str, tuple[int, str] | None]) -> None:
    place = folder / ".git/index"
    place.write_bytes(IndexFile(place.read_bytes()).changed(changes))


def expected(folder: Path, changes: dict[str, tuple[int, str] | None]) -> str:
    """What git's own command makes of the same changes, in a copy of the index."""
    index = folder.parent / "index.by-git"
    index.write_bytes((folder / ".git/index").read_bytes())
    rows = "".join(
        f"{(state or (0, ''))[0]:o} {(state or (0, '0' * 40))[1]}\t{path}\0" for path, state in changes.items()
    )
    git(folder, "update-index", "-z", "--index-info", given=rows.encode(), GIT_INDEX_FILE=str(index))
    return git(folder, "ls-files", "-s", GIT_INDEX_FILE=str(index))


@pytest.mark.parametrize("version", ["2", "3"])
def test_entries_are_changed_added_and_removed_as_git_would(folder: Path, version: str) -> None:
    long = "l/" + "x" * 250
    commit_files(folder, "More", zz__z_md="3\n")
    if version == "3":
        (folder / "later.md").write_text("later\n")
        git(folder, "add", "-N", "later.md")
    blob = git(folder, "hash-object", "-w", "--stdin", given=b"new\n").strip()
    changes: dict[str, tuple[int, str] | None] = {
        "tips/email.md": (FILE, blob),
        "communications/signal.md": None,
        "communications.md": (FILE, blob),
        "communications/deep/new.md": (EXECUTABLE, blob),
        "AAA.md": (FILE, blob),
        "zzz.md": (FILE, blob),
        long: (FILE, blob),
        "ünï.md": (FILE, blob),
        "not/there.md": None,
    }
    wanted = expected(folder, changes)
    rewrite(folder, changes)
    assert staged(folder) == wanted
    assert git(folder, "fsck", "--strict") == ""
    assert git(folder, "write-tree")


def test_the_states_are_what_git_lists(folder: Path) -> None:
    index = IndexFile((folder / ".git/index").read_bytes())
    id = git(folder, "rev-parse", "HEAD:tips/email.md").strip()
    assert index.states("tips/email.md") == [(FILE, id)]
    assert index.states("tips/email") == index.states("tips") == index.states("zzz") == [None]
    assert IndexFile(b"").states("tips/email.md") == [None]


def test_a_conflict_that_somebody_resolves_is_seen_with_all_its_sides(folder: Path) -> None:
    git(folder, "checkout", "-qb", "other", "HEAD~1")
    commit_files(folder, "Other", communications__signal_md="# Signal\n\nOther.\n")
    git(folder, "merge", "-q", "main", check=False)
    index = IndexFile((folder / ".git/index").read_bytes())
    assert len(index.states("communications/signal.md")) == 3
    rewrite(folder, {"new.md": index.states("tips/email.md")[0]})
    assert "UU communications/signal.md" in git(folder, "status", "--porcelain")


def test_a_file_where_the_index_has_a_folder_is_left_to_git(folder: Path) -> None:
    index = IndexFile((folder / ".git/index").read_bytes())
    state = index.states("tips/email.md")[0]
    for path in ("tips", "tips/email.md/below.md"):
        with pytest.raises(Unreadable):
            index.changed({path: state})
    assert index.changed({"tips": state, "tips/email.md": None})


def test_damaged_indexes_and_those_of_other_kinds_are_left_to_git(folder: Path) -> None:
    whole = (folder / ".git/index").read_bytes()
    flipped = bytearray(whole)
    flipped[20] ^= 1
    for data in (b"x", bytes(flipped), whole[:-5]):
        with pytest.raises(Unreadable):
            IndexFile(data)
    git(folder, "update-index", "--index-version", "4")
    with pytest.raises(Unreadable):
        IndexFile((folder / ".git/index").read_bytes())
    git(folder, "update-index", "--index-version", "2")
    git(folder, "update-index", "--split-index")
    with pytest.raises(Unreadable):
        IndexFile((folder / ".git/index").read_bytes())


def test_a_file_changed_right_after_the_index_was_written_is_still_seen_as_changed(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    """Git compares by content what may have been changed in the moment that the index was written; so must it after
    a save has written the index anew."""
    page = folder / "communications/signal.md"
    for _ in range(3):
        page.write_text("aaaa\n")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "a", "--allow-empty")
        moment = page.stat().st_mtime_ns
        os.utime(folder / ".git/index", ns=(moment, moment))
        page.write_text("bbbb\n")
        os.utime(page, ns=(moment, moment))
        save(writer, repository, tips__email_md=f"# {moment}\n")
        assert "M communications/signal.md" in git(folder, "status", "--porcelain")


def test_other_contents_are_put_in_at_a_glance_and_are_what_the_long_way_writes(folder: Path) -> None:
    place = folder / ".git/index"
    old = (FILE, git(folder, "rev-parse", "HEAD:tips/email.md").strip())
    new = (FILE, git(folder, "hash-object", "-w", "--stdin", given=b"new\n").strip())
    theirs = IndexFile(place.read_bytes())
    assert theirs.exchanged({"tips/email.md": (old, new)}) == theirs.changed({"tips/email.md": new})
    place.write_bytes(theirs.changed({"AAA.md": old, "tips/zz.md": old}))
    ours = IndexFile(place.read_bytes())
    both = {"tips/email.md": (old, new), "AAA.md": (old, (EXECUTABLE, old[1]))}
    wanted = expected(folder, {path: states[1] for path, states in both.items()})
    assert ours.exchanged(both) == ours.changed({path: states[1] for path, states in both.items()})
    place.write_bytes(ours.exchanged(both) or b"")
    assert staged(folder) == wanted
    git(folder, "config", "index.threads", "2")
    assert staged(folder) == wanted
    assert git(folder, "fsck", "--strict") == ""


def test_what_is_not_as_it_should_be_or_comes_or_goes_takes_the_long_way(folder: Path) -> None:
    id = git(folder, "rev-parse", "HEAD:tips/email.md").strip()
    index = IndexFile((folder / ".git/index").read_bytes())
    for path, old, new in [
        ("tips/email.md", (FILE, "b" * 40), (FILE, "a" * 40)),
        ("tips/email.md", (EXECUTABLE, id), (FILE, "a" * 40)),
        ("tips/email.md", None, (FILE, "a" * 40)),
        ("tips/email.md", (FILE, id), None),
        ("email.md", (FILE, id), (FILE, "a" * 40)),
        ("tips/email.m", (FILE, id), (FILE, "a" * 40)),
    ]:
        assert index.exchanged({path: (old, new)}) is None


@pytest.mark.parametrize("place", [-41, -30])
def test_a_wrong_word_on_where_the_entries_end_is_not_believed(folder: Path, place: int) -> None:
    id = git(folder, "rev-parse", "HEAD:tips/email.md").strip()
    data = bytearray(IndexFile((folder / ".git/index").read_bytes()).changed({"AAA.md": (FILE, id)}))
    data[place] ^= 8
    data[-20:] = hashlib.sha1(data[:-20], usedforsecurity=False).digest()
    assert IndexFile(bytes(data)).states("AAA.md") == [(FILE, id)]
    exchanged = IndexFile(bytes(data)).exchanged({"AAA.md": ((FILE, id), (FILE, "a" * 40))})
    assert IndexFile(exchanged or b"").states("AAA.md") == [(FILE, "a" * 40)]
