"""One payload in every field of every page, every setting and every name, and a look at what of it a browser would obey.

What is planted is made from the declarations (`KINDS`), so that a new field is attacked without anybody thinking of it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import xml.dom.minidom
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import html5lib
from werkzeug.test import TestResponse

from tests.conftest import Story
from wiki.pages.fields import LISTS, Field, FieldType
from wiki.pages.kinds import KINDS

MARK = "zqx"
# Out of an attribute with either quote, out of a title, a text field, a script, a comment, of CDATA; then an element, an
# attribute, a request elsewhere; then what templates, formats and translations would fill in.
EVIL = (
    f"{MARK}\"'><{MARK}-tag {MARK}=1 onfocus={MARK}() style=color:red></title></textarea></script></style>-->]]>"
    f"<img src=//{MARK}.example/i onerror={MARK}()><script>{MARK}()</script><a href=javascript:{MARK}()>"
    "{{7*191}}{% raise %}${7*191}#{7*191}%(name)s%s%n{0.__class__}{self}"
)
# As a person can type it into one line that has few characters.
SHORT = f'"><{MARK}-tag onfocus={MARK}()>{{{{7*191}}}}%(x)s'
FILLED_IN = re.compile(r"\b1337\b|<class '|Undefined|object at 0x")
BODY = "\n\n".join(
    (
        EVIL,
        f"# {EVIL}",
        f"[a](javascript:{MARK}()) [b](<java\tscript:{MARK}()>) [c](data:text/html,{MARK}) [d](//{MARK}.example) [e](/\\{MARK}.example)",
        f"![i](//{MARK}.example/i.png) ![j](/\\{MARK}.example/i.png) ![k](https://{MARK}.example/k.png) ![l](javascript:{MARK}())",
        f"[[{EVIL}]] [[communications/signal|{EVIL}]] [[//{MARK}.example]] [[javascript:{MARK}()]]",
        f"<img src='/\\{MARK}.example/i.png'><img src='/\t/{MARK}.example/i.png'><a href='\x01javascript:{MARK}()'>x</a>",
        f"<a href='/\\{MARK}.example'>x</a><a href='/\n/{MARK}.example'>x</a><a href='jav&#x0A;ascript:{MARK}()'>x</a>",
        f"<svg><animate onbegin={MARK}() attributeName=x></svg><math><mtext><img src=x onerror={MARK}()></mtext></math>",
        f"<form action=//{MARK}.example><input formaction=javascript:{MARK}() name=csrf_token><button>x</button></form>",
        f"<iframe srcdoc='<script>{MARK}()</script>'></iframe><object data=//{MARK}.example></object><embed src=x>",
        f"<base href=//{MARK}.example><meta http-equiv=refresh content='0;//{MARK}.example'><link rel=stylesheet href=//{MARK}.example>",
        f"<noscript><p title='</noscript><img src=x onerror={MARK}()>'></noscript><template><script>{MARK}()</script></template>",
        f"<p id=main class=\"thumb {MARK}\" style='background:url(//{MARK}.example)'>x</p><a name=said>x</a>",
        f"`{EVIL}`\n\n```{EVIL}\n{EVIL}\n```\n\n> [!NOTE] {EVIL}\n> {EVIL}\n\n| {EVIL} | b |\n| - | - |\n| {EVIL} | {EVIL} |",
        f"x[^{MARK}]\n\n[^{MARK}]: {EVIL}\n\n- [ ] {EVIL}\n\n<https://{MARK}.example/\"onfocus={MARK}()>\n\nhttps://{MARK}.example/'onfocus='{MARK}()",
    )
)  # fmt: skip


def value_of(item: Field, evil: str = EVIL) -> Any:
    """A value for a field that holds the payload: well shaped, so that it is shown, and harmful all the same."""
    text: Any = evil
    if item.type is FieldType.MAPPING:
        return {inner.name: value_of(inner, evil) for inner in item.fields}
    if item.type is FieldType.ROWS:
        return [{inner.name: value_of(inner, evil) for inner in item.fields}]
    if item.type in (FieldType.URL, FieldType.LINKS):
        text = f"https://{MARK}.example/{evil.replace(' ', '')}"
    return [text, f"javascript:{MARK}()"] if item.type in LISTS else text


def front_matter(fields: dict[str, Any]) -> str:
    """Fields as front matter; YAML reads JSON."""
    rows = "".join(f"{name}: {json.dumps(value)}\n" for name, value in fields.items() if name)
    return f"---\n{rows}---\n"


def pages() -> dict[str, str]:
    """Two pages of each kind: all its fields harmful, and one that names pages whose own titles are."""
    found = {}
    for kind in KINDS.values():
        folder = kind.folder or "communications"
        fields = {item.name: value_of(item) for item in kind.fields}
        found[f"{folder}/evil-{kind.id}.md"] = front_matter({"kind": kind.id, **fields}) + BODY
        known = {"categories": ["communications"], "functions": ["team-chat"], "last_verified": "2026-02-01"}
        named = {
            item.name: ["communications/evil-tool"] if item.type in LISTS else "communications/evil-tool"
            for item in kind.fields
            if item.type in (FieldType.PAGE, FieldType.PAGES)
        }
        texts = {name: value for name, value in fields.items() if name in ("title", "summary", "expansion", "aka")}
        if "cost" in fields:
            named["cost"] = {"level": "free", "model": ["free"], "note": EVIL}
        status = {"status": "retired", "status_note": EVIL} if kind.id == "tool" else {}
        rows = {"items": [{"page": "communications/evil-tool", "note": EVIL, "section": EVIL}]}
        more = rows if kind.id == "toolkit" else {}
        found[f"{folder}/named-{kind.id}.md"] = (
            front_matter({"kind": kind.id, **texts, **known, **named, **status, **more}) + f"# {EVIL}\n\n{EVIL}\n"
        )
    translation = {"of": "communications/evil-tool", "source": EVIL, "status": EVIL}
    found["es/communications/evil-tool.md"] = front_matter({"title": EVIL, "translation": translation}) + BODY
    return found


def settings() -> dict[str, str]:
    """The files of ``_wiki/`` with the payload in every text."""
    label = {"en": EVIL, "es": EVIL}
    sites = [f"javascript:{MARK}()", f"//{MARK}.example", f" JavaScript:{MARK}()", f"data:text/html,{MARK}", EVIL]
    pages = [EVIL, f"/{MARK}.example", f"//{MARK}.example", f"\\{MARK}.example", f"javascript:{MARK}()"]
    files: dict[str, Any] = {
        "site": {
            "name": EVIL,
            "tagline": label,
            "languages": ["en", "es", EVIL, f"x\ny {MARK}"],
            "license": {"name": EVIL, "spdx": EVIL, "url": f"javascript:{MARK}()"},
            "home": {
                "question": label,
                "examples": [{"label": label, "query": label}],
                "start_here": ["toolkits/evil-toolkit", EVIL],
                "text": {"en": BODY, "es": BODY},
            },
            "menu": [
                *({"label": label, "url": url} for url in sites),
                *({"label": label, "page": page} for page in pages),
            ],
            "footer": {"text": label},
            "colors": {"accent": f"#000;}}*{{background:url(//{MARK}.example)}}"},
            "logo": f"/{MARK}.example/logo.png",
        },
        "categories": [
            {"id": id, "label": label, "description": label, "icon": EVIL, "color": EVIL}
            for id in ("communications", "tips", EVIL, f"../{MARK}", f"/{MARK}.example")
        ],
        "vocabulary": {
            name: {slug: {"label": label, "description": label, "synonyms": [EVIL]} for slug in slugs}
            for name, slugs in (
                ("functions", ["team-chat", EVIL]),
                ("cost_levels", ["free", EVIL]),
                ("audiences", [EVIL]),
                (EVIL, [EVIL]),
            )
        },
        "synonyms": {"groups": [[EVIL, "signal"]]},
        "replies": [{"id": EVIL, "label": label, "text": label}],
        "spam": {"words": [f"{MARK}-never"], "max_links": 500},
        "protection": {EVIL: "maintainer", "_wiki": EVIL},
        "redirects": {
            EVIL: "communications/signal",
            "out": f"//{MARK}.example",
            "back": f"\\{MARK}.example",
            "script": f"javascript:{MARK}()",
            "up": f"../../{MARK}",
        },
    }
    return {f"_wiki/{name}.yml": json.dumps(data) for name, data in files.items()}


ATTACHMENTS = {
    f"communications/signal/{name}": data
    for name, data in {
        f"a\"'><{MARK}-tag onfocus={MARK}()>.png": b"x",
        "page.html": f"<script>{MARK}()</script>".encode(),
        "picture.svg": f"<svg xmlns='http://www.w3.org/2000/svg' onload='{MARK}()'/>".encode(),
        "page.xhtml": f"<html xmlns='http://www.w3.org/1999/xhtml'><script>{MARK}()</script></html>".encode(),
        "words.xml": b"<x/>",
        "style.css": b"*{}",
        "script.js": f"{MARK}()".encode(),
        "table.csv": b"=1+1",
        "{{7*191}}.txt": b"x",
    }.items()
}


def plant(story: Story) -> None:
    """Put all of it into a wiki by git, so that no check of the browser stands before it."""
    story.commit({**pages(), **settings(), **ATTACHMENTS}, message=EVIL)


def obeyed(response: TestResponse, address: str) -> list[str]:
    """What of the payload a browser would obey in an answer: empty where it is all text."""
    kind = response.mimetype
    data = response.data.decode("utf-8", "replace")
    if kind == "text/html":
        return [*_of_html(data), *_filled_in(data)]
    if kind in ("application/atom+xml", "application/xml", "application/opensearchdescription+xml"):
        return _of_xml(data)
    if kind in ("application/json", "application/problem+json", "application/manifest+json"):
        json.loads(data)
        return []
    if kind == "text/css":
        return [f"style {MARK}"] if MARK in data and "/static/" not in address else []
    if kind == "text/csv":
        cells = (cell for row in csv.reader(io.StringIO(data)) for cell in row)
        return [f"formula {cell[:30]!r}" for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        return []
    known = ("text/plain", "text/markdown", "text/javascript", "image/png", "image/svg+xml", "font/woff2", "")
    return [] if kind in known else [f"an answer of type {kind}"]


# A tag as our templates write it. Where each `<` of a page begins one of these, every reader of HTML finds these tags in it
# and no others, whatever they are in.
_TAG = re.compile(
    r"""</?[a-z][a-z0-9-]*(?:[ \n]+[a-z][a-z0-9-]*(?:="[^"<>]*"|='[^'<>]*'|=\w+)?(?=[ \n/>]))*[ \n]*/?>|<!doctype html>""",
    re.ASCII | re.IGNORECASE,
)


