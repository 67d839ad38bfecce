"""Every setting of the engine, in one frozen value.

Order of precedence, lowest first: the defaults below, `instance/wiki.toml`, the environment (`WIKI_SECTION__KEY`), and
arguments. What belongs to the community (name, languages, categories, menu) is not here but in `content/_wiki/`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wiki.errors import Invalid

# What security.txt may hold (RFC 9116): whoever reports something mustn't do so over an open line.
_CONTACT = re.compile(r"(?:https://|mailto:|tel:)[!-~]+")


def setting(default: Any, meaning: str) -> Any:
    """Declare one setting: its default and what it means, in words for an owner."""
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Server:
    host: str = setting("127.0.0.1", "Address that the server listens on.")
    port: int = setting(8000, "Port that the server listens on.")
    workers: int = setting(2, "Number of server processes.")
    url: str = setting(
        "", "Public address of the wiki, such as https://wiki.example.org; empty: taken from the request."
    )
    contact: str = setting(
        "",
        "Where to report a weakness, for /.well-known/security.txt: https://…, mailto:… or tel:…; "
        "empty: the code of conduct, where there is one.",
    )
    proxies: int = setting(0, "Number of trusted reverse proxies in front; their X-Forwarded headers are believed.")


@dataclass(frozen=True, slots=True)
class Accounts:
    sign_up: str = setting("approval", "Who may create an account: open, approval (an admin approves each) or closed.")
    session_days: int = setting(30, "Days after which a person has to sign in again.")
    invite_days: int = setting(7, "Days for which an invite or password link works.")
    reviewed_edits: int = setting(
        0, "Saves of a new account that are reviewed as suggestions before it may save directly."
    )
    second_factor: str = setting(
        "nobody",
        "Who can't do anything before signing in takes a second step: nobody, admins or maintainers (and admins).",
    )


@dataclass(frozen=True, slots=True)
class Database:
    url: str = setting("", "SQLAlchemy address of the accounts database; empty: SQLite in instance/accounts.sqlite3.")


@dataclass(frozen=True, slots=True)
class Storage:
    fsync: bool = setting(True, "Wait until a save is on the disk before answering; survives a power cut.")
    lock_seconds: float = setting(30.0, "Seconds to wait for another process that is writing before giving up.")


@dataclass(frozen=True, slots=True)
class Limits:
    page_bytes: int = setting(1_048_576, "Largest page, in bytes.")
    attachment_bytes: int = setting(10_485_760, "Largest attachment, in bytes.")
    image_pixels: int = setting(40_000_000, "Largest image, in pixels.")
    render_seconds: float = setting(2.0, "Seconds that rendering one page may take before its source is shown instead.")
    suggestions_per_hour: int = setting(20, "Suggestions that one network address may make in an hour.")
    suggestion_pages: int = setting(20, "Pages that one suggestion may change.")
    push_bytes: int = setting(52_428_800, "Largest git push, in bytes.")


@dataclass(frozen=True, slots=True)
class Review:
    min_seconds: float = setting(
        3.0, "A suggestion sent faster than this after opening the form is held to be a program's."
    )
    max_links: int = setting(5, "New outside links that a stranger's suggestion may add.")


@dataclass(frozen=True, slots=True)
class Web:
    private: bool = setting(False, "Only people with an account may read; covers feeds, search, files and git too.")
    robots: bool = setting(True, "Let search engines list the wiki.")
    design_page: bool = setting(False, "Show every component of the design at /-/design.")
    page_cache_bytes: int = setting(
        2_097_152, "Memory per server process for finished searches and the like, in bytes."
    )
    page_cache_file_bytes: int = setting(
        67_108_864, "Room on the disk per server process for finished pages, in bytes; it goes with the process."
    )
    rewrite_history: bool = setting(False, "Let a maintainer's git push rewrite history by force.")


SECTIONS: dict[str, type] = {
    "server": Server,
    "accounts": Accounts,
    "database": Database,
    "storage": Storage,
    "limits": Limits,
    "review": Review,
    "web": Web,
}
CHOICES = {
    "accounts.sign_up": ("open", "approval", "closed"),
    "accounts.second_factor": ("nobody", "admins", "maintainers"),
}


@dataclass(frozen=True, slots=True)
class Config:
    """Where the wiki lives (`home`) and every setting, by section."""

    home: Path
    server: Server = Server()
    accounts: Accounts = Accounts()
    database: Database = Database()
    storage: Storage = Storage()
    limits: Limits = Limits()
    review: Review = Review()
    web: Web = Web()
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def content_dir(self) -> Path:
        """The pages: a git repository."""
        return self.home / "content"

    @property
    def index_dir(self) -> Path:
        """Everything derived; may be deleted at any time."""
        return self.home / "search_index"

    @property
    def instance_dir(self) -> Path:
        """Accounts, keys and settings of this installation."""
        return self.home / "instance"

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the accounts database."""
        return self.database.url or sqlite_address(self.accounts_file)

    @property
    def accounts_file(self) -> Path:
        """Where the accounts are unless the settings give an address."""
        return self.instance_dir / "accounts.sqlite3"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One setting as `config explain` shows it; `origin` says which source its value came from."""

    name: str
    value: Any
    default: Any
    meaning: str
    origin: str


def sqlite_address(file: Path) -> str:
    """The SQLAlchemy address of an SQLite file, whatever its name."""
    return f"sqlite:///{quote(os.fsencode(file))}"


def load(home: Path, environ: Mapping[str, str] | None = None, arguments: Mapping[str, Any] | None = None) -> Config:
    """Read the settings of the wiki at `home`.

    `arguments` maps "section.key" to a value and wins over all. Raises Invalid("config.…") that names the setting and
    the source when a name is unknown or a value doesn't fit.
    """
    environ = os.environ if environ is None else environ
    home = home.resolve()
    config = Config(home=home)
    origins: dict[str, str] = {}
    for name, value, origin in _given(home, environ, arguments or {}):
        section, _, key = name.partition(".")
        known = SECTIONS.get(section)
        if known is None or key not in {item.name for item in fields(known)}:
            raise Invalid("config.unknown", name=name, origin=origin)
        current = getattr(config, section)
        typed = _typed(name, value, type(getattr(known(), key)), origin)
        config = replace(config, **{section: replace(current, **{key: typed})})
        origins[name] = origin
    return replace(config, origins=origins)


def explain(config: Config) -> list[Explanation]:
    """Every setting with its value, what it means and where the value comes from."""
    found = []
    for section, kind in SECTIONS.items():
        for item in fields(kind):
            name = f"{section}.{item.name}"
            value = getattr(getattr(config, section), item.name)
            if name == "database.url":
                value = _without_password(value)
            origin = config.origins.get(name, "default")
            found.append(Explanation(name, value, item.default, item.metadata["meaning"], origin))
    return found


def _given(home: Path, environ: Mapping[str, str], arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    file = home / "instance" / "wiki.toml"
    if file.is_file():
        try:
            tables = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Invalid("config.unreadable", origin=str(file), reason=str(error))
        for section, table in tables.items():
            if not isinstance(table, dict):
                raise Invalid("config.unknown", name=section, origin=str(file))
            for key, value in table.items():
                yield f"{section}.{key}", value, str(file)
    for name, value in sorted(environ.items()):
        if name.startswith("WIKI_") and "__" in name:
            section, _, key = name.removeprefix("WIKI_").lower().partition("__")
            yield f"{section}.{key}", value, name
    for name, value in arguments.items():
        if value is not None:
            yield name, value, "argument"


def _typed(name: str, value: Any, kind: type, origin: str) -> Any:
    problem = Invalid("config.value", name=name, value=str(value), expected=kind.__name__, origin=origin)
    if kind is bool and isinstance(value, str):
        words = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if value.lower() not in words:
            raise problem
        return words[value.lower()]
    if isinstance(value, bool) is not (kind is bool):
        raise problem
    try:
        typed = kind(value)
    except (TypeError, ValueError):
        raise problem
    if name in CHOICES and typed not in CHOICES[name]:
        raise Invalid("config.choice", name=name, value=typed, allowed=CHOICES[name], origin=origin)
    if kind in (int, float) and typed < 0:
        raise problem
    if name == "server.contact" and typed and not _CONTACT.fullmatch(typed):
        raise Invalid("config.value", name=name, value=typed, expected="https://…, mailto:… or tel:…", origin=origin)
    return typed


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    if not at:
        return url
    return f"{scheme}{separator}{credentials.partition(':')[0]}:…@{host}"
