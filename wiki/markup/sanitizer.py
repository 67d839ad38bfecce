"""HTML of strangers, made harmless: an allow-list, applied twice.

`clean` first reads every tag itself and writes well-formed HTML with nothing but allowed tags and attributes, nested to
a bounded depth; then nh3 (an HTML5 parser) has the last word. The first pass is there because an HTML5 parser can be
made to take quadratic time and memory by tags that are never closed or have thousands of attributes, and because it
is where addresses are looked at: links that leave the wiki say so, and pictures from elsewhere become links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape

import nh3

from wiki.markup.address import REL, external, is_dangerous
from wiki.markup.allowed import (
    ATTRIBUTES,
    AUTHOR_ATTRIBUTES,
    AUTHOR_TAGS,
    BLOCKS,
    CLASSES,
    DROPPED_WITH_CONTENT,
    FORMATTING,
    GLOBAL_ATTRIBUTES,
    TAGS,
    VOID,
)
from wiki.markup.deadline import Deadline, TookTooLong

MAX_DEPTH = 100
MAX_FORMATTING = 12
MAX_CHARS = 8_388_608
SECONDS = 2.0
LANGUAGE_CLASS = re.compile(r"language-[A-Za-z0-9+#._-]{1,30}")
ID = re.compile(r"[^\s\"'<>&]{1,200}")
NUMBER = re.compile(r"[0-9]{1,4}%?")
SCHEMES = {"http", "https", "mailto", "tel", "wiki"}

TOKEN = re.compile(
    r"""<(?:(?P<end>/?)(?P<name>[a-zA-Z][^\s/><"']*+)(?P<attributes>(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>|(?P<other>[!?]))"""
    r"|(?P<stray><)"
)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?""")
TAG_WITH_ID = re.compile(r'(<[a-z0-9]+(?: [a-z-]+="[^"<>]*")*?) id="([^"]*)"')
TO_ANCHOR = re.compile(r'(<a href="#)([^"]+)"')

# What shows something from its address where it stands, and where the address is said.
EMBEDDED = {"iframe": "src", "video": "src", "audio": "src", "source": "src", "embed": "src", "object": "data"}

_SEAL = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"*": set(GLOBAL_ATTRIBUTES)} | {tag: set(names) for tag, names in ATTRIBUTES.items()},
    url_schemes=SCHEMES,
    link_rel=None,
)


def author(fragment: str, top_heading: str = "h1") -> str:
    """A piece of HTML as a person wrote it, reduced to what persons may write; it may hold half of an element only.

    Ids get the prefix `user-`, so that they can't be taken for the page's own; `top_heading` takes the place of h1, and a link
    that of what is embedded.
    """
    out: list[str] = []
    for text, end, name, attributes in tokens(fragment):
        out.append(text)
        if name in AUTHOR_TAGS:
            shown = top_heading if name == "h1" else name
            out.append(f"</{shown}>" if end else _author_tag(shown, attributes))
        elif name in EMBEDDED and not end:
            out.append(_link_to(name, attributes))
    return "".join(out)


def clean(html: str, deadline: Deadline | None = None) -> str:
    """Harmless, well-formed HTML. What is not allowed goes, its text stays (scripts and styles go whole).

    Raises TookTooLong where that takes longer than `deadline` (2 seconds by default) or the text is too large.
    """
    if len(html) > MAX_CHARS:
        raise TookTooLong
    return _with_unique_ids(_SEAL.clean(_Tidy(deadline or Deadline(SECONDS)).run(html)))


def tokens(html: str, deadline: Deadline | None = None) -> Iterator[tuple[str, bool, str, str]]:
    """(text before, is an end tag, tag name or "", attributes as written); a `<` that begins no tag is text."""
    position = 0
    # Not one growing string, which is copied for every stray `<` of a text that is nothing else.
    text: list[str] = []
    missing: set[str] = set()
    search = TOKEN.search
    while match := search(html, position):
        if deadline is not None:
            deadline.check()
        text.append(html[position : match.start()])
        position = match.end()
        if name := match["name"]:
            name = name.lower()
            is_end = bool(match["end"])
            yield "".join(text), is_end, name, match["attributes"]
            text.clear()
            if name in DROPPED_WITH_CONTENT and not is_end:
                position = _skip(html, position, f"</{name}", missing)
        elif match["other"]:
            closing = "-->" if html.startswith("--", position) else ">"
            after = _skip(html, position, closing, missing)
            if closing in missing:
                text.append("&lt;" + match["other"])
            else:
                position = after
        else:
            text.append("&lt;")
    text.append(html[position:])
    yield "".join(text), False, "", ""


def _skip(html: str, position: int, closing: str, missing: set[str]) -> int:
    """The position behind `closing`, or the end of all; what isn't there is looked for once."""
    if closing in missing:
        return len(html)
    found = re.compile(re.escape(closing), re.IGNORECASE).search(html, position)
    if found is None:
        missing.add(closing)
        return len(html)
    return found.end() if closing[-1] == ">" else found.start()


def read_attributes(attributes: str) -> Iterator[tuple[str, str]]:
    """The names, in lower case, and values of what `tokens` says is written in a tag."""
    for match in ATTRIBUTE.finditer(attributes):
        yield match[1].lower(), unescape(match[2] or match[3] or match[4] or "")


def _link_to(name: str, attributes: str) -> str:
    """A link in the place of a film, a map or a document that would be shown inside of the page."""
    given = dict(read_attributes(attributes))
    address = given.get(EMBEDDED[name], "")
    words = given.get("title") or given.get("aria-label") or address
    return f' <a href="{escape(address)}">{escape(words)}</a> ' if address and not is_dangerous(address) else ""


def _author_tag(name: str, attributes: str) -> str:
    if not attributes.strip(" /\n\t"):
        return f"<{name}>"
    allowed = AUTHOR_ATTRIBUTES.get(name, frozenset())
    kept: dict[str, str] = {}
    for key, value in read_attributes(attributes):
        if key == "id" or (key == "name" and name == "a"):
            kept.setdefault("id", f"user-{value}")
        elif key in allowed or key in GLOBAL_ATTRIBUTES:
            kept.setdefault(key, value)
    return _written(name, kept)


def _written(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes.items()) + ">"


def _allowed(name: str, attributes: str) -> dict[str, str]:
    """The attributes that `name` may have, first values first, with values that make sense."""
    allowed = ATTRIBUTES.get(name, frozenset())
    kept: dict[str, str] = {}
    for key, value in read_attributes(attributes):
        if key in kept or (key not in allowed and key not in GLOBAL_ATTRIBUTES):
            continue
        if key == "class":
            value = " ".join(word for word in value.split() if word in CLASSES or LANGUAGE_CLASS.fullmatch(word))
        elif key == "id":
            value = value if ID.fullmatch(value) else ""
        elif key in ("width", "height", "colspan", "rowspan", "span", "start", "value"):
            value = value if NUMBER.fullmatch(value) else ""
        elif key in ("open", "reversed", "checked", "disabled"):
            kept[key] = ""
            continue
        if value or key == "alt":
            kept[key] = value
    return kept


class _Tidy:
    """One pass over the tags of a text that leaves every element closed in the right order."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.out: list[str] = []
        self.stack: list[str] = []
        self.open: dict[str, int] = {}
        self.formatting = 0
        self.tags: dict[tuple[str, str], str] = {}

    def run(self, html: str) -> str:
        for text, end, name, attributes in tokens(html, self.deadline):
            self.out.append(text)
            if name in TAGS:
                if end:
                    self._end(name)
                else:
                    self._start(name, attributes)
        while self.stack:
            self._pop()
        return "".join(self.out)

    def _start(self, name: str, attributes: str) -> None:
        if name in BLOCKS and self.open.get("p"):
            self._end("p")
        if name == "img":
            self._image(_allowed(name, attributes))
            return
        if name not in VOID:
            if len(self.stack) >= MAX_DEPTH or (name in FORMATTING and self.formatting >= MAX_FORMATTING):
                return
            if name == "a" and self.open.get("a"):
                self._end("a")
            self.stack.append(name)
            self.open[name] = self.open.get(name, 0) + 1
            self.formatting += name in FORMATTING
        tag = self.tags.get((name, attributes))
        if tag is None:
            tag = self._tag(name, attributes)
        self.out.append(tag)

    def _tag(self, name: str, attributes: str) -> str:
        if (not attributes or attributes == " /") and name != "input":
            return f"<{name}>"
        kept = dict(_allowed(name, attributes))
        if name == "a" and "href" in kept:
            kept = _link(kept)
        elif name == "input":
            kept |= {"type": "checkbox", "disabled": ""}
        return self.tags.setdefault((name, attributes), _written(name, kept))

    def _end(self, name: str) -> None:
        if not self.open.get(name):
            return
        if name not in ("table", "tr", "td", "th", "thead", "tbody", "tfoot"):
            # What was opened outside of a table can't be closed from inside of it.
            for opened in reversed(self.stack):
                if opened == name:
                    break
                if opened == "table":
                    return
        while self._pop() != name:
            pass

    def _pop(self) -> str:
        name = self.stack.pop()
        self.open[name] -= 1
        self.formatting -= name in FORMATTING
        self.out.append(f"</{name}>")
        return name

    def _image(self, kept: dict[str, str]) -> None:
        source, alternative = kept.get("src", ""), kept.get("alt", "")
        outside = external(source)
        if outside is None and not is_dangerous(source) and source:
            rest = {key: value for key, value in kept.items() if key not in ("src", "alt", "class", "id", "loading")}
            self.out.append(_written("img", {"src": source, "alt": alternative, **rest, "loading": "lazy"}))
            return
        # Readers load nothing from elsewhere: the picture becomes a link to it.
        if outside is None or self.open.get("a"):
            self.out.append(escape(alternative or source.rpartition("/")[2]))
        else:
            link = _written("a", {"href": outside, "rel": REL})
            self.out.append(f"{link}{escape(alternative or outside)}</a>")


def _with_unique_ids(html: str) -> str:
    """An id belongs to the first who has it; links to an anchor of the author find it under its prefix."""
    ids: set[str] = set()

    def once(match: re.Match[str]) -> str:
        if match[2] in ids:
            return match[1]
        ids.add(match[2])
        return match[0]

    def led(match: re.Match[str]) -> str:
        prefixed = f"user-{match[2]}"
        return f'{match[1]}{prefixed}"' if match[2] not in ids and prefixed in ids else match[0]

    html = TAG_WITH_ID.sub(once, html)
    return TO_ANCHOR.sub(led, html) if any(name.startswith("user-") for name in ids) else html


def _link(kept: dict[str, str]) -> dict[str, str]:
    """The address comes first, then the class: `links.resolve` counts on it."""
    address = kept["href"]
    rest = {key: value for key, value in kept.items() if key not in ("href", "rel", "class")}
    outside = external(address)
    if outside is None and is_dangerous(address):
        return rest
    first = {"href": address if outside is None else outside}
    if "class" in kept:
        first["class"] = kept["class"]
    if outside is not None and outside[:4].lower() == "http":
        first["rel"] = REL
    return first | rest
