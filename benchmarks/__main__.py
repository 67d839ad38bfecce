"""Measure the wiki: `python -m benchmarks [--pages 300,3000] [--commits 13000] [--quick] [--json FILE] [WHAT ...]`.

WHAT is reading, writing, keeping or floors; without it everything is measured. A figure is held to its bar only where its
floor was measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import floors, keeping, processes, reading, report, writing
from benchmarks.bench import Bench
from benchmarks.report import Figure, Run

WHAT = ("floors", "reading", "writing", "keeping")
RESULTS = Path(__file__).parent / "results"
PUSHES = (1, 1_000)


def figures(bench: Bench, what: list[str]) -> Iterator[Figure]:
    """The figures of one size, in an order in which nothing spoils what comes after it."""
    yield keeping.cold_start(bench)
    bench.sign_in()
    if "floors" in what:
        yield from floors.measure(bench, bench.home / "floors")
    if "reading" in what:
        yield from reading.measure(bench)
    if "writing" in what:
        yield from writing.measure(bench)
    if "keeping" in what:
        yield from keeping.memory(bench)
        yield from keeping.while_maintaining(bench)
        for count in PUSHES:
            yield keeping.pushed(bench, count)
        yield keeping.warm_start(bench)
        yield keeping.unrendered(bench)
        bench.server.stop()
        yield from keeping.rebuild(bench)


def run(pages: int, commits: int, quick: bool, what: list[str]) -> Run:
    """Measure one size in a temporary folder."""
    found, before = [], processes.load()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), pages, commits, quick)
        try:
            for figure in figures(bench, what):
                print(f"  {pages:,}: {figure.name} {report.number(figure.value)}", file=sys.stderr, flush=True)
                found.append(figure)
        finally:
            bench.close()
    return Run(pages, commits, (before, processes.load()), found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(WHAT)}; default: all")
    parser.add_argument("--pages", help="numbers of pages, with commas (default 300,3000,10000; quick: 300)")
    parser.add_argument("--commits", type=int, help="number of commits (default 13000; quick: 1000)")
    parser.add_argument("--quick", action="store_true", help="one small wiki, a third of the requests")
    parser.add_argument("--json", type=Path, help="where the figures go (default: benchmarks/results/<time>.json)")
    given = parser.parse_args()
    if unknown := set(given.what) - set(WHAT):
        parser.error(f"not measured: {', '.join(sorted(unknown))}; there is {', '.join(WHAT)}")
    sizes = [int(size) for size in (given.pages or ("300" if given.quick else "300,3000,10000")).split(",")]
    commits = given.commits or (1_000 if given.quick else 13_000)
    runs = [run(pages, commits, given.quick, given.what or list(WHAT)) for pages in sizes]
    machine = processes.machine()
    target = given.json or RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report.as_json(machine, runs), indent=1) + "\n")
    print(report.text(machine, runs))
    print(f"As JSON: {target}")


if __name__ == "__main__":
    main()
