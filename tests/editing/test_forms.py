from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import STORY, Story
from wiki.editing.forms import changes_from, form_values, new_source
from wiki.markup.front_matter import REMOVE, load, update
from wiki.pages.fields import PageKind
from wiki.pages.kinds import KINDS

TOOL = KINDS["tool"]


def as_sent(kind: PageKind, fields: dict[str, Any]) -> dict[str, list[str]]:
    """What a browser sends for a form that nobody touched."""
    sent: dict[str, list[str]] = {}
    for name, value in form_values(kind, fields).items():
        item = kind.field(name)
        assert item is not None
        if item.fields:
            for number, row in enumerate([*value, dict.fromkeys((inner.name for inner in item.fields), "")]):
                for key, cell in row.items():
                    sent[f"{name}.{number}.{key}"] = ["\r\n".join(cell) if isinstance(cell, list) else cell]
        elif item.type == "choices":
            sent[name] = ["", *sorted(value)]
        elif item.is_list:
            sent[name] = ["\r\n".join(value)]
        else:
            sent[name] = [value.replace("\n", "\r\n")]
    return sent


@pytest.mark.parametrize("file", sorted(STORY.rglob("*.md")), ids=lambda file: file.stem)
@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.fields], ids=lambda kind: kind.id)
def test_a_form_that_nobody_touched_changes_nothing(file: Any, kind: PageKind) -> None:
    fields = load(file.read_text()).fields
    assert changes_from(kind, as_sent(kind, fields), fields) == {}


def test_changing_the_cost_changes_one_line(story: Story) -> None:
    page = story.page("communications/signal")
    sent = as_sent(TOOL, page.fields) | {"cost.level": ["$"]}
    changes = changes_from(TOOL, sent, page.fields)
    assert changes == {"cost": {"level": "$"}}
    assert update(page.source, changes, TOOL.order) == page.source.replace("  level: free", "  level: $")


def test_an_input_left_empty_removes_its_fact_and_one_not_sent_keeps_it(story: Story) -> None:
    page = story.page("communications/signal")
    assert changes_from(TOOL, {}, page.fields) == {}
    sent = {"url": ["  "], "platforms": [""], "vendor.name": [""], "vendor.ownership": [""], "hosting": [""]}
    changes = changes_from(TOOL, sent, page.fields)
    assert changes == {"url": REMOVE, "platforms": REMOVE, "vendor": {"name": REMOVE, "ownership": REMOVE}}
    after = load(update(page.source, changes)).fields
    assert {"url", "platforms", "vendor"}.isdisjoint(after)
    assert after["x-note"] == "kept by hand"


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("title", [" A \r\n B "], "A B"),
        ("cost.note", ["a\r\nb\r\n"], "a\nb"),
        ("verify_every", ["90"], 90),
        ("verify_every", ["1.5"], 1.5),
        ("verify_every", ["soon"], "soon"),
        ("tags", ["safety, chat,, Phones "], ["safety", "chat", "Phones"]),
        ("tags", ["a, b\nc"], ["a, b", "c"]),
        ("tags", ["x", "y", "x"], ["x", "y"]),
        ("aliases", ["One\r\n\r\nTwo\r\n"], ["One", "Two"]),
        ("alternatives", ["/field/spoke/, communications/x\ntips/y"], ["field/spoke", "communications/x", "tips/y"]),
        ("sources", ["https://a.example/?a=1,2\nhttps://b.example"], ["https://a.example/?a=1,2", "https://b.example"]),
        (
            "sources",
            ["b.example/x\nwww.c.example\nthe book"],
            ["https://b.example/x", "https://www.c.example", "the book"],
        ),
        ("url", ["Example.org:8080/a?b"], "https://Example.org:8080/a?b"),
        ("url", ["ask@example.org"], "ask@example.org"),
        ("replaced_by", [" /field/spoke "], "field/spoke"),
        ("last_verified", ["2026-03-11"], "2026-03-11"),
        ("platforms", ["", "web", "android"], ["android", "web"]),
    ],
)
def test_what_people_enter_becomes_a_fact(story: Story, name: str, sent: list[str], expected: Any) -> None:
    fields = story.page("communications/signal").fields
    changes: Any = changes_from(TOOL, {name: sent}, fields)
    for key in name.split("."):
        changes = changes[key]
    assert changes == expected


@pytest.mark.parametrize(("sent", "expected"), [("true", True), ("false", False), ("", REMOVE), ("maybe", "maybe")])
def test_yes_no_and_nobody_knows_are_three_things(sent: str, expected: Any) -> None:
    kind = KINDS["training"]
    fields = {"on_request": True} if sent == "" else {}
    assert changes_from(kind, {"on_request": [sent]}, fields) == {"on_request": expected}
    assert form_values(kind, {"on_request": False})["on_request"] == "false"
    assert form_values(kind, {})["on_request"] == ""


def test_a_word_with_a_comma_in_it_is_not_taken_apart() -> None:
    fields = {"aliases": ["Working Families, Inc."], "prerequisites": ["A phone, charged"]}
    assert changes_from(TOOL, {"aliases": ["Working Families, Inc."]}, fields) == {}
    guide = KINDS["guide"]
    sent = {"prerequisites": ["A phone, charged and with credit"]}
    assert changes_from(guide, sent, fields) == {"prerequisites": ["A phone, charged and with credit"]}


def test_ticking_a_box_leaves_the_others_in_their_order() -> None:
    fields = {"platforms": ["sms", "ios", "web"]}
    changes = changes_from(TOOL, {"platforms": ["", "web", "android", "sms"]}, fields)
    assert changes == {"platforms": ["sms", "web", "android"]}


