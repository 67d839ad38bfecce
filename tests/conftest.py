"""The story wiki, for all tests: one organizers' group, its tools, three people. Built once a run, copied for each test."""

from __future__ import annotations

import fcntl
import gc
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from wiki import background
from wiki.accounts import passwords
from wiki.accounts.roles import Role
from wiki.bootstrap import open_wiki
from wiki.catalog.attention import Attention
from wiki.catalog.catalog import Catalog
from wiki.catalog.facets import Facets
from wiki.catalog.presenting import Presenter
from wiki.config import load
from wiki.editing.edit import Actor, Edit, Saved, Write
from wiki.editing.editor import Editor
from wiki.editing.moving import Moving
from wiki.editing.reverting import Undoing
from wiki.markup.markdown import Renderer
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.rendering import RenderCache, Rendering
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer, init
from wiki.web.application import create_app

STORY = Path(__file__).parent / "story"
HOST = "eastside.example"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MAX_BYTES = 1_048_576
BROWSER_PATIENCE = 60_000  # ms
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

# How long an example takes says more about the machine, and what else runs on it, than about us. The suite tries the same
# examples each time, so that a change is not turned away for what was there before it; `make properties` tries new ones.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("new", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

ANA = Actor("ana", "Ana", Role.MAINTAINER)
BEN = Actor("ben", "Ben", Role.EDITOR)
CHRIS = Actor("chris", "Chris", Role.CONTRIBUTOR)


@dataclass(slots=True)
class Clock:
    """A clock that stands until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Story:
    """The story wiki in a folder of its own, with the parts of the engine that work on pages."""

    def __init__(self, home: Path, fsync: bool = False) -> None:
        self.home = home
        self.clock = Clock()
        self.repository = Repository(home / "content")
        self.writer = Writer(self.repository, home / "instance" / "write.lock", fsync=fsync)
        self.settings = SettingsStore(self.repository)
        self.store = PageStore(self.repository, self.settings, MAX_BYTES)
        self.rendering = Rendering(Renderer(), RenderCache(home / "search_index" / "rendered.sqlite3"))
        self.catalog = self.new_catalog("catalog.sqlite3")
        self.facets = Facets(self.catalog)
        self.attention = Attention(self.catalog)
        self.presenter = Presenter(self.catalog)
        self.editor = Editor(self.repository, self.writer, self.store, self.settings, MAX_BYTES, HOST, self.clock)
        self.moving = Moving(self.repository, self.store, self.settings, self.catalog, self.rendering, self.editor)
        self.undoing = Undoing(self.repository, self.settings, self.editor)

    def close(self) -> None:
        self.repository.close()
        self.rendering.close()
        self.catalog.close()

    @property
    def content(self) -> Path:
        return self.home / "content"

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def new_catalog(self, name: str) -> Catalog:
        """Another catalog of the same pages, in a file of its own."""
        return Catalog(self.home / "search_index" / name, self.repository, self.store, self.settings, self.rendering)

    def page(self, path: str, revision: str | None = None) -> Page:
        return self.store.get(PagePath(path), revision)

    def source(self, path: str, revision: str | None = None) -> str:
        return self.page(path, revision).source

    def exists(self, path: str) -> bool:
        return self.store.entry(PagePath(path), self.repository.head()) is not None

    def save(self, path: str, source: str | None, actor: Actor = BEN, base: str | None = None, **more: object) -> Saved:
        """Save a page as the browser would; `base` None is the page as it is now, "" a new page."""
        if base is None:
            base = self.repository.head() if self.exists(path) else ""
        edit = Edit(PagePath(path), base, source)
        return self.editor.apply(Write((edit,), str(more.pop("message", "")), actor, **more))  # type: ignore[arg-type]

    def commit(self, files: dict[str, str | bytes | None], message: str = "By git", actor: Actor = ANA) -> str:
        """A commit that no editor saw, as a push or another program makes it."""
        changes = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        return self.writer.commit(
            changes,
            base=self.repository.head(),
            message=message,
            author=self.editor.person(actor),
            when=self.clock.now,
        )

    def git(self, *arguments: str) -> str:
        """What a git command says in the content folder."""
        return git(self.content, *arguments)


def git(folder: Path, *arguments: str, given: str | None = None) -> str:
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _GIT_PERSON.items()},
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


_GIT_PERSON = {"NAME": "Gil", "EMAIL": "gil@git.example", "DATE": "2026-03-01T10:00:00+00:00"}


def story_files() -> dict[str, bytes]:
    """The pages of the story wiki by their place in the repository."""
    files = [file for file in sorted(STORY.rglob("*")) if file.is_file() and file != STORY / "README.md"]
    return {file.relative_to(STORY).as_posix(): file.read_bytes() for file in files}


def free_port() -> int:
    """A port that nobody is at, below those that the system gives to clients: one of these could be there first."""
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 at its cheapest: the tests are about what is done with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is begun first: begun last, one process would be at it when the others have nothing left to do."""
    items.sort(key=lambda item: not {"journeys", "design"} & {*item.path.parts})


