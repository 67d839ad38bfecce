"""The last step from rendered Markdown to what a reader sees: links resolved and terms explained.

This is what may change without the page changing, so it is done after the cache of rendered pages.
"""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

from wiki.catalog.catalog import Catalog
from wiki.markup.glossary import annotate
from wiki.markup.links import Target, resolve
from wiki.markup.markdown import Rendered
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings

_H1 = re.compile(r"<(/?)h1(?=[\s>])")


class Presenter:
    """Finishes rendered pages with what the catalog knows."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._terms: tuple[int, str, dict[str, tuple[str, str, str]]] = (-1, "", {})

    def html(self, rendered: Rendered, path: PagePath, settings: Settings) -> str:
        """The HTML of a page at `path`: safe to show as it is. Headings start at level two; the title is the first."""
        language = path.language(settings.languages)

        def target(text: str) -> Target:
            return self._target(text, path, settings.languages)

        html = resolve(rendered.html, target)
        html = _H1.sub(r"<\1h2", html)
        if path.segments[0] != "glossary":
            html = annotate(html, self._glossary(language), address(path.text))
        return html

    def _target(self, text: str, path: PagePath, languages: tuple[str, ...]) -> Target:
        card, wanted, anchor = self._catalog.resolve(text, path, languages)
        fragment = f"#{quote(anchor)}" if anchor else ""
        if card is not None:
            return Target(address(card.path) + fragment, True, card.title)
        if not wanted:
            # An address of the engine, or one that means nothing: left as it was written.
            return Target(text if text.startswith("/") else "", True)
        if self._catalog.has_file(wanted):
            return Target(address(wanted), True)
        return Target(address(wanted) + fragment, False)

    def _glossary(self, language: str) -> dict[str, tuple[str, str, str]]:
        version = self._catalog.version()
        known = self._terms
        if known[0] == version and known[1] == language:
            return known[2]
        terms: dict[str, tuple[str, str, str]] = {}
        for card in self._catalog.of_kind("term", language):
            for phrase in (card.title, *_texts(card.value("aka")), *_texts([card.value("expansion")])):
                terms.setdefault(phrase, (card.title, card.summary, address(card.path)))
        with self._lock:
            self._terms = (version, language, terms)
        return terms


def address(path: str) -> str:
    """The address of a page or attachment."""
    return "/" + quote(path)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str) and item.strip()] if isinstance(value, list) else []
