"""What must hold for any input: a target takes bytes and raises where it doesn't."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.conftest import ANA, NOW, story_files
from tests.markup.test_sanitizer import assert_harmless
from tests.web.conftest import Browser, Site
from tests.web.crawling import Crawler
from wiki import background
from wiki.editing.merge import merge
from wiki.errors import Invalid, NotFound
from wiki.markup import front_matter
from wiki.markup.diff import words
from wiki.markup.markdown import Renderer
from wiki.pages.path import PagePath, is_safe_file, slug
from wiki.pages.settings_files import read_settings
from wiki.search.query import MAX_WORDS, parse
from wiki.storage.names import is_safe
from wiki.storage.objects import Person
from wiki.storage.writer import Writer, init
from wiki.web.security import safe_next

Target = Callable[[bytes], None]
_FIELDS = re.compile(rb"[&\n]")


def front_matter_is_exact(data: bytes) -> None:
    """Loading never raises; what is changed in what could be loaded is changed, and nothing else."""
    source = _text(data)
    found = front_matter.load(source)
    if not found.has or found.problem is not None:
        return
    try:
        after = front_matter.load(front_matter.update(source, {"title": "New: one", "cost": {"level": "free"}}))
    except Invalid as error:
        # Only what grows too large by it.
        assert error.code in ("front_matter.too_large", "front_matter.too_deep"), error.code
        return
    assert after.fields == front_matter.merge(found.fields, {"title": "New: one", "cost": {"level": "free"}})
    assert after.body == found.body


def settings_never_raise(data: bytes) -> None:
    """Whatever a settings file holds, the wiki runs, and nothing of it leads to a script."""
    text = _text(data)
    found = read_settings(lambda name: text)
    for address in (*(item.url for item in found.menu), found.license.url):
        assert address == "" or address.startswith(("/", "http", "mailto:", "tel:")), address


def markdown_is_harmless(data: bytes) -> None:
    """No text makes active HTML."""
    assert_harmless(_renderer().render(_text(data)).html)


def paths_stay_inside(data: bytes) -> None:
    """What is accepted as a path may be written; a redirect stays in the wiki."""
    text = _text(data)
    with suppress(Invalid):
        path = PagePath.parse(text)
        assert is_safe(path.file), path
        assert PagePath.of_file(path.file) == path
    with suppress(Invalid, NotFound):
        path = PagePath.lookup(text)
        assert path.is_settings or is_safe_file(path.file), path
    made = slug(text)
    try:
        PagePath.parse(made)
    except Invalid as error:
        assert error.code == "path.reserved" or not made, (made, error.code)
    target = safe_next(text)
    assert re.match(r"/(?![/\\])[^\x00-\x20\\]*\Z", target), target


def queries_are_bounded(data: bytes) -> None:
    """Any text is a query, and a small one."""
    query = parse(_text(data))
    assert len(query.words) <= MAX_WORDS
    assert all(word.strip() for word in query.words)


def merges_lose_nothing(data: bytes) -> None:
    """One side's change alone is taken; a merge makes no marks of its own; a difference holds both texts."""
    base, ours, theirs = (_text(part) for part in [*data.split(b"\x00", 2), b"", b""][:3])
    assert merge(base, ours, base).source == ours
    assert merge(base, base, theirs).source == theirs
    merged = merge(base, ours, theirs)
    for mark in ("<<<<<<<", ">>>>>>>"):
        assert mark not in merged.source or mark in base + ours + theirs
    words(ours, theirs)


def forms_change_nothing_unasked(data: bytes) -> None:
    """Any form sent to any address is answered; whoever may not save, saves nothing."""
    site, browsers, addresses = _wiki()
    head, people = site.head(), len(site.wiki.accounts.users.list())
    which, _, rest = data.partition(b"\n")
    number = int.from_bytes(which[:2], "big")
    browser, token = browsers[number % len(browsers)]
    method, address = addresses[(number // len(browsers)) % len(addresses)]
    fields = {"csrf_token": token, "base": head}
    for part in _FIELDS.split(rest)[:40]:
        name, _, value = part.partition(b"=")
        fields[_text(name)[:80]] = _text(value)
    if method == "GET":
        answer = browser.client.get(address, query_string=fields)
    else:
        answer = browser.client.post(address, data=fields)
    assert answer.status_code < 500, (method, address, fields)
    location = answer.headers.get("Location", "/")
    assert location.startswith("/") and not location.startswith(("//", "/\\")), location
    assert site.head() == head, (method, address, fields)
    assert len(site.wiki.accounts.users.list()) <= people + 1


def what_is_typed_is_text(data: bytes) -> None:
    """Whatever is put into a field of a form that the wiki's pages hold stays text, and nothing fails by it."""
    crawlers = _crawlers()
    which, _, rest = data.partition(b"\n")
    number = int.from_bytes(which[:3], "big")
    crawler = crawlers[number % len(crawlers)]
    fields = [(form, name) for _, form in sorted(crawler.forms.items()) for name in form.typed]
    form, name = fields[(number // len(crawlers)) % len(fields)]
    crawler.browser.site.clock.advance(minutes=10)
    crawler.type(form, name, _text(rest))
    found, crawler.found = crawler.found, []
    assert found == []


TARGETS: dict[str, Target] = {
    "front_matter": front_matter_is_exact,
    "settings": settings_never_raise,
    "markdown": markdown_is_harmless,
    "paths": paths_stay_inside,
    "query": queries_are_bounded,
    "merge": merges_lose_nothing,
    "forms": forms_change_nothing_unasked,
    "typed": what_is_typed_is_text,
}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@cache
def _renderer() -> Renderer:
    return Renderer()


@cache
def _crawlers() -> list[Crawler]:
    """A stranger, a contributor, a maintainer and an administrator, each with the forms that they find."""
    crawlers = [Crawler(_wiki()[0].browser(who)) for who in ("", "chris", "ana", "ada")]
    for crawler in crawlers:
        crawler.walk(
            "/", "/-/edit/communications/signal", "/-/attach/about", "/-/import", "/-/login", "/-/register", judge=False
        )
    return crawlers


@cache
def _wiki() -> tuple[Site, list[tuple[Browser, str]], list[tuple[str, str]]]:
    """The story wiki, a stranger and a contributor, and every address of it that something can be sent to."""
    background.start = lambda wiki: None
    home = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    writer = Writer(init(home / "content"), home / "write.lock", fsync=False)
    author = Person(ANA.display_name, "ana@users.noreply.eastside.example")
    writer.commit(dict(story_files()), base=None, message="Begin", author=author, when=NOW)
    site = Site(home)
    browsers = [(browser, browser.token()) for browser in (site.browser(), site.browser("chris"))]
    addresses = []
    for rule in sorted(site.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        address = re.sub(r"<int[^>]*>", "1", rule.rule)
        address = re.sub(r"<path:path>", "communications/signal", address)
        address = re.sub(r"<[^>]*>", "ben", address)
        addresses += [(method, address) for method in ("GET", "POST") if method in (rule.methods or ())]
    # Whoever signs out would go on as a stranger.
    return site, browsers, [item for item in addresses if item != ("POST", "/-/logout")]
