"""Links in the pages of another repository: in this wiki's order, and to where the pages are now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wiki.catalog.links import EXACT, FILE, FOLDER, NAME, REDIRECT, file_key, keys_of_page, name_key, path_key
from wiki.editing.moved import moved as moving
from wiki.editing.relinking import relinked
from wiki.importers.git_texts import without_ending
from wiki.markup.front_matter import load
from wiki.pages.page import read_page, title_of
from wiki.pages.path import PagePath, folders_of
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings

_CODE = r"(?P<code>^[ \t>]*(?P<fence>`{3,}|~{3,}).*?(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
_PIECES = re.compile(
    _CODE + r"|\[\[(?P<first>[^\[\]|\n]{1,300})\|(?P<second>[^\[\]|\n]{1,300})(?P<more>\|[^\[\]\n]{0,300})?\]\]",
    re.MULTILINE | re.DOTALL,
)
# Addresses that Hugo ("ref", "relref") and Jekyll ("link", "post_url", "baseurl", "relative_url") fill in.
_FILLED_IN = re.compile(
    _CODE + r"""|(?P<before>\]\([ \t]*<?|\]:[ \t]+<?|(?:href|src)=["']?)(?:"""
    r"""\{\{[<%][ \t]*(?:rel)?ref[ \t]+["'`]?(?P<ref>[^"'`\s<>%]{1,300})["'`]?[ \t]*[%>]\}\}"""
    r"""|\{%-?[ \t]*link[ \t]+(?P<link>[^\s%]{1,300})[ \t]*-?%\}"""
    r"""|\{%-?[ \t]*post_url[ \t]+(?P<post>[^\s%]{1,300})[ \t]*-?%\}"""
    r"""|\{\{[ \t]*site\.(?P<site>baseurl|url)[ \t]*\}\}(?:\{\{[ \t]*site\.baseurl[ \t]*\}\})?"""
    r"""|\{\{[ \t]*["'](?P<url>[^"'\n]{1,300})["'][ \t]*\|[ \t]*(?:relative|absolute)_url[ \t]*\}\})""",
    re.MULTILINE | re.DOTALL,
)
_DATED = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(.+)")
_AS_FILE = re.compile(r"(?:(?:^|/)index)?\.html?$")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg)$", re.IGNORECASE)


