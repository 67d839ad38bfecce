"""Accounts on both databases: every test that asks for `accounts` or `database_url` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from wiki.accounts.accounts import Accounts, open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.tables import metadata
from wiki.accounts.user import User
from wiki.config import Config, load
from wiki.database import open_database

SECRET = b"s" * 32
PASSWORD = "a long enough pass phrase"
# One database for all tests, emptied after each: that takes a tenth of the time that making another does.
EMPTY = "; ".join(
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated' AND pid <> pg_backend_pid()",
        *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)
# Reached by its folder alone; safe on no disk, and with no memory outside of its folder, which goes with it however it ends.
QUICK = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap")


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of our own, reachable by nobody but us."""

    folder: Path

    def url(self, name: str) -> str:
        return f"postgresql://wiki@/{name}?host={self.folder}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        address = f"host={self.folder} user=wiki dbname={name}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found and Path(found).resolve().parent.joinpath("postgres").exists():
        return str(Path(found).resolve())
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    pytest.fail(f"These tests need PostgreSQL's {name}: apt-get install postgresql")


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    user = _unprivileged()
    initdb, postgres = _program("initdb"), _program("postgres")
    # Not pytest's own folder: a socket's address may not be longer than 107 bytes, and root's folders are closed.
    folder = Path(tempfile.mkdtemp(prefix="wiki-pg-"))
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", data, "-U", "wiki", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    server = subprocess.Popen(
        [postgres, "-D", data, "-k", folder, *QUICK, "-c", "full_page_writes=off"],
        user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        made = Cluster(folder)
        for _ in range(200):
            try:
                made.execute("SELECT 1")
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        else:
            pytest.fail("PostgreSQL does not start")
        made.execute("CREATE DATABASE migrated")
        database = open_database(made.url("migrated"))
        database.upgrade()
        database.close()
        yield made
    finally:
        server.send_signal(3)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "accounts.sqlite3"
    database = open_database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'instance' / 'empty.sqlite3'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"t{uuid.uuid4().hex}"
    cluster.execute(f"CREATE DATABASE {name}")
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with today's schema and nobody in it."""
    if request.param == "sqlite":
        file = tmp_path / "accounts.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    yield cluster.url("migrated")
    cluster.execute(EMPTY, "migrated")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Config:
    return load(tmp_path, {}, {"database.url": database_url})


Opener = Callable[..., Accounts]


@pytest.fixture
def open_with(config: Config, clock: HandClock) -> Iterator[Opener]:
    """Opens the accounts with other settings: `open_with(sign_up="open")`."""
    opened: list[Accounts] = []

    def opener(**settings: object) -> Accounts:
        changed = replace(config, accounts=replace(config.accounts, **settings))  # type: ignore[arg-type]
        opened.append(open_accounts(changed, SECRET, clock=clock))
        return opened[-1]

    yield opener
    for accounts in opened:
        accounts.database.close()


@pytest.fixture
def accounts(open_with: Opener) -> Accounts:
    return open_with()


@pytest.fixture
def rosa(accounts: Accounts) -> User:
    """An administrator."""
    return accounts.users.add("rosa", Role.ADMIN, password=PASSWORD, display_name="Rosa")


@pytest.fixture
def edgar(accounts: Accounts) -> User:
    """An editor."""
    return accounts.users.add("edgar", Role.EDITOR, password=PASSWORD, display_name="Edgar")
