"""What a server does by itself, on a clock that the test moves."""

from __future__ import annotations

import sqlite3
import time
from types import SimpleNamespace
from typing import Any

import pytest

from wiki import background, succession
from wiki.background import Follower
from wiki.errors import NotFound


class Counting:
    """A wiki at which nothing is to be done but upkeep; counts what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.now = 1_000.0
        self.crowded = False

    def wiki(self) -> Any:
        return SimpleNamespace(
            is_current=lambda: True,
            is_superseded=lambda: False,
            repository=None,
            writer=SimpleNamespace(put_right=lambda: self.done.append("files"), is_guarding=False),
            rendering=SimpleNamespace(trim=lambda: self.done.append("trim")),
            door=SimpleNamespace(is_open=True, is_superseded=lambda: False),
            accounts=SimpleNamespace(forget=lambda: self.done.append("forget")),
            search=SimpleNamespace(worn=lambda: False),
        )

    def pass_seconds(self, follower: Follower, seconds: int) -> list[str]:
        """What is done meanwhile, looking twice a second as a server does."""
        self.done.clear()
        for _ in range(2 * seconds):
            self.now += 0.5
            follower.look()
        return list(self.done)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(background, "maintain", lambda repository: counting.done.append("maintain"))
    monkeypatch.setattr(background.allocator, "give_back", lambda: counting.done.append("memory"))
    monkeypatch.setattr(background, "is_crowded", lambda repository: counting.crowded)
    return counting


def test_upkeep_is_done_at_the_start_and_once_an_hour(counting: Counting) -> None:
    follower = Follower(counting.wiki(), lambda: counting.now)
    first_hour = counting.pass_seconds(follower, 3_599)
    assert first_hour.count("maintain") == first_hour.count("forget") == 1
    three_hours = counting.pass_seconds(follower, 3 * 3_600)
    assert [three_hours.count(what) for what in ("maintain", "trim", "forget")] == [3, 3, 3]
    assert three_hours.count("files") == 3 * 3_600 // 5


def test_many_saves_bring_upkeep_forward_by_no_more_than_one_look_a_minute(counting: Counting) -> None:
    follower = Follower(counting.wiki(), lambda: counting.now)
    counting.pass_seconds(follower, 30)
    counting.crowded = True
    assert counting.pass_seconds(follower, 60).count("maintain") == 1
    assert counting.pass_seconds(follower, 180).count("maintain") == 3
    counting.crowded = False
    assert counting.pass_seconds(follower, 3_000).count("maintain") == 0


def test_free_memory_is_given_back_once_a_minute(counting: Counting) -> None:
    follower = Follower(counting.wiki(), lambda: counting.now)
    assert counting.pass_seconds(follower, 600).count("memory") == 10


def test_a_server_older_than_what_is_derived_says_so_once_and_makes_nothing_anew(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wiki = counting.wiki()
    wiki.is_current, wiki.is_superseded = (lambda: False), (lambda: True)
    wiki.search.worn = lambda: True
    monkeypatch.setattr(Follower, "_reindex", lambda self: counting.done.append("reindex"))
    done = counting.pass_seconds(Follower(wiki, lambda: counting.now), 3_700)
    assert (done.count("maintain"), done.count("reindex")) == (2, 0)
    assert [record.message for record in caplog.records] == [succession.WORDS]


@pytest.mark.parametrize("what", ["what is derived", "accounts"])
@pytest.mark.parametrize(("upgraded", "words"), [(True, succession.RELOADS), (False, succession.WORDS)])
def test_a_server_under_which_the_engine_was_upgraded_reloads_once(
    counting: Counting,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    upgraded: bool,
    words: str,
    what: str,
) -> None:
    wiki = counting.wiki()
    if what == "accounts":
        wiki.door.is_superseded = lambda: True
    else:
        wiki.is_current, wiki.is_superseded = (lambda: False), (lambda: True)
    monkeypatch.setattr(succession, "_BEGAN", 0.0 if upgraded else time.time())
    follower = Follower(wiki, lambda: counting.now, reload=lambda: counting.done.append("reload"))
    assert counting.pass_seconds(follower, 180).count("reload") == upgraded
    assert [record.message for record in caplog.records] == [words]


def test_what_stays_wrong_is_told_once_and_so_is_its_end(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    missing, full, odd = (
        NotFound("storage.missing"),
        sqlite3.OperationalError("database or disk is full"),
        ValueError("odd"),
    )
    wiki, troubles = counting.wiki(), [missing, missing, full, full, OSError("no room"), odd, odd, None]

    def is_current() -> bool:
        if trouble := troubles.pop(0):
            raise trouble
        return True

    monkeypatch.setattr(wiki, "is_current", is_current)
    follower = Follower(wiki, lambda: counting.now)
    assert [follower.try_to_look() for _ in range(8)] == [False] * 7 + [True]
    told = [(record.message.split(":")[0], bool(record.exc_info)) for record in caplog.records]
    waits = [f"background work waits ({why})" for why in ("storage.missing", "database or disk is full", "no room")]
    failed = "background work failed, and is tried again"
    assert told == [*((words, False) for words in waits), (failed, True), ("background work goes on", False)]
