"""The benchmarks' own parts: the made-up wiki and the report. Nothing here is timed."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import corpus, curve, processes, publishing, report
from benchmarks.load import loaded
from benchmarks.report import GIT, HELLO, Figure, Run
from benchmarks.served import Served, free_port
from tests.conftest import git
from wiki.pages.page import read_page
from wiki.pages.path import PagePath
from wiki.pages.settings_store import SettingsStore
from wiki.resources import folder
from wiki.storage.repository import Repository

DIGEST = "27b392ac586d77dd"
SEED = {f"_wiki/{file.name}": file.read_bytes() for file in sorted((folder("seed") / "_wiki").glob("*.yml"))}


def test_a_page_is_the_same_in_every_run_and_but_for_its_links_in_a_wiki_of_any_size() -> None:
    assert [corpus.page(number, 30) for number in range(30)] == [corpus.page(number, 30) for number in range(30)]
    small, large = (corpus.page(7, size).partition("## See also")[0] for size in (30, 3_000))
    assert small == large
    digest = hashlib.sha256("".join(corpus.page(number, 30) for number in range(30)).encode()).hexdigest()
    assert digest.startswith(DIGEST), "pages changed: figures of before can't be compared any more"


def test_two_repositories_made_alike_have_the_same_newest_commit(tmp_path: Path) -> None:
    heads = set()
    for name in ("one", "two"):
        corpus.write_repository(tmp_path / name, pages=12, commits=250, settings=SEED)
        heads.add(git(tmp_path / name, "rev-parse", "HEAD"))
        assert git(tmp_path / name, "rev-list", "--count", "HEAD") == "250"
        assert git(tmp_path / name, "status", "--porcelain") == ""
    assert len(heads) == 1


def test_pages_follow_the_rules_of_the_wiki(tmp_path: Path) -> None:
    corpus.write_repository(tmp_path / "content", pages=16, commits=40, settings=SEED)
    repository = Repository(tmp_path / "content")
    head = repository.head()
    settings = SettingsStore(repository).at(head)
    for number in range(16):
        path = PagePath.parse(corpus.path(number))
        source = repository.read(head, path.file).data
        page = read_page(path, head, "", source, settings)
        assert page.problem is None
        assert page.kind.id == ("tool" if corpus.is_tool(number) else "guide")
        assert 2_000 < len(source) < 4_500
    repository.close()


def test_queries_and_chosen_pages_differ_from_one_another() -> None:
    assert len(set(corpus.queries(150))) == 150
    assert len(set(corpus.numbers(300, 90, "x"))) == 90
    assert len(corpus.numbers(10, 90, "x")) == 9


def test_a_figure_is_held_to_its_bar_only_where_the_floor_was_measured() -> None:
    save, floor = Figure("save", 30.0), Figure(GIT, 20.0)
    verdict = report.judge(save, [save, floor])
    assert verdict is not None and verdict.met and verdict.share == 0.75
    assert report.judge(save, [save]) is None
    assert report.judge(Figure("compare", 1.0), [floor]) is None
    assert not report.judge(Figure("history", 1.0, 10.0, 600.0), []).met  # type: ignore[union-attr]


def test_every_table_has_rows_as_wide_as_its_head_and_the_same_figures_are_in_the_json() -> None:
    figures = [Figure(HELLO, 0.4, 0.5, 0.6, 100), Figure("page view, cached", 0.1, 0.3, 0.4, 50)]
    figures.append(Figure("nginx, static file", None, count=0, note="skipped: no nginx here"))
    runs = [Run(300, 100, (0.0, 1.0), figures), Run(3_000, 100, (1.0, 2.0), figures)]
    text = report.text("a machine", runs)
    blocks = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == 3
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1
        assert len({len(line) for line in block.splitlines()}) == 1
    assert "met" in blocks[0] and "skipped: no nginx here" in blocks[0]
    found = json.loads(json.dumps(report.as_json("a machine", runs)))
    assert found["runs"][1]["figures"][1]["bar"]["met"] is True
    assert report.growth_table(runs[:1], [300]) == ""


def several() -> list[Run]:
    """Three sizes with one history, and two histories more of the middle one."""

    def figures(cost: float) -> list[Figure]:
        return [Figure("page view, first", cost), Figure("history", cost / 2, 1.0, 2.0, 9), Figure("warm start", None)]

    sizes = ((300, 100), (3_000, 100), (10_000, 100), (3_000, 10), (3_000, 1_000))
    return [Run(pages, commits, (0.0, 0.0), figures(pages / 100)) for pages, commits in sizes]


def test_growth_is_told_by_pages_at_one_history_and_by_commits_at_one_size() -> None:
    assert [run.pages for run in report.by_pages(several())] == [300, 3_000, 10_000]
    assert [run.commits for run in report.by_commits(several())] == [10, 100, 1_000]
    text = report.text("a machine", several())
    assert "| page view, first | 3.00 | 30.0  | 100    | 33.33  | missed" in text
    assert "| history     | 15.0 | 15.0 | 15.0  | 1.00   | met" in text


def test_results_read_again_are_the_same() -> None:
    written = json.loads(json.dumps(report.as_json("a machine", several())))
    assert report.from_json(written) == several()


def test_results_go_between_the_marks_of_the_page_and_into_the_picture(tmp_path: Path) -> None:
    page, picture = tmp_path / "page.md", tmp_path / "curve.svg"
    page.write_text(f"Before.\n\n{publishing.BEGIN}\n\nOld.\n\n{publishing.END}\n\nAfter.\n")
    files = []
    for number, runs in enumerate((several()[:3], several()[2:])):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(report.as_json("a machine", runs)))
    publishing.publish(files, page, picture)
    text = page.read_text()
    assert text.startswith("Before.") and text.endswith("After.\n") and "Old." not in text
    assert text.count("10,000 pages, 100 commits") == 1
    shown = ElementTree.parse(picture).getroot()
    words = ["".join(element.itertext()) for element in shown.iter() if element.tag.endswith("text")]
    assert "page view, first 100" in words and "history 15.0" in words and "10,000" in words
    files[0].write_text(json.dumps(report.as_json("another machine", several())))
    with pytest.raises(ValueError, match="one machine"):
        publishing.publish(files, page, picture)


def test_labels_of_lines_that_end_together_stand_apart() -> None:
    runs = [Run(pages, 100, (0.0, 0.0), [Figure(name, 5.0) for name in curve.BY_PAGES]) for pages in (300, 3_000)]
    heights = [float(found) for found in re.findall(r'class="name" x="[^"]+" y="([^"]+)"', curve.svg(runs))]
    assert len(heights) == len(curve.BY_PAGES)
    gaps = [high - low for low, high in itertools.pairwise(sorted(heights))]
    assert min(gaps) >= curve.LABEL_HEIGHT - 0.2


def test_every_answer_to_the_load_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.load.WARMING_SECONDS", 1)
    monkeypatch.setattr("benchmarks.load.PYTHON_REQUESTS", 300)
    (tmp_path / "page.html").write_text("x")
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with Served(command, port, "/page.html", tmp_path / "log") as server:
        found = loaded("a file", server, ["/page.html"], 1)
        assert found.count > 0 and found.value is not None and found.value > 0
        with pytest.raises(RuntimeError):
            loaded("nothing", server, ["/page.html", "/missing"], 1)


MAKES = """import os
child = os.fork()
if child == 0:
    grandchild = os.fork()
    if grandchild:
        print(os.getpid(), grandchild, flush=True)
    os.read(0, 1)
