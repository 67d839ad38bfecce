"""The door to the accounts: what is behind it is loaded when somebody first goes through.

Who only reads never does, and the library behind it (SQLAlchemy) takes 13 MB of memory and a quarter of a start's time.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wiki.accounts.clock import Clock
from wiki.config import Config
from wiki.errors import WikiError
from wiki.migrations import HEAD, is_newer

if TYPE_CHECKING:
    from wiki.accounts.accounts import Accounts

# What `wiki.accounts.users.has_admin` asks.
_ADMINS = "SELECT 1 FROM users WHERE role = 'admin' AND state = 'active' AND password_hash IS NOT NULL LIMIT 1"

_VERSION = "SELECT version_num FROM alembic_version"


class Door:
    """Opens the accounts of a wiki with these settings, once, in whatever thread asks first.

    An address that the settings give is tried now: raises Invalid("database.…") where it can't be used at all.
    """

    def __init__(self, config: Config, secret: bytes, clock: Clock) -> None:
        self._config = config
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: Accounts | None = None
        self._seen: tuple[int, int] | None = None
        if config.database.url:
            self.open()

    @property
    def file(self) -> Path | None:
        """The database, where it is a file of this machine's."""
        return self._config.accounts_file if self._accounts is None else self._accounts.database.file

    @property
    def is_open(self) -> bool:
        return self._accounts is not None

    def open(self) -> Accounts:
        """The accounts; what is in the database is looked at on first use."""
        if self._accounts is None:
            with self._lock:
                if self._accounts is None:
                    from wiki.accounts.accounts import open_accounts

                    accounts = open_accounts(self._config, self._secret, clock=self._clock)
                    accounts.database.expect(self._seen)
                    self._accounts = accounts
        return self._accounts

    def look(self) -> bool:
        """Whether the file of the accounts is there and this engine's; from here on it would be missed.

        For accounts that are not open, and whose address the settings don't give.
        """
        try:
            found = self._config.accounts_file.stat()
            version = self._ask(_VERSION)
        except (OSError, sqlite3.Error):
            return False
        self._seen = found.st_dev, found.st_ino
        return version == (HEAD,)

    def is_reachable(self) -> bool:
        """Whether the database answers, and is this engine's."""
        try:
            if self._accounts is None and self._seen is not None:
                self._ask("SELECT 1 FROM users LIMIT 1")
            else:
                self.open().users.has_admin()
        except (WikiError, sqlite3.Error):
            return False
        return not self.is_superseded()

    def is_superseded(self) -> bool:
        """Whether a newer version of the engine has been at work on the accounts."""
        try:
            if self._accounts is not None:
                return self._accounts.database.is_superseded()
            return self._seen is not None and is_newer((self._ask(_VERSION) or (None,))[0])
        except (WikiError, sqlite3.Error):
            return False

    def has_admin(self) -> bool:
        """Whether anybody can sign in who may manage people. Raises Unavailable("database.…")."""
        if self._accounts is None and self._seen is not None:
            with suppress(sqlite3.Error):
                return self._ask(_ADMINS) is not None
        return self.open().users.has_admin()

    def close(self) -> None:
        """Let go of connections."""
        if self._accounts is not None:
            self._accounts.database.close()

    def _ask(self, sql: str) -> Any:
        """The first row, by SQLite alone."""
        address = f"file:{quote(os.fsencode(self._config.accounts_file))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(sql).fetchone()
