from __future__ import annotations

import pytest

from tests.conftest import Story
from wiki.pages.fields import Field, FieldType
from wiki.pages.settings import Settings, localized
from wiki.pages.settings_files import check_settings, read_settings


def settings_of(**files: str) -> Settings:
    return read_settings(files.get)


def test_a_wiki_without_settings_runs_on_defaults() -> None:
    settings = settings_of()
    assert (settings.name, settings.languages, settings.categories) == ("Movement Tech Wiki", ("en",), ())
    assert settings.problems == ()


def test_settings_are_what_the_files_say(story: Story) -> None:
    settings = story.settings.at()
    assert settings.name == "Eastside Tenants Wiki"
    assert settings.languages == ("en", "es")
    assert settings.category_ids == ("communications", "field", "fundraising", "tips")
    assert settings.vocabulary["functions"]["p2p-texting"].verify_every == 180
    assert settings.synonyms == (("GOTV", "get out the vote"),)
    assert settings.replies[0].id == "needs-source"


@pytest.mark.parametrize("text", ["name: [", "a: 1\na: 2\n", "- a\n- b\n", "!!python/object:os.system x", "x: &a [*a]"])
def test_a_file_that_can_not_be_read_counts_as_empty_and_is_named(text: str) -> None:
    settings = settings_of(site=text, spam="words: [casino]")
    assert settings.name == "Movement Tech Wiki"
    assert settings.spam_words == ("casino",)
    assert [problem.where for problem in settings.problems] == ["_wiki/site.yml"]


@pytest.mark.parametrize("text", ["about: [", "- about\n", "a: 1\na: 2\n", "x" * 2_100_000])
def test_what_an_unreadable_file_may_have_closed_stays_closed(text: str) -> None:
    settings = settings_of(protection=text)
    assert settings.protected_by("about") == settings.protected_by("tips/any/page") == "admin"
    assert settings_of(site=text).edit_policy == "accounts"
    assert settings_of(spam=text).protected_by("about") is None


def test_protection_by_something_that_is_no_role_is_no_permission() -> None:
    settings = settings_of(protection="about: [maintainer]\n/: editor\n")
    assert settings.protected_by("about") == ""
    assert settings.protected_by("tips/email") == "editor"


def test_values_of_the_wrong_shape_are_left_out() -> None:
    settings = settings_of(
        site="languages: en\nmenu: {a: b}\nhome: [1]\nlicense: yes\n",
        categories="- 1\n- {id: tips}\n- {label: x}\n",
        vocabulary="functions: [a, b]\nsizes: {solo: 1}\n",
        protection="about: [a]\n",
    )
    assert settings.languages == ("en",)
    assert settings.category_ids == ("tips",)
    assert settings.vocabulary["functions"] == {}
    assert settings.vocabulary["sizes"]["solo"].slug == "solo"


def test_a_person_who_saves_a_broken_settings_file_is_told_the_line() -> None:
    (problem,) = check_settings("site", "name: A\nname: B\n")
    assert (problem.code, problem.line) == ("front_matter.duplicate_key", 2)


def test_settings_changed_by_a_commit_hold_at_the_next_request(story: Story) -> None:
    before = story.repository.head()
    story.commit({"_wiki/site.yml": "name: Westside\n"})
    assert story.settings.at().name == "Westside"
    assert story.settings.at(before).name == "Eastside Tenants Wiki"


def test_pages_that_change_leave_the_settings_as_they_are(story: Story) -> None:
    before = story.settings.at()
    story.commit({"field/spoke.md": "text"})
    assert story.settings.at() is before


def test_the_longest_prefix_decides_who_may_change_a_path() -> None:
    settings = settings_of(protection="tips: editor\ntips/safety: admin\n")
    assert settings.protected_by("tips/safety/phones") == "admin"
    assert settings.protected_by("tips/other") == "editor"
    assert settings.protected_by("tipsy") is None


def test_the_shortest_interval_of_a_tools_functions_counts(story: Story) -> None:
    settings = story.settings.at()
    assert settings.verify_every(["team-chat", "p2p-texting"]) == 180
    assert settings.verify_every(["donations"]) == settings.verify_every([]) == 365


