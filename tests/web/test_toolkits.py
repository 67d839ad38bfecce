"""A trainer puts a toolkit together, prints it, and finds it again as it was."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ANA
from tests.web.conftest import Browser, Site

KIT = "toolkits/first-meeting"


def commit(site: Site, files: dict[str, str | None], message: str = "By git") -> str:
    changes = {path: text.encode() if text is not None else None for path, text in files.items()}
    revision = site.wiki.writer.commit(
        changes, base=site.head(), message=message, author=site.wiki.editor.person(ANA), when=site.clock.now
    )
    site.wiki.catch_up()
    return revision


def items(html: str) -> list[str]:
    return re.findall(r'<h3>(?:<a href="[^"]*"[^>]*>)?([^<]+)', html)


def test_an_editor_adds_a_tool_to_a_toolkit_by_one_change_to_its_list(site: Site, ben: Browser) -> None:
    before = site.source(KIT)
    page = ben.get("/-/toolkit/add?page=fundraising/open-collective")
    assert "Open Collective" in page.text and "A first meeting" in page.text
    fields = ben.form("/-/toolkit/add?page=fundraising/open-collective", "toolkit")
    sent = {**fields, "toolkit": KIT, "section": "Afterwards", "note": "For the\r\ncash box.", "optional": "yes"}
    answer = ben.post("/-/toolkit/add", sent)
    assert answer.headers["Location"] == f"/{KIT}?notice=saved"
    after = site.source(KIT)
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert added == ["  - page: fundraising/open-collective", "    note: |-", "      For the", "      cash box."]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert "# after the meeting" in after
    html = ben.get(f"/{KIT}").text
    assert items(html) == ["Signal", "Spoke", "Open Collective", "A flyer"]


def test_several_pages_go_into_a_new_toolkit(site: Site, ben: Browser) -> None:
    address = "/-/toolkit/add?page=communications/signal&page=field/spoke&page=communications/signal&page=no/such"
    fields = {**ben.form(address, "toolkit"), "toolkit": "", "title": "Door days", "summary": "What we take along."}
    answer = ben.post("/-/toolkit/add", fields)
    assert answer.headers["Location"].startswith("/toolkits/door-days")
    page = site.source("toolkits/door-days")
    assert page.index("communications/signal") < page.index("field/spoke") and page.count("- ") == 2


def test_a_stranger_suggests_an_addition(site: Site, stranger: Browser) -> None:
    before = site.head()
    fields = stranger.form("/-/toolkit/add?page=fundraising/open-collective", "toolkit")
    site.clock.advance(seconds=30)
    answer = stranger.post("/-/toolkit/add", {**fields, "toolkit": KIT, "credit": "Rosa"})
    assert answer.headers["Location"].startswith("/-/suggestions/1/")
    assert site.head() == before
    suggestion = site.wiki.suggestions.get(1)
    assert suggestion.paths == (f"{KIT}.md",) and suggestion.author_name == "Rosa"


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(site: Site, ben: Browser) -> None:
    fields = ben.form("/-/toolkit/add?page=field/spoke", "toolkit")
    answer = ben.post("/-/toolkit/add", {**fields, "toolkit": "", "note": "My note"}, 422)
    assert "Give the new toolkit a name" in answer.text and "My note" in answer.text
    answer = ben.post("/-/toolkit/add", {**fields, "toolkit": KIT, "note": "My note"}, 422)
    assert "is in that toolkit already" in answer.text
    answer = ben.post("/-/toolkit/add", {**fields, "toolkit": "", "title": "A kit", "note": "My note"}, 422)
    assert "has to be filled in" in answer.text and 'value="A kit"' in answer.text
    expired = ben.post("/-/toolkit/add", {**fields, "csrf_token": "old", "toolkit": KIT, "note": "My note"}, 422)
    assert "My note" in expired.text and "press the button again" in expired.text


@pytest.mark.parametrize("address", ["/-/toolkit/add", "/-/toolkit/add?page=no/such", "/-/toolkit/add?page=../x"])
def test_nothing_is_added_of_what_is_not_there(stranger: Browser, address: str) -> None:
    stranger.get(address, 404)


def test_a_page_that_is_no_toolkit_is_not_added_to(site: Site, ben: Browser) -> None:
    before = site.head()
    fields = ben.form("/-/toolkit/add?page=field/spoke", "toolkit")
    ben.post("/-/toolkit/add", {**fields, "toolkit": "communications/signal"}, 422)
    ben.post("/-/toolkit/add", {**fields, "toolkit": "no/such"}, 404)
    assert site.head() == before


def test_the_sheet_shows_items_by_section_with_boxes_and_the_square(site: Site, stranger: Browser) -> None:
    html = stranger.get(f"/-/toolkit/{KIT}/sheet").text
    assert items(html) == ["Signal", "Spoke", "A flyer"]
    assert html.count('class="kit-box"') == 3 and "<h2>Afterwards</h2>" in html
    assert f'src="/-/qr?path={KIT}"' in html and f"http://localhost/{KIT}" in html
    assert "http://localhost/communications/signal" in html and "For the group." in html
    stranger.get("/-/toolkit/communications/signal/sheet", 404)
    stranger.get("/-/toolkit/no/such/sheet", 404)


def test_a_feed_tells_what_changed_in_a_toolkit_and_its_pages_wherever_they_are_now(
    site: Site, stranger: Browser
) -> None:
    for path in ("communications/signal", "fundraising/open-collective", KIT):
        commit(site, {f"{path}.md": f"{site.source(path)}More.\n"}, f"More on {path}")
    site.wiki.moving.move("field/spoke", "tips/spoke", ANA)
    commit(site, {"tips/spoke.md": f"{site.source('tips/spoke')}And more.\n"}, "More where it is now")
    assert f'href="/-/toolkit/{KIT}/feed.atom"' in stranger.get(f"/{KIT}").text
    feed = stranger.get(f"/-/toolkit/{KIT}/feed.atom")
    told = re.findall("<summary>(More.*?)</summary>", feed.text)
    assert told == ["More where it is now", f"More on {KIT}", "More on communications/signal"]
    assert feed.mimetype == "application/atom+xml" and "A first meeting</title>" in feed.text
    stranger.get("/-/toolkit/communications/signal/feed.atom", 404)


def test_the_square_holds_an_address_of_this_wiki_and_of_no_other(site: Site, stranger: Browser) -> None:
    answer = stranger.get(f"/-/qr?path={KIT}")
    assert answer.mimetype == "image/svg+xml" and answer.text.startswith("<svg") and "script" not in answer.text
    assert stranger.get(f"/-/qr?path={KIT}&at={site.head()}").text != answer.text
    addresses = (
        "",
        "?path=",
        "?path=https://evil.example",
        "?path=//evil.example",
        "?path=../x",
        "?path=no/such",
        "?path=_wiki/site.yml",
    )
    for asked in addresses:
        stranger.get(f"/-/qr{asked}", 404)
    stranger.get(f"/-/qr?path={KIT}&at=HEAD", 404)


def test_a_copy_frozen_at_a_commit_shows_the_facts_of_that_commit_and_what_became_since(
    site: Site, stranger: Browser
) -> None:
    then = site.head()
    source = site.source("communications/signal").replace("title: Signal", "title: Signal 2", 1)
    source = source.replace("status: active", "status: retired\nstatus_note: Bought up.")
    commit(site, {"communications/signal.md": source, "field/spoke.md": None, "_wiki/redirects.yml": "{}\n"})
    for address in (f"/{KIT}?at={then}", f"/-/toolkit/{KIT}/sheet?at={then}"):
        html = stranger.get(address).text
        assert items(html) == ["Signal", "Spoke", "A flyer"], address
        assert "Retired since. Bought up." in html and "The page has been removed since." in html
        assert f"/communications/signal?at={then}" in html
    assert f"/-/qr?path={KIT}&amp;at={then}" in html


def test_what_became_of_a_tool_is_said(site: Site, stranger: Browser) -> None:
    kit = site.source(KIT).replace(
        "items:\n", "items:\n  - page: field/old-dialer\n  - page: field/spoke-app\n  - page: tips/never-written\n"
    )
    commit(site, {f"{KIT}.md": kit})
    commit(site, {"communications/signal.md": None}, "Remove Signal: a test")
    html = stranger.get(f"/{KIT}").text
    assert items(html)[:3] == ["Old Dialer", "Spoke", "tips/never-written"]
    assert "Shut down in 2025." in html and "Use instead:" in html
    assert "Listed as field/spoke-app, and moved since." in html
    assert "isn&#39;t written yet" in html
    assert "Removed on 1 March 2026: Remove Signal: a test" in html
    assert 'href="https://example.org/flyer" rel="nofollow' in html
    last = re.search(r'<a href="(/communications/signal\?at=[0-9a-f]{40})"', html)
    assert last and "Signal" in stranger.get(last[1]).text


def test_every_page_can_be_passed_on(site: Site, stranger: Browser) -> None:
    html = stranger.get("/communications/signal").text
    assert 'data-copy="http://localhost/communications/signal"' in html
    assert "/-/qr?path=communications/signal" in html and "/-/toolkit/add?page=communications/signal" in html
    kit = stranger.get(f"/{KIT}").text
    assert f"/-/toolkit/{KIT}/sheet" in kit and f"/{KIT}?at={site.head()}" in kit
    term, about = stranger.get("/glossary/gotv").text, stranger.get("/about").text
    assert "/-/qr?path=glossary/gotv" in term and "/-/toolkit/add?page=glossary/gotv" in term
    assert "/-/qr?path=about" in about and "/-/toolkit/add" not in about
