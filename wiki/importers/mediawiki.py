"""A MediaWiki's XML export (`Special:Export`, `dumpBackup.php`) as pages; with its history, if that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO
from xml.parsers import expat

from wiki.errors import Invalid, Problem
from wiki.importers import texts
from wiki.importers.plan import Plan, Refused
from wiki.importers.replay import Step
from wiki.importers.texts import Origin, Text
from wiki.importers.wikitext import Namespaces, to_markdown
from wiki.pages.path import slug
from wiki.pages.settings import Settings
from wiki.pages.store import PageStore

BLOCK = 1 << 20
MAX_TEXT = 8_000_000
# Bytes of one tag, which is read from its beginning again with every block until it ends.
MAX_TAG = 8 * BLOCK
FILE, CATEGORY = 6, 14
# Articles, and the pages that a wiki writes about itself and its use.
TAKEN = (0, 4, 12)
_KEPT = frozenset(("title", "ns", "timestamp", "username", "ip", "comment", "text", "id", "minor"))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a page; `who` is empty for somebody without an account, whose address is not taken along."""

    text: str
    when: datetime
    who: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A page of the export with its versions, oldest first; only the last where the history isn't wanted."""

    title: str
    namespace: int
    redirect: str
    versions: tuple[Version, ...]


@dataclass(slots=True)
class Export:
    """What an export holds: pages, and the names of its namespaces by number."""

    articles: list[Article] = field(default_factory=list)
    namespaces: dict[int, str] = field(default_factory=dict)


def read(stream: BinaryIO, history: bool = False, progress: Callable[[int], None] = lambda count: None) -> Export:
    """Read an export. `progress` gets the number of pages read so far.

    Raises Invalid("import.xml") for what is no such export, and Invalid("import.xml_entities") for one that declares
    entities, which are never needed and can be made to explode.
    """
    reader = _Reader(history, progress)
    try:
        given = 0
        while block := stream.read(BLOCK):
            reader.parser.Parse(block, False)
            given += len(block)
            if given - reader.parser.CurrentByteIndex > MAX_TAG:
                raise Invalid("import.xml", where="file", line=reader.parser.CurrentLineNumber, reason="endless tag")
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Invalid("import.xml", where="file", line=error.lineno, reason=expat.ErrorString(error.code))
    except (ValueError, LookupError) as error:
        # Characters in a code that Python does not know, or that no XML is written in.
        raise Invalid("import.xml", where="file", line=1, reason=str(error)[:200])
    if not reader.is_export:
        raise Invalid("import.xml", where="file", line=1, reason="no <mediawiki>")
    return reader.export


def plan(export: Export, origin: Origin, store: PageStore, settings: Settings, revision: str, max_bytes: int) -> Plan:
    """What becomes of the pages of an export at a revision of the wiki, each in its last version."""
    converter = Converter(export, origin.folder)
    refused = [
        Refused(
            article.title,
            Problem("import.namespace", "title", {"namespace": export.namespaces.get(article.namespace, "?")}),
        )
        for article in export.articles
        if article.namespace not in TAKEN
    ]
    pages = [article for article in export.articles if article.namespace in TAKEN and article.versions]
    redirects = {
        converter.path_of(article.title): converter.path_of(article.redirect) for article in pages if article.redirect
    }
    found = (converter.text(article, article.versions[-1]) for article in pages if not article.redirect)
    return texts.plan(found, origin, store, settings, revision, max_bytes, refused, redirects=redirects)


