"""Many readers and editors at once, and what becomes of it: `python -m benchmarks.crowd [--readers 200] [--editors 20]
[--seconds 240] [--pages 300]`.

Asked is not how fast, but whether: no answer that is an error, no answered save that is not in the repository, and memory
that doesn't grow once the server is warm: in the first minute each process loads what editors need, makes the threads for a
rush, and fills what it keeps. The program ends with 1 where one of them fails.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from benchmarks.served import Client, serve_wiki
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.config import load
from wiki.web.page_cache import SESSION_COOKIE

LISTS = ("/", "/-/all", "/-/recent", "/-/attention", "/-/search?q=signal", "/-/search?q=text+volunteers", "/-/tags")
TRIES = 30
WARM_SECONDS = 60.0
STEP_SECONDS = 30.0
# MB a minute that memory may grow once it is warm: less than a server's restart once a month gives back.
FLAT = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What there was after so many seconds: memory of the server's processes and of git's in MB, answers and saves."""

    seconds: float
    memory: float
    git: float
    answers: int
    saves: int


@dataclass(slots=True)
class Outcome:
    """What a crowd met: answers by status, what was no answer, saves that were answered, and how it went on."""

    answers: Counter[int] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def growth(self) -> float:
        """MB a minute by least squares, once it is warm; in the second half where it was too short for that."""
        warm = [sample for sample in self.samples if sample.seconds >= WARM_SECONDS]
        if len(warm) <= len(self.samples) // 2:
            warm = self.samples[len(self.samples) // 2 :]
        if len(warm) < 2:
            return 0.0
        return 60 * statistics.linear_regression([at.seconds for at in warm], [at.memory for at in warm]).slope

    def table(self) -> Iterator[str]:
        """A line for each half minute: the middle of its memory, what that is more than before, git's beside it (which comes
        and goes when it packs), and how much was answered and saved."""
        yield "seconds     MB   more    git  answers   saves"
        before = self.samples[0]
        memory = before.memory
        for _, step in itertools.groupby(self.samples, lambda sample: sample.seconds // STEP_SECONDS):
            *_, last = samples = list(step)
            middle = statistics.median(sample.memory for sample in samples)
            git = statistics.median(sample.git for sample in samples)
            answers, saves = last.answers - before.answers, last.saves - before.saves
            yield f"{last.seconds:7.0f} {middle:6.1f} {middle - memory:+6.1f} {git:6.1f} {answers:8,} {saves:7,}"
            before, memory = last, middle


class Crowd:
    """Readers and editors of a wiki that is served on a port of this machine. `pages` are its paths."""

    def __init__(self, port: int, pid: int, pages: Sequence[str], cookies: Sequence[str]) -> None:
        self._port = port
        self._pid = pid
        self._pages = pages
        self._cookies = cookies
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.outcome = Outcome()

    def run(self, readers: int, seconds: float) -> Outcome:
        """Let them all at it for so long; every editor has a cookie."""
        threads = [threading.Thread(target=self._read, args=(number,)) for number in range(readers)]
        threads += [threading.Thread(target=self._edit, args=(number,)) for number in range(len(self._cookies))]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        while (now := time.monotonic() - began) < seconds:
            self.outcome.samples.append(self._sample(now))
            time.sleep(min(1.0, seconds / 10))
        self._stop.set()
        for thread in threads:
            thread.join()
        return self.outcome

    def _sample(self, now: float) -> Sample:
        memory, git = processes.pss_mb(self._pid, git=False), processes.pss_mb(self._pid, git=True)
        with self._lock:
            return Sample(now, memory, git, self.outcome.answers.total(), len(self.outcome.saved))

    def _read(self, number: int) -> None:
        choose = random.Random(number)
        client = Client(self._port, 1)
        while not self._stop.is_set():
            path = choose.choice(LISTS) if choose.random() < 0.3 else f"/{choose.choice(self._pages)}"
            self._ask(client, path)
            # A person reads what came. All of them at once are a rush still.
            self._stop.wait(choose.uniform(0, 0.5))

    def _edit(self, number: int) -> None:
        choose = random.Random(-number)
        client = Client(self._port, 1)
        cookie = self._cookies[number]
        for count in itertools.count():
            if self._stop.is_set():
                return
            self._save(client, cookie, choose.choice(self._pages), f"line {number}-{count} of the crowd")
            self._stop.wait(choose.uniform(0, 1))

    def _save(self, client: Client, cookie: str, page: str, line: str) -> None:
        for _ in range(TRIES):
            try:
                form = client.form(page, cookie)
                form["body"] = [f"{line}.\n\n{form['body'][0]}"]
                form["message"] = [line]
                status, _ = client.ask(f"/-/edit/{page}", cookie, form)
            except (OSError, RuntimeError) as error:
                self._failed(f"edit {page}: {error!r}")
                return
            # The same place changed twice: a person would look at both, and save again.
            if status != 409:
                break
        with self._lock:
            self.outcome.answers[status] += 1
            if status == 303:
                self.outcome.saved.append(line)
        if status != 303:
            self._failed(f"save {page}: {status}")

    def _ask(self, client: Client, path: str) -> None:
        try:
            status, _ = client.ask(path)
        except OSError as error:
            self._failed(f"{path}: {error!r}")
            return
        with self._lock:
            self.outcome.answers[status] += 1
        if status != 200:
            self._failed(f"{path}: {status}")

    def _failed(self, what: str) -> None:
        with self._lock:
            self.outcome.errors.append(what)


def sign_in(home: Path, editors: int) -> list[str]:
    """Sessions of so many editors, who get accounts."""
    config = load(home, {})
    accounts = open_accounts(config, load_secret(config.instance_dir))
    cookies = []
    for number in range(editors):
        user = accounts.users.add(f"editor{number}", Role.EDITOR, display_name=f"Editor {number}")
        cookies.append(f"{SESSION_COOKIE}={accounts.sign_in.start(user).token}")
    accounts.database.close()
    return cookies


def lost(home: Path, saved: Sequence[str]) -> list[str]:
    """Answered saves that no commit of the branch is."""
    command = ["git", "-C", str(home / "content"), "log", "--format=%s"]
    known = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
    return [line for line in saved if line not in known]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--editors", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--pages", type=int, default=300)
    given = parser.parse_args()
    from benchmarks.bench import Bench

    with tempfile.TemporaryDirectory(prefix="wiki-crowd-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        Bench(home, given.pages, 100, quick=True)
        with serve_wiki(home) as server:
            server.settle()
            command = ["git", "-C", str(home / "content"), "ls-files", "*.md"]
            files = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
            pages = [file.removesuffix(".md") for file in files if not file.startswith("_wiki/")]
            found = Crowd(server.port, server.pid, pages, sign_in(home, given.editors)).run(
                given.readers, given.seconds
            )
        missing = lost(home, found.saved)
    for line in found.table():
        print(line)
    print(f"answers {dict(found.answers)}; {len(found.saved)} saves, {len(missing)} lost; {len(found.errors)} errors")
    print(f"memory grows by {found.growth():+.1f} MB a minute when warm")
    for error, count in Counter(found.errors).most_common(10):
        print(f"  {count} × {error}")
    return int(bool(found.errors or missing or found.growth() > FLAT))


if __name__ == "__main__":
    sys.exit(main())
