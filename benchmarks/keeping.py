"""What the wiki does by itself: start, catch up with git, rebuild what is derived, look after git."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from benchmarks import corpus, processes
from benchmarks.bench import Ask, Bench, own_cpu_ms
from benchmarks.report import Figure
from benchmarks.writing import PAUSE, wait_current

MAINTAIN = """import sys, shutil, pathlib
from wiki.storage.maintenance import maintain
from wiki.storage.repository import Repository
content = pathlib.Path(sys.argv[1])
while True:
    shutil.rmtree(content / ".git/objects/info/commit-graphs", ignore_errors=True)
    maintain(Repository(content))
"""


def cold_start(bench: Bench) -> Figure:
    """From nothing but the pages in git to the home page, and (p95) until everything derived is built."""
    before, started = own_cpu_ms(), time.perf_counter()
    waited = bench.start()
    wait_current(bench)
    whole = 1000 * (time.perf_counter() - started)
    cpu = own_cpu_ms() - before + processes.cpu_ms(bench.server.pid)
    return Figure("cold start", cpu, waited, whole)


def warm_start(bench: Bench) -> Figure:
    """The middle of three starts with everything built."""
    waits = []
    for _ in range(3):
        bench.server.stop()
        waits.append(bench.start())
    cpu = processes.cpu_ms(bench.server.pid)
    return Figure("warm start", cpu, sorted(waits)[1], max(waits), len(waits))


def unrendered(bench: Bench) -> Figure:
    """First views after the finished texts and answers are lost."""
    bench.server.stop()
    for lost in (*bench.home.glob("search_index/rendered.sqlite3*"), *bench.home.glob("search_index/answers.sqlite3*")):
        lost.unlink()
    bench.start()
    paths = bench.paths(bench.few(90), "unrendered")
    return bench.requests("page view, text not rendered yet", (Ask(f"/{path}") for path in paths))


def pushed(bench: Bench, count: int) -> Figure:
    """Somebody else's commit: until the pages show it, and (p95) until search stands at it too."""
    chosen = list(corpus.numbers(bench.pages, count, f"push {count}"))
    files = {}
    for number in chosen:
        name = f"{corpus.path(number)}.md"
        shown = subprocess.run(
            ["git", "-C", str(bench.content), "show", f"HEAD:{name}"], capture_output=True, check=True
        )
        files[name] = corpus.noted(shown.stdout.decode(), 10_000_000 + count + number).encode()
    bench.server.settle()
    before = processes.cpu_ms(bench.server.pid)
    corpus.push(bench.content, files)
    started = time.perf_counter()
    seen = f"Noted {10_000_000 + count + chosen[0]}".encode()
    while seen not in bench.client.ask(f"/{corpus.path(chosen[0])}")[1]:
        time.sleep(PAUSE)
    shown_ms = 1000 * (time.perf_counter() - started)
    wait_current(bench)
    current_ms = 1000 * (time.perf_counter() - started)
    bench.server.settle()
    cpu = processes.cpu_ms(bench.server.pid) - before
    return Figure(f"catch-up, push of {len(chosen):,}", cpu, shown_ms, current_ms)


def memory(bench: Bench) -> Iterator[Figure]:
    """Of all processes of a server that was started with everything built, when it has shown many pages and searches;
    what they share counted once."""
    asks = [f"/{path}" for path in bench.paths(300, "memory")]
    asks += [f"/-/search?q={quote(query)}" for query in corpus.queries(120)]
    asks += [f"/{category}" for category in corpus.CATEGORIES]
    for path in asks * 2:
        bench.client.ask(path)
    bench.server.settle()
    whole = processes.pss_mb(bench.server.pid)
    index = processes.pss_mb(bench.server.pid, below=bench.home / "search_index" / "whoosh")
    yield Figure("memory, PSS", whole, unit="MB")
    yield Figure("memory beyond the search index", whole - index, unit="MB")


def rebuild(bench: Bench) -> Iterator[Figure]:
    """Everything derived anew; the search index is in floors.py, beside its floor."""
    for name, part in (("catalog", bench.looking.catalog), ("history", bench.looking.history)):
        started, before = time.perf_counter(), own_cpu_ms()
        part.catch_up(full=True)
        yield Figure(f"rebuild, {name}", own_cpu_ms() - before, 1000 * (time.perf_counter() - started))


def while_maintaining(bench: Bench) -> Iterator[Figure]:
    """Page views and histories while git's commit-graph is written again and again by another process."""
    with _maintaining(bench.content):
        for name, form in (("page view, first", "/{}"), ("history", "/-/history/{}")):
            paths = bench.paths(bench.few(90), f"maintaining {name}")
            yield bench.requests(f"{name}, during upkeep", (Ask(form.format(path)) for path in paths))


@contextlib.contextmanager
def _maintaining(content: Path) -> Iterator[None]:
    # Killed at the end, it would leave git running; so git ends first, and what it has left is removed.
    process = subprocess.Popen([sys.executable, "-c", MAINTAIN, str(content)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()
        time.sleep(1)
        shutil.rmtree(content / ".git/objects/info/commit-graphs", ignore_errors=True)
