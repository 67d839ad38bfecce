"""Every journey by the keyboard alone: with scripts and without, on the narrowest phone, and enlarged to 400 %.

At each stop of the Tab key, what has the focus has to be seen: drawn, with its mark, and not under a bar that stays.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import git
from tests.journeys.conftest import Server
from tests.journeys.test_people import source
from tests.journeys.visits import PHONE, SIGNAL, Visits, fits
from wiki.accounts.roles import Role

pytestmark = pytest.mark.browser
MOST_STOPS = 260
WAYS: dict[str, dict[str, Any]] = {
    "keyboard": {"viewport": {"width": 1280, "height": 860}},
    "no-scripts": {"viewport": {"width": 1280, "height": 860}, "java_script_enabled": False},
    "320px": {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True},
    # A window of 1280 × 1024 at 400 %.
    "400%": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
}
# What is wrong with the element that has the focus, if anything; text that is edited scrolls with its caret.
UNSEEN = """element => {
  const box = element.getBoundingClientRect();
  const name = `${element.tagName} ${element.className} ${(element.textContent || element.name || '').trim().slice(0, 40)}`;
  if (element.matches("body, main") || element.isContentEditable || element.tagName === "TEXTAREA") return "";
  if (!box.width || !box.height) return `${name}: not drawn`;
  const points = [];
  for (const x of [0.1, 0.5, 0.9]) for (const y of [0.15, 0.5, 0.85]) points.push([box.left + box.width * x, box.top + box.height * y]);
  const clear = points.some(([x, y]) => {
    const there = document.elementFromPoint(x, y);
    return there && (element.contains(there) || there.contains(element) || element.labels && [...element.labels].some(one => one.contains(there)));
  });
  if (!clear) return `${name}: hidden at ${Math.round(box.top)} of ${innerHeight}`;
  const outlined = (one) => one && getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 2;
  return outlined(element) || outlined(element.parentElement?.closest(":focus-within:not(body, main, html)")) || outlined(element.closest(".search, .editor")) ? "" : `${name}: no mark of the focus`;
}"""

# Whether the focus is where one wants to go, whether it is in a place that keeps the Tab key, and what is wrong with it.
AT = f"""target => {{
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return [target === at || target.contains(at), at.isContentEditable, ({UNSEEN})(at)];
}}"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def to(page: Page, what: Locator) -> None:
    """Go to an element with the Tab key alone; each stop on the way has to be seen."""
    target = what.first.element_handle()
    unseen: list[str] = []
    for _ in range(MOST_STOPS):
        there, leaving, wrong = page.evaluate(AT, target)
        unseen += [f"{page.url} {wrong}"] if wrong else []
        if there:
            assert unseen == []
            return
        if leaving:
            page.keyboard.press("Escape")  # the editor takes Tab for itself until it is left
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {what}")


def press(page: Page, what: Locator, key: str = "Enter") -> None:
    to(page, what)
    page.keyboard.press(key)


def text_field(page: Page, way: str) -> Locator:
    """The field of the page's text: on a desk the richer editor, once it is there, else a plain one."""
    if way != "keyboard":
        return page.locator("textarea[name=body], textarea[name=source]")
    editor = page.locator(".cm-content")
    expect(editor).to_be_visible()
    return editor


def test_reading_searching_and_comparing(visits: Visits, way: str) -> None:
    page = visits.begin(**WAYS[way])
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    box = page.get_by_role("main").get_by_role("searchbox")
    to(page, box) if way == "no-scripts" else to(page, page.get_by_role("main").locator("input[name=q]"))
    page.keyboard.type("secure chat")
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/search?*")
    fits(page)
    for name in ("Signal", "Mattermost"):
        press(page, page.get_by_label(f"Compare {name}"), "Space")
    press(page, page.locator(".compare-tray button.button:not(.button-quiet)"))
    page.wait_for_url("**/-/compare?*")
    fits(page)
    press(page, page.get_by_role("columnheader", name="Signal").get_by_role("link", name="Signal", exact=True))
    page.wait_for_url(f"**/{SIGNAL}")
    expect(page.get_by_text("Signal needs a phone number.")).to_be_visible()
    fits(page)