else:
    os.wait()
"""


def test_memory_isnt_counted_twice_while_a_server_process_starts_a_program() -> None:
    """Until it has become that program, it shows all memory of who started it."""
    command = [sys.executable, "-c", MAKES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as root:
        assert root.stdout and root.stdin
        worker, starting = map(int, root.stdout.readline().split())
        assert not processes.is_starting(root.pid, root.pid) and not processes.is_starting(worker, root.pid)
        assert processes.is_starting(starting, root.pid)
        root.stdin.close()


COUNTED = """
import sqlite3, subprocess, sys
from flask import Flask, request
from benchmarks.counted import Counter

counter = Counter()
app = Flask("counted")
connection = sqlite3.connect(":memory:")

@app.get("/")
def times():
    times = int(request.args["times"])
    for _ in range(times):
        len("")
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT sum(i) FROM n", [100 * times]
    ).fetchall()
    if times > 1:
        subprocess.run([sys.executable, "-V"], check=True, stdout=subprocess.DEVNULL)
    return "x" * times

for times in (1, 101, 201):
    counter.count(app, [f"/?times={times}"])
    work = counter.count(app, [f"/?times={times}"])
    print(work.calls, work.ticks, work.processes, work.bytes)
"""


def test_work_is_counted_to_the_last_call() -> None:
    done = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True)
    one, hundred, two_hundred = (list(map(int, line.split())) for line in done.stdout.splitlines())
    assert two_hundred[0] - hundred[0] == 100
    assert two_hundred[1] - hundred[1] == pytest.approx(hundred[1] - one[1], rel=0.05)
    assert [one[2], hundred[2], two_hundred[2]] == [0, 1, 1]
    assert [one[3], hundred[3], two_hundred[3]] == [1, 101, 201]
