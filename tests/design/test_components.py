"""The components in a real browser: accessible in both themes, at 320 px, by keyboard and without scripts."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from playwright.sync_api import expect

from tests.axe import ABOUT_COLORS, axe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "static" / "built"


def test_the_page_is_valid_html(site: Any) -> None:
    """Every macro together gives HTML that a strict parser takes."""
    parser = html5lib.HTMLParser()
    parser.parse(site.app.pages["ltr"])
    assert [str(error) for error in parser.errors] == []
    ids = re.findall(r'\sid="([^"]+)"', site.app.pages["ltr"])
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(tabs: Any, theme: Any, width: int) -> None:
    """No violation of any rule, the best practices included, in both themes, with the menus open."""
    page = tabs.open(color_scheme=theme, viewport={"width": width, "height": 800})
    # What is not about colours is the same in both.
    rules = ABOUT_COLORS if theme == "dark" else ()
    assert axe(page, rules) == []
    page.locator("details.menu > summary").first.click()
    page.locator(".facets").evaluate("box => box.open = true")
    assert axe(page, rules) == []


@pytest.mark.parametrize("path", ["", "rtl"])
def test_nothing_is_wider_than_the_smallest_phone(tabs: Any, path: str) -> None:
    """At 320 px, which is 400 % zoom on a laptop, the page scrolls in one direction only, from either side."""
    page = tabs.open(path=path, viewport={"width": 320, "height": 640})
    page.evaluate("document.body.style.overflowX = 'visible'")
    # A table as a page may hold it in HTML, with no box around it.
    page.locator(".prose").first.evaluate(
        "prose => prose.insertAdjacentHTML('beforeend', `<table><tr>${'<td>columns</td>'.repeat(20)}</tr></table>`)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_targets_are_large_enough_for_a_thumb(tabs: Any) -> None:
    """Buttons, menus and fields are at least 44 px high on phones."""
    page = tabs.open(viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.button, .menu > summary, .menu-link, .input, .choice, .thumb a, .search, .views a')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_menus_open_and_close_by_keyboard(tabs: Any) -> None:
    """Enter opens, Escape closes and gives the focus back."""
    page = tabs.open()
    menu = page.locator("details.menu").filter(has_text="Browse").first
    summary = menu.locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()


def test_without_scripts_all_is_there(tabs: Any) -> None:
    """Menus open, the search form sends, and nothing shows that only scripts could serve."""
    page = tabs.open(java_script_enabled=False)
    page.locator("details.menu > summary").first.click()
    expect(page.get_by_role("link", name="All pages, A to Z")).to_be_visible()
    assert page.locator(".js-only:visible").count() == 0
    expect(page.locator("#f-body")).to_be_visible()
    page.locator("#q").fill("dialer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/search?q=dialer")


def test_the_search_completes_by_keyboard(tabs: Any) -> None:
    """Arrows move through the titles, the field says which one, Enter goes there, Escape closes."""
    page = tabs.open()
    field = page.locator("#q")
    field.press_sequentially("s")
    options = page.locator("#q-suggestions").get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#said")).to_have_text("Titles found: 2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    option = options.filter(has_text="Spoke")
    expect(option).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Escape")
    expect(options.first).not_to_be_visible()
    field.press_sequentially("p")
    expect(options).to_have_count(1)
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/field/spoke")


def test_single_keys_can_be_switched_off(tabs: Any) -> None:
    """/ goes to the search, but not while one writes, and not where a person has switched it off."""
    page = tabs.open()
    field = page.locator("main form[data-search] input")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.press("/")
    expect(field).to_have_value("/")
    page.get_by_label("Single keys").uncheck()
    page.reload()
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(field).not_to_be_focused()


def test_the_chosen_theme_is_there_before_the_page(tabs: Any) -> None:
    """Chosen once, it holds for the next page from its first paint."""
    page = tabs.open(color_scheme="light")
    page.get_by_label("Colours").select_option("dark")
    page.goto(tabs.url, wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_ticked_tools_are_compared(tabs: Any) -> None:
    """The tray says what is ticked, remembers it on the next list, and sends the pages."""
    page = tabs.open()
    page.get_by_label("Compare Spoke").check()
    expect(page.locator("[data-status]")).to_contain_text("Spoke")
    page.get_by_label("Compare Hustle").check()
    expect(page.locator("#compare")).to_contain_text("Compare 2 tools")
    page.reload()
    expect(page.get_by_label("Compare Spoke")).to_be_checked()
    page.get_by_role("button", name="Compare 2 tools").click()
    page.wait_for_url(lambda url: "?page=field%2Fspoke&page=field%2Fhustle" in url)


def test_dates_are_said_as_ages_and_kept_as_dates(tabs: Any) -> None:
    """The age is shown, the date is read out and shown on hovering."""
    page = tabs.open()
    time = page.locator("time[data-age][datetime='2026-03-11']").first
    expect(time).to_have_attribute("title", "11 March 2026")
    expect(time).to_contain_text("11 March 2026")
    assert not time.inner_text().startswith("11 March")


def test_the_screen_is_as_light_or_dark_as_the_device(tabs: Any) -> None:
    for scheme, ground in (("light", "rgb(244, 238, 225)"), ("dark", "rgb(25, 22, 19)")):
        expect(tabs.open(color_scheme=scheme).locator("html")).to_have_css("background-color", ground)


def test_what_is_printed_is_dark_on_white_whatever_the_screen_shows_and_says_dates(tabs: Any) -> None:
    """A sheet out of a reader's dark browser can be read, next week too."""
    page = tabs.open(tabs.context(color_scheme="dark"))
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    time = page.locator("time[data-age][datetime='2026-03-11']").first
    expect(time).to_have_attribute("title", "11 March 2026")
    page.emulate_media(media="print")
    for part in ("main h1", ".facts-title"):
        expect(page.locator(part).first).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert time.evaluate("time => getComputedStyle(time).fontSize") == "0px"
    assert time.evaluate("time => getComputedStyle(time, '::after').content") == '"11 March 2026"'