def test_rows_are_changed_added_and_taken_away_and_keep_what_the_form_does_not_know(story: Story) -> None:
    kind, page = KINDS["toolkit"], story.page("toolkits/first-meeting")
    fields = {**page.fields, "items": [{**row, "x": number} for number, row in enumerate(page.fields["items"])]}
    sent = {
        "items.0.page": ["communications/signal"],
        "items.0.note": ["For all."],
        "items.2.url": ["https://example.org/flyer"],
        "items.2.title": [""],
        "items.2.optional": ["false"],
        "items.3.page": [""],
        "items.7.page": ["tips/first-hour-of-safety"],
    }
    assert changes_from(kind, sent, fields) == {
        "items": [
            {"page": "communications/signal", "note": "For all.", "x": 0},
            {"url": "https://example.org/flyer", "x": 2, "optional": False},
            {"page": "tips/first-hour-of-safety"},
        ]
    }
    assert changes_from(kind, {"items.0.page": [""], "items.1.page": [""]}, page.fields)["items"] == [
        {"note": "For the group."},
        {"section": "Afterwards", "optional": True},
    ]
    empty = {f"items.{number}.{name}": [""] for number in range(3) for name in ("page", "note", "url", "title")}
    empty |= {"items.1.section": [""], "items.1.optional": [""]}
    assert changes_from(kind, empty, page.fields) == {"items": REMOVE}


ITEMS = [{"page": f"tips/{name}", "note": name.upper(), "x": name} for name in "abcd"]


@pytest.mark.parametrize(
    ("places", "order"),
    [
        (("1", "2", "3", "4"), "abcd"),
        (("1", "2", "3", "1"), "dabc"),
        (("3", "2", "3", "4"), "bcad"),
        (("4", "2", "1", "4"), "cbda"),
        (("", "x", "99999", "-1"), "abdc"),
    ],
)
def test_rows_stand_in_the_order_of_their_places_and_keep_what_the_form_does_not_know(
    places: tuple[str, ...], order: str
) -> None:
    """Without scripts a row is moved by the number of its place: up before the one that has it, down after it."""
    kind = KINDS["toolkit"]
    sent = as_sent(kind, {"items": ITEMS}) | {f"items.{at}.place": [place] for at, place in enumerate(places)}
    moved = changes_from(kind, sent, {"items": ITEMS}).get("items", ITEMS)
    assert "".join(row["x"] for row in moved) == order
    assert all(row in ITEMS for row in moved)


def test_rows_that_a_script_has_moved_changed_and_taken_away_keep_what_the_form_does_not_know() -> None:
    """It numbers the inputs anew, in the order that is seen."""
    kind = KINDS["toolkit"]
    seen = [ITEMS[2], ITEMS[0]]
    assert changes_from(kind, as_sent(kind, {"items": seen}), {"items": ITEMS}) == {"items": seen}
    changed = changes_from(
        kind, as_sent(kind, {"items": [ITEMS[3], ITEMS[1], {**ITEMS[2], "note": "New."}]}), {"items": ITEMS}
    )
    assert changed == {"items": [ITEMS[3], ITEMS[1], {**ITEMS[2], "note": "New."}]}


def test_one_changed_row_changes_its_lines_alone(story: Story) -> None:
    kind, page = KINDS["toolkit"], story.page("toolkits/first-meeting")
    sent = as_sent(kind, page.fields) | {"items.1.section": ["Later"]}
    after = update(page.source, changes_from(kind, sent, page.fields), kind.order)
    assert after.replace("Later", "Afterwards").split("---\n")[2] == page.source.split("---\n")[2]
    assert load(after).fields["items"][1] == {"page": "field/spoke", "section": "Later", "optional": True}
    assert "# after the meeting" in after or after.count("\n") == page.source.count("\n")


@pytest.mark.parametrize("fields", [{"platforms": "web", "cost": "free", "items": 7, "title": ["x"], "tags": {"a": 1}}])
def test_facts_of_the_wrong_shape_are_shown_as_far_as_they_can_be(fields: dict[str, Any]) -> None:
    values = form_values(TOOL, fields)
    assert values["platforms"] == ["web"]
    assert values["cost.level"] == ""
    assert changes_from(TOOL, {"cost.level": ["free"]}, fields) == {"cost": {"level": "free"}}
    assert form_values(KINDS["toolkit"], fields)["items"] == []


def test_names_that_are_no_inputs_are_passed_over() -> None:
    sent = {"nonsense": ["x"], "cost": ["x"], "items.x.page": ["y"], "csrf_token": ["z"], "items.99999.page": ["y"]}
    assert changes_from(TOOL, sent, {}) == {}
    assert changes_from(KINDS["toolkit"], sent, {}) == {}
    assert changes_from(TOOL, {"title": []}, {}) == {}


def test_a_new_page_has_its_facts_in_the_order_of_its_kind() -> None:
    fields = {"status": "active", "x": 1, "title": "A", "kind": "tool", "cost": {"level": "$"}}
    assert new_source(TOOL, fields, "Text\n") == (
        "---\nkind: tool\ntitle: A\ncost:\n  level: $\nstatus: active\nx: 1\n---\nText\n"
    )


def test_an_address_that_is_not_whole_stays_so_until_somebody_changes_it() -> None:
    fields = {"url": "example.org", "sources": ["b.example"]}
    assert changes_from(TOOL, {"url": ["example.org"], "sources": ["b.example"]}, fields) == {}