def shape(html: str) -> set[str]:
    """Which elements a page is made of, with the names of their attributes."""
    return {f"<{' '.join((tag, *sorted(attributes)))}>" for tag, attributes in _elements(html)}


def _elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements of a page, each sort once, with their attributes; a comment is one called `!--`.

    Only a page that is not written as we write them is parsed as browsers do it, which takes a hundred times as long.
    """
    tags = _TAG.findall(html)
    if len(tags) == html.count("<"):
        for tag in set(tags):
            yield from _of_tag(tag)
        return
    for element in html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False).iter():
        if isinstance(element.tag, str):
            yield element.tag.rpartition("}")[2], element.attrib
        else:
            yield "!--", {"": element.text or ""}


@cache
def _of_tag(tag: str) -> tuple[tuple[str, dict[str, str]], ...]:
    reader = _Tags()
    reader.feed(tag)
    return tuple(reader.found)


class _Tags(HTMLParser):
    """Notes tags as they are begun."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Of two attributes of one name, browsers obey the first.
        self.found.append((tag, {name: value or "" for name, value in reversed(attrs)}))


_ADDRESSES = ("href", "src", "action", "formaction", "poster", "data", "srcset", "cite", "ping", "background")


def _of_html(html: str) -> Iterator[str]:
    for tag, attributes in _elements(html):
        if tag == "!--":
            if MARK in attributes[""]:
                yield "a comment"
            continue
        if MARK in tag or tag in ("base", "object", "embed", "iframe", "frame", "style", "math", "template"):
            yield f"<{tag}>"
        if tag == "meta" and attributes.get("http-equiv"):
            yield "<meta http-equiv>"
        if tag == "script" and not attributes.get("src", "").startswith("/-/static/"):
            yield f"<script {attributes}>"
        for name, value in attributes.items():
            name = name.rpartition("}")[2]
            if name.startswith("on") or MARK in name or name in ("style", "srcdoc"):
                yield f"<{tag} {name}={value[:40]!r}>"
            elif (name == "class" and MARK in value) or (
                name in _ADDRESSES and _leads_out(tag, attributes.get("rel", ""), value)
            ):
                yield f"<{tag} {name}={value[:80]!r}>"


