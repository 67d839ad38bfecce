from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest
from gitrepo import commit_files, git

from wiki.errors import NotFound, TooMany, Unavailable
from wiki.storage.repository import Repository


def test_head_is_the_commit_a_person_sees(folder: Path, repository: Repository) -> None:
    assert repository.head() == git(folder, "rev-parse", "HEAD").strip()
    assert repository.branch() == "refs/heads/main"


def test_a_file_is_read_at_the_commit_asked_for_and_not_from_the_folder(folder: Path, repository: Repository) -> None:
    (folder / "communications/signal.md").write_text("half writ")
    head = repository.head()
    first = repository.commit(head).parents[0]
    assert repository.read(head, "communications/signal.md").data == b"# Signal\n\nTexts and calls.\n"
    assert repository.read(first, "communications/signal.md").data == b"# Signal\n\nTexts.\n"


@pytest.mark.parametrize(
    "path", ["nothing.md", "communications", "communications/signal.md/x", "", "/", "../content", "."]
)
def test_what_is_not_a_file_is_not_found(repository: Repository, path: str) -> None:
    with pytest.raises(NotFound):
        repository.read(repository.head(), path)


def test_entries_lists_every_file_or_those_below_a_folder(repository: Repository) -> None:
    head = repository.head()
    assert [entry.path for entry in repository.entries(head)] == ["communications/signal.md", "tips/email.md"]
    assert [entry.path for entry in repository.entries(head, "tips")] == ["tips/email.md"]
    assert list(repository.entries(head, "tips/email.md")) == []


def test_a_commit_made_in_the_folder_is_seen_at_once(folder: Path, repository: Repository) -> None:
    repository.head()
    made = commit_files(folder, "One more", tips__sms_md="# SMS\n")
    assert repository.head() == made
    assert repository.read(made, "tips/sms.md").data == b"# SMS\n"


def test_packed_refs_and_packed_objects_are_read(folder: Path, repository: Repository) -> None:
    head = repository.head()
    git(folder, "gc", "-q", "--prune=now")
    assert not (folder / ".git/refs/heads/main").exists()
    assert repository.head() == head
    assert Repository(folder).read(head, "tips/email.md").data == b"# E-mail\n"


def test_a_repack_while_reading_changes_nothing(folder: Path, repository: Repository) -> None:
    head = repository.head()
    for round in range(3):
        commit_files(folder, f"Round {round}", tips__sms_md=f"# SMS {round}\n")
        git(folder, "gc", "-q", "--prune=now")
        assert repository.read(repository.head(), "tips/sms.md").data == f"# SMS {round}\n".encode()
        assert repository.read(head, "tips/email.md").data == b"# E-mail\n"


def test_a_renamed_branch_and_a_detached_head_are_followed(folder: Path, repository: Repository) -> None:
    head = repository.head()
    git(folder, "branch", "-m", "main", "trunk")
    assert (repository.head(), repository.branch()) == (head, "refs/heads/trunk")
    git(folder, "checkout", "-q", "--detach", "HEAD~1")
    assert repository.head() == repository.commit(head).parents[0]
    assert repository.branch() is None


def test_a_repository_replaced_while_running_is_read_anew(folder: Path, repository: Repository) -> None:
    repository.read(repository.head(), "tips/email.md")
    shutil.rmtree(folder)
    with pytest.raises(NotFound, match="missing"):
        repository.head()
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    with pytest.raises(NotFound, match="empty"):
        repository.head()
    commit_files(folder, "Another", other_md="another wiki\n")
    assert [entry.path for entry in repository.entries(repository.head())] == ["other.md"]


@pytest.mark.parametrize(
    "text",
    [
        "--output=x",
        "-Ox",
        "HEAD",
        "HEAD:../../x",
        "@{-1}",
        ":/x",
        "main",
        "f" * 40,
        "f" * 41,
        "abcdef",
        "",
        "\n",
        "ABCDEF0",
    ],
)
def test_only_hexadecimal_digits_of_a_known_commit_name_a_revision(repository: Repository, text: str) -> None:
    with pytest.raises(NotFound) as caught:
        repository.resolve(text)
    assert caught.value.code == "revision.unknown"


def test_the_beginning_of_a_commit_id_is_enough_and_other_objects_are_no_revision(repository: Repository) -> None:
    head = repository.head()
    assert repository.resolve(head) == repository.resolve(head[:7]) == head
    with pytest.raises(NotFound):
        repository.resolve(repository.commit(head).tree)