def test_suggesting_and_reviewing(visits: Visits, served: Server, way: str) -> None:
    words, why = f"Usernames hide it, they say ({way}).", f"Usernames are new ({way})"
    page = visits.begin(**WAYS[way])
    page.goto(f"/{SIGNAL}")
    press(page, page.get_by_role("main").get_by_role("link", name="Suggest an improvement"))
    page.wait_for_url("**/-/edit/**")
    fits(page)
    to(page, text_field(page, way))
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(f"\n{words}\n")
    to(page, page.get_by_label("What did you change, and why?"))
    page.keyboard.type(why)
    press(page, page.locator("[data-save]"))
    page.wait_for_url("**/-/suggestions/**")
    fits(page)

    ana = visits.begin("ana", Role.MAINTAINER, **WAYS[way])
    ana.goto("/-/review")
    press(ana, ana.get_by_role("link", name=why))
    expect(ana.locator("ins", has_text=words)).to_be_attached()
    fits(ana)
    press(ana, ana.get_by_role("button", name="Approve", exact=True))
    ana.wait_for_url("**/-/review?**")
    assert words in source(served, SIGNAL)


def test_editing_and_choosing_between_two_versions(visits: Visits, served: Server, way: str) -> None:
    path = "glossary/gotv"
    page = visits.begin("omar", **WAYS[way])
    page.goto(f"/-/edit/{path}")
    fits(page)
    rosa = served.sign_in("rosa")
    assert served.save(path, rosa, {"body": lambda body: f"{body.rstrip()} Rosa's {way}.\n", "message": "Rosa"}) == 303
    to(page, text_field(page, way))
    page.keyboard.press("Control+End")
    if page.evaluate("document.activeElement.value?.endsWith('\\n') ?? false"):
        page.keyboard.press("Backspace")
    page.keyboard.insert_text(f" Omar's {way}.")
    to(page, page.get_by_label("What did you change, and why?"))
    page.keyboard.type("Omar")
    press(page, page.locator("[data-save]"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Two versions of")
    fits(page)
    press(page, page.get_by_role("button", name="Save my choice"))
    summary = page.get_by_role("alert").first
    expect(summary).to_be_visible()
    # What is missing is named in words that lead to it.
    press(page, summary.get_by_role("link").first)
    to(page, page.get_by_role("radio").first)
    for _ in range(5):
        if page.get_by_label("Keep both, one after the other").is_checked():
            break
        page.keyboard.press("ArrowDown")
    press(page, page.get_by_role("button", name="Save my choice"))
    expect(page.get_by_role("heading", level=1)).to_have_text("GOTV")
    assert f"Rosa's {way}." in source(served, path) and f"Omar's {way}." in source(served, path)


# What can be pressed on a line of its own and is lower than a finger is broad; links in running text are as high as it.
LOW = """() => [...document.querySelectorAll("a, button, select, summary, input:not([type=hidden], [type=checkbox], [type=radio])")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && getComputedStyle(one).clipPath === "none")
  .filter(one => !one.closest(".visually-hidden, .skip-link, p, .prose, .history-table, .blame"))
  .filter(one => { const {width, height} = one.getBoundingClientRect(); return width > 2 && height > 2 && height < 43.5; })
  .map(one => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)} ${one.getBoundingClientRect().height}`)"""
# Tables are blocks on a phone, so that nobody has to scroll sideways for the end of a line.
CUT = """() => [...document.querySelectorAll(".table-wrap")].filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => one.getAttribute("aria-label"))"""


def test_on_a_phone_all_is_within_a_thumbs_reach_and_no_table_is_cut(visits: Visits) -> None:
    content = visits.server.home / "content"
    title, words = "Bezirks" * 20, "w" * 240
    (content / "communications" / "long.md").write_text(f"---\ntitle: {title}\nsummary: {words}\n---\n", "utf-8")
    git(content, "add", "communications/long.md")
    git(content, "commit", "--quiet", "-m", "A page with long words")
    page = visits.begin("ana", Role.ADMIN, **PHONE)
    for address in (
        *(
            "/",
            "/communications",
            f"/{SIGNAL}",
            "/toolkits",
            f"/-/history/{SIGNAL}",
            f"/-/blame/{SIGNAL}",
            "/-/attention",
        ),
        *("/-/account", "/-/admin", "/-/admin/settings", "/-/admin/log", "/?lang=es"),
    ):
        page.goto(address)
        fits(page)
        assert page.evaluate(LOW) == [], address
        assert page.evaluate(CUT) == [], address
        rows = page.evaluate("document.querySelector('.masthead').getBoundingClientRect().height")
        assert rows < 3 * 44, f"the head of {address} takes three rows"
    box = page.locator(".masthead input[name=q]")
    page.goto("/-/attention")
    narrow = box.bounding_box()
    box.tap()
    wide = box.bounding_box()
    assert narrow and wide and wide["width"] > 2 * narrow["width"], "who types gets the whole row"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("banner").get_by_text("Browse", exact=True)).to_be_visible()
