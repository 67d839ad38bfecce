"""Links into the wiki, filled in after the rendered text comes out of a cache: so a new page makes no old HTML stale."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

from wiki.markup.address import WIKI, internal
from wiki.markup.slugs import slug

WIKI_LINK = re.compile(r"\[\[(?P<target>[^\[\]|\n]{1,300}?)(?:\\?\|(?P<text>[^\[\]\n]{1,300}))?\]\]")
LINK = re.compile(
    r'<(?P<tag>a href|img src)="(?!#|https?:|mailto:|tel:)(?P<address>[^"]+)"(?: class="(?P<classes>[^"]*)")?'
    r"(?P<label>>(?P<text>[^<]*)</a>)?"
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads: `url` goes into the page as it is, `title` is the name of the page there."""

    url: str
    exists: bool
    title: str = ""


def resolve(html: str, resolver: Callable[[str], Target]) -> str:
    """`html` with every link and picture inside of the wiki led to where `resolver` says.

    The resolver gets the target as it stands in `Rendered.links`: "wiki:signal#cost" for `[[signal#Cost]]`, and the
    address for others ("../x.md", "/field/spoke", "map.png"). What doesn't exist gets the class `missing`. A wiki link
    that shows nothing but a path (`[[field/spoke]]`), and any link without words (`[](spoke.md)`), shows the page's title
    instead; one that is meant with the words first (`[[the scripts|Scripts]]`) is read so where it leads nowhere else.
    """

    def filled(match: re.Match[str]) -> str:
        asked = internal(unescape(match["address"]))
        if asked is None:
            return match[0]
        target = resolver(asked)
        label = match["label"] or ""
        path = asked.removeprefix(WIKI).partition("#")[0]
        if label and not target.exists and (meant := words_first(asked, unescape(match["text"]))):
            other = resolver(meant)
            if other.exists:
                target, label = other, f">{escape(path)}</a>"
        classes = match["classes"] or ""
        if not target.exists:
            classes = f"{classes} missing".lstrip()
        words = unescape(match["text"] or "")
        if label and not words.strip():
            label = f">{escape(target.title or path)}</a>"
        elif label and asked.startswith(WIKI) and "/" in path and target.title and words == path:
            label = f">{escape(target.title)}</a>"
        shown = f' class="{classes}"' if classes else ""
        return f'<{match["tag"]}="{escape(target.url)}"{shown}{label}'

    return LINK.sub(filled, html)


def words_first(target: str, text: str) -> str:
    """The target of a wiki link whose first part are the words, as in wikis of GitHub and Gollum (`[[the scripts|Scripts]]`),
    by target and words as we read it. Empty where it can't be meant so: no words are written like a path."""
    page = target.removeprefix(WIKI)
    if page in (target, text) or "/" in page or "#" in page:
        return ""
    name, hash_sign, anchor = text.strip().partition("#")
    return f"{WIKI}{name}#{slug(anchor)}" if hash_sign else WIKI + name
