"""Where a page is that was moved while somebody wrote: what they wrote for its old address belongs to it there."""

from __future__ import annotations

from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.storage.repository import Repository


def now_at(path: PagePath, revision: str, repository: Repository, settings: Settings) -> PagePath:
    """Where the page of an address is at a revision with these settings; the address itself where it leads nowhere."""
    target = PagePath(settings.redirected(path.text) or path.text)
    if target == path or repository.file(revision, path.file) is not None:
        return path
    return path if repository.file(revision, target.file) is None else target
