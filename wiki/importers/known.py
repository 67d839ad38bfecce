"""Which tools the wiki has already, by their addresses and names; and which paths are still free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wiki.catalog.catalog import Catalog
from wiki.catalog.links import name_key
from wiki.editing.facts import is_web_address
from wiki.errors import Invalid
from wiki.markup.address import TRACKING, is_dangerous, without_tracking
from wiki.pages.path import PagePath, fold, slug

_BARE = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Match:
    """A page about the same thing; `why` is ``address``, ``name`` or, for one that this import makes, ``list``."""

    path: str
    title: str
    why: str


class Known:
    """The tools of a wiki, and those that an import adds as it goes."""

    def __init__(self, catalog: Catalog, language: str) -> None:
        self._catalog = catalog
        self._language = language
        self._addresses: dict[str, Match] = {}
        self._names: dict[str, Match] = {}
        self._addresses_of: dict[str, set[str]] = {}
        self._taken: set[str] = set()
        for card in catalog.of_kind("tool", language):
            aliases = card.value("aliases")
            names = (card.title, *(aliases if isinstance(aliases, list) else ()), card.path.rpartition("/")[2])
            self._note(card.path, card.title, names, card.value("url"), "address", "name")

    def match(self, name: str, address: str) -> Match | None:
        """The page about a tool of this name or with this address."""
        key = address_key(address)
        named = self._names.get(name_key(name, self._language))
        if key and named is not None and key in self._addresses_of.get(named.path, ()):
            # Several pages may be about one site; the one with the name is meant.
            return Match(named.path, named.title, self._addresses[key].why)
        return (self._addresses.get(key) if key else None) or named

    def add(self, path: PagePath, name: str, address: str) -> None:
        """Remember a tool that gets a page, so that it gets no second one."""
        self._note(path.text, name, (name,), address, "list", "list")

    def free_path(self, folder: str, name: str) -> PagePath:
        """A path for a new page, made from a name; with a number where another page has it. Raises Invalid("path.…")."""
        stem = slug(name)
        for number in range(1, 1000):
            path = PagePath.parse(f"{folder}/{stem}{f'-{number}' if number > 1 else ''}".strip("/"))
            if fold(path.text) not in self._taken and self._catalog.find(path.text) is None:
                self._taken.add(fold(path.text))
                return path
        raise Invalid("path.exists", where="path", path=f"{folder}/{stem}")

    def _note(self, path: str, title: str, names: Any, address: Any, by_address: str, by_name: str) -> None:
        key = address_key(address) if isinstance(address, str) else ""
        if key:
            self._addresses.setdefault(key, Match(path, title, by_address))
            self._addresses_of.setdefault(path, set()).add(key)
        for name in names:
            key = name_key(str(name), self._language)
            if key:
                self._names.setdefault(key, Match(path, title, by_name))


def address_key(address: str) -> str:
    """What two addresses of the same page have in common; empty for no web address.

    Scheme, ``www.``, a slash at the end, the part after ``#`` and parameters that only track people don't count.
    """
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host:
        return ""
    shown = f":{port}" if port is not None and port != _PORTS[parts.scheme] else ""
    query = "&".join(part for part in parts.query.split("&") if part and not TRACKING.fullmatch(part))
    return f"{host}{shown}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")


def web_address(text: str) -> str:
    """The address that somebody wrote, in full and without what tracks people.

    Raises Invalid("import.script") for an address that would run something, Invalid("import.address") for anything
    else that leads to no site.
    """
    tidy = text.strip().strip("<>")
    if is_dangerous(tidy) and not _BARE.fullmatch(tidy):
        raise Invalid("import.script", where="url", value=tidy[:80])
    if _BARE.fullmatch(tidy):
        tidy = f"https://{tidy}"
    tidy = without_tracking(tidy)
    if not is_web_address(tidy):
        raise Invalid("import.address", where="url", value=tidy[:80])
    return tidy
