"""The wiki in other forms: a site that reads from a disk, one file with everything, data for programs."""

from __future__ import annotations

import errno
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ANA, Story
from wiki.errors import Conflict
from wiki.exporters.copy import DRAFTS, Content
from wiki.exporters.data import all_pages
from wiki.exporters.site import site_files, write_site
from wiki.exporters.zip import write_zip
from wiki.storage.workplace import new_file


def content(story: Story) -> Content:
    return Content.at_head(
        story.repository, story.store, story.settings, story.catalog, story.presenter, story.rendering
    )


@pytest.fixture
def disk(story: Story, tmp_path: Path) -> Path:
    write_site(content(story), tmp_path / "site")
    return tmp_path / "site"


def html_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def links_of(file: Path) -> list[tuple[str, str]]:
    document = html5lib.parse(file.read_text(), namespaceHTMLElements=False)
    found = []
    for element in document.iter():
        for name in ("href", "src", "action"):
            if element.get(name) is not None:
                found.append((element.tag, element.get(name)))
    return found


def test_every_page_is_a_file_and_every_link_leads_to_one(story: Story, disk: Path) -> None:
    for path, _ in story.store.paths():
        assert (disk / f"{path}.html").is_file(), path
    for file in html_files(disk):
        for tag, address in links_of(file):
            parts = urlsplit(address)
            assert parts.scheme in ("", "https", "http", "mailto") and "utm_" not in parts.query, (file, address)
            if parts.scheme or not parts.path:
                continue
            assert not parts.path.startswith("/"), (file, address)
            assert (file.parent / unquote(parts.path)).resolve().is_file(), (file, tag, address)


def test_the_pages_of_a_copy_are_valid_and_load_nothing_from_elsewhere(disk: Path) -> None:
    for file in html_files(disk):
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        document = parser.parse(file.read_text())
        assert not parser.errors, (file, parser.errors[:3])
        assert len(list(document.iter("h1"))) == 1, file
        for element in document.iter():
            if element.tag in ("script", "img", "link", "form"):
                address = element.get("src") or element.get("href") or element.get("action") or ""
                assert "://" not in address, (file, address)


def test_facts_notes_and_what_became_of_a_tool_are_on_the_page(disk: Path) -> None:
    signal = (disk / "communications" / "signal.html").read_text()
    assert "<dd>Team chat</dd>" in signal and 'src="signal/groups.png"' in signal
    compared = signal[signal.index("<caption>Comparison</caption>") :]
    assert compared.index("Mattermost") < compared.lower().index("<td>free") < compared.index("<td>$")
    dialer = (disk / "field" / "old-dialer.html").read_text()
    assert "Shut down in 2025." in dialer and 'href="spoke.html"' in dialer
    kit = (disk / "toolkits" / "first-meeting.html").read_text()
    assert "For the group." in kit and 'href="../communications/signal.html"' in kit and "<h2>Afterwards</h2>" in kit


def test_what_stands_around_a_page_is_in_its_language(story: Story) -> None:
    story.commit({"_wiki/categories.yml": "- {id: communications, label: {en: Talking, es: Hablar}}\n"})
    files = dict(site_files(content(story), words=lambda language: lambda text: f"[{language}] {text}"))
    pages = {name: data.decode() for name, data in files.items() if name.endswith(".html")}
    for name, html in pages.items():
        language = "es" if name.startswith("es/") else "en"
        assert set(re.findall(r"\[(\w\w)\]", html)) == {language} == set(re.findall(r'<html lang="(\w+)"', html)), name
    assert (
        "Hablar</a>" in pages["es/communications/signal.html"]
        and "<h1>Hablar<" in pages["es/communications/index.html"]
    )
    assert "Talking</a>" in pages["communications/signal.html"]
    translated = pages["es/communications/signal.html"]
    assert "[es] Cost" in translated and "[es] Comparison" in translated, "the facts are those of the original"
    assert "<h1>Español</h1>" in pages["es/index.html"] and ">Español</a>" in pages["index.html"]
    index = json.loads(files["_site/search-index.js"].decode().removeprefix("window.wikiIndex = ").rstrip(";\n"))
    narrowed = {address: shown for address, *shown in index["pages"]}
    original, translation = (narrowed[f"../{name}communications/signal.html"] for name in ("", "es/"))
    assert translation[2:] == original[2:] == ["communications", "free"], "it is found by category and cost, too"


def test_terms_and_missing_pages_are_marked(disk: Path) -> None:
    spoke = (disk / "field" / "spoke.html").read_text()
    assert 'href="../glossary/p2p-texting.html"' in spoke
    newsletter = (disk / "communications" / "newsletter-basics.html").read_text()
    assert re.search(r'<a data-missing="[^"]*" class="missing">the missing page</a>', newsletter)


