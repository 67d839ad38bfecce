"""What is written for whoever edits, not for readers: Obsidian's `%% remarks %%`, and what MDX imports."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.utils import is_code_block

from wiki.markup.block_lines import INTERRUPTS, closing_line, text_of

# One word between the signs is what mailing programs fill in: `%%first_name%%`.
_INLINE = re.compile(r"(?<!\w)%%(?=[^%]*[ \t\n][^%]*%%)(?:[^%]|%(?!%)){1,2000}%%")
_IMPORT = re.compile(
    r"""import[ \t]++(?:[\w$*{},\s]{1,500}?[ \t\n]from[ \t]+)?(?:"[^"\n]{1,200}"|'[^'\n]{1,200}');?[ \t]*"""
)
_EXPORT = re.compile(r"export[ \t]++(?:const|let|var|function|default)[ \t]++[^\n]*[={(]")
MAX_LINES = 40


def install(md: MarkdownIt) -> None:
    """Teach `md` to leave these out."""
    md.block.ruler.before("fence", "remark", remark, INTERRUPTS)
    md.block.ruler.before("fence", "imported", imported)
    md.inline.ruler.before("link", "remark", inline_remark)


def remark(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`%%` at the beginning of a line, and everything up to the next `%%`, which may be many lines away."""
    text = text_of(state, start).rstrip()
    if is_code_block(state, start) or not text.startswith("%%"):
        return False
    if len(text) > 2 and "%%" in text[2:]:
        # Closed on its own line: only where nothing follows it is it a block.
        if text.index("%%", 2) != len(text) - 2 or not _INLINE.fullmatch(text):
            return False
        close = start
    else:
        found = closing_line(state, start, end, "remark", lambda text: text.rstrip().endswith("%%"))
        if found is None:
            return False
        close = found
    if not silent:
        state.line = close + 1
    return True


def inline_remark(state: StateInline, silent: bool) -> bool:
    """`%% some words %%` inside of a paragraph."""
    if not state.src.startswith("%%", state.pos):
        return False
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    state.pos = match.end()
    return True


def imported(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`import Tabs from '@theme/Tabs';` as MDX has it, left out; what it exports is shown as the code that it is."""
    position = state.bMarks[start] + state.tShift[start]
    if is_code_block(state, start) or not state.src.startswith(("import", "export"), position):
        return False
    last = start
    while last + 1 < min(end, start + MAX_LINES) and not state.isEmpty(last + 1):
        last += 1
    text = state.src[position : state.eMarks[last]]
    match = _IMPORT.match(text)
    if match is not None and text[match.end() : match.end() + 1] in ("", "\n"):
        state.line = start + match[0].count("\n") + 1
        return True
    if not _EXPORT.match(text):
        return False
    code = state.push("fence", "code", 0)
    code.info, code.markup, code.map = "jsx", "```", [start, last + 1]
    code.content = state.getLines(start, last + 1, state.blkIndent, True)
    state.line = last + 1
    return True
