"""The forms in which Markdown becomes HTML, within bounds of time and size."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from wiki.markup import sanitizer
from wiki.markup.deadline import TookTooLong


class CommonMarkHtml(RendererHTML):
    """markdown-it's own forms; HTML of authors reduced to what they may write."""

    top_heading = "h1"

    def render(self, tokens: Sequence[Token], options: Any, env: Any) -> str:
        deadline, left = env["deadline"], env["limit"]
        out: list[str] = []
        rules = self.rules
        for index, token in enumerate(tokens):
            deadline.check()
            kind = token.type
            if kind == "inline":
                piece = self.renderInline(token.children, options, env) if token.children else ""
            elif kind in rules:
                piece = rules[kind](tokens, index, options, env)
            else:
                piece = self.renderToken(tokens, index, options, env)
            left -= len(piece)
            if left < 0:
                raise TookTooLong
            out.append(piece)
        env["limit"] = left
        return "".join(out)

    def renderInline(self, tokens: Sequence[Token], options: Any, env: Any) -> str:
        deadline, left = env["deadline"], env["limit"]
        out: list[str] = []
        rules = self.rules
        for index, token in enumerate(tokens):
            kind = token.type
            if kind in rules:
                piece = rules[kind](tokens, index, options, env)
            else:
                piece = self.renderToken(tokens, index, options, env)
            left -= len(piece)
            if left < 0:
                raise TookTooLong
            if not index & 63:
                deadline.check()
            out.append(piece)
        return "".join(out)

    def blockquote_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return self.renderToken(tokens, index, options, env).rstrip("\n") + "\n"

    def html_block(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return sanitizer.author(tokens[index].content, self.top_heading)

    def html_inline(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return sanitizer.author(tokens[index].content, self.top_heading)


class WikiHtml(CommonMarkHtml):
    """The forms that our style sheet and assistive programs want; level 1 is left to the title of the page."""

    top_heading = "h2"

    def fence(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        language = unescapeAll(token.info).strip().partition(" ")[0]
        code = env["colours"].html(token.content, language) or escape(token.content, quote=False)
        shown = f' class="language-{escape(language)}"' if language else ""
        return f'<pre tabindex="0"><code{shown}>{code}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[index].content, quote=False)}</code></pre>\n'

    def heading_start(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return f'<div class="heading">{self.renderToken(tokens, index, options, env)}'

    def heading_end(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        name, tag = escape(tokens[index].content), tokens[index].tag
        # Empty on purpose: the sign is the style sheet's, and the heading itself names the link.
        return f'</{tag}><a class="heading-link" href="#{name}" aria-labelledby="{name}"></a></div>\n'

    def table_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return '<div class="table-scroll" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

    def footnote_ref(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        number, name = _footnote(tokens[index])
        return f'<sup class="footnote-ref"><a href="#fn:{number}" id="{name}">[{number}]</a></sup>'

    def footnote_block_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return '<hr>\n<section class="footnotes">\n<ol class="footnotes-list">\n'

    def footnote_block_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return "</ol>\n</section>\n"

    def footnote_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return f'<li id="fn:{tokens[index].meta["id"] + 1}" class="footnote-item">'

    def footnote_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        name = _footnote(tokens[index])[1]
        return f' <a class="footnote-backref" href="#{name}" aria-labelledby="{name}">\u21a9\ufe0e</a>'


def _footnote(token: Token) -> tuple[int, str]:
    """Its number and the id of the place that refers to it. No slug has a colon in it."""
    number, again = token.meta["id"] + 1, token.meta.get("subId", 0)
    return number, f"fnref:{number}:{again}" if again > 0 else f"fnref:{number}"
