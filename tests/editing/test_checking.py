from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import ANA, BEN, Story, git
from wiki.config import Limits
from wiki.editing.checking import Checking

TOOL = (
    "---\ntitle: X\nsummary: s\ncategories: [field]\nfunctions: [phonebank]\ncost:\n  level: {}\nstatus: active\n---\n"
)


@pytest.fixture
def checking(story: Story) -> Checking:
    return Checking(story.repository, story.settings, Limits())


def tree(story: Story, checking: Checking) -> list[tuple[str, str, int]]:
    found = checking.tree(story.repository.head())
    return [(item.file, item.problem.code, item.line) for item in found]


def push(story: Story, checking: Checking, **more: object) -> list[tuple[str, str]]:
    old = story.repository.commit(story.repository.head()).parents[0]
    found = checking.push(old, story.repository.head(), **more)  # type: ignore[arg-type]
    return [(item.file, item.problem.code) for item in found]


def add(story: Story, **files: str) -> None:
    for name, text in files.items():
        place = story.content / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    story.git("add", "-A", "-f")
    story.git("commit", "-qm", "By hand")


def test_the_story_has_nothing_wrong_with_it(story: Story, checking: Checking) -> None:
    assert tree(story, checking) == []


def test_every_file_that_breaks_a_rule_is_named_with_its_line(story: Story, checking: Checking) -> None:
    content = story.content
    (content / "link.md").symlink_to("/etc/passwd")
    (content / "notes").mkdir()
    (content / "notes" / "huge.md").write_text("x" * 5_000_000)
    (content / "notes" / "latin.md").write_bytes(b"one\ncaf\xe9\n")
    (content / "notes" / "run.exe").write_text("x")
    Path(os.fsdecode(os.fsencode(content) + b"/notes/bad\xff.md")).write_text("x")
    other = git(story.content, "rev-parse", "HEAD")
    story.git("update-index", "--add", "--cacheinfo", f"160000,{other},notes/module")
    add(
        story,
        **{
            "field/x.md": TOOL.format("lots"),
            "field/broken.md": "---\ntitle: A\ntitle: B\n---\n",
            "notes/README.md": "# Fine\n",
            "notes/Some Page.md": "# Fine\n",
            "notes/some-page.md": "# Twin\n",
            "notes/older.markdown": "# Fine\n",
            "README.md": "# The repository\n",
            ".gitignore": "*.tmp\n",
            ".mailmap": "Ana <ana@x>\n",
            "_wiki/protection.yml": "about: everyone\n",
            "_wiki/x.md": "text",
        },
    )
    story.git("update-index", "--add", "--cacheinfo", f"160000,{other},notes/module")
    story.git("commit", "-qm", "A module")
    assert sorted(tree(story, checking)) == sorted(
        [
            ("_wiki/protection.yml", "choice.unknown", 1),
            ("_wiki/x.md", "path.segment_start", 0),
            ("field/broken.md", "front_matter.duplicate_key", 3),
            ("field/x.md", "choice.unknown", 7),
            ("link.md", "file.symlink", 0),
            ("notes/README.md", "path.upper_case", 0),
            ("notes/Some Page.md", "path.upper_case", 0),
            ("notes/bad\udcff.md", "path.character", 0),
            ("notes/huge.md", "file.too_large", 0),
            ("notes/latin.md", "page.encoding", 2),
            ("notes/module", "file.submodule", 0),
            ("notes/older.markdown", "file.markdown", 0),
            ("notes/run.exe", "file.type", 0),
            ("notes/some-page.md", "path.too_similar", 0),
        ]
    )
    found = list(checking.tree(story.repository.head()))
    [renamed] = [item.problem.params["name"] for item in found if item.problem.code == "file.markdown"]
    assert renamed == "older.md"
    shown = [item.problem.where for item in found]
    assert all(where.isprintable() for where in shown)


def test_a_push_is_checked_for_what_it_changes_alone(story: Story, checking: Checking) -> None:
    add(story, **{"field/x.md": TOOL.format("lots"), "notes/README.md": "text"})
    assert push(story, checking) == [("field/x.md", "choice.unknown"), ("notes/README.md", "path.upper_case")]
    add(
        story,
        **{"field/x.md": TOOL.format("lots") + "More.\n", "notes/README.md": "other", "field/y.md": TOOL.format("$")},
    )
    assert push(story, checking) == []
    add(story, **{"field/x.md": TOOL.format("more")})
    assert push(story, checking) == [("field/x.md", "choice.unknown")]
    story.git("rm", "-q", "field/x.md")
    story.git("commit", "-qm", "Away")
    assert push(story, checking) == []


def test_a_push_may_not_bring_links_or_names_that_differ_too_little(story: Story, checking: Checking) -> None:
    (story.content / "x.md").symlink_to("about.md")
    add(story, **{"Field/z.md": "text", "field/SPOKE.md": "text", "straße/a.md": "text", "strasse/b.md": "text"})
    assert push(story, checking) == [
        ("Field/z.md", "path.upper_case"),
        ("field/SPOKE.md", "path.upper_case"),
        ("x.md", "file.symlink"),
        ("Field/z.md", "path.too_similar"),
        ("field/SPOKE.md", "path.too_similar"),
        ("straße/a.md", "path.too_similar"),
    ]
    story.git("mv", "field/spoke.md", "field/spoke2.md")
    story.git("commit", "-qm", "Moved")
    assert push(story, checking) == []


def test_a_folder_that_is_like_another_is_named_once(story: Story, checking: Checking) -> None:
    add(story, **{f"{folder}/{number}.md": "text" for folder in ("straße", "strasse") for number in range(5)})
    assert tree(story, checking) == [("straße/0.md", "path.too_similar", 0)]


def test_a_push_needs_the_rights_that_the_browser_asks_for(story: Story, checking: Checking) -> None:
    add(story, **{"about.md": "# About\n", "_wiki/protection.yml": "{}\n", "field/new.md": TOOL.format("$")})
    assert push(story, checking, actor=BEN) == [
        ("_wiki/protection.yml", "denied.wiki_files"),
        ("about.md", "denied.protected"),
    ]
    assert push(story, checking, actor=ANA) == []
    story.git("rm", "-q", "field/new.md")
    story.git("commit", "-qm", "Away")
    assert push(story, checking, actor=BEN) == [("field/new.md", "denied.permission")]
    story.commit({"_wiki/protection.yml": "field: admin\n"})
    add(story, **{"_wiki/protection.yml": "field/new: editor\nfield: admin\n"})
    assert push(story, checking, actor=ANA) == [("_wiki/protection.yml", "denied.protected")]


def test_a_whole_repository_can_be_checked_as_a_push(story: Story, checking: Checking) -> None:
    assert checking.push(None, story.repository.head()) == []


def test_a_flood_of_problems_is_cut(story: Story, checking: Checking) -> None:
    story.commit({f"field/x{number}.md": TOOL.format("lots") for number in range(300)})
    assert len(push(story, checking)) == 200
