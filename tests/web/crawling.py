"""A visitor who finds every form of the wiki on its pages, and can put something into any of its fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import html5lib
from werkzeug.test import TestResponse

from tests.web.conftest import PASSWORD, Browser
from tests.web.planting import obeyed

# In a commit of the wiki, and in its accounts: for nobody's eyes.
SECRETS = ("rosa@private.example", "$argon2", "private.example")
# Whoever sends these is somebody else afterwards, or nobody.
_NEVER = re.compile(r"/-/logout|/-/account/close|/-/admin/people/ada/")
_OWN = ("csrf_token", "base", "head", "opened", "website")
# Of one form so many fields are tried at a time: the facts of a page are many, and are shown by the same code.
AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: where it leads, what it would send as it is, and the fields that somebody can type into."""

    address: str
    method: str
    fields: tuple[tuple[str, str], ...]
    typed: tuple[str, ...]

    @property
    def sort(self) -> tuple[str, ...]:
        """Two forms of one sort are made by the same code."""
        place = re.sub(r"(?<=\w)/[^?]*", "", self.address.removeprefix("/-/"))
        return (self.method, place) if self.method == "GET" else (self.method, place, *sorted(self.typed))

    def filled(self, name: str, text: str, head: str) -> list[tuple[str, str]]:
        """What is sent where somebody types `text` into one field and what is asked for into the others."""
        own = {"base": head, "head": head}
        given = [(field, own.get(field, value)) for field, value in self.fields if field != name]
        have = {field for field, _ in given}
        more = [(field, PASSWORD if "password" in field else "x") for field in self.typed if field not in {*have, name}]
        return [*given, *more, (name, text)]


class Crawler:
    """Goes where links lead, as one person, and judges every answer that it gets."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.found: list[str] = []
        self.forms: dict[tuple[str, ...], Form] = {}
        self.seen = 0
        self._judged: set[int] = set()
        self._alike: set[str] = set()

    def walk(self, *starts: str, judge: bool = True) -> None:
        """Look at the pages that are linked to, one of each sort, and note their forms."""
        queue, places = list(starts), Counter[str]()
        known = set(queue)
        urls = self.browser.site.app.url_map.bind("localhost")
        for address in queue:
            answer = self.browser.client.get(address)
            if judge:
                self.judge(answer, address)
            if answer.mimetype != "text/html":
                continue
            if not judge:
                self._note_forms(answer.text, address)
            for href in re.findall(r'<a\b[^>]* href="([^"#]*)"', answer.text):
                parts = urlsplit(urljoin(f"http://localhost{address}", unescape(href)))
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                if parts.netloc != "localhost" or target in known or not parts.path.isascii():
                    continue
                known.add(target)
                place = f"{urls.match(parts.path, 'GET')[0]} {sorted({name for name, _ in parse_qsl(parts.query)})}"
                places[place] += 1
                if places[place] == 1:
                    queue.append(target)

    def _note_forms(self, html: str, address: str) -> None:
        for text in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
            alike = re.sub(r'(value|id|for)="[^"]*"|>[^<]*', "", text)
            if alike not in self._alike:
                self._alike.add(alike)
                form = form_of(text, address)
                if form is not None and not _NEVER.search(form.address):
                    self.forms.setdefault(form.sort, form)

    def type(self, form: Form, name: str, text: str) -> TestResponse:
        """Send a form with a text in one of its fields."""
        data = form.filled(name, text, self.browser.site.head())
        client = self.browser.client
        if form.method == "GET":
            answer = client.get(f"{form.address.partition('?')[0]}?{urlencode(data)}")
        else:
            grouped: dict[str, Any] = {}
            for field, value in data:
                grouped.setdefault(field, []).append(value)
            answer = client.post(form.address, data=grouped)
        return self.judge(answer, f"{form.method} {form.address} {name}={text[:60]!r}")

    def judge(self, answer: TestResponse, what: str) -> TestResponse:
        """Note what of the answer is wrong: a failure, a header in two, a way out, a secret, or something that is obeyed."""
        wrong: list[str] = [f"{answer.status_code}"] if answer.status_code >= 500 else []
        wrong += [f"{name} in two" for name, value in answer.headers if re.search(r"[\r\n\0]", value)]
        location = answer.headers.get("Location", "/")
        if not re.match(r"/(?![/\\])", location.removeprefix("http://localhost")):
            wrong.append(f"leads to {location}")
        key = hash(answer.data)
        if key not in self._judged:
            self._judged.add(key)
            self.seen += 1
            wrong += obeyed(answer, what)
            wrong += [f"{secret} is shown" for secret in SECRETS if secret.encode() in answer.data]
        self.found += [f"{item} at {what}" for item in wrong]
        return answer


def form_of(html: str, address: str) -> Form | None:
    """A form of the page at an address; None where it is sent nowhere, or to another site."""
    fields: list[tuple[str, str]] = []
    typed: list[str] = []
    fragment = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    form = next(fragment.iter("form"))
    for element in form.iter():
        name, kind = element.get("name") or "", element.get("type") or ""
        if not name or kind in ("file", "image", "reset"):
            continue
        if element.tag == "button":
            # The first is the one that Enter presses.
            if all(field != name for field, _ in fields):
                fields.append((name, element.get("value") or ""))
            continue
        typed.append(name)
        if element.tag == "select":
            options = list(element.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            fields += [(name, option.get("value") or "") for option in chosen]
        elif element.tag == "textarea":
            fields.append((name, "".join(element.itertext())))
        elif kind in ("checkbox", "radio"):
            if element.get("checked") is not None or element.get("required") is not None:
                fields.append((name, element.get("value") or "on"))
        elif element.get("value") or element.get("required") is None:
            fields.append((name, element.get("value") or ""))
    action = urlsplit(urljoin(f"http://localhost{address}", form.get("action") or ""))
    target = action.path + (f"?{action.query}" if action.query else "")
    if action.netloc != "localhost" or form.get("method") == "dialog":
        return None
    names = tuple(name for name in dict.fromkeys(typed) if name not in _OWN)
    return Form(target, (form.get("method") or "get").upper(), tuple(fields), names)


def attacks(crawler: Crawler, texts: Iterator[str]) -> Iterator[tuple[Form, str, str]]:
    """Each field of each form that the crawler knows, with the next of the texts; what takes something away comes last."""
    last = re.compile("delete|move|disable|reject|revoke|role|take-back|revert")
    for form in sorted(crawler.forms.values(), key=lambda form: (bool(last.search(form.address)), form.sort)):
        for name in form.typed[:AT_MOST]:
            yield form, name, next(texts)