@pytest.mark.parametrize("name", ["index", "README", "Readme.MD", "_index.mdx"])
def test_the_page_that_speaks_for_a_folder_is_where_the_folder_leads(story: Story, tmp_path: Path, name: str) -> None:
    ending = "" if "." in name else ".md"
    story.commit({f"docs/{name}{ending}": "# Our docs\n", "docs/a.md": "[up](./)\n"})
    write_site(content(story), tmp_path / "site")
    assert f'<a href="{name}.html">up</a>' in (tmp_path / "site/docs/a.html").read_text()
    assert f'href="docs/{name}.html">Docs<' in (tmp_path / "site/index.html").read_text()


def test_the_same_commit_gives_the_same_bytes(story: Story, tmp_path: Path) -> None:
    assert list(site_files(content(story))) == list(site_files(content(story)))
    for name in ("a.zip", "b.zip"):
        write_zip(content(story), tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(("year", "shown"), [(1904, 1980), (3000, 2107)])
def test_a_commit_of_a_day_that_a_zip_has_no_number_for_is_written_all_the_same(
    story: Story, tmp_path: Path, year: int, shown: int
) -> None:
    story.clock.now = datetime(year, 1, 1, tzinfo=UTC)
    story.commit({"tips/new-tip.md": "# A new tip\n"})
    write_zip(content(story), tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert {entry.date_time[0] for entry in archive.infolist()} == {shown}


def test_an_earlier_copy_is_brought_up_to_date_and_other_folders_are_left_alone(story: Story, disk: Path) -> None:
    (disk / "notes.txt").write_text("mine")
    story.commit({"field/spoke.md": None, "tips/new-tip.md": "# A new tip\n"})
    write_site(content(story), disk)
    assert not (disk / "field" / "spoke.html").exists() and (disk / "tips" / "new-tip.html").is_file()
    assert (disk / "notes.txt").read_text() == "mine"
    other = disk.parent / "other"
    other.mkdir()

    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_site(content(story), other, progress=killed)
    begun = [file.relative_to(other) for file in html_files(other)]
    story.commit({begun[0].with_suffix(".md").as_posix(): None})
    write_site(content(story), other)
    write_site(content(story), disk)
    assert len(begun) == 1 and not (other / begun[0]).exists()
    (disk / "notes.txt").unlink()
    assert {file.relative_to(other) for file in other.rglob("*")} == {
        file.relative_to(disk) for file in disk.rglob("*")
    }
    shutil.rmtree(other)
    other.mkdir()
    (other / "index.html").write_text("mine")
    with pytest.raises(Conflict):
        write_site(content(story), other)
    assert (other / "index.html").read_text() == "mine"


def test_what_is_suggested_or_not_safe_to_open_is_in_no_copy(story: Story, tmp_path: Path) -> None:
    head = story.repository.head()
    secret = {
        "field/secret.md": b"# Unmerged\n",
        "field/spoke/page.html": b"<script>alert(1)</script>",
        "x/.hidden.md": b"y",
    }
    story.writer.commit(
        secret,
        base=None,
        message="s",
        author=story.editor.person(ANA),
        when=story.clock.now,
        ref="refs/suggestions/1/head",
    )
    assert story.repository.head() == head
    story.commit(
        {"field/spoke/page.html": "<script>alert(1)</script>", "field/spoke/a.svg": "<svg/>", ".private.md": "z"}
    )
    write_zip(content(story), tmp_path / "all.zip")
    names = zipfile.ZipFile(tmp_path / "all.zip").namelist()
    assert not [
        name for name in names if "secret" in name or "page.html" in name or "svg" in name or ".private" in name
    ]


def test_awkward_names_of_others_make_files_that_every_disk_takes(story: Story, tmp_path: Path) -> None:
    story.commit(
        {
            "field/What? Why: 50%.md": "a",
            "field/what- why- 50-.md": "b",
            "index.md": "[x](<field/What? Why: 50%.md>)",
            "field/index.md": "c",
        }
    )
    write_site(content(story), tmp_path / "site")
    names = [file.relative_to(tmp_path / "site").as_posix() for file in html_files(tmp_path / "site")]
    assert len({name.casefold() for name in names}) == len(names)
    assert not [name for name in names if re.search(r'[<>:"|?*%#]', name)]
    assert "index-2.html" in names and (tmp_path / "site" / "field" / "index.html").read_text().count("<p>c</p>") == 1


def test_everything_in_one_file(story: Story, tmp_path: Path) -> None:
    made = write_zip(content(story), tmp_path / "all.zip")
    archive = zipfile.ZipFile(tmp_path / "all.zip")
    assert archive.testzip() is None
    assert archive.read("markdown/field/spoke.md").decode() == story.source("field/spoke")
    assert (
        archive.read("markdown/communications/signal/groups.png")
        == (story.content / "communications/signal/groups.png").read_bytes()
    )
    assert {"markdown/_wiki/site.yml", "tools.csv", "site/index.html", "site/_site/search-index.js"} <= set(
        archive.namelist()
    )
    assert made.pages == story.catalog.count()
    with pytest.raises(Conflict):
        write_zip(content(story), tmp_path / "all.zip")


def test_what_is_cut_off_while_it_is_written_is_no_file_and_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.workplace._NEW_SECONDS", -1.0)
    file = tmp_path / "all.zip"
    with pytest.raises(OSError, match="No space left"), new_file(file, DRAFTS) as draft:
        draft.write_text("Hal")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / f"{DRAFTS}of-somebody-killed").mkdir()
    with new_file(file, DRAFTS) as draft:
        draft.write_text("Whole.")
    assert list(tmp_path.iterdir()) == [file] and file.read_text() == "Whole."
    file.unlink()
    with pytest.raises(FileExistsError), new_file(file, DRAFTS) as draft:
        draft.write_text("Later.")
        file.write_text("Somebody else was faster.")
    assert list(tmp_path.iterdir()) == [file] and file.read_text() == "Somebody else was faster."


def test_all_pages_as_data(story: Story) -> None:
    data = json.loads(json.dumps(all_pages(story.catalog)))
    assert [page["path"] for page in data] == sorted(str(path) for path, _ in story.store.paths())
    signal = next(page for page in data if page["path"] == "communications/signal")
    assert signal["fields"]["cost"]["level"] == "free" and signal["kind"] == "tool"


# In a browser, from the disk


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A phone without a network."""
    context = chromium.new_context(viewport={"width": 360, "height": 640}, offline=True)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def titles(page: Page) -> list[str]:
    return page.locator("#found a").all_inner_texts()


@pytest.mark.browser
def test_a_phone_searches_the_copy_without_a_network(disk: Path, phone: Page) -> None:
    phone.goto((disk / "index.html").as_uri())
    phone.get_by_role("searchbox").fill("messenger")
    phone.get_by_role("button", name="Search").click()
    phone.wait_for_selector("#found a")
    assert titles(phone)[0] == "Signal"
    phone.locator("#found a").first.click()
    assert phone.locator("h1").inner_text() == "Signal"
    assert phone.evaluate("document.documentElement.scrollWidth <= 360")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("spok", "Spoke"),
        ("Sginal", "Signal"),
        ("dialer", "Old Dialer"),
        ("phone banks", "Old Dialer"),
        ("get out the vote", "GOTV"),
        ("open collective", "Open Collective"),
        ("SIGNAL MESSENGERS", "Signal"),
    ],
)
def test_the_copy_finds_what_people_type(disk: Path, phone: Page, words: str, first: str) -> None:
    phone.goto((disk / "_site" / "search.html").as_uri())
    phone.locator("#words").fill(words)
    assert titles(phone)[:1] == [first]


@pytest.mark.browser
def test_the_copy_narrows_and_says_when_nothing_is_found(disk: Path, phone: Page) -> None:
    phone.goto((disk / "_site" / "search.html").as_uri() + "?q=zzzzzz")
    assert titles(phone) == [] and "Nothing was found" in phone.locator("#count").inner_text()
    phone.locator("#words").fill("")
    phone.locator("#category").select_option("field")
    assert set(titles(phone)) >= {"Spoke", "Old Dialer"} and "Signal" not in titles(phone)
    phone.locator("#cost").select_option("$$")
    assert titles(phone) == ["Spoke"]
    phone.locator("#words").fill("<img src=x onerror=alert(1)>")
    assert phone.locator("#found img").count() == 0


@pytest.mark.browser
def test_the_words_of_a_script_in_a_title_stay_words(story: Story, tmp_path: Path, phone: Page) -> None:
    story.commit(
        {"tips/x.md": "---\ntitle: </script><img src=x onerror=alert(1)>\nsummary: <b>bold</b>\n---\nunusualword\n"}
    )
    write_site(content(story), tmp_path / "site")
    phone.goto((tmp_path / "site" / "_site" / "search.html").as_uri() + "?q=unusualword")
    assert phone.locator("#found a").inner_text() == "</script><img src=x onerror=alert(1)>"
    assert phone.locator("#found b").count() == 0
