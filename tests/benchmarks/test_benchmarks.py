"""The benchmarks' own parts: the made-up wiki and the report. Nothing here is timed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from benchmarks import corpus, report
from benchmarks.report import GIT, HELLO, Figure, Run
from tests.conftest import git
from wiki.pages.page import read_page
from wiki.pages.path import PagePath
from wiki.pages.settings import SettingsStore
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
    assert verdict is not None and verdict.met and verdict.limit == 40 and verdict.share == 0.75
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
    assert report.growth_table(runs[:1]) == ""
