"""A git repository of Markdown becomes the content, history kept: Gollum's, An Otter Wiki's, a docs folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ANA, Story, git
from wiki.config import Limits
from wiki.errors import Conflict, Invalid, NotFound, Unavailable
from wiki.importers.git import Imported, take
from wiki.importers.git_site import Site, site_of
from wiki.resources import folder as resource
from wiki.storage.fetching import place_of

GOLLUM = {
    "Home.md": "# Welcome\n\nSee [[Phone Banks]], [[the scripts|Scripts]], [[Scripts/For-Tenants]] and [[a map|map.png]].\n\n`[[x|Scripts]]`\n",
    "Phone-Banks.markdown": "Call [[people|Our People (2019)]].\n\n```\n[[code|Scripts]]\n```\n[Home](Home.md)\n",
    "Our-People-(2019).md": "Back to [[Home]]. ![Map](<uploads/Big Map.PNG>)\n",
    "Scripts/For-Tenants.md": "Hello. [up](../Phone-Banks.markdown) [people](/Our-People-(2019).md)\n",
    "Scripts.md": "Scripts.\n",
    "_Sidebar.md": "[[Home]]\n",
    "uploads/Big Map.PNG": "not really a picture",
}


@pytest.fixture
def empty(story: Story) -> Story:
    """A wiki with nothing but its settings."""
    pages = [f"{path}.md" for path, _ in story.store.paths()]
    story.commit(dict.fromkeys(pages))
    return story


@pytest.fixture
def other(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Makes a repository of somebody else's: each page first in a draft, then as it is, in two commits."""

    def make(files: dict[str, str]) -> Path:
        folder = tmp_path / "other"
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch=trunk")
        for draft in (True, False):
            for name, text in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text("Draft.\n" + text if draft else text)
            git(folder, "add", "--all")
            git(folder, "commit", "--quiet", "-m", "Draft" if draft else "Finish")
        return folder

    return make


def imported(story: Story, source: Path | str, **more: object) -> Imported:
    return take(
        str(source),
        story.repository,
        story.writer,
        story.rendering,
        Limits(),
        story.editor.person(ANA),
        story.editor.now,
        **more,  # type: ignore[arg-type]
    )


def links(story: Story, path: str) -> dict[str, str]:
    """Where the links of a page lead, by their words; missing ones lead to ''."""
    story.catalog.catch_up()
    page = story.page(path)
    rendered = story.rendering.rendered(page)
    found = story.catalog.destinations({link.target for link in rendered.links}, page.path, ("en", "es"))
    return {link.text: found[link.target].path if found[link.target].exists else "" for link in rendered.links}


