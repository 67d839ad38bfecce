"""Boxes between lines of colons, as Docusaurus, VuePress, GitLab and others write them: `:::note` … `:::`; GitLab's quotes and
Docsify's notes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.utils import is_code_block

from wiki.markup.block_lines import INTERRUPTS, closing_line, text_of

# `:::note`, `:::tip[Title]`, `::: warning Title`, `:::{note}`, `::: {.callout-note}`
WORDS = re.compile(r"[ \t]*\{?[ \t]*\.?(?:callout-)?(?P<word>[A-Za-z][\w-]{0,30})\}?(?P<title>.*)")
# `::: {.callout-tip title="Mind" collapse="true"}`, as Quarto and Pandoc have it.
_SAID = re.compile(r"[ \t]*\{[^{}]*\}[ \t]*")
_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
_DIAGRAM = re.compile(r":{3,}[ \t]*mermaid[ \t]*\Z")
# `::: package.module.Name`: what the documentation of a program is taken from, with settings indented below.
_REFERENCE = re.compile(r":{3,}[ \t]+[A-Za-z_]\w*(?:\.\w+)+[ \t]*")
_SETTINGS = re.compile(r"\A(?::[a-z][\w-]{0,40}:[^\n]{0,300}(?:\n|\Z))+")
_QUOTE = re.compile(r">{3}[ \t]*")
_COLONS = re.compile(r":{3,}[ \t]*")


def install(md: MarkdownIt) -> None:
    """Teach `md` these boxes; `callouts` gives them their form."""
    container_plugin(md, "box", ":", lambda params, *_: WORDS.fullmatch(params.strip()) is not None)
    md.block.ruler.before("container_box", "diagram", diagram, INTERRUPTS)
    md.block.ruler.before("blockquote", "fenced_quote", quote, INTERRUPTS)
    md.block.ruler.before("container_box", "reference_to_code", reference_to_code, INTERRUPTS)
    md.block.ruler.before("paragraph", "docsify_note", docsify_note)


def named(info: str) -> tuple[str, str]:
    """The word that says what a box is, in lower case, and its title, if it has one."""
    match = WORDS.fullmatch(info.strip())
    if match is None:
        return "", ""
    title = match["title"].strip()
    if _SAID.fullmatch(info):
        said = _TITLE.search(info)
        return match["word"].lower(), (said[1] or said[2] or "") if said else ""
    inside = re.match(r"\[(.*)\]", title)
    return match["word"].lower(), "" if title.startswith("{") else inside[1] if inside else title.strip('"')


def leave_out_settings(tokens: Sequence[Token], index: int) -> None:
    """Leave out what MyST is told about the box that opens here, in lines `:class: dropdown` at its beginning."""
    if not tokens[index].info.lstrip().startswith("{") or tokens[index + 1].type != "paragraph_open":
        return
    inline = tokens[index + 2]
    inline.content = _SETTINGS.sub("", inline.content)
    if not inline.content:
        tokens[index + 1].hidden = tokens[index + 3].hidden = True


def diagram(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`::: mermaid`, as Azure DevOps writes a diagram: code like between fences."""
    if not _DIAGRAM.match(text_of(state, start)):
        return False
    last = closing_line(state, start, end, "diagram", _COLONS.fullmatch)
    if last is None:
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.info, token.markup, token.map = "mermaid", ":::", [start, last + 1]
        token.content = state.getLines(start + 1, last, state.blkIndent, True)
        state.line = last + 1
    return True


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`>>>` … `>>>`, GitLab's way to quote several paragraphs."""
    if is_code_block(state, start) or not _QUOTE.fullmatch(text_of(state, start)):
        return False
    last = closing_line(state, start, end, "quote", _QUOTE.fullmatch)
    if last is None:
        return False
    if not silent:
        state.push("blockquote_open", "blockquote", 1).map = [start, last]
        before = state.parentType, state.lineMax
        state.parentType, state.lineMax = "blockquote", last
        state.md.block.tokenize(state, start + 1, last)
        state.parentType, state.lineMax = before
        state.push("blockquote_close", "blockquote", -1)
        state.line = last + 1
    return True


def docsify_note(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph behind `!>` or `?>`: a note."""
    kind = {"!> ": "important", "?> ": "tip"}.get(text_of(state, start)[:3])
    if kind is None or silent:
        return False
    last = start + 1
    while last < end and not state.isEmpty(last):
        last += 1
    box = state.push("container_box_open", "div", 1)
    box.info, box.map, box.block = kind, [start, last], True
    state.push("paragraph_open", "p", 1).map = [start, last]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, last, state.blkIndent, False).strip()[3:].strip()
    inline.map, inline.children = [start, last], []
    state.push("paragraph_close", "p", -1)
    state.push("container_box_close", "div", -1).block = True
    state.line = last
    return True


def reference_to_code(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`::: package.module` of mkdocstrings, which another program fills in: shown as code."""
    if not _REFERENCE.fullmatch(text_of(state, start)):
        return False
    if silent:
        return True
    last = start + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] > state.blkIndent):
        last += 1
    code = state.push("fence", "code", 0)
    code.info, code.markup, code.map = "yaml", ":::", [start, last]
    code.content = state.getLines(start, last, state.blkIndent, True).rstrip() + "\n"
    state.line = last
    return True
