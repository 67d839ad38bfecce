"""A repository in one file, and whether one is sound."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wiki.errors import Invalid
from wiki.storage.bundle import read_bundle, set_refs, write_bundle
from wiki.storage.integrity import damage
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer, init

ROSA = Person("Rosa", "rosa@users.noreply.example.org")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(init(tmp_path / "content"), tmp_path / "write.lock")


@pytest.fixture
def repository(tmp_path: Path, writer: Writer) -> Repository:
    first = writer.commit({"a.md": b"one\n"}, base=None, message="One\n", author=ROSA, when=NOON)
    writer.commit({"b/c.md": b"two\n"}, base=first, message="Two\n", author=ROSA, when=NOON)
    writer.commit(
        {"a.md": b"suggested\n"}, base=None, message="Suggest\n", author=ROSA, when=NOON, ref="refs/suggestions/1/head"
    )
    return Repository(tmp_path / "content")


def test_everything_that_refs_reach_comes_back_out_of_a_bundle(repository: Repository, tmp_path: Path) -> None:
    refs = repository.refs("refs/")
    write_bundle(repository, tmp_path / "all.bundle", refs, repository.head())
    copy = init(tmp_path / "copy")
    found = read_bundle(copy, tmp_path / "all.bundle")
    set_refs(copy, found)
    assert found == refs == copy.refs("refs/")
    assert copy.read(found["refs/suggestions/1/head"], "a.md").data == b"suggested\n"
    assert copy.read(found["refs/heads/main"], "b/c.md").data == b"two\n"
    assert damage(copy) == []


def test_a_bundle_holds_the_refs_as_they_were_though_they_move_meanwhile(
    repository: Repository, writer: Writer, tmp_path: Path
) -> None:
    refs, head = repository.refs("refs/"), repository.head()
    writer.commit({"a.md": b"later\n"}, base=head, message="Later\n", author=ROSA, when=NOON)
    write_bundle(repository, tmp_path / "all.bundle", refs, head)
    assert read_bundle(init(tmp_path / "copy"), tmp_path / "all.bundle") == refs


def test_a_detached_head_is_in_the_bundle_too(repository: Repository, writer: Writer, tmp_path: Path) -> None:
    head = repository.head()
    write_bundle(repository, tmp_path / "head.bundle", {}, head)
    copy = init(tmp_path / "copy")
    assert read_bundle(copy, tmp_path / "head.bundle") == {}
    assert copy.commit(head).subject == "Two"


@pytest.mark.parametrize("place", [30, -30])
def test_a_damaged_bundle_is_refused(repository: Repository, tmp_path: Path, place: int) -> None:
    file = tmp_path / "all.bundle"
    write_bundle(repository, file, repository.refs("refs/"), repository.head())
    content = bytearray(file.read_bytes())
    content[place] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(Invalid, match="damaged"):
        read_bundle(init(tmp_path / "copy"), file)


def test_a_bundle_without_all_that_its_refs_reach_is_refused(repository: Repository, tmp_path: Path) -> None:
    head = repository.head()
    subprocess.run(
        ["git", "-C", str(repository.path), "bundle", "create", "-q", str(tmp_path / "part.bundle"), f"{head}^..main"],
        check=True,
    )
    with pytest.raises(Invalid, match="damaged"):
        read_bundle(init(tmp_path / "copy"), tmp_path / "part.bundle")


def test_a_missing_object_is_found(repository: Repository) -> None:
    blob = repository.read(repository.head(), "a.md").id
    (repository.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    assert [problem.code for problem in damage(repository)][:1] == ["storage.damaged"]
