"""Notes, tabs and folded parts as MkDocs and MyST write them: `=== "Linux"`, `/// note | Title`, "```{note}"; and elements whose
contents are said to be Markdown.
"""

from __future__ import annotations

import re
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.utils import is_code_block

from wiki.markup.block_lines import INTERRUPTS, closing_line, text_of
from wiki.markup.components import AS_IT_IS, PLAIN, around, box_of, paragraph
from wiki.markup.shortcodes import HUGO, PICTURES, Tag

_TAB = re.compile(r'===[+!]*[ \t]+"(?P<title>[^"\n]{0,300})"[ \t]*')
_SLASHES = re.compile(r"(?P<mark>/{3,})[ \t]*(?P<name>[A-Za-z][\w-]{0,40})[ \t]*(?:\|(?P<title>.{0,300}))?")
# `>! The end` and `>| # The end`. A spoiler inside of a line ends with `!<`; a table in a quote has no heading.
_FOLDED_QUOTE = re.compile(
    r">(?:!(?![^\n]*!<)|\|(?=[ \t]*#{1,6}[ \t]))[ \t]*(?:#{1,6}[ \t]+(?P<title>[^\n]{0,300}))?[^\n]*"
)
_ASIDE = re.compile(r"<(?P<end>/?)aside>[ \t]*")
# MyST's directives, "```{note} Title" or ":::{note} Title", and the notes that Obsidian had before it had callouts, "```ad-note".
_DIRECTIVE = re.compile(
    r"(?P<mark>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[a-z][a-z-]{1,30})\}|(?<!:)ad-(?P<old>[a-z]{1,20}))[ \t]*(?P<title>[^`\n]{0,300})"
)
# What stands apart, under a title if it has one.
_APART = frozenset(("card", "grid-item-card", "margin", "sidebar", "topic"))
_SETTING = re.compile(r":[\w-]+:.*|(?:title|collapse|icon|color):.*")
# Python-Markdown's way to take a file in, on one line or between two.
_SNIPPET = re.compile(r"""(?P<line>-{1,}8<-{1,})(?:[ \t]+(?P<file>["'][^"'\n]{1,300}["']))?[ \t]*""")
# `(costs)=`: MyST's name for the heading that follows.
_LABEL = re.compile(r"\((?P<name>[\w.:-]{1,80})\)=[ \t]*")
# `<div class="grid" markdown>`: what is in there is Markdown, not HTML.
_HOLDS_MARKDOWN = re.compile(
    r"<[a-z]++[1-6]?+(?=[^<>]*[ \t]markdown(?:=[\"'](?:1|block|span|true)[\"'])?[ \t>])[^<>]*>[ \t]*"
)


def install(md: MarkdownIt) -> None:
    """Teach `md` these blocks."""
    for rule in (tab, slashes, snippet, label, aside, holds_markdown):
        md.block.ruler.before("fence", rule.__name__, rule, INTERRUPTS)
    md.block.ruler.before("container_box", "directive", directive, INTERRUPTS)
    md.block.ruler.before("blockquote", "folded_quote", folded_quote, INTERRUPTS)


