"""Markdown to harmless HTML, with everything that the wiki wants to know about a text on the way.

What does the work (`wiki.markup.parsing`, and the libraries behind it) is loaded when a text is rendered: most that is
shown has been before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from wiki.invisible import without_controls
from wiki.markup.deadline import Deadline, TookTooLong

if TYPE_CHECKING:
    from wiki.markup.parsing import Parsing

DEPENDENCIES = ("markdown-it-py", "mdit-py-plugins", "nh3", "pygments")


@dataclass(frozen=True, slots=True)
class Heading:
    """`line` is where it stands, `end_line` the last line of its section, both in the body and counted from 1."""

    level: int
    id: str
    text: str
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link into the wiki. `target` is what `links.resolve` asks for; `kind` is "wiki", "page" or "image"."""

    target: str
    text: str
    line: int
    kind: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML, and what is in it.

    `external` are the addresses outside of the wiki, each once; `text` is the plain text, a line a block; `lead` the
    first paragraph. `cut_off`: the text took too long, so `html` is its source and the rest is empty but for `text`.
    """

    html: str
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    external: tuple[str, ...]
    text: str
    lead: str
    cut_off: bool = False


class Renderer:
    """Renders bodies; safe to use from several threads.

    `max_bytes` and `seconds` (of processor time) bound one body; `extensions=False` is pure CommonMark.
    """

    def __init__(self, max_bytes: int = 1_048_576, seconds: float = 2.0, extensions: bool = True) -> None:
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._extensions = extensions
        self.fingerprint = _fingerprint(max_bytes, seconds, extensions)

    def render(self, body: str, title: str = "") -> Rendered:
        """`body` as HTML. Never raises: what is too large or takes too long comes back as its source, cut_off.

        Where level-1 headings are used, all headings move down a level: the page's `title` is the only one of its
        level. A level-1 heading at the very beginning that repeats the title is left out.
        """
        if self._extensions:
            body = without_controls(body)
        try:
            if len(body) > self._max_bytes or len(body.encode("utf-8", "replace")) > self._max_bytes:
                raise TookTooLong
            return self._parsing.rendered(body, title, Deadline(self._seconds))
        except (TookTooLong, RecursionError):
            return Rendered(f"<pre>{escape(body, quote=False)}</pre>", (), (), (), body, "", cut_off=True)

    @cached_property
    def _parsing(self) -> Parsing:
        from wiki.markup.parsing import Parsing

        return Parsing(self._seconds, self._extensions)


def _fingerprint(*settings: object) -> str:
    """Changes with every setting, every module here and every library that has a say in the HTML."""
    return sha256(repr((settings, _code())).encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Modules and libraries as they were when this process began with them: read once, however many renderers there are."""
    digest = sha256()
    for name in DEPENDENCIES:
        digest.update(f"{name}={version(name)};".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()
