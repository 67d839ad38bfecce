"""Looking the files over: what is wrong, and in which line of which file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.conftest import git


def commit(home: Path, **files: str) -> None:
    for name, text in files.items():
        file = home / "content" / name.replace("__", "/").replace("_md", ".md")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(home / "content", "add", "-A")
    git(home / "content", "commit", "-q", "-m", "By git")


def test_a_sound_wiki_has_no_problems(run: Run) -> None:
    assert run("check").out == ""
    assert json.loads(run("check", "pages", "--json").out) == []


def test_the_seed_pages_have_no_problems(run_in: Run, tmp_path: Path) -> None:
    run_in(tmp_path / "home", "init")
    assert run_in(tmp_path / "home", "check").out == ""


def test_what_is_wrong_is_named_with_file_and_line_in_plain_words(run: Run, story_home: Path) -> None:
    commit(story_home, field__broken_md="---\ntitle: Broken\ncost:\n  level: cheap\n---\nText\n", CON__x_md="# X\n")
    (story_home / "content" / "tips" / "link.md").symlink_to("/etc/passwd")
    commit(story_home)
    told = run("check", code=2)
    lines = told.out.splitlines()
    assert any(line.startswith("field/broken.md:4: cost.level: “cheap” is not one of the choices.") for line in lines)
    assert any(line.startswith("tips/link.md:1: Links to other files") for line in lines)
    assert any(line.startswith("CON/x.md:1: ") for line in lines)
    assert told.err == f"{len(lines)} problems.\n"
    assert "That didn't work" not in told.out


def test_scripts_get_the_same_as_json(run: Run, story_home: Path) -> None:
    commit(story_home, field__broken_md="---\ntitle: Broken\ncost:\n  level: cheap\n---\nText\n")
    found = json.loads(run("check", "--json", code=2).out)
    assert {"path": "field/broken.md", "line": 4, "where": "cost.level", "code": "choice.unknown"}.items() <= {
        key: value for item in found if item["code"] == "choice.unknown" for key, value in item.items()
    }.items()


def test_names_that_would_steer_a_terminal_are_shown_as_text(run: Run, story_home: Path) -> None:
    (story_home / "content" / "tips" / "a\x1b[31m\nb.md").write_text("# X\n")
    commit(story_home)
    told = run("check", code=2).out
    assert "\x1b" not in told
    assert all(line.startswith("tips/a�[31m�b.md:1: ") for line in told.splitlines())
