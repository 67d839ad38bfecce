"""Repositories that somebody made to break the wiki, or that broke by themselves: what can be served is served."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git
from tests.web.conftest import Site
from wiki.bootstrap import open_wiki
from wiki.catalog.catalog import Catalog
from wiki.cli import serve
from wiki.config import load
from wiki.errors import Unavailable
from wiki.web.application import create_app
from wiki.web.page_cache import CACHEABLE

READ = (
    "/", "/about", "/communications/signal", "/communications/signal.json", "/-/history/communications/signal", "/-/all",
    "/-/diff/communications/signal", "/-/blame/communications/signal", "/-/recent", "/-/search?q=signal", "/-/feed.atom",
    "/-/tags", "/-/attention", "/-/health", "/-/export.csv", "/-/export.json", "/sitemap.xml", "/glossary", "/-/review",
    "/-/people/ben", "/-/new", "/evil", "/-/history/evil", "/-/blame/evil",
)  # fmt: skip
PAGE = "communications/signal"


def raw(folder: Path, kind: str, data: bytes) -> str:
    """Write an object as it is, however broken."""
    command = ["git", "hash-object", "-w", "-t", kind, "--literally", "--stdin"]
    return subprocess.run(command, cwd=folder, input=data, capture_output=True, check=True).stdout.decode().strip()


def commit(
    folder: Path, tree: str, who: bytes = b"a <a@b> 1700000000 +0000", words: bytes = b"m", parent: str = ""
) -> str:
    parents = f"parent {parent or git(folder, 'rev-parse', 'HEAD')}\n".encode()
    return raw(
        folder, "commit", b"tree %b\n%bauthor %b\ncommitter %b\n\n%b" % (tree.encode(), parents, who, who, words)
    )


def with_entries(folder: Path, *entries: tuple[bytes, bytes, str]) -> str:
    """The tree of HEAD with more entries, in no order that git knows."""
    before = subprocess.run(
        ["git", "cat-file", "tree", "HEAD^{tree}"], cwd=folder, capture_output=True, check=True
    ).stdout
    return raw(
        folder, "tree", before + b"".join(b"%b %b\0%b" % (m, name, bytes.fromhex(id)) for m, name, id in entries)
    )


def blob(folder: Path, data: bytes = b"---\ntitle: Evil\n---\nx\n") -> str:
    return raw(folder, "blob", data)


def twice_and_colliding(folder: Path) -> None:
    one, two = blob(folder), blob(folder, b"two")
    names = (b"evil.md", b"evil.md", b"Evil.md", b"EVIL.md", b"evil", b"about.md")
    git(
        folder,
        "update-ref",
        "HEAD",
        commit(folder, with_entries(folder, *((b"100644", name, two) for name in names), (b"100644", b"a.md", one))),
    )


def names_that_lead_out(folder: Path) -> None:
    names = (
        b".GIT",
        b"..",
        b".",
        b".git",
        b"a/b.md",
        b"a\nb.md",
        b"\xff\xfe.md",
        b"con.md",
        b"git~1",
        b"evil.md",
        b"\xe2\x80\xae.md",
    )
    git(
        folder,
        "update-ref",
        "HEAD",
        commit(folder, with_entries(folder, *((b"100644", name, blob(folder)) for name in names))),
    )


def modes_of_nothing(folder: Path) -> None:
    id = blob(folder)
    entries = (
        (b"999999", b"evil.md"),
        (b"0100644", b"b.md"),
        (b"40000", b"c.md"),
        (b"160000", b"d.md"),
        (b"120000", b"e.md"),
    )
    git(
        folder,
        "update-ref",
        "HEAD",
        commit(folder, with_entries(folder, *((mode, name, id) for mode, name in entries))),
    )


def objects_that_are_missing(folder: Path) -> None:
    tree = with_entries(folder, (b"100644", b"evil.md", "1" * 40), (b"40000", b"c", "2" * 40))
    git(folder, "update-ref", "HEAD", commit(folder, tree))


def a_damaged_page(folder: Path) -> None:
    id = git(folder, "rev-parse", "HEAD:field/spoke.md")
    file = folder / ".git" / "objects" / id[:2] / id[2:]
    file.chmod(0o644)
    file.write_bytes(b"garbage")


def times_and_names_of_nobody(folder: Path) -> None:
    tree, last = git(folder, "rev-parse", "HEAD^{tree}"), ""
    for when in (
        b"99999999999999999999 +0000",
        b"-1 +0000",
        b"32503680000 +0000",
        b"253402300800 -1200",
        b"abc +0000",
        b"1 +99999999",
        b"",
    ):
        last = commit(folder, tree, b"a <a@b> " + when, parent=last)
        tree = with_entries(folder, (b"100644", b"evil.md", blob(folder, b"at " + when)))
    last = commit(folder, tree, b"\xff\xfe<x> <\xff@b> -62135596801 +0000", b"\xff" * 100_000, parent=last)
    git(folder, "update-ref", "HEAD", commit(folder, tree, b"nobody", b"", parent=last))


def settings_of_its_own(folder: Path) -> None:
    mark = folder.parent / "ran"
    for name in ("core.fsmonitor", "core.sshCommand", "diff.external", "core.pager", "gpg.program", "core.alternateRefsCommand",
                 "filter.x.clean", "filter.x.smudge", "filter.x.process", "merge.x.driver", "diff.x.textconv", "core.editor",
                 "uploadpack.packObjectsHook", "credential.helper", "sequence.editor"):  # fmt: skip
        git(folder, "config", name, f"touch {mark}; true")
    for name, value in (("commit.gpgsign", "true"), ("core.worktree", "/tmp"), ("core.hooksPath", str(folder.parent))):
        git(folder, "config", name, value)
    for hook in ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "update"):
        (folder.parent / hook).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (folder.parent / hook).chmod(0o755)
    info = folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* filter=x diff=x merge=x\n")


def no_readable_settings(folder: Path) -> None:
    (folder / ".git" / "config").write_bytes(b"[core\nbroken\xff")


def another_history_in_its_place(folder: Path) -> None:
    head = git(folder, "rev-parse", "HEAD")
    git(folder, "replace", head, commit(folder, raw(folder, "tree", b"100644 x.md\0" + bytes.fromhex(blob(folder)))))
    info = folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(f"{head}\n")


def suggestions_that_are_none(folder: Path) -> None:
    refs = folder / ".git" / "refs" / "suggestions"
    for name, value in (
        ("1", "garbage"),
        ("x", git(folder, "rev-parse", "HEAD")),
        ("2", blob(folder)),
        ("9" * 20, "0" * 40),
    ):
        (refs / name).mkdir(parents=True)
        (refs / name / "head").write_text(value)


def no_index(folder: Path) -> None:
    (folder / ".git" / "index").write_bytes(b"DIRC garbage")
    (folder / "about.md").unlink()
    os.mkfifo(folder / "about.md")


def refs_packed_oddly(folder: Path) -> None:
    head = git(folder, "rev-parse", "HEAD")
    (folder / ".git" / "refs" / "heads" / "main").unlink()
    text = b"# pack-refs with: peeled \n" + head.encode() + b" refs/heads/main\n^garbage\n\xff\xfe\nzzz refs/x\n"
    (folder / ".git" / "packed-refs").write_bytes(text)


def no_work_tree(folder: Path) -> None:
    bare = folder.with_name("bare")
    git(folder.parent, "clone", "--quiet", "--bare", str(folder), str(bare))
    shutil.rmtree(folder)
    bare.rename(folder)


def only_the_newest_commit(folder: Path) -> None:
    whole = folder.with_name("whole")
    folder.rename(whole)
    git(folder.parent, "clone", "--quiet", "--depth", "1", f"file://{whole}", str(folder))


def objects_elsewhere(folder: Path) -> None:
    whole = folder.with_name("whole")
    folder.rename(whole)
    git(folder.parent, "clone", "--quiet", "--shared", str(whole), str(folder))


def a_damaged_folder(folder: Path) -> None:
    id = git(folder, "rev-parse", "HEAD:field")
    (folder / ".git" / "objects" / id[:2] / id[2:]).unlink()


def git_s_files_elsewhere(folder: Path) -> None:
    (folder / ".git").rename(folder.with_name("kept.git"))
    (folder / ".git").write_text("gitdir: ../kept.git\n")


def names_no_disk_takes(folder: Path) -> None:
    id, deep = blob(folder), b"/".join([b"d" * 20] * 250)
    rows = b"".join(b"100644 %b\t%b\0" % (id.encode(), name) for name in (b"n" * 300 + b".md", deep + b".md"))
    subprocess.run(["git", "update-index", "-z", "--index-info"], cwd=folder, input=rows, check=True)
    git(folder, "commit", "-q", "-m", "Long")


def ways_to_write_files(folder: Path) -> None:
    (folder / ".gitattributes").write_text("*.md text eol=crlf ident export-subst working-tree-encoding=UTF-16LE-BOM\n")
    git(folder, "add", ".gitattributes")
    git(folder, "commit", "-q", "-m", "Ways")
    git(folder, "config", "core.autocrlf", "true")
    git(folder, "sparse-checkout", "set", "--cone", "--sparse-index", "tips")


MADE: tuple[Callable[[Path], None], ...] = (
    twice_and_colliding, names_that_lead_out, modes_of_nothing, objects_that_are_missing, a_damaged_page, no_index,
    times_and_names_of_nobody, settings_of_its_own, no_readable_settings, another_history_in_its_place, refs_packed_oddly,
    suggestions_that_are_none, no_work_tree, only_the_newest_commit, objects_elsewhere, a_damaged_folder,
    git_s_files_elsewhere, names_no_disk_takes, ways_to_write_files,
)  # fmt: skip


@pytest.mark.parametrize("break_it", MADE, ids=lambda made: made.__name__)
def test_what_can_be_served_is_served_and_saves_are_kept_or_refused_in_words(
    story_home: Path, break_it: Callable[[Path], None]
) -> None:
    break_it(story_home / "content")
    site = Site(story_home)
    ben = site.browser("ben")
    for browser in (site.browser(), ben):
        for address in READ:
            response = browser.client.get(address)
            # Of what is broken itself, that is said; nothing else suffers from it.
            said = response.status_code == 503 and address.endswith("/evil") and "Just a moment" in response.text
            assert response.status_code < 500 or said, (address, response.status_code)
    assert "Signal" in ben.get(f"/{PAGE}").text
    answer = ben.client.post(f"/-/edit/{PAGE}", data=ben.edit(PAGE, body=["It still saves."]))
    if answer.status_code == 303:
        assert "It still saves." in ben.get(f"/{PAGE}").text
    else:
        assert 400 <= answer.status_code < 500
        assert "It still saves." in answer.text
    assert not (story_home / "ran").exists()
    site.wiki.close()


def test_pages_are_read_and_saved_while_their_history_cant_be_read(story_home: Path) -> None:
    (story_home / "content" / ".mailmap").write_text("Bea <ben@example.org>\n")
    git(story_home / "content", "add", ".mailmap")
    git(story_home / "content", "commit", "-q", "-m", "Names")
    site = Site(story_home)
    site.wiki.history.close()
    file = story_home / "search_index" / "history.sqlite3"
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.mkdir()
    ben = site.browser("ben")
    for address in ("/", f"/{PAGE}", f"/es/{PAGE}", f"/{PAGE}.json", "/-/all", "/-/search?q=signal", "/-/export.json"):
        assert ben.client.get(address).status_code in (200, 301, 302), address
    # Under which name somebody is shown now, only the history knows.
    assert "Last changed" in ben.get(f"/{PAGE}").text and "by Ben" not in ben.get(f"/{PAGE}").text
    ben.get("/tips/there-is-none", 404)
    for address in (f"/-/history/{PAGE}", "/-/recent"):
        response = ben.client.get(address)
        assert response.status_code == 503 and "when, can&#39;t be read just now" in response.text, address
    assert ben.client.post(f"/-/edit/{PAGE}", data=ben.edit(PAGE, body=["It still saves."])).status_code == 303
    assert "It still saves." in ben.get(f"/{PAGE}").text
    with pytest.raises(Unavailable):
        site.wiki.catch_up()
    assert site.wiki.search.commit() == site.wiki.repository.head()
    file.rmdir()
    site.wiki.catch_up()
    assert site.wiki.is_current() and "It still saves." in ben.get(f"/{PAGE}").text
    assert ben.client.get("/-/recent").status_code == 200
    site.wiki.close()


def test_a_newest_commit_that_cant_be_read_is_a_line_of_the_log_each_time_and_no_trace(
    story_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(story_home)
    id = git(story_home / "content", "rev-parse", "HEAD^{tree}").strip()
    (story_home / "content/.git/objects" / id[:2] / id[2:]).unlink()
    assert site.browser().client.get("/-/all").status_code == 503
    assert [record.exc_info for record in caplog.records] == [None]
    assert "storage.damaged" in caplog.text
    site.wiki.close()


def test_readers_while_the_disk_is_full_fill_no_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = site.wiki.config.content_dir
    git(folder, "commit", "-q", "--allow-empty", "-m", "Beside the server")

    def no_room(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Catalog, "catch_up", no_room)
    for _ in range(3):
        site.browser().get(f"/{PAGE}")
    assert site.wiki.catalog.revision() != site.head() and caplog.records == []


def a_folder_in_its_place(catalog: Catalog, file: Path) -> Callable[[], object]:
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.mkdir()
    return file.rmdir


def a_file_in_place_of_its_folder(catalog: Catalog, file: Path) -> Callable[[], object]:
    aside = file.parent.rename(file.parent.with_name("aside"))
    file.parent.write_text("")
    return lambda: (file.parent.unlink(), aside.rename(file.parent))


def a_part_that_the_disk_does_not_read(catalog: Catalog, file: Path) -> Callable[[], object]:
    rows = catalog.database.rows

    def read(sql: str, *parameters: Any) -> list[Any]:
        if "FROM page" in sql:
            raise sqlite3.OperationalError("disk I/O error")
        return rows(sql, *parameters)

    catalog.database.rows = read  # type: ignore[method-assign]
    return lambda: delattr(catalog.database, "rows")


@pytest.mark.parametrize(
    "break_it", (a_folder_in_its_place, a_file_in_place_of_its_folder, a_part_that_the_disk_does_not_read)
)
def test_pages_are_read_and_saved_while_their_catalog_cant_be_read(
    story_home: Path, break_it: Callable[[Catalog, Path], Callable[[], object]]
) -> None:
    site = Site(story_home)
    ben, stranger = site.browser("ben"), site.browser()
    assert "are missing just now" not in ben.get("/").text
    site.wiki.catalog.close()
    mend = break_it(site.wiki.catalog, story_home / "search_index" / "catalog.sqlite3")
    for browser in (stranger, ben):
        # Which other page a missing one might be, nobody knows.
        for address, status in (("/", 200), (f"/{PAGE}", 200), (f"/es/{PAGE}?lang=en", 200), ("/tips/none", 404)):
            response = browser.get(address, status)
            assert "are missing just now" in response.text and CACHEABLE not in response.headers, address
        assert "Signal" in browser.get(f"/{PAGE}").text
        for address in ("/communications", "/-/all", "/-/compare", "/sitemap.xml"):
            # An empty list would say that there is nothing.
            assert browser.client.get(address).status_code == 503, address
    assert "can&#39;t be read just now" in stranger.client.get("/communications").text
    assert stranger.client.get("/-/health").get_json()["status"] == "degraded"
    assert ben.client.post(f"/-/edit/{PAGE}", data=ben.edit(PAGE, body=["It still saves."])).status_code == 303
    assert "It still saves." in stranger.get(f"/{PAGE}").text
    # What is kept for others stays theirs.
    head, settings = site.head(), "_wiki/site.yml"
    assert ben.client.post(f"/-/edit/{settings}", data=ben.edit(settings, source="name: Mine")).status_code != 200
    assert ben.client.post(f"/-/delete/{PAGE}").status_code in (403, 422) and site.head() == head
    mend()
    site.wiki.catch_up()
    found = stranger.get("/communications").text
    assert site.wiki.is_current() and "Signal" in found and "are missing just now" not in found
    site.wiki.close()


def test_a_server_starts_while_the_history_cant_be_read(story_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(story_home / "search_index")
    (story_home / "search_index" / "history.sqlite3").mkdir(parents=True)
    wiki = open_wiki(load(story_home, {}))
    serve._derive(wiki)
    assert "could not be made" in capsys.readouterr().err
    assert create_app(wiki=wiki).test_client().get(f"/{PAGE}").status_code == 200
    wiki.close()
