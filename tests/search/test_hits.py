"""What a search has found, as a sequence that is only made where somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wiki.search.hits import Hits, Numbered

PATHS = ["a", "b", "c", "d"]
SCORES = [1.0, 4.0, 2.0, 3.0]


def hits() -> Hits:
    return Hits(Numbered(PATHS), [1, 3, 2], SCORES)


def test_they_are_pairs_of_path_and_score_best_first() -> None:
    assert list(hits()) == [("b", 4.0), ("d", 3.0), ("c", 2.0)]
    assert (len(hits()), hits()[0], hits()[-1], hits()[1:]) == (3, ("b", 4.0), ("c", 2.0), [("d", 3.0), ("c", 2.0)])
    assert not Hits() and list(Hits()) == []


def test_scores_are_looked_up_for_what_was_found_only() -> None:
    assert hits().scores({"d", "a", "gone"}) == {"d": 3.0}


def test_those_that_are_lowered_come_after_their_betters_and_the_others_stay() -> None:
    before = hits()
    assert list(before.lowered({"b", "a"}, 0.6)) == [("d", 3.0), ("b", 2.4), ("c", 2.0)]
    assert list(before) == list(hits()) and before.lowered({"a"}, 0.5) is before
    assert [path for path, _ in before.lowered({"b"}, 0.75)] == ["b", "d", "c"], "equals keep their order"


def test_what_somebody_else_calls_them_is_looked_up_once_for_each_state() -> None:
    class Ids(Mapping[str, int]):
        looked = 0

        def __init__(self, **ids: int) -> None:
            self.ids = ids

        def __getitem__(self, path: str) -> int:
            self.looked += 1
            return self.ids[path]

        def __iter__(self) -> Iterator[str]:
            return iter(self.ids)

        def __len__(self) -> int:
            return len(self.ids)

    documents, ids = Numbered(PATHS), Ids(a=10, b=20, c=30)
    assert Hits(documents, [1, 3, 2], SCORES).called(ids) == [20, 30]
    assert Hits(documents, [0, 2], SCORES).called(ids) == [10, 30]
    assert ids.looked == len(PATHS)
    assert Hits(documents, [3], SCORES).called(Ids(d=5)) == [5]
