"""What a search has found: thousands of pages, of which most are only counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import overload


class Numbered:
    """The paths of all documents of an index, by the numbers that it has for them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._ids: tuple[Mapping[str, int], Sequence[int | None]] = ({}, [])

    def ids(self, ids: Mapping[str, int]) -> Sequence[int | None]:
        """Somebody else's numbers for the same documents; asked again for the same, nothing is looked up."""
        known, found = self._ids
        if known is not ids:
            found = [ids.get(path) for path in self.paths]
            self._ids = (ids, found)
        return found


_NO_DOCUMENTS = Numbered(())


class Hits(Sequence[tuple[str, float]]):
    """Paths with their scores, best first.

    They stay the index's numbers until somebody looks: to make thousands of pairs takes longer than to find them.
    `scores` are those of all documents.
    """

    __slots__ = ("_documents", "_numbers", "_scores")

    def __init__(
        self, documents: Numbered = _NO_DOCUMENTS, numbers: Sequence[int] = (), scores: Sequence[float] = ()
    ) -> None:
        self._documents = documents
        self._numbers = numbers
        self._scores = scores

    @classmethod
    def of(cls, paths: Sequence[str]) -> Hits:
        """Paths that something else has found, best first."""
        return cls(Numbered(paths), range(len(paths)), [1.0 / place for place in range(1, len(paths) + 1)])

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> tuple[str, float]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[str, float]]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, float] | list[tuple[str, float]]:
        if isinstance(place, slice):
            return [self._hit(number) for number in self._numbers[place]]
        return self._hit(self._numbers[place])

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return map(self._hit, self._numbers)

    def _hit(self, number: int) -> tuple[str, float]:
        return self._documents.paths[number], self._scores[number]

    def called(self, ids: Mapping[str, int]) -> list[int]:
        """The ids of what was found, best first; what has none is left out."""
        return [*filter(None, map(self._documents.ids(ids).__getitem__, self._numbers))]

    def scores(self, paths: Collection[str]) -> dict[str, float]:
        """The scores of those of these paths that were found."""
        found: dict[str, float] = {}
        every = self._documents.paths
        for number in self._numbers:
            if every[number] in paths:
                found[every[number]] = self._scores[number]
                if len(found) == len(paths):
                    break
        return found

    def lowered(self, paths: Collection[str], share: float) -> Hits:
        """The same with the scores of these paths multiplied by a share."""
        every = self._documents.paths
        lower = [number for number in self._numbers if every[number] in paths] if paths else []
        if not lower:
            return self
        scores = list(self._scores)
        for number in lower:
            scores[number] *= share
        return Hits(self._documents, sorted(self._numbers, key=scores.__getitem__, reverse=True), scores)
