"""The extensions of CommonMark that this wiki understands, as rules for markdown-it.

Wiki links, embedded pictures, bare addresses, task lists and callouts. Tables, strikethrough, footnotes, definition lists and `!!!`
admonitions come from markdown-it and its plugins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from wiki.markup import abbreviations, components, containers, formulas, logseq, marks, remarks, shortcodes, site_blocks
from wiki.markup.address import WIKI
from wiki.markup.attributes import attributes, contents
from wiki.markup.callouts import callouts
from wiki.markup.emoji import emoji
from wiki.markup.links import WIKI_LINK
from wiki.markup.slugs import slug

MAX_COLUMNS = 300

# `[[code]](https://…)` is an ordinary link whose words stand in brackets.
_ORDINARY = re.compile(r"\((?=[^\s()]*[./#:])[^\s()]{1,2000}\)")
PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|bmp|avif)\Z", re.IGNORECASE)
_WEB = re.compile(r"(?:https?://|mailto:)\S+\Z")
SIZE = re.compile(r"(\d{1,4})(?:x\d{1,4})?")
_SIZED = re.compile(r"(.*)\|(\d{1,4})(?:x\d{1,4})?")
# What Gollum writes behind a picture.
_LAYOUT = re.compile(r"(?:alt|align|float|frame|width|height|class)\b", re.IGNORECASE)
_DIRECTIVE = re.compile(r"![a-z]+(?!\S)")
_QUOTED_ALT = re.compile(r'\balt="([^"]*)"')
_ALT = re.compile(r"\balt=([^,|]+)")
SIZED_PICTURE = re.compile(
    r"!\[(?P<words>[^\[\]\n]{0,300})\]\((?P<address>[^\s()<>]{1,1000})[ \t]+=(?P<width>\d{1,4})?(?:x(?P<height>\d{1,4})?)?\)"
)
BARE_ADDRESS = re.compile(
    r"""(?<![\w/@.:-])(?:
      (?P<url>(?:https?://|www\.)(?:[\w-]{1,63}\.){1,10}[\w-]{1,63}(?::\d{1,5})?(?:[/?#][^\s<>"]{0,2000})?)
    | (?P<mail>[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-zA-Z]{2,24}(?![\w-]))
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# `[/]` is half done and `[-]` given up, as Obsidian's and other programs' lists have it.
TASK = re.compile(r"\[([ xX/<>!?*~-])\](?=[ \t])")


def install(md: MarkdownIt) -> None:
    """Teach `md` the extensions of this module. Call it after the plugins."""
    md.inline.ruler.before("link", "wiki_link", wiki_link)
    md.inline.ruler.before("image", "embed", embed)
    md.inline.ruler.before("image", "sized_picture", sized_picture)
    marks.install(md)
    containers.install(md)
    components.install(md)
    site_blocks.install(md)
    shortcodes.install(md)
    remarks.install(md)
    formulas.install(md)
    abbreviations.install(md)
    logseq.install(md)
    md.core.ruler.before("inline", "contents", contents)
    md.core.ruler.before("inline", "callouts", callouts)
    # Before texts are joined, an escaped bracket can still be told from one that means something.
    md.core.ruler.before("text_join", "tasks", tasks)
    md.core.ruler.before("tasks", "attributes", attributes)
    md.core.ruler.after("text_join", "bare_addresses", bare_addresses)
    md.core.ruler.after("bare_addresses", "emoji", emoji)
    md.core.ruler.after("emoji", "sizes", sizes)
    md.core.ruler.after("sizes", "by_light", by_light)
    table = next(rule.fn for rule in md.block.ruler.__rules__ if rule.name == "table")

    def narrow_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if state.src.count("|", state.bMarks[start], state.eMarks[start]) > MAX_COLUMNS:
            return False
        return table(state, start, end, silent)

    md.block.ruler.at("table", narrow_table, {"alt": ["paragraph", "reference"]})


def wiki_link(state: StateInline, silent: bool) -> bool:
    """`[[target]]`, `[[target#Heading]]`, `[[target|text]]`."""
    if not state.src.startswith("[[", state.pos) or state.linkLevel:
        return False
    match = WIKI_LINK.match(state.src, state.pos, state.posMax)
    if match is None or not match["target"].strip() or _ORDINARY.match(state.src, match.end(), state.posMax):
        return False
    outside = next((part.strip() for part in match.groups() if part and _WEB.match(part.strip())), "")
    if not silent and _is_picture(match):
        _picture(state, match)
    elif not silent and _DIRECTIVE.match(match["target"]):
        _directive(state, match)
    elif not silent and outside and state.md.validateLink(address := state.md.normalizeLink(outside)):
        # Gollum has the words first, VimWiki the address.
        words = next((part.strip() for part in match.groups() if part and part.strip() != outside), outside)
        state.push("link_open", "a", 1).attrs = {"href": address}
        state.push("text", "", 0).content = words
        state.push("link_close", "a", -1)
    elif not silent:
        page, hash_sign, anchor = match["target"].strip().partition("#")
        # `#A#B` is the heading B below A; `#^name` a block.
        anchor = anchor.rpartition("#")[2].strip()
        name = anchor if anchor.startswith("^") else slug(anchor)
        address = WIKI + quote(page.strip()) if page.strip() else ""
        opening = state.push("link_open", "a", 1)
        opening.attrs = {"href": f"{address}#{quote(name)}" if hash_sign else address}
        text = state.push("text", "", 0)
        text.content = (match["text"] or page or anchor).strip()
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _directive(state: StateInline, match: re.Match[str]) -> None:
    """`[[!img map.png alt="A map"]]` of ikiwiki; what else it would fill in is shown as code."""
    name, *words = match["target"].split(maxsplit=2)
    if name == "!img" and words:
        alternative = _QUOTED_ALT.search(words[-1])
        image = state.push("image", "img", 0)
        image.attrs = {"src": WIKI + quote(words[0]), "alt": ""}
        image.content = alternative[1] if alternative else ""
        image.children = [Token("text", "", 0, content=image.content)]
    else:
        state.push("code_inline", "code", 0).content = match[0]


def embed(state: StateInline, silent: bool) -> bool:
    """`![[picture.png]]`, `![[picture.png|200]]`; another page than a picture is linked, not shown inside of this one."""
    if not state.src.startswith("![[", state.pos):
        return False
    match = WIKI_LINK.match(state.src, state.pos + 1, state.posMax)
    if match is None or not match["target"].strip():
        return False
    if PICTURE.search(match["target"].strip()):
        if not silent:
            _picture(state, match)
        state.pos = match.end()
        return True
    if state.linkLevel:
        return False
    state.pos += 1
    return wiki_link(state, silent)


def _is_picture(match: re.Match[str]) -> bool:
    """Whether a wiki link shows a picture, as in Gollum: `[[map.png]]`, `[[map.png|alt=A map]]`."""
    text = match["text"]
    return PICTURE.search(match["target"].strip()) is not None and (text is None or _LAYOUT.match(text) is not None)


def _picture(state: StateInline, match: re.Match[str]) -> None:
    target, text = match["target"].strip(), (match["text"] or "").strip()
    image = state.push("image", "img", 0)
    image.attrs = {"src": WIKI + quote(target), "alt": ""}
    size = SIZE.fullmatch(text)
    if size:
        image.attrSet("width", size[1])
    alternative = _ALT.search(text)
    name = target.rpartition("/")[2].rpartition(".")[0]
    words = alternative[1].strip() if alternative else name if size or not text or _LAYOUT.match(text) else text
    image.content = words
    image.children = [Token("text", "", 0, content=words)]


def sizes(state: StateCore) -> None:
    """`![A map|200](map.png)`: Obsidian's way to say how wide a picture is."""
    for block in state.tokens:
        for token in (block.children or ()) if block.type == "inline" and "|" in block.content else ():
            found = _SIZED.fullmatch(token.content) if token.type == "image" else None
            if found:
                token.attrSet("width", found[2])
                token.content, token.children = found[1], [Token("text", "", 0, content=found[1])]


def by_light(state: StateCore) -> None:
    """Of two pictures, one for light screens and one for dark ones, the first is shown, as GitHub's and MkDocs' readers see one."""
    for block in state.tokens:
        children = block.children or []
        if block.type == "inline" and "dark" in block.content and any(map(_LIGHT, children)):
            block.children = [token for token in children if not _DARK(token)]


def _ends(*endings: str) -> Callable[[Token], bool]:
    return lambda token: token.type == "image" and str(token.attrGet("src")).endswith(endings)


_LIGHT = _ends("#only-light", "#gh-light-mode-only")
_DARK = _ends("#only-dark", "#gh-dark-mode-only")


def sized_picture(state: StateInline, silent: bool) -> bool:
    """`![A map](map.png =200x100)`, as HackMD, Joplin and Azure's wikis write it."""
    match = SIZED_PICTURE.match(state.src, state.pos, state.posMax)
    if match is None or not state.md.validateLink(address := state.md.normalizeLink(match["address"])):
        return False
    if not silent:
        image = state.push("image", "img", 0)
        image.attrs = {"src": address, "alt": ""}
        for size in ("width", "height"):
            if match[size]:
                image.attrSet(size, match[size])
        image.content, image.children = match["words"], [Token("text", "", 0, content=match["words"])]
    state.pos = match.end()
    return True


def bare_addresses(state: StateCore) -> None:
    """Make links of addresses that stand in the text: `https://…`, `www.…` and e-mail addresses."""
    for block in state.tokens:
        if block.type != "inline" or not block.children or not _may_hold_address(block.content):
            continue
        depth, changed, children = 0, False, []
        for token in block.children:
            state.env["deadline"].check()
            if token.type == "link_open" or (token.type == "html_inline" and token.content[:2].lower() == "<a"):
                depth += 1
            elif token.type == "link_close" or (token.type == "html_inline" and token.content[:3].lower() == "</a"):
                depth -= 1
            elif token.type == "text" and depth <= 0 and _may_hold_address(token.content):
                pieces = _with_links(token, state)
                changed = changed or len(pieces) > 1
                children += pieces
                continue
            children.append(token)
        if changed:
            block.children = children


def tasks(state: StateCore) -> None:
    """List items that begin with `[ ]` or `[x]` get a box, and their text becomes its label."""
    lists: list[Token] = []
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(token)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            # Footnotes that are defined inside of one another leave a list behind that nothing opens.
            del lists[-1:]
        elif (
            token.type == "list_item_open" and lists and index + 2 < len(tokens) and tokens[index + 2].type == "inline"
        ):
            children = tokens[index + 2].children or []
            match = TASK.match(children[0].content) if children and children[0].type == "text" else None
            if match:
                box = Token("task_box", "input", 0, attrs={"type": "checkbox", "disabled": ""})
                if match[1] in "xX-":
                    box.attrSet("checked", "")
                children[0].content = children[0].content[match.end() :]
                tokens[index + 2].children = [
                    Token("task_label_open", "label", 1),
                    box,
                    *children,
                    Token("task_label_close", "label", -1),
                ]
                token.attrJoin("class", "task")
                if lists[-1].attrGet("class") is None:
                    lists[-1].attrSet("class", "task-list")


def _may_hold_address(text: str) -> bool:
    return "://" in text or "@" in text or "www." in text


def _with_links(token: Token, state: StateCore) -> list[Token]:
    text, position = token.content, 0
    pieces: list[Token] = []
    for match in BARE_ADDRESS.finditer(text):
        state.env["deadline"].check()
        shown = _without_punctuation(match[0]) if match["url"] else match[0]
        address = shown if match["url"] else f"mailto:{shown}"
        if address[:4].lower() == "www.":
            address = f"https://{address}"
        if match.start() > position:
            pieces.append(Token("text", "", 0, content=text[position : match.start()], level=token.level))
        pieces.append(Token("link_open", "a", 1, attrs={"href": state.md.normalizeLink(address)}, markup="linkify"))
        pieces.append(Token("text", "", 0, content=shown, level=token.level + 1))
        pieces.append(Token("link_close", "a", -1, markup="linkify"))
        position = match.start() + len(shown)
    if not pieces:
        return [token]
    if position < len(text):
        pieces.append(Token("text", "", 0, content=text[position:], level=token.level))
    return pieces


def _without_punctuation(address: str) -> str:
    """The address without what ends the sentence around it."""
    while address:
        last = address[-1]
        unbalanced = last == ")" and address.count(")") > address.count("(")
        if last not in "?!.,:;*_~'\"]}" and not unbalanced:
            break
        address = address[:-1]
    return address
