"""Taking a page away, with the files that belong to it."""

from __future__ import annotations

from wiki.accounts.roles import Permission
from wiki.editing.edit import Actor, Attach, Edit, Write
from wiki.errors import NotFound
from wiki.pages.path import PagePath
from wiki.storage.repository import Entry, Repository


def delete(repository: Repository, path: PagePath, base: str, actor: Actor, message: str = "") -> Write:
    """The write that deletes the page as it is at `base`, and its attachments. Raises NotFound where there is none."""
    if repository.entry(base, path.file) is None:
        raise NotFound("page.not_found", path=str(path))
    edits: list[Edit | Attach] = [Edit(path, base, None)]
    edits += [Attach(entry.path, None, follows=True) for entry in attachments(repository, base, path)]
    return Write(tuple(edits), message or f"Delete {path}", actor, permission=Permission.DELETE)


def attachments(repository: Repository, revision: str, path: PagePath) -> list[Entry]:
    """The attachments of a page at a revision: the files directly in the folder of its name that are no pages."""
    folder = repository.entry(revision, path.text)
    if folder is None or folder.kind != "tree":
        return []
    entries = (Entry(f"{path.text}/{name}", mode, id) for name, (mode, id) in repository.tree(folder.id).items())
    return [entry for entry in entries if entry.kind == "blob" and PagePath.of_file(entry.path) is None]
