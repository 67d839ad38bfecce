"""A git repository of Markdown becomes the content, with its history: An Otter Wiki's, Gollum's, a docs folder.

It is prepared beside the wiki, in a repository of its own: pages get names that fit, links are led to them, and the
settings of this wiki are added. Only what is finished comes over, by one move of the branch. Nothing of the other
repository is lost: what doesn't fit the rules stays in it and is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from wiki.config import Limits
from wiki.editing.beginning import SITE, empty_site, seed_site
from wiki.editing.checking import Checking, FileProblem
from wiki.editing.yaml_files import update_mapping
from wiki.errors import Conflict, Invalid, TooMany
from wiki.importers.git_links import Relinking, filled_in, with_target_first
from wiki.importers.git_names import renamed
from wiki.importers.git_site import Site, site_of
from wiki.importers.git_texts import MARKDOWN, ending, readable, text_of
from wiki.markup.front_matter import REMOVE
from wiki.pages.path import SETTINGS, PagePath
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings
from wiki.pages.settings_store import SettingsStore
from wiki.resources import folder as resource
from wiki.storage.fetching import fetch, place_of
from wiki.storage.names import require_safe
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.workplace import IMPORT, workplace
from wiki.storage.writer import RefMoved, Writer, init

WORK = "refs/heads/import"

Told = Callable[[str], None]
"""Told what is being done: "fetch", "names", "links", "check" or "take"."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of a repository does, or would do.

    `revision` is the commit that holds the result, empty where the wiki has that history already. `moved` are files that
    got another name, by their old places; `relinked` the pages whose links were changed; `problems` what doesn't fit the rules.
    """

    revision: str
    commits: int
    pages: int
    files: int
    moved: Mapping[str, str]
    relinked: tuple[str, ...]
    problems: tuple[FileProblem, ...]


def take(
    source: str,
    repository: Repository,
    writer: Writer,
    rendering: Rendering,
    limits: Limits,
    author: Person,
    now: Callable[[], datetime],
    folder: str = "",
    dry_run: bool = False,
    told: Told = lambda step: None,
) -> Imported:
    """Make the repository at `source` (or, of it, one folder) the content of the wiki; `dry_run` only says what would be.

    Raises Conflict("import.not_empty") where the wiki has pages of its own, Invalid("import.no_folder"),
    Invalid("import.name") for a name that is a trap, or that no disk takes, and what
    `storage.fetching` raises. Nothing has happened then.
    """
    place = place_of(source)
    with workplace(repository.git_dir, IMPORT) as work:
        beside = init(work / "beside")
        try:
            told("fetch")
            theirs = fetch(beside, place)
            ours = fetch(beside, str(repository.path), repository.branch() or "HEAD")
            if beside.is_ancestor(theirs, ours):
                return Imported("", 0, 0, 0, {}, (), ())
            _require_replaceable(repository, ours)
            preparation = _Preparation(beside, rendering, limits, author, now, told)
            found = preparation.prepare(theirs, ours, folder.strip("/"))
            if not dry_run:
                told("take")
                _bring_over(beside, repository, writer, found.revision, ours)
            return found
        finally:
            beside.close()


def _bring_over(beside: Repository, repository: Repository, writer: Writer, new: str, old: str) -> None:
    with writer.lock():
        branch = repository.branch()
        if branch is None or repository.head() != old:
            raise RefMoved(ref=branch or "HEAD", expected=old, current=repository.head())
        fetch(repository, str(beside.path), WORK)
        writer.update_ref(branch, new, old)


def _require_replaceable(repository: Repository, revision: str) -> None:
    """The pages that every new wiki starts with may be replaced; anybody's work may not."""
    seed = resource("seed")
    for entry in repository.entries(revision):
        if entry.path.startswith(f"{SETTINGS}/") or PagePath.of_file(entry.path) is None:
            continue
        started = seed / entry.path
        if entry.kind != "blob" or not started.is_file() or started.read_bytes() != repository.blob(entry.id):
            raise Conflict("import.not_empty", path=entry.path)


