"""Taking a page away, with the files that belong to it, or one of these."""

from __future__ import annotations

from collections.abc import Iterable

from wiki.accounts.roles import Permission
from wiki.editing.edit import Actor, Attach, Edit, Write
from wiki.errors import NotFound
from wiki.pages.path import PagePath
from wiki.storage.repository import Entry, Repository


def delete(
    repository: Repository,
    path: PagePath,
    base: str,
    actor: Actor,
    message: str = "",
    translations: Iterable[PagePath] = (),
) -> Write:
    """The write that deletes the page as it is at `base`, and its attachments; of `translations` those that are there, too.
    Raises NotFound where there is no such page."""
    if repository.entry(base, path.file) is None:
        raise NotFound("page.not_found", path=str(path))
    pages = [path, *(page for page in translations if repository.entry(base, page.file) is not None)]
    edits: list[Edit | Attach] = [Edit(page, base, None) for page in pages]
    edits += [Attach(entry.path, None, follows=True) for page in pages for entry in attachments(repository, base, page)]
    return Write(tuple(edits), message or f"Delete {path}", actor, permission=Permission.DELETE)


def detach(repository: Repository, path: PagePath, name: str, base: str, actor: Actor, message: str = "") -> Write:
    """The write that takes the file of this name away from a page. Raises NotFound where the page has none at `base`."""
    file = f"{path.text}/{name}"
    if all(entry.path != file for entry in attachments(repository, base, path)):
        raise NotFound("file.unknown", file=file)
    return Write((Attach(file, None),), message or f"Remove {name}", actor, permission=Permission.ATTACH)


def attachments(repository: Repository, revision: str, path: PagePath) -> list[Entry]:
    """The attachments of a page at a revision: the files directly in the folder of its name that are no pages."""
    folder = repository.entry(revision, path.text)
    if folder is None or folder.kind != "tree":
        return []
    entries = (Entry(f"{path.text}/{name}", mode, id) for name, (mode, id) in repository.tree(folder.id).items())
    return [entry for entry in entries if entry.kind == "blob" and PagePath.of_file(entry.path) is None]
