"""What people wrote, in a real Chromium: no script of theirs runs, nothing is asked of another host, the policy has no work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog

from tests.conftest import Story
from tests.exporters.test_copies import content
from tests.journeys.conftest import Server
from tests.web.planting import EVIL, MARK, plant
from wiki.accounts.roles import Role
from wiki.exporters.site import write_site

pytestmark = pytest.mark.browser

TOOL = "communications/evil-tool"
ADDRESSES = (
    "/", f"/{TOOL}", "/communications/named-tool", "/toolkits/evil-toolkit", "/-/toolkit/toolkits/evil-toolkit/sheet",
    f"/-/edit/{TOOL}", "/-/new?title={}", f"/-/history/{TOOL}", f"/-/diff/{TOOL}", f"/-/blame/{TOOL}", "/-/recent", "/-/all",
    "/-/search?q={}", f"/-/compare?page={TOOL}&page=communications/signal", "/glossary", "/-/tags", "/communications", "/{}",
    "/-/attention", "/-/admin", "/-/admin/settings", "/-/account", f"/-/links-to/{TOOL}", "/es/communications/evil-tool",
)  # fmt: skip
WATCH = f"""
window.ran = [];
window.{MARK} = () => window.ran.push('script');
document.addEventListener('securitypolicyviolation', event => window.ran.push(event.violatedDirective + ' ' + event.blockedURI));
"""
FOCUS = """() => {
  for (const element of document.querySelectorAll('a, input, button, summary, [tabindex]')) element.focus();
  for (const details of document.querySelectorAll('details')) details.open = true;
  return window.ran;
}"""


@pytest.fixture
def hostile(story: Story) -> Iterator[Server]:
    plant(story)
    found = Server(story.home).start()
    yield found
    found.stop()


def test_no_script_of_anybodys_runs_and_no_other_host_is_asked(hostile: Server, chromium: Browser) -> None:
    context = chromium.new_context(base_url=hostile.url)
    name, _, value = hostile.sign_in("ada", Role.ADMIN).partition("=")
    context.add_cookies([{"name": name, "value": value, "url": hostile.url}])
    context.add_init_script(WATCH)
    elsewhere: list[str] = []
    context.on(
        "request", lambda request: None if request.url.startswith(hostile.url) else elsewhere.append(request.url)
    )
    page = context.new_page()

    def asked(dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            elsewhere.append(f"dialog {dialog.message}")
        dialog.accept()

    page.on("dialog", asked)
    for address in ADDRESSES:
        page.goto(address.replace("{}", quote(EVIL, safe="")))
        assert page.evaluate(FOCUS) == [], address
    # What is typed is previewed and suggested as it is typed, too.
    page.goto("/-/edit/communications/signal")
    field = page.locator("[name=summary]")
    field.fill(EVIL)
    page.goto("/-/search")
    page.locator("main input[type=search]").first.press_sequentially("evil <img src=x>", delay=5)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(FOCUS) == []
    assert elsewhere == []
    context.close()


def test_no_script_of_anybodys_runs_in_a_copy_to_take_along(story: Story, chromium: Browser, tmp_path: Path) -> None:
    """Opened from a disk, with no server to send a policy along, and with the copy's own switched off."""
    plant(story)
    story.catalog.catch_up()
    disk = tmp_path / "copy"
    write_site(content(story), disk)
    context = chromium.new_context(bypass_csp=True)
    context.add_init_script(WATCH)
    elsewhere: list[str] = []
    context.on(
        "request", lambda request: None if request.url.startswith(disk.as_uri()) else elsewhere.append(request.url)
    )
    page = context.new_page()
    page.on("dialog", lambda dialog: (elsewhere.append(f"dialog {dialog.message}"), dialog.dismiss()))
    written = sorted(file.relative_to(disk).as_posix() for file in disk.rglob("*.html"))
    hostile = [name for name in written if "evil-" in name or "named-" in name or "/" not in name]
    assert len(hostile) > 15
    for name in (*hostile, "_site/all.html", f"_site/search.html?q={quote(EVIL[:40])}+evil"):
        page.goto(f"{disk.as_uri()}/{name}")
        assert page.evaluate(FOCUS) == [], name
        if "search" not in name:
            assert page.locator("script").count() == 0, name
    assert page.locator("#found li").count() > 0
    assert elsewhere == []
    context.close()
