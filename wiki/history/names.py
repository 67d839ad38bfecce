"""Under which name people appear: their own, unless `.mailmap` at the root of the content says another.

The file is git's: `New Name <new@address> Old Name <old@address>`, each but the old address optional. It is applied when
history is read and not when it is recorded, so that a person who is renamed is renamed everywhere at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wiki.errors import WikiError
from wiki.storage.repository import Repository

MAILMAP = ".mailmap"
MAX_BYTES = 1_048_576
_LINE = re.compile(r"([^<>#]*+)<([^<>]*+)>(?:([^<>]*+)<([^<>]*+)>)?\s*+(?:#.*)?$")
_OURS = re.compile(r"^(?:\d+\+)?([^@+]+)@users\.noreply\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A person as shown. `username` is the account's if the address is one that the wiki gives out."""

    name: str
    username: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """The names in force. `id` changes when they do."""

    id: str
    by_both: Mapping[tuple[str, str], tuple[str, str]]
    by_email: Mapping[str, tuple[str, str]]

    def of(self, name: str, email: str) -> Name:
        """How the person with this name and address in a commit is shown."""
        key = email.lower()
        new_name, new_email = self.by_both.get((name.lower(), key)) or self.by_email.get(key) or ("", "")
        found = _OURS.match(new_email or email)
        username = found[1] if found else None
        return Name(new_name or name or username or "", username)


NO_NAMES = Names("", {}, {})


def parse_mailmap(id: str, text: str) -> Names:
    """The names that a mailmap's text gives; lines that say nothing are left out."""
    by_both: dict[tuple[str, str], tuple[str, str]] = {}
    by_email: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        found = _LINE.match(line) if len(line) < 1_000 else None
        if not found:
            continue
        name, email, old_name, old_email = found.groups()
        name, old_name = name.strip(), (old_name or "").strip()
        if old_email is None:
            by_email[email.lower()] = (name, "")
        elif old_name:
            by_both[old_name.lower(), old_email.lower()] = (name, email)
        else:
            by_email[old_email.lower()] = (name, email)
    return Names(id, by_both, by_email)


class NameBook:
    """The names of a repository, read again when its `.mailmap` changes."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._names = NO_NAMES

    def current(self) -> Names:
        """The names at HEAD."""
        try:
            entry = self._repository.file(self._repository.head(), MAILMAP)
            if entry is None:
                return NO_NAMES
            if entry.id != self._names.id:
                text = self._repository.blob(entry.id, MAX_BYTES).decode("utf-8", "replace")
                self._names = parse_mailmap(entry.id, text)
        except WikiError:
            return NO_NAMES
        return self._names
