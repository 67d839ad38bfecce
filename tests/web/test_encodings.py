"""Pages that are not UTF-8: their bytes outlive suggestions and reverts, and UTF-16 is read, named and mended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import git
from tests.web.conftest import form_fields, words_of

OLD = b"---\nkind: page\ntitle: Old\n---\nCaf\xe9 and \xff\n\nPlain words.\n\nNa\xefve\xfe.\n"
NEW = OLD.replace(b"Plain words", b"Other words")
WIDE = "---\r\nkind: page\r\ntitle: Wide\r\n---\r\nКириллица and é.\r\n\r\nPlain words.\r\n"


def put(site, name: str, data: bytes) -> str:
    content = site.wiki.config.content_dir
    Path(content, name).write_bytes(data)
    git(content, "add", name)
    git(content, "commit", "-q", "-m", "From elsewhere")
    return site.head()


def stored(site, name: str, at: str = "") -> bytes:
    return site.wiki.repository.read(at or site.head(), name).data


def other_words(fields: dict[str, list[str]], **more: str) -> dict[str, object]:
    return {**{key: [text.replace("Plain", "Other") for text in texts] for key, texts in fields.items()}, **more}


def test_bytes_that_are_no_text_outlive_a_suggestion_and_its_amendment(site, stranger, ana) -> None:
    put(site, "tips/latin.md", OLD)
    fields = stranger.edit("tips/latin")
    site.clock.advance(minutes=2)
    sent = stranger.post("/-/edit/tips/latin", other_words(fields, message="m")).headers["Location"]
    form = f"{sent.partition('?')[0]}/edit/tips/latin"
    [head] = git(
        site.wiki.config.content_dir, "for-each-ref", "--format=%(objectname)", "refs/suggestions/1/head"
    ).split()
    assert stored(site, "tips/latin.md", head) == NEW
    again = stranger.form(form, "base")
    body = again["body"][0].replace("Other words", "Other fine words")
    site.clock.advance(minutes=2)
    stranger.post(form, {**again, "body": body, "message": "m"})
    fine = NEW.replace(b"Other", b"Other fine")
    ana.post("/-/review/1", {**ana.form("/-/review/1", 'name="head"'), "do": "approve"})
    assert stored(site, "tips/latin.md") == fine


@pytest.mark.parametrize("way", ["revert", "restore", "take back"])
def test_bytes_that_are_no_text_come_back_with_an_earlier_version(site, ben, ana, way) -> None:
    was = put(site, "tips/latin.md", OLD)
    fields = ben.edit("tips/latin", body="All is new.\n", message="m")
    ben.post("/-/edit/tips/latin", fields)
    bad = site.head()
    assert b"\xe9" not in stored(site, "tips/latin.md")
    if way == "revert":
        ana.post("/-/revert/tips/latin", ana.form(f"/-/revert/tips/latin?commit={bad}", "commit"))
    elif way == "restore":
        ana.post("/-/revert/tips/latin", ana.form(f"/-/revert/tips/latin?to={was}", "to"))
    else:
        asked = {"csrf_token": ana.token(), "since": "2026-03-01"}
        ana.post("/-/people/ben/take-back", form_fields(ana.post("/-/people/ben/take-back", asked, 200).text, "sure"))
    assert stored(site, "tips/latin.md") == OLD


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
def test_a_page_in_utf_16_is_read_named_and_becomes_utf_8_at_its_next_save(site, stranger, ben, codec) -> None:
    mark = b"\xfe\xff" if codec == "utf-16-be" else b""
    put(site, "tips/wide.md", mark + WIDE.encode(codec))
    head = site.head()
    said = words_of(stranger.get("/tips/wide").text)
    assert "Кириллица and é." in said
    assert "written in UTF-16" in said and "\ufffd" not in said
    assert "UTF-16" in words_of(stranger.get("/-/attention/unreadable").text)
    for view in ("history", "blame"):
        assert "\ufffd" not in stranger.get(f"/-/{view}/tips/wide").text
    fields = ben.edit("tips/wide")
    ben.post("/-/edit/tips/wide", {**fields, "message": "m"})
    assert site.head() == head
    ben.post("/-/edit/tips/wide", other_words(fields, message="m"))
    assert stored(site, "tips/wide.md") == WIDE.replace("Plain", "Other").encode()
    assert "UTF-16" not in words_of(stranger.get("/tips/wide").text)
    assert "wide" not in stranger.get("/-/attention/unreadable").text
    changed = stranger.get(f"/-/diff/tips/wide?from={head}&to={site.head()}").text
    assert "Other" in changed and "\ufffd" not in changed


def test_a_suggestion_by_git_with_a_name_that_is_no_text_leaves_the_list_of_suggestions_readable(site, ana) -> None:
    content = site.wiki.config.content_dir
    blob = git(content, "rev-parse", "HEAD:about.md").strip()
    tree = git(content, "ls-tree", "HEAD").encode().rstrip() + b"\n100644 blob %s\t\xff\xfe.md\n" % blob.encode()
    made = subprocess.run(["git", "-C", content, "mktree"], input=tree, capture_output=True)
    commit = git(content, "commit-tree", made.stdout.decode().strip(), "-p", "HEAD", "-m", "Odd name").strip()
    git(content, "update-ref", "refs/suggestions/9/head", commit)
    assert "Odd name" in ana.get("/-/review").text
    assert ana.get("/-/review/9").status_code == 200
