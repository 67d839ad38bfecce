"""Screenshots of the main pages, on a phone and a desk, light and dark: `make screenshots`, into screenshots/.

A wiki is made from the seed in a folder of its own, with some days of people's work on top, and served as it would be.
With `--docs`, the chosen few are made small and put into docs/images/, where the README shows them.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from find_browser import find
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from wiki.accounts.roles import Role
from wiki.bootstrap import Wiki, create_wiki, open_wiki
from wiki.config import load
from wiki.editing.edit import Actor, Edit, Write
from wiki.pages.path import PagePath
from wiki.suggestions.access import stranger
from wiki.web.page_cache import SESSION_COOKIE

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "screenshots"
DOCS = ROOT / "docs" / "images"
SIZES = {"phone": (360, 740), "desk": (1280, 860)}
THEMES = ("light", "dark")
TOOL, OTHER, THIRD = "communications/signal", "communications/element-matrix", "communications/briar"
ADDRESSES = {
    "home": "/",
    "category": "/communications",
    "tool": f"/{TOOL}",
    "compare": f"/-/compare?page={TOOL}&page={OTHER}&page={THIRD}",
    "search": "/-/search?q=how+do+we+text+volunteers+cheaply",
    "history": f"/-/history/{TOOL}",
    "diff": f"/-/diff/{TOOL}",
    "toolkit": "/toolkits/a-safer-organizing-group",
    "suggest": f"/-/edit/{TOOL}",
    "attention": "/-/attention",
    "missing": "/no/such-page",
    "offline": "/-/offline",
}
SIGNED_IN = {
    "edit": f"/-/edit/{TOOL}",
    "review": "/-/review",
    "suggestion": "/-/review/1",
    "import": "/-/import",
    "account": "/-/account",
    "admin": "/-/admin",
}
CHOSEN = {
    "home": "home-desk-light",
    "tool": "tool-desk-light",
    "compare": "compare-desk-light",
    "edit": "edit-desk-light",
    "review": "suggestion-desk-light",
    "conflict": "conflict-desk-light",
    "dark": "category-desk-dark",
    "phone": "tool-phone-light",
    "compare-phone": "compare-phone-light",
}
# Each of these is shown on one picture: on a desk and a phone, light and dark.
SHEETS = (
    *("home", "category", "tool", "compare", "search", "toolkit", "edit", "suggestion", "conflict", "history", "diff"),
    *("attention", "missing"),
)
SHEET_HEIGHT = 460
MAX_HEIGHT = 4_000
DOCS_BYTES = 150_000
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def tell_story(wiki: Wiki, clock: list[datetime]) -> None:
    """Some days of work: facts checked, a price added, a text made clearer, two suggestions."""
    ana, ben = Actor("ana", "Ana Reyes", Role.MAINTAINER), Actor("ben", "Ben Okafor", Role.EDITOR)

    def change(path: str, actor: Actor, message: str, *replaced: tuple[str, str]) -> Write:
        source = wiki.repository.read(wiki.repository.head(), f"{path}.md").data.decode()
        for old, new in replaced:
            if old not in source:
                raise SystemExit(f"{path} of the seed has no {old!r} any more")
            source = source.replace(old, new, 1)
        clock[0] += timedelta(hours=5)
        return Write((Edit(PagePath(path), wiki.repository.head(), source),), message, actor)

    day = clock[0].date().isoformat()
    for path in (TOOL, OTHER, "field/spoke", "fundraising/open-collective"):
        if wiki.repository.entry(wiki.repository.head(), f"{path}.md") is not None:
            checked = ("status: active\n", f"status: active\nlast_verified: {day}\nverified_by: ana\n")
            wiki.editor.apply(change(path, ana, "Checked with the vendor's own pages", checked))
    wiki.editor.apply(
        change(
            TOOL,
            ben,
            "Say what a group call can hold",
            ("You can also run a group call, share", "A group call holds up to 50 people. You can also share"),
        )
    )
    wiki.suggestions.submit(
        change(
            TOOL,
            stranger("Rosa, tenants' union"),
            "A group in our building asked how to find old decisions",
            ("also needs a place for notes.", "also needs a place for notes, such as a shared document or a wiki."),
            ("  skill: beginner\n", "  skill: some-training\n"),
        )
    )
    wiki.suggestions.submit(
        change(OTHER, stranger(""), "The name of the app", ("---\n## ", "---\nPeople mostly call it Element.\n\n## "))
    )


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The wiki of a home folder, served; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "wiki.cli", "--home", str(home), "serve", "--port", str(port), "--workers", "1"]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=ROOT)
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until and process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/-/health")
                if connection.getresponse().status == 200:
                    break
            time.sleep(0.2)
        else:
            raise SystemExit("the wiki did not start:\n" + (home / "server.log").read_text())
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def make_wiki(home: Path) -> dict[str, str]:
    """Make the wiki of the seed with its days of work in a home folder; gives the session of each of its people."""
    config = load(home, {})
    clock = [datetime.now(UTC) - timedelta(days=4)]
    create_wiki(config, clock=lambda: clock[0] - timedelta(days=20))
    wiki = open_wiki(config, lambda: clock[0])
    wiki.catch_up()
    tell_story(wiki, clock)
    clock[0] = datetime.now(UTC)
    sessions = {}
    for name, (display, role) in {"ana": ("Ana Reyes", Role.ADMIN), "ben": ("Ben Okafor", Role.EDITOR)}.items():
        user = wiki.accounts.users.add(name, role, display_name=display)
        sessions[name] = wiki.accounts.sign_in.start(user).token
    wiki.catch_up()
    wiki.close()
    return sessions


class Camera:
    """Takes each page at each size in each theme; `only` names the pages wanted, all if empty."""

    def __init__(self, browser: Browser, url: str, cookies: dict[str, str], only: set[str]) -> None:
        self.browser, self.url, self.cookies, self.only = browser, url, cookies, only

    def context(self, size: str, theme: str, name: str = "", **options: Any) -> BrowserContext:
        width, height = SIZES[size]
        options |= {"viewport": {"width": width, "height": height}, "color_scheme": theme}
        context = self.browser.new_context(has_touch=size == "phone", **options)
        if name:
            context.add_cookies([{"name": SESSION_COOKIE, "value": self.cookies[name], "url": self.url}])
        return context

    def take_all(self) -> None:
        for size in SIZES:
            for theme in THEMES:
                with self.context(size, theme) as context:
                    self._take_these(context, ADDRESSES, f"{size}-{theme}")
                with self.context(size, theme, "ana") as context:
                    self._take_these(context, SIGNED_IN, f"{size}-{theme}")
                if not self.only or "conflict" in self.only:
                    self._take_conflict(size, theme)

    def _take_these(self, context: BrowserContext, addresses: dict[str, str], ending: str) -> None:
        page = context.new_page()
        for name, address in addresses.items():
            if not self.only or name in self.only:
                page.goto(self.url + address)
                self._shoot(page, f"{name}-{ending}")

    def _take_conflict(self, size: str, theme: str) -> None:
        """Two people change one fact and one line; the second is asked."""
        contexts = {name: self.context(size, theme, name, java_script_enabled=False) for name in ("ben", "ana")}
        pages = {name: context.new_page() for name, context in contexts.items()}
        for page in pages.values():
            page.goto(f"{self.url}/-/edit/{OTHER}")
        for name, page in pages.items():
            page.fill("[name=summary]", f"Team chat on many servers, as {name.capitalize()} puts it ({size}, {theme}).")
            rest = page.input_value("[name=body]").lstrip().partition("\n")[2]
            page.fill("[name=body]", f"## What {name.capitalize()} would say ({size}, {theme})\n{rest}")
            page.fill("[name=message]", "Say it better")
            page.click("[data-save]")
        self._shoot(pages["ana"], f"conflict-{size}-{theme}")
        for context in contexts.values():
            context.close()

    def _shoot(self, page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        width, least = SIZES["phone" if "phone" in name else "desk"]
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            print(f"{name}: {overflow} pixels wider than the screen", file=sys.stderr)
        # A window as high as the page, so that what stays at its lower edge stands there in the picture too.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": max(least, min(MAX_HEIGHT, height))})
        page.screenshot(path=OUT / f"{name}.png")
        page.set_viewport_size({"width": width, "height": least})


def put_into_docs() -> None:
    """The chosen screenshots with few colours, cut to what fits the limit."""
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, source in CHOSEN.items():
        picture: Image.Image = Image.open(OUT / f"{source}.png").convert("RGB")
        picture = picture.crop(
            (0, 0, picture.width, min(picture.height, SIZES["phone" if "phone" in source else "desk"][1]))
        )
        for colours in (128, 64, 32, 16):
            picture.quantize(colours, dither=Image.Dither.NONE).save(DOCS / f"{name}.png", optimize=True)
            if (DOCS / f"{name}.png").stat().st_size <= DOCS_BYTES:
                break


def put_sheets_into_docs() -> None:
    """One picture a page: how it looks on a desk and on a phone, in both themes."""
    for name in SHEETS:
        shown = []
        for size in reversed(SIZES):
            width, height = SIZES[size]
            for theme in THEMES:
                picture: Image.Image = Image.open(OUT / f"{name}-{size}-{theme}.png").convert("RGB")
                picture = picture.crop((0, 0, width, height))
                shown.append(picture.resize((round(width * SHEET_HEIGHT / height), SHEET_HEIGHT)))
        sheet = Image.new("RGB", (sum(picture.width + 8 for picture in shown) - 8, SHEET_HEIGHT), "white")
        left = 0
        for picture in shown:
            sheet.paste(picture, (left, 0))
            left += picture.width + 8
        sheet.quantize(64, dither=Image.Dither.NONE).save(DOCS / f"sheet-{name}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of pages; all without any")
    parser.add_argument("--docs", action="store_true", help="put the chosen few into docs/images/")
    given = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        cookies = make_wiki(home)
        with served(home) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=SWITCHES)
            Camera(browser, url, cookies, set(given.only)).take_all()
            browser.close()
    if given.docs:
        put_into_docs()
        put_sheets_into_docs()


if __name__ == "__main__":
    main()
