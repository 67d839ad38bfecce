from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import NOON, ROSA, commit_files, git

from wiki.errors import Invalid, Unavailable
from wiki.storage.objects import Person
from wiki.storage.reader import Reader
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer, init


def save(writer: Writer, repository: Repository, changes: dict[str, bytes | None], message: str = "Save") -> str:
    return writer.commit(changes, base=repository.head(), message=message, author=ROSA, when=NOON)


def test_a_commit_holds_the_changes_the_person_and_the_time(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    old = repository.head()
    mo = Person("Mo", "mo@users.noreply.wiki.example")
    new = writer.commit(
        {"tips/email.md": b"# Mail\n", "field/new/deep.md": b"x", "communications/signal.md": None},
        base=old,
        message="Tidy up\n\nReviewed-by: mo",
        author=ROSA,
        committer=mo,
        when=NOON,
    )
    assert repository.head() == new
    shown = git(folder, "log", "-1", "--format=%an %ae %cn %ce %aI %s %(trailers:key=Reviewed-by,valueonly)").strip()
    assert shown == f"Rosa {ROSA.email} Mo {mo.email} 2026-03-11T12:00:00+00:00 Tidy up mo"
    assert [entry.path for entry in repository.entries(new)] == ["field/new/deep.md", "tips/email.md"]
    assert git(folder, "fsck", "--strict") == ""
    commit = repository.commit(new)
    assert (commit.parents, commit.author, commit.authored) == ((old,), ROSA, NOON)
    assert commit.trailers == {"Reviewed-by": ("mo",)}


def test_what_follows_a_save_asks_git_neither_for_what_was_written_nor_for_its_size(
    repository: Repository, writer: Writer
) -> None:
    entry = repository.entry(save(writer, repository, {"tips/email.md": b"# Mail\n"}), "tips/email.md")
    assert entry is not None
    repository.close()
    assert list(repository.blobs([entry.id])) == [(entry.id, b"# Mail\n")]
    assert list(repository.blobs([entry.id], limit=3)) == [(entry.id, None)]
    assert list(repository.sizes([entry.id])) == [7]
    assert not any(repository._reader._idle.values())
    # With what has to be asked for, too.
    assert list(repository.sizes([entry.id, "0" * 40, entry.id])) == [7, None, 7]
    assert [data for _, data in repository.blobs(["0" * 40, entry.id])] == [None, b"# Mail\n"]


def test_a_commit_on_a_base_that_has_moved_is_refused_and_writes_nothing(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    base = repository.head()
    theirs = commit_files(folder, "Theirs", tips__email_md="theirs\n")
    with pytest.raises(RefMoved) as caught:
        writer.commit({"tips/email.md": b"ours\n"}, base=base, message="Ours", author=ROSA, when=NOON)
    assert caught.value.params["current"] == theirs
    assert repository.head() == theirs
    assert (folder / "tips/email.md").read_text() == "theirs\n"


def test_the_first_commit_of_a_new_repository(tmp_path: Path) -> None:
    repository = init(tmp_path / "content")
    writer = Writer(repository, tmp_path / "lock")
    new = writer.commit({"a/b.md": b"x\n"}, base=None, message="Begin", author=ROSA, when=NOON)
    assert repository.head() == new
    assert git(repository.path, "status", "--porcelain") == ""
    assert (repository.path / "a/b.md").read_text() == "x\n"
    with pytest.raises(RefMoved):
        writer.commit({"c.md": b"x\n"}, base=None, message="Again", author=ROSA, when=NOON)


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".git/config",
            "a/.GIT/hooks/x",
            "git~1/config",
            "a/.git./x",
            ".git /x",
            ".g\u200cit/config",
            ".git::$DATA/x",
        ),
        *(
            "../x",
            "a/../../x",
            "/etc/passwd",
            "a//b",
            "",
            "a/",
            "a\\..\\x",
            "a\0b",
            "x" * 300,
            "\uff0egit/config",
            "a/.",
        ),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(repository: Repository, writer: Writer, path: str) -> None:
    head = repository.head()
    with pytest.raises(Invalid):
        save(writer, repository, {path: b"x"})
    assert repository.head() == head


def test_a_page_can_have_a_folder_of_its_name_but_a_file_and_a_folder_can_not_be_one(
    repository: Repository, writer: Writer
) -> None:
    with pytest.raises(Invalid, match="folder_in_the_way"):
        save(writer, repository, {"tips": b"x"})
    with pytest.raises(Invalid, match="file_in_the_way"):
        save(writer, repository, {"tips/email.md/x": b"x"})
    save(writer, repository, {"tips/email.md": None, "tips/email.md/x": b"x"})
    save(writer, repository, {"tips/email.md/x": None, "tips/email.md": b"back\n"})
    save(writer, repository, {"tips/email.md/x": None, "nothing/there": None})
    assert repository.read(repository.head(), "tips/email.md").data == b"back\n"


def test_an_executable_stays_one_and_a_link_that_is_saved_becomes_a_file(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    (folder / "run").write_text("x")
    (folder / "run").chmod(0o755)
    (folder / "link").symlink_to("/etc/passwd")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "odd")
    save(writer, repository, {"run": b"y", "link": b"text"})
    assert git(folder, "ls-files", "-s", "run", "link").split()[0::4] == ["100644", "100755"]
    assert (folder / "link").read_text() == "text"
    assert not (folder / "link").is_symlink()
    assert git(folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["<script>", "a\nb", "x" * 10_000, "", "\0", "Róża <x@y> 0 +0000\nparent 0"])
def test_a_name_can_not_break_out_of_its_line(folder: Path, repository: Repository, writer: Writer, name: str) -> None:
    writer.commit({"x": b"1"}, base=repository.head(), message="m", author=Person(name, name), when=NOON)
    assert git(folder, "fsck", "--strict") == ""
    assert len(repository.commit(repository.head()).parents) == 1


def test_a_merge_has_its_other_parents(folder: Path, repository: Repository, writer: Writer) -> None:
    base = repository.head()
    side = writer.commit(
        {"s.md": b"s"}, base=None, message="Side", author=ROSA, when=NOON, ref="refs/suggestions/1/head"
    )
    assert repository.head() == base
    assert not (folder / "s.md").exists()
    new = writer.commit({"s.md": b"s"}, base=base, message="Merge", author=ROSA, when=NOON, other_parents=[side])
    assert repository.commit(new).parents == (base, side)
    assert git(folder, "fsck", "--strict") == ""


def test_a_commit_on_another_ref_leaves_branch_and_folder_alone(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    head = repository.head()
    writer.update_ref("refs/suggestions/1/head", head, None)
    one = writer.commit(
        {"tips/email.md": b"s"}, base=head, message="S", author=ROSA, when=NOON, ref="refs/suggestions/1/head"
    )
    assert repository.head() == head
    assert repository.refs("refs/suggestions/") == {"refs/suggestions/1/head": one}
    assert git(folder, "status", "--porcelain") == ""
    with pytest.raises(RefMoved):
        writer.update_ref("refs/suggestions/1/head", head, head)
    with pytest.raises(RefMoved):
        writer.delete_ref("refs/suggestions/1/head", head)
    writer.delete_ref("refs/suggestions/1/head", one)
    assert repository.refs("refs/suggestions/") == {}


@pytest.mark.parametrize("ref", ["HEAD", "refs/../../x", "refs/heads/x y", "-x", "refs/x.lock", "refs/a\nb"])
def test_a_name_that_is_no_ref_is_refused(repository: Repository, writer: Writer, ref: str) -> None:
    with pytest.raises(Invalid):
        writer.update_ref(ref, repository.head(), None)


def test_on_a_detached_head_nothing_is_saved_because_it_would_be_lost(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    git(folder, "checkout", "-q", "--detach")
    with pytest.raises(Unavailable) as caught:
        save(writer, repository, {"x.md": b"x"})
    assert caught.value.code == "storage.detached"


def test_a_branch_that_was_renamed_is_the_one_that_is_written(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    git(folder, "branch", "-m", "trunk")
    git(folder, "pack-refs", "--all")
    new = save(writer, repository, {"x.md": b"x"})
    assert git(folder, "rev-parse", "trunk").strip() == new
    assert git(folder, "reflog", "-1", "--format=%gs").strip() == "Save"


def test_what_follows_a_save_reads_nothing_of_it_from_the_disk(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = save(writer, repository, {"tips/email.md": b"# Old\n"})
    assert [*repository.entries(base)]
    monkeypatch.setattr(Reader, "_process", lambda *_: pytest.fail("git was asked"))
    new = save(writer, repository, {"tips/email.md": b"# New\n"})
    assert [change.path for change in repository.diff(base, new)] == ["tips/email.md"]
    assert repository.read(new, "tips/email.md").data == b"# New\n"
    kept = [*repository.entries(new)], repository.commit(new)
    monkeypatch.undo()
    other = Repository(folder)
    assert ([*other.entries(new)], other.commit(new)) == kept


def test_a_name_that_looks_like_another_entry_is_not_taken_for_it(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    twin = "x100644 email.md"
    commit_files(folder, "Twins", **{"tips__email_md": "same\n", f"tips__{twin}": "same\n", "tips__a_md": "same\n"})
    for path in ("tips/email.md", f"tips/{twin}"):
        new = save(writer, repository, {path: f"new {path}\n".encode()})
        assert git(folder, "rev-parse", f"{new}^{{tree}}") == git(folder, "write-tree")
        assert git(folder, "show", f"HEAD:{path}") == f"new {path}\n"
    assert git(folder, "status", "--porcelain") == git(folder, "fsck", "--strict") == ""
