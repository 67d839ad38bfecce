"""Putting the wiki together: the only place that chooses implementations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from wiki.accounts.door import Door
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.accounts.user import User
from wiki.catalog.attention import Attention
from wiki.catalog.catalog import Catalog
from wiki.catalog.facets import Facets
from wiki.catalog.out_of_reach import OutOfReach
from wiki.catalog.presenting import Presenter
from wiki.config import Config
from wiki.editing.beginning import PROTECTION, SITE, empty_protection, empty_site
from wiki.editing.edit import Actor
from wiki.editing.editor import Editor
from wiki.editing.leaving import FORMER, shown_as
from wiki.editing.moving import Moving
from wiki.editing.reverting import Undoing
from wiki.errors import Conflict, NotFound, Unavailable, WikiError
from wiki.history.history import History
from wiki.markup.markdown import Renderer
from wiki.pages.path import PagePath
from wiki.pages.rendering import RenderCache, Rendering
from wiki.pages.settings import Settings
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.resources import folder
from wiki.search.engine import SearchEngine
from wiki.search.indexer import Indexer
from wiki.search.pages import PageDocuments, synonyms_of
from wiki.search.synonyms import Synonyms
from wiki.search.whoosh_engine import WhooshEngine
from wiki.storage.objects import Person
from wiki.storage.references import References
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer, init, unwritable
from wiki.suggestions.queue import Suggestions
from wiki.suggestions.review import Review

if TYPE_CHECKING:
    from wiki.accounts.accounts import Accounts

Progress = Callable[[str, int, int], None]
Clock = Callable[[], datetime]
AT_ONCE = 200
INDEX_SECONDS = 600.0
# What begins the name of the folder in which a restore makes ready what it puts into a home.
RESTORING = ".movement-wiki-restore-"


@dataclass(frozen=True, slots=True, eq=False)
class Wiki:
    """All parts of one wiki, ready to be used by a face."""

    config: Config
    secret: bytes
    clock: Clock
    repository: Repository
    writer: Writer
    settings: SettingsStore
    store: PageStore
    rendering: Rendering
    catalog: Catalog
    facets: Facets
    attention: Attention
    presenter: Presenter
    history: History
    search: SearchEngine
    indexer: Indexer
    editor: Editor
    moving: Moving
    undoing: Undoing
    suggestions: Suggestions
    review: Review
    door: Door

    @property
    def accounts(self) -> Accounts:
        """All about people; loaded when first asked for."""
        return self.door.open()

    def follow(self) -> bool:
        """Bring catalog and history to HEAD where that is a matter of milliseconds; else leave it to the background.

        Called at the start of a request, so that whatever made a commit, the next request knows of it. Returns whether the
        catalog can be read.
        """
        head, readable = self.repository.head(), True
        for model in (self.catalog, self.history):
            try:
                stand = model.revision()
            except (Unavailable, OSError, sqlite3.Error):
                # Pages are read without what it knows.
                readable = readable and model is not self.catalog
                continue
            if stand == head or not stand:
                continue
            try:
                few = self.repository.differs_little(stand, head, AT_ONCE)
            except WikiError:
                few = False
            if not few:
                continue
            # It falls behind and says so on /-/health; reading goes on with what it knows. The background, which tries the same,
            # tells the log once: on a full disk a line a request would be the last thing that fills it.
            with suppress(WikiError, OSError, sqlite3.Error):
                model.catch_up()
        return readable

    def without_catalog(self) -> Wiki:
        """This wiki for a face that goes on while the catalog's file can't be read: pages, and no lists of them."""
        catalog = OutOfReach(catalog_file(self.config), self.repository, self.store, self.settings, self.rendering)
        return replace(
            self, catalog=catalog, facets=Facets(catalog), attention=Attention(catalog), presenter=Presenter(catalog)
        )

    def is_current(self, searched: bool = True) -> bool:
        """Whether everything that is derived stands at HEAD; the index only counts where something is `searched`."""
        head = self.repository.head()
        if searched and self.search.commit() != head:
            return False
        try:
            return self.catalog.is_at(head) and self.history.revision() == head
        except (Unavailable, OSError, sqlite3.Error):
            return False

    def is_superseded(self) -> bool:
        """Whether another version of the engine has made anew what this one had derived. It has to be restarted then, and must
        not make anything anew: the other would, too."""
        return any(part.is_superseded() for part in (self.catalog, self.history, self.search))

    def readiness(self) -> tuple[int, int] | None:
        """While search is made from nothing: how many pages' worth of the work is done, of how many. None where it is there,
        or nobody is at it."""
        if self.search.commit() is not None:
            return None
        pages, unread = self.catalog.count(), self.catalog.unread()
        # To read a text takes about as long as to index it.
        if unread:
            return (pages - unread) // 2, pages
        share = self.indexer.rebuilt()
        return None if share is None else (int(pages * (1 + share)) // 2, pages)

    def catch_up(
        self, progress: Progress | None = None, full: bool = False, renew: bool = True, wait: float = INDEX_SECONDS
    ) -> None:
        """Bring catalog, history and index to HEAD, however long it takes; `progress` gets (what, done, total).

        `renew`: build the index anew where so much has changed that it would rank better. `wait`: seconds to wait for
        another process that is at the index.
        """

        def part(name: str) -> Callable[[int, int], None] | None:
            return None if progress is None else lambda done, total: progress(name, done, total)

        self.catalog.catch_up(part("catalog"), full=full)
        self.catalog.read_texts(part("texts"))
        self.indexer.catch_up(part("search"), full=full, wait=wait, renew=renew)
        # Last, so that search follows where the history can't be read.
        self.history.catch_up(part("history"), full=full)

    def leave(self, user: User, *, by: User | None = None) -> None:
        """Close an account for good: the name goes out of the accounts, and out of what is shown of the history.

        `by` is the person themselves, somebody who may manage people, or None for the owner at the command line.
        Raises what `Closing.close` and `Editor.apply` raise.
        """
        from wiki.accounts.closing import former_name

        self.accounts.closing.check(user, by=by)
        addresses = self._addresses(user)
        if addresses:
            nobody = Actor(former_name(user.id), FORMER, Role.READER)
            self._show_as(addresses, nobody, "A contributor has left")
        self.accounts.closing.close(user, by=by)

    def rename(self, user: User, name: str, *, by: User | None = None) -> User:
        """Give another user name, under which what the person has done is shown from now on, too.

        `by` is somebody who may manage people, or None for the owner at the command line. Raises what `Users.rename` and
        `Editor.apply` raise.
        """
        addresses = self._addresses(user)
        renamed = self.accounts.users.rename(user.id, name, by=by)
        if addresses:
            shown = Actor(renamed.name, renamed.display_name, renamed.role)
            self._show_as(addresses, shown, "A contributor has another name")
        return renamed

    def _addresses(self, user: User) -> set[str]:
        """The addresses under which somebody stands in the history up to now: none may be missed."""
        self.history.catch_up()
        return self.history.addresses(user.name)

    def _show_as(self, addresses: set[str], shown: Actor, message: str) -> None:
        head, person = self.repository.head(), self.editor.person(shown)
        self.editor.apply(shown_as(self.repository, head, addresses, person, message))

    def synonyms(self, settings: Settings) -> Synonyms:
        """The words that mean the same, from the vocabulary and the synonyms file."""
        return _synonyms(settings.fingerprint, _Held(settings))

    def close(self) -> None:
        """Let go of processes and connections."""
        self.repository.close()
        self.catalog.close()
        self.history.close()
        self.rendering.close()
        self.door.close()


def open_wiki(config: Config, clock: Clock = lambda: datetime.now(UTC)) -> Wiki:
    """Open the wiki of a configuration. Raises NotFound("wiki.missing") where none has been made yet, and
    Unavailable("wiki.lost") where its repository has gone."""
    if not _has_repository(config.content_dir):
        _require_not_lost(config)
        raise NotFound("wiki.missing", path=str(config.content_dir))
    secret = load_secret(config.instance_dir)
    repository = Repository(config.content_dir)
    lock = config.instance_dir / "write.lock"
    writer = Writer(repository, lock, fsync=config.storage.fsync, timeout=config.storage.lock_seconds)
    settings = SettingsStore(repository)
    store = PageStore(repository, settings, config.limits.page_bytes)
    renderer = Renderer(max_bytes=config.limits.page_bytes, seconds=config.limits.render_seconds)
    rendering = Rendering(renderer, RenderCache(config.index_dir / "rendered.sqlite3"))
    catalog = Catalog(catalog_file(config), repository, store, settings, rendering)
    limits = config.limits
    editor = Editor(
        repository, writer, store, settings, limits.page_bytes, host_of(config), clock, limits.attachment_bytes
    )
    search = WhooshEngine(config.index_dir / "whoosh")
    documents = PageDocuments(repository, store, rendering, settings, catalog.anchors)
    suggestions = Suggestions(repository, writer, editor, store, settings, catalog, secret, config, clock)
    return Wiki(
        config=config,
        secret=secret,
        clock=clock,
        repository=repository,
        writer=writer,
        settings=settings,
        store=store,
        rendering=rendering,
        catalog=catalog,
        facets=Facets(catalog),
        attention=Attention(catalog),
        presenter=Presenter(catalog),
        history=History(repository, config.index_dir / "history.sqlite3"),
        search=search,
        indexer=Indexer(search, documents, config.index_dir / "index.lock"),
        editor=editor,
        moving=Moving(repository, store, settings, catalog, rendering, editor, limits.page_bytes),
        undoing=Undoing(repository, settings, editor),
        suggestions=suggestions,
        review=Review(suggestions),
        door=Door(config, secret, clock),
    )


def create_wiki(config: Config, empty: bool = False, clock: Clock = lambda: datetime.now(UTC)) -> bool:
    """Make the wiki of a configuration where there is none; returns whether anything was made.

    The content starts with the files that already lie in the folder, else with the seed pages; `empty` leaves out all
    but the settings files of the seed, without what they say of its pages. Raises Conflict("backup.unfinished") where a
    backup is being restored, or that was cut off: what it has put in place so far is no beginning of another wiki; and
    Unavailable("wiki.lost") where there was one, on a disk that is not mounted, say.
    """
    content = config.content_dir
    is_new = _is_unfinished(content)
    if is_new:
        _require_not_lost(config)
    _make_folder(config.instance_dir, 0o700)
    _make_folder(config.index_dir)
    if not is_new:
        return False
    _make_folder(content)
    alone = FileLock(config.instance_dir / "create.lock")
    try:
        lock = alone.acquire()
    except OSError as error:
        raise unwritable(error)
    with lock:
        if not _is_unfinished(content):
            return False
        _begin(config, empty, clock().replace(second=0, microsecond=0))
        return True


def _begin(config: Config, empty: bool, when: datetime) -> None:
    """Make the first commit. Only with it the seed comes to lie in the folder: half of it, left there by a start that was cut off, would
    be taken for all that there is."""
    content = config.content_dir
    files = {str(file.relative_to(content)): file.read_bytes() for file in _files(content)}
    if not any(PagePath.of_file(Path(name).name) is not None for name in files):
        files = _seed(empty) | files
    repository = Repository(content) if (content / ".git").exists() else init(content)
    # The README that the product's repository keeps in this folder is no page of the wiki.
    exclude = repository.git_dir / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/README.md\n", "utf-8")
    writer = Writer(repository, config.instance_dir / "write.lock", timeout=config.storage.lock_seconds)
    with writer.lock():
        writer.commit(
            files,
            base=None,
            message="Start the wiki\n",
            author=Person("Movement Tech Wiki", f"wiki@users.noreply.{host_of(config)}"),
            when=when,
        )
    repository.close()


def _seed(empty: bool) -> dict[str, bytes]:
    """The files that a new wiki begins with, by their paths."""
    seed = folder("seed")
    files = {str(file.relative_to(seed)): file.read_bytes() for file in _files(seed / "_wiki" if empty else seed)}
    if empty:
        files |= {SITE: empty_site().encode(), PROTECTION: empty_protection().encode()}
    return files


def _make_folder(folder: Path, mode: int = 0o777) -> None:
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable("home.no_folder", path=str(folder), reason=error.strerror)


def _is_unfinished(content: Path) -> bool:
    """Whether there is no wiki here, or one whose making was cut off before its first commit."""
    if not _has_repository(content):
        return True
    repository = Repository(content)
    try:
        return not repository.head()
    except NotFound as error:
        return error.code == "storage.empty" and References(repository.git_dir).is_new()
    finally:
        repository.close()


def _has_repository(content: Path) -> bool:
    return (content / ".git").exists() or (content / "HEAD").is_file()


def _require_not_lost(config: Config) -> None:
    """Pages that a catalog was made of have been here, or a backup is on its way."""
    if (restoring := next(config.home.glob(f"{RESTORING}*"), None)) is not None:
        raise Conflict("backup.unfinished", folder=str(restoring))
    if catalog_file(config).exists():
        raise Unavailable("wiki.lost", path=str(config.content_dir), derived=str(config.index_dir))


def catalog_file(config: Config) -> Path:
    """The file of the catalog."""
    return config.index_dir / "catalog.sqlite3"


def host_of(config: Config) -> str:
    """The host name of the wiki, for the addresses in commits that are nobody's mailbox."""
    return urlsplit(config.server.url).hostname or "wiki.invalid"


def _files(content: Path) -> list[Path]:
    return [
        file for file in sorted(content.rglob("*")) if file.is_file() and not file.is_symlink() and _is_content(file)
    ]


def _is_content(file: Path) -> bool:
    if ".git" in file.parts:
        return False
    # The product's repository keeps a README in this folder; that is no page of the wiki, anybody else's is.
    is_ours = file.name == "README.md" and file.parent.name == "content"
    return not is_ours or b"The live pages" not in file.read_bytes()[:40]


class _Held:
    """Carries settings past the cache below, whose key is their fingerprint alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=4)
def _synonyms(fingerprint: str, held: _Held) -> Synonyms:
    return synonyms_of(held.settings)
