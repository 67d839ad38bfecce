from __future__ import annotations

from wiki.history.diff import FieldChange, compare


def test_facts_are_compared_one_by_one_inside_of_mappings_too() -> None:
    old = {"title": "Signal", "cost": {"level": "free", "note": "x"}, "platforms": ["web"], "url": "a"}
    new = {
        "title": "Signal",
        "cost": {"level": "$", "as_of": "2026"},
        "platforms": ["web", "ios"],
        "data": {"api": True},
    }
    assert compare(old, new) == [
        FieldChange("cost.level", "free", "$"),
        FieldChange("cost.as_of", None, "2026"),
        FieldChange("cost.note", "x", None),
        FieldChange("platforms", ["web"], ["web", "ios"]),
        FieldChange("data.api", None, True),
        FieldChange("url", "a", None),
    ]


def test_nothing_changed_is_no_change_and_yes_is_not_one() -> None:
    assert compare({"a": {"b": [1]}}, {"a": {"b": [1]}}) == []
    assert compare({"a": True}, {"a": 1}) == [FieldChange("a", True, 1)]
    assert compare({"a": {"b": 1}}, {"a": "text"}) == [FieldChange("a", {"b": 1}, "text")]
    assert compare({"a": {"b": 1}}, {}) == [FieldChange("a.b", 1, None)]
