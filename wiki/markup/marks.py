"""Signs around words that other programs know: `==marked==`, `H~2~O`, `++ctrl+s++`, CriticMarkup, MyST's roles; and addresses with
blanks in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MARKED = re.compile(r"(?<![=\w])==(?=[^\s=])(?P<text>[^=\n]{1,500})(?<=[^\s=])==(?![=\w])")
# `H~2~O` and `m^2^`: within a word, where a sign alone is meant as it stands.
RAISED = re.compile(r"(?<=\w)(?:~(?P<low>[\w+-]{1,20})~(?!~)|\^(?P<high>[\w+-]{1,20})\^(?![\w^]))")
_KEYS = re.compile(r'(?<![\w+])\+\+(?P<keys>[\w-]{1,20}(?:\+(?:[\w-]{1,20}|"[^"+\n]{1,20}"))*)\+\+(?![\w+])')
_CRITIC = re.compile(
    r"\{(?:\+\+(?P<ins>[^{}\n]{1,1000}?)\+\+|--(?P<del>[^{}\n]{1,1000}?)--|==(?P<mark>[^{}\n]{1,1000}?)==|>>[^{}\n]{1,1000}?<<"
    r"|~~(?P<old>[^{}\n~]{0,1000})~>(?P<new>[^{}\n~]{0,1000})~~)\}"
)
_ROLE = re.compile(
    r"\{(?P<role>abbr|abbreviation|any|code|doc|download|eq|func|kbd|math|numref|ref|sub|subscript|sup|superscript|term"
    r"|(?:py:)?(?:attr|class|func|meth|mod))\}(?P<ticks>`{1,3})(?!`)(?P<text>[^`\n]{1,300})(?P=ticks)(?!`)"
)
_NAMED = re.compile(r"(?P<words>[^<>]+?)[ \t]*<(?P<target>[^<>]+)>")
_IN_BRACKETS = re.compile(r"(?P<words>[^()]+?)[ \t]*\((?P<meaning>[^()]+)\)")
_ELEMENTS = {"sub": "sub", "subscript": "sub", "sup": "sup", "superscript": "sup", "kbd": "kbd"}
_WORDS = frozenset(("any", "doc", "download", "eq", "numref", "ref", "term"))
# `[words](Our notes/First call.md)`: only what looks like a file, as brackets after brackets may be a remark.
_WITH_BLANKS = re.compile(
    r"\([ \t]*(?P<address>(?=[^()\n]{0,300}\.[A-Za-z0-9]{2,5}[ \t]*[#)])[^\s()<>\"'][^()<>\"'\n]{0,300}?[ ][^()<>\"'\n]{0,300}?)[ \t]*\)"
)


def install(md: MarkdownIt) -> None:
    """Teach `md` these signs. Call it when the rules for wiki links and pictures are there."""
    for name, pattern, show in (
        ("marked", MARKED, _show_marked),
        ("raised", RAISED, _show_raised),
        ("keys", _KEYS, _show_keys),
        ("role", _ROLE, _show_role),
    ):
        md.inline.ruler.before("wiki_link", name, _rule(pattern, show))
    md.inline.ruler.before("strikethrough", "critic", _rule(_CRITIC, _show_critic))
    md.inline.ruler.after("image", "address_with_blanks", address_with_blanks)


def _rule(pattern: re.Pattern[str], show: Callable[[StateInline, re.Match[str]], None]) -> RuleFuncInlineType:
    """The rule that has what a pattern finds shown."""

    def rule(state: StateInline, silent: bool) -> bool:
        match = pattern.match(state.src, state.pos, state.posMax)
        if match is None:
            return False
        if not silent:
            show(state, match)
        state.pos = match.end()
        return True

    return rule


def _show_marked(state: StateInline, match: re.Match[str]) -> None:
    """`==marked words==`."""
    inside(state, "mark", *match.span("text"))


def _show_raised(state: StateInline, match: re.Match[str]) -> None:
    """`H~2~O`, `m^2^`: set lower and higher."""
    _around(state, "sub" if match["low"] else "sup", match["low"] or match["high"])


def _show_keys(state: StateInline, match: re.Match[str]) -> None:
    """`++ctrl+alt+del++`: keys of a keyboard."""
    for number, key in enumerate(match["keys"].split("+")):
        if number:
            state.pending += "+"
        _around(state, "kbd", key.strip('"') if key[0] == '"' else key.replace("-", " ").title())


def _show_critic(state: StateInline, match: re.Match[str]) -> None:
    """`{++added++}`, `{--removed--}`, `{~~old~>new~~}`, `{==marked==}`; `{>>a remark<<}` isn't shown."""
    for group, tag in (("ins", "ins"), ("del", "del"), ("mark", "mark"), ("old", "del"), ("new", "ins")):
        if match[group]:
            inside(state, tag, *match.span(group))


