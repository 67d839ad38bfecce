"""What becomes of the texts of another repository, apart from their links: pages in other markup than Markdown, and pages
that are called by their file's name, which changes here.
"""

from __future__ import annotations

from contextlib import suppress

from wiki.errors import Invalid
from wiki.importers.conversion import fenced
from wiki.importers.wikitext import to_markdown
from wiki.markup.front_matter import load, update
from wiki.pages.page import first_heading, title_of
from wiki.pages.path import PagePath

MARKDOWN = (".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".mdx")
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


def ending(place: str) -> str:
    """The ending that makes a file a page; empty for other files."""
    return next((end for end in ENDINGS if place.lower().endswith(end)), "")


def without_ending(place: str) -> str:
    """The path that the page in a file has, by the file's own name."""
    return place[: len(place) - len(ending(place))]


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
    old = PagePath(without_ending(place))
    matter, name, title = load(source), old.name.lower(), title_of(old, {}, "")
    if name in _SPEAKING or matter.problem or matter.fields.get("title"):
        return source
    is_kept = title == title_of(PagePath(without_ending(new)), {}, "") or first_heading(matter.body)
    if name in AROUND or not is_kept:
        with suppress(Invalid):
            return update(source, {"title": title})
    return source
