from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wiki.editing.merge import ends_of, merge, merge_fields, merge_lines
from wiki.markup.front_matter import dump, load
from wiki.markup.front_matter import merge as apply_changes

BASE = """---
title: Signal   # the product's own name
cost:
  level: free
  note: Paid by gifts
platforms: [ios, android]
tags: [chat]
---
# Signal

One paragraph.

Another paragraph.

The end.
"""

words = st.sampled_from(["a", "b", "c", "<<<<<<< x", "=======", ">>>>>>> y", "", "- x", "---"])
text = st.lists(words, max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))
scalar = st.one_of(st.sampled_from(["x", "y", "free", "yes"]), st.integers(0, 3), st.booleans())
value = st.one_of(
    scalar,
    st.lists(scalar, max_size=3),
    st.lists(st.sampled_from(["x", "y", "z"]), max_size=3, unique=True),
    st.dictionaries(st.sampled_from(["k", "l"]), st.one_of(scalar, st.dictionaries(st.just("m"), scalar)), max_size=2),
    st.lists(st.dictionaries(st.sampled_from(["k", "l"]), scalar, min_size=1, max_size=2), max_size=3),
)
fields = st.dictionaries(st.sampled_from(["title", "cost", "tags", "items", "status"]), value, max_size=4)
page = st.one_of(st.builds(dump, fields, text), text)


def parts(source: str) -> tuple[dict[str, Any], str]:
    found = load(source)
    return found.fields, found.body


@given(page, page)
def test_merging_what_only_one_side_changed_gives_that_side(base: str, side: str) -> None:
    assert merge(base, side, base).source == side
    assert merge(base, base, side).source == side
    assert merge(base, side, side).source == side


@given(page, page, page)
def test_a_merge_never_makes_conflict_markers_and_loses_nothing_unasked(base: str, ours: str, theirs: str) -> None:
    result = merge(base, ours, theirs)
    for marker in ("<<<<<<<", "=======", ">>>>>>>"):
        assert result.source.count(marker) <= ours.count(marker) + theirs.count(marker)
    # With nothing left to decide, every line that a side added is there.
    if result.is_clean:
        for side in (ours, theirs):
            for line in set(parts(side)[1].splitlines()) - set(parts(base)[1].splitlines()):
                assert line in result.source


@given(page, page, page)
def test_what_the_merge_could_not_decide_is_the_wikis_version(base: str, ours: str, theirs: str) -> None:
    result = merge(base, ours, theirs)
    for conflict in result.fields:
        found: Any = load(result.source).fields
        for key in conflict.name.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        assert found == conflict.ours
    if result.passages:
        body = "".join(passage.ours if passage.both else passage.text for passage in result.passages)
        assert result.source.endswith(body)


@given(page, page, page)
def test_what_a_person_wrote_before_is_lost_only_to_a_part_of_it(base: str, ours: str, theirs: str) -> None:
    result = merge(base, ours, theirs, own=True)
    for passage in merge(base, ours, theirs).passages:
        before, after = (re.findall(r"\w+|\S", side) for side in (passage.ours, passage.theirs))
        kept = all(word in result.source for word in before)
        assert not passage.both or not result.is_clean or kept or set(after) < set(before)


@given(fields, fields, fields)
def test_facts_that_only_one_side_changed_all_come_through(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    changes, conflicts = merge_fields(base, ours, theirs)
    merged = apply_changes(ours, changes)
    in_conflict = {conflict.name.partition(".")[0] for conflict in conflicts}
    for key in {*base, *ours, *theirs} - in_conflict:
        sides = [repr(side.get(key)) for side in (base, ours, theirs)]
        if sides[0] == sides[1]:
            assert repr(merged.get(key)) == sides[2]
        elif sides[0] == sides[2]:
            assert repr(merged.get(key)) == sides[1]


@given(st.lists(st.text("ab", min_size=1, max_size=3), min_size=4, max_size=12), st.data())
def test_changes_to_different_paragraphs_both_survive(paragraphs: list[str], data: st.DataObject) -> None:
    places = [f"({number}) {paragraph}" for number, paragraph in enumerate(paragraphs)]
    first, second = sorted(data.draw(st.lists(st.integers(0, len(places) - 1), min_size=2, max_size=2, unique=True)))
    assume(second - first >= 1)
    base = "\n\n".join(places) + "\n"
    ours = base.replace(places[first], "OURS")
    theirs = base.replace(places[second], "THEIRS")
    result = merge(base, ours, theirs)
    assert result.is_clean
    assert "OURS" in result.source
    assert "THEIRS" in result.source


def test_a_fact_and_the_text_changed_by_two_people_are_both_kept_with_comments_and_order() -> None:
    ours = BASE.replace("level: free", "level: $").replace("The end.", "The very end.")
    theirs = BASE.replace("Paid by gifts", "Paid by donations").replace("One paragraph.", "One good paragraph.")
    result = merge(BASE, ours, theirs)
    assert result.is_clean
    assert result.source == BASE.replace("level: free", "level: $").replace("gifts", "donations").replace(
        "The end.", "The very end."
    ).replace("One paragraph.", "One good paragraph.")


def test_the_same_fact_changed_to_two_values_is_for_the_person_to_decide() -> None:
    result = merge(BASE, BASE.replace("level: free", "level: $"), BASE.replace("level: free", "level: $$"))
    (conflict,) = result.fields
    assert (conflict.name, conflict.base, conflict.ours, conflict.theirs) == ("cost.level", "free", "$", "$$")
    assert "level: $ " not in result.source
    assert "level: $\n" in result.source


def test_the_same_paragraph_changed_by_both_is_shown_in_both_versions() -> None:
    result = merge(BASE, BASE.replace("Another", "Ours"), BASE.replace("Another", "Theirs"))
    (passage,) = [passage for passage in result.passages if passage.both]
    assert (passage.ours, passage.theirs) == ("Ours paragraph.\n", "Theirs paragraph.\n")
    assert "Theirs" not in result.source


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("[ios, android, web]", "[ios]", ["ios", "web"]),
        ("[ios, android, web]", "[ios, android, sms]", ["ios", "android", "web", "sms"]),
        ("[android, ios]", "[ios, android, web]", ["android", "ios", "web"]),
        ("[]", "[ios, android, web]", ["web"]),
    ],
)
def test_words_that_two_people_add_and_take_away_are_brought_together(
    ours: str, theirs: str, merged: list[str]
) -> None:
    result = merge(BASE, BASE.replace("[ios, android]", ours), BASE.replace("[ios, android]", theirs))
    assert result.is_clean
    assert load(result.source).fields["platforms"] == merged


