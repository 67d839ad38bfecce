"""A contributor changes pages in the browser: nothing typed is ever lost, and nothing saved either."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.conftest import git
from tests.web.conftest import form_fields, words_of
from wiki.storage.objects import Person

SIGNAL = "communications/signal"


def test_a_saved_change_is_a_commit_by_its_author(site, ben) -> None:
    fields = ben.edit(SIGNAL, body="## What it does\n\nSends words.\n", message="Shorter")
    answer = ben.post(f"/-/edit/{SIGNAL}", fields)
    assert answer.headers["Location"].startswith(f"/{SIGNAL}")
    assert "Sends words." in ben.get(f"/{SIGNAL}").text
    commit = site.wiki.repository.commit(site.head())
    assert (commit.author.name, commit.subject) == ("Ben", "Shorter")


def test_a_form_sent_as_it_was_changes_nothing(site, ben) -> None:
    for path, _ in list(site.wiki.store.paths()):
        if site.wiki.settings.at().protected_by(path.text):
            continue
        before, head = site.source(path.text), site.head()
        ben.post(f"/-/edit/{path}", ben.edit(path.text))
        assert site.source(path.text) == before and site.head() == head, path


def test_changing_one_fact_changes_one_line(site, ben) -> None:
    before = site.source(SIGNAL)
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, **{"cost.level": "$$"}))
    after = site.source(SIGNAL)
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert len(changed) == 1 and "$$" in changed[0][1]


def test_two_people_who_edit_different_parts_both_get_their_change(site, ben, ana) -> None:
    first = ben.edit(SIGNAL)
    second = ana.edit(SIGNAL)
    body = first["body"][0]
    ben.post(f"/-/edit/{SIGNAL}", {**first, "body": "At the top.\n\n" + body, "message": "top"})
    answer = ana.post(
        f"/-/edit/{SIGNAL}", {**second, "body": body + "\n\nAt the end.\n", "cost.level": "$", "message": "end"}
    )
    assert "notice=merged" in answer.headers["Location"]
    source = site.source(SIGNAL)
    assert "At the top." in source and "At the end." in source and "level: $" in source


def test_where_both_changed_the_same_line_the_second_chooses(site, ben, ana) -> None:
    first, second = ben.edit(SIGNAL), ana.edit(SIGNAL)
    ben.post(f"/-/edit/{SIGNAL}", {**first, "body": "Ben's line.\n"})
    head = site.head()
    answer = ana.post(f"/-/edit/{SIGNAL}", {**second, "body": "Ana's line.\n"}, 409)
    assert site.head() == head
    assert "Ben&#39;s line." in answer.text and "Ana&#39;s line." in answer.text
    from tests.web.conftest import form_fields

    fields = form_fields(answer.text, "head")
    ana.post(f"/-/resolve/{SIGNAL}", fields, 422)
    choices = dict.fromkeys(_choices(answer.text), "both")
    ana.post(f"/-/resolve/{SIGNAL}", {**fields, **choices})
    source = site.source(SIGNAL)
    assert "Ben's line." in source and "Ana's line." in source and "<<<<" not in source


def test_a_page_that_was_moved_while_two_wrote_gets_the_change_of_each_at_its_new_address(site, ben, ana) -> None:
    from tests.web.conftest import form_fields

    here, there = ben.edit(SIGNAL, title="Signal again"), ana.edit(SIGNAL, title="Signal for all")
    ana.post(f"/-/move/{SIGNAL}", {**ana.form(f"/-/move/{SIGNAL}", 'name="to"'), "to": "tips/signal-app"})
    assert "/tips/signal-app?" in ana.post(f"/-/edit/{SIGNAL}", there).headers["Location"]
    answer = ben.post(f"/-/edit/{SIGNAL}", here, 409)
    fields = form_fields(answer.text, "head")
    ben.post("/-/resolve/tips/signal-app", {**fields, **dict.fromkeys(_choices(answer.text), "theirs")})
    assert "title: Signal again\n" in site.source("tips/signal-app")
    here = ben.edit("tips/signal-app", title="Signal here")
    ana.post("/-/delete/tips/signal-app", ana.form("/-/delete/tips/signal-app", 'name="message"'))
    assert "Ana deleted this page while you were writing." in ben.post("/-/edit/tips/signal-app", here, 409).text


def _choices(html: str) -> set[str]:
    import re

    return set(re.findall(r'name="(choice-[^"]+)"', html))


def test_when_history_was_rewritten_under_an_open_form_the_person_chooses_and_keeps_the_text(site, ben, ana) -> None:
    fields = ben.edit(SIGNAL, body="Typed for a long time.\n", message="long")
    lost = {**fields, "base": "a" * 40}
    before = site.head()
    answer = ben.post(f"/-/edit/{SIGNAL}", lost, 409)
    assert "Typed for a long time." in answer.text and "aaaaaaa" not in answer.text and site.head() == before
    from tests.web.conftest import form_fields

    choices = dict.fromkeys(_choices(answer.text), "theirs")
    ben.post(f"/-/resolve/{SIGNAL}", {**form_fields(answer.text, "head"), **choices})
    assert "Typed for a long time." in site.source(SIGNAL) and site.source(SIGNAL).count("title:") == 1
    preview = ana.post(f"/-/edit/{SIGNAL}", {**lost, **ana.edit(SIGNAL), "base": "a" * 40, "do": "preview"}, 200)
    assert form_fields(preview.text, "base")


def test_going_back_and_saving_again_is_no_conflict_with_oneself(site, ben) -> None:
    fields = ben.edit(SIGNAL)
    ben.post(f"/-/edit/{SIGNAL}", {**fields, "body": "First thought.\n"})
    ben.post(f"/-/edit/{SIGNAL}", {**fields, "body": "First thought.\n"})
    ben.post(f"/-/edit/{SIGNAL}", {**fields, "body": "First thought. Second thought.\n"})
    assert "First thought. Second thought." in site.source(SIGNAL)
    less = ben.post(f"/-/edit/{SIGNAL}", {**fields, "body": "First thought.\n"})
    assert "Second" not in site.source(SIGNAL) and "notice=saved" in less.headers["Location"]
    none = ben.post(f"/-/edit/{SIGNAL}", fields)
    assert "edit it again" in ben.get(none.headers["Location"]).text, "nobody knows whether it is the same form"


def test_two_forms_open_in_one_browser_never_overwrite_each_other(site, ben) -> None:
    fields = ben.edit(SIGNAL)
    ben.post(f"/-/edit/{SIGNAL}", {**fields, "body": "First thought.\n"})
    saved = site.source(SIGNAL)
    answer = ben.post(f"/-/edit/{SIGNAL}", {**fields, "body": "Another thought.\n"}, 409)
    assert "First thought." in answer.text and "Another thought." in answer.text and site.source(SIGNAL) == saved
    assert "You saved this page yourself" in answer.text


def test_an_expired_form_keeps_the_text_and_needs_one_more_click(site, ben) -> None:
    fields = ben.edit(SIGNAL, body="Typed for a long time.\n", csrf_token="old")
    answer = ben.post(f"/-/edit/{SIGNAL}", fields, 422)
    assert "Typed for a long time." in answer.text
    from tests.web.conftest import form_fields

    ben.post(f"/-/edit/{SIGNAL}", form_fields(answer.text, "base"))
    assert "Typed for a long time." in site.source(SIGNAL)


def test_problems_stand_beside_their_fields_and_the_text_stays(site, ben) -> None:
    head = site.head()
    answer = ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, url="javascript:alert(1)", body="Kept.\n"), 422)
    assert "Kept." in answer.text and 'id="error-f-url"' in answer.text and site.head() == head


def test_in_the_whole_file_a_problem_is_told_with_its_line_and_leads_to_the_text(site, ben) -> None:
    source = site.source(SIGNAL).replace("level: free", "level: lots")
    fields = ben.form(f"/-/edit/{SIGNAL}?mode=source", "base") | {"source": source}
    answer = ben.post(f"/-/edit/{SIGNAL}", fields, 422).text
    line = source.splitlines().index("  level: lots") + 1
    assert 'href="#f-source"' in answer and 'id="error-f-source"' in answer and f"Line {line}: Cost" in answer


def test_who_has_looked_at_what_changes_need_not_wait_again_to_suggest(site, stranger) -> None:
    fields = stranger.edit(SIGNAL, body="A stranger's words.\n")
    refused = stranger.post(f"/-/edit/{SIGNAL}", fields, 422).text
    assert "faster than a person" in refused and 'href="#f-opened"' not in refused
    site.clock.advance(seconds=30)
    shown = stranger.post(f"/-/edit/{SIGNAL}", {**fields, "do": "diff"}, 200).text
    stranger.post(f"/-/edit/{SIGNAL}", form_fields(shown, "base"), 303)


def test_a_new_page_is_one_form_and_one_save(site, ben) -> None:
    fields = ben.form("/-/new?kind=tip&folder=tips", "path")
    answer = ben.post("/-/new", {**fields, "title": "Bring water", "summary": "You will be thirsty.", "body": "Do.\n"})
    assert answer.headers["Location"].startswith("/tips/bring-water")
    assert "kind: tip" in site.source("tips/bring-water")
    ben.get("/tips/bring-water")


def test_a_page_is_named_in_a_fact_by_its_title_or_its_full_address_too(site, ben) -> None:
    named = ["Signal", f"http://localhost/{SIGNAL}?at=x#cost", "no-page-yet"]
    fields = ben.form("/-/new?kind=toolkit", "path") | {"title": "Saturday", "summary": "For Saturday."}
    fields |= {f"items.{number}.page": text for number, text in enumerate(named)}
    refused = ben.post("/-/new", {**fields, "items.3.page": "No Such Page"}, 422).text
    assert "“No Such Page” names no page of this wiki." in words_of(refused) and f'value="{SIGNAL}"' in refused
    ben.post("/-/new", fields)
    assert site.source("toolkits/saturday").count(f"page: {SIGNAL}\n") == 2
    assert "page: no-page-yet\n" in site.source("toolkits/saturday")
    fields = ben.form("/-/edit/field/spoke", "base")
    ben.post("/-/edit/field/spoke", {**fields, "alternatives": "Signal, mattermost"})
    assert f"alternatives: [{SIGNAL}, communications/mattermost]" in site.source("field/spoke")


@pytest.mark.parametrize("sent", [{}, {"base": "HEAD"}, {"kind": None, "message": None}])
def test_the_form_of_a_new_page_may_be_sent_to_the_address_of_the_page(site, ben, sent: dict[str, str | None]) -> None:
    path = "communications/leaflets"
    fields = ben.form(f"/-/new?path={path}", 'name="base"') | {"title": "Leaflets", "summary": "Prints leaflets."}
    fields |= {"functions": "p2p-texting", "cost.level": "$", "body": "Folds them, too.\n"} | sent
    fields["base"] = site.head() if fields["base"] == "HEAD" else fields["base"]
    lacking = ben.post(f"/-/edit/{path}", {**fields, "summary": ""}, 422).text
    assert "Folds them, too." in lacking and 'value="Leaflets"' in lacking
    ben.post(f"/-/edit/{path}", {name: value for name, value in fields.items() if value is not None})
    source = site.source(path)
    assert "functions: [p2p-texting]" in source and "kind: tool" in source and source.endswith("Folds them, too.\n")


def test_what_a_new_file_lacks_is_named_by_its_field(site, ben) -> None:
    fields = ben.form("/-/new", 'name="base"') | {"base": "", "source": "---\ntitle: A\nsummary: b\n---\n"}
    answer = ben.post("/-/edit/communications/leaflets?mode=source", fields, 422)
    assert "Line 1: Categories: This has to be filled in." in words_of(answer.text)


@pytest.mark.parametrize(
    "path",
    ["../../x", ".git/config", "-Ox", "x" * 300, "a/b/c/d/e/f/g", "Tips/Shout", "tips/con", "tips/.hidden", "_wiki/x"],
)
def test_names_that_no_page_may_have_are_refused_in_words(site, ben, path) -> None:
    head = site.head()
    fields = ben.form("/-/new?kind=page", "path")
    answer = ben.post("/-/new", {**fields, "title": "Something", "path": path}, 422)
    assert site.head() == head and "error-f-path" in answer.text


def test_two_names_that_differ_only_in_small_things_cannot_both_exist(site, ben) -> None:
    fields = ben.form("/-/new?kind=page", "path")
    ben.post("/-/new", {**fields, "title": "x", "path": "tips/caf\u00e9"})
    answer = ben.post("/-/new", {**fields, "title": "y", "path": "tips/cafe\u0301"}, 422)
    assert "already a page" in answer.text


def test_who_adds_what_is_there_already_is_led_to_its_page(site, stranger) -> None:
    fields = stranger.form("/-/new?kind=tip", "path") | {"title": "Signal", "path": "communications/signal"}
    answer = stranger.post("/-/new", fields, 422).text
    assert "<title>Suggest a page · " in answer
    led = answer.partition("“Signal” has a page already")[2][:300]
    assert 'href="/communications/signal"' in led and 'href="/-/edit/communications/signal"' in led


def test_scripts_in_every_field_are_text(site, ben, stranger) -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    fields = ben.form("/-/new?kind=tip&folder=tips", "path")
    fields |= {"title": bad, "summary": bad, "tags": bad, "body": bad, "message": bad, "path": "tips/bad"}
    ben.post("/-/new", fields)
    site.wiki.catch_up()
    for address in (
        "/tips/bad",
        "/tips",
        "/",
        "/-/recent",
        "/-/history/tips/bad",
        "/-/diff/tips/bad",
        "/-/search?q=alert",
        "/-/tags",
        "/-/blame/tips/bad",
    ):
        text = stranger.get(address).text
        assert "<script>alert" not in text and "<img src=x" not in text, address
    feed = stranger.get("/-/feed.atom").text
    assert "<script>" not in feed


def test_preview_and_difference_save_nothing(site, ben) -> None:
    head = site.head()
    answer = ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="**Loud** words\n", do="preview"), 200)
    assert "<strong>Loud</strong>" in answer.text
    answer = ben.post(
        f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="Other words\n", do="diff", **{"cost.level": "$$$"}), 200
    )
    assert "<ins>" in answer.text and site.head() == head


def test_a_stranger_suggests_and_the_page_stays(site, stranger) -> None:
    head = site.head()
    fields = stranger.edit(SIGNAL, body="A stranger's words.\n", message="Because", credit="Sam")
    site.clock.advance(seconds=30)
    answer = stranger.post(f"/-/edit/{SIGNAL}", fields)
    assert "Set-Cookie" not in answer.headers
    link = answer.headers["Location"]
    assert "A stranger" in stranger.get(link).text
    assert site.head() == head and "A stranger's words." not in stranger.get(f"/{SIGNAL}").text


def test_a_section_is_edited_by_itself(site, ben) -> None:
    import re

    anchors = re.findall(r'id="([^"]+)"', ben.get("/tips/first-hour-of-safety").text)
    heading = site.wiki.rendering.rendered(
        site.wiki.store.get(__import__("wiki.pages.path", fromlist=["PagePath"]).PagePath("tips/first-hour-of-safety"))
    ).headings
    if not heading:
        return
    assert heading[0].id in anchors
    fields = ben.form(f"/-/edit/tips/first-hour-of-safety?section={heading[0].id}", "base")
    before = site.source("tips/first-hour-of-safety")
    ben.post("/-/edit/tips/first-hour-of-safety", {**fields, "body": fields["body"][0].rstrip() + "\n\nMore.\n\n"})
    after = site.source("tips/first-hour-of-safety")
    assert after.replace("\nMore.\n", "").split() == before.split()


def test_no_change_without_a_token_or_from_another_site(site, ben) -> None:
    head = site.head()
    fields = ben.edit(SIGNAL, body="x\n")
    fields.pop("csrf_token")
    ben.post(f"/-/edit/{SIGNAL}", fields, 422)
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="x\n"), 403, headers={"Origin": "https://evil.example"})
    assert site.head() == head


def test_settings_files_are_for_maintainers(site, ben, ana) -> None:
    ana.post(
        "/-/edit/_wiki/synonyms.yml",
        {**ana.form("/-/edit/_wiki/synonyms.yml", "base"), "source": "groups:\n  - [a, b]\n"},
    )
    assert site.wiki.settings.at().synonyms == (("a", "b"),)
    answer = ana.post(
        "/-/edit/_wiki/synonyms.yml", {**ana.form("/-/edit/_wiki/synonyms.yml", "base"), "source": "groups: [\n"}, 422
    )
    assert "groups: [" in answer.text
    fields = ana.form("/-/edit/_wiki/site.yml", "base")
    refused = ana.post("/-/edit/_wiki/site.yml", {**fields, "source": f"name: {'n' * 501}\n"}, 422).text
    assert "Line 1: The text for name is too long (501 characters; at most 500)." in refused


def test_a_settings_file_is_shown_and_written_as_it_is(site, ana) -> None:
    shown = ana.get("/_wiki/categories.yml").text
    assert "<h1><span>_wiki/categories.yml</span>" in shown
    written = unescape(re.sub("<[^>]+>", "", shown.partition("<pre")[2].partition("</pre>")[0]).partition(">")[2])
    assert written == site.wiki.repository.read(site.head(), "_wiki/categories.yml").data.decode()
    assert "section-edit" not in shown and "/-/move/" not in shown
    assert "data-toolbar" not in ana.get("/-/edit/_wiki/categories.yml").text


def test_an_ended_session_keeps_the_text_where_strangers_may_not_suggest(site, ben, stranger) -> None:
    site.wiki.writer.commit(
        {"_wiki/site.yml": b"name: Closed\nedit_policy: edit\n"},
        base=site.head(),
        message="Only members write",
        author=Person("Ana", "ana@eastside.example"),
        when=site.clock(),
    )
    fields = ben.edit(SIGNAL, body="Words of an evening.")
    answer = stranger.post(f"/-/edit/{SIGNAL}", fields, 401)
    assert "Words of an evening." in form_fields(answer.text, "base")["body"][0]
    assert "Sign in" in words_of(answer.text)
    assert "Words of an evening." not in site.source(SIGNAL)


def test_a_value_that_is_not_in_the_list_stays_until_another_is_chosen(site, ben) -> None:
    source = site.source(SIGNAL).replace("  - android\n", "  - android\n  - toaster\n")
    site.wiki.writer.commit(
        {f"{SIGNAL}.md": source.replace("platforms: [", "platforms: [toaster, ").encode()},
        base=site.head(),
        message="By git",
        author=Person("Ana", "ana@eastside.example"),
        when=site.clock(),
    )
    assert "toaster" in ben.edit(SIGNAL)["platforms"]


def test_a_draft_is_forgotten_when_its_page_was_made(site, ben) -> None:
    fields = ben.form("/-/new?kind=tip&folder=tips", 'name="base"')
    kept = {"csrf_token": ben.token(), "key": "new:tip", "base": "", "fields": '[["title", "Half"]]'}
    ben.post("/-/drafts", kept, 204)
    assert ben.get("/-/drafts?key=new:tip").json["fields"] == [["title", "Half"]]
    ben.post("/-/new", {**fields, "title": "Whole", "summary": "A tip.", "body": "Words."})
    ben.get("/-/drafts?key=new:tip", 204)


def test_lines_keep_their_ends_where_two_choose(site, ben, ana) -> None:
    """A file written on Windows, changed by two in the same line: what is chosen is the only line that is another."""
    lines = ["---", "kind: tip", "title: T", "summary: S", "categories: [tips]", "---", "One", "Two", "Three", ""]
    site.wiki.writer.commit(
        {"tips/windows.md": "\r\n".join(lines).encode()},
        base=site.head(),
        message="By git",
        author=Person("Ana", "ana@eastside.example"),
        when=site.clock(),
    )
    mine, theirs = (browser.edit("tips/windows") for browser in (ben, ana))
    ana.post("/-/edit/tips/windows", {**theirs, "body": "One\r\nTwo by Ana\r\nThree\r\n"})
    answer = ben.post("/-/edit/tips/windows", {**mine, "body": "One\r\nTwo by Ben\r\nThree\r\n"}, 409)
    choice = {**form_fields(answer.text, "head"), "choice-1": "theirs", "do": "save"}
    ben.post("/-/resolve/tips/windows", choice)
    lines[7] = "Two by Ben"
    assert site.wiki.repository.read(site.head(), "tips/windows.md").data == "\r\n".join(lines).encode()


def test_a_section_ends_where_markdown_says(site, ben) -> None:
    """Characters that other programs take for line ends don't move the cut."""
    body = "## One\n\na\u2028b\u2029c\n\n## Two\n\nd\n"
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body=body))
    assert ben.form(f"/-/edit/{SIGNAL}?section=two", 'name="base"')["body"] == ["## Two\n\nd\n"]


def test_bytes_that_are_no_text_outlive_an_edit_of_other_lines(site, ben) -> None:
    stored = b"---\nkind: page\ntitle: Old\n---\nCaf\xe9 and \xff\n\nPlain words.\n\nNa\xefve\xfe.\n"
    content = site.wiki.config.content_dir
    (content / "tips" / "latin.md").write_bytes(stored)
    git(content, "add", "tips/latin.md")
    git(content, "commit", "-q", "-m", "From elsewhere")
    fields = ben.edit("tips/latin")
    changed = {key: [value.replace("Plain words", "Other words") for value in values] for key, values in fields.items()}
    ben.post("/-/edit/tips/latin", {**changed, "message": "m"})
    kept = site.wiki.repository.read(site.head(), "tips/latin.md").data
    assert kept == stored.replace(b"Plain words", b"Other words")
    assert ben.client.get("/tips/latin.md").data == kept
