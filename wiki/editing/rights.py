"""Whether a person may make a write: asked of each path that would result, in one place."""

from __future__ import annotations

from wiki.accounts.roles import Permission, Role
from wiki.editing.edit import Actor, Attach, Write
from wiki.errors import Denied
from wiki.pages.settings import Settings


def require(write: Write, settings: Settings) -> None:
    """Raise Denied where the actor (or, for something approved, the person who approves) may not do this."""
    actor = write.committer or write.actor
    if not actor.may(write.permission):
        raise Denied("denied.permission", permission=write.permission.value)
    for edit in write.edits:
        if edit.follows:
            continue
        require_path(actor, edit.file, settings)
        needed = Permission.ATTACH if isinstance(edit, Attach) else Permission.DELETE if edit.source is None else None
        if needed is not None and not actor.may(needed):
            raise Denied("denied.permission", permission=needed.value)


def require_path(actor: Actor, path: str, settings: Settings) -> None:
    """Raise Denied where this path is kept for others."""
    if path.startswith("_wiki/") and not actor.may(Permission.EDIT_WIKI_FILES):
        raise Denied("denied.wiki_files", path=path)
    needed = settings.protected_by(path.removesuffix(".md"))
    if needed is None:
        return
    try:
        role = Role(needed)
    except ValueError:
        # A role that doesn't exist must not open what somebody wanted closed.
        role = Role.ADMIN
    if actor.role < role:
        raise Denied("denied.protected", path=path, role=role.value)


def require_protection(actor: Actor, before: Settings, after: Settings) -> None:
    """Raise Denied where ``protection.yml`` would ask another role for a path that is kept from this actor: the file may
    not be the way around what it says."""
    for path in sorted(before.protection.keys() | after.protection.keys()):
        if before.protection.get(path) != after.protection.get(path):
            require_path(actor, path, before)


def may_write(actor: Actor, path: str, settings: Settings) -> bool:
    """Whether the actor may save changes to this path directly."""
    if not actor.may(Permission.EDIT):
        return False
    try:
        require_path(actor, path, settings)
    except Denied:
        return False
    return True
