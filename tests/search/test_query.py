"""What is typed into the search box is always a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki.search import query
from wiki.search.query import parse


def test_plain_words_are_words_in_any_form_of_writing() -> None:
    assert parse("Peer-to-peer  TEXTING").words == ("peer", "to", "peer", "texting")
    assert parse("Don’t").words == ("don't",)


def test_a_quoted_text_is_a_phrase_and_its_words_count_too() -> None:
    found = parse('free "phone bank" tool')
    assert found.phrases == (("phone", "bank"),)
    assert found.words == ("free", "phone", "bank", "tool")


def test_the_quotes_that_phones_write_are_quotes() -> None:
    for text in ("“phone bank” app", "„phone bank“ app", "«phone bank» app"):
        assert parse(text).phrases == (("phone", "bank"),), text


def test_a_quote_that_is_never_closed_reaches_to_the_end() -> None:
    assert parse('"phone bank').phrases == (("phone", "bank"),)


def test_a_minus_before_a_word_leaves_out_and_inside_a_word_does_not() -> None:
    found = parse('text-banking -hustle -"phone bank"')
    assert found.words == ("text", "banking")
    assert found.excluded == (("hustle",), ("phone", "bank"))


def test_options_of_a_program_in_a_pasted_sentence_are_words() -> None:
    found = parse("git commit --message -m leaves nothing out - not even a dash")
    assert found.excluded == ()
    assert found.words[:4] == ("git", "commit", "message", "m")


def test_known_keys_are_filters_and_unknown_ones_are_words() -> None:
    found = parse('Category:field cost:free,$ tag:"door knocking" colour:red texting')
    assert found.filters == {"category": ("field",), "cost": ("free", "$"), "tag": ("door knocking",)}
    assert found.words == ("colour", "red", "texting")


def test_a_star_makes_the_last_word_a_beginning() -> None:
    found = parse("door-knock* canv*")
    assert found.prefixes == ("knock", "canv")
    assert found.words == ("door",)


@pytest.mark.parametrize("text", ["", " ", "*", '""', "-", "---", "\0", "!!!", "- -", '"', ":", '-""', "**"])
def test_a_query_of_nothing_asks_for_nothing(text: str) -> None:
    found = parse(text)
    assert not found.asks
    assert not found.filters


@pytest.mark.parametrize("text", ["(a+)+$", "NEAR(", "AND OR NOT", "a:b:c", "[x TO y]", "\\", "%' OR 1=1", "{{7*7}}"])
def test_signs_that_mean_something_elsewhere_mean_nothing_here(text: str) -> None:
    parse(text)


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    found = parse("word " * 5_000)
    assert found.cut
    assert len(found.words) <= query.MAX_WORDS
    assert not parse("a short one").cut


@given(st.text(max_size=300))
def test_no_text_raises_and_everything_is_bounded(text: str) -> None:
    found = parse(text)
    assert len(found.words) <= query.MAX_WORDS
    assert len(found.phrases) <= query.MAX_PHRASES
    assert len(found.excluded) <= query.MAX_EXCLUDED
    assert "\0" not in found.raw
    assert all(word and word == word.lower() for word in found.words if word.isascii())