def _show_role(state: StateInline, match: re.Match[str]) -> None:
    """MyST's roles: of "{term}`strike fund`" the words are shown, "{doc}`costs <money.md>`" is a link."""
    name, text = match["role"], match["text"].strip()
    named = _NAMED.fullmatch(text)
    meaning = _IN_BRACKETS.fullmatch(text) if name.startswith("abbr") else None
    words, target = (named["words"], named["target"]) if named else (text, text)
    if meaning:
        _around(state, "abbr", meaning["words"], {"title": meaning["meaning"]})
    elif name == "doc":
        address = state.md.normalizeLink(target)
        if state.md.validateLink(address):
            _around(state, "a", words if named else target.rpartition("/")[2], {"href": address}, "link")
        else:
            state.pending += words
    elif name in _ELEMENTS:
        _around(state, _ELEMENTS[name], text)
    elif name in _WORDS or name.startswith("abbr"):
        state.pending += words
    else:
        state.push("code_inline", "code", 0).content = text


def address_with_blanks(state: StateInline, silent: bool) -> bool:
    """`[words](First call.md)` and `![words](Our map.png)`: no addresses to CommonMark, but to many other programs."""
    is_image = state.src.startswith("![", state.pos)
    if not (is_image or state.src[state.pos] == "[") or not is_ahead(state, "]("):
        return False
    start = state.pos + is_image
    closing = state.md.helpers.parseLinkLabel(state, start, not is_image)
    match = _WITH_BLANKS.match(state.src, closing + 1, state.posMax) if closing >= 0 else None
    if match is None or not state.md.validateLink(address := state.md.normalizeLink(_quoted(match["address"]))):
        return False
    if not silent and is_image:
        image = state.push("image", "img", 0)
        image.attrs, image.content = {"src": address, "alt": ""}, state.src[start + 1 : closing]
        image.children = [Token("text", "", 0, content=image.content)]
    elif not silent:
        inside(state, "a", start + 1, closing, {"href": address}, "link")
    state.pos = match.end()
    return True


def _quoted(address: str) -> str:
    page, hash_sign, anchor = address.partition("#")
    return quote(page, safe="/:%.~") + hash_sign + quote(anchor.lower().replace(" ", "-"), safe="%")


def is_ahead(state: StateInline, signs: str) -> bool:
    """Whether these signs come at the position or after it: looked for once for all positions in front of them, as
    looking through a long row at each of its thousands of brackets would take minutes.
    """
    known = state.env.setdefault("ahead", {})
    source, begin, found = known.get(signs, ("", 0, -1))
    if source is not state.src or state.pos < begin or 0 <= found < state.pos:
        found = state.src.find(signs, state.pos)
        known[signs] = state.src, state.pos, found
    return bool(found >= 0)


def inside(
    state: StateInline,
    tag: str,
    start: int,
    end: int,
    attrs: dict[str, str | int | float] | None = None,
    kind: str = "",
) -> None:
    """An element around this part of the text, with what is marked in there; links hold no others."""
    before = state.pos, state.posMax
    state.push(f"{kind or tag}_open", tag, 1).attrs = attrs or {}
    state.linkLevel += kind == "link"
    state.pos, state.posMax = start, end
    state.md.inline.tokenize(state)
    state.pos, state.posMax = before
    state.linkLevel -= kind == "link"
    state.push(f"{kind or tag}_close", tag, -1)


def _around(
    state: StateInline, tag: str, words: str, attrs: dict[str, str | int | float] | None = None, kind: str = ""
) -> None:
    """An element around these words."""
    state.push(f"{kind or tag}_open", tag, 1).attrs = attrs or {}
    state.push("text", "", 0).content = words
    state.push(f"{kind or tag}_close", tag, -1)
