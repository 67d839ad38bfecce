from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Story
from wiki.errors import NotFound, TooMany
from wiki.pages.page import Page, read_page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.storage.reader import Reader

SETTINGS = Settings()


def read(source: str | bytes, path: str = "notes/a-page") -> Page:
    data = source.encode() if isinstance(source, str) else source
    return read_page(PagePath(path), "r", "b", data, SETTINGS)


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\ntitle: Signal\n---\n# Other\n", "Signal"),
        ("---\ntitle: 2026\n---\n", "2026"),
        ("---\ntitle: [a]\n---\n# Heading\n", "Heading"),
        ("# A *bold* `heading`\n", "A bold heading"),
        ("# <!-- mark -->Doors &mdash; how :tada:\n", "Doors — how 🎉"),
        (
            '<p>\n\n<h1 align="center">\n  <img src="a.png" alt="x"><br>\n  <b>Phone</b> banks\n</h1>\n\n# Other\n',
            "Phone banks",
        ),
        ("<h1>\n\nText\n", "A page"),
        ("# Dialer [![Build](https://x.example/y.svg?b=main)](https://x.example) [![Chat][]][chat]\n", "Dialer"),
        ("# [![Our logo](logo.png)](https://x.example)\n", "Our logo"),
        ("Heading\n=======\n", "Heading"),
        ("```\n# no\n```\n# Yes [here](x) #\n", "Yes here"),
        ("Just text\n", "A page"),
        ("", "A page"),
    ],
)
def test_a_page_is_called_by_its_title_else_its_heading_else_its_file(source: str, title: str) -> None:
    assert read(source).title == title


def test_an_index_page_is_called_after_its_folder() -> None:
    assert read("text", "docs/field-guide/README").title == "Field guide"


def test_a_page_with_broken_front_matter_keeps_its_text_and_says_what_is_wrong() -> None:
    page = read("---\ntitle: [\n---\nText\n")
    assert (page.body, page.fields) == ("Text\n", {})
    assert page.problem is not None
    assert page.problem.code.startswith("front_matter.")


def test_bytes_that_are_no_text_are_replaced_and_named_with_their_line() -> None:
    page = read(b"one\ntwo \xff\n")
    assert "\ufffd" in page.source
    assert page.problem is not None
    assert (page.problem.code, page.problem.line) == ("page.encoding", 2)


def test_a_byte_order_mark_is_not_part_of_a_page() -> None:
    assert read("\ufeff---\ntitle: A\n---\nb").title == "A"


@pytest.mark.parametrize(
    ("path", "source", "kind"),
    [
        ("communications/x", "---\ntitle: X\n---\n", "tool"),
        ("communications/x", "Text", "page"),
        ("communications/x", "---\nkind: guide\n---\n", "guide"),
        ("communications/x", "---\nkind: nonsense\n---\n", "tool"),
        ("glossary/x", "---\ntitle: X\n---\n", "term"),
        ("trainings/x", "---\ntitle: X\n---\n", "training"),
        ("es/communications/x", "---\ntitle: X\n---\n", "tool"),
        ("about", "---\ntitle: X\n---\n", "page"),
        ("notes/x", "---\nkind: settings\n---\n", "page"),
    ],
)
def test_the_kind_is_what_the_page_says_else_what_is_usual_in_its_folder(
    story: Story, path: str, source: str, kind: str
) -> None:
    page = read_page(PagePath(path), "", "", source.encode(), story.settings.at())
    assert page.kind.id == kind


def test_values_inside_of_mappings_are_asked_for_by_their_dotted_name(story: Story) -> None:
    page = story.page("communications/signal")
    assert page.value("cost.level") == "free"
    assert page.value("cost.nothing.below") is None
    assert page.texts("platforms") == ("ios", "android")
    assert page.texts("title") == ("Signal",)
    assert page.texts("vendor") == ()


def test_a_page_is_read_as_it_was_at_any_revision(story: Story) -> None:
    before = story.repository.head()
    story.save("communications/signal", story.source("communications/signal") + "\nMore.\n")
    assert "More." not in story.source("communications/signal", before)
    assert "More." in story.source("communications/signal")


def test_links_and_missing_files_are_no_pages(story: Story) -> None:
    (story.content / "field" / "link.md").symlink_to("/etc/passwd")
    story.git("add", "field/link.md")
    story.git("commit", "-qm", "A link")
    for path in ("field/link", "field/nothing", "field"):
        with pytest.raises(NotFound):
            story.page(path)


def test_a_file_that_is_too_large_is_no_page_and_the_others_are_still_listed(story: Story) -> None:
    story.commit({"tips/huge.md": "x" * 1_100_000})
    with pytest.raises(TooMany) as refused:
        story.page("tips/huge")
    assert refused.value.code == "page.too_large"
    wanted = [(path, entry.id) for path, entry in story.store.paths()]
    read = [page.path.text for page in story.store.read_many(wanted, story.repository.head())]
    assert "tips/huge" in [path.text for path, _ in wanted]
    assert "tips/huge" not in read
    assert len(read) == len(wanted) - 1


def test_a_page_is_one_question_to_git(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.page("communications/mattermost")
    asked: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        ask = getattr(Reader, name)

        def counting(*given: Any) -> Any:
            asked.append(name)
            return ask(*given)

        return counting

    for name in ("object", "header", "objects", "sizes"):
        monkeypatch.setattr(Reader, name, counted(name))
    assert story.page("communications/signal").title == "Signal"
    assert asked == ["object"]


@pytest.mark.parametrize("sign", ["[", "![", "<!--", "#", "[a](b", "<h1>[", "{:"])
def test_a_heading_of_a_megabyte_of_signs_is_read_as_far_as_a_title_goes(sign: str) -> None:
    # Looked at as a whole, most of these take minutes, at every look at the page.
    page = read(f"# {sign * (1_000_000 // len(sign))}a\n\nText\n")
    assert len(page.title) <= 300
    assert page.markdown.endswith("Text\n")


def test_blanks_within_a_heading_are_looked_at_once() -> None:
    # Gone back over from each of them, a single one takes seconds.
    heading = "# a" + " \t" * 900 + "x # #\t"
    assert [read(f"{heading}\n\nText {number}\n").title for number in range(50)] == ["a x #"] * 50
