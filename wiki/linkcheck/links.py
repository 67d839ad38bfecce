"""Which links pages hold: those to other sites with the line they stand in, and what is wrong with those inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import unquote

from wiki.catalog.catalog import Catalog
from wiki.errors import Problem
from wiki.markup.address import external
from wiki.markup.links import words_first
from wiki.markup.markdown import Rendered
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings
from wiki.pages.store import PageStore

AT_ONCE = 200
KEPT_PAGES = 100
_WEB = ("http://", "https://")
_ID = re.compile(r' id="([^"]*)"')
_SAME_PAGE = re.compile(r' href="#([^"]+)"')


@dataclass(frozen=True, slots=True)
class OutsideLink:
    """A link of a page to another site. `line` is the first of the page's file that holds the address, 1 if none does."""

    page: str
    blob_id: str
    line: int
    address: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a link in a file (`line` from 1): `problem.where` is the link as it is written. A `note` is good
    to know and nothing is broken."""

    file: str
    line: int
    problem: Problem
    note: bool = False


class Links:
    """Reads links off the pages of a revision."""

    def __init__(self, store: PageStore, rendering: Rendering, catalog: Catalog, settings: Settings) -> None:
        self._store = store
        self._rendering = rendering
        self._catalog = catalog
        self._settings = settings
        self._anchors: dict[str, frozenset[str]] = {}

    def pages(self, revision: str) -> Iterator[tuple[Page, Rendered]]:
        """Every page of a revision; those that are too large to be one are left out."""
        files = ((path, entry.id) for path, entry in self._store.paths(revision))
        while part := list(islice(files, AT_ONCE)):
            for page in self._store.read_many(part, revision):
                yield page, self._rendering.rendered(page)

    def inside(self, page: Page, rendered: Rendered) -> Iterator[Finding]:
        """Links of a page that lead to no page or file, or to a place in a page that isn't there."""
        meant = {link: words_first(link.target, link.text) for link in rendered.links if link.kind == "wiki"}
        targets = {link.target for link in rendered.links} | set(filter(None, meant.values()))
        known = self._catalog.destinations(targets, page.path, self._settings.languages)
        for link in rendered.links:
            found = known[link.target]
            if not found.exists and (other := meant.get(link)) and known[other].exists:
                found = known[other]
            line = link.line + page.body_line - 1
            if not found.path:
                continue
            if not found.exists:
                yield self._finding(page, line, "inside.no_page", link.target, path=found.path)
            elif found.anchor and not self._has(found.path, found.anchor):
                yield self._finding(page, line, "inside.no_anchor", link.target, path=found.path, anchor=found.anchor)
        own = None
        for anchor in dict.fromkeys(_SAME_PAGE.findall(rendered.html)):
            own = own if own is not None else _ids(rendered)
            if anchor not in own and unquote(unescape(anchor)) not in own:
                line = line_of(page.source, f"#{unescape(anchor)}")
                yield self._finding(page, line, "inside.no_anchor", f"#{anchor}", path=page.path.text, anchor=anchor)

    def _finding(self, page: Page, line: int, code: str, target: str, **params: str) -> Finding:
        return Finding(page.path.file, line, Problem(code, target.removeprefix("wiki:"), dict(params), line))

    def _has(self, path: str, anchor: str) -> bool:
        """Whether a page has such a place; of files and folders nobody knows."""
        known = self._anchors.get(path)
        if known is None:
            card = self._catalog.card(path)
            if card is None:
                return True
            page = self._store.get(PagePath(path))
            if len(self._anchors) >= KEPT_PAGES:
                self._anchors.clear()
            known = self._anchors[path] = _ids(self._rendering.rendered(page))
        return anchor in known or unquote(anchor) in known


def outside(page: Page, rendered: Rendered) -> list[OutsideLink]:
    """The links of a page to other sites, each address once: those of its facts, then those of its text."""
    found = [address for value in _texts(page.fields) if (address := external(value))]
    addresses = dict.fromkeys([*found, *rendered.external])
    return [
        OutsideLink(page.path.text, page.blob_id, line_of(page.source, address), address)
        for address in addresses
        if address.lower().startswith(_WEB)
    ]


def line_of(source: str, address: str) -> int:
    """The first line of a text that holds an address, however it is written there; 1 where none is found."""
    for spelling in (address, unquote(address), address.partition("?")[0], address.rstrip("/")):
        place = source.find(spelling)
        if place >= 0:
            return source.count("\n", 0, place) + 1
    return 1


def _ids(rendered: Rendered) -> frozenset[str]:
    return frozenset(unescape(name) for name in _ID.findall(rendered.html))


def _texts(value: Any) -> Iterator[str]:
    """All texts of a value made of mappings and lists that are web addresses as a whole."""
    pending: list[Any] = [value]
    read: Callable[[], Any] = pending.pop
    while pending:
        item = read()
        if isinstance(item, dict):
            pending.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            pending.extend(reversed(item))
        elif isinstance(item, str) and item.strip().lower().startswith(_WEB) and " " not in item.strip():
            yield item.strip()
