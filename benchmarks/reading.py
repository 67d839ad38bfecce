"""What readers ask for, each address once and so made for the request, except the cached page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

from benchmarks import corpus
from benchmarks.bench import Ask, Bench
from benchmarks.load import loaded
from benchmarks.report import Figure


def measure(bench: Bench) -> Iterator[Figure]:
    """All figures of reading."""
    yield cached(bench)
    yield bench.requests("page view, first", (Ask(f"/{path}") for path in bench.paths(bench.few(150), "first")))
    signed_in = (Ask(f"/{path}", bench.cookie) for path in bench.paths(bench.few(150), "signed in"))
    yield bench.requests("page view, signed in", signed_in)
    yield bench.requests("search", (Ask(f"/-/search?q={quote(query)}") for query in corpus.queries(bench.few(150))))
    yield bench.requests("category with facets", facets(bench))
    yield bench.requests("compare", compared(bench))


def histories(bench: Bench) -> Iterator[Figure]:
    """What is read of the past; page 0 has a hundredth of all commits."""
    for name in ("history", "diff", "blame"):
        yield bench.requests(name, (Ask(f"/-/{name}/{path}") for path in bench.paths(bench.few(90), name)))
    longest = [Ask(f"/-/history/{corpus.path(0)}", bench.cookie)] * bench.few(30)
    yield bench.requests("history, the longest", longest)
    yield bench.requests("recent changes", [Ask("/-/recent", bench.cookie)] * bench.few(60))


def cached(bench: Bench) -> Figure:
    """Twenty pages again and again, from the memory of both processes."""
    paths = [f"/{path}" for path in bench.paths(20, "cached")]
    return loaded("page view, cached", bench.server, paths, bench.few(5))


def facets(bench: Bench) -> list[Ask]:
    """Categories, each narrowed by two facts."""
    choices = product(corpus.PLATFORMS, corpus.COSTS[:2], corpus.CATEGORIES)
    asks = [Ask(f"/{category}?cost={quote(cost)}&platform={platform}") for platform, cost, category in choices]
    return asks[: bench.few(56)]


def compared(bench: Bench) -> list[Ask]:
    """Three tools side by side."""
    paths = bench.paths(3 * bench.few(60), "compare", tools=True)
    threes = zip(paths[::3], paths[1::3], paths[2::3], strict=False)
    return [Ask("/-/compare?" + "&".join(f"page={path}" for path in three)) for three in threes]