def test_a_gollum_wiki_becomes_the_content_with_its_history(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    source = other(GOLLUM)
    theirs, ours = git(source, "rev-parse", "HEAD"), empty.repository.head()
    found = imported(empty, source)
    assert empty.repository.head() == found.revision
    assert (found.commits, found.pages, found.files) == (2, 6, 1)
    assert sorted(str(path) for path, _ in empty.store.paths()) == [
        "home",
        "our-people-2019",
        "phone-banks",
        "scripts",
        "scripts/for-tenants",
        "sidebar",
    ]
    assert empty.repository.is_ancestor(theirs, found.revision) and empty.repository.is_ancestor(ours, found.revision)
    assert empty.settings.at().name == "Eastside Tenants Wiki"
    assert empty.git("status", "--porcelain") == ""
    assert (empty.content / "home.md").read_text().startswith("# Welcome")
    assert (empty.content / "phone-banks.md").read_text().startswith("---\ntitle: Phone Banks\n---\nCall [[")


def test_links_lead_where_they_led_before(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    imported(empty, other(GOLLUM))
    home = links(empty, "home")
    assert home["Phone Banks"] == "phone-banks" and home["the scripts"] == "scripts"
    assert "scripts/for-tenants" in home.values()
    assert links(empty, "phone-banks") == {"people": "our-people-2019", "Home": "home"}
    assert links(empty, "scripts/for-tenants") == {"up": "phone-banks", "people": "our-people-2019"}
    assert links(empty, "our-people-2019")["Map"] == "uploads/Big Map.png"
    assert "`[[x|Scripts]]`" in empty.source("home") and "[[code|Scripts]]" in empty.source("phone-banks")


def test_the_history_of_a_page_goes_back_across_its_new_name(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    imported(empty, other(GOLLUM))
    log = empty.git("log", "--follow", "--format=%s", "--", "phone-banks.md").splitlines()
    assert log[-2:] == ["Finish", "Draft"]
    assert "Draft" in empty.git("log", "--follow", "--format=%s", "--", "our-people-2019.md")


def test_pages_of_much_the_same_name_and_those_in_deep_folders_all_come(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    deep = "a/b/c/d/E/f/g"
    files = {
        "Bug_report.md": "# Old\n[deep](a/b/c/d/E/f/g/Our%20Van.md)\n",
        "bug_report.md": "# Older\n",
        "bug-report.md": "# New\n",
        "Notes/bug.md": "# Bug\n",
        "notes/bug.md": "# Second bug\n",
        f"{'x' * 90}.md": "# Long\n",
        f"{'x' * 91}.md": "# Longer\n",
        f"{deep}/Our Van.md": "# Van\n![Van](<Our Van/van.png>) [back](../../../../../../../Bug_report.md)\n",
        f"{deep}/Our Van/van.png": "not really a picture",
    }
    found = imported(empty, other(files))
    assert not [item for item in found.problems if item.problem.code.startswith("path.")]
    assert {str(path): empty.page(str(path)).title for path, _ in empty.store.paths()} == {
        "a/b/c/d/e/f-g-our-van": "Van",
        "bug-report": "New",
        "bug-report-2": "Old",
        "bug-report-3": "Older",
        "notes/bug": "Second bug",
        "notes/bug-2": "Bug",
        "x" * 80: "Long",
        f"{'x' * 75}-2": "Longer",
    }
    assert found.moved["Notes/bug.md"] == "notes/bug-2.md"
    assert links(empty, "bug-report-2") == {"deep": "a/b/c/d/e/f-g-our-van"}
    assert links(empty, "a/b/c/d/e/f-g-our-van")["back"] == "bug-report-2"
    assert "<f-g-our-van/van.png>" in empty.source("a/b/c/d/e/f-g-our-van")


def test_a_page_that_its_name_alone_gave_a_title_keeps_it(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    files = {
        "SW:Boot & Go.md": "Text.\n",
        "Our-Tenants-(FAQ).md": "---\ntags: [a]\n---\n## Who\n",
        "Headed.md": "# A heading\n",
        "_Sidebar.md": "# Getting Started\n[[SW:Boot & Go]]\n",
        "2027-03-31.md": "Notes of the day.\n",
        "README.md": "Hello.\n",
        f"Our List {'0a' * 16}/Spoke {'1b' * 16}.md": "# Spoke\n",
    }
    imported(empty, other(files))
    titles = {str(path): empty.page(str(path)).title for path, _ in empty.store.paths()}
    assert titles == {
        "sw-boot-go": "SW:Boot & Go",
        "our-tenants-faq": "Our Tenants (FAQ)",
        "headed": "A heading",
        "sidebar": "Sidebar",
        "2027-03-31": "2027-03-31",
        "readme": "Readme",
        "our-list/spoke": "Spoke",
    }
    assert empty.source("our-tenants-faq") == "---\ntags: [a]\ntitle: Our Tenants (FAQ)\n---\n## Who\n"
    assert empty.source("readme") == "Hello.\n"
    assert links(empty, "sidebar") == {"SW:Boot & Go": "sw-boot-go"}


def test_pages_in_other_markup_become_markdown_or_are_shown_as_they_are_written(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    files = {
        "Home.md": "[[the docker page|Docker]] [rst](Install.rst)\n\n| [[cell|Docker]] | b |\n|---|---|\n",
        "Docker.mediawiki": "== Use ==\n'''Bold''' [[Home|start]]\n",
        "Install.rst": "Install\n=======\n\n.. note:: Mind it.\n",
        "docs/Tabs.mdx": "import Tabs from '@theme/Tabs';\n\n# Tabs\n![a](/img/a.png) ![b](.attachments/b.png)\n",
        "static/img/a.png": "a",
        "docs/.attachments/b.png": "b",
    }
    imported(empty, other(files))
    assert links(empty, "home") == {"the docker page": "docker", "rst": "install", "cell": "docker"}
    assert empty.source("docker").startswith("## Use\n\n**Bold** [[") and links(empty, "docker") == {"start": "home"}
    assert empty.page("install").title == "Install"
    assert "written in reStructuredText" in empty.source("install")
    assert empty.source("install").endswith("\n\n```rst\nInstall\n=======\n\n.. note:: Mind it.\n```\n")
    assert links(empty, "docs/tabs") == {"a": "static/img/a.png", "b": "docs/attachments/b.png"}


def test_facts_in_lines_at_the_top_become_yaml_and_names_of_logseq_folders(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    files = {
        "call.md": "Title: How to call\nTags: phone, tenants\nSummary: In the evening,\n    not at noon.\n\nText.\n",
        "talk.md": "Title: a question\nof words\n\nText.\n",
        "pages/Phone___Bank.md": "- See [[Phone/Script]] and [[Phone___Script]].\n",
        "pages/Phone___Script.md": "- Say hello.\n",
    }
    imported(empty, other(files))
    page = empty.page("call")
    assert (page.title, page.fields["tags"], page.body) == ("How to call", ["phone", "tenants"], "Text.\n")
    assert page.summary == "In the evening, not at noon."
    assert empty.source("talk") == files["talk.md"]
    assert set(links(empty, "pages/phone/bank").values()) == {"pages/phone/script"}


def test_a_language_in_a_name_or_in_front_of_an_address_is_the_wikis_folder_of_it(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    files = {
        "home.md": "---\ntitle: Home\ntags: phones, texting\n---\n\n[guide](/en/docs/Calls) [guía](/es/docs/calls)\n",
        "docs/Calls.en.md": "# Calls\n\n[fees](fees.md)\n",
        "docs/Calls.es.md": "# Llamadas\n\n[precios](fees.md)\n",
        "docs/fees.md": "---\ntags:\n---\n# Fees\n",
        "docs/fees.es.md": "# Precios\n",
        "docs/fees.v2.md": "# Version 2\n",
    }
    found = imported(empty, other(files))
    assert set(found.moved.values()) == {"docs/calls.md", "es/docs/calls.md", "es/docs/fees.md", "docs/fees-v2.md"}
    assert links(empty, "home") == {"guide": "docs/calls", "guía": "es/docs/calls"}
    assert links(empty, "docs/calls") == {"fees": "docs/fees"}
    assert links(empty, "es/docs/calls") == {"precios": "es/docs/fees"}
    assert empty.page("home").fields["tags"] == ["phones", "texting"]
    assert not found.problems


def test_a_wiki_with_the_settings_of_the_seed_shows_the_home_page_of_what_comes(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    seed = resource("seed") / "_wiki" / "site.yml"
    empty.commit({"_wiki/site.yml": seed.read_text("utf-8")})
    imported(empty, other({"Home.md": "# Tenants\n"}))
    known = empty.settings.at()
    assert (known.home.text, known.menu, known.footer, known.languages) == ({}, (), {}, ("en", "es"))


def test_the_site_keeps_its_name_where_the_wiki_has_none_of_its_own(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    seed = resource("seed") / "_wiki" / "site.yml"
    empty.commit({"_wiki/site.yml": seed.read_text("utf-8")})
    config = "theme:\n  name: material\nsite_name: 'Tenants'' Handbook'  # ours\nx: !!python/name:y.z\n"
    imported(empty, other({"mkdocs.yml": config, "docs/index.md": "# Tenants\n"}), folder="docs")
    known = empty.settings.at()
    assert (known.name, known.tagline, known.languages) == ("Tenants' Handbook", {}, ("en", "es"))
    assert known.problems == ()


def test_a_wiki_with_a_name_keeps_it(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    empty.commit({"_wiki/site.yml": "name: Our Own\n"})
    imported(empty, other({"mkdocs.yml": "site_name: Theirs\n", "index.md": "# Tenants\n"}))
    assert empty.settings.at().name == "Our Own"


@pytest.mark.parametrize(
    "file, text, expected",
    [
        ("mkdocs.yml", "site_name: A: b\nsite_description: About b\n", Site("A: b", "About b")),
        ("_config.yml", "# title: no\ntitle: Organize\ndescription: >-\n  folded\n", Site("Organize")),
        ("_config.yml", "plugin:\n  title: no\n", Site()),
        ("hugo.toml", "title = \"Uni\\u00f3n\"\n[params]\n  description = 'For all'\n", Site("Unión", "For all")),
        ("book.toml", '[book]\ntitle = "The Book"\n', Site("The Book")),
        ("book.json", '{\n  "title": "Gitbook",\n  "description": "x"\n}\n', Site("Gitbook", "x")),
        (
            "docusaurus.config.ts",
            "const c = {\n  title: 'It\\'s',\n  tagline: 'Dinosaurs',\n};\n",
            Site("It's", "Dinosaurs"),
        ),
        ("docusaurus.config.js", "  title: `${name}`,\n  title: name(),\n", Site()),
        ("mkdocs.yml", "site_name: !ENV [NAME, x]\n", Site()),
        ("_config.yml", "title: '{{ x }}'\n", Site()),
    ],
)
def test_the_name_of_a_site_is_read_from_settings_of_many_programs(file: str, text: str, expected: Site) -> None:
    files = {file: text.encode()}
    assert site_of(files.get, "docs/en") == expected


def test_what_does_not_fit_is_listed_and_not_lost(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    bad = {"Bad.md": "---\ntitle: [\n---\nText.\n", "con.md": "x", "run.sh": "#!/bin/sh\n", ".hidden/x.md": "y"}
    source = other({**GOLLUM, **bad})
    (source / "link.md").symlink_to("/etc/passwd")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "-m", "Link")
    found = imported(empty, source)
    named = {item.file: item.problem.code for item in found.problems}
    assert {"bad.md", "con.md", "link.md"} <= named.keys()
    head = empty.repository.head()
    for file in ("bad.md", "con.md", "run.sh", ".hidden/x.md", "link.md"):
        assert empty.repository.entry(head, file) is not None


def test_a_dry_run_says_the_same_and_changes_nothing(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    source = other(GOLLUM)
    before, objects = empty.repository.head(), empty.git("count-objects", "-v")
    said = imported(empty, source, dry_run=True)
    assert empty.repository.head() == before and empty.git("count-objects", "-v") == objects
    done = imported(empty, source)
    assert (said.pages, said.files, said.moved, said.relinked, said.problems) == (
        done.pages,
        done.files,
        done.moved,
        done.relinked,
        done.problems,
    )


def test_the_second_run_changes_nothing(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    source = other(GOLLUM)
    imported(empty, source)
    after = empty.repository.head()
    assert imported(empty, source).revision == "" and empty.repository.head() == after
    empty.save("home", "# Changed since\n")
    assert imported(empty, source).revision == ""


def test_the_pages_of_a_wiki_that_somebody_has_worked_on_are_not_replaced(
    story: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    before = story.repository.head()
    with pytest.raises(Conflict) as error:
        imported(story, other(GOLLUM))
    assert error.value.code == "import.not_empty" and story.repository.head() == before


def test_the_pages_that_every_new_wiki_starts_with_are_replaced(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    started = ("about.md", "glossary/gotv.md")
    seed = {name: (resource("seed") / name).read_bytes() for name in started}
    empty.commit(dict(seed))
    imported(empty, other(GOLLUM))
    assert not empty.exists("about") and not empty.exists("glossary/gotv")


def test_an_otter_wiki_keeps_its_names_and_attachments(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    source = other(
        {
            "home.md": "[[Start Here|our tools]] and [[Our Tools]] ![](/our tools/plan.txt)\n",
            "our tools.md": "# Our tools\n\n[plan](plan.txt) [[Home]]\n",
            "our tools/plan.txt": "plan",
            "start here.md": "x",
            "sub folder/Page One.md": "[back](../home.md)\n",
        }
    )
    imported(empty, source)
    assert set(links(empty, "home").values()) >= {"our-tools"}
    assert links(empty, "our-tools") == {"plan": "our-tools/plan.txt", "Home": "home"}
    assert links(empty, "sub-folder/page-one") == {"back": "home"}


def test_one_folder_of_a_repository_can_be_taken(empty: Story, other: Callable[[dict[str, str]], Path]) -> None:
    source = other(
        {
            "README.md": "Code.",
            "src/main.py": "print()",
            "docs/Index.md": "[guide](guides/First%20Steps.md)\n",
            "docs/guides/First Steps.md": "[back](../Index.md)\n",
        }
    )
    with pytest.raises(Invalid):
        imported(empty, source, folder="nothing")
    found = imported(empty, source, folder="docs/")
    assert sorted(str(path) for path, _ in empty.store.paths()) == ["guides/first-steps", "index"]
    assert found.files == 0
    assert links(empty, "guides/first-steps") == {"back": "index"}
    assert links(empty, "index") == {"guide": "guides/first-steps"}
    assert "src/main.py" in empty.git("log", "--name-only", "--format=")


JEKYLL = {
    "_posts/2024-01-02-Hello.md": "---\ntitle: Hello\n---\n[g]({{ site.baseurl }}/Guide) [w]({{ '/Guide' | relative_url }}) `[x]({% link a.md %})`\n",
    "_layouts/page.md": "has no place of its own here",
    "Guide.md": "[post]({% post_url 2024-01-02-Hello %}) [b]({% link tools/_index.md %})\n\n![[Map One.png]]\n",
    "tools/_index.md": '+++\ntitle = "Tools"\n+++\n[a]({{< ref "a.md" >}}) [b]({{% relref "/Guide#x" %}})\n',
    "tools/a.md": "A.\n",
    "img/Map One.PNG": "not really a picture",
}


def test_addresses_that_hugo_and_jekyll_fill_in_lead_there(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    imported(empty, other(JEKYLL))
    assert sorted(str(path) for path, _ in empty.store.paths()) == [
        "_layouts/page",
        "guide",
        "posts/2024-01-02-hello",
        "tools/a",
        "tools/index",
    ]
    assert links(empty, "guide") == {
        "post": "posts/2024-01-02-hello",
        "b": "tools/index",
        "Map One.png": "img/Map One.png",
    }
    assert links(empty, "posts/2024-01-02-hello") == {"g": "guide", "w": "guide"}
    assert links(empty, "tools/index") == {"a": "tools/a", "b": "guide"} and empty.page("tools/index").title == "Tools"
    assert "`[x]({% link a.md %})`" in empty.source("posts/2024-01-02-hello")


def test_links_to_addresses_that_a_page_gave_itself_lead_to_it(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    wanted = {
        "/start/": "setup",
        "/contact.html": "setup",
        "/handbook/calls": "handbook/phone-banks",
        "/handbook/old/": "handbook/phone-banks",
        "/law/rent/2024/03/05/meeting.html": "posts/2024-03-05-meeting",
        "/blog/2023/11/02/second": "blog/2023-11-02-second",
        "/2024/03/05/nothing": "",
    }
    files = {
        "index.md": "\n".join(f"[{target}]({target})" for target in wanted),
        "setup.md": "---\npermalink: /start/\nredirect_from: [/contact.html]\nurl: https://example.org/x\n---\nSet up.\n",
        "handbook/phone-banks.md": "---\nslug: calls\naliases: [/handbook/old, Dialing]\n---\nCall.\n",
        "_posts/2024-03-05-meeting.md": "---\ncategories: law rent\n---\nWe met.\n",
        "blog/2023-11-02-second.md": "Again.\n",
    }
    imported(empty, other(files))
    assert links(empty, "index") == wanted


def test_pages_that_are_not_utf8_are_read_where_that_is_safe(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    source = other({"index.md": "# Start\n"})
    written = {
        "spanish.md": "# Organización\n\nLa reunión será mañana, ¿no?\n".encode("cp1252"),
        "windows.md": "# Überschrift\n".encode("utf-16"),
        "hebrew.md": "# שלום חברים\n".encode("cp1255"),
        "chinese.md": "# 编码\n\n这是老文件。\n".encode("gbk"),
    }
    for name, data in written.items():
        (source / name).write_bytes(data)
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "-m", "Old files")
    found = imported(empty, source)
    assert empty.page("spanish").title == "Organización"
    assert empty.page("windows").title == "Überschrift"
    assert {item.file for item in found.problems} == {"chinese.md", "hebrew.md"}
    assert empty.repository.content(found.revision, "chinese.md") == written["chinese.md"]


def test_pictures_do_not_decide_which_way_round_links_are_written(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    pages = {"Home.md": "[[Start|Our Plan]] [[map.png|alt=A map]] [[map.png]]\n", "Our-Plan.md": "x\n", "map.png": "x"}
    imported(empty, other(pages))
    assert links(empty, "home") == {"Start": "our-plan", "A map": "map.png", "map": "map.png"}


def test_links_written_with_the_page_first_stay_as_they_are(
    empty: Story, other: Callable[[dict[str, str]], Path]
) -> None:
    text = "[[tools|our tools]] [[nothing|somewhere]]\n"
    imported(empty, other({"index.md": text, "tools.md": "x"}))
    assert empty.source("index") == text


@pytest.mark.parametrize(
    "source",
    [
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=x",
        "ext::sh -c touch% /tmp/x",
        "file:///etc",
        "http://plain.example/x.git",
        "https://user:secret@host.example/x.git",
        "ssh://-oProxyCommand=x/y",
        "-x@host:path",
        "host:-path",
        "git@-host:path",
        "https://host.example/a b",
        "https:///x",
        "",
        "fd::17/foo",
    ],
)
def test_only_folders_https_and_ssh_are_places(source: str) -> None:
    with pytest.raises(Invalid) as error:
        place_of(source)
    assert error.value.code == "fetch.address"


def test_a_folder_that_is_not_there_is_not_found_by_that_name(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as error:
        place_of(str(tmp_path / "nowhere"))
    assert error.value.code == "argument.missing"


@pytest.mark.parametrize(
    "source", ["https://host.example/a/b.git", "ssh://git@host.example:2222/a.git", "git@host.example:a/b.git"]
)
def test_addresses_of_forges_are_places(source: str) -> None:
    assert place_of(source) == source


def test_a_folder_without_a_repository_and_an_empty_one_are_named(empty: Story, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(NotFound):
        imported(empty, tmp_path / "plain")
    git(tmp_path / "plain", "init", "--quiet")
    with pytest.raises(Unavailable):
        imported(empty, tmp_path / "plain")


def test_a_tree_made_to_reach_into_the_wiki_is_refused(empty: Story, tmp_path: Path) -> None:
    source = tmp_path / "hostile"
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch=trunk")
    blob = git(source, "hash-object", "-w", "--stdin", given="#!/bin/sh\ntouch /tmp/owned\n")
    page = git(source, "hash-object", "-w", "--stdin", given="# Fine\n")
    inner = git(source, "mktree", given=f"100755 blob {blob}\tpost-checkout\n")
    hooks = git(source, "mktree", given=f"040000 tree {inner}\thooks\n100644 blob {blob}\tconfig\n")
    top = git(
        source,
        "mktree",
        given=f"040000 tree {hooks}\t.git\n040000 tree {hooks}\tGIT~1\n040000 tree {hooks}\t..\n"
        f"100644 blob {page}\tFine Page.md\n120000 blob {blob}\tlink.md\n160000 commit {'1' * 40}\tmodule\n",
    )
    commit = git(source, "commit-tree", top, "-m", "Evil")
    git(source, "update-ref", "refs/heads/trunk", commit)
    config = (empty.content / ".git" / "config").read_bytes()
    before = empty.repository.head()
    with pytest.raises(Invalid) as error:
        imported(empty, source)
    assert error.value.code == "import.name" and error.value.params["path"] == "../config"
    assert empty.repository.head() == before and empty.git("status", "--porcelain") == ""
    assert (empty.content / ".git" / "config").read_bytes() == config
    assert not (empty.content / ".git" / "hooks" / "post-checkout").exists()
    assert not (empty.home / "config").exists() and not (empty.home / "hooks").exists()
