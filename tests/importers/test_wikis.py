"""Whole wikis from elsewhere: a MediaWiki's export and a DokuWiki's folder become pages, once."""

from __future__ import annotations

import bz2
import gzip
import io
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ANA, Story
from wiki.errors import Invalid, NotFound
from wiki.importers import dokuwiki, mediawiki
from wiki.importers.plan import Plan
from wiki.importers.replay import replay
from wiki.importers.texts import Origin

MAX_BYTES = 1_048_576
TOP = Origin()

XML = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">
  <siteinfo><sitename>Old</sitename><namespaces>
    <namespace key="0" case="first-letter" /><namespace key="1">Talk</namespace><namespace key="4">Project</namespace>
    <namespace key="6">File</namespace><namespace key="14">Category</namespace></namespaces></siteinfo>
  <page><title>Phone banks</title><ns>0</ns><id>1</id>
    <revision><id>2</id><timestamp>2019-05-02T10:11:12Z</timestamp><contributor><username>Rosa L</username><id>1</id></contributor>
      <comment>More
Reviewed-by: nobody</comment><text xml:space="preserve">'''Calls''' &amp; [[Scripts/For tenants|scripts]]. [[Category:Field work]] {{Stub}}</text></revision>
    <revision><id>1</id><timestamp>2019-05-01T10:11:12Z</timestamp><contributor><ip>192.0.2.7</ip></contributor>
      <comment></comment><text>Calls.</text></revision></page>
  <page><title>Scripts/For tenants</title><ns>0</ns><id>3</id>
    <revision><timestamp>2019-05-01T12:00:00Z</timestamp><contributor><username>Sam</username></contributor><text>Hello.</text></revision></page>
  <page><title>Dialing</title><ns>0</ns><redirect title="Phone banks" />
    <revision><timestamp>2019-06-01T12:00:00Z</timestamp><text>#REDIRECT [[Phone banks]]</text></revision></page>
  <page><title>Talk:Phone banks</title><ns>1</ns>
    <revision><timestamp>2019-06-01T12:00:00Z</timestamp><text>Hm.</text></revision></page>
  <page><title>Field</title><ns>0</ns>
    <revision><timestamp>2019-06-01T12:00:00Z</timestamp><text>In the way of a category.</text></revision></page>
  <page><title>???</title><ns>0</ns>
    <revision><timestamp>2019-06-01T12:00:00Z</timestamp><text>Nameless.</text></revision></page>