def tab(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`=== "Linux"`, and the lines that are indented below it."""
    match = _TAB.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None or is_code_block(state, start):
        return False
    if silent:
        return True
    last = _indented(state, start + 1, end, state.sCount[start] + 4)
    around(state, start, start + 1, last, "tab", match["title"])
    state.line = last
    return True


def _indented(state: StateBlock, first: int, end: int, depth: int) -> int:
    """Behind the last line that is indented this far."""
    last = first
    for line in range(first, end):
        if state.isEmpty(line):
            continue
        if state.sCount[line] < depth:
            break
        last = line + 1
    return last


def slashes(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`/// note | Title` … `///`, with lines of settings indented below the first."""
    match = _SLASHES.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None or is_code_block(state, start):
        return False
    close = _closed(state, start, end, match["mark"])
    if close is None:
        return False
    if silent:
        return True
    first = start + 1
    while first < close and not state.isEmpty(first) and state.sCount[first] >= state.sCount[start] + 4:
        first += 1
    name, title = match["name"].lower(), (match["title"] or "").strip()
    tag = Tag(HUGO, name, False, False, {"title": "" if name == "html" else title}, (), 0)
    around(state, start, first, close, *(box_of(tag) or ("", tag.first("title"))))
    state.line = close + 1
    return True


def directive(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A note, a tab, a folded part, a picture, a formula or what stands apart, between fences or lines of colons."""
    match = _DIRECTIVE.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None or is_code_block(state, start):
        return False
    title = match["title"].strip()
    tag = Tag(HUGO, match["name"] or match["old"], False, False, {"title": title}, (), 0)
    box = box_of(tag) or (("", title) if tag.name in _APART else None)
    is_picture = tag.name in PICTURES and bool(title)
    is_code = match["mark"].startswith(":") and tag.name in AS_IT_IS
    if box is None and not is_picture and not is_code and tag.name not in PLAIN:
        return False
    close = _closed(state, start, end, match["mark"])
    if close is None:
        return False
    if silent:
        return True
    first, said = start + 1, {}
    while first < close and (setting := _SETTING.fullmatch(text_of(state, first))):
        name, _, value = setting[0].lstrip(":").partition(":")
        said[name] = value.strip()
        first += 1
    _anchor(state, start, said.get("label") or said.get("name") or "")
    if is_code:
        code = state.push("fence", "code", 0)
        code.info, code.markup, code.map = title or tag.name, "```", [start, close + 1]
        code.content = state.getLines(first, close, state.blkIndent, True).strip("\n") + "\n"
    else:
        if is_picture:
            paragraph(state, start, f"![{said.get('alt', '')}](<{title}>)")
        word, words = (box[0], said.get("title") or title or box[1]) if box else ("", "")
        if words and "link" in said and not word:
            words = f"[{words}](<{said['link']}>)"
        around(state, start, first, close, word, words)
    state.line = close + 1
    return True


def snippet(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`--8<-- "file.md"`, which would be filled in from elsewhere: shown as code."""
    match = _SNIPPET.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None or is_code_block(state, start):
        return False
    close = start if match["file"] else _closed(state, start, end, match["line"])
    if close is None:
        return False
    if not silent:
        code = state.push("fence", "code", 0)
        code.markup, code.map = match["line"], [start, close + 1]
        code.content = state.getLines(start, close + 1, state.blkIndent, True)
        state.line = close + 1
    return True


def label(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A name for what follows. What a page begins with is led to by the page's own address."""
    match = _LABEL.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None:
        return False
    if not silent:
        _anchor(state, start, match["name"] if state.tokens else "")
        state.line = start + 1
    return True


def _anchor(state: StateBlock, line: int, name: str) -> None:
    """A place that links can lead to."""
    if name:
        place = state.push("html_block", "", 0)
        place.map, place.content = [line, line + 1], f'<a id="{escape(name)}"></a>\n'


def aside(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<aside>` … `</aside>` on lines of their own, with Markdown between them: Notion's notes."""
    match = _ASIDE.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None or match["end"] or is_code_block(state, start):
        return False
    close = closing_line(state, start, end, "aside", _closes_aside)
    if close is None:
        return False
    if not silent:
        around(state, start, start + 1, close, "note", "")
        state.line = close + 1
    return True


def folded_quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`>! A spoiler`, as An Otter Wiki and forums have it, and An Otter Wiki's `>| # Folded`: lines that all begin so."""
    match = _FOLDED_QUOTE.fullmatch(text_of(state, start))
    if match is None or is_code_block(state, start):
        return False
    if silent:
        return True
    mark, last = match[0][:2], start + 1
    while last < end and text_of(state, last).startswith(mark):
        last += 1
    before = state.bMarks[start:last], state.tShift[start:last], state.sCount[start:last]
    for line in range(start, last):
        inside = text_of(state, line)[2:].removeprefix(" ")
        blanks = len(inside) - len(inside.lstrip(" "))
        state.bMarks[line], state.tShift[line] = state.eMarks[line] - len(inside), blanks
        state.sCount[line] = state.blkIndent + blanks
    title = match["title"] or ""
    around(state, start, start + bool(title), last, "details" if title else "spoiler", title)
    state.bMarks[start:last], state.tShift[start:last], state.sCount[start:last] = before
    state.line = last
    return True


def _closes_aside(text: str) -> bool:
    match = _ASIDE.fullmatch(text)
    return bool(match and match["end"])


def _closed(state: StateBlock, start: int, end: int, mark: str) -> int | None:
    """The line with the same mark, or a longer one, alone."""
    return closing_line(
        state, start, end, mark, re.compile(rf"{re.escape(mark)}{re.escape(mark[-1])}*[ \t]*").fullmatch
    )


def holds_markdown(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The line that opens an element with Markdown in it, apart from the lines that follow."""
    match = _HOLDS_MARKDOWN.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None or is_code_block(state, start):
        return False
    if not silent:
        opening = state.push("html_block", "", 0)
        opening.map, opening.content = [start, start + 1], state.getLines(start, start + 1, state.blkIndent, True)
        state.line = start + 1
    return True
