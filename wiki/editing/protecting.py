"""Who may change a page or a folder: kept in ``_wiki/protection.yml``, so that no edit of the page can lift it."""

from __future__ import annotations

from wiki.accounts.roles import Permission, Role
from wiki.editing.edit import Actor, Edit, Write
from wiki.editing.rights import require_path
from wiki.editing.yaml_files import update_mapping
from wiki.errors import Denied, Invalid
from wiki.markup.decoding import text_of
from wiki.markup.front_matter import REMOVE
from wiki.pages.path import PagePath, is_safe_file
from wiki.pages.settings_store import SettingsStore
from wiki.storage.repository import Repository

PROTECTION = PagePath("_wiki/protection.yml")


def protect(
    repository: Repository,
    settings: SettingsStore,
    path: str,
    role: Role | None,
    head: str,
    actor: Actor,
    message: str = "",
) -> Write:
    """The write that keeps a page, or a folder with all below it, for people of a role; None lifts that again.

    Raises Invalid for what is no path, and Denied where the actor may not do this, is asked too much by the present
    protection, or would shut themselves out.
    """
    path = path.strip("/")
    if not actor.may(Permission.PROTECT):
        raise Denied("denied.permission", permission=Permission.PROTECT.value)
    if path != "_wiki" and not is_safe_file(path):
        raise Invalid("path.character", where="path", segment=path[:80])
    require_path(actor, path, settings.at(head))
    if role is not None and role > actor.role:
        raise Denied("denied.protected", path=path, role=role.value)
    present = text_of(repository.content(head, PROTECTION.file) or b"")
    text = update_mapping(present, {path: role.value if role is not None else REMOVE})
    default = f"Keep {path} for {role.value}s" if role is not None else f"Open {path} for everybody"
    edit = Edit(PROTECTION, head, text, follows=True)
    return Write((edit,), message or default, actor, permission=Permission.PROTECT)