def test_rows_that_two_people_add_are_both_kept() -> None:
    base = {"items": [{"page": "a"}, {"page": "b"}, {"page": "c"}]}
    ours = {"items": [{"page": "new"}, *base["items"], {"page": "x"}]}
    theirs = {"items": [{"page": "a"}, {"page": "b", "note": "n"}, {"page": "c"}, {"page": "y"}]}
    changes, conflicts = merge_fields(base, ours, theirs)
    assert conflicts == []
    assert [row["page"] for row in changes["items"]] == ["new", "a", "b", "c", "x", "y"]
    assert changes["items"][2] == {"page": "b", "note": "n"}


def test_a_row_that_both_changed_is_for_the_person_to_decide() -> None:
    sides = [{"items": [{"page": "a", "note": note}]} for note in ("old", "mine", "new")]
    assert [conflict.name for conflict in merge_fields(*sides)[1]] == ["items"]


def test_a_fact_that_one_removed_and_the_other_changed_is_for_the_person_to_decide() -> None:
    result = merge(BASE, BASE.replace("tags: [chat]\n", ""), BASE.replace("tags: [chat]", "tags: [safety]"))
    (conflict,) = result.fields
    assert (conflict.name, conflict.ours, conflict.theirs) == ("tags", None, ["safety"])


def test_a_fact_replaced_as_a_whole_leaves_nothing_of_the_old_behind() -> None:
    base = {"cost": {"level": "free", "deep": {"a": 1, "b": 2}}}
    changes, conflicts = merge_fields(base, base, {"cost": {"deep": {"b": 3}}})
    assert conflicts == []
    assert apply_changes(base, changes) == {"cost": {"deep": {"b": 3}}}


def test_line_ends_do_not_make_a_conflict_and_stay_as_the_wiki_has_them() -> None:
    crlf = BASE.replace("\n", "\r\n")
    result = merge(BASE, crlf.replace("One", "1"), BASE.replace("Another", "2nd"))
    assert result.is_clean
    assert ends_of(result.source) == "\r\n"
    assert result.source == crlf.replace("One", "1").replace("Another", "2nd")
    assert "\r" not in merge(crlf, BASE.replace("One", "1"), crlf.replace("Another", "2nd")).source


def test_pages_with_unreadable_front_matter_are_merged_line_by_line() -> None:
    base = BASE.replace("title:", "title: [")
    result = merge(base, base.replace("One", "1"), base.replace("The end", "2"))
    assert result.is_clean
    assert result.source == base.replace("One", "1").replace("The end", "2")


def test_two_pages_begun_at_the_same_path_are_shown_in_both_versions() -> None:
    result = merge("", "---\ntitle: A\n---\nMine\n", "---\ntitle: B\n---\nYours\n")
    assert not result.is_clean
    assert [conflict.name for conflict in result.fields] == ["title"]


def test_far_apart_changes_to_a_long_text_are_merged_and_texts_made_to_be_slow_are_not_compared() -> None:
    base = "".join(f"text {number}\n\n" for number in range(5000))
    passages = merge_lines(base, base.replace("text 10\n", "X\n"), base.replace("text 4990\n", "Y\n"))
    assert not any(passage.both for passage in passages)
    slow = ["".join(f"{(number * factor) % 7 % 2}\n" for number in range(9000)) for factor in (3, 5, 6)]
    assert any(passage.both for passage in merge_lines(*slow))
    huge = ["x\n" * 50_000, "y\n" * 50_000, "z\n" * 50_000]
    assert merge_lines(*huge)[0].both
