"""Typing errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki.search.spelling import distance


@pytest.mark.parametrize(
    ("first", "second", "errors"),
    [("petition", "petiton", 1), ("signal", "singal", 1), ("voter", "vote", 1), ("mail", "male", 2), ("ab", "ba", 1)],
)
def test_errors_are_counted(first: str, second: str, errors: int) -> None:
    assert distance(first, second, 2) == errors


LETTERS = st.text("abc", max_size=8)


@given(LETTERS, LETTERS)
def test_a_distance_is_the_same_both_ways_and_none_only_for_the_same_word(first: str, second: str) -> None:
    assert distance(first, second, 20) == distance(second, first, 20)
    assert (distance(first, second, 20) == 0) == (first == second)


@given(LETTERS, LETTERS)
def test_a_bound_changes_nothing_below_it(first: str, second: str) -> None:
    assert min(distance(first, second, 20), 3) == min(distance(first, second, 2), 3)
