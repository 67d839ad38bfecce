"""Notes, in whatever way they are written: `> [!NOTE]`, `!!! note`, `:::note`, and the boxes of `components`."""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from wiki.markup import containers

# `[!note]`, `[!note]- Folded`, `[!note|right] Title`
CALLOUT = re.compile(r"\[!([\w-]{1,20})(?:\|[^\]\n]{0,40})?\]([+-]?)[ \t]*(.*)")
_FOLDED = ("details", "spoiler")
# Wiki.js says below a quote what it is.
_BELOW = re.compile(r"\n\{\.is-(info|success|warning|danger)\}[ \t]*\Z")
# What other programs call their notes, as one of the five that GitHub knows.
KINDS = {
    **dict.fromkeys(
        [
            "note",
            "info",
            "abstract",
            "summary",
            "tldr",
            "todo",
            "example",
            "quote",
            "question",
            "faq",
            "help",
            "seealso",
            "cite",
            "neutral",
            "default",
        ],
        "note",
    ),
    **dict.fromkeys(["tip", "hint", "success", "check", "done"], "tip"),
    **dict.fromkeys(["important", "attention"], "important"),
    **dict.fromkeys(["warning", "bug", "failure", "fail", "missing"], "warning"),
    **dict.fromkeys(["caution", "danger", "error"], "caution"),
}


def callouts(state: StateCore) -> None:
    """Give block quotes that begin with `[!NOTE]`, admonitions and boxes one form.

    A title that the author did not write is marked with `data-t`, so that a face can put its own word there.
    """
    done: list[Token] = []
    closing: list[str] = []
    tokens = state.tokens
    below = _said_below(tokens)
    skip = 0
    for index, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        if token.type == "blockquote_open":
            body = tokens[index + 2] if index + 2 < len(tokens) else None
            match = CALLOUT.match(body.content) if body and body.type == "inline" else None
            if index in below:
                title = _title(KINDS[below[index]], "", below[index], token)
                closing.append(_as_note(token, KINDS[below[index]], "", title))
                done += [token, *title]
                continue
            if body is None or match is None:
                closing.append("blockquote")
            else:
                title = _title(KINDS.get(match[1].lower(), "note"), match[3].strip(), match[1], token)
                closing.append(_as_note(token, KINDS.get(match[1].lower(), "note"), match[2], title))
                done += [token, *title]
                body.content = body.content[match.end() :].lstrip("\n")
                skip = 0 if body.content else 3
                continue
        elif token.type == "container_box_open":
            word, words = containers.named(token.info)
            containers.leave_out_settings(tokens, index)
            if word == "tab":
                token.tag, token.attrs = "details", {"open": ""}
                title = _title("note", words or "…", "", token)
                title[0].tag = title[-1].tag = "summary"
                title[0].attrs = {}
            elif word in KINDS or word in _FOLDED:
                title = _title(KINDS.get(word, "note"), words, word, token)
                _as_note(token, KINDS.get(word, "note"), "-" if word in _FOLDED else "", title)
            else:
                token.tag, title = "div", []
            closing.append(token.tag)
            done += [token, *title]
            continue
        elif token.type in ("blockquote_close", "container_box_close"):
            token.tag = closing.pop()
        elif token.type == "admonition_open":
            folded = token.markup.startswith("?")
            sign = "+" if token.markup.endswith("+") else "-" if folded else ""
            closing.append(_as_note(token, KINDS.get(str(token.meta["tag"]), "note"), sign, []))
        elif token.type == "admonition_close":
            token.tag = closing.pop()
        elif token.type in ("admonition_title_open", "admonition_title_close"):
            if closing[-1] == "details":
                token.tag = "summary"
            if token.nesting == 1 and tokens[index - 1].info.strip().find(" ") < 0:
                token.attrSet("data-t", str(tokens[index - 1].attrGet("class")).rpartition(" ")[2])
        done.append(token)
    state.tokens = done


def _said_below(tokens: list[Token]) -> dict[int, str]:
    """The quotes, by where they open, below which stands what they are; those lines are taken out."""
    opened: list[int] = []
    found: dict[int, str] = {}
    for index, token in enumerate(tokens):
        if token.type == "blockquote_open":
            opened.append(index)
        elif token.type == "blockquote_close":
            start, last = opened.pop(), tokens[index - 2]
            if last.type == "inline" and (match := _BELOW.search(last.content)):
                last.content = last.content[: match.start()]
                found[start] = match[1]
    return found


def _as_note(token: Token, kind: str, sign: str, title: list[Token]) -> str:
    """Make the token open a note; "-" folds it, "+" lets it be folded. Returns the element."""
    token.tag = "details" if sign else "div"
    token.attrs = {"class": f"admonition {kind}"}
    if not sign:
        token.attrs["role"] = "note"
    if sign == "+":
        token.attrs["open"] = ""
    if sign and title:
        title[0].tag = title[-1].tag = "summary"
    return token.tag


def _title(kind: str, title: str, default: str, box: Token) -> list[Token]:
    opening = Token("admonition_title_open", "p", 1, block=True, level=box.level + 1, map=box.map)
    opening.attrs = {"class": "admonition-title"}
    if not title:
        opening.attrSet("data-t", kind)
        title = re.sub(r"[-_]+", " ", default).capitalize()
    inline = Token("inline", "", 0, content=title, children=[], level=box.level + 2)
    inline.map = box.map
    return [opening, inline, Token("admonition_title_close", "p", -1, block=True, level=box.level + 1)]
