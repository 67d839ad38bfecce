"""What is in a text: headings, links, plain words. One walk over the tokens of the parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

from markdown_it.token import Token

from wiki.markup.address import external, internal
from wiki.markup.deadline import Deadline
from wiki.markup.markdown import Heading, Link
from wiki.markup.slugs import Slugs

HREF = re.compile(r"""<(a|img)\s[^<>]*?\b(?:href|src)\s*=\s*("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)""", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\r|\n")
TAG = re.compile(r"<[^<>]*>")


def arrange_headings(tokens: list[Token], title: str) -> list[Token]:
    """Keep level 1 for the title of the page: leave out a first heading that repeats it, move all others down."""
    first = tokens[0] if len(tokens) > 2 else None
    if first and first.type == "heading_open" and first.tag == "h1":
        said = _plain(tokens[1].children or []).split()
        if said and said == title.split():
            tokens = tokens[3:]
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if any(token.tag == "h1" for token in headings):
        for token in headings:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return tokens


def _plain(children: Sequence[Token]) -> str:
    """The words of inline tokens."""
    out: list[str] = []
    for token in children:
        if token.type in ("text", "code_inline", "text_special"):
            out.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            out.append(" ")
        elif token.type == "image":
            out.append(_plain(token.children or []))
    return "".join(out)


@dataclass(slots=True)
class Survey:
    """What one walk over the tokens finds; it also gives headings and tables their final form."""

    deadline: Deadline
    headings: list[Heading] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    external: dict[str, None] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    lead: str = ""
    slugs: Slugs = field(default_factory=Slugs)

    def walk(self, tokens: list[Token], body: str, anchors: bool) -> None:
        line = 1
        for index, token in enumerate(tokens):
            self.deadline.check()
            kind = token.type
            if token.map:
                line = token.map[0] + 1
            if kind == "inline":
                children = token.children or []
                words = _plain(children).strip()
                if words:
                    self.text.append(words)
                opening = tokens[index - 1] if index else token
                if words and not self.lead and opening.type == "paragraph_open" and not opening.level:
                    self.lead = words
                self._inline(children, line)
            elif kind == "heading_open" and anchors:
                self._heading(tokens, index, line)
            elif kind in ("fence", "code_block"):
                self.text.append(token.content.rstrip("\n"))
            elif kind == "html_block":
                words = unescape(TAG.sub(" ", token.content)).strip()
                if words:
                    self.text.append(words)
                self._raw(token.content, line)
            elif kind in ("th_open", "td_open"):
                _cell(token)
        self._close_sections(max(len(LINE_END.findall(body)) + (not body.endswith(("\n", "\r"))), 1))

    def _heading(self, tokens: list[Token], index: int, line: int) -> None:
        opening, closing = tokens[index], tokens[index + 2]
        text = " ".join(_plain(tokens[index + 1].children or []).split())
        name = self.slugs.given(opening.meta["id"]) if "id" in opening.meta else self.slugs.take(text)
        opening.attrSet("id", name)
        opening.type, closing.type = "heading_start", "heading_end"
        closing.content = name
        self.headings.append(Heading(int(opening.tag[1]), name, text, line, 0))

    def _close_sections(self, last: int) -> None:
        """A section ends before the next heading of its level or above."""
        closed: list[Heading] = []
        following: list[Heading] = []
        for heading in reversed(self.headings):
            while following and following[-1].level > heading.level:
                following.pop()
            end = following[-1].line - 1 if following else last
            closed.append(Heading(heading.level, heading.id, heading.text, heading.line, end))
            following.append(heading)
        self.headings = closed[::-1]

    def _inline(self, children: Sequence[Token], line: int) -> None:
        opened: list[tuple[str, int, int]] = []
        for position, token in enumerate(children):
            kind = token.type
            if not position & 63:
                self.deadline.check()
            if kind in ("softbreak", "hardbreak"):
                line += 1
            elif kind == "link_open":
                opened.append((str(token.attrGet("href") or ""), position, line))
            elif kind == "link_close" and opened:
                address, start, at = opened.pop()
                self._link(address, _plain(children[start:position]), at)
            elif kind == "image":
                self._link(str(token.attrGet("src") or ""), _plain(token.children or []), line, image=True)
            elif kind == "html_inline":
                self._raw(token.content, line)

    def _raw(self, html: str, line: int) -> None:
        for match in HREF.finditer(html):
            at = line + html.count("\n", 0, match.start())
            self._link(unescape(match[2].strip("\"'")), "", at, image=match[1].lower() == "img")

    def _link(self, address: str, text: str, line: int, image: bool = False) -> None:
        target = internal(address)
        if target is not None:
            kind = "image" if image else "wiki" if target.startswith("wiki:") else "page"
            self.links.append(Link(target, text, line, kind))
        elif outside := external(address):
            self.external[outside] = None


def _cell(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrSet("class", f"align-{style.rpartition(':')[2]}")
    if token.tag == "th":
        token.attrSet("scope", "col")
