from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ANA, BEN, Actor, Role, Story
from wiki.editing.validation import check_page
from wiki.errors import Denied, Invalid, NotFound


def changed_lines(story: Story, path: str, before: str) -> list[tuple[str, str]]:
    old, new = story.source(path, before).splitlines(), story.source(path).splitlines()
    assert len(old) == len(new)
    return [(one, other) for one, other in zip(old, new, strict=True) if one != other]


def test_a_page_moves_with_its_attachments_translation_and_a_redirect_in_one_commit(story: Story) -> None:
    before = story.repository.head()
    text = story.source("communications/signal")
    saved = story.moving.move("communications/signal", "tips/signal-app", ANA)
    assert story.repository.commit(saved.revision).parents == (before,)
    assert not story.exists("communications/signal")
    assert story.exists("es/tips/signal-app")
    assert story.repository.entry(saved.revision, "tips/signal-app/groups.png") is not None
    assert story.repository.entry(saved.revision, "communications/signal/groups.png") is None
    moved = story.source("tips/signal-app")
    assert moved == text.replace("[communications, tips]", "[tips]")
    assert story.git("log", "-1", "--format=%s%n%an%n%cn") == "Move communications/signal to tips/signal-app\nAna\nAna"
    assert story.settings.at().redirects == {
        "field/spoke-app": "field/spoke",
        "communications/signal": "tips/signal-app",
        "es/communications/signal": "es/tips/signal-app",
    }
    assert (
        story.git("log", "--follow", "--format=%s", "--", "tips/signal-app.md").splitlines()[-1] == "Describe our tools"
    )


def test_links_in_every_way_of_writing_are_led_on_and_nothing_else_changes(story: Story) -> None:
    before = story.repository.head()
    story.moving.move("communications/signal", "tips/signal-app", ANA)
    assert changed_lines(story, "about", before) == [
        (
            "We are tenants of the east side. We talk on [Signal](/communications/signal) and meet as our",
            "We are tenants of the east side. We talk on [Signal](/tips/signal-app) and meet as our",
        )
    ]
    assert changed_lines(story, "communications/mattermost", before) == [
        (
            "Channels for each committee. Smaller groups stay on [Signal](signal.md).",
            "Channels for each committee. Smaller groups stay on [Signal](../tips/signal-app.md).",
        )
    ]
    assert changed_lines(story, "tips/first-hour-of-safety", before) == [
        ("tools: [communications/signal]", "tools: [tips/signal-app]"),
        (
            "Install [Signal](../communications/signal.md), then read [the toolkit](/toolkits/first-meeting).",
            "Install [Signal](signal-app.md), then read [the toolkit](/toolkits/first-meeting).",
        ),
    ]
    assert changed_lines(story, "toolkits/first-meeting", before) == [
        ("  - page: communications/signal", "  - page: tips/signal-app")
    ]
    assert story.page("es/tips/signal-app").value("translation.of") == "tips/signal-app"
    # It calls the tool by its name, and it still has that name.
    assert story.source("communications/newsletter-basics") == story.source("communications/newsletter-basics", before)


def test_after_a_move_every_link_leads_where_it_led(story: Story) -> None:
    links = {link.page.path for link in story.catalog.backlinks("communications/signal")}
    broken = len(story.attention.broken())
    story.moving.move("communications/signal", "tips/signal-app", ANA)
    story.catalog.catch_up()
    assert {link.page.path for link in story.catalog.backlinks("tips/signal-app")} == links
    assert len(story.attention.broken()) == broken
    for path, _ in story.store.paths():
        assert check_page(story.page(path.text), story.settings.at(), 1_000_000) == []


