"""From text to terms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from wiki.search.text import MAX_WORD, Language, folded, language, words


def test_entities_addresses_and_case_are_no_part_of_a_word() -> None:
    assert words("Q&amp;A at https://example.org/x?y=1 or WWW.example.org: Text!") == ["q", "a", "at", "or", "text"]


def test_one_apostrophe_and_no_soft_hyphen() -> None:
    assert words("don’t don't organi\u00adzing") == ["don't", "don't", "organizing"]


def test_an_article_before_an_apostrophe_is_no_part_of_a_word() -> None:
    assert words("L'équipe d’accueil, dell'assemblea; o'clock, he'd, aujourd'hui, L's") == [
        *("équipe", "accueil", "assemblea", "o'clock", "he'd", "aujourd'hui", "l's")
    ]


def test_signs_that_belong_to_a_name_stay_and_brackets_around_single_letters_go() -> None:
    assert words("C++, c# and C; a+b++c, no#5") == ["c++", "c#", "and", "c", "a", "b", "c", "no", "5"]
    assert words("501(c)(3), 501c3, a 401(k), f(x)") == ["501c3", "501c3", "a", "401k", "f", "x"]


def test_writing_without_spaces_is_taken_in_pairs_of_characters() -> None:
    assert words("東京都") == ["東京", "京都"]
    assert words("LINEアプリ") == ["line", "アプ", "プリ"]


def test_each_language_has_its_own_stems_and_stop_words() -> None:
    english, spanish = language("en"), language("es-MX")
    assert english.terms["organizers"] == english.terms["organizer"]
    assert spanish.terms["peticiones"] == spanish.terms["petición"] == spanish.terms["peticion"]
    assert english.terms["texts"] != spanish.terms["texts"]
    assert "the" in english.stop_words
    assert "para" in spanish.stop_words


def test_a_language_without_a_stemmer_is_indexed_by_its_words() -> None:
    assert language("xx").terms["word"] == "xx:word"
    assert language("../../etc").code == "und"


def test_accents_can_be_left_out() -> None:
    assert folded("organización") == "organizacion"
    assert folded("plain") == "plain"
    assert folded("œuvre") == "oeuvre" and folded("straße") == "strasse"
    assert words("İstanbul") == ["istanbul"]


def test_stems_are_right_in_many_threads_at_once() -> None:
    listed = [f"organizing{number}s running walked" for number in range(400)]
    expected = [[Language("en").terms[word] for word in words(text)] for text in listed]
    shared = Language("en")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: [shared.terms[word] for word in words(text)], listed))
    assert found == expected


@given(st.text())
def test_words_never_raise_and_are_short(text: str) -> None:
    assert all(0 < len(word) <= MAX_WORD for word in words(text))
