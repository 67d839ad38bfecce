"""What people wrote, in a real Chromium: no script of theirs runs, nothing is asked of another host, the policy has no work."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog

from tests.conftest import Story
from tests.journeys.conftest import Server
from tests.web.planting import EVIL, MARK, plant
from wiki.accounts.roles import Role

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