def test_a_field_takes_its_values_from_the_vocabulary_else_the_built_in_ones(story: Story) -> None:
    settings = story.settings.at()
    functions = Field("functions", FieldType.CHOICES, "", vocabulary="functions")
    levels = Field("level", FieldType.CHOICE, "", vocabulary="levels", allowed=("intro", "advanced"))
    categories = Field("categories", FieldType.CHOICES, "", vocabulary="categories")
    assert "team-chat" in settings.terms(functions)
    assert tuple(settings.terms(levels)) == ("intro", "advanced")
    assert tuple(settings.terms(categories)) == settings.category_ids


def test_a_text_is_shown_in_the_readers_language_else_in_any() -> None:
    assert localized({"en": "Tips", "es": "Consejos"}, "es") == "Consejos"
    assert localized({"en": "Tips"}, "es") == "Tips"
    assert localized({}, "es", "tips") == "tips"


def test_a_moved_path_leads_to_where_its_page_is_now() -> None:
    settings = settings_of(redirects="a: b\nb: c\nold/folder: new\nx: y\ny: x\nself: self\n")
    assert settings.redirected("a") == "c"
    assert settings.redirected("old/folder/page") == "new/page"
    assert settings.redirected("x") is None
    assert settings.redirected("self") is None
    assert settings.redirected("nothing") is None


@pytest.mark.parametrize(
    "url", ["javascript:x", " JavaScript:x", "java\nscript:x", "data:text/html,x", "x", "file:///etc"]
)
def test_links_in_the_settings_lead_to_pages_or_openly_to_other_sites(url: str) -> None:
    text = f"menu: [{{label: A, url: {url!r}}}, {{label: B, url: 'https://a.example'}}, {{label: C, page: /about}}]"
    settings = settings_of(site=f"{text}\nlicense: {{name: Mine, url: {url!r}}}\nlogo: //a.example/x.png\n")
    assert [(item.url, item.page) for item in settings.menu] == [("", ""), ("https://a.example", ""), ("", "about")]
    assert (settings.license.url, settings.logo) == ("", "a.example/x.png")
    assert {problem.code for problem in settings.problems} == {"settings.value"}


def test_languages_and_colours_are_single_words() -> None:
    settings = settings_of(
        site='languages: [en, pt-BR, "x\\ny", "a b", "<i>"]', categories='- {id: tips, color: "plum large"}'
    )
    assert settings.languages == ("en", "pt-BR")
    assert settings.categories[0].color == "slate"


def test_a_name_is_one_line_and_no_text_holds_what_pages_and_headers_may_not() -> None:
    settings = settings_of(
        site='name: "A\\r\\nSet-Cookie: b\\0\\e[31m\\x9b\\u2028\\ufffe"\nhome: {text: "a\\0\\n\\tb\\x0b"}\n'
    )
    assert settings.name == "A Set-Cookie: b[31m"
    assert localized(settings.home.text, "en") == "a\n\tb"


def test_lists_that_would_make_every_page_long_are_cut_and_named() -> None:
    site = f"languages: [{', '.join(f'a{a}{b}' for a in 'abcdefghijklmno' for b in 'abcdefghijklmno')}]\nmenu:\n"
    settings = settings_of(
        site=site + "- {label: A, page: a}\n" * 5_000, categories="".join(map("- id: c{}\n".format, range(201)))
    )
    assert [len(found) for found in (settings.languages, settings.menu, settings.categories)] == [200] * 3
    assert {(item.where, item.params["name"], item.params["count"]) for item in settings.problems} == {
        ("_wiki/site.yml", "languages", 225),
        ("_wiki/site.yml", "menu", 5_000),
        ("_wiki/categories.yml", "categories", 201),
    }
    assert {item.code for item in settings.problems} == {"settings.too_many"}


def test_texts_that_would_make_every_page_long_are_cut_and_named_with_their_line() -> None:
    site = f"name: {'n' * 1_000_000}\nfooter: {{text: {{en: {'f ' * 4_000}, es: {'p' * 10_001}}}}}\n"
    settings = settings_of(site=site, categories=f"- id: tips\n- id: tools\n  label: {'t' * 501}\n")
    assert settings.name == "n" * 499 + "…" and len(settings.categories[1].label["en"]) == 500
    assert [len(text) for text in settings.footer.values()] == [7_999, 10_000]
    found = [(item.where, item.line, item.params["value"], item.params["length"]) for item in settings.problems]
    assert found == [
        ("_wiki/site.yml", 1, "name", 1_000_000),
        ("_wiki/site.yml", 2, "footer.text.es", 10_001),
        ("_wiki/categories.yml", 3, "label", 501),
    ]
