"""Who wrote which line of a page, under the names that people have today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wiki.history.names import Names
from wiki.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Line:
    """One line and the commit that wrote it. `number` counts from 1 in the file; `username` as in Event."""

    number: int
    text: str
    commit: str
    author: str
    username: str | None
    when: datetime
    subject: str


def blame(
    repository: Repository, names: Names, revision: str, file: str, from_line: int = 1, limit: int = 1_048_576
) -> list[Line]:
    """The lines of a file at a commit, from the line `from_line` on, followed through moves of the file.

    Runs one git process of at most ten seconds. Raises NotFound("file.unknown"), TooMany("object.too_large") above
    `limit` bytes and Unavailable("storage.slow").
    """
    lines = []
    for line in repository.blame(revision, file, limit=limit)[from_line - 1 :]:
        author = names.of(line.author.name, line.author.email)
        place = (line.line_no, line.text, line.commit_id)
        lines.append(Line(*place, author.name, author.username, line.when, line.subject))
    return lines
