"""The whole wiki as a folder of files that reads and searches without a server, from a stick or a phone's memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from wiki.catalog.card import PageCard
from wiki.errors import Conflict, Unavailable
from wiki.exporters.copy import Content, file_names
from wiki.exporters.page_html import ALL, ASSETS, HOME, SEARCH, PageHtml, Translate, Words
from wiki.exporters.search_index import SearchIndex
from wiki.markup.front_matter import merge
from wiki.pages.alphabet import alphabetical
from wiki.pages.kinds import KINDS
from wiki.pages.page import Page
from wiki.pages.path import SPEAKING, PagePath, fold, folders_of
from wiki.pages.settings import localized

MANIFEST = f"{ASSETS}/files.json"
# The files, one a line, of a copy that is being made, or whose making was cut off.
UNFINISHED = ".unfinished"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Site:
    """What was written: pages, other files, and the commit that they show."""

    pages: int
    files: int
    revision: str


def write_site(
    content: Content,
    folder: Path,
    live: str = "",
    words: Words = lambda language: str,
    progress: Progress = lambda done, total: None,
) -> Site:
    """Write the copy into a folder that is empty or holds an earlier copy, of which nothing is left that isn't in this.

    An earlier one may have been cut off. `live` is the public address of the wiki, if it has one. Raises
    Conflict("export.not_empty") and Unavailable("export.unwritable").
    """
    try:
        before = _earlier(folder)
        written: dict[str, None] = {}
        pages = 0
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / UNFINISHED).open("a", encoding="utf-8", buffering=1) as unfinished:
            for name, data in site_files(content, live, words, progress):
                unfinished.write(f"{name}\n")
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.is_file() or target.read_bytes() != data:
                    target.write_bytes(data)
                written[name] = None
                pages += name.endswith(".html")
        manifest = json.dumps({"revision": content.revision, "files": sorted(written)}, ensure_ascii=False, indent=0)
        draft = (folder / MANIFEST).with_suffix(".new")
        draft.write_text(manifest + "\n", "utf-8")
        draft.replace(folder / MANIFEST)
        for name in before - written.keys():
            (folder / name).unlink(missing_ok=True)
        (folder / UNFINISHED).unlink()
    except OSError as error:
        raise Unavailable("export.unwritable", path=str(error.filename or folder), reason=error.strerror or str(error))
    return Site(pages, len(written) - pages, content.revision)


def site_files(
    content: Content,
    live: str = "",
    words: Words = lambda language: str,
    progress: Progress = lambda done, total: None,
) -> Iterator[tuple[str, bytes]]:
    """Every file of the copy with its contents. The same commit gives the same bytes, in the same order."""
    pages = list(content.pages())
    files = [entry.path for entry in content.attachments()]
    cards = {card.path: card for _, card in pages}
    cards |= {path: _told(card, cards.get(_original(card, content))) for path, card in cards.items()}
    folders = sorted({folder for path in cards for folder in folders_of(path)})
    places = _places(cards, files, folders)
    when = content.repository.commit(content.revision).committed.date().isoformat()
    stand = f"{content.settings.name}, {when} ({content.revision[:10]})"
    first, *_ = content.settings.languages
    writers = {
        language: PageHtml(content.settings, places, live.rstrip("/"), stand, language, words(language))
        for language in content.settings.languages
    }
    index = SearchIndex(content.settings.synonyms)
    others = {
        language: cards | {_original(card, content): card for card in cards.values() if card.language == language}
        for language in writers
    }
    for number, (page, card) in enumerate(pages, 1):
        here, language = places[f"/{card.path}"], card.language
        rendered = content.rendering.rendered(page)
        html = content.presenter.html(rendered, page.path, content.settings)
        yield here, writers[language].page(here, page, cards[card.path], html, others[language]).encode()
        _index(index, content, page, cards[card.path], rendered.text, writers[first].way_to_file(SEARCH, here))
        progress(number, len(pages))
    yield from _lists(content, writers, cards, folders, places, words(first))
    for name in ("site.css", "search.js"):
        yield f"{ASSETS}/{name}", (Path(__file__).parent / "assets" / name).read_bytes()
    yield f"{ASSETS}/search-index.js", index.script().encode()
    for path in files:
        yield places[f"/{path}"], content.repository.read(content.revision, path).data


def _original(card: PageCard, content: Content) -> str:
    """The path of the page in the wiki's first language, whether it is there or not."""
    return PagePath(card.path).without_language(content.settings.languages)


def _told(card: PageCard, original: PageCard | None) -> PageCard:
    """A page with all that is told of it: the facts of its original are a translation's too."""
    if original is None or original is card or original.kind != card.kind:
        return card
    fields = merge(original.fields, card.fields)
    return replace(card, fields=fields, status=original.status, last_verified=original.last_verified)


