"""Without a connection: what a phone shows, what it keeps, and that it keeps nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.visits import PHONE, SIGNAL, Visits, fits

pytestmark = pytest.mark.browser
ALL_KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) for (const {url} of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
  return found;
}"""


def ready(page: Page) -> None:
    """Until the script that answers without a connection is at work."""
    page.wait_for_function("navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))")


def keep(page: Page, address: str) -> None:
    page.goto(address)
    ready(page)
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Keep on this device").click()
    expect(page.locator("#said")).to_contain_text("It can be read here without a connection")


def pages_kept(page: Page) -> list[str]:
    return sorted(path for path in page.evaluate(ALL_KEPT) if not path.startswith("/-/static/"))


def test_without_a_connection_a_page_says_so_and_nothing_read_is_kept(visits: Visits) -> None:
    page = visits.begin(**PHONE)
    for address in ("/", f"/{SIGNAL}", "/-/search?q=eviction"):
        page.goto(address)
    ready(page)
    assert pages_kept(page) == ["/-/offline"]
    page.context.set_offline(True)
    page.goto(f"/{SIGNAL}")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no connection just now")
    assert page.locator("body").evaluate("body => getComputedStyle(body).display") == "flex"  # its style is there too
    fits(page)
    expect(page.get_by_text("A page is only kept if you ask for it")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Signal")


def test_a_page_is_kept_when_asked_for_and_forgotten_when_asked(visits: Visits) -> None:
    page = visits.begin(**PHONE)
    keep(page, f"/{SIGNAL}")
    page.context.set_offline(True)
    page.goto(f"/{SIGNAL}?notice=saved#what-it-does")
    expect(page.get_by_text("Signal needs a phone number.")).to_be_visible()
    expect(page.get_by_text("This is the copy that was kept on this device on")).to_be_visible()
    page.goto("/field")
    page.get_by_role("link", name="Signal", exact=True).click()
    expect(page.get_by_text("Signal needs a phone number.")).to_be_visible()
    page.goto("/-/offline")
    page.get_by_role("button", name="Forget them all").click()
    expect(page.locator("#said")).to_contain_text("Nothing is kept")
    assert pages_kept(page) == ["/-/offline"]
    page.goto(f"/{SIGNAL}")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no connection just now")


def test_what_is_kept_is_what_strangers_read(visits: Visits) -> None:
    page = visits.begin("rosa", **PHONE)
    keep(page, f"/{SIGNAL}")
    kept: Any = page.evaluate(
        "async () => { let text = ''; for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys())"
        " text += await (await caches.match(request, {ignoreVary: true})).text(); return text; }"
    )
    assert "Signal needs a phone number." in kept and "Sign in" in kept
    assert "Rosa" not in kept and "csrf_token" not in kept


def test_a_new_version_takes_the_place_of_the_old(visits: Visits) -> None:
    page = visits.begin(**PHONE)
    page.goto("/")
    ready(page)
    page.evaluate("caches.open('wiki-of-last-year').then(cache => cache.put('/old', new Response('old')))")
    page.evaluate("navigator.serviceWorker.getRegistration().then(found => found.unregister())")
    page.reload()
    ready(page)
    page.wait_for_function("caches.keys().then(names => !names.includes('wiki-of-last-year'))")


def test_where_scripts_are_off_nothing_is_offered(visits: Visits) -> None:
    page = visits.begin(java_script_enabled=False, **PHONE)
    page.goto(f"/{SIGNAL}")
    page.get_by_text("Share", exact=True).click()
    expect(page.locator("[data-keep]")).to_be_hidden()
