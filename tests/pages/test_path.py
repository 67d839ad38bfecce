from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki.errors import Invalid, NotFound
from wiki.pages.path import PagePath, fold, is_safe_file, slug


@pytest.mark.parametrize("text", ["about", "communications/signal", "tips/организация", "a/b/c/d/e/f", "field/10dlc"])
def test_a_path_of_lower_case_letters_digits_and_hyphens_may_be_written(text: str) -> None:
    path = PagePath.parse(text)
    assert (path.text, path.file) == (text, f"{text}.md")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "path.empty"),
        ("a//b", "path.empty_segment"),
        ("../../etc/passwd", "path.segment_start"),
        (".git/config", "path.segment_start"),
        ("-Ox", "path.segment_start"),
        ("_wiki/x/y", "path.segment_start"),
        ("a/" + "x" * 81, "path.segment_too_long"),
        ("a/b/c/d/e/f/g", "path.too_deep"),
        ("Tips/Signal", "path.upper_case"),
        ("tips/a b", "path.character"),
        ("tips/a\\b", "path.character"),
        ("tips/a\x00b", "path.character"),
        ("tips/a.b", "path.character"),
        ("tips/a%2fb", "path.character"),
        ("tips/\u200bx", "path.character"),
        ("tips/ﬁx", "path.character"),
        ("tips/con", "path.reserved"),
        ("lpt1", "path.reserved"),
    ],
)
def test_what_can_not_be_a_path_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        PagePath.parse(text)
    assert refused.value.code == code


def test_a_path_is_stored_in_one_unicode_form() -> None:
    decomposed = unicodedata.normalize("NFD", "tips/café")
    assert PagePath.parse(decomposed).text == "tips/café"


def test_settings_files_have_paths_of_their_own() -> None:
    path = PagePath.parse("_wiki/site.yml")
    assert (path.is_settings, path.file) == (True, "_wiki/site.yml")


@pytest.mark.parametrize(
    "file",
    [
        *("README.md", "docs/Some Page.md", "a/b_c.md", "tips/Организация.md", "_Sidebar.md", "_posts/x.md"),
        *("docs/a.mdx", "a/B.MARKDOWN", "README.MD", "a/v1.2.md"),
    ],
)
def test_files_of_foreign_repositories_are_served_under_their_own_names(file: str) -> None:
    path = PagePath.of_file(file)
    assert path is not None
    assert path.file == file


@pytest.mark.parametrize(
    "file",
    [
        "../x.md",
        ".github/x.md",
        "a/.hidden.md",
        "_wiki/x.md",
        "_WIKI/x.md",
        "_wiki.md",
        "-x.md",
        "git~1/x.md",
        "GIT~2.md",
        "a\\b.md",
        "a/\udcffx.md",
        "a/line\nbreak.md",
        "photo.png",
        "a.mdx.md",
        ".mdx",
        "a. /x.md",
        "a" * 1025 + ".md",
    ],
)
def test_a_file_that_is_no_page_or_not_safe_has_no_path(file: str) -> None:
    assert PagePath.of_file(file) is None


@pytest.mark.parametrize("address", ["../x", "a/../b", ".git/config", "", "a//b", "x" * 1025, "_wiki", "a\\b", "-x"])
def test_an_address_where_no_page_could_ever_be_is_not_found(address: str) -> None:
    with pytest.raises(NotFound):
        PagePath.lookup(address)


@given(st.text(max_size=60))
def test_a_path_that_may_be_written_is_found_by_its_address_and_its_file(text: str) -> None:
    try:
        path = PagePath.parse(text)
    except Invalid:
        return
    assert PagePath.parse(path.text) == path
    assert PagePath.lookup(path.text) == path
    assert PagePath.of_file(path.file) == path
    assert is_safe_file(path.file) or path.is_settings


@given(st.text(max_size=80))
def test_a_slug_is_empty_or_a_segment(text: str) -> None:
    made = slug(text)
    if made:
        PagePath.parse(f"tips/x-{made}"[:85])
        assert slug(made) == made


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Signal Messenger", "signal-messenger"),
        ("What's new?", "whats-new"),
        ("Café Comité", "cafe-comite"),
        ("Организация йогов", "организация-йогов"),
        ("हिन्दी में", "हिन्दी-में"),
        ("𝒩ational", "national"),
        ("!!!", ""),
        ("10DLC & A2P", "10dlc-a2p"),
    ],
)
def test_a_title_becomes_a_readable_segment(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_paths_that_differ_only_in_case_or_form_fold_to_the_same() -> None:
    assert fold("Tips/Some_Page") == fold("tips/some page") == fold("tips/some-page")
    assert fold("tips/ﬁx") == fold("tips/fix")


def test_the_language_of_a_page_is_its_first_segment_where_that_is_one() -> None:
    languages = ("en", "es")
    spanish, english = PagePath("es/communications/signal"), PagePath("communications/signal")
    assert (spanish.language(languages), spanish.without_language(languages)) == ("es", english.text)
    assert (english.language(languages), english.without_language(languages)) == ("en", english.text)
    assert PagePath("es").language(languages) == "en"
