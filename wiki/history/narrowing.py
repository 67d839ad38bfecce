"""Which events a person asked for, as conditions in SQL."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Narrower:
    """Which events are wanted, besides by what they are looked up."""

    include_minor: bool
    path_prefix: str
    paths: Collection[str] | None
    since: datetime | None

    def conditions(self) -> tuple[list[str], list[Any]]:
        """As SQL about the event x.seq, and the values in it."""
        found: list[str] = []
        given: list[Any] = []
        if not self.include_minor:
            found.append("EXISTS (SELECT 1 FROM event e WHERE e.seq = x.seq AND e.minor = 0)")
        if self.since is not None:
            found.append("EXISTS (SELECT 1 FROM event e WHERE e.seq = x.seq AND e.committed >= ?)")
            given.append(self.since.timestamp())
        if self.path_prefix.strip("/"):
            where, values = below("t", self.path_prefix)
            found.append(f"EXISTS (SELECT 1 FROM touch t WHERE t.seq = x.seq AND {where})")
            given += values
        if self.paths is not None:
            among = "SELECT 1 FROM touch t WHERE t.seq = x.seq AND t.path IN (SELECT value FROM json_each(?))"
            found.append(f"EXISTS ({among})")
            given.append(json.dumps(sorted(file for path in self.paths for file in files_of(path))))
        return found, given


def below(table: str, prefix: str) -> tuple[str, list[Any]]:
    """The condition that a touch is of the page `prefix` or of something in the folder of that name."""
    name = prefix.strip("/")
    top, _, rest = name.partition("/")
    where, given = f"{table}.folder = ?", [top]
    if rest:
        files = files_of(name)
        where += f" AND ({table}.path IN ({', '.join('?' * len(files))}) OR ({table}.path >= ? AND {table}.path < ?))"
        given += [*files, f"{name}/", f"{name}0"]
    return where, given


def files_of(path: str) -> list[str]:
    """The files that a path may be that of: a page's; a name with a dot in it may be a file's already."""
    text = str(path).strip("/")
    return [f"{text}.md", text] if "." in text.rpartition("/")[2] else [f"{text}.md"]
