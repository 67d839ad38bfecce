from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki.markup.diff import Hunk, Line, Part, matches, words


def test_equal_texts_have_no_changes() -> None:
    assert words("a\nb", "a\nb") == []


def test_the_words_that_changed_are_marked_on_both_sides() -> None:
    assert words("The quick brown fox\nsame", "The quick red fox jumps\nsame") == [
        Hunk(
            (
                Line("removed", 1, None, (Part("The quick ", False), Part("brown", True), Part(" fox", False))),
                Line(
                    "added",
                    None,
                    1,
                    (Part("The quick ", False), Part("red", True), Part(" fox", False), Part(" jumps", True)),
                ),
                Line("kept", 2, 2, (Part("same", False),)),
            )
        )
    ]


def test_added_and_removed_lines_are_changed_altogether() -> None:
    (hunk,) = words("a\nb\n", "a\nx\n\nb\n", context=1)
    assert hunk.lines == (
        Line("kept", 1, 1, (Part("a", False),)),
        Line("added", None, 2, (Part("x", True),)),
        Line("added", None, 3, ()),
        Line("kept", 2, 4, (Part("b", False),)),
    )


def test_changes_far_apart_are_in_hunks_of_their_own() -> None:
    old = [str(number) for number in range(1, 31)]
    new = ["x" if line in ("5", "20") else line for line in old]
    found = words("\n".join(old), "\n".join(new))
    assert [[line.old for line in hunk.lines if line.old] for hunk in found] == [
        [2, 3, 4, 5, 6, 7, 8],
        [17, 18, 19, 20, 21, 22, 23],
    ]


def test_changes_close_together_share_a_hunk() -> None:
    old = [str(number) for number in range(1, 31)]
    new = ["x" if line in ("5", "12") else line for line in old]
    (hunk,) = words("\n".join(old), "\n".join(new))
    assert [line.old for line in hunk.lines if line.old] == list(range(2, 16))


lines = st.lists(st.sampled_from(["a", "b", "c d", "", "e f g", "x"]), max_size=14).map("\n".join)


@given(lines, lines, st.integers(0, 20))
@settings(max_examples=200, deadline=None)
def test_both_texts_can_be_read_off_the_difference(old: str, new: str, context: int) -> None:
    found = [line for hunk in words(old, new, context=1_000) for line in hunk.lines]
    if old == new:
        assert not found
        return
    for side, number, text in (("added", "old", old), ("removed", "new", new)):
        chosen = [line for line in found if line.kind != side]
        assert "\n".join("".join(part.text for part in line.parts) for line in chosen) == text
        assert [getattr(line, number) for line in chosen] == list(range(1, text.count("\n") + 2))
    with_context = [line for hunk in words(old, new, context) for line in hunk.lines]
    assert [line for line in with_context if line.kind != "kept"] == [line for line in found if line.kind != "kept"]
    assert [line for line in found if line in with_context] == with_context


@given(lines, lines)
@settings(max_examples=100, deadline=None)
def test_what_counts_as_kept_is_the_same_on_both_sides(old: str, new: str) -> None:
    before, after = old.split("\n"), new.split("\n")
    at_a = at_b = 0
    for a, b, size in matches(before, after):
        assert a >= at_a
        assert b >= at_b
        assert size > 0
        assert before[a : a + size] == after[b : b + size]
        at_a, at_b = a + size, b + size


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\n" * 30_000, "a\nb\n" * 30_000),
        ("\n".join(str(n % 10) for n in range(30_000)), "\n".join(str(n * 7 % 10) for n in range(30_000))),
        ("\n".join(map(str, range(20_000))), "\n".join(map(str, range(19_999, -1, -1)))),
        ("a b " * 100_000, "b a c " * 100_000),
        ("a b " * 5_000, "b a c " * 5_000),
        ("\n".join(f"k{n}\na b {n % 7}" for n in range(8_000)), "\n".join(f"k{n}\na c {n % 5}" for n in range(8_000))),
    ],
)
def test_huge_rewrites_get_coarser_and_stay_right(old: str, new: str) -> None:
    found = [line for hunk in words(old, new, context=10**6) for line in hunk.lines]
    assert "\n".join("".join(p.text for p in line.parts) for line in found if line.kind != "added") == old
    assert "\n".join("".join(p.text for p in line.parts) for line in found if line.kind != "removed") == new
