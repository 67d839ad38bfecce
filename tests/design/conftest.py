"""The page of all components, served alone: real templates, built assets, the real content security policy, no wiki behind it."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "static" / "built"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
PAGES = [
    {"path": "communications/signal", "title": "Signal"},
    {"path": "field/spoke", "title": "Spoke"},
]


@pytest.fixture(scope="session")
def assets() -> ModuleType:
    """tools/build_assets.py as a module."""
    spec = importlib.util.spec_from_file_location("build_assets", ROOT / "tools" / "build_assets.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def manifest(assets: ModuleType) -> dict[str, str]:
    """The built assets, built if need be."""
    assets.build()
    names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    return names


def environment(manifest: dict[str, str], direction: str = "ltr") -> Environment:
    """Jinja as the web face sets it up, with plain values for what it would take from a wiki."""
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]

    def asset(name: str) -> str:
        return f"/built/{manifest[name]}"

    def icon(name: str) -> Markup:
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            asset("icons.svg"), name
        )

    env.filters["usable_color"] = lambda color: ""
    addresses = {"pages.home": "/", "search.results": "/-/search"}
    env.globals.update(
        asset=asset,
        root_url=lambda: "",
        icon=icon,
        url_for=lambda endpoint, **_: addresses.get(endpoint, f"/-/{endpoint}"),
        csrf_field=lambda: Markup('<input type="hidden" name="csrf_token" value="t">'),
        may=lambda permission: True,
        get_flashed_messages=lambda with_categories=False: [],
        site=SimpleNamespace(
            name="Movement Tech Wiki",
            tagline="Tools for organizers",
            license=SimpleNamespace(name="CC BY-SA 4.0", url="/license"),
            menu=[{"label": "About this wiki", "url": "/about"}],
            footer_html=Markup("<p>Written by volunteers.</p>"),
            logo="",
        ),
        person=None,
        request=SimpleNamespace(method="GET", path="/", blueprint="design"),
        language="ar" if direction == "rtl" else "en",
        words_language="ar" if direction == "rtl" else "en",
        direction=direction,
        languages=[
            {"code": "en", "label": "English", "url": "/", "current": True},
            {"code": "es", "label": "Español", "url": "/es", "current": False},
        ],
        page_path="communications/signal",
        categories=[
            {
                "id": "field",
                "label": "Field & organizing",
                "color": "green",
                "icon": "map-pinned",
                "count": 61,
                "url": "/field",
            }
        ],
        query="",
        menus=lambda reviews, imports: env.get_template("_macros/frame.html").module.menus(
            env.globals["categories"], env.globals["site"].menu, reviews, imports
        ),
    )
    return env


class Silent(WSGIRequestHandler):
    """Says nothing about the requests that it serves."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class Site:
    """What stands behind the page: answers as the wiki would, and remembers what it was asked."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.revision = "v1"
        # What the next files are refused with, in turn.
        self.refusals: list[int] = []

    def posts(self, path: str) -> list[dict[str, Any]]:
        """The forms that were sent to an address."""
        return [form for method, asked, form in self.asked if method == "POST" and asked == path]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        form = request.form.to_dict() | {name: file.filename for name, file in request.files.items()}
        self.asked.append((request.method, request.path, form))
        return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/built/"):
            path = BUILT / request.path.removeprefix("/built/")
            types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
            return Response(path.read_bytes(), mimetype=types[path.suffix])
        if request.path == "/-/suggest":
            words = request.args.get("q", "").lower()
            return Response(
                json.dumps([page for page in PAGES if words in page["title"].lower()]), mimetype="text/json"
            )
        if request.path == "/-/tags":
            tags = [{"value": "chat", "count": 3}, {"value": "security", "count": 2}]
            return Response(json.dumps(tags), mimetype="text/json")
        if request.path == "/-/preview":
            return Response(f"<p>Rendered: {Markup.escape(request.form['body'][:40])}</p>", mimetype="text/html")
        if request.path.startswith("/-/attach/"):
            if self.refusals:
                status = self.refusals.pop(0)
                later = {"Retry-After": "0"} if status == 503 else {}
                return Response('{"detail": "The file is too large."}', status, later, mimetype="text/json")
            alt = request.form["alt"]
            return Response(json.dumps({"url": "signal/a.png", "markdown": f"![{alt}](signal/a.png)"}))
        if request.path == "/communications/signal.json":
            return Response(json.dumps({"revision": self.revision}))
        if request.path == "/offline.js":
            return Response("", mimetype="text/javascript")
        if request.method == "POST":
            return Response(status=303, headers={"Location": "/saved?notice=saved"})
        if request.method == "GET" and request.path in ("/", "/rtl"):
            page = self.pages["rtl" if request.path == "/rtl" else "ltr"]
            return Response(page, mimetype="text/html", headers={"Content-Security-Policy": CSP})
        return Response(
            f"<!doctype html><title>{Markup.escape(request.path)}</title>"
            f'<script type="module" src="/built/{json.loads((BUILT / "manifest.json").read_text())["main.js"]}"></script>',
            mimetype="text/html",
        )


@pytest.fixture(scope="session")
def pages(manifest: dict[str, str]) -> dict[str, str]:
    """The page by the direction of its writing."""
    return {
        direction: environment(manifest, direction).get_template("design/index.html").render()
        for direction in ("ltr", "rtl")
    }


@pytest.fixture
def site(pages: dict[str, str]) -> Iterator[SimpleNamespace]:
    """The page under an address of its own: `url`, and `app`, which remembers what was asked."""
    app = Site(pages)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/", app=app)
    server.shutdown()
    thread.join()


# Whether the richer editor comes, later than the rest.
COMES = """() => Boolean(document.querySelector("[data-text-editor] [data-toolbar]")) &&
  matchMedia("(min-width: 48rem) and (pointer: fine)").matches"""


class Tabs:
    """Opens the page in a browser; whatever the page complains about fails the test.

    Tests share a tab for each kind of screen (`kept`, by its options): to begin another takes longer than most tests. The
    page is at another origin in each test, so it finds nothing of what it stored in an earlier one.
    """

    def __init__(self, browser: Browser, url: str, kept: dict[str, Page]) -> None:
        self.browser, self.url, self.kept = browser, url, kept
        self.contexts: list[BrowserContext] = []
        self.shared: list[Page] = []
        self.complaints: list[str] = []

    def context(self, **options: Any) -> BrowserContext:
        """A browser of the test's own, for what changes more than what the page stores."""
        context = self._begin(options)
        self.contexts.append(context)
        return context

    def open(self, context: BrowserContext | None = None, path: str = "", **options: Any) -> Page:
        page = context.new_page() if context else self._share(options)
        page.on("console", self._hear)
        page.on("pageerror", self._hear_error)
        page.goto(self.url + path)
        if options.get("java_script_enabled", True) and page.evaluate(COMES):
            page.locator(".cm-content").wait_for()
        return page

    def end(self) -> None:
        for context in self.contexts:
            context.close()
        for page in self.shared:
            page.goto("about:blank")
            page.remove_listener("console", self._hear)
            page.remove_listener("pageerror", self._hear_error)
        assert self.complaints == []

    def _begin(self, options: dict[str, Any]) -> BrowserContext:
        return self.browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})

    def _share(self, options: dict[str, Any]) -> Page:
        key = repr(sorted(options.items()))
        page = self.kept[key] = self.kept.get(key) or self._begin(options).new_page()
        assert page not in self.shared, "a second tab of a test needs a context of its own"
        self.shared.append(page)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(str(error))


@pytest.fixture(scope="session")
def kept_tabs(chromium: Browser) -> Iterator[dict[str, Page]]:
    """The tabs that tests share, by their options."""
    kept: dict[str, Page] = {}
    yield kept
    for page in kept.values():
        page.context.close()


@pytest.fixture
def tabs(chromium: Browser, site: SimpleNamespace, kept_tabs: dict[str, Page]) -> Iterator[Tabs]:
    """Tabs on the page of all components."""
    opened = Tabs(chromium, site.url, kept_tabs)
    yield opened
    opened.end()
