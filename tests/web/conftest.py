"""The story wiki behind its web face: an application, people who sign in, and a check of every page that a test fetches."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import NOW, Clock, made_once
from wiki.accounts.roles import Role
from wiki.accounts.user import User
from wiki.bootstrap import Wiki, open_wiki
from wiki.config import load
from wiki.web.application import create_app
from wiki.web.page_cache import SESSION_COOKIE
from wiki.web.templates import Templates

PEOPLE = {"chris": Role.CONTRIBUTOR, "ben": Role.EDITOR, "ana": Role.MAINTAINER, "ada": Role.ADMIN}
PASSWORD = "a long walk by the river"


class Site:
    """The story wiki as an application, with browsers for its people."""

    def __init__(self, home: Path) -> None:
        self.clock = Clock(NOW)
        self.wiki: Wiki = open_wiki(load(home, {}), self.clock)
        self.wiki.catch_up()
        self.app: Flask = create_app(wiki=self.wiki, clock=self.clock)
        self.people: dict[str, User] = {}

    def person(self, name: str) -> User:
        """One of the story's people, with an account."""
        if name not in self.people:
            self.people[name] = self.wiki.accounts.users.add(name, PEOPLE[name], display_name=name.capitalize())
        return self.people[name]

    def browser(self, name: str = "") -> Browser:
        """A browser: a stranger's, or one in which this person has signed in."""
        client = self.app.test_client()
        if name:
            session = self.wiki.accounts.sign_in.start(self.wiki.accounts.users.get(self.person(name).id))
            client.set_cookie(SESSION_COOKIE, session.token)
        return Browser(self, client)

    def head(self) -> str:
        return self.wiki.repository.head()

    def source(self, path: str) -> str:
        return self.wiki.repository.read(self.head(), f"{path}.md").data.decode()


