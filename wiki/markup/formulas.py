r"""Formulas between dollar signs, `$x_1^2$` and `$$` … `$$`, shown as they are written: as code, so that no sign in them means
anything. Prices stay prices: what has none of TeX's own signs in it is no formula.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.utils import is_code_block

from wiki.markup.block_lines import INTERRUPTS, closing_line, text_of

_INLINE = re.compile(r"\$(?P<both>\$?)(?![\s$])(?P<formula>(?:[^$\\\n]|\\[^\n]){1,500})(?<!\s)\$(?P=both)(?![\w$])")
_TEX = re.compile(r"\D.*[\\^_{}]|.*[\\^]|[\\_{}^]")


def install(md: MarkdownIt) -> None:
    """Teach `md` formulas."""
    md.block.ruler.before("fence", "formula", block, INTERRUPTS)
    md.inline.ruler.before("escape", "formula", inline)


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`$$` on a line of its own, and everything up to the next."""
    if is_code_block(state, start) or text_of(state, start).rstrip() != "$$":
        return False
    close = closing_line(state, start, end, "formula", lambda text: text.rstrip().endswith("$$"))
    if close is None:
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.info, token.markup, token.map = "math", "$$", [start, close + 1]
        token.content = (
            state.getLines(start + 1, close + 1, state.blkIndent, True).rstrip().removesuffix("$$").rstrip() + "\n"
        )
        state.line = close + 1
    return True


def inline(state: StateInline, silent: bool) -> bool:
    """`$x_1$` or `$$x_1$$` inside of a line."""
    if state.src[state.pos] != "$":
        return False
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    # GitLab has ticks between the signs, too.
    ticks = match["formula"].startswith("`") and match["formula"].endswith("`") and len(match["formula"]) > 2
    if not ticks and not _TEX.match(match["formula"]):
        return False
    if not silent:
        code = state.push("code_inline", "code", 0)
        code.content = match["formula"].strip("`")
    state.pos = match.end()
    return True
