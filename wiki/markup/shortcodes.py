"""Tags that programs which make sites of Markdown fill in: Hugo's `{{< figure src="map.png" >}}`, Jekyll's `{% include … %}`, MDX's
`<Tabs>`. Here are the tags themselves and those inside of a line; `components` has what stands around blocks.

Nobody fills them in here. What has a likeness takes its form (a picture, a link); of what stands around words, the words are
shown; any other tag is shown as code, so that whoever edits the page sees that something is left to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from wiki.markup.marks import inside, is_ahead

HUGO, LIQUID, MDX = "hugo", "liquid", "mdx"

_BRACES = r"\{(?:[^{}]|\{[^{}]*+\})*+\}"
_IN_TAG = rf"""(?:[^<>"'{{}}/]|/(?!>)|"[^"]*+"|'[^']*+'|{_BRACES}){{0,400}}+"""
_PATTERNS = {
    HUGO: re.compile(
        r"\{\{(?:<|%)[ \t\n]*+(?P<end>/?)[ \t]*+(?P<name>[A-Za-z][\w./-]{0,60})(?P<rest>(?:[ \t\n][^{}]{0,1000}?)?)(?P<alone>/?)(?:(?<![ \t\n])[ \t\n]++)?[>%]\}\}"
    ),
    LIQUID: re.compile(
        r"\{%-?[ \t]*+(?P<end>end|/[ \t]*+)?(?P<name>[A-Za-z]\w{0,60}(?:-\w{1,60}){0,4})(?P<rest>(?:[ \t\n](?:[^%{}\n]|%(?!\})|\{\{[^{}\n]*\}\}){0,1000}?)?)(?P<alone>/?)-?%\}"
    ),
    MDX: re.compile(
        rf"<(?P<end>/?)(?P<name>[A-Z](?=\w*[a-z])[\w.]{{0,60}})(?P<rest>(?:[ \t\n]{_IN_TAG})?)(?P<alone>/?)>"
    ),
}
# Zola's look like the call of a function.
_CALL = re.compile(r"\{\{[ \t]*+(?P<end>)(?P<name>[a-z]\w{0,60})\((?P<rest>[^{}()\n]{0,1000})\)(?P<alone>)[ \t]*+\}\}")
_STARTS = (("{{", HUGO), ("{%", LIQUID), ("<", MDX))
_ARGUMENT = re.compile(
    rf"""(?:(?P<key>[\w-]+)[ \t]*=[ \t]*)?(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|`(?P<t>[^`]*)`|(?P<b>{_BRACES})|(?P<w>[^\s"'`{{}}=]+))"""
)
_IN_BRACES = re.compile(r"""\{[^{}"'`]*["'`]([^{}"'`]*)["'`][^{}"'`]*\}""")

_ESCAPED = re.compile(r"\{\{(?P<open>[<%])/\*(?P<text>[^{}]{0,1000}?)\*/(?P<close>[>%])\}\}")
_REMARK = re.compile(r"\{\{/\*.{0,2000}?\*/\}\}|\{/\*.{0,2000}?\*/\}", re.DOTALL)
_JSX_TAG = re.compile(rf"<[A-Za-z][\w.]{{0,60}}(?:[ \t\n]{_IN_TAG})/?>")
_JSX_VALUE = re.compile(rf"([\w-]+)=({_BRACES})")
# `[words]({{< ref "page.md" >}})`: no address to CommonMark, because of its blanks.
_ADDRESS = re.compile(
    r"""\([ \t]*+(?:\{\{[ \t]*+site\.(?:baseurl|url)[ \t]*+\}\}(?:\{\{[ \t]*+site\.baseurl[ \t]*+\}\})?)?(?:"""
    r"""\{\{[<%][ \t]*+(?:rel)?ref[ \t]++["'`]?(?P<ref>[^"'`\s<>%]{1,300})["'`]?[ \t]*+[%>]\}\}"""
    r"""|\{%-?[ \t]*+link[ \t]++(?P<link>[^\s%]{1,300})[ \t]*+-?%\}"""
    r"""|\{%-?[ \t]*+post_url[ \t]++(?P<post>[^\s%]{1,300})[ \t]*+-?%\}"""
    r"""|\{\{[ \t]*+["'](?P<url>[^"'\n]{1,300})["'][ \t]*+\|[ \t]*+(?:relative|absolute)_url[ \t]*+\}\}"""
    r"""|(?<=\}\}))(?P<rest>[^\s()<>{}]{0,300})[ \t]*+\)"""
)
PICTURES = frozenset(("figure", "img", "image", "imgproc", "picture", "fig"))
# What GitBook puts around blocks for their places on the screen.
LAID_OUT = frozenset(
    (
        *("columns", "column", "stepper", "step", "content-ref", "updates", "update", "openapi-schemas"),
        *("swagger", "swagger-description", "swagger-parameter", "swagger-response"),
    )
)
_UNSHOWN = LAID_OUT | {"raw", "tab", "tabs", "note", "tip", "warning", "hint", "code"}
# GitBook's, which lead elsewhere; a caption may follow, up to a closing tag.
_LEADING = frozenset(("embed", "file", "page-ref", "content-ref"))
# Drawings beside words that are there anyway, and words in a frame.
_ICONS = frozenset(("icon", "fa", "fas", "fab", "fontawesome"))
_BADGES = frozenset(("badge", "label", "kbd"))
_VIDEOS = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: `form` says whose it is; `named` and `words` are its arguments, with and without a name."""

    form: str
    name: str
    is_end: bool
    is_alone: bool
    named: dict[str, str]
    words: tuple[str, ...]
    end: int

    def first(self, *keys: str) -> str:
        """The first of these arguments that is given."""
        return next((self.named[key] for key in keys if self.named.get(key)), "")

    @property
    def address(self) -> str:
        """Where it leads."""
        return self.first("link", "href", "url", "to")


def install(md: MarkdownIt) -> None:
    """Teach `md` the tags inside of lines."""
    md.inline.ruler.before("link", "filled_address", filled_address)
    md.inline.ruler.before("html_inline", "shortcode", shortcode)


def tag_at(text: str, position: int, end: int) -> Tag | None:
    """The tag that begins at a place of a text."""
    for start, form in _STARTS:
        if text.startswith(start, position):
            match = _PATTERNS[form].match(text, position, end)
            if match is None and form == HUGO:
                match = _CALL.match(text, position, end)
            return None if match is None else _tag(form, match)
    return None


def closings(form: str, name: str) -> re.Pattern[str]:
    """Finds the tags of this name; group "end" is what closing ones have."""
    bare = re.escape(name)
    if form == HUGO:
        return re.compile(
            rf"\{{\{{[<%][ \t]*+(?P<end>/?)[ \t]*+{bare}(?![\w./-])(?![^{{}}\n]{{0,1000}}/[ \t]*[>%]\}}\}})"
        )
    if form == LIQUID:
        return re.compile(rf"\{{%-?[ \t]*+(?P<end>end|/[ \t]*+)?{bare}\b(?![^{{}}%\n]{{0,1000}}/%\}})")
    return re.compile(rf"<(?P<end>/?){bare}(?![\w.])(?!{_IN_TAG}/>)")


def _tag(form: str, match: re.Match[str]) -> Tag:
    named: dict[str, str] = {}
    words: list[str] = []
    for found in _ARGUMENT.finditer(match["rest"]):
        value = next((found[part] for part in "dstw" if found[part] is not None), "")
        if found["b"]:
            inside = _IN_BRACES.fullmatch(found["b"])
            value = inside[1] if inside else ""
        if found["key"]:
            named.setdefault(found["key"].lower(), value)
        else:
            words.append(value)
    return Tag(form, match["name"], bool(match["end"]), bool(match["alone"]), named, tuple(words), match.end())


def shortcode(state: StateInline, silent: bool) -> bool:
    """A tag or a remark inside of a line."""
    start = state.src[state.pos]
    if start == "<":
        return _component(state, silent)
    if start != "{" or state.src[state.pos + 1 : state.pos + 2] not in ("{", "%", "/"):
        return False
    remark = _REMARK.match(state.src, state.pos, state.posMax)
    escaped = _ESCAPED.match(state.src, state.pos, state.posMax)
    if remark or escaped:
        if escaped and not silent:
            state.pending += f"{{{{{escaped['open']}{escaped['text']}{escaped['close']}}}}}"
        state.pos = (remark or escaped).end()  # type: ignore[union-attr]
        return True
    tag = tag_at(state.src, state.pos, state.posMax)
    if tag is None:
        return False
    if not silent:
        _show(state, tag)
    state.pos = tag.end
    return True


def _show(state: StateInline, tag: Tag) -> None:
    name = tag.name.lower()
    source = tag.first("src", "url", "path") or (tag.words[0] if tag.words else "")
    if name in PICTURES:
        source = source or tag.first("file", "name")
    if (tag.is_end and (tag.form == HUGO or name in _LEADING)) or (tag.form == LIQUID and name in _UNSHOWN):
        return
    if tag.form == HUGO and name in PICTURES and source:
        _picture(state, source, tag)
    elif name in _ICONS:
        return
    elif tag.form == LIQUID and name in _LEADING and (source := source or tag.first("page")):
        _link(state, state.md.normalizeLink(source), source if "://" in source else source.rpartition("/")[2])
    elif name in _BADGES and (words := tag.first("content", "text") or (tag.words[0] if tag.words else "")):
        _link(state, state.md.normalizeLink(tag.first("link", "href")), words)
    elif name in _VIDEOS and (video := tag.first("id") or (tag.words[0] if tag.words else "")):
        _link(state, _VIDEOS[name] + quote(video), tag.first("title") or _VIDEOS[name] + video)
    elif (address := tag.address) and (words := tag.first("title", "text", "label", "name")):
        _link(state, state.md.normalizeLink(address), words)
    elif tag.form == HUGO and (words := tag.first("text")):
        _link(state, state.md.normalizeLink(tag.first("slug", "page")), words)
    elif tag.form == LIQUID or not _is_closed(state, tag):
        code = state.push("code_inline", "code", 0)
        code.content = " ".join(state.src[state.pos : tag.end].split())


def _is_closed(state: StateInline, tag: Tag) -> bool:
    """Whether the text goes on to a closing tag; looked for once for each name."""
    key = f"last {tag.name}"
    if key not in state.env:
        state.env[key] = {}
    known = state.env[key].get(state.src)
    if known is None:
        known = max((at.start() for at in closings(tag.form, tag.name).finditer(state.src) if at["end"]), default=-1)
        state.env[key] = {state.src: known}
    return bool(known >= tag.end)


def _picture(state: StateInline, source: str, tag: Tag) -> None:
    words = tag.first("alt", "caption", "title")
    image = state.push("image", "img", 0)
    image.attrs = {"src": state.md.normalizeLink(source), "alt": ""}
    for size in ("width", "height"):
        if tag.first(size):
            image.attrSet(size, tag.first(size))
    image.content, image.children = words, [Token("text", "", 0, content=words)]
    shown = tag.first("caption", "title")
    if shown and shown != tag.first("alt"):
        state.push("hardbreak", "br", 0)
        state.push("em_open", "em", 1)
        state.push("text", "", 0).content = shown
        state.push("em_close", "em", -1)


def _link(state: StateInline, address: str, words: str) -> None:
    if not address or not state.md.validateLink(address):
        state.pending += words
        return
    state.push("link_open", "a", 1).attrs = {"href": address}
    state.push("text", "", 0).content = words.strip("*_`")
    state.push("link_close", "a", -1)


def _component(state: StateInline, silent: bool) -> bool:
    """`<img src={require('./map.png').default} style={{width: 20}} />` and `<Button href="/a">words</Button>`: tags that only MDX
    takes for some."""
    match = _JSX_TAG.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    around = tag_at(state.src, state.pos, state.posMax)
    if around and around.address and not around.is_alone and not state.linkLevel and _is_closed(state, around):
        closing = f"</{around.name}>"
        end = state.src.find(closing, match.end(), state.posMax)
        if end >= 0 and state.md.validateLink(address := state.md.normalizeLink(around.address)):
            if not silent:
                inside(state, "a", match.end(), end, {"href": address}, "link")
            state.pos = end + len(closing)
            return True
    if "{" not in match[0]:
        return False
    if not silent:
        tag = tag_at(match[0], 0, len(match[0]))
        if tag is not None and tag.name.lower() in PICTURES and (source := tag.first("src", "img")):
            _picture(state, source, tag)
        else:
            state.push("html_inline", "", 0).content = _JSX_VALUE.sub(_plain_value, match[0])
    state.pos = match.end()
    return True


def _plain_value(match: re.Match[str]) -> str:
    inside = _IN_BRACES.fullmatch(match[2])
    return f'{match[1]}="{inside[1]}"' if inside else ""


def filled_address(state: StateInline, silent: bool) -> bool:
    """`[words]({% link page.md %})` and its like in Hugo: links and pictures whose address has tags in it."""
    is_image = state.src.startswith("![", state.pos)
    if not (is_image or state.src[state.pos] == "[") or not (is_ahead(state, "]({") or is_ahead(state, "]( {")):
        return False
    start = state.pos + is_image
    closing = state.md.helpers.parseLinkLabel(state, start, not is_image)
    match = _ADDRESS.match(state.src, closing + 1, state.posMax) if closing >= 0 else None
    if match is None:
        return False
    if match["link"]:
        address = "/" + match["link"].lstrip("/")
    elif match["post"]:
        address = match["post"].rpartition("/")[2] + ".md"
    else:
        address = match["ref"] or match["url"] or ""
    address = state.md.normalizeLink(address + match["rest"])
    if not silent:
        words = state.src[start + 1 : closing]
        if is_image:
            image = state.push("image", "img", 0)
            image.attrs, image.content = {"src": address, "alt": ""}, words
            image.children = []
            state.md.inline.parse(words, state.md, state.env, image.children)
        else:
            inside(state, "a", start + 1, closing, {"href": address}, "link")
    state.pos = match.end()
    return True