def _earlier(folder: Path) -> set[str]:
    """The files of an earlier copy in the folder, whole or not."""
    if not folder.exists() or not any(folder.iterdir()):
        return set()
    manifest, unfinished = folder / MANIFEST, folder / UNFINISHED
    try:
        names = unfinished.read_text("utf-8").splitlines() if unfinished.exists() else []
        if manifest.exists() or not unfinished.exists():
            names += json.loads(manifest.read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Conflict("export.not_empty", path=str(folder))
    return {name for name in names if isinstance(name, str) and ".." not in name.split("/") and name[:1] != "/"}


def _places(cards: Mapping[str, PageCard], files: list[str], folders: list[str]) -> dict[str, str]:
    """The file of each address: pages, attachments, and folders that no page speaks for."""
    taken = {fold(HOME), fold(ASSETS)}
    pages = file_names(sorted(cards), ".html", taken)
    places = {f"/{path}": name for path, name in pages.items()}
    speaking: dict[str, PagePath] = {}
    for page in map(PagePath, sorted(cards)):
        if page.name.lower() in SPEAKING:
            speaking[page.folder] = min(speaking.get(page.folder, page), page, key=_rank)
    for folder in folders:
        shown = str(speaking.get(folder, folder))
        if shown in cards:
            places.setdefault(f"/{folder}", pages[shown])
        else:
            places[f"/{folder}"] = next(iter(file_names([f"{folder}/index"], ".html", taken).values()))
    for path, name in file_names(sorted(files), "", taken).items():
        places[f"/{path}"] = name
    return places


def _rank(page: PagePath) -> int:
    return SPEAKING.index(page.name.lower())


def _lists(
    content: Content,
    writers: Mapping[str, PageHtml],
    cards: Mapping[str, PageCard],
    folders: list[str],
    places: Mapping[str, str],
    _: Translate,
) -> Iterator[tuple[str, bytes]]:
    settings, language = content.settings, content.settings.languages[0]
    writer = writers[language]
    ordered = sorted(cards.values(), key=lambda card: (alphabetical(card.title), card.path))
    inside: dict[str, list[PageCard]] = {}
    counts: Counter[str] = Counter()
    for card in ordered:
        folder = card.path.rpartition("/")[0]
        inside.setdefault(folder, []).append(card)
        counts.update(folders_of(card.path))
    speaking = {places[f"/{path}"] for path in cards}

    def below(folder: str) -> list[tuple[str, str, int]]:
        inner = [name for name in folders if name.rpartition("/")[0] == folder]
        return [(name, of(name).folder_name(name), counts[name]) for name in inner]

    def of(folder: str) -> PageHtml:
        return writers[PagePath(f"{folder}/").language(settings.languages)]

    for folder in folders:
        here, own = places[f"/{folder}"], of(folder)
        if here not in speaking:
            yield here, own.listing(here, own.folder_name(folder), inside.get(folder, []), below(folder)).encode()
    text = localized(settings.home.text, language)
    more = f'<p class="lead">{escape(localized(settings.tagline, language))}</p>' if settings.tagline else ""
    if text:
        rendered = content.rendering.render(text)
        more += writer.linked(content.presenter.html(rendered, PagePath("glossary"), settings), HOME)
    start = [cards[path] for path in settings.home.start_here if path in cards]
    order = [item.id for item in settings.categories]
    top = sorted(below(""), key=lambda item: (order.index(item[0]) if item[0] in order else len(order), item[1]))
    yield HOME, writer.listing(HOME, settings.name, [*start, *inside.get("", [])], top, more).encode()
    yield ALL, writer.listing(ALL, _("All pages"), ordered).encode()
    yield SEARCH, writer.search(SEARCH).encode()


def _index(index: SearchIndex, content: Content, page: Page, card: PageCard, text: str, way: str) -> None:
    names = [*card.names[1:], card.path.rpartition("/")[2].replace("-", " ")]
    # With the facts of its original, where it is a translation.
    page = replace(page, fields=card.fields)
    for item in KINDS[card.kind].facets:
        terms = content.settings.terms(item)
        for value in page.texts(item.dotted):
            term = terms.get(value)
            names += [value, *(term.label.values() if term else ()), *(term.synonyms if term else ())]
    category = (page.texts("categories") or (PagePath(_original(card, content)).folder.partition("/")[0],))[0]
    cost = str(card.value("cost.level") or "") if card.kind == "tool" else ""
    shown = (way, card.title, card.summary, category, cost)
    index.add(shown, card.title, names, card.summary, text, card.language)
