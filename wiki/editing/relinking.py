"""Leading the links of one page to where their pages are after a move; every other byte stays.

Links are looked for in the text as it is written, and only those are touched that the renderer sees too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import quote

from wiki.catalog.links import WIKI
from wiki.catalog.page_rows import LINK_FIELDS
from wiki.editing.moved import Moved
from wiki.editing.yaml_files import Rename, rename_in_front_matter
from wiki.markup.address import internal
from wiki.markup.front_matter import set_body
from wiki.markup.markdown import Rendered
from wiki.markup.syntax import WIKI_LINK
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.rendering import Rendering

_INLINE = re.compile(r"\]\(\s*(?P<to><[^<>\n]*>|[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*\n?[ \t]*(?P<to><[^<>\n]*>|[^\s<>]+)", re.M)
_HTML = re.compile(r"""<(?:a|img)\s[^<>]*?\b(?:href|src)\s*=\s*(?:"(?P<d>[^"<>]*)"|'(?P<s>[^'<>]*)')""", re.I)
_FENCE = re.compile(
    r"^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z)", re.M | re.S
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)\1(?!`)", re.S)
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
    seen = {link.target for link in rendered.links}
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
    code = [match.span() for pattern in (_FENCE, _CODE) for match in pattern.finditer(body)]

    def is_code(position: int) -> bool:
        return any(start <= position < end for start, end in code)

    for match in WIKI_LINK.finditer(body):
        written = match["target"]
        page, hash_sign, anchor = written.partition("#")
        target = WIKI + page.strip()
        if not page.strip() or is_code(match.start()) or not _is_seen(target, seen):
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


def _address(written: str, seen: set[str], old: PagePath, new: PagePath, moved: Moved) -> str | None:
    """What to write in place of an address; None where it stays."""
    pointed = written.startswith("<") and written.endswith(">")
    inner = written[1:-1] if pointed else written
    target = internal(unescape(_ESCAPED.sub(r"\1", inner)))
    if target is None or not _is_seen(target.partition("#")[0], seen):
        return None
    to = moved.rewritten(target, old, new)
    if to is None:
        return None
    rest = inner[min((inner.find(sign) for sign in "#?" if sign in inner), default=len(inner)) :]
    plain = to if pointed else "".join(quote(sign) if sign in " ()<>\\%\"'" else sign for sign in to)
    return f"<{plain}{rest}>" if pointed else plain + rest


def _is_seen(target: str, seen: set[str]) -> bool:
    return any(link == target or link.startswith((f"{target}#", f"{target}?")) for link in seen)


def _lead_right(before: Rendered, after: Rendered, old: PagePath, new: PagePath, moved: Moved) -> bool:
    """Whether the page has the same links as before, each leading to where the same thing is now."""
    if len(before.links) != len(after.links) or before.cut_off or after.cut_off:
        return False
    for was, now in zip(before.links, after.links, strict=True):
        led = moved.led_before(was.target, old)
        if led is not None and moved.leads_after(now.target, new) != moved.path(led):
            return False
    return True