class Browser:
    """Fetches pages as a browser would and checks each of them, unasked."""

    def __init__(self, site: Site, client: FlaskClient) -> None:
        self.site = site
        self.client = client

    def get(self, address: str, status: int = 200, **more: Any) -> TestResponse:
        response = self.client.get(address, **more)
        assert response.status_code == status, f"{address}: {response.status_code}\n{words_of(response.text)}"
        check_page(response, address)
        return response

    def form(self, address: str, containing: str = "") -> dict[str, Any]:
        """What a form of a page would send if it were sent as it is."""
        return form_fields(self.get(address).text, containing)

    def post(self, address: str, fields: dict[str, Any], status: int = 303, **more: Any) -> TestResponse:
        response = self.client.post(address, data=fields, **more)
        assert response.status_code == status, f"{address}: {response.status_code}\n{words_of(response.text)}"
        check_page(response, address)
        return response

    def token(self) -> str:
        """The token of a form of this browser's session."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/-/new").text)
        assert found
        return found[1]

    def edit(self, path: str, **changes: Any) -> dict[str, Any]:
        """The edit form of a page with some of its fields changed."""
        return {**self.form(f"/-/edit/{path}", 'name="base"'), **changes}


def words_of(html: str) -> str:
    """What a person reads in the main part of a page, for the message of a failed test."""
    main = html.partition("<main")[2].partition("</main>")[0] or html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))[:1500]


def parsed(html: str) -> tuple[Any, list[Any]]:
    """The document, with the same word for whatever is another one each time, and what is wrong with it."""
    return _parsed_once(_alike(html))


def _alike(html: str) -> str:
    """A page that is the same in all tests that meet it: without the tokens of its forms."""
    return _CHALLENGE.sub("", _TOKEN.sub(_SAME, html))


@lru_cache(maxsize=128)
def _parsed_once(html: str) -> tuple[Any, list[Any]]:
    # Kept since a page is checked and then its form is read, and since, but for the tokens, many tests meet the same page.
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(html), parser.errors


_TOKEN = re.compile(r'(?<=name="csrf_token" value=")[\w.~-]+(?=")')
_SAME = "the-token-of-the-page"
_CHALLENGE = re.compile(r"(?<=&#34;challenge&#34;: &#34;)[\w-]+")
# The pages that were checked, as they are alike.
_checked: set[int] = set()


def form_fields(html: str, containing: str = "") -> dict[str, Any]:
    """The fields of the first form in a page whose HTML holds a text, as a browser would send them without a button."""
    token = _TOKEN.search(html)
    for form in parsed(html)[0].iter("form"):
        fields: dict[str, Any] = {}

        def add(name: str, value: str, fields: dict[str, Any] = fields) -> None:
            fields.setdefault(name, []).append(value)

        for element in form.iter():
            name = element.get("name")
            if not name:
                continue
            if element.tag == "input" and element.get("type") in ("checkbox", "radio"):
                if element.get("checked") is not None:
                    add(name, element.get("value", "on"))
            elif element.tag == "input" and element.get("type") != "file":
                value = element.get("value") or ""
                add(name, token[0] if token and value == _SAME else value)
            elif element.tag == "textarea":
                add(name, "".join(element.itertext()))
            elif element.tag == "select":
                options = list(element.iter("option"))
                chosen = [option for option in options if option.get("selected") is not None] or options[:1]
                for option in chosen:
                    add(name, option.get("value") or "")
        wanted = containing.replace('name="', "").rstrip('"') if containing.startswith("name=") else containing
        if not containing or wanted in fields or wanted in (form.get("action") or ""):
            return fields
    raise AssertionError(f"no form with {containing!r}")


def check_page(response: TestResponse, address: str) -> None:
    """What holds of every page: valid HTML, one main heading, labels, no code in place of words, safe headers."""
    assert "Content-Security-Policy" in response.headers or response.status_code == 304, address
    if response.status_code in (301, 302, 303, 304) or response.mimetype != "text/html":
        return
    html = response.text
    if "<html" not in html:
        return
    page = hash(_alike(html))
    if page in _checked:
        return
    document, errors = parsed(html)
    errors = [error for error in errors if error[1] not in ("expected-named-entity",)]
    assert not errors, f"{address}: {errors[:5]}\n" + "\n".join(
        html.splitlines()[max(0, errors[0][0][0] - 2) : errors[0][0][0] + 1]
    )
    headings = list(document.iter("h1"))
    assert len(headings) == 1, f"{address}: {len(headings)} main headings"
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"{address}: ids twice: {sorted({id for id in ids if ids.count(id) > 1})}"
    labelled = {label.get("for") for label in document.iter("label")}
    wrapped = {id(inner) for label in document.iter("label") for inner in label.iter()}
    for tag in ("input", "select", "textarea"):
        for element in document.iter(tag):
            if element.get("type") in ("hidden", "submit") or element.get("hidden") is not None:
                continue
            named = element.get("id") in labelled or id(element) in wrapped or element.get("aria-label")
            assert named, f"{address}: {tag} {element.get('name')} has no label"
    assert not list(document.iter("style")), f"{address}: style in the page"
    for script in document.iter("script"):
        assert script.get("src"), f"{address}: script in the page"
    for element in document.iter():
        bad = [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert not bad, f"{address}: {element.tag} has {bad}"
    text = "".join(document.find("body").itertext())
    for code in re.findall(r"That didn't work \(([\w.]+)\)", text):
        raise AssertionError(f"{address}: the code {code} has no words")
    for link in document.iter("a"):
        target = urlsplit(link.get("href") or "")
        assert target.scheme in ("", "http", "https", "mailto", "tel"), f"{address}: link to {link.get('href')}"
    _checked.add(page)


@pytest.fixture(scope="session")
def compiled_templates(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What any test has compiled of the templates, by build and language."""
    ready = ready_home / "search_index" / "templates"
    return made_once(tmp_path_factory, "templates", lambda folder: shutil.copytree(ready, folder, dirs_exist_ok=True))


@pytest.fixture
def story_home(ready_home: Path, compiled_templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Here the story wiki has been served before: to make everything anew for each test would take longer than the tests.
    Each language and each build (settings make another) of the templates is compiled once."""

    def keep(templates: Templates, _: Path, build: str) -> None:
        templates._compiled = compiled_templates / build
        templates._compiled.mkdir(exist_ok=True)

    monkeypatch.setattr(Templates, "keep", keep)
    without = shutil.ignore_patterns("templates")
    return Path(shutil.copytree(ready_home, tmp_path / "home", symlinks=True, ignore=without))


@pytest.fixture
def site(story_home: Path) -> Iterator[Site]:
    found = Site(story_home)
    yield found
    found.wiki.close()


@pytest.fixture
def stranger(site: Site) -> Browser:
    return site.browser()


@pytest.fixture
def ben(site: Site) -> Browser:
    """An editor's browser."""
    return site.browser("ben")


@pytest.fixture
def ana(site: Site) -> Browser:
    """A maintainer's browser."""
    return site.browser("ana")
