"""MediaWiki's templates of which the name says what they stand for, in whatever wiki; others can't be known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wiki.importers.conversion import escaped

_NOTES = {
    **dict.fromkeys(("note", "notice", "info", "information", "ambox", "mbox", "messagebox"), "NOTE"),
    **dict.fromkeys(("tip", "hint"), "TIP"),
    **dict.fromkeys(("important", "attention"), "IMPORTANT"),
    "warning": "WARNING",
    **dict.fromkeys(("caution", "danger"), "CAUTION"),
}
_SIGNS = {"!": "|", "=": "=", "!!": "||", "ndash": "–", "mdash": "—", "spaces": " ", "nbsp": " "}
# What they ask for is done by itself here: the list of notes, the list of headings, room for what floats.
_NOTHING = frozenset(("reflist", "references", "notelist", "toc", "toc right", "toclimit", "clear", "clr", "-", "br"))
_WORDS = frozenset(("nowrap", "small", "smaller", "big", "larger", "center", "nobold", "strong", "em", "nobr"))
_LEADING = frozenset(("main", "main article", "see also", "see", "further", "details", "seealso"))
_PICTURES = re.compile(r"image|logo|caption|screenshot|map|width|size|style|class", re.IGNORECASE)
# No braces: what is said twice may hold nothing that is still to be read.
_ADDRESS = re.compile(r"(?:https?://)?[^\s{}\[\]|]+")
_NAMED = re.compile(r"([\w.-][\w .-]{0,59}?)\s*+=(.*)", re.DOTALL)
_PARTED = re.compile(r"\{\{|\}\}|\[\[|\]\]|\|")


@dataclass(frozen=True, slots=True)
class Template:
    """A template as a page uses it: its name in small letters, and what it is given, in their order and by name."""

    name: str
    words: tuple[str, ...]
    named: dict[str, str]

    def first(self, *keys: str) -> str:
        """The first of these that it is given."""
        return next((self.named[key] for key in keys if self.named.get(key)), "")


def parsed(inside: str) -> Template:
    """What stands between the braces, taken apart; bars in links and in other templates part nothing."""
    parts: list[str] = []
    depth = start = 0
    for match in _PARTED.finditer(inside):
        if match[0] != "|":
            depth += 1 if match[0] in ("{{", "[[") else -1
        elif depth <= 0:
            parts.append(inside[start : match.start()])
            start = match.end()
    parts.append(inside[start:])
    words: list[str] = []
    named: dict[str, str] = {}
    for part in map(str.strip, parts[1:]):
        found = _NAMED.fullmatch(part)
        if found:
            named[found[1].lower()] = found[2].strip()
        else:
            words.append(part)
    return Template(" ".join(parts[0].replace("_", " ").split()).lower(), tuple(words), named)


def as_wikitext(template: Template) -> str | None:
    """What a template says, in MediaWiki's own text; None for one that isn't known."""
    name = template.name
    first = template.words[0] if template.words else template.first("1", "text")
    if name in _NOTHING or name.startswith(("displaytitle:", "defaultsort:")):
        return ""
    if name in _SIGNS and not template.words:
        return _SIGNS[name]
    if name.startswith(("cite", "citation")):
        return _cited(template)
    if name in ("url", "official website", "official") and _ADDRESS.fullmatch(first):
        address = first if "://" in first else f"https://{first}"
        return f"[{address} {template.words[1] if len(template.words) > 1 else first}]"
    if name in _WORDS and first:
        return first
    if name in ("lang", "transl") and len(template.words) > 1:
        return template.words[-1]
    if name in ("abbr", "abbrlink", "tooltip") and len(template.words) > 1:
        return f"{first} ({template.words[1]})"
    if name in _LEADING and template.words:
        return "→ " + ", ".join(word if "[[" in word else f"[[{word}]]" for word in template.words)
    return None


def note_of(template: Template) -> tuple[str, str] | None:
    """The kind of note that a template makes, and its text."""
    text = template.words[0] if template.words else template.first("1", "text", "content", "message")
    kind = _NOTES.get(template.name)
    return (kind, text) if kind and text else None


def facts_of(template: Template) -> list[tuple[str, str]]:
    """What an infobox says, apart from pictures and their looks."""
    if "infobox" not in template.name:
        return []
    return [
        (escaped(key.replace("_", " ")), value)
        for key, value in template.named.items()
        if value and not _PICTURES.search(key)
    ]


def _cited(template: Template) -> str | None:
    address = template.first("url", "chapter-url", "archive-url")
    address = address if "://" in address and _ADDRESS.fullmatch(address) else ""
    title = template.first("title", "chapter").strip("'\"") or address
    if not title:
        return None
    author = template.first("author", "author1") or " ".join(
        part for part in (template.first("first", "first1"), template.first("last", "last1")) if part
    )
    said = [author, f"[{address} {title}]" if address else f"''{title}''"]
    said += [template.first("website", "work", "newspaper", "journal", "publisher"), template.first("date", "year")]
    return ", ".join(part for part in said if part)