def test_facts_fold_on_phones_and_stand_open_on_wide_screens(tabs: Any) -> None:
    """Six facts at first on a phone; all of them beside the text, also without scripts."""
    for scripts in (True, False):
        wide = tabs.open(java_script_enabled=scripts)
        expect(wide.locator(".facts").get_by_text("End-to-end encrypted")).to_be_visible()
        phone = tabs.open(java_script_enabled=scripts, viewport={"width": 360, "height": 780})
        expect(phone.locator(".facts").get_by_text("End-to-end encrypted")).not_to_be_visible()
        phone.get_by_text("2 more facts").click()
        expect(phone.locator(".facts").get_by_text("End-to-end encrypted")).to_be_visible()


def test_the_contents_list_follows(tabs: Any) -> None:
    """The section being read is marked."""
    page = tabs.open()
    page.locator("#prose").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('prose').scrollIntoView()")
    expect(page.locator("[data-contents] a[aria-current]")).to_have_text("Prose")


def test_the_address_of_a_section_is_copied(tabs: Any) -> None:
    """The sign beside a heading copies its address and says so."""
    page = tabs.open(tabs.context(permissions=["clipboard-read", "clipboard-write"]))
    page.locator(".heading-link").first.click()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/#what-it-does")


def size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_readers_get_little(manifest: dict[str, str]) -> None:
    """Style at most 14 KB, scripts at most 6 KB, the early one at most 0.5 KB, compressed."""
    assert size(BUILT / manifest["main.css"]) <= 14 * 1024
    assert size(BUILT / manifest["main.js"]) <= 6 * 1024
    assert size(BUILT / manifest["theme.js"]) <= 512
    assert all((BUILT / f"{name}{ending}").is_file() for name in manifest.values() for ending in (".br", ".gz"))
