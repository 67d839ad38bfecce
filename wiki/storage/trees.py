"""What lies below a tree, and in what two trees differ.

A tree of a few objects can name billions of files, so walking is bounded: what holds too much comes as a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wiki.errors import NotFound, TooMany
from wiki.storage.damage import Damage
from wiki.storage.objects import Change, Entry, kind_of

# In all folders together, and in one of those at the top.
MAX_ENTRIES = 500_000
MAX_FOLDER = 200_000
MAX_DEPTH = 64

# Names to mode and id.
Tree = dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Trees:
    """Walks trees, each of which `read` gives by its id; it raises NotFound for one that is damaged.

    Folders that are damaged, or hold more than can be walked, are noted in `damage`.
    """

    read: Callable[[str], Tree]
    damage: Damage

    def below(self, tree: str, path: str = "") -> Iterator[Entry]:
        """Every file, link and submodule below a tree, which is the folder at `path` or the top, in git's order.

        Raises TooMany("storage.too_many_files") where a folder holds too much; inside the top such a folder comes itself.
        """
        return self._below(tree, path, _Budget(MAX_FOLDER), 1) if path else self._below(tree, "", _Budget(MAX_ENTRIES))

    def differences(self, old: str | None, new: str | None) -> Iterator[Change]:
        """What differs between the trees of two commits (None: there is nothing), in git's order, as it is found."""
        return self._differences(old, new, "", _Budget(MAX_ENTRIES))

    def _below(self, tree: str, prefix: str, budget: _Budget, depth: int = 0) -> Iterator[Entry]:
        if depth:
            budget.spend()
        for name, (mode, id) in self._tree(tree, prefix).items():
            path = f"{prefix}/{name}" if prefix else name
            is_left_out = False
            if kind_of(mode) == "tree" and depth < MAX_DEPTH:
                try:
                    yield from self._below(id, path, budget.below(depth), depth + 1)
                    continue
                except TooMany:
                    is_left_out = True
            if depth:
                budget.spend()
            if is_left_out:
                self.damage.at(path)
            yield Entry(path, mode, id)

    def _tree(self, id: str, path: str) -> Tree:
        """A tree; one below the top that is damaged counts as empty, so that all the others are still found."""
        try:
            return self.read(id)
        except NotFound:
            error = self.damage.at(path)
            if not path:
                raise error
            return {}

    def _differences(
        self, old: str | None, new: str | None, prefix: str, budget: _Budget, depth: int = 0
    ) -> Iterator[Change]:
        if old == new:
            return
        if depth:
            budget.spend()
        before = self._tree(old, prefix) if old else {}
        after = self._tree(new, prefix) if new else {}
        # Most of a folder is as it was, and a comparison of the whole sets doesn't look at each name.
        names = sorted({name for name, _ in before.items() ^ after.items()}) if before and after else before or after
        for name in names:
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            path = f"{prefix}/{name}" if prefix else name
            # No page can lie deeper, so what is further down is one change of its folder, and none of its files.
            deeper = depth < MAX_DEPTH
            old_tree = was[1] if was and deeper and kind_of(was[0]) == "tree" else None
            new_tree = now[1] if now and deeper and kind_of(now[0]) == "tree" else None
            is_left_out = False
            if old_tree or new_tree:
                try:
                    yield from self._differences(old_tree, new_tree, path, budget.below(depth), depth + 1)
                except TooMany:
                    is_left_out = True
            was = None if old_tree and not is_left_out else was
            now = None if new_tree and not is_left_out else now
            if was or now:
                if depth:
                    budget.spend()
                if is_left_out:
                    self.damage.at(path)
                yield _change(path, was, now)


class _Budget:
    """How much of one listing may still be walked: a tree of a few objects can name billions of files. What lies directly
    at the top is free, since there is always a listing of that."""

    __slots__ = ("_all", "_left", "_limit")

    def __init__(self, limit: int, all: _Budget | None = None) -> None:
        self._limit = self._left = limit
        self._all = all

    def below(self, depth: int) -> _Budget:
        """What a folder in one at this depth may spend: each of those at the top has a part of its own."""
        return self if depth else _Budget(MAX_FOLDER, self)

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMany("storage.too_many_files", limit=self._limit)
        if self._all is not None:
            self._all.spend()


def _change(path: str, was: tuple[int, str] | None, now: tuple[int, str] | None) -> Change:
    if was is None:
        assert now is not None
        return Change(path, "A", None, now[1], 0, now[0])
    if now is None:
        return Change(path, "D", was[1], None, was[0], 0)
    status = "M" if kind_of(was[0]) == kind_of(now[0]) else "T"
    return Change(path, status, was[1], now[1], was[0], now[0])
