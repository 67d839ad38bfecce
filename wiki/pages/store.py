"""Pages read from git, at HEAD or at any revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wiki.errors import NotFound, TooMany, Unavailable
from wiki.pages.page import Page, read_page
from wiki.pages.path import PagePath
from wiki.pages.settings_store import SettingsStore
from wiki.storage.repository import Entry, Repository


class PageStore:
    """Reads pages from a repository. Only ordinary files are pages: links and submodules are never followed."""

    def __init__(self, repository: Repository, settings: SettingsStore, max_bytes: int) -> None:
        self._repository = repository
        self._settings = settings
        self._max_bytes = max_bytes

    def get(self, path: PagePath, revision: str | None = None) -> Page:
        """The page at a revision (default: now).

        Raises NotFound where there is none, TooMany("page.too_large") where the file is larger than allowed, and
        Unavailable("storage.damaged") where the repository has lost it.
        """
        revision = revision or self._repository.head()
        entry = self.entry(path, revision)
        if entry is None:
            raise NotFound("page.not_found", path=str(path))
        return self.read(path, revision, entry.id)

    def read(self, path: PagePath, revision: str, blob_id: str) -> Page:
        """The page whose file has these contents."""
        try:
            source = self._repository.blob(blob_id, self._max_bytes)
        except TooMany as error:
            raise TooMany(
                "page.too_large", path=str(path), size=error.params["size"], allowed=self._max_bytes
            ) from error
        except (NotFound, Unavailable) as error:
            # The tree names it, so it was there: the repository is damaged.
            raise self._repository.damage.at(path.file) from error
        return read_page(path, revision, blob_id, source, self._settings.at(revision))

    def read_many(self, files: Sequence[tuple[PagePath, str]], revision: str) -> Iterator[Page]:
        """The pages whose files (path and blob id) have these contents; those too large are left out."""
        settings = self._settings.at(revision)
        ids = [blob_id for _, blob_id in files]
        for (path, blob_id), (_, data) in zip(files, self._repository.blobs(ids, self._max_bytes), strict=True):
            if data is not None:
                yield read_page(path, revision, blob_id, data, settings)

    def entry(self, path: PagePath, revision: str) -> Entry | None:
        """The file of a page in the tree of a revision, where it is an ordinary file."""
        return self._repository.file(revision, path.file)

    def paths(self, revision: str | None = None) -> Iterator[tuple[PagePath, Entry]]:
        """Every page of a revision with its file, ``_wiki/`` left out, in the order of git."""
        for entry in self._repository.entries(revision or self._repository.head()):
            if entry.kind != "blob":
                continue
            path = PagePath.of_file(entry.path)
            if path is not None and not path.is_settings:
                yield path, entry
