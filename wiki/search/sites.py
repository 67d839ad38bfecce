"""What pages are about on the web: a tool is found by the address of its site.

Sites are kept as further terms among the paths of pages, none of which begins with two slashes.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiki.search.schema import PATH
from wiki.search.snapshot import Snapshot

MAX_FOLDERS = 6


def site_terms(site: str) -> tuple[str, ...]:
    """The terms of a page about a web address: the address, and its host."""
    return (f"//{site}", f"//{site.partition('/')[0]}/") if site else ()


def about(snapshot: Snapshot, site: str) -> Sequence[int]:
    """The documents about a web address, or else about what it is part of: `docs.signal.org/a` is Signal's."""
    host, _, rest = site.partition("/")
    folders = rest.split("/")[:MAX_FOLDERS] if rest else []
    labels = host.split(".")
    tried = [f"{host}/{'/'.join(folders[:count])}" for count in range(len(folders), 0, -1)]
    tried += [".".join(labels[place:]) for place in range(min(len(labels) - 1, MAX_FOLDERS))]
    for name in tried:
        address, whole_host = site_terms(name)
        found = snapshot.postings(PATH, address)[0]
        if not found and "/" not in name:
            # Where many have an address at one host, nothing is known of the others there.
            shared = snapshot.postings(PATH, whole_host)[0]
            found = shared if name == site or len(shared) == 1 else found
        if found:
            return found
    return []