def _leads_out(tag: str, rel: str, value: str) -> bool:
    # As browsers read it: blanks and control characters around it and line ends in it go, a back slash is a slash.
    value = re.sub(r"[\t\r\n]", "", value.strip("".join(map(chr, range(33))))).replace("\\", "/")
    parts = urlsplit(value)
    if parts.scheme not in ("", "http", "https", "mailto", "tel"):
        return True
    outside = bool(parts.netloc) or value.startswith("//")
    if tag == "a":
        # People may link to other sites, openly.
        return value.startswith("//")
    return outside and not (tag == "link" and rel in ("canonical", "alternate", "license"))


def _filled_in(html: str) -> Iterable[str]:
    return [f"filled in: {found[0]}" for found in FILLED_IN.finditer(html)]


def _of_xml(text: str) -> list[str]:
    document = xml.dom.minidom.parseString(text.encode())
    found = []
    for element in document.getElementsByTagName("*"):
        if MARK in element.tagName or any(MARK in name for name in element.attributes.keys()):  # noqa: SIM118
            found.append(f"<{element.tagName}>")
        for name in ("href", "template"):
            if _leads_out("a", "", element.getAttribute(name)):
                found.append(f"<{element.tagName} {name}={element.getAttribute(name)[:80]!r}>")
    return found