def test_a_branch_named_like_a_commit_id_is_not_taken_for_it(folder: Path, repository: Repository) -> None:
    git(folder, "branch", "abcdef1")
    with pytest.raises(NotFound):
        repository.resolve("abcdef1")


def test_the_difference_of_two_commits_names_every_path_and_nothing_else(folder: Path, repository: Repository) -> None:
    old = repository.head()
    git(folder, "rm", "-q", "tips/email.md")
    new = commit_files(folder, "Change", communications__signal_md="new\n", field__list__walk_md="x\n")
    changes = {change.path: change for change in repository.diff(old, new)}
    assert {path: change.status for path, change in changes.items()} == {
        "communications/signal.md": "M",
        "field/list/walk.md": "A",
        "tips/email.md": "D",
    }
    assert repository.blob(changes["field/list/walk.md"].new_id or "") == b"x\n"
    assert changes["tips/email.md"].new_id is None
    assert len(repository.diff(None, new)) == 2


def test_a_file_that_becomes_a_folder_is_a_deletion_and_an_addition(folder: Path, repository: Repository) -> None:
    commit_files(folder, "A file", tool="x\n")
    old = repository.head()
    git(folder, "rm", "-q", "tool")
    new = commit_files(folder, "A folder", tool__inner="x\n")
    assert {(c.path, c.status) for c in repository.diff(old, new)} == {("tool", "D"), ("tool/inner", "A")}


def test_refs_below_a_prefix_are_listed_packed_or_not(folder: Path, repository: Repository) -> None:
    head = repository.head()
    git(folder, "update-ref", "refs/suggestions/1/head", head)
    git(folder, "pack-refs", "--all")
    git(folder, "update-ref", "refs/suggestions/2/head", head)
    git(folder, "update-ref", "refs/suggestions/1/talk", head)
    expected = dict.fromkeys(["refs/suggestions/1/head", "refs/suggestions/1/talk", "refs/suggestions/2/head"], head)
    assert repository.refs("refs/suggestions/") == expected
    assert repository.refs("refs/suggestions/2/") == {"refs/suggestions/2/head": head}
    assert repository.refs("../..") == {}
    assert repository.ref("refs/../HEAD") is None


def test_threads_and_forked_processes_read_side_by_side(folder: Path, repository: Repository) -> None:
    head = repository.head()
    wrong: list[str] = []

    def read() -> None:
        for _ in range(50):
            if repository.read(head, "tips/email.md").data != b"# E-mail\n":
                wrong.append("mail")
            if b"calls" not in repository.read(head, "communications/signal.md").data:
                wrong.append("signal")

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    child = os.fork()
    if child == 0:
        read()
        os._exit(1 if wrong else 0)
    read()
    for thread in threads:
        thread.join()
    assert os.waitpid(child, 0)[1] == 0
    assert wrong == []
    assert repository.read(head, "tips/email.md").data == b"# E-mail\n"


def test_a_reader_that_was_killed_is_replaced(repository: Repository) -> None:
    head = repository.head()
    repository.read(head, "tips/email.md")
    for process in [process for stock in repository._reader._idle.values() for process in stock]:
        process._process.kill()
        process._process.proc.wait()
    assert repository.read(head, "communications/signal.md").data.startswith(b"# Signal")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder: Path, repository: Repository) -> None:
    head = commit_files(folder, "Large", large_md=b"x" * 5_000_000)
    with pytest.raises(TooMany):
        repository.read(head, "large.md", limit=1_000_000)
    entry = repository.entry(head, "large.md")
    assert entry is not None
    assert repository.size(entry.id) == 5_000_000
    assert repository.read(head, "tips/email.md").data == b"# E-mail\n"


def test_many_blobs_come_in_the_order_asked(repository: Repository) -> None:
    ids = [entry.id for entry in repository.entries(repository.head())]
    asked = [*ids, "0" * 40, *reversed(ids)] * 150
    answers = list(repository.blobs(asked))
    assert [id for id, _ in answers] == asked
    assert answers[0][1] == repository.blob(ids[0])
    assert answers[2][1] is None


def test_a_repository_in_a_format_we_do_not_know_says_so(tmp_path: Path) -> None:
    place = tmp_path / "sha256"
    git(tmp_path, "init", "-q", "--object-format=sha256", str(place))
    with pytest.raises(Unavailable) as caught:
        Repository(place).resolve("a" * 40)
    assert caught.value.code == "storage.format"
