"""What a link in a page points at.

A link is written in many ways: ``[[Signal]]``, ``[[communications/signal]]``, ``signal.md``, ``../tips/x``, ``/field/spoke``.
Each becomes one or two *keys*; a page answers to several keys (its path, its name, its title, its aliases). Which page a
link points at is thereby decided when it is asked, so a page that is written later makes the link good.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from wiki.pages.path import PagePath, fold, slug

ENGINE = "-"


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """The keys that a link may be answered by, best first, the path that it would create, and the part after ``#``."""

    keys: tuple[str, ...]
    path: str
    anchor: str = ""
    is_file: bool = False


def keys_of_page(path: PagePath, title: str, aliases: Iterable[str]) -> dict[str, int]:
    """The keys that a page answers to, each with its rank (smaller is stronger)."""
    keys: dict[str, int] = {}
    for key, rank in (
        ("/" + fold(path.text), 0),
        *((("/" + fold(path.folder), 1),) if path.name.lower() in ("index", "readme") and path.folder else ()),
        (name_key(path.name), 2),
        (name_key(title), 3),
        *((name_key(alias), 4) for alias in aliases),
    ):
        if key.strip("/:"):
            keys.setdefault(key, rank)
    return keys


def name_key(name: str) -> str:
    """The key for a page named without its folder; empty where the name has no letters."""
    text = slug(name)
    return f":{text}" if text else ""


def keys_of_link(target: str, source: PagePath) -> LinkKeys | None:
    """What a link target written in the page `source` may mean; None where it leads into the engine or nowhere.

    Targets of wiki links come as ``wiki:…`` without the prefix being known here: a target without a slash and an
    ending is taken as a name first and as a neighbour second.
    """
    text, _, anchor = unquote(target).partition("#")
    text = text.partition("?")[0].strip().replace("\\", "/")
    if not text:
        return LinkKeys(("/" + fold(source.text),), source.text, anchor)
    if text.strip("/") == ENGINE or text.lstrip("/").startswith(f"{ENGINE}/"):
        return None
    is_file = "." in text.rstrip("/").rpartition("/")[2] and not text.endswith(".md")
    plain = text.removesuffix(".md").rstrip("/")
    if text.startswith("/"):
        candidates = [_normal(plain)]
    else:
        candidates = [
            _normal(posixpath.join("/" + source.folder, plain)),
            _normal(posixpath.join("/" + source.text, plain)),
        ]
        if not plain.startswith("."):
            candidates.append(_normal("/" + plain))
    keys = [f"/{fold(candidate)}" for candidate in candidates if candidate]
    path = candidates[0] if candidates else ""
    if "/" in plain.strip("/") and not plain.startswith((".", "/")):
        # A wiki link such as [[tips/x]] names a page from the top more often than a folder below this one.
        keys.insert(0, keys.pop())
        path = candidates[-1]
    if not text.startswith("/") and "/" not in plain:
        keys.append(name_key(plain))
    unique = tuple(dict.fromkeys(key for key in keys if key.strip("/:")))
    return LinkKeys(unique, path, anchor, is_file) if unique else None


def _normal(path: str) -> str:
    return posixpath.normpath("/" + path.lstrip("/")).strip("/").removeprefix("./")
