"""Measure the wiki: `python -m benchmarks [--pages 300,3000] [--commits 13000] [--quick] [--json FILE] [WHAT ...]`.

WHAT is reading, histories, writing, keeping or floors; without it everything is measured. A figure is held to its bar only
where its floor was measured in the same run. `python -m benchmarks report FILE ...` puts the figures of such files into the
documentation, as tables and as a curve.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import floors, keeping, processes, publishing, reading, report, writing
from benchmarks.bench import Bench
from benchmarks.report import Figure, Run

WHAT = ("floors", "reading", "histories", "writing", "keeping")
RESULTS = Path(__file__).parent / "results"
PUSHES = (1, 1_000)


@dataclass(frozen=True, slots=True)
class Size:
    """A wiki of so many pages and commits, and what is measured of it."""

    pages: int
    commits: int
    what: tuple[str, ...] = WHAT


# Cost against pages, and cost against commits.
ALL = (
    *(Size(pages, 13_000) for pages in (300, 3_000, 10_000)),
    *(Size(3_000, commits, ("histories",)) for commits in (100, 100_000)),
)
QUICK = (Size(300, 1_000),)


def figures(bench: Bench, what: tuple[str, ...]) -> Iterator[Figure]:
    """The figures of one size, in an order in which nothing spoils what comes after it."""
    yield keeping.cold_start(bench)
    bench.sign_in()
    if "floors" in what:
        yield from floors.measure(bench, bench.home / "floors")
    if "reading" in what:
        yield from reading.measure(bench)
    if "histories" in what:
        yield from reading.histories(bench)
    if "writing" in what:
        yield from writing.measure(bench)
    if "keeping" in what:
        yield keeping.warm_start(bench)
        yield from keeping.memory(bench)
        yield from keeping.while_maintaining(bench)
        for count in PUSHES:
            yield keeping.pushed(bench, count)
        yield keeping.unrendered(bench)
        bench.server.stop()
        yield from keeping.rebuild(bench)


def run(size: Size, quick: bool) -> Run:
    """Measure one size in a temporary folder."""
    found, before, started = [], processes.load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), size.pages, size.commits, quick)
        try:
            for figure in figures(bench, size.what):
                print(f"  {size.pages:,}: {figure.name} {report.number(figure.value)}", file=sys.stderr, flush=True)
                found.append(figure)
        finally:
            bench.close()
    print(f"  {size.pages:,} pages, {size.commits:,} commits: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return Run(size.pages, size.commits, (before, processes.load()), found)


def measure(given: argparse.Namespace) -> None:
    """Measure all sizes; what is measured is written after each, so that nothing is lost when it is ended early."""
    target = given.json or RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    machine, runs = processes.machine(), []
    for size in sizes(given):
        runs.append(run(size, given.quick))
        target.write_text(json.dumps(report.as_json(machine, runs), indent=1) + "\n")
    print(report.text(machine, runs))
    print(f"As JSON: {target}")


def sizes(given: argparse.Namespace) -> list[Size]:
    """What the arguments ask for."""
    usual = QUICK if given.quick else ALL
    what = tuple(given.what)
    if given.pages is None and given.commits is None:
        return [
            Size(size.pages, size.commits, what or size.what)
            for size in usual
            if not what or set(what) & set(size.what)
        ]
    pages = [int(number) for number in (given.pages or "3000").split(",")]
    commits = [int(number) for number in (given.commits or str(usual[0].commits)).split(",")]
    return [Size(many, deep, what or WHAT) for deep in commits for many in pages]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(WHAT)}; default: all. Or: report FILE ...")
    parser.add_argument("--pages", help="numbers of pages, with commas")
    parser.add_argument("--commits", help="numbers of commits, with commas")
    parser.add_argument("--quick", action="store_true", help="one small wiki, a third of the requests")
    parser.add_argument("--json", type=Path, help="where the figures go (default: benchmarks/results/<time>.json)")
    given = parser.parse_args()
    if given.what[:1] == ["report"]:
        publishing.publish([Path(file) for file in given.what[1:]])
        return
    if unknown := set(given.what) - set(WHAT):
        parser.error(f"not measured: {', '.join(sorted(unknown))}; there is {', '.join(WHAT)}")
    measure(given)


if __name__ == "__main__":
    main()
