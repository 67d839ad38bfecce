"""What the branch holds: which suggestions are merged, and whether a commit is one that readers may be shown.

The branch is followed as it moves, by reading the new commits alone. A git process is needed after something was merged
or rewritten, and for suggestions seen for the first time: one for all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from wiki.errors import NotFound
from wiki.storage.objects import Commit
from wiki.storage.recent import Recent
from wiki.storage.repository import Repository

NEAR = 50
MANY = 20_000


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the branch holds at one commit: heads of suggestions to the commit that brought them in, and numbers of
    suggestions to the commit that says it took them in (or a part of them)."""

    heads: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[int, str] = field(default_factory=dict)


class Branch:
    """The branch that HEAD names. Safe between threads."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._lock = threading.Lock()
        self._at = ""
        self._forget()

    def reaches(self, revision: str) -> bool:
        """Whether the branch holds this commit (a full id): what it doesn't hold is not for readers' eyes."""
        head = self._repository.head()
        if revision == head:
            return True
        with self._lock:
            self._follow(head)
            reached = self._reached
        # That it is reached stays so while the branch grows; that it is not may change with every commit.
        if reached.get(revision):
            return True
        known = reached.get(revision + head)
        if known is None:
            try:
                self._repository.commit(revision)
                known = self._repository.is_ancestor(revision, head)
            except NotFound:
                known = False
            reached.keep(revision if known else revision + head, known)
        return known

    def holdings(self, bases: Mapping[str, str]) -> Holdings:
        """What the branch holds; decides for all heads of suggestions in `bases`, which says where each began."""
        with self._lock:
            self._follow(self._repository.head())
            unknown = {
                head: base for head, base in bases.items() if head not in self._heads and head not in self._absent
            }
            if unknown:
                self._read_since(unknown.values())
                self._decide(unknown)
            return Holdings(dict(self._heads), dict(self._numbers))

    def _forget(self) -> None:
        self._heads: dict[str, str] = {}
        self._absent: set[str] = set()
        self._numbers: dict[int, str] = {}
        self._joined: dict[str, str] = {}
        # Commits after which every commit of the branch has been read.
        self._read: set[str] = set()
        self._reached: Recent[bool] = Recent(MANY, lambda _: 1)

    def _follow(self, head: str) -> None:
        before, self._at = self._at, head
        if before in ("", head):
            return
        new = [self._repository.commit(id) for id in self._repository.chain(head, {before}, NEAR)]
        straight = all(len(commit.parents) == 1 for commit in new)
        if not new or new[-1].parents[:1] != (before,):
            if not self._repository.is_ancestor(before, head):
                self._forget()
                return
            new = list(self._repository.commits(self._repository.reachable([head], [before], MANY)))
            straight = False
        self._note(new)
        self._read.add(before)
        if not straight or any(commit.id in self._absent for commit in new):
            self._absent.clear()

    def _read_since(self, bases: Iterable[str]) -> None:
        """Read what came to the branch since the oldest of these commits."""
        unread = [base for base in set(bases) if base != self._at and base not in self._read]
        if unread:
            oldest = min(unread, key=lambda id: self._repository.commit(id).committed)
            self._note(self._repository.commits(self._repository.reachable([self._at], [oldest], MANY)))
            self._read.update(unread)

    def _note(self, commits: Iterable[Commit]) -> None:
        for commit in commits:
            self._read.add(commit.id)
            for parent in commit.parents[1:]:
                self._joined[parent] = commit.id
            for number in commit.trailers.get("Suggestion", ()):
                if number.isascii() and number.isdigit() and len(number) <= 12:
                    self._numbers[int(number)] = commit.id

    def _decide(self, unknown: Mapping[str, str]) -> None:
        # What began at this very commit can't be in it.
        self._absent.update(head for head, base in unknown.items() if base == self._at)
        asked = [head for head, base in unknown.items() if base != self._at]
        missing = set(self._missing(asked))
        self._absent.update(missing)
        self._heads.update((head, self._joined.get(head, head)) for head in asked if head not in missing)

    def _missing(self, heads: Collection[str]) -> Iterable[str]:
        """Which of these commits the branch doesn't hold."""
        if not heads:
            return ()
        found = self._repository.reachable(list(heads), [self._at], MANY)
        if len(found) < MANY:
            return set(heads).intersection(found)
        return (head for head in heads if not self._repository.is_ancestor(head, self._at))
