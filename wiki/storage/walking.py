"""Walking back through commits with what each changed, and finding who wrote which line.

A short way back costs no process; a long one is a single `git rev-list` feeding a single `git diff-tree`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, TYPE_CHECKING

from wiki.errors import NotFound, TooMany
from wiki.storage.command import GitFailed
from wiki.storage.objects import Change, Commit, Person, kind_of, name_from

if TYPE_CHECKING:
    from wiki.storage.repository import Repository

SHORT = 50
# A commit of a hostile repository may change billions of paths; nobody reads more of them than this.
MAX_CHANGES = 100_000
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BlameLine:
    """One line of a file and the commit that wrote it. `line_no` counts from 1."""

    line_no: int
    text: str
    commit_id: str
    author: Person
    when: datetime
    subject: str


def walk(
    repository: Repository,
    new: str,
    stop: Collection[str] = (),
    first_parent: bool = True,
    limit: int | None = None,
) -> Iterator[tuple[Commit, list[Change]]]:
    """Commits from `new` back, newest first, each with what it changed against its first parent.

    Along first parents it ends before the first commit that is in `stop`; otherwise everything that `stop` reaches is
    left out. At most `limit` commits, and at most MAX_CHANGES changes of one commit.
    """
    found = _along_first_parents(repository, new, stop) if first_parent else _through_git(repository, new, stop, False)
    return islice(found, limit) if limit is not None else found


def blame(
    repository: Repository, revision: str, path: str, limit: int = 1_048_576, seconds: float = 10.0
) -> list[BlameLine]:
    """Who wrote each line of a file, followed through moves of the whole file.

    Raises NotFound("file.unknown"), TooMany("object.too_large") above `limit` bytes, Unavailable("storage.slow").
    """
    lines = repository.read(revision, path, limit).data.splitlines()
    output = repository.command.run("blame", "--porcelain", revision, "--", path, seconds=seconds)
    ids = [row[:40].decode("ascii") for row in output.split(b"\n") if _is_blame_header(row)]
    commits = {commit.id: commit for commit in repository.commits(list(dict.fromkeys(ids)))}
    return [
        BlameLine(number, text.decode("utf-8", "replace"), commit.id, commit.author, commit.authored, commit.subject)
        for number, (text, commit) in enumerate(zip(lines, (commits[id] for id in ids), strict=False), 1)
    ]


def renames(repository: Repository, old: str, new: str) -> dict[str, str]:
    """Files that `new` has under another name than `old`, by git's own comparison of content: old path to new."""
    output = repository.command.run(
        *("diff-tree", "-r", "-z", "-M", "-l400", "--diff-filter=R", "--name-status", old, new), seconds=20
    )
    parts = iter(output.split(b"\0"))
    return {name_from(was): name_from(now) for _, was, now in zip(parts, parts, parts, strict=False)}


def merge_base(repository: Repository, one: str, other: str) -> str | None:
    """The best common ancestor of two commits, None if they share no history."""
    output = repository.command.run("merge-base", one, other, accept=(0, 1))
    return output.decode("ascii").strip() or None


def _along_first_parents(
    repository: Repository, new: str, stop: Collection[str]
) -> Iterator[tuple[Commit, list[Change]]]:
    next_id: str | None = new
    for _ in range(SHORT):
        if next_id is None or next_id in stop:
            return
        try:
            commit = repository.commit(next_id)
        except NotFound:
            # The history of a shallow clone ends here.
            return
        yield commit, _changes(repository, commit)
        next_id = commit.parents[0] if commit.parents else None
    if next_id is not None and next_id not in stop:
        for commit, changes in _through_git(repository, next_id, (), True):
            if commit.id in stop:
                return
            yield commit, changes


def _changes(repository: Repository, commit: Commit) -> list[Change]:
    try:
        parent = repository.commit(commit.parents[0]).tree if commit.parents else None
    except NotFound:
        parent = None
    found: list[Change] = []
    with suppress(TooMany):
        for change in islice(repository.differences(parent, commit.tree), MAX_CHANGES):
            found.append(change)
    return found


def _through_git(
    repository: Repository, new: str, stop: Collection[str], first_parent: bool
) -> Iterator[tuple[Commit, list[Change]]]:
    next_id: str | None = new
    while next_id is not None:
        stream = _raw(repository, next_id, stop, first_parent)
        next_id = None
        while batch := list(islice(stream, _AT_ONCE)):
            commits = list(repository.commits([id for id, _, _ in batch]))
            yield from zip(commits, (changes for _, changes, _ in batch), strict=True)
            if not batch[-1][2] and commits[-1].parents:
                next_id = commits[-1].parents[0]


def _raw(
    repository: Repository, new: str, stop: Collection[str], first_parent: bool
) -> Iterator[tuple[str, list[Change], bool]]:
    """(id, changes, whether they are all) from git; ends after a commit whose changes had to be cut."""
    options = ("--first-parent",) if first_parent else ("--topo-order",)
    listing = repository.command.start("rev-list", *options, "--stdin")
    listing.stdin.write("".join([f"{new}\n", *(f"^{id}\n" for id in stop)]).encode("ascii"))
    listing.stdin.close()
    comparing = repository.command.start(
        *("diff-tree", "--stdin", "-r", "-z", "--root", "--diff-merges=first-parent", "--always", "--no-renames"),
        given=listing.stdout,
    )
    try:
        id = ""
        changes: list[Change] = []
        parts = _split(comparing.stdout)
        for head in parts:
            if not head.startswith(b":"):
                if id:
                    yield id, changes, True
                id, changes = head.decode("ascii"), []
                continue
            changes.append(_change(head, next(parts)))
            if len(changes) >= MAX_CHANGES:
                yield id, changes, False
                return
        if id:
            yield id, changes, True
        for process in (listing, comparing):
            if process.proc.wait():
                raise GitFailed(command="rev-list", status=process.proc.returncode, reason="")
    finally:
        for process in (comparing, listing):
            process.__del__()


def _split(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while data := stream.read1(65_536):  # type: ignore[attr-defined]
        *whole, rest = (rest + data).split(b"\0")
        yield from whole


def _change(head: bytes, name: bytes) -> Change:
    old_mode, new_mode, old_id, new_id, status = head[1:].decode("ascii").split()
    before, after = int(old_mode, 8), int(new_mode, 8)
    if before and after:
        status = "M" if kind_of(before) == kind_of(after) else "T"
    return Change(name_from(name), status[0], old_id if before else None, new_id if after else None, before, after)


def _is_blame_header(row: bytes) -> bool:
    return len(row) > 42 and row[40:41] == b" " and row[41:42].isdigit() and not row.startswith(b"\t")
