""" "Still true": a person has looked, and the page says who and when from now on."""

from __future__ import annotations

from datetime import date

from wiki.accounts.roles import Permission
from wiki.editing.edit import Actor, Edit, Write
from wiki.errors import Invalid
from wiki.markup.front_matter import update
from wiki.pages.path import PagePath
from wiki.pages.store import PageStore


def verify(store: PageStore, path: PagePath, revision: str, actor: Actor, day: date, message: str = "") -> Write:
    """The write that notes on the page at `revision` that `actor` found it true on `day`; nothing else of it changes.

    Raises NotFound where there is no such page, and Invalid("verify.…") for a kind of page that isn't verified, a
    translation (its facts are the original's) and a page whose front matter can't be read.
    """
    page = store.get(path, revision)
    if page.problem is not None:
        raise Invalid("verify.unreadable", problems=(page.problem,), path=str(path))
    if page.kind.field("last_verified") is None:
        raise Invalid("verify.kind", path=str(path), kind=page.kind.id)
    if isinstance(page.fields.get("translation"), dict):
        raise Invalid("verify.translation", path=str(path))
    changes = {"last_verified": day.isoformat(), "verified_by": actor.name}
    source = update(page.source, changes, page.kind.order)
    edit = Edit(path, revision, source)
    return Write((edit,), message or "Still true", actor, permission=Permission.VERIFY)