</mediawiki>"""


def exported(
    story: Story, xml: str = XML, history: bool = False, origin: Origin = TOP
) -> tuple[mediawiki.Export, Plan]:
    export = mediawiki.read(io.BytesIO(xml.encode()), history)
    found = mediawiki.plan(export, origin, story.store, story.settings.at(), story.repository.head(), MAX_BYTES)
    return export, found


def apply(story: Story, found: Plan) -> None:
    story.editor.apply(found.write(ANA, "Import", story.repository.head()))


def test_a_mediawiki_export_becomes_pages_and_the_second_run_changes_nothing(story: Story) -> None:
    origin = Origin("archive", "CC BY-SA 3.0", "The old wiki")
    _, found = exported(story, origin=origin)
    assert [(item.label, item.path.text) for item in found.new] == [
        ("Phone banks", "archive/phone-banks"),
        ("Scripts/For tenants", "archive/scripts/for-tenants"),
        ("Field", "archive/field"),
    ]
    assert {item.label: item.problem.code for item in found.refused} == {
        "Talk:Phone banks": "import.namespace",
        "???": "path.empty",
    }
    assert [(item.label, item.problem.params["what"]) for item in found.partly] == [("Phone banks", ("{{Stub}}",))]
    apply(story, found)
    page = story.page("archive/phone-banks")
    assert page.fields == {
        "kind": "page",
        "title": "Phone banks",
        "tags": ["Field work"],
        "content_license": "CC BY-SA 3.0",
        "attribution": "The old wiki",
    }
    assert "**Calls** & [[archive/scripts/for-tenants|scripts]]." in page.body
    assert story.settings.at().redirects["archive/dialing"] == "archive/phone-banks"
    again = exported(story, origin=origin)[1]
    assert not again.writes and {item.why for item in again.existing} == {"same"}


def test_pages_whose_titles_differ_in_signs_alone_get_addresses_of_their_own(story: Story) -> None:
    titles = ("C", "C++", "Sí", "Si", "/e/OS", "c 2", "!")
    pages = "".join(
        f"<page><title>{title}</title><ns>0</ns><revision><timestamp>2019-06-01T12:00:00Z</timestamp>"
        f"<text>[[c++]] [[/e/OS|this]] [[Si]]</text></revision></page>"
        for title in titles
    )
    _, found = exported(story, f"<mediawiki>{pages}</mediawiki>")
    assert [item.path.text for item in found.new] == ["c", "c-2", "si", "si-2", "e/os", "c-2-2"]
    assert "[[/c-2|c++]] [[e/os|this]] [[/si-2|Si]]" in found.new[0].source
    assert [(item.label, item.problem.code) for item in found.refused] == [("!", "path.empty")]


def test_a_page_that_was_changed_since_stays_as_it_is(story: Story) -> None:
    apply(story, exported(story)[1])
    story.save("scripts/for-tenants", story.source("scripts/for-tenants") + "\nBetter.\n")
    found = exported(story)[1]
    assert not found.writes
    assert [item.path for item in found.existing if item.why == "differs"] == ["scripts/for-tenants"]


def test_a_page_in_the_way_of_a_category_is_refused_with_words(story: Story) -> None:
    assert ("Field", "import.category") in [(item.label, item.problem.code) for item in exported(story)[1].refused]


def test_the_history_comes_along_in_order_with_names_and_without_addresses(story: Story) -> None:
    before = story.repository.head()
    export, found = exported(story, history=True)
    count = replay(
        mediawiki.steps(export, Origin()),
        Origin(),
        found,
        story.repository,
        story.writer,
        story.settings.at(),
        MAX_BYTES,
        story.editor.person(ANA),
    )
    commits = [commit for commit, _ in story.repository.walk(story.repository.head(), stop={before})][::-1]
    assert count == len(commits) == 3
    assert [(commit.author.name, commit.subject, commit.trailers) for commit in commits] == [
        ("Anonymous", "Phone banks", {}),
        ("Sam", "Scripts/For tenants", {}),
        ("Rosa L", "More Reviewed-by: nobody", {}),
    ]
    assert {commit.committer.name for commit in commits} == {"Ana"}
    assert commits[0].authored.isoformat() == "2019-05-01T10:11:00+00:00"
    assert "192.0.2.7" not in story.git("log", "--format=raw", "-p", f"{before}..HEAD")
    assert story.source("phone-banks") == next(item.source for item in found.new if item.label == "Phone banks")
    assert not exported(story, history=True)[1].new


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><mediawiki><page><title>&b;</title></page></mediawiki>',
            "import.xml_entities",
        ),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><mediawiki/>', "import.xml_entities"),
        ("<mediawiki><page>", "import.xml"),
        ("<html></html>", "import.xml"),
        ("not xml", "import.xml"),
        ("", "import.xml"),
        ('<?xml version="1.0" encoding="utf-7"?><mediawiki/>', "import.xml"),
        (f'<mediawiki x="{"a" * 10_000_000}"/>', "import.xml"),
    ],
)
def test_xml_that_is_no_export_or_is_made_to_explode_is_refused(story: Story, xml: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        exported(story, xml)
    assert error.value.code == code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "pages" / "field").mkdir(parents=True)
    (folder / "media" / "field").mkdir(parents=True)
    (folder / "pages" / "start.txt").write_text("====== Welcome ======\nSee [[field:]] and [[field:doors|doors]].\n")
    (folder / "pages" / "field" / "start.txt").write_text(
        "====== Field work ======\n[[doors]] [[.:doors]] [[..:start|up]] [[:start]]\n"
    )
    (folder / "pages" / "field" / "doors.txt").write_text("**Knock.** {{map.png|The map}} {{:nothing.pdf}}\n")
    (folder / "pages" / "caf%C3%A9.txt").write_text("Coffee.")
    (folder / "pages" / "_template.txt").write_text("No page.")
    (folder / "pages" / "secret.txt").symlink_to("/etc/passwd")
    Image.new("RGB", (4, 4), "red").save(folder / "media" / "field" / "map.png")
    (folder / "media" / "evil.svg").write_text("<svg onload='alert(1)'/>")
    return folder


def documented(story: Story, folder: Path) -> tuple[dokuwiki.Data, Plan]:
    head, origin = story.repository.head(), Origin("old")
    data = dokuwiki.read(folder, origin, story.repository, head, 1_000_000, 1_000_000)
    return data, dokuwiki.plan(data, origin, story.store, story.settings.at(head), head, MAX_BYTES)


def test_a_dokuwiki_folder_becomes_pages_and_files_and_the_second_run_changes_nothing(story: Story, data: Path) -> None:
    _, found = documented(story, data)
    assert sorted(item.path.text for item in found.new) == [
        "old/cafe",
        "old/field/doors",
        "old/field/index",
        "old/start",
    ]
    assert [file.file for file in found.files] == ["old/media/field/map.png"]
    assert [(item.label, item.problem.code) for item in found.refused] == [("evil.svg", "file.type")]
    assert [item.problem.params["what"] for item in found.partly] == [(":nothing.pdf",)]
    apply(story, found)
    assert story.page("old/start").title == "Welcome"
    assert "See [[old/field/index|field]] and [[old/field/doors|doors]]." in story.source("old/start")
    assert story.page("old/field/index").body.count("[[old/field/doors|doors]]") == 2
    assert story.page("old/field/index").body.count("[[old/start|") == 2
    assert "![The map](</old/media/field/map.png>)" in story.source("old/field/doors")
    _, again = documented(story, data)
    assert not again.writes and {item.why for item in again.existing} == {"same"}


def test_a_folder_that_is_no_dokuwiki_is_said_to_be_none(story: Story, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as error:
        documented(story, tmp_path / "nowhere")
    assert error.value.code == "import.not_dokuwiki"


def test_the_history_of_a_dokuwiki_comes_along_with_names_and_times_and_without_addresses(
    story: Story, data: Path
) -> None:
    now = 1_600_000_000
    kept = data / "attic" / "field"
    kept.mkdir(parents=True)
    (data / "meta" / "field").mkdir(parents=True)
    (kept / "doors.1500000000.txt.gz").write_bytes(gzip.compress(b"Ring."))
    (kept / "doors.1500000900.txt.bz2").write_bytes(bz2.compress(b"Ring twice."))
    (kept / "doors.1500000950.txt.gz").write_bytes(b"torn")
    (data / "meta" / "field" / "doors.changes").write_text(
        "1500000000\t192.0.2.7\tC\tfield:doors\trosa\tcreated\t\t5\n"
        "1500000900\t192.0.2.7\tE\tfield:doors\t\tMore\t\t6\n1500000950\t192.0.2.7\tE\tfield:doors\tx\t\n"
        f"1500000970\t192.0.2.7\tD\tfield:doors\trosa\tremoved\n{now}\t192.0.2.7\tE\tfield:doors\tsam\t\t\t3\nodd\n"
    )
    for file in (data / "pages").rglob("*.txt"):
        os.utime(file, (now, now), follow_symlinks=False)
    before = story.repository.head()
    folder, found = documented(story, data)
    origin, settings = Origin("old"), story.settings.at()
    replay(
        *(
            dokuwiki.steps(folder, dokuwiki.versions(folder), origin, MAX_BYTES),
            origin,
            found,
            story.repository,
            story.writer,
            settings,
        ),
        *(MAX_BYTES, story.editor.person(ANA)),
    )
    log = story.git("log", "--reverse", "--format=%an|%at|%s", f"{before}..HEAD", "--", "old/field/doors.md")
    assert log.splitlines() == ["rosa|1500000000|created", "Anonymous|1500000900|More", f"sam|{now // 60 * 60}|Doors"]
    assert "192.0.2.7" not in story.git("log", "--format=raw", "-p", f"{before}..HEAD")
    assert story.source("old/field/doors") == next(item.source for item in found.new if item.label == "Doors")
    apply(story, found)
    assert not documented(story, data)[1].writes