class _Preparation:
    """Works in a repository beside the wiki's."""

    def __init__(
        self,
        repository: Repository,
        rendering: Rendering,
        limits: Limits,
        author: Person,
        now: Callable[[], datetime],
        told: Told,
    ) -> None:
        self._repository = repository
        self._rendering = rendering
        self._limits = limits
        self._author = author
        self._now = now
        self._told = told
        self._settings = SettingsStore(repository)
        self._writer = Writer(repository, repository.git_dir / "import.lock", fsync=False)

    def prepare(self, theirs: str, ours: str, folder: str) -> Imported:
        """Put the finished content on top of their history."""
        self._writer.update_ref(WORK, theirs, None)
        self._told("names")
        inside = self._inside(theirs, folder)
        # Their names and links are read by the settings that this wiki has.
        settings = self._settings.at(ours)
        moved = {old: new for old, new in renamed(inside, settings.languages).items() if new != old}
        left_out = [entry.path for entry in self._repository.entries(theirs) if entry.path not in inside]
        head = self._move(theirs, moved, left_out)
        places = {moved.get(old, old): place for old, place in inside.items()}
        head = self._read(head, places)
        self._told("links")
        relinked = self._relink(head, places, settings)
        site = site_of(lambda file: self._small(theirs, file), folder)
        head = self._join(self._repository.ref(WORK) or head, ours, settings, site)
        self._told("check")
        problems = tuple(Checking(self._repository, self._settings, self._limits).tree(head))
        paths = [PagePath.of_file(entry.path) for entry in self._repository.entries(head) if entry.kind == "blob"]
        pages = sum(path is not None and not path.is_settings for path in paths)
        commits = len(self._repository.chain(theirs))
        named = {old: new for old, new in moved.items() if new != inside[old]}
        return Imported(head, commits, pages, paths.count(None), named, tuple(relinked), problems)

    def _inside(self, theirs: str, folder: str) -> dict[str, str]:
        """The files that are wanted, each with its place as seen from the folder that is."""
        files = []
        for entry in self._repository.entries(theirs):
            if entry.kind == "tree":
                raise TooMany("storage.too_many_files")
            files.append(entry.path)
        for file in files:
            # With such a name in it, nobody could check out a clone of the wiki.
            try:
                require_safe(file)
            except Invalid as error:
                raise Invalid("import.name", path=file[:200]) from error
        start = f"{folder}/" if folder else ""
        inside = {file: file[len(start) :] for file in files if file.startswith(start)}
        if not inside:
            raise Invalid("import.no_folder", where="folder", folder=folder[:200])
        return inside

    def _small(self, revision: str, path: str) -> bytes | None:
        """What a file holds, if there is one that isn't large."""
        entry = self._repository.file(revision, path)
        is_small = entry is not None and self._repository.size(entry.id) <= self._limits.page_bytes
        return self._repository.blob(entry.id) if entry is not None and is_small else None

    def _move(self, head: str, moved: Mapping[str, str], left_out: list[str]) -> str:
        changes: dict[str, bytes | None] = dict.fromkeys([*left_out, *moved])
        for old, new in moved.items():
            changes[new] = self._repository.read(head, old).data
        return self._commit(head, changes, "Give the pages addresses that this wiki can have")

    def _read(self, head: str, places: Mapping[str, str]) -> str:
        """Make UTF-8 of other encodings, Markdown of other markup and YAML of other facts, and keep the titles of pages called by their old names."""
        changes: dict[str, bytes | None] = {}
        for entry in self._repository.entries(head):
            place = places[entry.path]
            path = PagePath.of_file(entry.path)
            if path is None or path.is_settings or entry.kind != "blob":
                continue
            if self._repository.size(entry.id) <= self._limits.page_bytes:
                data = self._repository.blob(entry.id)
                source = text_of(data)
                after = data if source is None else readable(source, place, entry.path).encode()
                if after != data:
                    changes[entry.path] = after
        return self._commit(
            head, changes, "Keep the titles of pages whose names changed; make Markdown of other markup"
        )

    def _relink(self, head: str, places: Mapping[str, str], settings: Settings) -> list[str]:
        """Lead the links of all pages to where things are now; in a commit of its own, so that moves are seen as such.

        `places` says where each file was, as its links knew it.
        """
        sources: dict[str, str] = {}
        others: list[str] = []
        for entry in self._repository.entries(head):
            path = PagePath.of_file(entry.path)
            if entry.kind != "blob" or path is None or path.is_settings:
                others.append(places[entry.path])
            elif self._repository.size(entry.id) <= self._limits.page_bytes:
                with suppress(UnicodeDecodeError):
                    sources[places[entry.path]] = self._repository.blob(entry.id).decode()
        news = {place: new for new, place in places.items()}
        moved = {place: new for place, new in news.items() if place != new}
        relinking = Relinking(sources, others, moved, settings, self._rendering)
        plain = {place: filled_in(source) for place, source in sources.items()}
        # What was made Markdown here has its links in our order.
        theirs = {place: source for place, source in plain.items() if ending(place) in MARKDOWN}
        ordered = with_target_first(theirs, relinking.is_there)
        changes: dict[str, bytes | None] = {}
        for place, source in sources.items():
            after = relinking.relinked(place, ordered.get(place, plain[place]))
            if after != source:
                changes[news[place]] = after.encode()
        self._commit(head, changes, "Lead the links to the new addresses")
        return sorted(changes)

    def _join(self, head: str, ours: str, settings: Settings, site: Site) -> str:
        """The commit that has both histories, and the settings of this wiki where theirs has none."""
        changes: dict[str, bytes | None] = {
            entry.path: self._repository.blob(entry.id)
            for entry in self._repository.entries(ours, SETTINGS)
            if entry.kind == "blob" and self._repository.entry(head, entry.path) is None
        }
        if changes.get(SITE) in (seed_site().encode(), empty_site().encode()):
            # What the seed's name, home page, menu and footer say is about another wiki.
            about: dict[str, object] = dict.fromkeys(("home", "menu", "footer"), REMOVE)
            if site.name:
                about |= {
                    "name": site.name,
                    "tagline": {settings.languages[0]: site.tagline} if site.tagline else REMOVE,
                }
            changes[SITE] = update_mapping(empty_site(), about).encode()
        return self._commit(head, changes, "Begin with the pages of another wiki", (ours,))

    def _commit(
        self, base: str, changes: Mapping[str, bytes | None], message: str, other_parents: tuple[str, ...] = ()
    ) -> str:
        if not changes and not other_parents:
            return base
        return self._writer.commit(
            changes,
            base=base,
            message=message + "\n",
            author=self._author,
            when=self._now(),
            other_parents=other_parents,
            ref=WORK,
        )
