"""The parser of Markdown as the wiki sets it up, and one text's way through it."""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from wiki.markup import sanitizer, syntax
from wiki.markup.deadline import Deadline, TookTooLong
from wiki.markup.highlight import Colours
from wiki.markup.markdown import Rendered
from wiki.markup.page_html import CommonMarkHtml, WikiHtml
from wiki.markup.survey import Survey, arrange_headings

# Quotes and lists inside of one another. The parser itself stops later, and would drop what is deeper.
MAX_DEPTH = 50
MAX_NESTING = 100
MAX_ADDRESS = 2_000
# A short text can name a long address many times over.
MAX_GROWTH = 20


class Parsing:
    """A parser with (or without) the wiki's `extensions`, and `seconds` of processor time for a text; several threads may use it."""

    def __init__(self, seconds: float, extensions: bool) -> None:
        self._seconds = seconds
        self._extensions = extensions
        self._md = _parser(extensions)

    def rendered(self, body: str, title: str, deadline: Deadline) -> Rendered:
        """As `Renderer.render`. Raises TookTooLong, and RecursionError."""
        limit = MAX_GROWTH * max(len(body), 10_000)
        colours = Colours(self._seconds / 4)
        env: dict[str, Any] = {"deadline": deadline, "limit": limit, "colours": colours}
        tokens = self._md.parse(body, env)
        found = Survey(deadline)
        if self._extensions:
            tokens = arrange_headings(tokens, title)
        found.walk(tokens, body, anchors=self._extensions)
        html = sanitizer.clean(self._md.renderer.render(tokens, self._md.options, env), deadline)
        return Rendered(
            html,
            tuple(found.headings),
            tuple(found.links),
            tuple(found.external),
            "\n".join(found.text),
            found.lead,
        )


# Pelican and Zola say in front of an address that it is a file of the site.
_OF_THE_SITE = re.compile(
    r"\A(?:\{(?:filename|static|attach|photo|image)\}|\|(?:filename|static|attach)\||@(?=/))(?=\S)"
)


class _Parser(MarkdownIt):
    def normalizeLink(self, url: str) -> str:
        return super().normalizeLink(_OF_THE_SITE.sub("", url, count=1) if url.startswith(("{", "|", "@")) else url)

    def validateLink(self, url: str) -> bool:
        return len(url) <= MAX_ADDRESS and super().validateLink(url)


def _parser(extensions: bool) -> MarkdownIt:
    md = _Parser("commonmark", {"maxNesting": MAX_NESTING, "xhtmlOut": False}, renderer_cls=CommonMarkHtml)
    if extensions:
        md.enable(["table", "strikethrough"])
        md.use(footnote_plugin).use(deflist_plugin).use(admon_plugin)
        syntax.install(md)
        md.renderer = WikiHtml(md)  # after the plugins, which bring forms of their own
    md.inline.ruler.after("text", "deadline", _inline_deadline)
    md.block.ruler.before(
        md.block.ruler.get_all_rules()[0],
        "deadline",
        _block_deadline,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    for name in md.core.ruler.get_all_rules():
        md.core.ruler.before(name, f"deadline_{name}", _core_deadline)
    for ruler in (md.core.ruler, md.block.ruler, md.inline.ruler, md.inline.ruler2):
        ruler.getRules("")  # else the first two threads would compile the rules at once, and one use half of them
    return md


def _inline_deadline(state: StateInline, silent: bool) -> bool:
    state.env["deadline"].check()
    return False


def _block_deadline(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    state.env["deadline"].check()
    if state.level > MAX_DEPTH:
        raise TookTooLong
    return False


def _core_deadline(state: StateCore) -> None:
    state.env["deadline"].check()
