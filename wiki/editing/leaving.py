"""When somebody has left or got another name: git's list of names says so, and every list of changes shows it. Commits stay
as they were made."""

from __future__ import annotations

from collections.abc import Collection

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor, Attach, Write
from wiki.history.names import MAILMAP, parse_mailmap
from wiki.storage.objects import Person
from wiki.storage.repository import Repository

FORMER = "A former contributor"
ENGINE = Actor("wiki", "Movement Tech Wiki", Role.ADMIN)


def shown_as(repository: Repository, head: str, addresses: Collection[str], shown: Person, message: str) -> Write:
    """The write after which commits that have one of these `addresses` are shown as by `shown`, and by nobody else."""
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
    kept += [f"{shown.name} <{shown.email}> <{address}>" for address in sorted(theirs)]
    data = "".join(f"{line}\n" for line in kept).encode()
    return Write((Attach(MAILMAP, data, follows=True),), message, ENGINE)
