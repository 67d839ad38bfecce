"""A DokuWiki's data folder (the one that holds `pages` and `media`) as pages and files."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from wiki.editing.edit import Attach
from wiki.editing.validation import check_attachment_name
from wiki.errors import Invalid, NotFound, Problem, TooMany, WikiError
from wiki.importers import interwiki, texts
from wiki.importers.dokutext import to_markdown
from wiki.importers.plan import Plan, Refused
from wiki.importers.replay import Step
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
MAX_CHANGES = 50_000_000
_PACKED: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, "": open}
# "." and "~" are the namespace of the page, ".." the one above.
_RELATIVE = re.compile(r"(?:\.{1,2}:?|~:?)+")


@dataclass(frozen=True, slots=True)
class Data:
    """A data folder: its pages by id, the files that the wiki doesn't have yet, and the address of every file by its id."""

    folder: Path
    pages: Mapping[str, Path]
    files: Sequence[Attach]
    addresses: Mapping[str, str]
    refused: Sequence[Refused]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a page: when it was written, in seconds since 1970, by whom, and where it is kept."""

    stamp: int
    id: str
    who: str
    comment: str
    file: Path


def read(folder: Path, origin: Origin, repository: Repository, revision: str, max_file: int, max_pixels: int) -> Data:
    """What is in a data folder, or in the folder that it lies in. Raises NotFound("import.not_dokuwiki")."""
    data = folder if (folder / "pages").is_dir() else folder / "data"
    pages = data / "pages"
    if not pages.is_dir():
        raise NotFound("import.not_dokuwiki", path=str(folder))
    refused: list[Refused] = []
    files, addresses = _media(data / MEDIA, origin.folder, repository, revision, max_file, max_pixels, refused)
    named = {_id(file.relative_to(pages).with_suffix("")): file for file in _files(pages, ".txt")}
    return Data(data, named, files, addresses, refused)


def plan(data: Data, origin: Origin, store: PageStore, settings: Settings, revision: str, max_bytes: int) -> Plan:
    """What becomes of the pages and files of a data folder at a revision of the wiki.

    Pages keep their namespaces as folders; files go below `media/`.
    """
    refused = list(data.refused)
    found = list(_texts(data, origin, max_bytes, refused))
    return texts.plan(found, origin, store, settings, revision, max_bytes, refused, data.files)


def versions(data: Data) -> list[Version]:
    """Every version that DokuWiki has kept of the pages, in the order of time; as they are now comes last."""
    found: list[Version] = []
    for id, file in data.pages.items():
        inside = file.relative_to(data.folder / "pages").with_suffix("")
        changes = _changes(data.folder / "meta" / f"{inside}.changes")
        for stamp, (who, comment) in changes.items():
            kept = (data.folder / "attic" / f"{inside}.{stamp}.txt{ending}" for ending in _PACKED)
            version = next((path for path in kept if _is_there(path)), None)
            if version is not None:
                found.append(Version(stamp, id, who, comment, version))
        # Who wrote the last version is told by its time, unless somebody has changed the file by other means.
        last = int(file.stat().st_mtime)
        who, comment = changes.get(last) or (list(changes.values()) or [("", "")])[-1]
        found.append(Version(max(last, *changes, 0), id, who, comment, file))
    return sorted(found, key=lambda version: (version.stamp, version.id))


def steps(data: Data, found: Iterable[Version], origin: Origin, max_bytes: int) -> Iterator[Step]:
    """These versions as pages; what can't be read, or is too large for a page, is left out."""
    convert = _Converter(data, origin.folder)
    for version in found:
        content = _unpacked(version.file, max_bytes)
        if content is not None:
            when = datetime.fromtimestamp(version.stamp, UTC)
            yield Step(convert.text(version.id, decode(content)), when, version.who, version.comment)


def _changes(file: Path) -> dict[int, tuple[str, str]]:
    """Who changed a page at which second, and what they said of it; deletions are left out, and addresses of people."""
    found: dict[int, tuple[str, str]] = {}
    if _is_there(file) and file.stat().st_size <= MAX_CHANGES:
        for line in file.read_text("utf-8", "replace").split("\n"):
            stamp, _, kind, _, who, comment, *_ = [*line.split("\t"), *[""] * 6]
            if stamp.isdigit() and len(stamp) < 11 and kind.strip() != "D":
                found[int(stamp)] = (who.strip(), comment.strip())
    return found


def _is_there(file: Path) -> bool:
    try:
        return file.is_file() and not file.is_symlink()
    except OSError:
        # A name that is longer than the disk takes.
        return False


def _unpacked(file: Path, max_bytes: int) -> bytes | None:
    """What a kept version holds; None where it can't be read or is too large for a page."""
    try:
        with _PACKED.get(file.suffix, open)(file, "rb") as stream:
            content = cast(bytes, stream.read(max_bytes + 1))
    except (OSError, EOFError, zlib.error):
        return None
    return content if len(content) <= max_bytes else None


def _texts(data: Data, origin: Origin, max_bytes: int, refused: list[Refused]) -> Iterator[Text]:
    convert = _Converter(data, origin.folder)
    for id, file in data.pages.items():
        if file.stat().st_size > max_bytes:
            problem = Problem("page.too_large", "body", {"size": file.stat().st_size, "allowed": max_bytes})
            refused.append(Refused(id, problem))
            continue
        yield convert.text(id, decode(file.read_bytes()))


class _Converter:
    """Turns versions of pages into Markdown, with links to the pages and files of the same data folder."""

    def __init__(self, data: Data, folder: str) -> None:
        self._data = data
        self._folder = folder
        self._shortcuts = interwiki.load(data.folder / "pages")

    def text(self, id: str, source: str) -> Text:
        """A version of a page as it goes into the wiki."""
        space = id.rpartition(":")[0]
        addresses = self._data.addresses
        converted = to_markdown(
            source,
            lambda link: _path(self._meant(_resolved(link, space)), self._folder),
            lambda link: addresses.get(_resolved(link, space), ""),
            self._shortcuts,
        )
        title = first_heading(converted.body) or id.rpartition(":")[2].replace("_", " ").capitalize()
        tags = tuple(converted.categories[:30])
        return Text(title[:200], _path(id, self._folder), converted.body, tags, tuple(converted.left))

    def _meant(self, target: str) -> str:
        """The page that speaks for a namespace where no page is called like that: its start page, or one of its name."""
        if target in self._data.pages:
            return target
        space = target.removesuffix(f":{START}")
        inside = (f"{space}:{START}", f"{space}:{space.rpartition(':')[2]}", space)
        return next((id for id in inside if id in self._data.pages), target)


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
