"""Reading the content: files, trees, commits and refs of one git repository, always from objects at a commit.

Commits, trees and ids never change, so they are remembered; what moves (HEAD, refs) is read from its file every time.
Reading a page costs one request to a `git cat-file` that keeps running, and no process.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterator, Sequence
from itertools import islice
from pathlib import Path

from wiki.errors import NotFound
from wiki.storage import objects, walking
from wiki.storage.command import GitCommand
from wiki.storage.damage import Damage
from wiki.storage.objects import Blob, Change, Commit, Entry, weight
from wiki.storage.places import git_folder
from wiki.storage.reader import MAX_OBJECT, Reader
from wiki.storage.recent import Recent
from wiki.storage.references import HEX, References
from wiki.storage.trees import Tree, Trees
from wiki.storage.walking import BlameLine

MAX_KEPT = 20
# Bytes of blobs that are remembered: a save reads the same page several times.
KEPT_BLOBS, MAX_KEPT_BLOB = 250_000, 25_000
_PREFIX = re.compile(r"[0-9a-f]{7,40}")


class Repository:
    """The git repository in the folder `path`. Safe between threads, and after a fork.

    A revision is the full hexadecimal id of a commit, as `head` and `resolve` give it. Where a folder `objects` is
    given, what is in it is read as well.
    """

    def __init__(self, path: Path, objects: Path | None = None) -> None:
        self.path = Path(path).absolute()
        self.git_dir = git_folder(self.path)
        self.command = GitCommand(self.git_dir, objects=objects)
        self._reader = Reader(self.command)
        self._references = References(self.git_dir)
        self.damage = Damage(self.git_dir)
        # Entries, bytes, and how many entries' room it takes, of 300 bytes each.
        self._trees: Recent[tuple[Tree, bytes, int]] = Recent(25_000, lambda tree: tree[2])
        self._blobs: Recent[bytes] = Recent(KEPT_BLOBS, len)
        self._diffs: Recent[list[Change]] = Recent(2_000, lambda changes: 1 + len(changes))
        self._commits: Recent[Commit] = Recent(2_000, weight)

    @property
    def bare(self) -> bool:
        """Whether there is no work tree to bring along."""
        return self.git_dir == self.path

    def close(self) -> None:
        """End the idle git processes; reading starts them again."""
        self._reader.close()

    # What moves

    def head(self) -> str:
        """The commit HEAD stands at. Raises NotFound("storage.empty") or NotFound("storage.missing")."""
        return self._references.head()

    def branch(self) -> str | None:
        """The ref HEAD names, such as "refs/heads/main"; None where HEAD is detached."""
        return self._references.branch()

    def ref(self, name: str) -> str | None:
        """The id that a ref holds, None if there is no such ref."""
        return self._references.get(name)

    def refs(self, prefix: str) -> dict[str, str]:
        """Every ref whose name starts with `prefix` ("refs/suggestions/") to its id."""
        return self._references.all(prefix)

    def resolve(self, text: str) -> str:
        """The commit that 40 hexadecimal digits, or an unambiguous beginning of at least 7, stand for.

        Nothing else names a revision here: no ref, no `HEAD~1`, no option. Raises NotFound("revision.unknown").
        """
        if not _PREFIX.fullmatch(text):
            raise NotFound("revision.unknown", revision=text[:80])
        if self._commits.get(text) is not None:
            return text
        try:
            id, kind, _ = self._reader.header(text)
        except NotFound:
            raise NotFound("revision.unknown", revision=text)
        if kind != "commit":
            raise NotFound("revision.unknown", revision=text)
        return id

    # Objects

    def blob(self, id: str, limit: int = MAX_OBJECT) -> bytes:
        """Content of a blob. Raises NotFound("object.unknown"); TooMany("object.too_large") above `limit` bytes."""
        known = self._blobs.get(id)
        if known is None or len(known) > limit:
            known = self._object(id, "blob", limit)
            self.keep_blob(id, known)
        return known

    def has(self, id: str) -> bool:
        """Whether an object is there."""
        try:
            return self.size(id) >= 0
        except NotFound:
            return False

    def size(self, id: str) -> int:
        """Bytes of an object without reading it."""
        return self._reader.header(_checked(id))[2]

    def blobs(self, ids: Collection[str], limit: int = MAX_OBJECT) -> Iterator[tuple[str, bytes | None]]:
        """Many blobs in the order asked, quicker than one by one; None for the missing and those above `limit`.

        Whoever follows a save asks for what has just been written or read: few are remembered, like one.
        """
        known = self._known(ids)
        read = self._reader.objects([_checked(id) for id in ids if id not in known], limit)

        def found(id: str) -> bytes | None:
            data = known[id] if id in known else next(read)[1]
            if data is not None and len(ids) <= MAX_KEPT:
                self.keep_blob(id, data)
            return data if data is None or len(data) <= limit else None

        return ((id, found(id)) for id in ids)

    def sizes(self, ids: Collection[str]) -> Iterator[int | None]:
        """Bytes of many objects in the order asked; None for the missing."""
        known = self._known(ids)
        read = self._reader.sizes([_checked(id) for id in ids if id not in known])
        return (len(known[id]) if id in known else next(read) for id in ids)

    def commit(self, id: str) -> Commit:
        """The commit of that id. Raises NotFound("object.unknown"), and NotFound("object.not_commit") for anything else."""
        known = self._commits.get(id)
        if known is None:
            known = next(self.commits([id]))
            self._commits.keep(id, known)
        return known

    def commits(self, ids: Collection[str]) -> Iterator[Commit]:
        """Many commits in the order asked."""
        for id, (kind, data) in self._reader.beginnings([_checked(id) for id in ids], objects.MAX_COMMIT):
            if kind != "commit":
                raise NotFound("object.not_commit" if kind else "object.unknown", id=id, kind=kind)
            yield objects.parse_commit(id, data)

    def tree(self, id: str) -> Tree:
        """Names directly in one tree to (mode, id)."""
        return self._tree(id)[0]

    def tree_bytes(self, id: str) -> bytes:
        """One tree as it is stored; empty where it is not as git writes it."""
        return self._tree(id)[1]

    # What was just written is kept as if it had been read: whatever follows the branch asks for it next.

    def keep_blob(self, id: str, data: bytes) -> None:
        """Remember a blob, if it isn't large."""
        if len(data) <= MAX_KEPT_BLOB:
            self._blobs.keep(id, data)

    def keep_tree(self, id: str, entries: Tree, data: bytes) -> None:
        """Remember a tree; nearly all its entries are another's that is remembered, and in memory only once."""
        self._trees.keep(id, (entries, data, len(entries) // 3))

    def keep_commit(self, id: str, data: bytes) -> None:
        """Remember a commit."""
        self._commits.keep(id, objects.parse_commit(id, data))

    # Paths at a commit

    def entry(self, revision: str, path: str) -> Entry | None:
        """What is at `path` in that commit: a file, link, submodule or folder; None if there is nothing."""
        mode, id = objects.FOLDER, self.commit(revision).tree
        names = path.split("/")
        for depth, name in enumerate(names):
            if objects.kind_of(mode) != "tree":
                return None
            try:
                found = self.tree(id).get(name)
            except NotFound:
                raise self.damage.at("/".join(names[:depth]))
            if found is None:
                return None
            mode, id = found
        return Entry(path, mode, id)

    def file(self, revision: str, path: str) -> Entry | None:
        """The file at `path` in that commit; None for everything that is not one, symbolic links included."""
        entry = self.entry(revision, path)
        return entry if entry is not None and entry.kind == "blob" else None

    def content(self, revision: str, path: str) -> bytes | None:
        """What the file at `path` holds in that commit; None where there is no file."""
        entry = self.file(revision, path)
        return self.blob(entry.id) if entry is not None else None

    def read(self, revision: str, path: str, limit: int = MAX_OBJECT) -> Blob:
        """The file at `path` in that commit. Raises NotFound("file.unknown") for everything that is not a file,
        symbolic links included, and TooMany("object.too_large")."""
        entry = self.file(revision, path)
        if entry is None:
            raise NotFound("file.unknown", path=path)
        return Blob(entry.id, entry.mode, self.blob(entry.id, limit))

    def entries(self, revision: str, prefix: str = "") -> Iterator[Entry]:
        """Every file, link and submodule below the folder `prefix` (all if empty), in git's order.

        A folder with more in it than can be walked (too many files, too large a tree, too deep) comes itself, after as much
        of it as was. Raises TooMany("storage.too_many_files") where that is the folder that was asked for.
        """
        tree = self.commit(revision).tree
        prefix = prefix.strip("/")
        if prefix:
            top = self.entry(revision, prefix)
            if top is None or top.kind != "tree":
                return
            tree = top.id
        yield from Trees(self.tree, self.damage).below(tree, prefix)

    def diff(self, old: str | None, new: str) -> list[Change]:
        """Paths that differ between two commits (`old` None: everything is new), in git's order; moves not detected.

        A folder with more in it than can be walked comes itself, like in `entries`. Compares trees, so the cost follows what changed and not what there is.
        """
        before = self.commit(old).tree if old is not None else None
        return list(self.differences(before, self.commit(new).tree))

    def differs_little(self, old: str, new: str, most: int) -> bool:
        """Whether at most so many paths differ between two commits. Looks at no more, however many do."""
        changes = self.differences(self.commit(old).tree, self.commit(new).tree)
        return sum(1 for _ in islice(changes, most + 1)) <= most

    def differences(self, old: str | None, new: str | None) -> Iterator[Change]:
        """Like `diff`, between two trees by their ids, and as they are found."""
        key = f"{old} {new}"
        known = self._diffs.get(key)
        if known is not None:
            yield from known
            return
        found: list[Change] = []
        met = self.damage.met
        for change in Trees(self.tree, self.damage).differences(old, new):
            if len(found) <= MAX_KEPT:
                found.append(change)
            yield change
        if len(found) <= MAX_KEPT and self.damage.met == met:
            # Whatever follows the branch asks for the same few changes after each save.
            self._diffs.keep(key, found)

    # Through time

    def walk(
        self, new: str, stop: Collection[str] = (), first_parent: bool = True, limit: int | None = None
    ) -> Iterator[tuple[Commit, list[Change]]]:
        """Commits newest first, each with what it changed against its first parent: the `chain`, or without
        `first_parent` everything `reachable`, at most `limit` of them (there 10,000 if not said)."""
        if first_parent:
            return walking.walk(self, _checked(new), stop, limit)
        return self.details(self.reachable([new], list(stop), 10_000 if limit is None else limit))

    def chain(self, new: str, stop: Container[str] = (), limit: int | None = None) -> list[str]:
        """Ids from `new` back along first parents, newest first, before the first that is in `stop`.

        Up to 50 commits run no process.
        """
        return walking.chain(self, _checked(new), stop, limit)

    def reachable(self, new: Sequence[str], without: Sequence[str] = (), limit: int = 1_000) -> list[str]:
        """At most `limit` commits that `new` reach and `without` don't, newest first. Runs one git process."""
        return walking.reachable(self, [_checked(id) for id in new], [_checked(id) for id in without], limit)

    def details(self, ids: Sequence[str]) -> Iterator[tuple[Commit, list[Change]]]:
        """Commits in the order asked, each with what it changed against its first parent.

        Up to 50 commits run no process; the changes of one commit are cut after 100,000.
        """
        return walking.details(self, [_checked(id) for id in ids])

    def moves(self, ids: Sequence[str]) -> Iterator[dict[str, str]]:
        """For each of the commits, the files it moved and may have changed a little: new path to old. One process."""
        return walking.moves(self, [_checked(id) for id in ids])

    def blame(self, revision: str, path: str, limit: int = walking.MAX_BLAMED) -> list[BlameLine]:
        """Who wrote each line of a file, followed through moves of the whole file. Runs one git process.

        Raises NotFound("file.unknown"), TooMany("object.too_large") above `limit` bytes, and Unavailable("storage.slow")
        after ten seconds.
        """
        return walking.blame(self, revision, path, limit)

    def renames(self, old: str, new: str) -> dict[str, str]:
        """Files that `new` has under another name than `old`, their text changed a little perhaps. One process."""
        return walking.renames(self, old, new)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, None if they share no history. Runs one git process."""
        return walking.merge_base(self, one, other)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` is `old` or comes after it. Runs at most one git process."""
        return old == new or walking.merge_base(self, old, new) == old

    # Insides

    def _known(self, ids: Collection[str]) -> dict[str, bytes]:
        """Those of these blobs that are remembered."""
        return {id: data for id in ids if (data := self._blobs.get(id)) is not None}

    def _tree(self, id: str) -> tuple[Tree, bytes, int]:
        known = self._trees.get(id)
        if known is None:
            data = self._object(id, "tree")
            entries, is_whole = objects.parse_tree(data)
            known = entries, data if is_whole else b"", len(entries)
            self._trees.keep(id, known)
        return known

    def _object(self, id: str, expected: str, limit: int = MAX_OBJECT) -> bytes:
        _, kind, data = self._reader.object(_checked(id), limit)
        if kind != expected:
            raise NotFound("object.unknown", id=id)
        return data


def _checked(id: str) -> str:
    if not HEX.fullmatch(id):
        raise NotFound("object.unknown", id=id[:80])
    return id
