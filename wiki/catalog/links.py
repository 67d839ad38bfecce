"""What a link in a page points at.

A link is written in many ways: ``[[Signal]]``, ``[[communications/signal]]``, ``signal.md``, ``../tips/x``, ``/field/spoke``.
Each becomes a few *keys*, best first; a page answers to several keys (its path, its name, its title, its aliases). So a
page that is written later makes the links good that waited for it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wiki.pages.path import SPEAKING, PagePath, fold, folders_of, slug

ENGINE = "-"
WIKI = "wiki:"
# Ranks of answers: of several that answer to the same key, the smallest wins.
EXACT, INDEX, NAME, TITLE, ALIAS, REDIRECT, FOLDER, FILE = range(8)
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
# What programs that make sites of Markdown call a page that is `.md` to us, and where they keep what stands at the top of the site.
_PAGE_ENDING = re.compile(r"\.(?:html?|mdx|markdown|mdwn|qmd)$", re.IGNORECASE)
_TOPS = ("static", "public", "assets")


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """The keys that a link may be answered by, best first.

    `path` is that of the page that is missing where nothing answers, `wanted` what all links have in common that miss the
    same page; `anchor` is the part after ``#``.
    """

    keys: tuple[str, ...]
    path: str
    wanted: str
    anchor: str = ""
    is_file: bool = False


def keys_of_page(path: PagePath, title: str, aliases: Iterable[str], language: str) -> dict[str, int]:
    """The keys that a page answers to, each with its rank. An alias that begins with a slash is an address."""
    keys: dict[str, int] = {path_key(path.text): EXACT}
    keys.setdefault(path_key(path.stem), INDEX)
    if path.name.lower() in SPEAKING and path.folder:
        keys.setdefault(path_key(path.folder), INDEX)
    for name, rank in ((path.name, NAME), (title, TITLE), *((alias, ALIAS) for alias in aliases)):
        is_address = rank == ALIAS and name.startswith("/") and ":" not in name
        key = path_key(name.strip("/")) if is_address else name_key(name, language)
        if key.strip("/"):
            keys.setdefault(key, rank)
    return keys


def path_key(path: str) -> str:
    """The key for what is at a path."""
    return "/" + fold(path)


def name_key(name: str, language: str) -> str:
    """The key for a page that is named without its folder; empty where the name has no letters."""
    text = slug(name)
    return f"{language}:{text}" if text else ""


def file_key(path: str) -> str:
    """The key for a file that is named without its folder, as Obsidian does: ``![[map.png]]``."""
    return f"file:{fold(path.rpartition('/')[2])}"


def keys_of_link(target: str, source: PagePath, languages: Sequence[str]) -> LinkKeys | None:
    """What a link target, as `Rendered.links` has it, may mean in the page `source`; None where it leads into the engine.

    In a translation, pages of its language are meant before those of the wiki's first language.
    """
    is_wiki = target.startswith(WIKI)
    text, _, anchor = target.removeprefix(WIKI).partition("#")
    text = text.partition("?")[0].strip().replace("\\", "/").removeprefix("@site")
    if not text:
        return LinkKeys((path_key(source.text),), source.text, path_key(source.text), anchor)
    if text.strip("/") == ENGINE or text.lstrip("/").startswith(f"{ENGINE}/"):
        return None
    plain = text.removesuffix(".md").rstrip("/")
    if not plain:
        return None
    named = "/" not in text
    is_file = not is_wiki and not text.endswith((".md", "/")) and bool(_ENDING.search(text))
    paths = [path for path in _candidates(plain, source, is_wiki, is_file) if path]
    if is_file and (page := _PAGE_ENDING.sub("", plain)) != plain:
        # Where no file is called so, it is the page that another program makes one of.
        paths += [path for path in _candidates(page, source, is_wiki, False) if path]
        above, _, name = page.rpartition("/")
        if name.lower() == "index":
            # What mdBook makes of the `README.md` of a folder.
            paths += [path for path in _candidates(above or ".", source, is_wiki, False) if path]
    keys = [path_key(path) for path in paths]
    language = source.language(tuple(languages))
    if language != languages[0]:
        keys = [key for path in paths for key in (path_key(f"{language}/{path}"), path_key(path))]
    if named:
        keys += [name_key(plain, language), name_key(plain, languages[0])]
    if (is_wiki or named) and _ENDING.search(text):
        keys.append(file_key(plain))
    unique = tuple(dict.fromkeys(key for key in keys if key.strip("/")))
    if not unique:
        return None
    missing = _to_be_written(paths, named and is_wiki)
    wanted = (name_key(plain, languages[0]) if named else "") or path_key(missing)
    return LinkKeys(unique, missing, wanted, anchor, is_file)


def _candidates(plain: str, source: PagePath, is_wiki: bool, is_file: bool) -> list[str]:
    """The paths that may be meant, best first."""
    if plain.startswith("/"):
        # What is the top to another program may be a folder here (docs/, content/), or lie in one.
        return [_normal(f"{top}/{plain}") for top in ("", *folders_of(source.text), *(_TOPS if is_file else ()))]
    beside = _normal(posixpath.join(source.folder, plain))
    below = _normal(posixpath.join(source.text, plain))
    if plain.startswith("."):
        return [beside, below]
    top = _normal(plain)
    # [[tips/x]] names a page from the top more often than a folder beside this page; (tips/x) is meant as browsers mean it.
    return [top, beside, below] if is_wiki and "/" in plain else [beside, below, top]


def _to_be_written(paths: Sequence[str], named: bool) -> str:
    """The path that a missing page would get: the best candidate, with a name made from words where words were given."""
    if not paths:
        return ""
    folder, _, name = paths[0].rpartition("/")
    name = (slug(name) or name) if named else name
    return f"{folder}/{name}" if folder else name


def _normal(path: str) -> str:
    return posixpath.normpath("/" + path.lstrip("/")).strip("/")
