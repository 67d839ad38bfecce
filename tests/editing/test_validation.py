from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Story
from wiki.editing.facts import is_web_address
from wiki.editing.validation import check_page, field_lines, new_problems
from wiki.errors import Problem
from wiki.markup.front_matter import dump
from wiki.pages.page import read_page
from wiki.pages.path import PagePath

TOOL: dict[str, Any] = {
    "title": "X",
    "summary": "s",
    "categories": ["field"],
    "functions": ["phonebank"],
    "cost": {"level": "free"},
    "status": "active",
}


def problems(story: Story, fields: dict[str, Any], path: str = "field/x") -> list[tuple[str, str]]:
    page = read_page(PagePath(path), "", "", dump(fields, "Text\n").encode(), story.settings.at())
    return [(problem.where, problem.code) for problem in check_page(page, story.settings.at(), 1_000_000)]


def test_a_tool_with_its_facts_is_good(story: Story) -> None:
    assert problems(story, TOOL) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": ""}, ("title", "field.required")),
        ({"title": None}, ("title", "field.required")),
        ({"title": ["a"]}, ("title", "field.shape")),
        ({"title": "x" * 201}, ("title", "text.too_long")),
        ({"title": "a\nb"}, ("title", "text.one_line")),
        ({"cost": {}}, ("cost.level", "field.required")),
        ({"cost": None}, ("cost.level", "field.required")),
        ({"cost": "free"}, ("cost", "field.shape")),
        ({"cost": {"level": ["free"]}}, ("cost.level", "field.shape")),
        ({"cost": {"level": "free", "as_of": "soon"}}, ("cost.as_of", "date.wrong")),
        ({"cost": {"level": "free", "prices": [{"amount": "x"}]}}, ("cost.prices.0.amount", "number.wrong")),
        ({"cost": {"level": "free", "prices": ["x"]}}, ("cost.prices.0", "field.shape")),
        ({"categories": []}, ("categories", "field.required")),
        ({"categories": ["kitchen"]}, ("categories", "choice.unknown")),
        ({"categories": ["field"] * 5}, ("categories", "list.too_long")),
        ({"categories": "field"}, ("categories", "field.shape")),
        ({"url": "javascript:alert(1)"}, ("url", "url.wrong")),
        ({"url": "example.org"}, ("url", "url.wrong")),
        ({"sources": ["https://a.example", "ftp://x"]}, ("sources", "url.wrong")),
        ({"last_verified": "2199-01-01"}, ("last_verified", "date.future")),
        ({"last_verified": "2026-13-01"}, ("last_verified", "date.wrong")),
        ({"last_verified": "2026-W10-1"}, ("last_verified", "date.wrong")),
        ({"verify_every": -1}, ("verify_every", "number.wrong")),
        ({"verify_every": True}, ("verify_every", "number.wrong")),
        ({"alternatives": ["Some Tool"]}, ("alternatives", "page.address")),
        ({"alternatives": ["../x"]}, ("alternatives", "page.address")),
        ({"alternatives": ["field/y", "/field/x"]}, ("alternatives", "page.itself")),
        ({"replaced_by": "field/x"}, ("replaced_by", "page.itself")),
        ({"tags": ["x" * 301]}, ("tags", "text.too_long")),
        ({"status": "retired"}, ("status_note", "field.required")),
        ({"kind": "tooool"}, ("kind", "choice.unknown")),
        ({"kind": 7}, ("kind", "choice.unknown")),
        ({"experiences": [{"note": "x"}]}, ("experiences.0.who", "field.required")),
    ],
)
def test_a_fact_that_does_not_fit_is_named(story: Story, change: dict[str, Any], expected: tuple[str, str]) -> None:
    assert problems(story, {**TOOL, **change}) == [expected]


def test_one_word_for_facts_of_several_names_is_told_what_is_allowed(story: Story) -> None:
    assert problems(story, {**TOOL, "cost": "lots"}) == [("cost", "field.shape"), ("cost.level", "choice.unknown")]
    assert problems(story, {**TOOL, "cost": ["lots"]}) == [("cost", "field.shape")]


def test_a_stub_may_leave_its_cost_open_but_not_say_it_wrong(story: Story) -> None:
    stub = {**TOOL, "status": "stub"}
    without = {key: value for key, value in stub.items() if key != "cost"}
    assert problems(story, without) == []
    assert problems(story, {**stub, "cost": {"level": "lots"}}) == [("cost.level", "choice.unknown")]
    assert problems(story, {**without, "status": "active"}) == [("cost.level", "field.required")]


def test_keys_that_nobody_declared_are_nobodys_business(story: Story) -> None:
    assert problems(story, {**TOOL, "x": {"deep": [1]}, "title": 2026}) == []


def test_a_toolkits_item_is_a_page_or_an_address(story: Story) -> None:
    kit = {
        "title": "K",
        "summary": "s",
        "items": [{"page": "field/spoke"}, {"note": "x"}, {"url": "https://a.example"}],
    }
    assert problems(story, kit, "toolkits/k") == [("items.1.page", "field.required")]


def test_a_translation_has_words_and_no_facts(story: Story) -> None:
    translation = {"title": "X", "summary": "s", "translation": {"of": "field/x"}}
    assert problems(story, translation, "es/field/x") == []
    assert problems(story, {**translation, "cost": {"note": "n"}, "status_note": "n"}, "es/field/x") == []
    assert problems(story, {**translation, "cost": {"level": "$", "note": "n"}, "status": "active"}, "es/field/x") == [
        ("cost.level", "translation.fact"),
        ("status", "translation.fact"),
    ]
    assert problems(story, {"translation": {}, "title": "X"}, "es/field/x") == [("summary", "field.required")]


def test_a_page_of_text_alone_is_good(story: Story) -> None:
    page = read_page(PagePath("field/x"), "", "", b"Just text\n", story.settings.at())
    assert check_page(page, story.settings.at(), 1_000_000) == []


def test_problems_without_end_are_cut(story: Story) -> None:
    assert len(problems(story, {**TOOL, "sources": ["x"] * 90})) == 50


def test_the_line_of_each_fact_is_known() -> None:
    source = "---\n# c\ntitle: A\ncost: {level: x,\n  note: y}\nitems:\n  - page: a\n\n  - {page: b}\n---\n"
    assert field_lines(source) == {
        "title": 3,
        "cost": 4,
        "cost.level": 4,
        "cost.note": 5,
        "items": 6,
        "items.0": 7,
        "items.0.page": 7,
        "items.1": 9,
        "items.1.page": 9,
    }
    assert field_lines("no block") == field_lines("---\na: [\n---\n") == field_lines("---\n---\n") == {}


def test_only_what_an_edit_adds_is_its_problem() -> None:
    old = [Problem("a", "x", {"value": "1"}, 3), Problem("b", "y")]
    assert new_problems(old, [Problem("a", "x", {"value": "1"}, 9), Problem("b", "y", {"count": 2})]) == []
    assert new_problems(old, [Problem("a", "x", {"value": "2"})]) == [Problem("a", "x", {"value": "2"})]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://a.example/x?y=1#z", True),
        ("http://localhost:8000", True),
        ("HTTPS://A.example", True),
        ("https://", False),
        ("//a.example", False),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("https://a.example/\x00", False),
        ("https://a.example/<script>", False),
        ("https://[::1", False),
        ("https://a.example/" + "x" * 2000, False),
    ],
)
def test_an_address_is_one_that_a_browser_can_go_to(text: str, good: bool) -> None:
    assert is_web_address(text) is good
