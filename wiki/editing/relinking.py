"""Leading the links of one page to where their pages are after a move; every other byte stays.

Links are looked for in the text as it is written, and only those are touched that the renderer sees too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import accumulate
from urllib.parse import quote

from wiki.catalog.links import WIKI
from wiki.catalog.page_rows import LINK_FIELDS
from wiki.editing.moved import Moved
from wiki.editing.yaml_files import Rename, rename_in_front_matter
from wiki.markup.address import internal
from wiki.markup.front_matter import set_body
from wiki.markup.links import WIKI_LINK
from wiki.markup.markdown import Rendered
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.rendering import Rendering

_INLINE = re.compile(r"\]\(\s*(?P<to><[^<>\n]*>|[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*+\n?[ \t]*+(?P<to><[^<>\n]*>|[^\s<>]+)", re.M)
_HTML = re.compile(r"""<(?:a|img)\s[^<>]*?\b(?:href|src)\s*=\s*(?:"(?P<d>[^"<>]*)"|'(?P<s>[^'<>]*)')""", re.I)
_FENCE = re.compile(r"^[ \t>]*+(?P<mark>`{3,}+|~{3,}+)[^\n]*+\n.*?(?:^[ \t>]*+(?P=mark)[`~]*+[ \t]*$|\Z)", re.M | re.S)
_BACKTICKS = re.compile(r"(?P<run>`+)|\n[ \t]*+(?=\n)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")

# The facts whose values are paths of pages, as the catalog reads them.
FACTS = (
    *LINK_FIELDS,
    *(f"{name}.*" for name in LINK_FIELDS),
    *("items.*.page", "integrations.*.with", "translation.of"),
)


def relinked(source: str, page: Page, new: PagePath, moved: Moved, rendering: Rendering) -> str:
    """The file of a page (`source`, byte for byte) that will be at `new`, or stays where it is, with its links led to
    where things are after the move."""
    source = rename_in_front_matter(source, facts(moved))
    rendered = rendering.rendered(page)
    if rendered.cut_off:
        return source
    seen = {part for link in rendered.links for part in _beginnings(link.target)}
    edits: dict[int, tuple[int, str]] = {}
    for start, end, text in _edits(page.body, seen, page.path, new, moved):
        edits.setdefault(start, (end, text))
    if not edits:
        return source
    changed = page.body
    for start, (end, text) in sorted(edits.items(), reverse=True):
        changed = changed[:start] + text + changed[end:]
    if not _lead_right(rendered, rendering.render(changed, page.title), page.path, new, moved):
        # Something is written in a way that we misread; the redirect leads the old links on.
        return source
    return set_body(source, changed)


def facts(moved: Moved) -> Mapping[str, Rename]:
    """How paths among the facts are renamed, by the name of the fact."""

    def rename(value: str) -> str:
        path = value.strip("/")
        new = moved.pages.get(path)
        return value.replace(path, new) if new is not None else value

    return dict.fromkeys(FACTS, rename)


def _edits(body: str, seen: set[str], old: PagePath, new: PagePath, moved: Moved) -> Iterator[tuple[int, int, str]]:
    """What to write instead at which place of the body."""
    code = [*(match.span() for match in _FENCE.finditer(body)), *_code_spans(body)]
    code.sort()
    # Where the code ends that begins no later: some of a fence may look like code of its own.
    ends = list(accumulate((end for _, end in code), max))

    def is_code(position: int) -> bool:
        before = bisect_right(code, (position, len(body)))
        return before > 0 and position < ends[before - 1]

    for match in WIKI_LINK.finditer(body):
        written = match["target"]
        page, hash_sign, anchor = written.partition("#")
        target = WIKI + page.strip()
        if not page.strip() or is_code(match.start()) or target not in seen:
            continue
        to = moved.rewritten(target, old, new)
        if to is None:
            continue
        to = to.removeprefix(WIKI)
        # A name that was shown goes on being shown; in place of a path the page's title is shown anyway.
        shown = f"|{page.strip()}" if match["text"] is None and "/" not in page and not anchor else ""
        yield *match.span("target"), f"{to}{hash_sign}{anchor}{shown}"
    for pattern, names in ((_INLINE, ("to",)), (_DEFINITION, ("to",)), (_HTML, ("d", "s"))):
        for match in pattern.finditer(body):
            name = next((name for name in names if match[name]), "")
            if not name or is_code(match.start()):
                continue
            edit = _address(match[name], seen, old, new, moved)
            if edit is not None:
                yield *match.span(name), edit


def _code_spans(body: str) -> Iterator[tuple[int, int]]:
    """Where code within lines stands: from so many backticks to the next that are as many, in the same paragraph."""
    paragraphs: list[list[tuple[int, int]]] = [[]]
    for match in _BACKTICKS.finditer(body):
        if match["run"]:
            paragraphs[-1].append(match.span())
        elif paragraphs[-1]:
            paragraphs.append([])
    for runs in paragraphs:
        closing: dict[int, int] = {}
        nearest: dict[int, int] = {}
        for index in reversed(range(len(runs))):
            length = runs[index][1] - runs[index][0]
            if length in nearest:
                closing[index] = nearest[length]
            nearest[length] = index
        index = 0
        while index < len(runs):
            if index in closing:
                yield runs[index][0], runs[closing[index]][1]
            index = closing.get(index, index) + 1


def _address(written: str, seen: set[str], old: PagePath, new: PagePath, moved: Moved) -> str | None:
    """What to write in place of an address; None where it stays."""
    pointed = written.startswith("<") and written.endswith(">")
    inner = written[1:-1] if pointed else written
    target = internal(unescape(_ESCAPED.sub(r"\1", inner)))
    if target is None or target.partition("#")[0] not in seen:
        return None
    to = moved.rewritten(target, old, new)
    if to is None:
        return None
    rest = inner[min((inner.find(sign) for sign in "#?" if sign in inner), default=len(inner)) :]
    plain = to if pointed else "".join(quote(sign) if sign in " ()<>\\%\"'" else sign for sign in to)
    return f"<{plain}{rest}>" if pointed else plain + rest


def _beginnings(target: str) -> tuple[str, str, str]:
    """What may be written for a link that the renderer saw: the whole, without its anchor, without what it asks."""
    page = target.partition("#")[0]
    return target, page, page.partition("?")[0]


def _lead_right(before: Rendered, after: Rendered, old: PagePath, new: PagePath, moved: Moved) -> bool:
    """Whether the page has the same links as before, each leading to where the same thing is now."""
    if len(before.links) != len(after.links) or after.cut_off:
        return False
    for was, now in zip(before.links, after.links, strict=True):
        led = moved.led_before(was.target, old)
        if led is not None and moved.leads_after(now.target, new) != moved.path(led):
            return False
    return True
