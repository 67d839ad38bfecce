"""What the blueprints share and what is no view of its own: text of the settings as HTML, paths out of addresses."""

from __future__ import annotations

from functools import lru_cache

from wiki.bootstrap import Wiki
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.web.context import head, wiki


def wiki_text(wiki: Wiki, text: str, settings: Settings) -> str:
    """Markdown of the settings (home page, footer) as safe HTML."""
    rendered = _rendered(wiki, text)
    return wiki.presenter.html(rendered, PagePath("glossary"), settings)


@lru_cache(maxsize=64)
def _rendered(wiki: Wiki, text: str):  # type: ignore[no-untyped-def]
    return wiki.rendering.render(text)


def path_of(text: str) -> PagePath:
    """The page path in an address; raises NotFound where no page could be."""
    path = PagePath.lookup(text)
    name = text.strip("/")
    if path.text != name:
        # Other gits may have stored a name in another Unicode form; it is found as it is.
        stored = PagePath.of_file(f"{name}.md")
        if stored is not None and wiki().store.entry(stored, head()) is not None:
            return stored
    return path
