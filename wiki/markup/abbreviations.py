"""`*[HTML]: Hypertext Markup Language`, as PHP Markdown Extra and MkDocs have it: the line isn't shown, the word says what it means."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.utils import is_code_block

from wiki.markup.block_lines import INTERRUPTS, text_of

_DEFINITION = re.compile(r"\*\[(?P<word>[^\[\]\n]{1,60})\]:[ \t]*(?P<meaning>\S.{0,500})")
# So many are known on one page; each text is searched for all of them at once.
MOST = 200


def install(md: MarkdownIt) -> None:
    """Teach `md` abbreviations."""
    md.block.ruler.before("reference", "abbreviation", definition, INTERRUPTS)
    md.core.ruler.after("text_join", "abbreviations", abbreviations)


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line that says what a word means."""
    match = _DEFINITION.match(text_of(state, start))
    if match is None or is_code_block(state, start):
        return False
    if not silent:
        known = state.env.setdefault("abbreviations", {})
        if len(known) < MOST:
            known.setdefault(match["word"], match["meaning"].strip())
        state.line = start + 1
    return True


def abbreviations(state: StateCore) -> None:
    """Put the meanings to the words in the text, wherever on the page they were said."""
    known: dict[str, str] = state.env.get("abbreviations", {})
    if not known:
        return
    words = sorted(map(re.escape, known), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
    for block in state.tokens:
        if block.type != "inline" or not block.children or not pattern.search(block.content):
            continue
        children: list[Token] = []
        for token in block.children:
            state.env["deadline"].check()
            children += _explained(token, pattern, known) if token.type == "text" else [token]
        block.children = children


def _explained(token: Token, pattern: re.Pattern[str], known: dict[str, str]) -> list[Token]:
    pieces: list[Token] = []
    position = 0
    for match in pattern.finditer(token.content):
        pieces.append(Token("text", "", 0, content=token.content[position : match.start()]))
        pieces.append(Token("abbr_open", "abbr", 1, attrs={"title": known[match[0]]}))
        pieces.append(Token("text", "", 0, content=match[0]))
        pieces.append(Token("abbr_close", "abbr", -1))
        position = match.end()
    if not pieces:
        return [token]
    return [*pieces, Token("text", "", 0, content=token.content[position:])]
