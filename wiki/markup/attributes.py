"""What other programs write in braces: `## Cost {#cost}` names an anchor; the rest (`{.wide}`, `{: .note }`) is for their
style sheets, so it is read and not shown. Lines that ask for a list of the headings are not shown either: every page has one.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_ITEM = r"""(?:[#.][\w.#:-]++|[\w-]++=(?:"[^"{}\n]*+"|'[^'{}\n]*+'|[^\s"'{}]++))"""
_LIST = rf"\{{[:%]?[ \t]*+{_ITEM}(?:[ \t]++{_ITEM})*+[ \t]*+%?\}}"
# Logseq says so how large a picture is.
AFTER = re.compile(rf"{_LIST}|\{{:(?:height|width) \d{{1,4}}(?:, :(?:height|width) \d{{1,4}})?\}}")
# On a line of their own, in front of what they are about.
IN_FRONT = re.compile(rf"(?=\{{:){_LIST}[ \t]*")
# Docsify has its own way to say what a heading is called in addresses, and that it leaves it out of its lists.
IN_HEADING = re.compile(rf"(?<![ \t])[ \t]*+(?:{_LIST}|(?<=[ \t]):id=[\w-]+|\{{docsify-ignore(?:-all)?\}})[ \t]*\Z")
AT_END = re.compile(rf"(?<![ \t])[ \t]*+(?=\{{[:.]|\{{%? [#.]){_LIST}[ \t]*\Z")
# Obsidian's name for a block, its own (`^a1b2c3`) or somebody's (`^best-time`): what `[[page#^best-time]]` leads to.
BLOCK_NAME = re.compile(r"(?:\A|(?<![ \t])[ \t]++)\^((?=[a-z]*[0-9])[a-z0-9]{6}|[A-Za-z][A-Za-z0-9-]{2,60})[ \t]*\Z")
TITLE = re.compile(r"""[ {]title=["']([^"'{}\n]+)""")
GIVEN_ID = re.compile(r"(?:#|:id=)([\w-]{1,80})(?=[\s.}]|\Z)")
CONTENTS = re.compile(
    r"\[\[_?TOC_?\]\]|@?\[TOC\]|\{\{(?:>[ \t]*)?TOC\}\}|\{:[ \t]*toc[ \t]*\}|.*\n\{:[ \t]*toc[ \t]*\}", re.IGNORECASE
)
_LISTS = ("bullet_list_open", "ordered_list_open")
_CLOSINGS = frozenset(("link_close", "image", "code_inline", "strong_close", "em_close", "s_close"))


def contents(state: StateCore) -> None:
    """Leave out paragraphs, and lists of one item, that only ask for a list of the headings."""
    tokens = state.tokens
    left_out: set[int] = set()
    for index, token in enumerate(tokens):
        if token.type == "inline" and len(token.content) < 100 and CONTENTS.fullmatch(token.content):
            around = 1
            if index > 2 and tokens[index - 3].type in _LISTS and tokens[index + 3].type.endswith("_list_close"):
                around = 3
            if tokens[index - 1].type == "paragraph_open":
                left_out |= set(range(index - around, index + around + 1))
    if left_out:
        state.tokens = [token for index, token in enumerate(tokens) if index not in left_out]


def attributes(state: StateCore) -> None:
    """Take what stands in braces out of the text; a heading is given the id that is named there, a block its own name."""
    tokens = state.tokens
    empty: set[int] = set()
    for index, block in enumerate(tokens):
        children = block.children
        if block.type != "inline" or not children:
            if block.type == "inline" and block.content and tokens[index - 1].type == "paragraph_open":
                empty.add(index)
            continue
        if not any(sign in block.content for sign in ("{", "^", ":id=")):
            continue
        state.env["deadline"].check()
        link = children[0]
        for before, token in pairwise(children):
            if before.type == "link_open":
                link = before
            if before.type in _CLOSINGS and token.type == "text" and (found := AFTER.match(token.content)):
                token.content = token.content[found.end() :]
                if before.type == "link_close" and (title := TITLE.search(found[0])):
                    link.attrSet("title", title[1])
        if len(children) > 2 and children[1].type == "softbreak" and IN_FRONT.fullmatch(children[0].content):
            del children[:2]
        last, opening = children[-1], tokens[index - 1]
        if last.type != "text":
            continue
        if opening.type == "heading_open":
            if found := IN_HEADING.search(last.content):
                last.content = last.content[: found.start()]
                if given := GIVEN_ID.search(found[0]):
                    opening.meta["id"] = given[1]
        elif opening.type == "paragraph_open":
            if found := BLOCK_NAME.search(last.content):
                last.content = last.content[: found.start()]
                named = tokens[index - 2] if opening.hidden and tokens[index - 2].type == "list_item_open" else opening
                named.attrSet("id", f"^{found[1]}")
            last.content = AT_END.sub("", last.content)
            _without_end(children)
            if not children:
                empty.add(index)
    # A paragraph that held nothing else is no paragraph.
    left_out = {place for index in empty for place in (index - 1, index, index + 1)}
    if left_out:
        state.tokens = [token for index, token in enumerate(tokens) if index not in left_out]


def _without_end(children: list[Token]) -> None:
    """A last line that held nothing else is no line."""
    while children and (children[-1].type == "softbreak" or (children[-1].type == "text" and not children[-1].content)):
        children.pop()
