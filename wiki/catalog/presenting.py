"""The last step from rendered Markdown to what a reader sees: links resolved and terms explained.

This is what may change without the page changing, so it is done after the cache of rendered pages.
"""

from __future__ import annotations

import threading
from urllib.parse import quote

from wiki.catalog.catalog import Catalog, Destination
from wiki.errors import Unavailable
from wiki.markup.glossary import Glossary, Term
from wiki.markup.links import Target, resolve, words_first
from wiki.markup.markdown import Rendered
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings

GLOSSARY = "glossary"


class Presenter:
    """Finishes rendered pages with what the catalog knows. Safe in several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._version = ""
        self._glossaries: dict[str, Glossary] = {}

    def html(self, rendered: Rendered, path: PagePath, settings: Settings) -> str:
        """The HTML of a page at `path`: safe to show as it is."""
        known = self._catalog.destinations({link.target for link in rendered.links}, path, settings.languages)
        missing = [link for link in rendered.links if not known[link.target].exists]
        if others := {other for link in missing if (other := words_first(link.target, link.text))}:
            known |= self._catalog.destinations(others, path, settings.languages)

        def target(text: str) -> Target:
            found = known.get(text)
            if found is None:
                found = self._catalog.destinations([text], path, settings.languages)[text]
            return _target(text, found)

        html = resolve(rendered.html, target)
        if path.without_language(settings.languages).partition("/")[0] == GLOSSARY:
            return html
        return self._glossary(path.language(settings.languages)).annotate(html, address(path.text))

    def _glossary(self, language: str) -> Glossary:
        version = self._catalog.version()
        with self._lock:
            if version != self._version:
                self._version, self._glossaries = version, {}
            known = self._glossaries.get(language)
        if known is None:
            try:
                known = Glossary(self._terms(language))
            except Unavailable:
                # Pages are read without their words explained.
                return Glossary([])
            with self._lock:
                if version == self._version:
                    self._glossaries[language] = known
        return known

    def _terms(self, language: str) -> list[Term]:
        return [
            Term(phrase, card.summary, address(card.path))
            for card in self._catalog.of_kind("term", language)
            for phrase in (card.title, *_texts(card.value("aka")), *_texts([card.value("expansion")]))
        ]


def address(path: str) -> str:
    """The address of a page or attachment."""
    return "/" + quote(path)


def _target(text: str, found: Destination) -> Target:
    if not found.path:
        # An address of the engine stays as it was written, and one that means nothing leads nowhere.
        return Target(text if text.startswith("/") else "", True)
    fragment = f"#{quote(found.anchor)}" if found.anchor else ""
    return Target(address(found.path) + fragment, found.exists, found.title)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str) and item.strip()] if isinstance(value, list) else []
