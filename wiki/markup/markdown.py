"""Markdown to harmless HTML, with everything that the wiki wants to know about a text on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from wiki.invisible import without_controls
from wiki.markup import sanitizer, syntax
from wiki.markup.deadline import Deadline, TookTooLong
from wiki.markup.highlight import Colours
from wiki.markup.page_html import CommonMarkHtml, WikiHtml
from wiki.markup.survey import Heading, Link, Survey, arrange_headings

__all__ = ["Heading", "Link", "Rendered", "Renderer"]

# Quotes and lists inside of one another. The parser itself stops later, and would drop what is deeper.
MAX_DEPTH = 50
MAX_NESTING = 100
MAX_ADDRESS = 2_000
# A short text can name a long address many times over.
MAX_GROWTH = 20

DEPENDENCIES = ("markdown-it-py", "mdit-py-plugins", "nh3", "pygments")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML, and what is in it.

    `external` are the addresses outside of the wiki, each once; `text` is the plain text, a line a block; `lead` the
    first paragraph. `cut_off`: the text took too long, so `html` is its source and the rest is empty but for `text`.
    """

    html: str
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    external: tuple[str, ...]
    text: str
    lead: str
    cut_off: bool = False


class Renderer:
    """Renders bodies; safe to use from several threads.

    `max_bytes` and `seconds` (of processor time) bound one body; `extensions=False` is pure CommonMark.
    """

    def __init__(self, max_bytes: int = 1_048_576, seconds: float = 2.0, extensions: bool = True) -> None:
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._extensions = extensions
        self._md = _parser(extensions)
        self.fingerprint = _fingerprint(max_bytes, seconds, extensions)

    def render(self, body: str, title: str = "") -> Rendered:
        """`body` as HTML. Never raises: what is too large or takes too long comes back as its source, cut_off.

        Where level-1 headings are used, all headings move down a level: the page's `title` is the only one of its
        level. A level-1 heading at the very beginning that repeats the title is left out.
        """
        if self._extensions:
            body = without_controls(body)
        try:
            if len(body) > self._max_bytes or len(body.encode("utf-8", "replace")) > self._max_bytes:
                raise TookTooLong
            return self._render(body, title, Deadline(self._seconds))
        except (TookTooLong, RecursionError):
            return Rendered(f"<pre>{escape(body, quote=False)}</pre>", (), (), (), body, "", cut_off=True)

    def _render(self, body: str, title: str, deadline: Deadline) -> Rendered:
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


def _fingerprint(*settings: object) -> str:
    """Changes with every setting, every module here and every library that has a say in the HTML."""
    return sha256(repr((settings, _code())).encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Modules and libraries as they were when this process began with them: read once, however many renderers there are."""
    digest = sha256()
    for name in DEPENDENCIES:
        digest.update(f"{name}={version(name)};".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()
