"""What is kept of a look at the links."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Story
from wiki.errors import Unavailable
from wiki.linkcheck.checker import Verdict
from wiki.linkcheck.links import Links, OutsideLink, outside
from wiki.linkcheck.report import FILE_NAME, read_report, report_of, write_report

MADE = datetime(2027, 3, 3, 9, 30, tzinfo=UTC)
LINK = OutsideLink("tips/x", "0" * 40, 7, "https://site.example/")


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    report = report_of(MADE, [LINK], {LINK.address: Verdict("outside.gone", {"status": 404})})
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_links_that_are_well_are_only_counted() -> None:
    report = report_of(MADE, [LINK], {LINK.address: Verdict()})
    assert (report.addresses, report.bad) == (1, ())


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "{}", '{"format": 2}', '{"format": 1, "made": "x", "addresses": 1, "bad": []}']
)
def test_a_report_that_can_not_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert read_report(tmp_path) is None


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        write_report(report_of(MADE, [], {}), tmp_path / "file")


def looked_over(story: Story, path: str) -> tuple[list[tuple[int, str, str]], list[tuple[int, str]]]:
    story.catalog.catch_up()
    links = Links(story.store, story.rendering, story.catalog, story.settings.at())
    page, rendered = next(found for found in links.pages(story.repository.head()) if found[0].path.text == path)
    inside = [(item.line, item.problem.code, item.problem.where) for item in links.inside(page, rendered)]
    return inside, [(link.line, link.address) for link in outside(page, rendered)]


def test_links_are_found_in_facts_and_text_with_their_lines(story: Story) -> None:
    source = (
        "---\ntitle: Links\nurl: https://one.example/\nsources:\n  - url: https://two.example/a\n---\n"
        "# Links\n\n[three](https://three.example/?utm_source=x) and <https://one.example/>\n\n"
        "[mail](mailto:a@b.example) ![map](https://four.example/map.png)\n"
    )
    story.commit({"tips/links.md": source})
    _, out = looked_over(story, "tips/links")
    assert {(3, "https://one.example/"), (5, "https://two.example/a"), (9, "https://three.example/")} <= set(out)
    assert not [address for _, address in out if address.startswith("mailto")]


def test_links_inside_that_lead_nowhere_are_named_with_their_lines(story: Story) -> None:
    story.commit(
        {
            "tips/target.md": "# Target\n\n## What it costs\n\nMuch.\n",
            "tips/links.md": "# Links\n\n[[tips/target#What it costs]] [[tips/target#Gone]] [[tips/nowhere]]\n\n"
            "[here](#here) [not](#not-here) [file](map.pdf) [folder](/tips) [engine](/-/all)\n\n## Here\n\nText.\n",
        }
    )
    inside, _ = looked_over(story, "tips/links")
    assert inside == [
        (3, "inside.no_anchor", "tips/target#gone"),
        (3, "inside.no_page", "tips/nowhere"),
        (5, "inside.no_page", "map.pdf"),
        (5, "inside.no_anchor", "#not-here"),
    ]
