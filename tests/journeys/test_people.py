"""What people do, in a real Chromium against a real server: find, read, compare, suggest, edit, choose, review."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.axe import axe
from tests.journeys.conftest import Server
from tests.journeys.visits import DESK, PHONE, SIGNAL, Visits, fits
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.config import load

pytestmark = pytest.mark.browser

PASSWORD = "a long walk by the river"


def source(served: Server, path: str) -> str:
    return served.get(f"/{path}.md")[1]


def test_an_organizer_finds_narrows_compares_and_reads_on_a_phone_without_scripts(visits: Visits) -> None:
    page = visits.begin(java_script_enabled=False, **PHONE)
    page.goto("/")
    fits(page)
    page.get_by_role("main").get_by_role("searchbox").fill("secure chat for tenants")
    page.get_by_role("main").get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("link", name="Signal", exact=True)).to_be_visible()
    fits(page)
    page.goto("/communications")
    page.locator("details.facets > summary").click()
    expect(page.get_by_role("button", name="Show these")).to_be_in_viewport()
    group = page.locator("details.facet", has_text="What kind of tool").first
    if group.get_attribute("open") is None:
        group.locator("summary").first.click()
    group.get_by_label("Team chat").check()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("list", name="The list is narrowed by")).to_contain_text("Team chat")
    fits(page)
    for name in ("Signal", "Mattermost"):
        page.get_by_label(f"Compare {name}").check()
    page.get_by_role("button", name="Compare the ticked tools").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare tools")
    fits(page)
    page.get_by_role("columnheader", name="Signal").get_by_role("link", name="Signal", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Signal")
    expect(page.get_by_text("Signal needs a phone number.")).to_be_visible()
    fits(page)
    assert page.context.cookies() == []


def to(page: Page, what: Any) -> None:
    """Go to an element with the Tab key alone."""
    for _ in range(120):
        if what.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {what}")


def test_the_same_by_keyboard_alone(visits: Visits) -> None:
    page = visits.begin(**PHONE)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    box = page.get_by_role("main").locator("input[name=q]")
    expect(box).to_be_focused()
    page.keyboard.type("secure chat for tenants")
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/search?*")
    expect(page.get_by_role("link", name="Signal", exact=True)).to_be_visible()
    page.goto("/communications")
    to(page, page.locator("details.facets > summary"))
    page.keyboard.press("Enter")
    group = page.locator("details.facet", has_text="What kind of tool").first
    if group.get_attribute("open") is None:
        to(page, group.locator("summary").first)
        page.keyboard.press("Enter")
    to(page, group.get_by_label("Team chat"))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="The list is narrowed by")).to_contain_text("Team chat")
    for name in ("Mattermost", "Signal"):
        to(page, page.get_by_label(f"Compare {name}"))
        page.keyboard.press("Space")
    to(page, page.get_by_role("button", name="Compare 2 tools"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/compare?*")
    to(page, page.get_by_role("columnheader", name="Signal").get_by_role("link", name="Signal", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{SIGNAL}")
    assert page.context.cookies() == []


def test_a_contributor_signs_in_edits_with_the_toolbar_previews_and_saves(visits: Visits, served: Server) -> None:
    config = load(served.home, {})
    accounts = open_accounts(config, load_secret(config.instance_dir))
    user = accounts.users.add("nora", Role.EDITOR, display_name="Nora")
    accounts.users.set_password(user.id, PASSWORD)
    accounts.database.close()
    page = visits.begin(**DESK)
    page.goto("/tips/first-hour-of-safety")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("User name").fill("nora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Nora")).to_be_visible()
    page.goto("/tips/first-hour-of-safety")
    page.keyboard.press("e")
    page.wait_for_url("**/-/edit/**")
    text = page.locator(".cm-content")
    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\nloudly")
    page.keyboard.press("Shift+Home")
    page.get_by_role("button", name="Bold").click()
    expect(page.locator("[data-preview-body] strong", has_text="loudly")).to_be_visible()
    page.get_by_label("What did you change, and why?").fill("Say it loudly")
    page.keyboard.press("Control+S")
    page.wait_for_url(re.compile(r"/tips/first-hour-of-safety(\?.*)?$"))
    expect(page.locator("article strong", has_text="loudly")).to_be_visible()
    assert source(served, "tips/first-hour-of-safety").endswith("**loudly**")
    assert {cookie["httpOnly"] for cookie in page.context.cookies()} == {True}


def test_two_who_change_the_same_line_both_are_heard(visits: Visits, served: Server) -> None:
    path = "glossary/gotv"
    first, second = visits.begin("rosa", **DESK), visits.begin("omar", **PHONE)
    for page in (first, second):
        page.goto(f"/-/edit/{path}?mode=source")
    own = second.locator("textarea[name=source]")
    before = own.input_value().rstrip("\n")
    last = before.rpartition("\n")[2]
    first.locator(".cm-content").click()
    first.keyboard.press("Control+End")
    first.keyboard.press("Control+A")
    first.keyboard.insert_text(before.replace(last, f"{last} Rosa's words.") + "\n")
    first.keyboard.press("Control+S")
    first.wait_for_url(re.compile(rf"/{path}(\?.*)?$"))
    own.fill(before.replace(last, f"{last} Omar's words.") + "\n")
    second.locator("[data-save]").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Two versions of")
    expect(second.get_by_text("Your text is safe")).to_be_visible()
    fits(second)
    assert axe(second) == []
    second.get_by_role("button", name="Save my choice").click()
    expect(second.get_by_role("alert").first).to_be_visible()
    second.get_by_label("Keep both, one after the other").check()
    second.get_by_role("button", name="Save my choice").click()
    second.wait_for_url(re.compile(rf"/{path}(\?.*)?$"))
    assert "Rosa's words." in source(served, path) and "Omar's words." in source(served, path)
    assert "<<<<" not in source(served, path)


@pytest.mark.parametrize("name", ["", "rosa"])
def test_what_was_typed_survives_a_closed_tab(visits: Visits, name: str) -> None:
    page = visits.begin(name, **DESK)
    page.goto("/-/edit/trainings/first-canvass")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nWords of the night.")
    expect(page.locator("[data-save-state]")).to_contain_text("Draft kept")
    page.close(run_before_unload=False)
    page = visits.watched(visits.contexts[-1].new_page())
    page.goto("/-/edit/trainings/first-canvass")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator(".cm-content")).to_contain_text("Words of the night.")


def test_a_stranger_suggests_on_a_phone_and_a_maintainer_takes_it_in(visits: Visits, served: Server) -> None:
    stranger = visits.begin(java_script_enabled=False, **PHONE)
    stranger.goto(f"/{SIGNAL}")
    stranger.get_by_role("link", name="Suggest an improvement").first.click()  # the first step
    body = stranger.locator("textarea[name=body]")
    body.fill(body.input_value() + "\nUsernames hide it.\n")
    stranger.get_by_label("What did you change, and why?").fill("Usernames are new")
    stranger.get_by_label("Name to be thanked under").fill("Sam")
    fits(stranger)
    stranger.get_by_role("button", name="Suggest this change").click()  # the second
    stranger.wait_for_url("**/-/suggestions/**")
    link = stranger.url.partition("?")[0]
    fits(stranger)
    expect(stranger.locator(".lead")).to_contain_text("waiting for a maintainer")
    assert "Usernames hide it." not in source(served, SIGNAL)
    assert stranger.context.cookies() == []

    ana = visits.begin("ana", Role.MAINTAINER, **DESK)
    ana.goto("/-/review")
    ana.get_by_role("link", name="Usernames are new").click()
    expect(ana.locator("ins", has_text="Usernames hide it.")).to_be_visible()
    ana.get_by_label("Your words to the author").fill("Where does it say so?")
    ana.context.set_offline(True)
    ana.get_by_role("button", name="Ask for changes").click()
    expect(ana.locator(".notice-warning", has_text="No connection. Nothing was sent")).to_be_visible()
    ana.context.set_offline(False)
    ana.get_by_role("button", name="Ask for changes").click()
    ana.wait_for_url("**/-/review/1?**")
    stranger.goto(link)
    expect(stranger.get_by_text("Where does it say so?", exact=True)).to_be_visible()
    stranger.get_by_label("Say something to the maintainers").fill("On their own page.")
    stranger.get_by_role("button", name="Send").click()
    ana.goto("/-/review")
    ana.get_by_role("link", name="Usernames are new").click()
    expect(ana.get_by_text("On their own page.")).to_be_visible()
    ana.get_by_role("button", name="Approve").dblclick()
    ana.wait_for_url("**/-/review?**")
    assert "Usernames hide it." in source(served, SIGNAL)
    stranger.goto(link)
    expect(stranger.locator(".lead")).to_contain_text("taken in")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_main_pages(visits: Visits, theme: Any) -> None:
    open_to_all = [
        *(
            "/",
            "/communications",
            f"/{SIGNAL}",
            "/-/search?q=signal",
            f"/-/search?q={'xyzzy' * 20}",
            "/toolkits/first-meeting",
        ),
        f"/-/compare?page={SIGNAL}&page=communications/mattermost",
        *(
            f"/-/history/{SIGNAL}",
            f"/-/diff/{SIGNAL}",
            f"/-/blame/{SIGNAL}",
            f"/-/edit/{SIGNAL}",
            "/-/new",
            "/-/recent",
        ),
        *("/-/login", "/-/register", "/-/attention", "/-/all", "/-/functions", "/-/tags", "/glossary", "/nowhere"),
    ]
    for_admins = [
        *(f"/-/edit/{SIGNAL}", f"/-/edit/{SIGNAL}?mode=source", "/-/review", "/-/account", "/-/admin"),
        *(f"/-/move/{SIGNAL}", f"/-/delete/{SIGNAL}", f"/-/protect/{SIGNAL}", "/-/people/ana", "/-/admin/settings"),
    ]
    found = []
    for name, addresses in (("", open_to_all), ("ada", for_admins)):
        page = visits.begin(name, Role.ADMIN, color_scheme=theme, **(DESK if theme == "light" else PHONE))
        for address in addresses:
            page.goto(address)
            fits(page)
            found += axe(page)
    assert found == []