class Relinking:
    """Knows what links of a repository led to before its files were moved, by their old places."""

    def __init__(
        self,
        sources: Mapping[str, str],
        others: Iterable[str],
        moved: Mapping[str, str],
        settings: Settings,
        rendering: Rendering,
    ) -> None:
        self._rendering = rendering
        self._settings = settings
        languages = settings.languages
        answers: dict[str, list[tuple[int, str]]] = {}
        names: dict[str, tuple[str, ...]] = {}
        for file, source in sources.items():
            page = PagePath(without_ending(file))
            matter = load(source)
            names[page.text] = (title_of(page, matter.fields, matter.body),)
            for key, rank in keys_of_page(page, names[page.text][0], (), page.language(languages)).items():
                answers.setdefault(key, []).append((rank, page.text))
            if "___" in page.name:
                # Logseq's page "a/b", whatever folder it keeps its pages in.
                answers.setdefault(path_key(page.name.replace("___", "/")), []).append((NAME, page.text))
            for address in (*_own_addresses(page, matter.fields), *_with_language(page, languages)):
                # Nothing leads there in this wiki, so links are written anew.
                answers.setdefault(path_key(_AS_FILE.sub("", address).strip("/")), []).append((REDIRECT, page.text))
            if not file.endswith(".md"):
                answers.setdefault(path_key(file), []).append((EXACT, page.text))
        folders: dict[str, str] = {}
        for file in (*sources, *others):
            if file not in sources:
                for key in (path_key(file), file_key(file)):
                    answers.setdefault(key, []).append((FILE, file))
            for old, new in zip(folders_of(file), folders_of(moved.get(file, file)), strict=False):
                answers.setdefault(path_key(old), []).append((FOLDER, old))
                if old != new:
                    folders[old] = new
        self._answers = {key: sorted(set(found)) for key, found in answers.items()}
        pages = {without_ending(old): without_ending(new) for old, new in moved.items() if old in sources}
        files = {old: new for old, new in moved.items() if old not in sources}
        self._pages = pages
        self._moved = moving(pages, files, folders, languages, self._answer, names)

    def _answer(self, keys: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
        return {key: self._answers[key] for key in keys if key in self._answers}

    def is_there(self, target: str) -> bool:
        """Whether a wiki link with this target leads to a page."""
        target = target.partition("#")[0].strip().strip("/")
        return name_key(target, self._settings.languages[0]) in self._answers or path_key(target) in self._answers

    def relinked(self, file: str, source: str) -> str:
        """The source of the page that was at `file`, with links to where everything is now."""
        if "[" not in source and "href" not in source and "src" not in source and "---" not in source:
            return source
        old = without_ending(file)
        data = source.encode()
        page = read_page(PagePath(old), "", _blob_id(data), data, self._settings)
        return relinked(source, page, PagePath(self._pages.get(old, old)), self._moved, self._rendering)


def _own_addresses(page: PagePath, fields: Mapping[str, Any]) -> Iterator[str]:
    """The addresses that other programs give a page by its facts, or by the date in its name, besides its path."""
    for name in ("permalink", "url", "redirect_from", "aliases"):
        values = fields.get(name)
        for value in values if isinstance(values, list) else [values]:
            # With a colon, Jekyll fills parts of it in. What else is no path is a name that Obsidian knows a page by.
            if isinstance(value, str) and ":" not in value and ("/" in value or name == "permalink"):
                yield value
    if isinstance(slug := fields.get("slug"), str):
        yield f"{page.text.partition('/')[0] if slug.startswith('/') else page.folder}/{slug.strip('/')}"
    if dated := _DATED.fullmatch(page.name):
        folder = "/".join(part for part in page.folder.split("/") if part != "_posts")
        categories = fields.get("categories", fields.get("category"))
        parts = categories if isinstance(categories, list) else str(categories or "").split()
        address = "/".join(dated.groups())
        yield f"{folder}/{address}"
        yield "/".join([*map(str, parts), address])


def _with_language(page: PagePath, languages: tuple[str, ...]) -> Iterator[str]:
    """The addresses of a page on a site that has the language in front of each, as Wiki.js does, or at the end of names."""
    plain, _, ending = page.text.rpartition(".")
    if plain and ending.lower() in languages:
        yield f"{ending.lower()}/{plain}"
        if ending.lower() == languages[0]:
            yield plain
    elif page.language(languages) == languages[0]:
        yield f"{languages[0]}/{page.text}"


def filled_in(source: str) -> str:
    """A page with addresses as they are in place of what Hugo or Jekyll would have filled in."""

    def address(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["link"]:
            found = "/" + match["link"].lstrip("/")
        elif match["post"]:
            found = match["post"].rpartition("/")[2] + ".md"
        else:
            found = match["ref"] or match["url"] or ""
        return match["before"] + found

    return _FILLED_IN.sub(address, source) if "{{" in source or "{%" in source else source


def with_target_first(sources: Mapping[str, str], is_there: Callable[[str], bool]) -> dict[str, str]:
    """The pages whose links are written ``[[words|page]]``, as Gollum and An Otter Wiki do, with the page first.

    Which way round a repository writes its links is seen by those of which one half alone is a page.
    """
    forward = backward = 0
    for source in sources.values():
        for match in _PIECES.finditer(source):
            if match["first"] and not match["more"]:
                if _PICTURE.search(match["first"]):
                    continue
                first, second = is_there(match["first"]), is_there(match["second"])
                forward += first and not second
                backward += second and not first
    if backward <= forward:
        return {}

    def turned(match: re.Match[str]) -> str:
        first, second = match["first"], match["second"]
        if not first:
            return match[0]
        if _PICTURE.search(first):
            alt = re.search(r"alt=([^,|]+)", f"{second}{match['more'] or ''}")
            return f"![{alt[1].strip() if alt else ''}](<{first.strip()}>)"
        if match["more"] or (is_there(first) and not is_there(second)):
            return match[0]
        # In a row of a table, a bar alone would end the cell.
        line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
        bar = r"\|" if line.lstrip().startswith("|") else "|"
        return f"[[{second.strip()}{bar}{first.strip()}]]"

    found = {file: _PIECES.sub(turned, source) for file, source in sources.items() if "[[" in source}
    return {file: source for file, source in found.items() if source != sources[file]}


def _blob_id(data: bytes) -> str:
    """The id that git gives these contents; what is rendered is kept by it."""
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
