from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki.accounts.names import NAME_LONGEST, RESERVED, display_name, fold, normalised, user_name
from wiki.errors import Invalid


def code(call: object, text: str) -> str:
    with pytest.raises(Invalid) as caught:
        call(text)  # type: ignore[operator]
    return caught.value.code


@pytest.mark.parametrize(
    "name", ["jo", "jane.doe", "jane-doe", "a1", "42", "organización", "орган", "संगठन", "山田太郎", "a" * 40]
)
def test_letters_of_any_script_digits_and_single_separators_make_a_user_name(name: str) -> None:
    assert user_name(name) == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "name.too_short"),
        ("a", "name.too_short"),
        ("a" * 41, "name.too_long"),
        ("x" * 10_000, "name.too_long"),
        ("jane doe", "name.blank"),
        ("jane_doe", "name.character"),
        ("jane<evil>", "name.character"),
        ("jane\nroot", "name.character"),
        ("jane\0", "name.character"),
        ("jane\u202edoe", "name.character"),
        ("jane\u200bdoe", "name.character"),
        ("jane@example.org", "name.character"),
        ("../etc", "name.character"),
        ("jane\ud800", "name.character"),
        ("김철수\u3164", "name.character"),
        ("-jane", "name.separator"),
        (".git", "name.separator"),
        ("jane.", "name.separator"),
        ("jane..doe", "name.separator"),
        ("\u0301\u0301jane", "name.separator"),
        ("jаne", "name.mixed_scripts"),
    ],
)
def test_other_user_names_are_refused_with_the_reason(name: str, expected: str) -> None:
    assert code(user_name, name) == expected


def test_capitals_and_blanks_around_a_user_name_are_forgiven_because_phones_add_them() -> None:
    assert user_name(" Jane.Doe ") == "jane.doe"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jane.doe", "janedoe"),
        ("jane-doe", "jane.doe"),
        ("paypal", "paypa1"),
        ("bob", "b0b"),
        ("rosa", "rоsа"),
        ("сара", "capa"),
        ("ωωω", "www"),
        ("modern", "modem"),
        ("josé", "jose"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("Rosa", "ʀᴏꜱᴀ"),
        ("Rosa", "ᎡᎾᏚᎪ"),
        ("Rosa", "ꓣꓳꓢꓮ"),
    ],
)
def test_names_that_look_the_same_have_the_same_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ann", "anna"), ("bill", "bell"), ("мария", "марина"), ("user2", "user3")])
def test_names_that_look_different_have_different_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_reserved_names_are_written_as_their_keys_are() -> None:
    assert {fold(name) for name in RESERVED} == RESERVED


@given(st.text(max_size=60))
def test_whatever_is_accepted_as_a_user_name_is_safe_where_names_are_put(text: str) -> None:
    try:
        name = user_name(text)
    except Invalid:
        return
    assert 2 <= len(name) <= NAME_LONGEST
    assert not set(name) & set("<>@/\\ \n\r\t\0:;,\"'`$%&*?[]{}()|~^")
    assert name[0] not in "-." and name[-1] not in "-."
    assert normalised(name) == name == user_name(name)
    assert fold(name)


@pytest.mark.parametrize(
    "name", ["Rosa", "Jane O’Hara-Smith", "Dr. No", "陳大文", "محمد علی", "می‌خواهم", "Zoë 🌹", "J"]
)
def test_people_call_themselves_what_they_like(name: str) -> None:
    assert display_name(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "display_name.empty"),
        (" . ", "display_name.empty"),
        ("🌹", "display_name.empty"),
        ("Rosa <root@wiki>", "display_name.character"),
        ("Rosa\nReviewed-by: x", "display_name.character"),
        ("Rosa\x00", "display_name.character"),
        ("Rosa\u202e", "display_name.character"),
        ("Rosa\u2028x", "display_name.character"),
        ("Rosa\ufeff", "display_name.character"),
        ("Rosa\ud800", "display_name.character"),
        ("Rosa\u3164", "display_name.character"),
        ("Rosa\u115f", "display_name.character"),
        ("rosa@example.org", "display_name.email"),
        ("Rosa (rosa@example.org)", "display_name.email"),
        ("R" + "\u0336" * 12, "display_name.marks"),
        ("R" * 81, "display_name.too_long"),
        ("R" * 10_000, "display_name.too_long"),
    ],
)
def test_a_display_name_cannot_forge_a_git_identity_nor_hold_an_address(name: str, expected: str) -> None:
    assert code(display_name, name) == expected


def test_blanks_in_a_display_name_are_evened_out() -> None:
    assert display_name("  Rosa   \u00a0Parks ") == "Rosa Parks"


@given(st.text(max_size=120))
def test_whatever_is_accepted_as_a_display_name_is_one_clean_line(text: str) -> None:
    try:
        name = display_name(text)
    except Invalid:
        return
    assert name == display_name(name)
    assert len(name) <= 80
    assert len(name.splitlines()) == 1
    assert not set(name) & set("<>\0\n\r")
