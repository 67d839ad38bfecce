"""Making one tag of two: pages that say the same in two words hide from each other."""

from __future__ import annotations

from collections.abc import Iterable

from wiki.accounts.roles import Permission
from wiki.editing.edit import Actor, Edit, Write
from wiki.errors import Invalid
from wiki.markup.front_matter import update
from wiki.pages.path import PagePath
from wiki.pages.store import PageStore

KEYS = ("tags", "topics")
LONGEST = 100


def merge_tags(store: PageStore, paths: Iterable[str], old: str, new: str, head: str, actor: Actor) -> Write:
    """The write that puts the tag `new` where the pages at `paths` have `old`; nothing else of them changes.

    Raises Invalid where there is nothing to merge.
    """
    new = " ".join(new.split())
    if not new or len(new) > LONGEST or new.casefold() == old.casefold():
        raise Invalid("tag.wrong", where="to", value=new[:LONGEST])
    edits = []
    for path in paths:
        page = store.get(PagePath(path), head)
        changes = {}
        for key in KEYS:
            words = page.value(key)
            if isinstance(words, list) and any(_same(word, old) for word in words):
                merged = [new if _same(word, old) else word for word in words]
                changes[key] = list({str(word).casefold(): word for word in reversed(merged)}.values())[::-1]
        if changes:
            edits.append(Edit(page.path, head, update(page.source, changes)))
    if not edits:
        raise Invalid("tag.unused", where="from", value=old[:LONGEST])
    return Write(tuple(edits), f"Tag: {old} is {new}", actor, minor=True, permission=Permission.TAKE_BACK)


def _same(word: object, tag: str) -> bool:
    return isinstance(word, str) and word.strip().casefold() == tag.casefold()
