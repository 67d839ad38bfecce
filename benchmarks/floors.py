"""What the wiki is made of, alone: the least that each kind of request can cost on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus, processes
from benchmarks.bare_whoosh import BareWhoosh
from benchmarks.bench import Bench, figure, own_cpu_ms
from benchmarks.load import loaded
from benchmarks.report import GIT, HELLO, WHOOSH, WHOOSH_BUILD, Figure
from benchmarks.served import Served, free_port
from wiki.search.pages import PageDocuments
from wiki.search.query import parse
from wiki.search.whoosh_engine import WhooshEngine

HELLO_APP = """from flask import Flask
app = Flask(__name__)
@app.get("/")
def hello(): return "<p>Hello, World!</p>"
def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))])
    return [PAGE]
PAGE = b"x" * 10_000
"""
HELLO_SERVER = """import sys
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
Granian("hello:" + sys.argv[2], address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI, workers=2,
        blocking_threads=8, websockets=False, log_access=False, log_level=LogLevels.error).serve()
"""
NGINX = """worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {folder}; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; }}
"""


def measure(bench: Bench, folder: Path) -> Iterator[Figure]:
    """All floors, in a folder of their own."""
    folder.mkdir()
    yield from hello(bench, folder)
    yield nginx(bench, folder)
    yield git_commit(bench, folder)
    yield from whoosh(bench, folder)


def hello(bench: Bench, folder: Path) -> Iterator[Figure]:
    """Flask's hello world under the wiki's server; and 10 KB without Flask, the least that a Python server can do."""
    (folder / "hello.py").write_text(HELLO_APP)
    (folder / "serve_hello.py").write_text(HELLO_SERVER)
    for name, app in ((HELLO, "app"), ("bare WSGI, 10 KB", "bare")):
        port = free_port()
        command = [sys.executable, str(folder / "serve_hello.py"), str(port), app]
        with Served(command, port, "/", folder / "hello.log") as server:
            yield loaded(name, server, ["/"], bench.few(5))
            if name == HELLO:
                yield Figure("memory, Flask hello world", processes.pss_mb(server.pid), unit="MB")


def nginx(bench: Bench, folder: Path) -> Figure:
    """A finished page as a file, by Debian's nginx."""
    name = "nginx, static file"
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return Figure(name, None, count=0, note="skipped: no nginx here")
    port = free_port()
    (folder / "page.html").write_bytes(bench.client.ask(f"/{corpus.path(1)}")[1])
    folder.chmod(0o755)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    command = [program, "-p", str(folder), "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]
    with Served(command, port, "/page.html", folder / "nginx.log") as server:
        return loaded(name, server, ["/page.html"], bench.few(5))


def git_commit(bench: Bench, folder: Path) -> Figure:
    """A page changed in a copy of the wiki by five git commands, on the disk when they are done."""
    copy = folder / "copy"
    subprocess.run(["git", "clone", "-q", "--no-checkout", str(bench.content), str(copy)], check=True)
    git = [
        "git",
        "-C",
        str(copy),
        "-c",
        "core.fsync=loose-object,reference",
        "-c",
        "user.name=R",
        "-c",
        "user.email=r@x",
    ]
    subprocess.run([*git, "read-tree", "HEAD"], check=True)

    def run(*arguments: str, given: bytes = b"") -> str:
        return subprocess.run([*git, *arguments], input=given, capture_output=True, check=True).stdout.decode().strip()

    head, times = run("rev-parse", "HEAD"), []
    works = list(corpus.numbers(bench.pages, bench.few(60), "git"))
    before = own_cpu_ms()
    for number in works:
        text = f"{corpus.page(number, bench.pages)}\nA line.\n".encode()
        started = time.perf_counter()
        blob = run("hash-object", "-w", "--stdin", given=text)
        run("update-index", "--add", "--cacheinfo", f"100644,{blob},{corpus.path(number)}.md")
        commit = run("commit-tree", run("write-tree"), "-p", head, "-m", "A line.")
        run("update-ref", "refs/heads/main", commit, head)
        times.append(1000 * (time.perf_counter() - started))
        head = commit
    return figure(GIT, own_cpu_ms() - before, times)


def whoosh(bench: Bench, folder: Path) -> Iterator[Figure]:
    """Whoosh as it comes and the wiki's index, built of the same documents (read before), and queries without HTTP."""
    wiki = bench.looking
    source = PageDocuments(wiki.repository, wiki.store, wiki.rendering, wiki.settings, wiki.catalog.anchors)
    documents = list(source.changed(None, wiki.repository.head()).upserts)
    bare, ours = BareWhoosh(folder / "bare"), WhooshEngine(folder / "ours")
    synonyms = wiki.synonyms(wiki.settings.at(wiki.repository.head()))
    for name, engine in ((WHOOSH_BUILD, bare), ("rebuild, search index", ours)):
        started, before = time.perf_counter(), own_cpu_ms()
        engine.rebuild("0" * 40, documents, len(documents))
        yield Figure(name, own_cpu_ms() - before, 1000 * (time.perf_counter() - started))
    for name, engine in ((WHOOSH, bare), ("bare Whoosh, the wiki's ranking on it", ours)):
        times, before = [], own_cpu_ms()
        for query in corpus.queries(bench.few(150)):
            started = time.perf_counter()
            engine.rank(parse(query), synonyms)
            times.append(1000 * (time.perf_counter() - started))
        yield figure(name, own_cpu_ms() - before, times)
