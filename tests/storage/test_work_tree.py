from __future__ import annotations

import os
from pathlib import Path

import pytest
from gitrepo import NOON, ROSA, commit_files, git

from wiki.errors import Unavailable
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer


def save(writer: Writer, repository: Repository, **files: str | None) -> str:
    changes = {
        key.replace("__", "/").replace("_md", ".md"): None if text is None else text.encode()
        for key, text in files.items()
    }
    return writer.commit(changes, base=repository.head(), message="Save", author=ROSA, when=NOON)


def test_index_and_files_follow_a_save(folder: Path, repository: Repository, writer: Writer) -> None:
    save(writer, repository, tips__email_md="# New\n", field__deep__list_md="x\n", communications__signal_md=None)
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "tips/email.md").read_text() == "# New\n"
    assert (folder / "field/deep/list.md").read_text() == "x\n"
    assert not (folder / "communications").exists()
    assert not (folder / ".git/index.lock").exists()


def test_a_person_who_commits_everything_right_after_a_save_does_not_undo_it(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    (folder / "tips/sms.md").write_text("mine\n")
    git(folder, "add", "tips/sms.md")
    save(writer, repository, tips__email_md="# Saved\n")
    git(folder, "commit", "-qam", "Mine")
    head = repository.head()
    assert repository.read(head, "tips/email.md").data == b"# Saved\n"
    assert repository.read(head, "tips/sms.md").data == b"mine\n"
    assert git(folder, "show", "--format=", "--name-only", "HEAD").split() == ["tips/sms.md"]


def test_a_file_with_uncommitted_work_is_left_and_named(folder: Path, repository: Repository, writer: Writer) -> None:
    (folder / "tips/email.md").write_text("my draft\n")
    (folder / "tips/new.md").write_text("my new page\n")
    save(writer, repository, tips__email_md="# Saved\n", tips__new_md="# Saved too\n", tips__other_md="x\n")
    assert (folder / "tips/email.md").read_text() == "my draft\n"
    assert (folder / "tips/new.md").read_text() == "my new page\n"
    assert (folder / "tips/other.md").read_text() == "x\n"
    assert writer.local_changes() == ["tips/email.md", "tips/new.md"]
    git(folder, "commit", "-q", "--allow-empty", "-m", "Only what is staged")
    assert repository.read(repository.head(), "tips/email.md").data == b"# Saved\n"


def test_a_change_staged_for_a_page_that_is_saved_stays_in_the_file_and_is_not_committed_over_it(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    (folder / "tips/email.md").write_text("staged\n")
    (folder / "communications/signal.md").write_text("also staged\n")
    git(folder, "add", ".")
    save(writer, repository, tips__email_md="# Saved\n")
    assert (folder / "tips/email.md").read_text() == "staged\n"
    git(folder, "commit", "-qm", "What I staged")
    head = repository.head()
    assert repository.read(head, "tips/email.md").data == b"# Saved\n"
    assert repository.read(head, "communications/signal.md").data == b"also staged\n"


def test_what_is_staged_and_differs_from_the_file_is_not_touched(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    (folder / "tips/email.md").write_text("staged\n")
    git(folder, "add", ".")
    (folder / "tips/email.md").write_text("and more\n")
    save(writer, repository, tips__email_md="# Saved\n")
    assert git(folder, "show", ":tips/email.md") == "staged\n"
    assert (folder / "tips/email.md").read_text() == "and more\n"


def test_a_deleted_page_leaves_the_folder_unless_somebody_works_on_it(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    (folder / "tips/notes.txt").write_text("untracked\n")
    (folder / "communications/signal.md").write_text("mine\n")
    save(writer, repository, tips__email_md=None, communications__signal_md=None)
    assert not (folder / "tips/email.md").exists()
    assert (folder / "tips/notes.txt").read_text() == "untracked\n"
    assert (folder / "communications/signal.md").read_text() == "mine\n"


def test_no_file_is_written_through_a_symbolic_link(
    folder: Path, repository: Repository, writer: Writer, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "email.md").write_text("# E-mail\n")
    for path in sorted((folder / "tips").iterdir()):
        path.unlink()
    (folder / "tips").rmdir()
    (folder / "tips").symlink_to(outside)
    (folder / "communications/signal.md").unlink()
    (folder / "communications/signal.md").symlink_to(outside / "email.md")
    save(writer, repository, tips__email_md="# Saved\n", tips__sms_md="x\n", communications__signal_md="y\n")
    assert sorted(path.name for path in outside.iterdir()) == ["email.md"]
    assert (outside / "email.md").read_text() == "# E-mail\n"
    assert repository.read(repository.head(), "tips/email.md").data == b"# Saved\n"


def test_a_fifo_in_the_way_makes_nobody_wait(folder: Path, repository: Repository, writer: Writer) -> None:
    import os

    (folder / "tips/email.md").unlink()
    os.mkfifo(folder / "tips/email.md")
    save(writer, repository, tips__email_md="# Saved\n")
    assert repository.read(repository.head(), "tips/email.md").data == b"# Saved\n"


def test_files_checked_out_with_windows_line_ends_follow(folder: Path, repository: Repository, writer: Writer) -> None:
    git(folder, "config", "core.autocrlf", "true")
    (folder / "tips/email.md").write_bytes(b"# E-mail\r\n")
    save(writer, repository, tips__email_md="# Saved\n")
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "tips/email.md").read_text() == "# Saved\n"


def test_commits_of_others_in_between_are_neither_undone_nor_unstaged(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    save(writer, repository, tips__email_md="one\n")
    commit_files(folder, "Theirs", communications__signal_md="theirs\n")
    (folder / "communications/signal.md").write_text("more of theirs\n")
    git(folder, "add", ".")
    save(writer, repository, tips__email_md="two\n")
    assert git(folder, "status", "--porcelain") == "M  communications/signal.md\n"
    assert git(folder, "show", "HEAD:communications/signal.md") == "theirs\n"


def test_while_another_git_holds_the_index_saves_go_on_and_it_follows_later(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    save(writer, repository, tips__email_md="zero\n")
    (folder / ".git/index.lock").write_bytes(b"")
    save(writer, repository, tips__email_md="one\n")
    new = save(writer, repository, tips__email_md="two\n")
    assert repository.head() == new
    assert not writer.put_right()
    (folder / ".git/index.lock").unlink()
    assert writer.put_right()
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "tips/email.md").read_text() == "two\n"


def test_the_index_lock_of_a_writer_that_was_killed_is_taken_over(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    (folder / ".git/index.lock").write_bytes(b"movement-wiki\n")
    save(writer, repository, tips__email_md="one\n")
    assert git(folder, "status", "--porcelain") == ""


def test_files_follow_a_branch_that_was_moved_without_them(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    first = repository.commit(repository.head()).parents[0]
    new = save(writer, repository, tips__email_md="one\n", a="1\n")
    git(folder, "update-ref", "refs/heads/main", first)
    assert writer.put_right()
    assert git(folder, "status", "--porcelain") == ""
    assert not (folder / "a").exists()
    git(folder, "update-ref", "refs/heads/main", new)
    assert writer.put_right()
    assert git(folder, "status", "--porcelain") == ""


def test_a_repository_without_files_gets_them(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "restored"
    git(tmp_path, "clone", "-q", "--no-checkout", str(folder), str(place))
    restored = Repository(place)
    assert Writer(restored, tmp_path / "lock").put_right()
    assert git(place, "status", "--porcelain") == ""
    assert (place / "tips/email.md").read_text() == "# E-mail\n"


def test_a_bare_repository_has_no_files_to_follow(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(folder), str(place))
    bare = Repository(place)
    writer = Writer(bare, tmp_path / "lock")
    new = save(writer, bare, tips__email_md="one\n")
    assert bare.head() == new
    assert writer.put_right()
    assert writer.local_changes() == []
    assert not (place / "index").exists()


@pytest.mark.parametrize(
    "settings", [("index.version", "4"), ("core.splitIndex", "true"), ("core.untrackedCache", "true")]
)
def test_the_index_follows_in_every_form_git_may_keep_it(
    folder: Path, repository: Repository, writer: Writer, settings: tuple[str, str]
) -> None:
    git(folder, "config", *settings)
    commit_files(folder, "Again", **{f"many__n{number}_md": "x\n" for number in range(5)})
    git(folder, "update-index", "--force-write-index")
    save(writer, repository, tips__email_md="one\n")
    assert git(folder, "status", "--porcelain") == ""


def test_a_merge_that_a_person_is_in_the_middle_of_stays_as_it_is(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    git(folder, "checkout", "-q", "-b", "side")
    commit_files(folder, "Side", tips__email_md="side\n")
    git(folder, "checkout", "-q", "main")
    commit_files(folder, "Main", tips__email_md="main\n")
    git(folder, "merge", "side", check=False)
    save(writer, repository, tips__email_md="saved\n", tips__sms_md="new\n")
    assert git(folder, "status", "--porcelain") == "UU tips/email.md\n"
    assert "<<<<<<<" in (folder / "tips/email.md").read_text()
    assert repository.read(repository.head(), "tips/email.md").data == b"saved\n"


def test_an_index_that_somebody_has_deleted_is_made_again_before_a_git_commits_that_all_is_gone(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    save(writer, repository, tips__email_md="# Saved\n")
    (folder / "tips/sms.md").write_text("mine\n")
    (folder / ".git/index").unlink()
    assert writer.put_right()
    assert git(folder, "status", "--porcelain") == "?? tips/sms.md\n"
    (folder / ".git/index").unlink()
    save(writer, repository, tips__email_md="# Saved again\n")
    assert git(folder, "status", "--porcelain") == "?? tips/sms.md\n"
    git(folder, "commit", "-qa", "--allow-empty", "-m", "All")
    assert repository.read(repository.head(), "tips/email.md").data == b"# Saved again\n"


def test_files_that_can_not_be_brought_along_are_one_line_of_the_log(
    folder: Path, repository: Repository, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    save(writer, repository, tips__email_md="# Saved\n")
    at = repository.head()
    files = {f"tips__a{number}_md": f"Lost {number}\n" for number in range(5)}
    commit_files(folder, "Of a clone that lacks some", **files)
    for number in range(5):
        id = git(folder, "rev-parse", f"HEAD:tips/a{number}.md").strip()
        (folder / ".git/objects" / id[:2] / id[2:]).unlink()
        (folder / f"tips/a{number}.md").unlink()
    git(folder, "read-tree", at)
    (folder / ".git/movement-wiki.synced").write_text(f"{at}\n")
    writer.put_right()
    [said] = [record.getMessage() for record in caplog.records if "left as it is" in record.getMessage()]
    assert "tips/a0.md" in said
    assert said.endswith(", and 4 others")


@pytest.mark.parametrize("name", ["index", "index.lock", "movement-wiki.synced"])
def test_a_fifo_beside_the_index_makes_nobody_wait_and_the_files_follow_when_it_is_gone(
    folder: Path, repository: Repository, writer: Writer, name: str
) -> None:
    place = folder / ".git" / name
    save(writer, repository, tips__email_md="# Before\n")
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    saved = save(writer, repository, tips__email_md="# Saved\n")
    assert repository.head() == saved
    if name == "index":
        with pytest.raises(Unavailable):
            writer.local_changes()
        assert writer.renew_index()
    else:
        place.unlink()
    assert writer.put_right()
    assert writer.local_changes() == []
    assert (folder / "tips/email.md").read_text() == "# Saved\n"


def test_what_lies_in_a_folder_that_can_not_be_read_just_now_is_not_removed(
    folder: Path, repository: Repository, writer: Writer, tmp_path: Path
) -> None:
    save(writer, repository, tips__email_md="# E-mail\n")
    git(tmp_path, "clone", "-q", str(folder), "clone")
    pushed = commit_files(tmp_path / "clone", "x", tips__new_md="# New\n")
    git(folder, "fetch", "-q", str(tmp_path / "clone"), "main")
    git(folder, "update-ref", "HEAD", pushed)
    tree = git(folder, "rev-parse", f"{pushed}:tips").strip()
    file = folder / ".git/objects" / tree[:2] / tree[2:]
    gone = file.rename(file.with_name("gone"))
    with pytest.raises(Unavailable, match=r"storage\.damaged"):
        writer.put_right()
    assert (folder / "tips/email.md").read_text() == "# E-mail\n"
    gone.rename(file)
    assert writer.put_right()
    assert (folder / "tips/new.md").read_text() == "# New\n"
    assert git(folder, "status", "--porcelain") == ""
