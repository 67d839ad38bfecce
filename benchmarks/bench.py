"""One wiki under measurement, and how a series of requests becomes a figure."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks import corpus, processes
from benchmarks.report import Figure
from benchmarks.served import Client, Served, serve_wiki
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.bootstrap import Wiki, open_wiki
from wiki.config import load
from wiki.resources import folder
from wiki.web.page_cache import SESSION_COOKIE

# No bound on what one reader suggests: here it is one program that does.
SETTINGS = "[limits]\nsuggestions_per_hour = 100000\n[review]\nmin_seconds = 0\n"
UNCOUNTED = 10


@dataclass(frozen=True, slots=True)
class Ask:
    """One request and the statuses that are right."""

    path: str
    cookie: str = ""
    form: dict[str, list[str]] | None = None
    right: tuple[int, ...] = (200,)


class Bench:
    """A wiki of so many pages and commits in a folder, and (once started) its server."""

    def __init__(self, home: Path, pages: int, commits: int, quick: bool) -> None:
        self.home = home
        self.pages = pages
        self.commits = commits
        self.quick = quick
        self.cookie = ""
        seed = folder("seed") / "_wiki"
        settings = {f"_wiki/{file.name}": file.read_bytes() for file in sorted(seed.glob("*.yml"))}
        corpus.write_repository(self.content, pages, commits, settings)
        (home / "instance").mkdir()
        (home / "instance" / "wiki.toml").write_text(SETTINGS)

    @property
    def content(self) -> Path:
        return self.home / "content"

    @cached_property
    def looking(self) -> Wiki:
        """The same wiki opened in this process."""
        return open_wiki(load(self.home, {}))

    def close(self) -> None:
        """Stop what was started."""
        self.server.stop()
        if "looking" in self.__dict__:
            self.looking.close()

    def few(self, count: int) -> int:
        """How often to ask; a third in a quick run."""
        return max(1, min(count, 5), count // 3) if self.quick else count

    def paths(self, count: int, seed: str, tools: bool = False) -> list[str]:
        """Addresses of pages by chance."""
        return [corpus.path(number) for number in corpus.numbers(self.pages, count, seed, tools)]

    def start(self) -> float:
        """Start the server; the milliseconds until its first answer."""
        started = time.perf_counter()
        self.server: Served = serve_wiki(self.home)
        waited = 1000 * (time.perf_counter() - started)
        self.client = Client(self.server.port)
        return waited

    def sign_in(self) -> None:
        """A session of an editor."""
        config = load(self.home, {})
        accounts = open_accounts(config, load_secret(config.instance_dir))
        user = accounts.users.by_name("rosa") or accounts.users.add("rosa", Role.EDITOR, display_name="Rosa")
        self.cookie = f"{SESSION_COOKIE}={accounts.sign_in.start(user).token}"
        accounts.database.close()

    def requests(self, name: str, asks: Iterable[Ask], after: Callable[[], None] = lambda: None) -> Figure:
        """Send requests one after the other; what `after` waits for counts as the server's work for them."""
        return requests(name, self.server, self.client, list(asks), after)


def requests(
    name: str, server: Served, client: Client, asks: Sequence[Ask], after: Callable[[], None] = lambda: None
) -> Figure:
    """The figure of a series of requests to a server. Raises RuntimeError at a wrong status.

    The first few don't count: in them each process loads what it needs for requests of this kind.
    """

    def send(ask: Ask) -> float:
        started = time.perf_counter()
        status, body = client.ask(ask.path, ask.cookie, ask.form)
        waited = 1000 * (time.perf_counter() - started)
        if status not in ask.right:
            raise RuntimeError(f"{name}: {status} at {ask.path}: {body[:300]!r}")
        return waited

    warming = min(UNCOUNTED, len(asks) // 3)
    for ask in asks[:warming]:
        send(ask)
    after()
    server.settle()
    before = processes.cpu_ms(server.pid)
    times = [send(ask) for ask in asks[warming:]]
    after()
    return figure(name, processes.cpu_ms(server.pid) - before, times)


def figure(name: str, cpu_ms: float, times: Sequence[float]) -> Figure:
    """CPU per request, median and 95th percentile of the times."""
    ordered = sorted(times)
    p95 = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    return Figure(name, cpu_ms / len(ordered), statistics.median(ordered), p95, len(ordered))


def own_cpu_ms() -> float:
    """CPU time of this process and of the children it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return 1000 * sum(usage.ru_utime + usage.ru_stime for usage in used)
