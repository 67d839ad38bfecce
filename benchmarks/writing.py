"""What editors and strangers send. The forms are opened before, so that only the answer to what was sent is measured."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator

from benchmarks.bench import Ask, Bench
from benchmarks.report import Figure

PAUSE = 0.02


def measure(bench: Bench) -> Iterator[Figure]:
    """All figures of writing."""
    forms = (Ask(f"/-/edit/{path}", bench.cookie) for path in bench.paths(bench.few(90), "form"))
    yield bench.requests("edit form", forms)
    yield saved(bench)
    yield searchable(bench)
    yield suggested(bench)


def saved(bench: Bench) -> Figure:
    """A line added to a page, merged, checked and on the disk; bringing the search index along is part of the cost."""
    asks = [_changed(bench, path, f"Saved line {n}.") for n, path in enumerate(bench.paths(bench.few(60), "save"))]
    return bench.requests("save", asks, after=lambda: wait_current(bench))


def suggested(bench: Bench) -> Figure:
    """The same by a stranger, for review."""
    paths = bench.paths(bench.few(45), "suggestion")
    asks = [_changed(bench, path, f"Suggested line {n}.", cookie="") for n, path in enumerate(paths)]
    return bench.requests("suggestion", asks)


def searchable(bench: Bench) -> Figure:
    """How long until search finds a word that was just saved."""
    times = []
    for number, path in enumerate(bench.paths(bench.few(15), "searchable")):
        word = "zx" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")
        ask = _changed(bench, path, f"A new word: {word}.")
        if bench.client.ask(ask.path, ask.cookie, ask.form)[0] not in ask.right:
            raise RuntimeError(f"{path} was not saved")
        started = time.perf_counter()
        address = f"/-/search?q={word}&format=json"
        while not re.search(rb'"total": ?[1-9]', bench.client.ask(address)[1]):
            if time.perf_counter() - started > 60:
                raise RuntimeError(f"search did not find {word}")
            time.sleep(PAUSE)
        times.append(1000 * (time.perf_counter() - started))
    worst = max(times)
    return Figure("save to searchable", None, statistics.median(times), worst, len(times), note="wall; p95 = worst")


def wait_current(bench: Bench, seconds: float = 600.0) -> None:
    """Wait until catalog, history and search stand at HEAD."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if len(set(stands(bench))) == 1:
            return
        time.sleep(PAUSE)
    raise RuntimeError(f"not current after {seconds} s: {bench.client.ask('/-/health')[1]!r}")


def stands(bench: Bench) -> list[str]:
    """HEAD, and the commits of catalog, history and index."""
    wiki = bench.looking
    return [wiki.repository.head(), wiki.catalog.revision(), wiki.history.revision(), wiki.search.commit() or ""]


def _changed(bench: Bench, path: str, line: str, cookie: str | None = None) -> Ask:
    cookie = bench.cookie if cookie is None else cookie
    form = bench.client.form(path, cookie)
    form["body"] = [f"{form['body'][0].rstrip()}\n\n{line}\n"]
    form["message"] = [line]
    form["do"] = ["save"]
    return Ask(f"/-/edit/{path}", cookie, form, right=(302, 303))
