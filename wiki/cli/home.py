"""Where the wiki of a command lives, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wiki.cli import listening
from wiki.config import Config, load
from wiki.errors import Invalid, NotFound, WikiError

if TYPE_CHECKING:
    from wiki.accounts.accounts import Accounts
    from wiki.bootstrap import Wiki


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of a wiki. `chosen` says that somebody named it; else it is only where they happen to stand."""

    folder: Path
    chosen: bool

    def config(self, arguments: dict[str, Any] | None = None) -> Config:
        """The settings of this wiki; `arguments` are those of the command line ("server.port")."""
        return load(self.folder, arguments=arguments)

    def config_for_new(self, arguments: dict[str, Any] | None = None) -> Config:
        """The settings, where there may be a wiki in this folder, or one may be made.

        Raises Invalid("home.occupied") rather than spread a wiki over a folder that is something else's.
        """
        if not self.chosen and not (self.folder / "content").is_dir():
            other = [entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".")]
            if other:
                raise Invalid("home.occupied", folder=str(self.folder))
        return self.config(arguments)

    @contextmanager
    def wiki(self, config: Config | None = None) -> Iterator[Wiki]:
        """The wiki, for the time of a command. Raises NotFound("wiki.missing")."""
        # Imported here: much hangs on it, and not every command needs it.
        from wiki.bootstrap import open_wiki

        wiki = open_wiki(config or self.config())
        try:
            yield wiki
        finally:
            wiki.close()

    @contextmanager
    def accounts(self) -> Iterator[Accounts]:
        """The accounts of the wiki alone. Raises NotFound("wiki.missing")."""
        from wiki.accounts.accounts import open_accounts
        from wiki.accounts.secret import load_secret

        config = self.config()
        if not config.content_dir.is_dir():
            raise NotFound("wiki.missing", path=str(config.content_dir))
        accounts = open_accounts(config, load_secret(config.instance_dir))
        try:
            yield accounts
        finally:
            accounts.database.close()

    def give_back(self) -> None:
        """Leave nothing of root's behind in a wiki that is another user's, whom it is served as."""
        from wiki.ownership import give_back

        with suppress(WikiError):
            give_back(self.config())


pass_home = click.make_pass_decorator(Home)


def public_address(config: Config) -> str:
    """The address at which this wiki is reached by its settings, without a slash at the end."""
    if config.server.url:
        return config.server.url.rstrip("/")
    host = {"0.0.0.0": "localhost", "::": "localhost", "": "localhost"}.get(config.server.host, config.server.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{config.server.port}"


def link_address(config: Config, token: str) -> str:
    """The address of a one-time link, at the server that is running, whichever port it was told."""
    at = "" if config.server.url else listening.address(config.instance_dir)
    return f"{at or public_address(config)}/-/link/{token}"
