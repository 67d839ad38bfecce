"""Walking back through commits with what each changed, and finding who wrote which line.

A short way back costs no process; a long one is a single `git rev-list` and a single `git diff-tree`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile
from typing import IO, Any, Protocol, TypeVar

from wiki.errors import NotFound, TooMany, Unavailable
from wiki.storage.command import GitCommand, GitFailed
from wiki.storage.damage import Damage
from wiki.storage.objects import Blob, Change, Commit, Person, kind_of, name_from

# Commits that are read one by one before a process pays.
SHORT = 50
# A commit of a hostile repository may change billions of paths; nobody reads more of them than this.
MAX_CHANGES = 100_000
# Bytes of a file whose lines git is asked about, and how long it may take.
MAX_BLAMED = 1_048_576
BLAME_SECONDS = 10.0
_AT_ONCE = 200
_C = TypeVar("_C")
_COMPARE = ("diff-tree", "--stdin", "-r", "-z", "--root", "--diff-merges=first-parent", "--always")


@dataclass(frozen=True, slots=True)
class BlameLine:
    """One line of a file and the commit that wrote it. `line_no` counts from 1."""

    line_no: int
    text: str
    commit_id: str
    author: Person
    when: datetime
    subject: str


class Reading(Protocol):
    """What is asked here of a repository."""

    command: GitCommand
    damage: Damage

    def has(self, id: str) -> bool: ...

    def commit(self, id: str) -> Commit: ...

    def commits(self, ids: Collection[str]) -> Iterator[Commit]: ...

    def differences(self, old: str | None, new: str | None) -> Iterator[Change]: ...

    def read(self, revision: str, path: str, limit: int = ...) -> Blob: ...


def chain(repository: Reading, new: str, stop: Container[str] = (), limit: int | None = None) -> list[str]:
    """Ids from `new` back along first parents, newest first, before the first that is in `stop`."""
    found: list[str] = []
    next_id: str | None = new
    while next_id is not None and next_id not in stop and (limit is None or len(found) < limit):
        if len(found) >= SHORT:
            rest = None if limit is None else limit - len(found)
            try:
                for id in islice(_before(stop, _listed(repository, [next_id, "--first-parent"])), rest):
                    found.append(id)
            except GitFailed:
                # Where a commit is missing, the history ends, as it does near its beginning.
                left = chain(repository, found.pop(), stop, SHORT)
                if len(left) == SHORT:
                    raise
                found += left
            return found
        try:
            commit = repository.commit(next_id)
        except NotFound:
            # The history of a shallow clone ends here; any other has lost something.
            if found and not (repository.command.git_dir / "shallow").exists():
                repository.damage.lost(next_id)
            break
        found.append(next_id)
        next_id = commit.parents[0] if commit.parents else None
    return found


def walk(
    repository: Reading, new: str, stop: Container[str], limit: int | None
) -> Iterator[tuple[Commit, list[Change]]]:
    """The details of a chain, as far as they are asked for: who needs the newest few doesn't wait for the rest."""
    near = chain(repository, new, stop, SHORT if limit is None else min(limit, SHORT))
    next_id: str | None = new
    for commit, changes in details(repository, near):
        next_id = commit.parents[0] if commit.parents else None
        yield commit, changes
    left = None if limit is None else limit - len(near)
    if next_id is not None and len(near) == SHORT and left != 0:
        yield from details(repository, chain(repository, next_id, stop, left))


def reachable(repository: Reading, new: Sequence[str], without: Sequence[str], limit: int) -> list[str]:
    """At most `limit` commits that `new` reach and `without` don't, newest first. Runs one git process."""
    arguments = [*new, *(f"^{id}" for id in without), "--topo-order", f"--max-count={limit}"]
    return list(_listed(repository, arguments))


def details(repository: Reading, ids: Sequence[str]) -> Iterator[tuple[Commit, list[Change]]]:
    """Commits in the order asked, each with what it changed against its first parent, at most MAX_CHANGES of them."""
    if len(ids) <= SHORT:
        for id in ids:
            commit = repository.commit(id)
            yield commit, _changes(repository, commit)
        return
    start = 0
    while start < len(ids):
        try:
            for batch in parts(_compared(repository, ids[start:])):
                commits = repository.commits([id for id, _ in batch])
                yield from zip(commits, (changes for _, changes in batch), strict=True)
                start += len(batch)
        except GitFailed:
            # A tree is missing: one by one until after that.
            commit = repository.commit(ids[start])
            yield commit, _changes(repository, commit)
            start += 1


def parts(details: Iterable[tuple[_C, list[Change]]]) -> Iterator[list[tuple[_C, list[Change]]]]:
    """Commits with their changes, as many at once as fit into memory whatever they change."""
    part: list[tuple[_C, list[Change]]] = []
    count = 0
    for commit, changes in details:
        part.append((commit, changes))
        count += len(changes)
        if len(part) == _AT_ONCE or count >= MAX_CHANGES:
            yield part
            part, count = [], 0
    if part:
        yield part


