"""Cost against size as a picture: one panel by pages, one by commits, both axes logarithmic, legible on light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.report import HISTORIES, Figure, Run, by_commits, by_pages, number

BY_PAGES = (
    "page view, cached",
    "page view, first",
    "page view, signed in",
    "category with facets",
    "compare",
    "search",
    "edit form",
    "save",
    "suggestion",
)
WIDTH, HEIGHT, TOP, BOTTOM, LEFT = 960, 470, 60, 50, 60
PANELS = ((LEFT, 250), (LEFT + 500, 220))
LABEL_HEIGHT = 15
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 } .axis { fill: #57606a } .grid { stroke: #d0d7de }
path { fill: none; stroke-width: 2 }
.c0 { --c: #0a5bc4 } .c1 { --c: #b3460b } .c2 { --c: #11703a } .c3 { --c: #8c2f8f } .c4 { --c: #8a6100 }
.c5 { --c: #c11c44 } .c6 { --c: #0c6f7c } .c7 { --c: #5a4bd0 } .c8 { --c: #5c6670 }
path { stroke: var(--c) } circle, .name { fill: var(--c) }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .axis { fill: #9da7b3 } .grid { stroke: #3d444d }
  .c0 { --c: #79b8ff } .c1 { --c: #ffa657 } .c2 { --c: #56d364 } .c3 { --c: #e39bf0 } .c4 { --c: #e3c341 }
  .c5 { --c: #ff8fa3 } .c6 { --c: #5fd4e0 } .c7 { --c: #b3a8ff } .c8 { --c: #b6bfc8 }
}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of request: its cost at each size."""

    name: str
    points: Sequence[tuple[int, float]]


def svg(runs: Sequence[Run]) -> str:
    """The whole picture. Sizes that were not measured are left out; with none it has only its frame."""
    panels = (
        ("Against the number of pages", _lines(by_pages(runs), BY_PAGES, lambda run: run.pages)),
        ("Against the number of commits", _lines(by_commits(runs), HISTORIES, lambda run: run.commits)),
    )
    values = [value for _, lines in panels for line in lines for _, value in line.points] or [1.0]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="name">',
        '<title id="name">CPU milliseconds of the whole server for one request, against the size of the wiki</title>',
        f"<style>{STYLE}</style>",
        '<text class="axis" x="8" y="20">CPU ms of the whole server for one request</text>',
    ]
    for (left, width), (title, lines) in zip(PANELS, panels, strict=True):
        parts += _panel(left, width, title, lines, (low, max(high, low + 1)))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _lines(runs: Sequence[Run], names: Sequence[str], size: Callable[[Run], int]) -> list[Line]:
    found = []
    for name in names:
        points = [(size(run), value) for run in runs if (value := _value(run.figures, name))]
        if len(points) > 1:
            found.append(Line(name, points))
    return found


def _value(figures: Sequence[Figure], name: str) -> float | None:
    return next((figure.value for figure in figures if figure.name == name), None)


def _panel(left: int, width: int, title: str, lines: Sequence[Line], decades: tuple[int, int]) -> Iterator[str]:
    yield f'<text class="title" x="{left}" y="{TOP - 18}">{escape(title)}</text>'
    low, high = decades
    base = HEIGHT - BOTTOM

    def y(value: float) -> float:
        return base - (math.log10(value) - low) / (high - low) * (base - TOP)

    for decade in range(low, high + 1):
        at = y(10.0**decade)
        yield f'<line class="grid" x1="{left}" x2="{left + width}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text class="axis" x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**decade:g}</text>'
    sizes = sorted({size for line in lines for size, _ in line.points})
    if not sizes:
        return
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(size: int) -> float:
        return left + (math.log10(size) - first) / (last - first) * width

    for size in sizes:
        yield f'<text class="axis" x="{x(size):.1f}" y="{base + 20}" text-anchor="middle">{size:,}</text>'
    ends = _apart([y(line.points[-1][1]) for line in lines], base)
    for place, line in enumerate(lines):
        way = " ".join(
            f"{'L' if step else 'M'}{x(size):.1f} {y(value):.1f}" for step, (size, value) in enumerate(line.points)
        )
        dots = "".join(f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="3.5"/>' for size, value in line.points)
        words = f"{line.name} {number(line.points[-1][1])}"
        label = f'<text class="name" x="{left + width + 10}" y="{ends[place] + 4:.1f}">{escape(words)}</text>'
        yield f'<g class="c{place}"><path d="{way}"/>{dots}{label}</g>'


def _apart(wanted: Sequence[float], base: float) -> list[float]:
    """Heights for labels, in the order of those wanted and as near to them as can be without one over another."""
    found = dict.fromkeys(range(len(wanted)), 0.0)
    free = base
    for place in sorted(found, key=lambda place: -wanted[place]):
        found[place] = min(wanted[place], free)
        free = found[place] - LABEL_HEIGHT
    return [found[place] for place in range(len(wanted))]