class Converter:
    """Turns versions of an export's pages into Markdown, with its links to its own pages."""

    def __init__(self, export: Export, folder: str) -> None:
        self._folder = folder
        self._names = export.namespaces
        named = {number: name.casefold() for number, name in export.namespaces.items()}
        default = Namespaces()
        self._namespaces = Namespaces(
            category=default.category | {named.get(CATEGORY, "category")},
            file=default.file | {named.get(FILE, "file")},
            other=frozenset(name for number, name in named.items() if name and number not in TAKEN),
        )
        self._paths: dict[str, str] = {}
        self._paths = self._given(
            [page.title for page in export.articles if page.namespace in TAKEN and not page.redirect]
        )

    def _given(self, titles: Iterable[str]) -> dict[str, str]:
        """The path of each page by its title: "C" and "C++" are two pages, each of which needs one of its own."""
        found: dict[str, str] = {}
        taken = {""}
        times: Counter[str] = Counter()
        for title in titles:
            path = numbered = self.path_of(title) or self._path(filter(slug, title.split("/")))
            while path and numbered in taken:
                times[path] += 1
                numbered = f"{path}-{times[path] + 1}"
            taken.add(numbered)
            if numbered:
                found[_key(title)] = numbered
        return found

    def path_of(self, title: str) -> str:
        """The path of the page with a title; empty for one in a namespace that isn't taken."""
        if _key(title) in self._paths:
            return self._paths[_key(title)]
        title = title.replace("_", " ").strip().lstrip(":")
        space, colon, name = title.partition(":")
        if colon and space.strip().casefold() in self._namespaces.other:
            return ""
        own = {self._names.get(number, "").casefold() for number in TAKEN} - {""}
        if colon and space.strip().casefold() in own:
            title = name
        return self._path(title.split("/"))

    def _path(self, parts: Iterable[str]) -> str:
        return texts.path_for(parts, self._folder)

    def text(self, article: Article, version: Version) -> Text:
        """One version of a page as it goes into the wiki."""
        found = to_markdown(version.text, self.path_of, self._namespaces)
        title = article.title.partition(":")[2] if article.namespace else article.title
        return Text(title, self.path_of(article.title), found.body, tuple(found.categories[:30]), tuple(found.left))


def _key(title: str) -> str:
    """What is the same for the ways to write a title in a link."""
    title = " ".join(title.replace("_", " ").split()).lstrip(":")
    return title[:1].upper() + title[1:]


class _Reader:
    """Goes through the XML as it comes; what is kept in memory are the pages, not the tree."""

    def __init__(self, history: bool, progress: Callable[[int], None]) -> None:
        self.export = Export()
        self.is_export = False
        self._history = history
        self._progress = progress
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._page: dict[str, str] = {}
        self._version: dict[str, str] = {}
        self._versions: list[Version] = []
        self._namespace = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse

    def _refuse(self, *_: object) -> int:
        raise Invalid("import.xml_entities", where="file")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._path.append(name)
        self._text, self._length = [], 0
        if len(self._path) == 1:
            self.is_export = name == "mediawiki"
        elif name == "page":
            self._page, self._versions = {}, []
        elif name == "revision":
            self._version = {}
        elif name == "redirect":
            self._page["redirect"] = attributes.get("title", "")
        elif name == "namespace":
            key = attributes.get("key", "")
            self._namespace = int(key) if key.lstrip("-").isdigit() and len(key) < 9 else -1

    def _data(self, data: str) -> None:
        self._length += len(data)
        if self._length <= MAX_TEXT:
            self._text.append(data)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        text = "".join(self._text)
        inside = self._path[-2] if len(self._path) > 1 else ""
        self._path.pop()
        self._text = []
        if name == "namespace":
            self.export.namespaces[self._namespace] = text
        elif name in _KEPT and inside == "page":
            self._page.setdefault(name, text)
        elif name in _KEPT and inside in ("revision", "contributor"):
            self._version.setdefault(name, text)
        elif name == "revision":
            version = Version(
                self._version.get("text", ""),
                _moment(self._version.get("timestamp", "")),
                self._version.get("username", ""),
                self._version.get("comment", ""),
            )
            if self._history or not self._versions:
                self._versions.append(version)
            elif version.when >= self._versions[0].when:
                self._versions[0] = version
        elif name == "page":
            self._finish()

    def _finish(self) -> None:
        number = self._page.get("ns", "0")
        self.export.articles.append(
            Article(
                self._page.get("title", ""),
                int(number) if number.isdigit() and len(number) < 9 else -1,
                self._page.get("redirect", ""),
                tuple(sorted(self._versions, key=lambda version: version.when)),
            )
        )
        self._progress(len(self.export.articles))


def steps(export: Export, origin: Origin) -> Iterator[Step]:
    """Every version of the pages that are taken, in the order of time."""
    converter = Converter(export, origin.folder)
    found = [
        (version.when, place, article, version)
        for place, article in enumerate(export.articles)
        if article.namespace in TAKEN and not article.redirect
        for version in article.versions
    ]
    for _, _, article, version in sorted(found, key=lambda item: item[:2]):
        yield Step(converter.text(article, version), version.when, version.who, version.comment)


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime(2001, 1, 1, tzinfo=UTC)
