"""The settings of the community at a revision: what ``_wiki/`` says there is in force at the next request."""

from __future__ import annotations

import threading
import time

from wiki.errors import NotFound
from wiki.markup.decoding import text_of
from wiki.pages.settings import Settings
from wiki.pages.settings_files import read_settings
from wiki.storage.repository import Repository

# A file that the repository has lost may be there again, put back by the owner.
LOST_SECONDS = 10.0


class SettingsStore:
    """Reads the settings at a revision; keeps those of the last few distinct versions of ``_wiki/``."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, Settings] = {}
        self._lock = threading.Lock()
        self._look_again = 0.0

    def at(self, revision: str | None = None) -> Settings:
        """The settings at a revision (default: now)."""
        revision = revision or self._repository.head()
        folder = self._repository.entry(revision, "_wiki")
        tree = folder.id if folder is not None else ""
        known = self._known.get(tree)
        if known is None or (known.is_damaged and time.monotonic() > self._look_again):
            known = read_settings(lambda name: self._text(revision, name), fingerprint=tree)
            with self._lock:
                self._look_again = time.monotonic() + LOST_SECONDS
                self._known.pop(tree, None)
                while len(self._known) >= 8:
                    self._known.pop(next(iter(self._known)))
                self._known[tree] = known
        return known

    def _text(self, revision: str, name: str) -> str | None:
        file = f"_wiki/{name}.yml"
        entry = self._repository.file(revision, file)
        if entry is None:
            return None
        try:
            return text_of(self._repository.blob(entry.id))
        except NotFound as error:
            # The tree names it, so it was there.
            raise self._repository.damage.at(file) from error
