"""`movement-wiki import` and `export`: what would happen is said, what happened is one commit, and nothing twice."""

from __future__ import annotations

import csv
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import git

LIST = "- [Brand New](https://new.example) - does it\n- [Signal](https://signal.org)\n- [Bad](javascript:alert(1))\n"
XML = (
    "<mediawiki><siteinfo><namespaces><namespace key='0'/></namespaces></siteinfo><page><title>Doors</title><ns>0</ns>"
    "<revision><timestamp>2019-05-01T10:00:00Z</timestamp><contributor><username>Rosa</username></contributor>"
    "<text>One.</text></revision><revision><timestamp>2019-05-02T10:00:00Z</timestamp><text>'''Two'''.</text></revision>"
    "</page></mediawiki>"
)


def head(home: Path) -> str:
    return git(home / "content", "rev-parse", "HEAD")


def test_a_list_is_said_first_and_then_one_commit(run: Run, story_home: Path, tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text(LIST)
    before = head(story_home)
    said = run(
        "import", "list", str(tmp_path / "list.md"), "--category", "field", "--function", "phonebank", "--dry-run"
    )
    assert "new      field/brand-new: Brand New" in said.out
    assert "refused  line 3, Bad: url: This would run something" in said.out
    assert "1 would be new, 0 would be changed, 0 files, 1 there already, 1 refused." in said.out
    assert head(story_home) == before
    run("import", "list", str(tmp_path / "list.md"), "--category", "field", "--function", "phonebank")
    assert git(story_home / "content", "log", "--format=%an %s", f"{before}..") == (
        "Eastside Tenants Wiki Add 1 tool from a list"
    )
    after = head(story_home)
    again = json.loads(run("import", "list", str(tmp_path / "list.md"), "--function", "phonebank", "--json").out)
    assert [len(again[key]) for key in ("new", "existing", "refused")] == [0, 2, 1] and head(story_home) == after


def test_a_file_larger_than_fits_into_memory_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.importers.table.MAX_BYTES", 1_000)
    for kind in ("list", "csv"):
        assert "The file is larger than" in run("import", kind, "/dev/zero", code=6).err


def test_a_table_round_trips_through_the_command_line(run: Run, story_home: Path, tmp_path: Path) -> None:
    table = tmp_path / "tools.csv"
    run("export", "csv", str(table))
    assert "Traceback" not in run("export", "csv", str(table), code=5).err
    before = head(story_home)
    assert "0 new, 0 changed" in run("import", "csv", str(table)).out and head(story_home) == before
    table.write_text('Tool,Price\nSpoke,"A cent\na text"\n')
    said = run("import", "csv", str(table), "--map", "Price=cost.note", "--by", "nobody", code=4)
    assert "no such account" in said.err
    assert "change   field/spoke: cost.note" in run("import", "csv", str(table), "--map", "Price=cost.note").out
    told = run("export", "csv", str(tmp_path / "again.csv")).out
    with (tmp_path / "again.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert any("A cent\na text" in row for row in rows) and f": {len(rows) - 1} rows." in told
    assert git(story_home / "content", "diff", "--shortstat", before).startswith("1 file changed, 3 insertions(+)")


def test_choices_that_there_are_not_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text(LIST)
    assert "nonsense" in run("import", "list", str(tmp_path / "list.md"), "--function", "nonsense", code=2).err
    assert "No column names the tools" in run("import", "csv", str(tmp_path / "list.md"), code=2).err


def test_a_repository_becomes_a_new_wiki(run_in: Run, tmp_path: Path) -> None:
    source, home = tmp_path / "source", tmp_path / "home"
    source.mkdir()
    git(source, "init", "--quiet")
    (source / "Home.md").write_text("[[Our tools]]\n")
    (source / "Our-tools.md").write_text("x\n")
    for number in range(13):
        (source / f"{number}.c").write_text("int x;\n")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "-m", "Begin")
    home.mkdir()
    run_in(home, "init")
    before = head(home)
    said = run_in(home, "import", "git", str(source), "--dry-run")
    assert (
        "Our-tools.md → our-tools.md" in said.out and "2 pages and 13 other files would come with 1 commit;" in said.out
    )
    assert said.out.count("A file belongs to a page") == 10 and "… and 3 more like these; --json lists all." in said.out
    assert head(home) == before
    run_in(home, "import", "git", str(source))
    assert sorted(file.name for file in (home / "content").glob("*.md")) == ["home.md", "our-tools.md"]
    assert "Begin" in git(home / "content", "log", "--format=%s")
    assert "has this history already" in run_in(home, "import", "git", str(source)).out
    assert "neither a folder nor" in run_in(home, "import", "git", "ext::sh -c x", code=2).err


def test_a_worked_on_wiki_is_not_replaced(run: Run, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "source")
    subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "-m", "x"],
        cwd=tmp_path / "source",
        check=True,
        env={
            "HOME": "/",
            "PATH": "/usr/bin:/bin",
            **{f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        },
    )
    assert "pages of its own" in run("import", "git", str(tmp_path / "source"), code=5).err


@pytest.mark.parametrize("history", [False, True])
def test_a_mediawiki_export_with_and_without_its_history(
    run: Run, story_home: Path, tmp_path: Path, history: bool
) -> None:
    (tmp_path / "wiki.xml").write_text(XML)
    before = head(story_home)
    arguments = [
        "import",
        "mediawiki",
        str(tmp_path / "wiki.xml"),
        "--folder",
        "old",
        *(["--history"] if history else []),
    ]
    run(*arguments, "--dry-run")
    assert head(story_home) == before
    run(*arguments)
    log = git(story_home / "content", "log", "--format=%an", f"{before}..").splitlines()
    assert log == (["Anonymous", "Rosa"] if history else ["Eastside Tenants Wiki"])
    after = head(story_home)
    assert "1 there already" in run(*arguments).out and head(story_home) == after


def test_a_dokuwiki_folder_comes_in(run: Run, story_home: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "pages").mkdir(parents=True)
    (tmp_path / "data" / "pages" / "start.txt").write_text("====== Hello ======\n")
    assert "new      old/start: Hello" in run("import", "dokuwiki", str(tmp_path / "data"), "--folder", "old").out
    assert (story_home / "content" / "old" / "start.md").is_file()
    assert "no DokuWiki" in run("import", "dokuwiki", str(story_home), code=4).err


def test_a_site_and_a_zip_are_written_and_other_files_left_alone(run: Run, tmp_path: Path) -> None:
    said = run("export", "site", str(tmp_path / "site"))
    assert (tmp_path / "site" / "index.html").is_file() and "index.html" in said.out
    run("export", "site", str(tmp_path / "site"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a")
    assert "holds other things" in run("export", "site", str(tmp_path / "mine"), code=5).err
    run("export", "zip", str(tmp_path / "all.zip"))
    assert zipfile.is_zipfile(tmp_path / "all.zip")
    run("export", "zip", str(tmp_path / "all.zip"), code=5)
    assert run("export", "csv", "-").out.startswith("path,title,")
