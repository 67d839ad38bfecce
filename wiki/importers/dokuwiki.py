"""A DokuWiki's data folder (the one that holds `pages` and `media`) as pages and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from wiki.editing.edit import Attach
from wiki.editing.validation import check_attachment_name
from wiki.errors import Invalid, NotFound, Problem, TooMany, WikiError
from wiki.importers import interwiki, texts
from wiki.importers.dokutext import to_markdown
from wiki.importers.plan import Plan, Refused
from wiki.importers.table import decode
from wiki.importers.texts import Origin, Text
from wiki.pages.attachments import prepare
from wiki.pages.page import first_heading
from wiki.pages.path import slug
from wiki.pages.settings import Settings
from wiki.pages.store import PageStore
from wiki.storage.repository import Repository

START = "start"
MEDIA = "media"
MAX_FILES = 100_000
# "." and "~" are the namespace of the page, ".." the one above.
_RELATIVE = re.compile(r"(?:\.{1,2}:?|~:?)+")


def plan(
    folder: Path,
    origin: Origin,
    store: PageStore,
    repository: Repository,
    settings: Settings,
    revision: str,
    max_bytes: int,
    max_file: int,
    max_pixels: int,
) -> Plan:
    """What becomes of the pages and files of a data folder at a revision of the wiki.

    Pages keep their namespaces as folders; files go below `media/`. Raises NotFound("import.not_dokuwiki").
    """
    pages = folder / "pages" if (folder / "pages").is_dir() else folder / "data" / "pages"
    if not pages.is_dir():
        raise NotFound("import.not_dokuwiki", path=str(folder))
    refused: list[Refused] = []
    files, addresses = _media(pages.parent / MEDIA, origin.folder, repository, revision, max_file, max_pixels, refused)
    found = list(_texts(pages, origin.folder, addresses, max_bytes, refused))
    return texts.plan(found, origin, store, settings, revision, max_bytes, refused, files)


def _texts(
    pages: Path, folder: str, addresses: dict[str, str], max_bytes: int, refused: list[Refused]
) -> Iterator[Text]:
    shortcuts = interwiki.load(pages)
    named = {_id(file.relative_to(pages).with_suffix("")): file for file in _files(pages, ".txt")}
    for id, file in named.items():
        if file.stat().st_size > max_bytes:
            problem = Problem("page.too_large", "body", {"size": file.stat().st_size, "allowed": max_bytes})
            refused.append(Refused(id, problem))
            continue
        space = id.rpartition(":")[0]

        def path_of(link: str, space: str = space) -> str:
            target = _resolved(link, space)
            if target not in named:
                # A namespace is spoken for by its start page, or by one of its own name.
                space = target.removesuffix(f":{START}")
                inside = (f"{space}:{START}", f"{space}:{space.rpartition(':')[2]}", space)
                target = next((id for id in inside if id in named), target)
            return _path(target, folder)

        def media_of(link: str, space: str = space) -> str:
            return addresses.get(_resolved(link, space), "")

        converted = to_markdown(decode(file.read_bytes()), path_of, media_of, shortcuts)
        title = first_heading(converted.body) or id.rpartition(":")[2].replace("_", " ").capitalize()
        yield Text(
            title[:200], _path(id, folder), converted.body, tuple(converted.categories[:30]), tuple(converted.left)
        )


def _media(
    media: Path,
    folder: str,
    repository: Repository,
    revision: str,
    max_file: int,
    max_pixels: int,
    refused: list[Refused],
) -> tuple[list[Attach], dict[str, str]]:
    """The files that are not in the wiki yet, and the address of every file by its id."""
    files: list[Attach] = []
    addresses: dict[str, str] = {}
    for file in _files(media, ""):
        id = _id(file.relative_to(media))
        *spaces, name = id.split(":")
        try:
            if file.stat().st_size > max_file:
                raise TooMany("file.too_large", size=file.stat().st_size, allowed=max_file)
            attachment = prepare(name, file.read_bytes(), max_file, max_pixels)
            parts = [*([folder] if folder else []), MEDIA, *map(slug, spaces), attachment.name]
            path = "/".join(part for part in parts if part)
            check_attachment_name(path)
        except WikiError as error:
            problem = error.problems[0] if isinstance(error, Invalid) else Problem(error.code, id, error.params)
            refused.append(Refused(id, problem))
            continue
        addresses[id] = f"/{path}"
        entry = repository.entry(revision, path)
        if entry is None:
            files.append(Attach(path, attachment.data))
    return files, addresses


def _files(folder: Path, ending: str) -> Iterator[Path]:
    """The files below a folder; links are not followed, hidden files and DokuWiki's own are left out."""
    if not folder.is_dir():
        return
    for count, file in enumerate(sorted(folder.rglob(f"*{ending}"))):
        if count > MAX_FILES:
            raise TooMany("import.too_many", allowed=MAX_FILES)
        inside = file.relative_to(folder)
        if any(part.startswith((".", "_")) for part in inside.parts):
            continue
        if any((folder / parent).is_symlink() for parent in (inside, *inside.parents)) or not file.is_file():
            continue
        yield file


def _id(file: Path) -> str:
    """What DokuWiki calls a file: its names with colons between them."""
    return ":".join(unquote(part) for part in file.parts).casefold()


def _resolved(link: str, space: str) -> str:
    """The id that a link means in a page of a namespace."""
    link = link.strip().replace("/", ":").casefold()
    here = _RELATIVE.match(link)
    prefix = here.group() if here else ""
    start = space.split(":") if prefix or ":" not in link else []
    parts = [*start[: max(0, len(start) - prefix.count(".."))], *link[len(prefix) :].split(":")]
    found = [part.strip().replace(" ", "_") for part in parts if part.strip()]
    id = ":".join(found)
    return f"{id}:{START}" if link.endswith(":") and id else id


def _path(id: str, folder: str) -> str:
    parts = id.split(":")
    # The page that stands for a whole namespace.
    if len(parts) > 1 and parts[-1] in (START, parts[-2]):
        parts[-1] = "index"
    return texts.path_for(parts, folder)
