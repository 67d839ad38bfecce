"""What a repository's site is called, by the settings of the program that makes a site of its Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_NAME, LONGEST_TAGLINE = 100, 300
# Files of settings, each with the keys for the name and for a line on what it is about, and how far in a line may begin: some
# are programs or hold tags of a program's own, so lines are looked for and nothing is run.
_JEKYLL = ("title", ("tagline", "description"), 0)
_HUGO = ("title", ("description",), 4)
_PROGRAM = ("title", ("tagline", "description"), 4)
_FILES: dict[str, tuple[str, tuple[str, ...], int]] = {
    **dict.fromkeys(("mkdocs.yml", "mkdocs.yaml"), ("site_name", ("site_description",), 0)),
    **dict.fromkeys(("_config.yml", "_config.yaml"), _JEKYLL),
    **dict.fromkeys(("hugo.toml", "hugo.yaml", "config/_default/hugo.toml", "config.toml"), _HUGO),
    "book.toml": _HUGO,
    "book.json": _HUGO,
    "myst.yml": ("title", ("description",), 2),
    **dict.fromkeys((f"docusaurus.config.{ending}" for ending in ("js", "ts", "mjs")), _PROGRAM),
    **dict.fromkeys((f".vitepress/config.{ending}" for ending in ("js", "ts", "mts", "mjs")), _PROGRAM),
}
_VALUE = (
    r"""(?P<double>"(?:[^"\\\n]|\\.)*")|'(?P<single>(?:[^'\\\n]|''|\\.)*)'|(?P<plain>[^\s"'`{}\[\]|>&*!#(][^\n]*)"""
)


@dataclass(frozen=True, slots=True)
class Site:
    """A site's name and what it says it is about, each empty where that isn't said."""

    name: str = ""
    tagline: str = ""


def site_of(read: Callable[[str], bytes | None], folder: str = "") -> Site:
    """The site whose pages are in `folder`, by settings there or in the nearest folder above. `read` gives a file's content."""
    while True:
        for file, (name, taglines, most) in _FILES.items():
            data = read(f"{folder}/{file}" if folder else file)
            text = data.decode("utf-8", "replace") if data is not None else ""
            bare = file.endswith((".yml", ".yaml"))
            if found := _value(text, name, most, bare, LONGEST_NAME):
                about = (_value(text, tagline, most, bare, LONGEST_TAGLINE) for tagline in taglines)
                return Site(found, next(filter(None, about), ""))
        if not folder:
            return Site()
        folder = folder.rpartition("/")[0]


def _value(text: str, key: str, most: int, bare: bool, longest: int) -> str:
    """What the first line with this key says, in quotation marks or, where that may be, `bare`; empty where the program works
    it out, or it goes over several lines."""
    found = re.search(rf"""^[ \t]{{0,{most}}}["']?{key}["']?[ \t]*[:=][ \t]*(?:{_VALUE})""", text, re.MULTILINE)
    if found is None:
        return ""
    if found["double"]:
        try:
            value = str(json.loads(found["double"]))
        except ValueError:
            value = found["double"][1:-1]
    elif found["single"] is not None:
        value = found["single"].replace("''", "'").replace("\\'", "'")
    else:
        value = found["plain"].partition(" #")[0] if bare else ""
    value = " ".join(value.split())
    return value if len(value) <= longest and not any(mark in value for mark in ("{{", "${", "\ufffd")) else ""
