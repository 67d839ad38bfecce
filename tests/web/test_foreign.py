"""Pages that other programs wrote: whatever they hold is shown, and a save that changes nothing leaves every byte alone."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git
from wiki.pages.kinds import KINDS

BROWSER_ENDS = re.compile("\r\n|\r|\n")
FILES = {
    "tips/mark.md": "\ufeff# Byte order mark\r\n\r\nOne\r\nTwo \r\n",
    "tips/mark-and-facts.md": "\ufeff---\ntitle: Mark # why\n---\nText\n",
    "tips/old-mac.md": "# Old\rline\rline\r",
    "tips/mixed.md": "# Mixed\r\none\ntwo\r\nthree\rfour",
    "tips/no-end.md": "---\ntitle:  'Quoted'\nzeta: {a: 1,b: 2}\n\nalpha: |\n  multi\n---\n\n\nText   ",
    "tips/tabs.md": "# Tabs\n\n\t- one\n-\ttwo\n",
    "tips/empty.md": "",
    "tips/start.mdx": "---\ntitle:  Start\n---\n\nimport X from 'x'\n\n<X/> text \r\n",
    "tips/Old.MARKDOWN": "Old\r\n===\r\n\ttext",
    "_posts/2020-01-02-first.md": "---\ntitle: First\nlayout: post\n---\nPosted.\n",
    "tips/latin.md": "# Café\n".encode("latin-1"),
    "tips/Upper Case (100%)?.md": "# Upper\n",
    "tips/shortcodes.md": '{{% alert "a" %}}\nx \n{{% /alert %}}\n\n\n=== "T"\n\n    y\n\n%% z %%\n<Tabs>\n  <TabItem label="l">w</TabItem>\n</Tabs>\n',
    unicodedata.normalize("NFD", "tips/über.md"): "# Über\n",
}
WRONG: tuple[Any, ...] = (5, True, "x", [[1]], [{}], [{"a": [1]}], {"of": 7})
LISTS = (
    "/", "/tips", "/-/all", "/-/functions", "/-/tags", "/toolkits", "/glossary", "/-/search?q=wrong", "/-/export.csv", "/-/export.json",
    "/-/statistics", "/-/api/v1/pages", "/-/attention", "/-/attention/stale", "/-/attention/stubs", "/-/attention/duplicates",
    "/-/attention/broken", "/-/attention/orphans",
)  # fmt: skip


def put(site, files: dict[str, str | bytes]) -> None:
    """Commit files as they are, by plain git."""
    for name, text in files.items():
        file = Path(site.wiki.config.content_dir, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(site.wiki.config.content_dir, "add", "-A")
    git(site.wiki.config.content_dir, "commit", "-q", "-m", "From elsewhere")


@pytest.mark.parametrize("mode", ["", "?mode=source"])
def test_a_save_without_a_change_leaves_every_byte_alone(site, stranger, ben, mode) -> None:
    put(site, FILES)
    head = site.head()
    for name in FILES:
        path = name.removesuffix(".md").replace("%", "%25").replace("?", "%3F")
        stranger.get(f"/{path}")
        stranger.get(f"/-/history/{path}")
        fields = ben.form(f"/-/edit/{path}{mode}", "body" if not mode else "source")
        fields = {key: [BROWSER_ENDS.sub("\r\n", value) for value in values] for key, values in fields.items()}
        ben.post(f"/-/edit/{path}{mode}", fields)
        assert site.head() == head, name


def test_a_changed_line_leaves_the_ends_of_the_others_alone(site, ben) -> None:
    put(site, FILES)
    fields = ben.form("/-/edit/tips/mixed?mode=source", "source")
    ben.post("/-/edit/tips/mixed?mode=source", {**fields, "source": "# Mixed\r\none\r\nTWO\r\nthree\r\nfour"})
    assert site.source("tips/mixed") == "# Mixed\r\none\nTWO\r\nthree\rfour"
    fields = ben.form("/-/edit/tips/mark", "body")
    ben.post("/-/edit/tips/mark", {**fields, "body": "# Byte order mark\r\n\r\nOne\r\nThree\r\n"})
    assert site.source("tips/mark") == "\ufeff# Byte order mark\r\n\r\nOne\r\nThree\r\n"


def test_the_home_page_of_a_wiki_from_elsewhere_is_shown_with_its_list_of_contents(site, stranger) -> None:
    folder = Path(site.wiki.config.content_dir)
    for name in ("_wiki/site.yml", "_wiki/categories.yml"):
        (folder / name).unlink()
    put(site, {"home.md": "# Tenants\n\nWelcome here.\n", "sidebar.md": "# Sidebar\n\n- [[Home]]\n- [[Not yet]]\n"})
    shown = stranger.get("/").text
    assert "Welcome here." in shown and '<a href="/home">Home</a>' in shown and ">Not yet</a>" in shown
    assert "<title>Movement Tech Wiki</title>" in shown
    put(site, {"_wiki/site.yml": "home:\n  text: Our own words.\n"})
    shown = stranger.get("/").text
    assert "Our own words." in shown and "Welcome here." not in shown and ">Not yet</a>" not in shown


@pytest.mark.parametrize(
    ("page", "listing"), [("docs/index.md", "docs/SUMMARY.md"), ("content/_index.md", ""), ("homepage.md", "")]
)
def test_the_page_of_a_site_in_a_folder_is_shown_at_home(site, stranger, page, listing) -> None:
    folder = Path(site.wiki.config.content_dir)
    for child in folder.iterdir():
        if child.name != ".git":
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    put(site, {page: "# Tenants\n\nWelcome [there](there.md).\n"} | ({listing: "The list.\n"} if listing else {}))
    shown = stranger.get("/").text
    assert ">Welcome <" in shown and ("The list." in shown) == bool(listing)
    put(site, {"field/spoke.md": "# Spoke\n", "_wiki/categories.yml": "- {id: field, label: Field}\n"})
    assert (">Welcome <" in stranger.get("/").text) == (page == "homepage.md")


def test_what_other_programs_call_their_pages_is_found_and_other_markup_is_shown_as_it_is_written(
    site, stranger
) -> None:
    put(
        site,
        {
            "docs/_index.md": "About the docs.\n",
            "docs/a.md": "[up](./)",
            "docs/b.rst": "B\n=\n",
        },
    )
    assert stranger.get("/docs", 301).headers["Location"] == "/docs/_index"
    assert "<h1><span>Docs</span>" in stranger.get("/docs/_index").text
    assert 'href="/docs/_index"' in stranger.get("/docs/a").text
    shown = stranger.get("/docs/b.rst")
    assert (shown.mimetype, shown.text) == ("text/plain", "B\n=\n")
    stranger.get("/_wiki", 404)


def test_a_page_is_found_at_the_addresses_that_its_facts_give_it(site, stranger) -> None:
    facts = "---\ntitle: Sick leave\npermalink: /when/sick/\nredirect_from:\n- /old-leave/\n- https://e.org/\n- /\nslug: x\n---\n"
    put(site, {"_pages/a.md": facts, "tips/b.md": "[one](/when/sick/#x) [two](/old-leave) [three](/x)\n"})
    shown = stranger.get("/tips/b").text
    assert 'href="/_pages/a#x">one<' in shown and 'href="/_pages/a">two<' in shown and 'class="missing">three<' in shown
    for address in ("/when/sick", "/when/sick/", "/old-leave"):
        assert stranger.get(address, 301).headers["Location"] == "/_pages/a"
    stranger.get("/x", 404)
    assert "Sick leave" not in stranger.get("/").text.partition("Changed lately")[0]


def test_pages_whose_files_end_otherwise_are_pages_under_the_names_of_their_files(site, stranger, ben, ana) -> None:
    put(
        site,
        {
            "docs/index.mdx": "Read [this](call.mdx#who), [that](call), [[call]] and [text](./text.markdown).\n",
            "docs/call.mdx": "---\ntitle: Call\nslug: x\n---\nimport A from 'a'\n\n## Who \r\n\n<A/>Everybody\n",
            "docs/text.markdown": "Text.\n",
            "docs/old.MD": "# Old\n",
            "docs/leave.mdwn": "# Leave\n",
            "docs/count.qmd": "# Count\n",
            "docs/both.mdx.md": "Left out.\n",
            "docs/v1.2.md": "# Two\n",
        },
    )
    assert stranger.get("/docs", 301).headers["Location"] == "/docs/index.mdx"
    assert stranger.get("/docs/call", 301).headers["Location"] == "/docs/call.mdx"
    read = stranger.get("/docs/index.mdx").text.partition("<p>Read")[2].partition("</p>")[0]
    links = ["/docs/call.mdx#who", "/docs/call.mdx", "/docs/call.mdx", "/docs/text.markdown"]
    assert re.findall(r'href="([^"]+)"', read) == links and "missing" not in read
    for path, title in (
        ("call.mdx", "Call"),
        ("text.markdown", "Text"),
        ("old.MD", "Old"),
        ("leave.mdwn", "Leave"),
        ("count.qmd", "Count"),
        ("v1.2", "Two"),
    ):
        assert f"<h1><span>{title}</span>" in stranger.get(f"/docs/{path}").text
        assert "From elsewhere" in stranger.get(f"/-/history/docs/{path}").text
    assert "Everybody" in stranger.get("/docs/call.mdx.md").text
    assert stranger.get("/docs/call.mdx.json").json["title"] == "Call"
    site.wiki.catch_up()
    assert "/docs/call.mdx" in stranger.get("/-/search?q=everybody").text
    before = site.wiki.repository.read(site.head(), "docs/call.mdx").data
    fields = ben.form("/-/edit/docs/call.mdx", "body")
    ben.post("/-/edit/docs/call.mdx", {**fields, "body": fields["body"][0].replace("Everybody", "All")})
    assert site.wiki.repository.read(site.head(), "docs/call.mdx").data == before.replace(b"Everybody", b"All")
    ana.post("/-/move/docs/call.mdx", {**ana.form("/-/move/docs/call.mdx", "to"), "to": "docs/calls"})
    assert stranger.get("/docs/call.mdx", 301).headers["Location"] == "/docs/calls"
    assert (
        b"[this](calls#who), [that](calls), [[call]]" in site.wiki.repository.read(site.head(), "docs/index.mdx").data
    )
    ana.post("/-/delete/docs/text.markdown", ana.form("/-/delete/docs/text.markdown", "base"))
    stranger.get("/docs/text.markdown", 410)


def test_the_first_page_of_a_site_says_what_its_facts_say(site, stranger, ben) -> None:
    facts = (
        '---\nlayout: home\nhero:\n  name: "Tenants"\n  text: Win\n  tagline: Together\n  actions:\n    - {theme: brand, text: Begin, link: /docs/call}\n'
        "features:\n- title: Calls\n  details: How to *call*\n  link: ./call\n- icon: x\n- 5\n---\n"
    )
    odd = "---\nhero: 5\nheroText: Rent\nactions: {a: 1}\nfeatures: x\n---\n"
    put(
        site, {"docs/index.md": facts, "docs/odd.md": odd, "docs/call.md": "# Call\n", "docs/own.md": f"{facts}Mine.\n"}
    )
    shown = stranger.get("/docs/index").text
    assert "<h1><span>Tenants</span>" in shown and "<p>Win</p>\n<p>Together</p>" in shown
    assert '<a href="/docs/call">Begin</a>' in shown and "<p>How to <em>call</em></p>" in shown
    assert '<strong><a href="/docs/call">Calls</a></strong>' in shown
    assert "<h1><span>Rent</span>" in stranger.get("/docs/odd").text
    assert "Together" not in stranger.get("/docs/own").text.partition("Mine.")[0].partition("<main")[2]
    fields = ben.form("/-/edit/docs/index", "base")
    head = site.head()
    ben.post("/-/edit/docs/index", fields)
    assert site.head() == head


def test_a_folder_of_many_pages_is_shown_in_parts(site, stranger) -> None:
    put(site, {f"many/p{number:03}.md": f"# Page {number:03}\n" for number in range(150)})
    found = [set(re.findall(r'href="/many/(p\d+)"', stranger.get(f"/many?page={page}").text)) for page in (1, 2)]
    assert [len(names) for names in found] == [100, 50] and len(set.union(*found)) == 150
    assert 'href="/many?page=2"' in stranger.get("/many").text


def test_a_home_page_that_cannot_be_read_takes_nothing_else_along(site, stranger) -> None:
    for name in ("_wiki/site.yml", "_wiki/categories.yml"):
        Path(site.wiki.config.content_dir, name).unlink()
    put(site, {"README.md": "Too long. " * 200_000})
    assert "tips" in stranger.get("/").text


def test_facts_that_cannot_be_read_are_mended_in_the_whole_file(site, ben) -> None:
    put(site, {"tips/twice.md": "---\ntitle: A\ntitle: B\n---\nKept text.\n"})
    page = ben.get("/-/edit/tips/twice").text
    assert "given twice" in page
    fields = ben.form("/-/edit/tips/twice", "source")
    assert "Kept text." in fields["source"][0]
    ben.post("/-/edit/tips/twice", {**fields, "source": "---\nkind: page\ntitle: A\n---\nKept text.\n"})
    assert site.source("tips/twice") == "---\nkind: page\ntitle: A\n---\nKept text.\n"


def test_a_page_renamed_by_another_git_is_found_under_its_old_address(site, stranger) -> None:
    content = site.wiki.config.content_dir
    put(site, {"tips/first.md": "# Renamed\n\n" + "Some words of it.\n" * 20})
    for old, new in (("first", "second"), ("second", "third")):
        git(content, "mv", f"tips/{old}.md", f"tips/{new}.md")
        git(content, "commit", "-q", "-m", "Rename")
    assert stranger.get("/tips/first", 301).headers["Location"] == "/tips/third"
    assert stranger.get("/tips/second.md", 301).headers["Location"] == "/tips/third.md"
    git(content, "rm", "-q", "tips/third.md")
    git(content, "commit", "-q", "-m", "Delete")
    stranger.get("/tips/first", 410)


def test_a_heading_is_never_called_as_a_part_of_the_page_around_it(site, stranger) -> None:
    put(site, {"tips/headings.md": "# A\n\n## Main\n\n## Q\n\n## Keys\n\n## Theme\n\n## Said\n\n## Facts-title\n"})
    ids = re.findall(r' id="([^"]+)"', stranger.get("/tips/headings").text)
    assert len(ids) == len(set(ids)) and "keys-1" in ids


def test_facts_of_the_wrong_type_break_no_view(site, stranger, ben) -> None:
    names = {"title", "alternatives", "replaced_by", "translation", "license", "date", "tags", "layout", "aliases"}
    files: dict[str, str | bytes] = {}
    for kind in KINDS.values():
        for number, wrong in enumerate(WRONG):
            facts = dict.fromkeys(sorted({*names, *(item.name for item in kind.fields)}), wrong)
            text = f"---\n{json.dumps({**facts, 'kind': kind.id})}\n---\nText {number}\n"
            files[f"tips/wrong-{kind.id}-{number}.md"] = text
    put(site, files)
    for address in LISTS:
        stranger.get(address)
    for number in range(len(WRONG)):
        stranger.get(f"/-/compare?page=tips/wrong-tool-{number}&page=communications/signal")
    for name in files:
        path = name.removesuffix(".md")
        stranger.get(f"/{path}")
        stranger.get(f"/{path}.json")
        ben.get(f"/-/edit/{path}")


def test_a_page_at_the_address_of_the_glossary_is_shown_instead_of_the_list_of_terms(site, stranger) -> None:
    assert "Written by hand" not in stranger.get("/glossary").text
    put(site, {"glossary.md": "# [Our][] <b>words</b>\n\nWritten by hand.\n\n[Our]: https://example.org/\n"})
    found = stranger.get("/glossary")
    assert "Written by hand" in found.text and "<title>Our words" in found.text
