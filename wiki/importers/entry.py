"""One entry of a list of tools, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool in a list. `sections` are the headings above it, the nearest last; `line` is where it stands (from 1);
    `category` and `functions` are what a table says in columns of their own, in whatever words."""

    name: str
    address: str = ""
    description: str = ""
    sections: tuple[str, ...] = ()
    line: int = 0
    category: str = ""
    functions: str = ""
