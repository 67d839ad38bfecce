"""A page as it is stored at one revision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from wiki.errors import Problem
from wiki.invisible import visible
from wiki.markup import hero
from wiki.markup.attributes import IN_HEADING
from wiki.markup.decoding import is_utf16, text_of
from wiki.markup.emoji import with_signs
from wiki.markup.front_matter import load
from wiki.pages.fields import PageKind, value_at
from wiki.pages.kinds import kind_of
from wiki.pages.path import SPEAKING, PagePath
from wiki.pages.settings import Settings

_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_ATX_H1 = re.compile(r" {0,3}#[ \t]++(.*)")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_PICTURE = re.compile(f"!{_LINK.pattern}")
_HTML_H1 = re.compile(r" {0,3}<h1\b[^<>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_SETEXT_H1 = re.compile(r"^ {0,3}=+[ \t]*$")
_LINES_SEARCHED = 60
_LINES_IN_HTML = 12
# A heading is read no further than this: some of what looks for its marks goes back over the whole of it each time.
_LONGEST_HEADING = 2_000


@dataclass(frozen=True, slots=True)
class Page:
    """A page at one revision.

    `source` is the text of the file as stored (undecodable bytes replaced), `fields` its front matter, `body` the Markdown after
    it, which starts at line `body_line` of the source. `problem` says why the front matter could not be read, if so;
    `fields` are empty then.
    """

    path: PagePath
    revision: str
    blob_id: str
    source: str
    fields: dict[str, Any]
    body: str
    body_line: int
    kind: PageKind
    problem: Problem | None = None

    @property
    def title(self) -> str:
        """What the page is called: its title field, else its first heading, else its file name."""
        return title_of(self.path, self.fields, self.body)

    @property
    def summary(self) -> str:
        """One sentence, where the page has one."""
        value = self.fields.get("short" if self.kind.id == "term" else "summary")
        return value.strip() if isinstance(value, str) else ""

    @property
    def markdown(self) -> str:
        """What is laid out: the body, but a file of the settings as it is written; where it is empty, what facts say in its place."""
        if self.path.is_settings:
            return f"~~~~yaml\n{self.body.rstrip()}\n~~~~"
        return self.body if self.body.strip() else hero.markdown_of(self.fields)

    def value(self, dotted: str) -> Any:
        """The value of a field, such as ``cost.level``; None where it is not recorded."""
        return value_at(self.fields, dotted)

    def texts(self, dotted: str) -> tuple[str, ...]:
        """The value of a field as a list of words; a single word counts as a list of one."""
        value = self.value(dotted)
        items = value if isinstance(value, list) else [value]
        return tuple(str(item) for item in items if isinstance(item, str | int | float) and not isinstance(item, bool))


def read_page(path: PagePath, revision: str, blob_id: str, data: bytes, settings: Settings) -> Page:
    """Make a page of a file's bytes."""
    undecodable = None
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError as error:
        source = text_of(data)
        if is_utf16(data):
            undecodable = Problem("page.utf16", str(path))
        else:
            line = data.count(b"\n", 0, error.start) + 1
            undecodable = Problem("page.encoding", str(path), {"byte": error.start}, line)
    if path.is_settings:
        kind = kind_of(path, {}, settings.category_ids, settings.languages)
        return Page(path, revision, blob_id, source, {}, source.removeprefix("\ufeff"), 1, kind, undecodable)
    matter = load(source)
    fields = {name: _readable(value) for name, value in matter.fields.items()}
    kind = kind_of(path, fields, settings.category_ids, settings.languages)
    return Page(
        path,
        revision,
        blob_id,
        source,
        fields,
        matter.body,
        matter.body_line,
        kind,
        undecodable or matter.problem,
    )


def unsaved_page(path: PagePath, source: str, settings: Settings) -> Page:
    """A page as it would be read if this text were stored."""
    return read_page(path, "", "", source.encode("utf-8", "replace"), settings)


def title_of(path: PagePath, fields: dict[str, Any], body: str) -> str:
    """The title of a page with these fields and this body."""
    if path.is_settings:
        return path.text
    title = fields.get("title")
    if isinstance(title, str | int | float) and not isinstance(title, bool) and str(title).strip():
        return " ".join(str(title).split())[:300]
    return (first_heading(body) or hero.name_in(fields))[:300] or _title_of_name(path)


def first_heading(body: str) -> str:
    """The text of the first heading of level one near the top, without its marks; empty where there is none."""
    fenced = False
    previous = ""
    lines = [line[:_LONGEST_HEADING] for line in body.splitlines()[:_LINES_SEARCHED]]
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        if not fenced:
            found = _ATX_H1.match(line)
            if found:
                return _plain(found[1].rstrip(" \t").rstrip("#").rstrip(" \t"))
            if "<h" in line.lower() and (words := _in_html(lines[number : number + _LINES_IN_HTML])):
                return words
            if _SETEXT_H1.match(line) and previous.strip():
                return _plain(previous)
        previous = line
    return ""


def _in_html(lines: Sequence[str]) -> str:
    """The words of a heading in HTML that begins on the first of these lines."""
    found = _HTML_H1.match("\n".join(lines))
    return _plain(found[1]) if found else ""


def _readable(value: Any) -> Any:
    """The value of a fact without what nobody can see, however deep it lies."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {name: _readable(item) for name, item in value.items()}
    return value


def _plain(text: str) -> str:
    text = IN_HEADING.sub("", re.sub(r"<!--.*?-->", "", text[:_LONGEST_HEADING]))
    # Badges behind a name, each in a link, are no part of it; what a picture shows that stands alone is all there is.
    words = _LINK.sub(r"\1", _PICTURE.sub("", text))
    text = words if words.strip() else _LINK.sub(r"\1", _PICTURE.sub(r"\1", text))
    if "`" not in text:
        text = with_signs(unescape(re.sub(r"</?[A-Za-z][^<>]*>", " ", text)))
    return " ".join(visible(re.sub(r"[*_`]+", "", text)).split())


def _title_of_name(path: PagePath) -> str:
    name = path.name
    if name.lower() in (*SPEAKING, "home") and path.folder:
        name = path.folder.rpartition("/")[2]
    # Blanks, but not in a date: 2027-03-31.
    text = re.sub(r"(?<!\d)[-_]+|[-_]+(?!\d)", " ", name).strip()
    return text[:1].upper() + text[1:]
