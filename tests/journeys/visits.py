"""People in a real Chromium at the wiki as it really runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import BROWSER_PATIENCE
from tests.journeys.conftest import Server
from wiki.accounts.roles import Role

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
SIGNAL = "communications/signal"


class Visits:
    """Browsers of people; what a page asks of another host, or complains about, fails the test."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.contexts: list[BrowserContext] = []
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []

    def arrive(self, name: str = "", role: Role = Role.EDITOR, **options: Any) -> BrowserContext:
        """A new browser, in which this person has signed in."""
        context = self.browser.new_context(base_url=self.server.url, **(options or DESK))
        self.contexts.append(context)
        context.set_default_timeout(BROWSER_PATIENCE)
        context.on("request", self._look)
        if name:
            key, _, value = self.server.sign_in(name, role).partition("=")
            context.add_cookies([{"name": key, "value": value, "url": self.server.url}])
        return context

    def begin(self, name: str = "", role: Role = Role.EDITOR, **options: Any) -> Page:
        """A page of a new browser, in which this person has signed in."""
        return self.watched(self.arrive(name, role, **options).new_page())

    def edit(self, path: str, name: str = "", context: BrowserContext | None = None, **options: Any) -> Page:
        """The form of a page, or what is at an address that begins with a slash, ready to write in."""
        page = self.watched((context or self.arrive(name, **options)).new_page())
        page.goto(path if path.startswith("/") else f"/-/edit/{path}")
        if not options:
            expect(page.locator(".cm-content")).to_be_visible()
        return page

    def watched(self, page: Page) -> Page:
        """A page whose complaints are heard."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def end(self) -> None:
        """Close all browsers; nothing may have gone wrong in them."""
        for context in self.contexts:
            context.close()
        assert self.elsewhere == [] and self.complaints == []

    def _look(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != urlsplit(self.server.url).netloc:
            self.elsewhere.append(request.url)


def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"
