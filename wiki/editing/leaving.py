"""When somebody has left: git's list of names says so, and every list of changes shows it. Commits stay as they were made."""

from __future__ import annotations

from collections.abc import Collection

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor, Attach, Write
from wiki.history.names import MAILMAP, parse_mailmap
from wiki.storage.repository import Repository

FORMER = "A former contributor"
ENGINE = Actor("wiki", "Movement Tech Wiki", Role.ADMIN)


def without_name(repository: Repository, head: str, addresses: Collection[str], username: str, host: str) -> Write:
    """The write after which nobody is named whose commits have one of these `addresses`; `username` stands for them."""
    text = (repository.content(head, MAILMAP) or b"").decode("utf-8", "replace")
    theirs = {address.lower() for address in addresses}
    kept = []
    for line in text.splitlines():
        names = parse_mailmap("", line)
        old = {*names.by_email, *(address for _, address in names.by_both)}
        new = {found[1].lower() for found in (*names.by_email.values(), *names.by_both.values())}
        if not (old | new) & theirs:
            kept.append(line)
        theirs |= old if new & theirs else set()
    kept += [f"{FORMER} <{username}@users.noreply.{host}> <{address}>" for address in sorted(theirs)]
    data = "".join(f"{line}\n" for line in kept).encode()
    return Write((Attach(MAILMAP, data, follows=True),), "A contributor has left", ENGINE)
