"""What conversions of other wikis' texts to Markdown have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_DEPTH = 20
MAX_NAMED = 20
_CLOSING = re.compile(r"</(\w+)\s*>")


@dataclass(slots=True)
class Converted:
    """A page's text as Markdown, the categories it names, and what of it could only be kept as a comment."""

    body: str = ""
    categories: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Conversion:
    """One page on its way. Markdown that is finished is set aside, so that no later step reads it again."""

    def __init__(self) -> None:
        self._found = Converted()
        self._kept: list[str] = []
        self._notes: list[str] = []

    def keep(self, markdown: str) -> str:
        """Set finished Markdown aside; a sign that stands for it until everything else is done."""
        self._kept.append(markdown)
        return f"\x00{len(self._kept) - 1}\x00"

    def restored(self, text: str) -> str:
        """Text with what was set aside in it."""
        for _ in range(MAX_DEPTH):
            text, count = re.subn(r"\x00(\d+)\x00", lambda match: self._kept[int(match[1])], text)
            if not count:
                break
        return text

    def left(self, name: str) -> None:
        """Say that something of this name has no likeness in Markdown."""
        self._found.left.append(name)

    def category(self, name: str) -> None:
        """The page is in this category."""
        self._found.categories.append(name)

    def note(self, markdown: str) -> str:
        """A footnote; the sign for the place that it belongs to."""
        self._notes.append(" ".join(markdown.split()))
        return self.keep(f"[^{len(self._notes)}]")

    def finished(self, lines: list[str]) -> Converted:
        """The page that these lines make, with its footnotes."""
        body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
        if self._notes:
            body += "\n\n" + "\n".join(f"[^{number}]: {note}" for number, note in enumerate(self._notes, 1))
        self._found.body = self.restored(body) + "\n" if body else ""
        self._found.left = list(dict.fromkeys(self._found.left))[:MAX_NAMED]
        self._found.categories = list(dict.fromkeys(self._found.categories))
        return self._found


def with_elements(text: str, opening: re.Pattern[str], made: Callable[[re.Match[str], str, str], str]) -> str:
    """Text with what `made` makes of each match of `opening`: of the match, of what follows up to the closing tag if it has a
    group `tag` (and none `empty`), and of the whole. A tag that is never closed stays as it is.

    One expression for opening, inside and closing would look for the end of each to that of the text.
    """
    closings: dict[str, list[re.Match[str]]] = {}
    for closing in reversed(list(_CLOSING.finditer(text))):
        closings.setdefault(closing[1].lower(), []).append(closing)
    parts: list[str] = []
    place = start = 0
    while match := opening.search(text, start):
        start, inside = match.end(), ""
        if match["tag"] and not match.groupdict().get("empty"):
            left = closings.get(match["tag"].lower(), [])
            while left and left[-1].start() < start:
                left.pop()
            if not left:
                continue
            inside, start = text[start : left[-1].start()], left[-1].end()
        parts += (text[place : match.start()], made(match, inside, text[match.start() : start]))
        place = start
    return "".join(parts) + text[place:]


def comment(text: str) -> str:
    """Source that has no likeness, kept where nobody sees it."""
    return "<!-- " + re.sub(r"-{2,}", "–", text).replace(">", "&gt;") + " -->"


def escaped(text: str) -> str:
    """Text that means itself, whatever signs are in it."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)


def fenced(code: str, language: str) -> str:
    """A block of code in fences that it doesn't hold itself."""
    fence = "```" if "```" not in code else "`````"
    return f"{fence}{language}\n" + code.strip("\n") + f"\n{fence}"


def linked(path: str) -> str:
    """A path as links name it; a page at the top has a slash in front, since a name alone is looked for everywhere."""
    return path if "/" in path or not path else f"/{path}"