def pytest_collection_finish() -> None:
    """What is there before the first test stays: to look through it for rubbish over and over takes a twelfth of all the time."""
    gc.collect()
    gc.freeze()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` fills, once for all processes that test. Not to be changed."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            part = place.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make(part)
            part.rename(place)
    return place


@pytest.fixture(scope="session")
def story_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the story wiki: Ana began it, Ben wrote of tools, Chris of words. Not to be changed."""
    return made_once(tmp_path_factory, "story", _write_story) / "content"


def _write_story(folder: Path) -> None:
    repository = init(folder / "content")
    writer = Writer(repository, folder / "write.lock", fsync=False)
    base = None
    when = NOW - timedelta(days=3)
    for actor, message, mine in (
        (ANA, "Begin our wiki", lambda file: file.startswith("_wiki/") or "/" not in file),
        (BEN, "Describe our tools", lambda file: file.startswith(("communications/", "field/", "fundraising/"))),
        (CHRIS, "Explain words, collect what we use", lambda file: True),
    ):
        files = {path: data for path, data in story_files().items() if mine(path)}
        person = Person(actor.display_name, f"{actor.name}@users.noreply.{HOST}")
        base = writer.commit(files, base=base, message=message, author=person, when=when)
        when += timedelta(days=1)
    repository.close()


@pytest.fixture(scope="session")
def ready_home(story_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that has been served: all that is derived is there, templates are compiled, nobody has an account yet.
    Not to be changed."""

    def serve(home: Path) -> None:
        shutil.copytree(story_repository, home / "content", symlinks=True)
        wiki = open_wiki(load(home, {}), Clock())
        wiki.catch_up()
        wiki.accounts.database.upgrade()
        templates = create_app(wiki=wiki)
        with templates.test_request_context():
            for name in templates.jinja_env.list_templates():
                templates.jinja_env.get_template(name)
        wiki.close()
        wiki.accounts.database.close()

    return made_once(tmp_path_factory, "ready", serve)


@pytest.fixture(autouse=True)
def no_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the background thread would do, tests do themselves, when they want it; it would go on into later tests."""
    monkeypatch.setattr(background, "start", lambda wiki: None)


@pytest.fixture
def story_home(story_repository: Path, tmp_path: Path) -> Path:
    """A home folder that holds a copy of the story wiki as its content."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(story_repository, home / "content", symlinks=True)
    return home


@pytest.fixture
def ready_copy(ready_home: Path, tmp_path: Path) -> Path:
    """A home folder that holds a copy of the story wiki as it is when it has been served before."""
    return Path(shutil.copytree(ready_home, tmp_path / "home", symlinks=True))


@pytest.fixture(scope="session")
def story_index(story_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of the story wiki, and its pages as they are rendered. Not to be changed."""

    def derive(home: Path) -> None:
        shutil.copytree(story_repository, home / "content", symlinks=True)
        made = Story(home)
        made.catalog.catch_up()
        made.close()

    return made_once(tmp_path_factory, "indexed", derive) / "search_index"


@pytest.fixture
def story(story_home: Path, story_index: Path) -> Story:
    """The story wiki, caught up."""
    shutil.copytree(story_index, story_home / "search_index", dirs_exist_ok=True)
    found = Story(story_home)
    yield found  # type: ignore[misc]
    found.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The machine's Chromium where there is one, else Playwright's own. One for all tests of a process."""
    from playwright.sync_api import expect, sync_playwright

    # On a machine with much else to do a page may take its time.
    expect.set_options(timeout=BROWSER_PATIENCE)
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("WIKI_CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()
