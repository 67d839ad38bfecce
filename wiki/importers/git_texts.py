"""What becomes of the texts of another repository, apart from their links: pages in other markup than Markdown, and pages
that are called by their file's name, which changes here.
"""

from __future__ import annotations

import re
from contextlib import suppress

from wiki.errors import Invalid
from wiki.importers.conversion import fenced
from wiki.importers.wikitext import to_markdown
from wiki.markup.front_matter import REMOVE, load, update
from wiki.pages.page import first_heading, title_of
from wiki.pages.path import OTHER_ENDINGS, PagePath

MARKDOWN = (".md", *OTHER_ENDINGS)
_MEDIAWIKI = (".mediawiki", ".wiki")
# What wikis of repositories may be written in besides: the name of the markup, and that of its colours.
_OTHERS = {
    ".rst": ("reStructuredText", "rst"),
    ".rest": ("reStructuredText", "rst"),
    ".adoc": ("AsciiDoc", "asciidoc"),
    ".asciidoc": ("AsciiDoc", "asciidoc"),
    ".org": ("Org", "org"),
    ".textile": ("Textile", "textile"),
    ".creole": ("Creole", "creole"),
}
ENDINGS = (*MARKDOWN, *_MEDIAWIKI, *_OTHERS)
# Parts of every page in other wikis: they come along as pages, and no heading in them is their title.
AROUND = ("_sidebar", "_footer", "_header")
_SPEAKING = ("index", "readme", "home")
# Facts as MultiMarkdown, Pelican and MkDocs have them: lines at the very top, up to an empty one. Of them, these come along.
_HEADER = re.compile(r"\ufeff?(?:title|author|date|slug|tags|category|summary|template):[ \t]*\S.*\r?\n", re.IGNORECASE)
_HEADER_LINE = re.compile(r"(?P<name>[A-Za-z][\w -]{0,40}):[ \t]*(?P<value>.*)|[ \t]+(?P<more>\S.*)")
_LISTS = ("tags",)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_MOSTLY = 0.8


def ending(place: str) -> str:
    """The ending that makes a file a page; empty for other files."""
    return next((end for end in ENDINGS if place.lower().endswith(end)), "")


def without_ending(place: str) -> str:
    """The path that the page in a file has, by the file's own name."""
    return place[: len(place) - len(ending(place))]


def text_of(data: bytes) -> str | None:
    """The text of a page as it was saved: UTF-8, UTF-16 with a mark, or what old programs in the west of Europe wrote, in which
    letters beyond ASCII stand alone. None for what else it may be: nobody could tell Hebrew from Chinese."""
    with suppress(UnicodeDecodeError):
        return data.decode()
    with suppress(UnicodeDecodeError):
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        runs = _BEYOND_ASCII.findall(data)
        if sum(len(run) == 1 for run in runs) >= len(runs) * _MOSTLY:
            return data.decode("cp1252")
    return None


def readable(source: str, place: str, new: str) -> str:
    """The text of the page that was at `place` as this wiki reads it at `new`.

    MediaWiki's becomes Markdown; what else isn't Markdown is kept as it is written, in a block of code. A page that only its
    file's name gives a title keeps that title.
    """
    kind = ending(place)
    if kind in _MEDIAWIKI:
        source = to_markdown(source, lambda title: title.replace(" ", "-")).body
    elif kind in _OTHERS:
        name, colours = _OTHERS[kind]
        source = (
            f"> [!NOTE]\n> This page is written in {name}, which this wiki doesn't read; it is shown as it was written. Whoever "
            f"edits it can make Markdown of it.\n\n{fenced(source, colours)}\n"
        )
    elif _HEADER.match(source):
        source = _with_facts(source)
    source = _with_lists(source)
    old = PagePath(without_ending(place))
    matter, name, title = load(source), old.name.lower(), title_of(old, {}, "")
    if name in _SPEAKING or matter.problem or matter.fields.get("title"):
        return source
    is_kept = title == title_of(PagePath(without_ending(new)), {}, "") or first_heading(matter.body)
    if name in AROUND or not is_kept:
        with suppress(Invalid):
            return update(source, {"title": title})
    return source


def _with_lists(source: str) -> str:
    """The source with tags that stand in one line, `tags: phones, texting`, as a list."""
    matter = load(source)
    given = {name: matter.fields[name] for name in _LISTS if isinstance(matter.fields.get(name), str)}
    with suppress(Invalid):
        return update(source, {name: _parts(value) or REMOVE for name, value in given.items()})
    return source


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _with_facts(source: str) -> str:
    """The source with the lines at its top as facts in YAML; as it was where one of those lines is no fact."""
    lines = source.removeprefix("\ufeff").split("\n")
    end = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
    facts: dict[str, str] = {}
    name = ""
    for line in lines[:end]:
        found = _HEADER_LINE.fullmatch(line.rstrip())
        if found is None:
            return source
        if found["more"] is None:
            name = found["name"].lower()
        facts[name] = f"{facts.get(name, '')} {found['value'] or found['more'] or ''}".strip()
    values = {name: _parts(value) if name in _LISTS else value for name, value in facts.items() if value}
    with suppress(Invalid):
        return update("\n".join(lines[end:]).lstrip("\r\n"), values)
    return source
