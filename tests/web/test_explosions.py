"""Inputs made to cost more than they weigh, as large as they are accepted, through the whole application: each is answered
in plain words, and in bounded work."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder, TestResponse

from tests.web.conftest import Browser, Site, words_of
from wiki.web import previewing, urlencoded
from wiki.web.urlencoded import FormRequest

FORM = "application/x-www-form-urlencoded"

PAGE = "communications/signal"
API = "/-/api/v1"
SIZE = 1_000_000
# Many times what any of these takes; what explodes takes minutes.
SECONDS = 30.0


def fill(piece: str, size: int = SIZE) -> str:
    return piece * (size // len(piece))


BODIES = {
    "open brackets": fill("["),
    "images in images": "![" * 160_000 + "a" + "](b)" * 160_000,
    "emphasis of every kind": fill("***a **b _c __d ~~e "),
    "definitions of links": "".join(f"[{number}]: /x{number}\n\n[{number}] " for number in range(36_000)),
    "footnotes": "[^1]: x\n\n" + fill("[^1] "),
    "footnotes in footnotes": "^[" * 300_000,
    "quotes": fill("> a\nb\n"),
    "a table": "|a|b|\n|-|-|\n" + fill("|x|y|\n"),
    "missing cells": "|".join("a" * 250) + "\n" + "|".join("-" * 250) + "\n" + fill("x\n", 200_000),
    "a wide table": fill("|a", 400_000) + "\n" + fill("|-", 400_000),
    "HTML never closed": fill('<a x="y\' '),
    "comments": fill("<!-- a "),
    "backticks": "".join("`" * number + " " for number in range(1_400)),
    "wiki links": fill("[[signal|x [["),
    "terms to explain": fill("GOTV spoke "),
    "lists in lists": "".join("  " * (number % 40) + "- a\n" for number in range(22_000)),
    "marks on one letter": "a" + "\u0301" * 490_000,
}  # fmt: skip
SOURCES = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "depth": f"a: {'[' * 30_000}\n",
    "maps in maps": f"a: {'{a: ' * 15_000}\n",
    "keys": "".join(f"key{number}: 1\n" for number in range(6_000)),
    "tags": f"tags: [{', '.join(f't{number}' for number in range(7_000))}]\n",
    "complex keys": "? " * 30_000 + "\n",
    "a long number": f"a: {'9' * 60_000}\n",
    "base sixty": f"a: {'1:' * 30_000}1\n",
}
ASKED = (
    "/-/search?q=" + "signal+" * 1_400,
    "/-/search?q=" + "(" * 9_000,
    "/-/search?q=" + "%22a+b%22+" * 1_000,
    "/-/search?q=" + "si*+" * 2_500,
    "/-/search?q=" + "-signal+" * 1_200,
    "/-/search?q=" + "signla~+" * 1_200,
    "/-/search?q=" + "+".join(f"wrod{number}" for number in range(1_200)),
    "/-/search?q=" + "a" * 9_990,
    "/-/suggest?q=" + "a" * 9_990,
    f"{API}/search?q=" + "signal+" * 1_400,
    "/communications?" + "&".join(f"tag=t{number}" for number in range(1_500)),
    "/-/all?page=" + "9" * 9_000,
    "/-/compare?" + "&".join(f"page={PAGE}{number}" for number in range(500)),
    f"/-/compare?page={PAGE}&page=field/spoke&messages=" + "9" * 9_000,
    f"/-/history/{PAGE}?before=" + "9" * 9_000,
    f"/-/diff/{PAGE}?from=" + "a" * 5_000 + "&to=" + "b" * 5_000,
    "/-/recent?person=" + "a" * 5_000 + "&category=" + "b" * 5_000,
    "/-/toolkit?" + "&".join(f"page=p{number}" for number in range(1_000)),
    f"/-/edit/{PAGE}?section=" + "a" * 9_000,
    f"{API}/pages?" + "&".join(f"tag=t{number}" for number in range(1_000)),
    f"{API}/pages?limit=" + "9" * 4_000,
    "/" + "a/" * 4_500,
    "/-/edit/" + "a/" * 4_500 + "x",
    "/" + "%25" * 3_000,
)
LISTS = {
    "markdown": "".join(f"- [Tool {number}](http://x{number}.example): words\n" for number in range(4_900)),
    "links never closed": fill("- [a](b", 490_000),
    "open brackets": fill("[", 490_000),
    "HTML in HTML": fill("<ul><li><a href=x>", 490_000),
    "HTML never closed": fill('<a x="y\' ', 490_000),
    "a table": "name,url\n" + "".join(f"tool {number},http://x{number}.example\n" for number in range(1_000)),
    "commas": "," * 490_000,
    "quotes": '"' * 490_000,
    "headings": fill("# a\n", 490_000),
    "empty lines": "\n" * 490_000 + "x",
    "one line": "- " + "a" * 490_000,
    "addresses": fill("http://a.b ", 490_000),
}  # fmt: skip
KINDS = {"links never closed": "plain", "open brackets": "markdown", "HTML never closed": "html"}


@pytest.fixture
def site(story_home: Path) -> Iterator[Site]:
    """The story wiki, which gives up rendering sooner."""
    (story_home / "instance").mkdir(exist_ok=True)
    settings = "[limits]\nrender_seconds = 0.1\nsuggestions_per_hour = 1000\n"
    (story_home / "instance" / "wiki.toml").write_text(settings)
    found = Site(story_home)
    yield found
    found.wiki.close()


def bounded(what: str, ask: Callable[[], TestResponse]) -> TestResponse:
    """The answer, which has come in bounded work and says something."""
    begun = time.process_time()
    answer = ask()
    spent = time.process_time() - begun
    assert spent < SECONDS, f"{what}: {spent:.1f} seconds of the processor"
    assert answer.status_code < 500 and "didn't work (" not in answer.text, f"{what}: {words_of(answer.text)}"
    assert len(answer.data) < 40 * SIZE, what
    return answer


def test_texts_are_previewed_suggested_followed_and_reviewed(site: Site, stranger: Browser) -> None:
    token, ana = stranger.token(), site.browser("ana")
    for name, body in BODIES.items():
        fields = {"csrf_token": token, "path": PAGE, "body": body}
        bounded(f"preview of {name}", lambda fields=fields: stranger.client.post("/-/preview", data=fields))
    for number, name in enumerate(("images in images", "missing cells"), start=1):
        fields = stranger.edit(PAGE, body=BODIES[name][:SIZE], message="x")
        site.clock.advance(minutes=10)
        sent = bounded(name, lambda fields=fields: stranger.client.post(f"/-/edit/{PAGE}", data=fields))
        assert sent.status_code == 303, name
        bounded(f"following {name}", lambda sent=sent: stranger.client.get(sent.headers["Location"]))
        bounded(f"review of {name}", lambda number=number: ana.client.get(f"/-/review/{number}"))


def test_previews_that_take_long_leave_threads_to_those_who_read_and_save(site: Site, stranger: Browser) -> None:
    """Anybody may send texts made to take as long as they may, many side by side: more than some are told to wait."""
    token, ben = stranger.token(), site.browser("ben")
    fields = {"csrf_token": token, "path": PAGE, "body": "**bold**"}
    with previewing.SLOTS, previewing.SLOTS:
        refused = stranger.client.post("/-/preview", data=fields)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        form = ben.post(f"/-/edit/{PAGE}", ben.edit(PAGE, body="Kept words.", do="preview"), 503)
        assert "Kept words." in form.text
        ben.post(f"/-/edit/{PAGE}", ben.edit(PAGE, body="Saved words.", message="x", do="save"))
        assert "Saved words." in stranger.get(f"/{PAGE}").text
    assert "<strong>bold</strong>" in stranger.client.post("/-/preview", data=fields).text


def test_changes_made_to_meet_everywhere_are_merged_and_compared(site: Site) -> None:
    """Lines between all lines: what compares each with each takes minutes here."""
    ben, count = site.browser("ben"), 8_000
    before = "".join(f"{number}\n" for number in range(count))
    ben.post(f"/-/edit/{PAGE}", ben.edit(PAGE, body=before, message="x", do="save"))
    mine = ben.edit(PAGE, body="".join(f"{number}\ny{number}\n" for number in range(count)), message="x", do="save")
    theirs = ben.edit(PAGE, body="".join(f"z{number}\n{number}\n" for number in range(count)), message="x", do="save")
    ben.post(f"/-/edit/{PAGE}", theirs)
    bounded("save", lambda: ben.client.post(f"/-/edit/{PAGE}", data=mine))
    stranger, head = site.browser(), site.head()
    bounded("difference", lambda: stranger.client.get(f"/-/diff/{PAGE}?to={head}"))
    bounded("blame", lambda: stranger.client.get(f"/-/blame/{PAGE}"))


def test_facts_are_refused_with_words(site: Site, stranger: Browser) -> None:
    token = stranger.token()
    for name, facts in SOURCES.items():
        source = f"---\n{facts}---\nText.\n"
        fields = {**stranger.form(f"/-/edit/{PAGE}?mode=source", 'name="base"'), "source": source}
        site.clock.advance(minutes=10)
        sent = bounded(name, lambda fields=fields: stranger.client.post(f"/-/edit/{PAGE}", data=fields))
        assert sent.status_code == 422, name
        fields = {"csrf_token": token, "path": PAGE, "source": source}
        bounded(name, lambda fields=fields: stranger.client.post("/-/preview", data=fields))


def test_whatever_is_asked_for(stranger: Browser) -> None:
    for address in ASKED:
        bounded(address[:60], lambda address=address: stranger.client.get(address))
    # The links of a list repeat what it was asked for, so nobody may ask for any number of things.
    refused = bounded("a long address", lambda: stranger.client.get("/communications?" + "tag=x&" * 5_000))
    assert refused.status_code == 414 and "That is too large" in refused.text
    assert stranger.client.get(f"{API}/pages?" + "tag=x&" * 5_000).json["status"] == 414


def test_a_form_of_a_million_fields_is_not_taken_apart(stranger: Browser) -> None:
    """Eight megabytes of it would be hundreds of them in memory, for whoever sends it to any form."""
    for address in ("/-/login", "/-/preview", f"/-/edit/{PAGE}"):
        refused = stranger.client.post(address, data="a&" * 60_000, content_type=FORM)
        assert refused.status_code == 413 and "That is too large" in refused.text
    many = f"csrf_token={stranger.token()}&name=x&password=y" + "&a=" * 40_000
    assert stranger.client.post("/-/login", data=many, content_type=FORM).status_code == 401


@pytest.mark.parametrize("escaped", ["%41" * 200_000, "%ff" * 200_000, "%41x" * 150_000])
def test_escapes_are_read_without_an_object_for_each(escaped: str) -> None:
    environ = EnvironBuilder(method="POST", data=f"a={escaped}", content_type=FORM).get_environ()
    tracemalloc.start()
    assert len(FormRequest(environ).form["a"]) >= 200_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(escaped)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(min_size=1), st.text())), st.sampled_from([3, 4, 7, urlencoded.AT_ONCE]))
def test_a_form_is_read_as_browsers_write_it(fields: list[tuple[str, str]], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urlencoded, "AT_ONCE", at_once)
        for sent in (urlencode(fields), "&".join(f"{quote(name)}={quote(value)}" for name, value in fields)):
            request = FormRequest(EnvironBuilder(method="POST", data=sent, content_type=FORM).get_environ())
            assert list(request.form.items(multi=True)) == list(MultiDict(fields).items(multi=True))


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a", ""),
        ("a=b=c", "b=c"),
        ("a=1+2%2B", "1 2+"),
        ("&&a=x&", "x"),
        ("a=%zz%4", "%zz%4"),
        ("a=%e9", "�"),
        ("a=é", "é"),
    ],
)
def test_a_form_of_any_other_make_is_read_too(sent: str, read: str) -> None:
    environ = EnvironBuilder(method="POST", data=sent.encode(), content_type=FORM).get_environ()
    assert dict(FormRequest(environ).form) == {"a": read}


def test_what_programs_send(stranger: Browser) -> None:
    deep = ("[" * 500_000, '{"a":' * 200_000, '{"a":1,' * 100_000, "9" * 3_000_000, '{"a":' + "1" * 2_000_000 + "}")
    wide = ('{"pages":[' + "{}," * 300_000 + "{}]}", json.dumps({"message": "\0" * 300_000}), "NaN", "1e999999")
    for body in (*deep, *wide):
        answer = bounded(body[:20], lambda body=body: stranger.client.post(
            f"{API}/suggestions", data=body, content_type="application/json"))  # fmt: skip
        assert answer.status_code in (400, 422) and answer.mimetype == "application/problem+json"
    huge = '{"edits":[' + "[]," * 700_000 + "[]]}"
    answer = bounded(
        "huge", lambda: stranger.client.post(f"{API}/suggestions", data=huge, content_type="application/json")
    )
    assert answer.status_code == 413 and answer.mimetype == "application/problem+json"


def test_lists_to_import(stranger: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiki.web.imports.LOOKS_PER_HOUR", 1_000)
    fields = {"csrf_token": stranger.token(), "category": "communications", "function": "team-chat"}
    for name, text in LISTS.items():
        asked = {**fields, "format": KINDS.get(name, ""), "text": text}
        answer = bounded(name, lambda asked=asked: stranger.client.post("/-/import", data=asked))
        assert answer.status_code in (200, 413, 422), name
