"""From rows of the tables to values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from wiki.history.names import Names

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The columns of an event, then those of what it did to a file; `e`, `t`, `a` name the tables.
EVENT = (
    "e.seq, e.id, e.authored, e.committed, a.name, a.email, e.subject, e.body, e.minor, "
    "e.affiliation, e.suggestion, e.revert_of, e.changed"
)
TOUCH = "t.path, t.status, t.blob_id, t.old_id, t.size, t.size_change, t.moved_from, t.moved_to"
AUTHOR = "JOIN person a ON a.person = e.author"
REVISIONS = f"SELECT {EVENT}, {TOUCH} FROM touch t JOIN event e ON e.seq = t.seq {AUTHOR}"


def event_of(row: Sequence[Any], names: Names, also: dict[int, list[tuple[str, str]]]) -> dict[str, Any]:
    """The fields of an Event from a row of EVENT; `also` are name and address of those whose work was merged, by event."""
    author = names.of(row[4], row[5])
    return {
        "seq": row[0],
        "id": row[1],
        "when": _EPOCH + timedelta(seconds=row[2]),
        "committed": _EPOCH + timedelta(seconds=row[3]),
        "author": author.name,
        "username": author.username,
        "subject": row[6],
        "body": row[7],
        "minor": bool(row[8]),
        "affiliation": row[9],
        "suggestion": row[10],
        "revert_of": row[11],
        "also": tuple(dict.fromkeys(names.of(name, email).name for name, email in also.get(row[0], ()))),
    }


def touch_of(row: Sequence[Any]) -> dict[str, Any]:
    """The fields of a Touch from a row of TOUCH."""
    keys = ("path", "status", "blob_id", "old_id", "size", "size_change", "moved_from", "moved_to")
    return dict(zip(keys, row, strict=True))