def moves(repository: Reading, ids: Sequence[str]) -> Iterator[dict[str, str]]:
    """For each commit the files it has under another name than its first parent, by git's own comparison of content:
    new path to old path. One git process for all of them, none for none."""
    if not ids:
        return
    command = (*_COMPARE, "-M", "-l400", "--diff-filter=R", "--name-status")
    found: dict[str, dict[str, str]] = {}
    id = ""
    with suppress(GitFailed), _fed(repository, ids, command) as parts:
        for part in parts:
            if not part.startswith(b"R"):
                id = part.decode("ascii")
                found[id] = {}
                continue
            was = name_from(next(parts))
            found[id][name_from(next(parts))] = was
    for id in ids:
        yield found.get(id, {})


def blame(repository: Reading, revision: str, path: str, limit: int) -> list[BlameLine]:
    """Who wrote each line of a file of at most `limit` bytes, followed through moves of the whole file."""
    lines = repository.read(revision, path, limit).data.splitlines()
    output = repository.command.run("blame", "--porcelain", revision, "--", path, seconds=BLAME_SECONDS)
    ids = [row[:40].decode("ascii") for row in output.split(b"\n") if _is_blame_header(row)]
    commits = {commit.id: commit for commit in repository.commits(list(dict.fromkeys(ids)))}
    return [
        BlameLine(number, text.decode("utf-8", "replace"), commit.id, commit.author, commit.authored, commit.subject)
        for number, (text, commit) in enumerate(zip(lines, (commits[id] for id in ids), strict=False), 1)
    ]


def renames(repository: Reading, old: str, new: str) -> dict[str, str]:
    """Files that `new` has under another name than `old`, by git's own comparison of content: old path to new."""
    output = repository.command.run(
        *("diff-tree", "-r", "-z", "-M", "-l400", "--diff-filter=R", "--name-status", old, new), seconds=20
    )
    parts = iter(output.split(b"\0"))
    return {name_from(was): name_from(now) for _, was, now in zip(parts, parts, parts, strict=False)}


def merge_base(repository: Reading, one: str, other: str) -> str | None:
    """The best common ancestor of two commits, None if they share no history."""
    output = repository.command.run("merge-base", one, other, accept=(0, 1))
    return output.decode("ascii").strip() or None


def _changes(repository: Reading, commit: Commit) -> list[Change]:
    try:
        parent = repository.commit(commit.parents[0]).tree if commit.parents else None
    except NotFound:
        parent = None
    found: list[Change] = []
    try:
        for change in islice(repository.differences(parent, commit.tree), MAX_CHANGES):
            found.append(change)
    except (TooMany, Unavailable) as error:
        # What is damaged, or too much, is not among them.
        if error.code not in ("storage.too_many_files", "object.too_large", "storage.damaged", "storage.unreadable"):
            raise
        for tree in (parent, commit.tree):
            if tree is not None and not repository.has(tree):
                repository.damage.lost(tree)
    return found


def _compared(repository: Reading, ids: Sequence[str]) -> Iterator[tuple[str, list[Change]]]:
    """(id, changes) from git; ends after a commit whose changes had to be cut."""
    id = ""
    changes: list[Change] = []
    with _fed(repository, ids, (*_COMPARE, "--no-renames")) as parts:
        for head in parts:
            if not head.startswith(b":"):
                if id:
                    yield id, changes
                id, changes = head.decode("ascii"), []
                continue
            changes.append(_change(head, next(parts)))
            if len(changes) >= MAX_CHANGES:
                yield id, changes
                return
        if id:
            yield id, changes


@contextmanager
def _fed(repository: Reading, ids: Sequence[str], command: Sequence[str]) -> Iterator[Iterator[bytes]]:
    """The answer of a git that reads ids, in parts that end in NUL; it is ended with the block."""
    with tempfile.TemporaryFile() as given:
        given.write("".join(f"{id}\n" for id in ids).encode("ascii"))
        given.seek(0)
        process = repository.command.start(*command, given=given)
        try:
            yield _checked(process, command[0], _split(process.stdout))
        finally:
            process.__del__()


def _listed(repository: Reading, arguments: Sequence[str]) -> Iterator[str]:
    process = repository.command.start("rev-list", *arguments)
    try:
        for line in _checked(process, "rev-list", process.stdout):
            yield line.decode("ascii").strip()
    finally:
        process.__del__()


def _before(stop: Container[str], ids: Iterable[str]) -> Iterator[str]:
    return takewhile(lambda id: id not in stop, ids)


def _checked(process: Any, command: str, parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts, and an error if git ended with one: what it said until then must not be taken for everything."""
    yield from parts
    if process.proc.wait():
        reason = process.proc.stderr.read(2_000).decode("utf-8", "replace")
        raise GitFailed(command=command, status=process.proc.returncode, reason=reason)


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