def test_the_links_of_the_moved_page_itself_are_led_on(story: Story) -> None:
    story.save("field/spoke", story.source("field/spoke") + "See [d](old-dialer.md), [[old-dialer]], ![](p.png).\n")
    story.commit({"field/spoke/p.png": b"x"})
    story.moving.move("field/spoke", "tips/texting/spoke", ANA)
    body = story.page("tips/texting/spoke").body
    assert "[P2P texting](../../glossary/p2p-texting.md)" in body
    assert "See [d](../../field/old-dialer.md), [[old-dialer]], ![](p.png)." in body
    assert story.page("tips/texting/spoke").kind.id == "tool"
    assert story.page("tips/texting/spoke").fields["categories"] == ["tips"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[[spoke]]", "[[texter|spoke]]"),
        ("[[Spoke|the app]]", "[[texter|the app]]"),
        ("[[field/spoke]]", "[[field/texter]]"),
        ("[[field/spoke#Cost|costs]]", "[[field/texter#Cost|costs]]"),
        ("[x](/field/spoke)", "[x](/field/texter)"),
        ('[x](</field/spoke.md#a> "t")', '[x](</field/texter.md#a> "t")'),
        ("[x](../field/spoke.md?a=1#b)", "[x](../field/texter.md?a=1#b)"),
        ("[x][ref]\n\n[ref]: ../field/spoke.md 'A title'", "[x][ref]\n\n[ref]: ../field/texter.md 'A title'"),
        ('<a href="/field/spoke">x</a>', '<a href="/field/texter">x</a>'),
        (
            "| [x](/field/spoke) | [[field/spoke\\|y]] |\n|---|---|",
            "| [x](/field/texter) | [[field/texter\\|y]] |\n|---|---|",
        ),
        ("[x](field/spoke) and `[x](/field/spoke)`", "[x](field/texter) and `[x](/field/spoke)`"),
        ("[x](/field/spoke)\n\n```\n[[field/spoke]]\n```", "[x](/field/texter)\n\n```\n[[field/spoke]]\n```"),
        (
            "[x](https://else.example/field/spoke) [y](/field/spokes)",
            "[x](https://else.example/field/spoke) [y](/field/spokes)",
        ),
        ("![a](/field/spoke/p.png)", "![a](/field/texter/p.png)"),
        ("[x](/field/spoke-app)", "[x](/field/texter)"),
        ("[x](/FIELD/Spoke)\r\nline\r\n", "[x](/field/texter)\r\nline\r\n"),
    ],
)
def test_each_kind_of_link_keeps_its_way_of_writing(story: Story, written: str, expected: str) -> None:
    frame = "# Note\n\nBefore spoke. {}\n\nAfter field/spoke.\n"
    title = story.source("field/spoke").replace("title: Spoke", "title: Texting app")
    story.commit({"tips/note.md": frame.format(written), "field/spoke/p.png": b"x", "field/spoke.md": title})
    story.moving.move("field/spoke", "field/texter", ANA)
    assert story.repository.read(story.repository.head(), "tips/note.md").data.decode() == frame.format(expected)


def test_a_folder_moves_with_everything_in_it(story: Story) -> None:
    story.commit({"field/spoke/setup.md": "# Set-up\n\nBack to [Spoke](../spoke.md).\n", "field/spoke/p.png": b"x"})
    saved = story.moving.move("field/spoke", "tips/texting", ANA, folder=True)
    assert story.git("show", "--name-status", "--no-renames", "--format=", saved.revision).splitlines() == [
        "M\t_wiki/redirects.yml",
        "M\tfield/old-dialer.md",
        "D\tfield/spoke.md",
        "D\tfield/spoke/p.png",
        "D\tfield/spoke/setup.md",
        "M\tglossary/p2p-texting.md",
        "A\ttips/texting.md",
        "A\ttips/texting/p.png",
        "A\ttips/texting/setup.md",
        "M\ttoolkits/first-meeting.md",
    ]
    assert "Back to [Spoke](../texting.md)." in story.source("tips/texting/setup")
    redirected = story.settings.at().redirected
    assert redirected("field/spoke/setup") == "tips/texting/setup"
    assert redirected("field/spoke/p.png") == "tips/texting/p.png"


def test_a_page_alone_leaves_the_pages_below_it_where_they_are(story: Story) -> None:
    story.commit({"field/spoke/setup.md": "# Set-up\n"})
    story.moving.move("field/spoke", "tips/texting", ANA)
    assert story.exists("field/spoke/setup")
    assert story.exists("tips/texting")


def test_moving_there_and_back_leaves_no_redirect_in_a_circle(story: Story) -> None:
    story.moving.move("field/spoke", "field/second", ANA)
    story.moving.move("field/second", "field/third", ANA)
    assert story.settings.at().redirects == {
        "field/spoke-app": "field/third",
        "field/spoke": "field/third",
        "field/second": "field/third",
    }
    story.moving.move("field/third", "field/spoke", ANA)
    assert story.settings.at().redirects == {
        "field/spoke-app": "field/spoke",
        "field/second": "field/spoke",
        "field/third": "field/spoke",
    }
    assert story.content.joinpath("_wiki/redirects.yml").read_text().startswith("# Old path: new path.\n")


def test_what_starts_at_the_home_page_and_in_the_menu_moves_too(story: Story) -> None:
    before = story.source("_wiki/site.yml") if story.exists("_wiki/site.yml") else ""
    story.moving.move("toolkits/first-meeting", "toolkits/first-evening", ANA)
    story.moving.move("about", "who-we-are", ANA)
    settings = story.settings.at()
    assert settings.home.start_here == ("toolkits/first-evening",)
    assert settings.menu[0].page == "who-we-are"
    after = story.source("_wiki/site.yml")
    assert after == before.replace("toolkits/first-meeting", "toolkits/first-evening").replace(
        "page: about", "page: who-we-are"
    )


def test_a_move_does_not_lift_protection(story: Story) -> None:
    story.moving.move("about", "who-we-are", ANA)
    assert story.settings.at().protected_by("who-we-are") == "maintainer"
    assert story.source("_wiki/protection.yml") == "# Who may change what.\n_wiki: maintainer\nwho-we-are: maintainer\n"


