"""Figures, the bars they are held to, and how both are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

HELLO = "Flask hello world"
GIT = "git commit, plumbing"
WHOOSH = "bare Whoosh, query"
WHOOSH_BUILD = "bare Whoosh, build"
HISTORIES = ("history", "history, the longest", "diff", "blame", "recent changes")
FLAT = 1.3


@dataclass(frozen=True, slots=True)
class Figure:
    """One result. `value` is in `unit` (by default CPU milliseconds of the whole server for one request); the rest is the
    time somebody waited, in milliseconds, over `count` requests."""

    name: str
    value: float | None
    p50_ms: float | None = None
    p95_ms: float | None = None
    count: int = 1
    unit: str = "CPU ms"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit: `factor` times the value of a floor, or just that number. `of` is what of the figure is held to it."""

    factor: float
    floor: str = ""
    of: str = "value"


BARS: Mapping[str, Bar] = {
    "page view, cached": Bar(0.25, HELLO),
    "page view, first": Bar(8),
    "search": Bar(10),
    "edit form": Bar(5),
    "save": Bar(2, GIT),
    "save to searchable": Bar(1_000, of="p95_ms"),
    "history": Bar(300, of="p95_ms"),
    "recent changes": Bar(300, of="p95_ms"),
    "rebuild, search index": Bar(1.3, WHOOSH_BUILD),
    "warm start": Bar(1_000, of="p50_ms"),
    "memory beyond the search index": Bar(120),
}
# What grows with the number of pages by its nature, or is no request.
GROWING = ("search", "rebuild", "cold start", "memory", "catch-up", HELLO, "nginx", "bare WSGI", "bare Whoosh", GIT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a figure stands to its bar: its limit in words, the share of it that is used."""

    words: str
    share: float

    @property
    def met(self) -> bool:
        return self.share <= 1


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one size."""

    pages: int
    commits: int
    load: tuple[float, float]
    figures: Sequence[Figure]


def judge(figure: Figure, figures: Iterable[Figure]) -> Verdict | None:
    """What a figure is worth against its bar; None where there is no bar, or its floor was not measured."""
    bar = BARS.get(figure.name)
    if bar is None:
        return None
    measured: float | None = getattr(figure, bar.of)
    floor = next((other.value for other in figures if other.name == bar.floor), None) if bar.floor else 1.0
    if measured is None or not floor:
        return None
    limit = bar.factor * floor
    words = f"{number(limit)} ({bar.factor:g} × {bar.floor})" if bar.floor else number(limit)
    return Verdict(words if bar.of == "value" else f"{words} ms waited", measured / limit)


def number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, aligned for reading as it is."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([shown[0], "| " + " | ".join("-" * width for width in widths) + " |", *shown[1:]])


def run_table(run: Run) -> str:
    """All figures of one size with their bars."""
    rows = []
    for figure in run.figures:
        verdict = judge(figure, run.figures)
        judged = (
            (verdict.words, f"{verdict.share:.2f}", "met" if verdict.met else "missed") if verdict else ("", "", "")
        )
        value = f"{number(figure.value)} {figure.unit}" if figure.value is not None else figure.note
        rows.append((figure.name, value, number(figure.p50_ms), number(figure.p95_ms), f"{figure.count:,}", *judged))
    return table(("measurement", "value", "p50 ms", "p95 ms", "n", "bar", "of bar", ""), rows)


def by_pages(runs: Sequence[Run]) -> list[Run]:
    """The runs of the history that most sizes were measured with, the smallest first."""
    return _alike(runs, lambda run: run.commits, lambda run: run.pages)


def by_commits(runs: Sequence[Run]) -> list[Run]:
    """The runs of the number of pages that most histories were measured with, the shortest first."""
    return _alike(runs, lambda run: run.pages, lambda run: run.commits)


def _alike(runs: Sequence[Run], same: Callable[[Run], int], size: Callable[[Run], int]) -> list[Run]:
    if not runs:
        return []
    usual = Counter(map(same, runs)).most_common(1)[0][0]
    return sorted((run for run in runs if same(run) == usual), key=size)


def growth_table(runs: Sequence[Run], sizes: Sequence[int], names: Sequence[str] = ()) -> str:
    """Cost against size: the values of all runs side by side, of all figures or of those `names`; "" where there is one
    only."""
    if len(runs) < 2:
        return ""
    rows = []
    for figure in runs[0].figures:
        values = [next((f.value for f in run.figures if f.name == figure.name), None) for run in runs]
        if any(value is None for value in values) or not values[0] or (names and figure.name not in names):
            continue
        grown = values[-1] / values[0]  # type: ignore[operator]
        flat = (
            "" if figure.name.startswith(GROWING) or figure.unit != "CPU ms" else "met" if grown <= FLAT else "missed"
        )
        rows.append((figure.name, *map(number, values), f"{grown:.2f}", flat))
    return table(("measurement", *(f"{size:,}" for size in sizes), "growth", f"at most {FLAT}"), rows)


def text(machine: str, runs: Sequence[Run]) -> str:
    """The whole report."""
    parts = [f"Machine: {machine}. Load average is before → after; 1.0 is one process at work.\n"]
    for run in runs:
        title = f"### {run.pages:,} pages, {run.commits:,} commits (load {run.load[0]:.1f} → {run.load[1]:.1f})"
        parts.append(f"{title}\n\n{run_table(run)}\n")
    wide, deep = by_pages(runs), by_commits(runs)
    for title, growth in (
        ("Against the number of pages", growth_table(wide, [run.pages for run in wide])),
        ("Against the number of commits", growth_table(deep, [run.commits for run in deep], HISTORIES)),
    ):
        if growth:
            parts.append(f"### {title}\n\nCPU ms of the whole server (memory in MB)\n\n{growth}\n")
    return "\n".join(parts)


def from_json(found: Mapping[str, Any]) -> list[Run]:
    """The runs that `as_json` has written."""
    return [
        Run(run["pages"], run["commits"], tuple(run["load"]), [Figure(**_facts(figure)) for figure in run["figures"]])
        for run in found["runs"]
    ]


def _facts(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figure.items() if name != "bar"}


def as_json(machine: str, runs: Sequence[Run]) -> dict[str, Any]:
    """The same for programs."""
    found: list[dict[str, Any]] = []
    for run in runs:
        figures = []
        for figure in run.figures:
            verdict = judge(figure, run.figures)
            figures.append({**asdict(figure), "bar": verdict and {**asdict(verdict), "met": verdict.met}})
        found.append({"pages": run.pages, "commits": run.commits, "load": run.load, "figures": figures})
    return {"machine": machine, "runs": found}
