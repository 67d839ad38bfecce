"""What Logseq writes for itself into a page: `id:: …` and `collapsed:: true` below an item, the clock of a task. Facts at the top of a
page, `type:: guide`, are shown one a line; `((…))` leads to the item with this id, of `{{embed [[Page]]}}` the link is shown, and what would
be filled in (`{{query …}}`) as code.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

_MACHINERY = re.compile(
    r"(?:id|collapsed|background-color|heading|title|icon|created-at|updated-at|exclude-from-graph-view|file(?:-path)?"
    r"|query-[\w-]+|card-[\w-]+|hl-[\w-]+|ls-type|logseq\.[\w.-]+|template(?:-including-parent)?):: ?.*"
)
_FACT = re.compile(r"(?P<name>[^\W\d_][\w.-]{0,40}):: (?P<value>.+)")
_CLOCK = re.compile(r"^:LOGBOOK:\n(?:CLOCK:.*\n|.*State.*\n)*:END:$\n?", re.MULTILINE)
_ID = re.compile(r"id:: ([\w-]{1,60})[ \t]*")
_ITEM = re.compile(
    r"(?:\[(?P<words>[^\[\]\n]{1,300})\]\()?\(\((?P<id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\)\)(?(words)\))"
)
_FILLED_IN = re.compile(
    r"\{\{(?:embed|video|youtube|tweet|twitter|pdf)[ \t]+(?P<shown>[^{}\n]{1,500})\}\}"
    r"|\{\{\[\[(?P<task>TODO|DONE)\]\]\}\}"
    r"|\{\{(?:query|renderer|cards|function|namespace)\b[^{}\n]{0,500}\}\}"
)
MAX_WORDS = 200


def install(md: MarkdownIt) -> None:
    """Teach `md` to read these."""
    md.core.ruler.before("inline", "logseq", logseq)
    md.inline.ruler.before("link", "filled_in", filled_in)


def logseq(state: StateCore) -> None:
    """Leave out the lines that are the program's own, and set the facts of a page apart."""
    known: dict[str, str] = {}
    for index, token in enumerate(state.tokens):
        if token.type != "inline" or (":: " not in token.content and ":LOGBOOK:" not in token.content):
            continue
        before = state.tokens[index - 1]
        if before.type != "paragraph_open":
            continue
        lines = _CLOCK.sub("", token.content).split("\n")
        facts = [_FACT.fullmatch(line) for line in lines]
        if index == 1 and all(facts):
            kept = [f"**{fact['name']}:** {fact['value']}" for fact in facts if fact and not _MACHINERY.match(fact[0])]
            token.content = "\\\n".join(kept)
        elif before.level:
            # In an item; elsewhere somebody may have written so.
            token.content = "\n".join(line for line in lines if not _MACHINERY.fullmatch(line))
            item = state.tokens[index - 2]
            if item.type == "list_item_open" and (named := next(filter(None, map(_ID.fullmatch, lines)), None)):
                item.attrSet("id", f"^{named[1]}")
                words = token.content.partition("\n")[0][:MAX_WORDS]
                known[named[1]] = re.sub(r"[][`*_\\]|\(\(.*", "", words)
    _to_items(state, known)


def _to_items(state: StateCore, known: dict[str, str]) -> None:
    """Make links of what names an item on this page."""

    def linked(match: re.Match[str]) -> str:
        words = match["words"] or known.get(match["id"], "")
        return f"[{words}](#^{match['id']})" if match["id"] in known else match["words"] or match[0]

    for token in state.tokens:
        if token.type == "inline" and "((" in token.content:
            token.content = _ITEM.sub(linked, token.content)


def filled_in(state: StateInline, silent: bool) -> bool:
    """Something embedded, a task as Roam writes it, a query."""
    match = _FILLED_IN.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent and match["shown"]:
        before = state.posMax
        state.pos, state.posMax = match.span("shown")
        state.md.inline.tokenize(state)
        state.posMax = before
    elif not silent and match["task"]:
        state.pending += "☑" if match["task"] == "DONE" else "☐"
    elif not silent:
        state.push("code_inline", "code", 0).content = match[0]
    state.pos = match.end()
    return True
