"""Making a wiki, and keeping what is derived from it current."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import git
from wiki.bootstrap import create_wiki
from wiki.config import load
from wiki.resources import folder
from wiki.storage.writer import Writer
from wiki.web.application import create_app


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_empty_folder_becomes_a_wiki_with_the_seed_pages(run_in: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = run_in(home, "init").out
    assert re.search(r"http://127\.0\.0\.1:8000/-/link/[\w-]{40,}", told)
    seed = {file.relative_to(folder("seed")).as_posix() for file in folder("seed").rglob("*.md")}
    assert seed <= set(git(home / "content", "ls-files").splitlines())
    assert json.loads(run_in(home, "reindex", "--json").out)["current"] is True
    again = run_in(home, "init").out
    assert "is there" in again
    assert git(home / "content", "rev-list", "--count", "HEAD") == "1"


def test_two_who_make_a_wiki_at_once_and_one_who_was_cut_off_leave_the_whole_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(tmp_path)
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(Writer, "commit", interrupted)
        create_wiki(config)
    with ThreadPoolExecutor(2) as both:
        made = list(both.map(lambda _: create_wiki(config), range(2)))
    assert sorted(made) == [False, True]
    seed = {file.relative_to(folder("seed")).as_posix() for file in folder("seed").rglob("*") if file.is_file()}
    assert set(git(config.content_dir, "ls-tree", "-r", "--name-only", "HEAD").splitlines()) == seed
    assert git(config.content_dir, "status", "--short") == ""


def test_an_empty_wiki_has_the_settings_of_the_seed_and_names_none_of_its_pages(run_in: Run, tmp_path: Path) -> None:
    run_in(tmp_path / "home", "init", "--empty")
    files = git(tmp_path / "home" / "content", "ls-files").splitlines()
    assert files and all(file.startswith("_wiki/") for file in files)
    rights = (tmp_path / "home" / "content" / "_wiki" / "protection.yml").read_text()
    assert [line for line in rights.splitlines() if line[:1] != "#"] == ["_wiki: maintainer"]
    stranger = create_app(load(tmp_path / "home")).test_client()
    home = stranger.get("/").text
    assert "Write the first one" in home and "Our wiki</title>" in home and "described by" not in home
    leads = set(re.findall(r'href="(/[^"?]*)', home))
    assert "/communications" in leads
    # A page by chance is there as soon as there is a page.
    assert {address for address in leads if stranger.get(address).status_code >= 400} == {"/-/random"}


@pytest.mark.parametrize("name", ["README.md", "start.mdx"])
def test_a_folder_of_pages_keeps_its_readme_and_the_seed_stays_out(run_in: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "wiki" / "content").mkdir(parents=True)
    (tmp_path / "wiki" / "content" / name).write_text("# Our tenants\n")
    assert run_in(tmp_path / "wiki", "init").code == 0
    assert git(tmp_path / "wiki" / "content", "ls-files") == name


def test_with_an_administrator_there_is_no_link(run: Run) -> None:
    run("user", "add", "ada", "--role", "admin", "--password-stdin", given="a long walk by the river\n")
    assert "/-/link/" not in run("init").out


def test_a_folder_that_holds_other_things_is_left_alone_unless_it_was_named(
    run_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letters").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "holds other things" in run_in(None, "init", code=2).err
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters"]
    run_in(tmp_path, "init", "--empty")
    run_in(None, "init")


def test_reindex_catches_up_with_what_git_has_done(run: Run, story_home: Path) -> None:
    run("reindex")
    page = story_home / "content" / "tips" / "by-git.md"
    page.write_text("# By git\n\nSaid by zanzibar.\n")
    git(story_home / "content", "add", "tips/by-git.md")
    git(story_home / "content", "commit", "-q", "-m", "By git")
    head = git(story_home / "content", "rev-parse", "HEAD")
    assert json.loads(run("reindex", "--json").out) == {"head": head, "current": True}
    assert head[:10] in run("reindex", "--full").out


def test_a_deleted_index_is_built_again(run: Run, story_home: Path) -> None:
    run("reindex")
    for file in (story_home / "search_index").glob("*.sqlite3*"):
        file.unlink()
    assert json.loads(run("reindex", "--json").out)["current"] is True
