"""Looking for damage, and mending it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import git
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer


@pytest.fixture(autouse=True)
def indexed(run: Run) -> None:
    run("reindex")
    run("user", "list")


def findings(run: Run, code: int = 0) -> dict[str, str]:
    return {item["code"]: item["outcome"] for item in json.loads(run("doctor", "--json", code=code).out)}


def test_a_sound_wiki_is_well(run: Run) -> None:
    assert run("doctor").out == "All is well.\n"


@pytest.mark.parametrize("name", ["catalog.sqlite3", "history.sqlite3", "rendered.sqlite3"])
def test_a_damaged_derived_file_is_made_again(run: Run, story_home: Path, name: str) -> None:
    file = story_home / "search_index" / name
    assert file.is_file()
    file.write_bytes(b"not a database at all" * 500)
    assert set(findings(run).values()) <= {"mended"}
    assert findings(run) == {}
    assert json.loads(run("reindex", "--json").out)["current"] is True


def test_a_damaged_search_index_is_made_again(run: Run, story_home: Path) -> None:
    for file in (story_home / "search_index" / "whoosh").rglob("*"):
        if file.is_file() and file.stat().st_size > 100:
            file.write_bytes(b"x" * 100)
    assert findings(run) == {"derived.behind": "mended"}
    assert findings(run) == {}


def test_a_lock_that_nobody_holds_any_more_is_taken_away(run: Run, story_home: Path) -> None:
    lock = story_home / "content" / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (time.time() - 600, time.time() - 600))
    assert findings(run)["storage.lock"] == "note"
    os.utime(lock, (1, 1))
    assert findings(run)["storage.leftover_lock"] == "mended"
    assert not lock.exists()


def test_saves_that_somebody_has_moved_the_branch_away_from_are_counted(run: Run, story_home: Path) -> None:
    content = story_home / "content"
    writer = Writer(repository := Repository(content), story_home / "instance" / "write.lock")
    for number in range(3):
        page = {"tips/saved.md": b"# %d\n" % number}
        writer.commit(page, base=repository.head(), message="m", author=Person("Rosa", "r@x"), when=datetime.now(UTC))
    git(content, "reset", "--quiet", "--hard", "HEAD~2")
    git(content, "commit", "--quiet", "--allow-empty", "--amend", "-m", "their own")
    assert findings(run) == {"derived.behind": "mended", "storage.taken_off": "note"}
    assert "any more: 3." in run("doctor").out
    git(content, "reset", "--quiet", "--hard", "HEAD@{2}")
    assert "storage.taken_off" not in findings(run)


def test_somebodys_uncommitted_work_is_named_and_left_alone(
    run: Run, story_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (story_home / "content" / "about.md").write_text("half a thought")
    assert findings(run) == {"storage.local_change": "note"}
    assert "about.md" in run("doctor").out
    assert (story_home / "content" / "about.md").read_text() == "half a thought"
    monkeypatch.setattr("wiki.doctor.MOST_NAMED", 1)
    shutil.rmtree(story_home / "content" / "field")
    assert findings(run) == {"storage.local_change": "note", "storage.local_changes": "note"}
    assert "field" not in run("doctor").out


def test_damage_in_the_repository_is_said_since_it_can_not_be_mended(run: Run, story_home: Path) -> None:
    blob = git(story_home / "content", "rev-parse", "HEAD:about.md")
    (story_home / "content" / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert findings(run, code=7)["storage.damaged"] == "remains"
    assert "from a backup" in run("doctor", code=7).out


def test_a_wiki_on_no_branch_is_told_how_to_get_back(run: Run, story_home: Path) -> None:
    git(story_home / "content", "checkout", "-q", "--detach")
    assert findings(run, code=7) == {"storage.detached": "remains"}
    assert "git switch main" in run("doctor", code=7).out


@pytest.mark.parametrize(
    "configuration, said",
    [
        ('[core]\n\trepositoryformatversion = 1\n[extensions]\n\tshiny = "a \\"b"\n', "shiny"),
        ("[core]\n\trepositoryformatversion = 9\n", "found 9"),
        ("[core\n", "bad config line 1"),
    ],
)
def test_a_configuration_that_git_refuses_is_said_in_gits_words(
    run: Run, story_home: Path, configuration: str, said: str
) -> None:
    (story_home / "content" / ".git" / "config").write_text(configuration)
    [finding] = json.loads(run("doctor", "--json", code=7).out)
    assert (finding["code"], finding["outcome"]) == ("storage.refused", "remains")
    assert said in finding["message"]


def test_a_branch_that_names_something_else_than_a_commit_is_told_so_and_how_to_get_back(
    run: Run, story_home: Path
) -> None:
    content = story_home / "content"
    head = git(content, "rev-parse", "HEAD").strip()
    blob = git(content, "rev-parse", "HEAD:about.md").strip()
    ref = content / ".git" / git(content, "symbolic-ref", "HEAD").strip()
    ref.write_text(f"{blob}\n")
    said = run("doctor", code=7).out
    assert f"{blob}, which is not a commit but a blob" in said
    assert f"the branch was last at {head}" in said
    assert "lost something" not in said


def test_damaged_accounts_are_said_since_they_can_not_be_mended(run: Run, story_home: Path) -> None:
    (story_home / "instance" / "accounts.sqlite3").write_bytes(b"x" * 5_000)
    assert findings(run, code=7) == {"database.damaged": "remains"}


def test_a_key_that_others_can_read_is_closed(run: Run, story_home: Path) -> None:
    key = story_home / "instance" / "secret.key"
    key.chmod(0o644)
    assert findings(run) == {"secret.open": "mended"}
    assert key.stat().st_mode & 0o077 == 0


def test_settings_that_can_not_be_read_are_named(run: Run, story_home: Path) -> None:
    (story_home / "content" / "_wiki" / "site.yml").write_text("name: [\n")
    git(story_home / "content", "commit", "-q", "-a", "-m", "Oops")
    assert "_wiki/site.yml" in run("doctor", code=7).out


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_accounts_that_are_gone_are_said_and_no_empty_ones_are_put_in_their_place(
    run: Run, story_home: Path, how: str
) -> None:
    file = story_home / "instance" / "accounts.sqlite3"
    file.unlink() if how == "gone" else os.truncate(file, 0)
    assert findings(run, code=7) == {"database.missing": "remains"}
    assert "Put it back from a backup" in run("doctor", code=7).out
    assert not file.exists() or file.stat().st_size == 0


def test_a_torn_git_index_is_made_again_and_nobodys_file_is_touched(run: Run, story_home: Path) -> None:
    content = story_home / "content"
    (content / "about.md").write_text("half a thought")
    (content / ".git" / "index").write_bytes(b"torn")
    assert findings(run) == {"storage.index_damaged": "mended", "storage.local_change": "note"}
    assert git(content, "status", "--porcelain") == "M about.md"
    assert (content / ".git" / "index.damaged").read_bytes() == b"torn"
    assert (content / "about.md").read_text() == "half a thought"
    assert findings(run) == {"storage.local_change": "note"}


def test_a_branch_without_pages_is_said_once(run: Run, story_home: Path) -> None:
    (story_home / "content" / ".git" / "HEAD").write_text("ref: refs/heads/nowhere\n")
    told = run("doctor", code=7).out
    assert told.count("TO DO") == 1 and "git switch" in told


def test_a_folder_where_a_derived_file_should_be_is_taken_away(run: Run, story_home: Path) -> None:
    file = story_home / "search_index" / "rendered.sqlite3"
    file.unlink()
    file.mkdir()
    assert findings(run)["derived.damaged"] == "mended"
    assert findings(run) == {}


def test_settings_that_together_let_everybody_in_are_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIKI_ACCOUNTS__SIGN_UP", "open")
    assert findings(run) == {"config.open_unreviewed": "note"}
    monkeypatch.setenv("WIKI_ACCOUNTS__REVIEWED_EDITS", "3")
    assert findings(run) == {}
    monkeypatch.setenv("WIKI_WEB__PRIVATE", "true")
    assert "config.open_private" in findings(run, code=7)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_has_made_in_somebody_elses_wiki_is_given_back(run: Run, story_home: Path, tmp_path: Path) -> None:
    wiki, somebody = 65534, 4242
    for place in (story_home, *story_home.rglob("*")):
        os.chown(place, wiki, wiki)
    settings = story_home / "instance" / "wiki.toml"
    settings.touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    git_dir = story_home / "content" / ".git"
    (git_dir / "linked").symlink_to(elsewhere)
    os.link(elsewhere, git_dir / "same")
    os.chown(git_dir / "config", somebody, somebody)
    (git_dir / "logs" / "HEAD").unlink()
    (git_dir / "logs" / "HEAD").touch()
    (git_dir / "objects" / "pack" / "new").mkdir()
    assert findings(run) == {"folder.given_back": "mended"}
    assert findings(run) == {}
    run("user", "add", "zoe", "--role", "editor")
    run("reindex")
    roots = {place for place in story_home.rglob("*") if place.lstat().st_uid == 0}
    assert roots == {settings, git_dir / "same"}
    assert elsewhere.stat().st_uid == 0 and (git_dir / "config").stat().st_uid == somebody


def test_a_disk_on_which_nothing_can_be_locked_is_named_and_nothing_waits_for_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.lockf", refused)
    assert findings(run, code=7) == {"storage.no_locks": "remains"}
    assert "put the home folder onto a disk of this machine" in run("serve", "--port", "0", code=7).err
    monkeypatch.setattr("fcntl.flock", refused)
    assert "Files can't be locked" in run("backup", str(tmp_path / "wiki.backup"), code=7).err
