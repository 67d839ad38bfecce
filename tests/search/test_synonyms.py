"""Words and phrases that mean the same."""

from __future__ import annotations

from wiki.search.synonyms import MAX_ALTERNATIVES, Match, Synonyms
from wiki.search.text import words

GROUPS = [
    ["phone bank", "dialer", "call tool"],
    ["p2p texting", "peer-to-peer texting", "text banking"],
    ["peer to peer fundraising", "friends fundraising page"],
]


def matches(synonyms: Synonyms, text: str, code: str = "en") -> list[Match]:
    return synonyms.matches(words(text), code)


def test_each_phrase_of_a_group_stands_for_all_others() -> None:
    synonyms = Synonyms.build(GROUPS)
    assert matches(synonyms, "a dialer") == [Match(1, 1, (("phone", "bank"), ("call", "tool")))]
    assert matches(synonyms, "call tool") == [Match(0, 2, (("phone", "bank"), ("dialer",)))]


def test_inflected_forms_are_recognised() -> None:
    assert matches(Synonyms.build(GROUPS), "phone banks")[0].alternatives == (("dialer",), ("call", "tool"))


def test_the_longest_phrase_wins_and_no_word_belongs_to_two() -> None:
    found = matches(Synonyms.build(GROUPS, [["peer", "equal"]]), "peer to peer texting")
    assert [(match.start, match.length) for match in found] == [(0, 4)]


def test_groups_in_a_circle_do_not_run_into_each_other() -> None:
    circle = Synonyms.build([["a", "b"], ["b", "c"], ["c", "a"]])
    assert matches(circle, "a")[0].alternatives == (("b",), ("c",))
    chain = Synonyms.build([["a1", "a2"], ["a2", "a3"], ["a3", "a4"]])
    assert matches(chain, "a1")[0].alternatives == (("a2",),)


def test_ten_thousand_entries_in_circles_are_bounded() -> None:
    size = 10_000
    synonyms = Synonyms.build([[f"word{n}", f"word{(n + 1) % size}", "same"] for n in range(size)])
    assert len(matches(synonyms, "same")[0].alternatives) == MAX_ALTERNATIVES


def test_groups_of_one_and_empty_phrases_mean_nothing() -> None:
    assert matches(Synonyms.build([["alone"], [], ["", "!!"], ["x", "X"]]), "alone x") == []


def test_a_word_alone_speaks_of_a_fact_only_in_a_form_of_its_own() -> None:
    known = Synonyms(
        (), {"functions:books": ["accounting"], "functions:safety": ["security"], "functions:mail": ["newsletter"]}
    )
    assert known.facts(["accounting"], "en") == known.facts(["accountings"], "en") == [("functions:books",)]
    assert known.facts(["newsletters"], "en") == [("functions:mail",)]
    assert known.facts(["our", "accounts"], "en") == known.facts(["send", "securely"], "en") == []


def test_two_words_of_a_phrase_may_be_written_as_one() -> None:
    known = Synonyms((), {"functions:shifts": ["sign-up sheet"]})
    assert known.facts(["signup", "sheet"], "en") == [("functions:shifts",)]


def test_saying_no_is_part_of_what_is_said() -> None:
    known = Synonyms((), {"needs:nothing": ["without a phone number"]})
    assert known.facts(["no", "phone", "number"], "en") == [("needs:nothing",)]
    assert known.facts(["the", "phone", "number"], "en") == []
