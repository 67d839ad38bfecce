"""What a request makes Python, SQLite and git do, counted: `python -m benchmarks.counted [--pages 300,3000,10000]`.

Times of two runs differ by what else the machine does; these numbers don't. They say whether a kind of request does more in a
larger wiki: calls of Python's functions and of those in C, steps of SQLite's virtual machine, processes started.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks import corpus, reading
from benchmarks.bench import UNCOUNTED, Ask, Bench
from benchmarks.report import number, table
from benchmarks.writing import wait_current
from wiki import background
from wiki.config import load
from wiki.web.application import create_app

STEPS = 100
REQUESTS = 40


@dataclass(frozen=True, slots=True)
class Work:
    """What was done for a number of requests."""

    requests: int
    calls: int
    ticks: int
    processes: int
    bytes: int


KINDS: Mapping[str, Callable[[Work], float]] = {
    "calls of functions": lambda work: work.calls,
    "SQLite, thousand steps": lambda work: work.ticks * STEPS / 1_000,
    "processes started": lambda work: work.processes,
    "KB of the answer": lambda work: work.bytes / 1_000,
}


class Counter:
    """Counts what this process does from here on. There can be one in a process: what it looks at can't be let go."""

    def __init__(self) -> None:
        self._ticks = 0
        self._processes = 0
        connect = sqlite3.connect

        def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_progress_handler(self._tick, STEPS)
            return connection

        sqlite3.connect = counting  # type: ignore[assignment]
        sys.addaudithook(self._look)

    def _tick(self) -> None:
        self._ticks += 1

    def _look(self, event: str, _: object) -> None:
        self._processes += event == "subprocess.Popen"

    def count(self, app: Flask, paths: Sequence[str]) -> Work:
        """The work of asking for these addresses, past the cache of finished pages. Raises RuntimeError at a wrong status."""
        profile, sent = cProfile.Profile(), 0
        ticks, processes = self._ticks, self._processes
        for path in paths:
            with app.test_request_context(path):
                answer = profile.runcall(app.full_dispatch_request)
                sent += len(answer.get_data())
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.status_code} at {path}")
        ticks = self._ticks - ticks
        # A tick is a call too, and not the wiki's.
        calls = pstats.Stats(profile).total_calls - ticks  # type: ignore[attr-defined]
        return Work(len(paths), calls, ticks, self._processes - processes, sent)


def asks(bench: Bench) -> Iterator[tuple[str, Iterator[str]]]:
    """Kinds of requests, and addresses of each."""
    count = REQUESTS + UNCOUNTED
    yield "page view, first", (f"/{path}" for path in bench.paths(count, "first"))
    yield "edit form", (f"/-/edit/{path}" for path in bench.paths(count, "edit"))
    yield "category with facets", _paths(reading.facets(bench))
    yield "compare", _paths(reading.compared(bench))
    for name in ("history", "diff", "blame"):
        yield name, (f"/-/{name}/{path}" for path in bench.paths(count, name))
    yield "recent changes", iter(["/-/recent"] * count)
    yield "search", (f"/-/search?q={query.replace(' ', '+')}" for query in corpus.queries(count))


def _paths(given: Sequence[Ask]) -> Iterator[str]:
    return (ask.path for ask in given)


def measure(counter: Counter, pages: int, commits: int) -> dict[str, Work]:
    """The work of each kind of request in a wiki of so many pages and commits."""
    found = {}
    with background.held(), tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), pages, commits, quick=False)
        try:
            bench.start()
            wait_current(bench)
            bench.server.stop()
            app = create_app(load(bench.home, {}))
            for name, paths in asks(bench):
                counter.count(app, list(islice(paths, UNCOUNTED)))
                found[name] = counter.count(app, list(islice(paths, REQUESTS)))
            app.extensions["wiki"].close()
        finally:
            bench.close()
    return found


def text(sizes: Sequence[int], found: Sequence[dict[str, Work]]) -> str:
    """What one request takes: a table for each kind of work, in it a row for each kind of request."""
    parts = []
    for what, of in KINDS.items():
        rows = [(name, *(number(of(one[name]) / one[name].requests) for one in found)) for name in found[0]]
        parts.append(table((what, *(f"{size:,}" for size in sizes)), rows))
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counted", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--pages", default="300,3000,10000", help="numbers of pages, with commas")
    parser.add_argument("--commits", type=int, default=2_000)
    given = parser.parse_args()
    sizes = [int(size) for size in given.pages.split(",")]
    counter = Counter()
    print(text(sizes, [measure(counter, size, given.commits) for size in sizes]))


if __name__ == "__main__":
    main()
