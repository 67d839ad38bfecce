"""What Logseq writes for itself into a page: `id:: …` and `collapsed:: true` below an item, the clock of a task. Facts at the top of a
page, `type:: guide`, are shown one a line.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_MACHINERY = re.compile(
    r"(?:id|collapsed|background-color|heading|title|icon|created-at|updated-at|exclude-from-graph-view|file(?:-path)?"
    r"|query-[\w-]+|card-[\w-]+|hl-[\w-]+|ls-type|logseq\.[\w.-]+|template(?:-including-parent)?):: ?.*"
)
_FACT = re.compile(r"(?P<name>[^\W\d_][\w.-]{0,40}):: (?P<value>.+)")
_CLOCK = re.compile(r"^:LOGBOOK:\n(?:CLOCK:.*\n|.*State.*\n)*:END:$\n?", re.MULTILINE)


def install(md: MarkdownIt) -> None:
    """Teach `md` to leave these out."""
    md.core.ruler.before("inline", "logseq", logseq)


def logseq(state: StateCore) -> None:
    """Leave out the lines that are the program's own, and set the facts of a page apart."""
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
