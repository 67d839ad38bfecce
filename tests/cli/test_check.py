"""Looking the files over: what is wrong, and in which line of which file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import git
from tests.linkcheck.conftest import MadeUp, Site, site
from wiki.config import load
from wiki.web.application import create_app

__all__ = ["site"]


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
    assert told.err == f"\n{len(lines)} problems.\n", "a blank line, then how many"
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


@pytest.fixture
def sites(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Other sites, in a made-up network: the command asks no real one."""
    monkeypatch.setattr("wiki.cli.check.Internet", lambda: MadeUp(site))
    monkeypatch.setattr("wiki.linkcheck.checker.time.sleep", lambda seconds: None)
    return site


def test_links_are_looked_at_only_when_asked(run: Run, sites: Site, story_home: Path) -> None:
    run("check")
    run("check", "pages")
    assert sites.asked == [] and not (story_home / "search_index" / "links.json").exists()


def test_links_that_lead_nowhere_are_named_with_file_and_line(run: Run, sites: Site, story_home: Path) -> None:
    commit(
        story_home,
        tips__links_md=(
            "# Links\n\n[one](https://gone.invalid/) [two](http://there.example/404)\n\n[[tips/nowhere-at-all]]\n\n"
            "[in](http://192.168.1.1/) [fine](http://there.example/) [new](http://there.example/moved//new)\n"
        ),
    )
    told = run("check", "links", code=2)
    lines = [line for line in told.out.splitlines() if line.startswith("tips/links.md:")]
    assert lines == [
        "tips/links.md:5: tips/nowhere-at-all: There is no page tips/nowhere-at-all.",
        "tips/links.md:3: https://gone.invalid/: There is no site called gone.invalid (any more).",
        "tips/links.md:3: http://there.example/404: There is nothing at this address any more (the site answers 404).",
        "tips/links.md:7: http://192.168.1.1/: 192.168.1.1 is in a private network, so it wasn't asked; other people can't "
        "reach it.",
        "tips/links.md:7: note: http://there.example/moved//new: This has moved to http://there.example/new.",
    ]
    assert all(host == "there.example" or host.endswith(".example") for _, host, _ in sites.asked)
    found = json.loads(run("check", "links", "--json", code=2).out)
    assert {
        "path": "tips/links.md",
        "line": 3,
        "code": "outside.gone",
        "where": "http://there.example/404",
    }.items() <= next(
        item for item in found if item["code"] == "outside.gone" and item["path"] == "tips/links.md"
    ).items()


def test_what_other_sites_answered_is_shown_where_work_is_listed(run: Run, sites: Site, story_home: Path) -> None:
    commit(story_home, tips__links_md="# Links\n\n[two](http://there.example/404)\n")
    client = create_app(load(story_home, {})).test_client()
    assert "Nobody has looked yet" in client.get("/-/attention/broken").text
    run("check", "links", code=2)
    shown = client.get("/-/attention/broken").text
    assert "http://there.example/404: There is nothing at this address any more" in shown
    # Mended, it goes from the list without another look.
    commit(story_home, tips__links_md="# Links\n\nNone.\n")
    assert "there.example" not in client.get("/-/attention/broken").text