@pytest.mark.parametrize("new", ["field/old-dialer", "communications/signal", "field/spoke"])
def test_nothing_is_moved_over_something_else(story: Story, new: str) -> None:
    head = story.repository.head()
    with pytest.raises(Invalid):
        story.moving.move("field/spoke", new, ANA)
    assert story.repository.head() == head


@pytest.mark.parametrize("new", ["Field/Spoke", "../x", ".git/x", "field/-x", "", "field/OLD-dialer", "_wiki/site.yml"])
def test_a_move_to_where_nothing_can_be_is_refused(story: Story, new: str) -> None:
    with pytest.raises(Invalid):
        story.moving.move("field/spoke", new, ANA)


def test_what_is_not_there_or_not_a_page_can_not_be_moved(story: Story) -> None:
    for old in ("field/nothing", "../x"):
        with pytest.raises(NotFound):
            story.moving.move(old, "field/x", ANA)
    with pytest.raises(Invalid):
        story.moving.move("_wiki/site.yml", "tips/site", ANA)
    with pytest.raises(Invalid):
        story.moving.move("field", "fields", ANA, folder=True)
    with pytest.raises(Invalid):
        story.moving.move("field/spoke", "field/spoke/below", ANA, folder=True)


def test_the_rights_are_asked_of_both_paths(story: Story) -> None:
    with pytest.raises(Denied):
        story.moving.move("field/spoke", "field/x", BEN)
    story.commit({"_wiki/protection.yml": "tips: admin\n"})
    with pytest.raises(Denied):
        story.moving.move("field/spoke", "tips/x", ANA)
    with pytest.raises(Denied):
        story.moving.move("tips/first-hour-of-safety", "field/x", ANA)
    story.moving.move("field/spoke", "tips/x", Actor("root", "Root", Role.ADMIN))
    assert story.exists("tips/x")


def test_links_in_protected_pages_are_led_on_too(story: Story) -> None:
    story.commit({"_wiki/protection.yml": "about: admin\n"})
    story.moving.move("communications/signal", "tips/signal", ANA)
    assert "(/tips/signal)" in story.source("about")


def test_a_page_that_only_changes_the_case_of_its_name_is_moved(story: Story) -> None:
    story.commit({"docs/Old_Name.md": "# Old\n", "docs/other.md": "[x](Old_Name.md)\n"})
    story.moving.move("docs/Old_Name", "docs/old-name", ANA)
    story.catalog.catch_up()
    assert [link.page.path for link in story.catalog.backlinks("docs/old-name")] == ["docs/other"]


def test_a_page_with_a_summary_of_its_own_kind_keeps_its_kind_in_another_place(story: Story) -> None:
    story.moving.move("about", "field/about", ANA)
    page = story.page("field/about")
    assert (page.kind.id, page.fields["kind"]) == ("page", "page")


def test_files_of_any_sort_move_byte_for_byte(story: Story) -> None:
    bytes_of = {
        "notes/crlf.md": b"\xef\xbb\xbf---\r\ntitle: A\r\n---\r\nText\r\n",
        "notes/latin.md": b"caf\xe9\n",
        "notes/broken.md": b"---\ntitle: [\n---\nText\n",
        "notes/Some File.bin": b"\x00\x01",
    }
    story.commit(dict(bytes_of))
    saved = story.moving.move("notes", "tips/notes", ANA, folder=True)
    for file, data in bytes_of.items():
        moved = story.repository.read(saved.revision, f"tips/{file}").data
        assert moved == data.replace(b"title: A\r\n", b"kind: page\r\ntitle: A\r\n")


def test_protection_stays_with_the_pages_that_stay(story: Story) -> None:
    story.commit({"_wiki/protection.yml": "field/spoke: maintainer\n", "field/spoke/setup.md": "# Set-up\n"})
    story.moving.move("field/spoke", "tips/texting", ANA)
    assert story.settings.at().protection == {"field/spoke": "maintainer", "tips/texting": "maintainer"}


def test_a_folder_with_a_link_in_it_is_not_moved(story: Story) -> None:
    Path(story.content / "glossary" / "x").symlink_to("/etc")
    story.git("add", "-A")
    story.git("commit", "-qm", "A link")
    with pytest.raises(Invalid):
        story.moving.move("glossary", "words", ANA, folder=True)


def test_a_link_beside_what_is_made_to_be_slow_is_led_on_too(story: Story) -> None:
    # Where each is compared with all that is behind it, every one of these takes minutes.
    runs = "".join("`" * length + " " for length in range(1, 500))
    slow = "\n\n".join(("`" * 300_000, "~" * 300_000, runs, "[a]:" + " " * 200_000))
    source = f"---\nkind: page\ntitle: Slow\nsummary: x\n---\n[Signal](/communications/signal)\n\n{slow}\n"
    story.save("field/slow", source, ANA)
    story.moving.move("communications/signal", "tips/signal-app", ANA)
    assert story.source("field/slow") == source.replace("/communications/signal", "/tips/signal-app")
