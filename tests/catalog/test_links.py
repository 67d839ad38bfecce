from __future__ import annotations

import re

import pytest

from tests.conftest import Story
from wiki.catalog.links import keys_of_link, keys_of_page, path_key
from wiki.catalog.presenting import Presenter
from wiki.pages.path import PagePath

LANGUAGES = ("en", "es")
SIGNAL = PagePath("communications/signal")


def where(story: Story, target: str, source: str = "communications/signal") -> tuple[str, bool]:
    found = story.catalog.destinations([target], PagePath(source), LANGUAGES)[target]
    return found.path, found.exists


@pytest.mark.parametrize(
    ("target", "source", "path"),
    [
        ("wiki:Mattermost", "communications/signal", "communications/mattermost"),
        ("wiki:TextSecure", "field/spoke", "communications/signal"),
        ("wiki:signal messenger", "about", "communications/signal"),
        ("wiki:field/spoke", "communications/signal", "field/spoke"),
        ("wiki:Field/Spoke", "communications/signal", "field/spoke"),
        ("wiki:spoke.md", "field/old-dialer", "field/spoke"),
        ("mattermost.md", "communications/signal", "communications/mattermost"),
        ("../field/spoke.md", "communications/signal", "field/spoke"),
        ("./mattermost", "communications/signal", "communications/mattermost"),
        ("/field/spoke", "communications/signal", "field/spoke"),
        ("/field/spoke.md?x=1", "communications/signal", "field/spoke"),
        ("field/spoke", "communications/signal", "field/spoke"),
        ("../../../about.md", "communications/signal", "about"),
        ("groups.png", "communications/signal", "communications/signal/groups.png"),
        ("signal/groups.png", "communications/mattermost", "communications/signal/groups.png"),
        ("/communications/signal/groups.png", "about", "communications/signal/groups.png"),
        ("/field", "about", "field"),
        ("/glossary/", "about", "glossary"),
        ("field/spoke-app", "about", "field/spoke"),
        ("wiki:Signal", "es/communications/x", "es/communications/signal"),
        ("wiki:communications/signal", "es/communications/x", "es/communications/signal"),
        ("/communications/signal", "es/communications/x", "es/communications/signal"),
        ("wiki:Spoke", "es/communications/x", "field/spoke"),
        ("/field/spoke", "es/communications/x", "field/spoke"),
        ("spoke.html#cost", "field/old-dialer", "field/spoke"),
        ("../field/spoke/index.html", "communications/signal", "field/spoke"),
        ("@site/field/spoke.mdx", "communications/signal", "field/spoke"),
        ("/signal", "communications/deep/er", "communications/signal"),
        ("/signal/groups.png", "communications/deep/er", "communications/signal/groups.png"),
        ("groups.png", "field/spoke", "communications/signal/groups.png"),
    ],
)
def test_every_way_of_writing_a_link_finds_its_page(story: Story, target: str, source: str, path: str) -> None:
    assert where(story, target, source) == (path, True)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("wiki:Mutual Aid", "communications/mutual-aid"),
        ("wiki:field/walk lists", "field/walk lists"),
        ("nothing.md", "communications/nothing"),
        ("/field/nothing", "field/nothing"),
        ("map.png", "communications/map.png"),
    ],
)
def test_a_link_to_nothing_names_the_page_that_would_answer_it(story: Story, target: str, path: str) -> None:
    assert where(story, target) == (path, False)


def test_words_before_a_page_are_read_so_where_nothing_is_called_like_them(story: Story) -> None:
    body = "[[old one|Spoke]] [[how to|Spoke#Cost]] [[Mattermost|Signal]] [[tips/x|Spoke]] [[none|Nowhere]] [[Spoke]]"
    story.commit({"tips/mine.md": f"# Mine\n\n{body}\n"})
    story.catalog.catch_up()
    page = story.page("tips/mine")
    html = Presenter(story.catalog).html(story.rendering.rendered(page), page.path, story.settings.at())
    assert re.findall(r'<a href="([^"]+)"( class="missing")?>([^<]+)</a>', html) == [
        ("/field/spoke", "", "old one"),
        ("/field/spoke#cost", "", "how to"),
        ("/communications/mattermost", "", "Signal"),
        ("/tips/x", ' class="missing"', "Spoke"),
        ("/tips/none", ' class="missing"', "Nowhere"),
        ("/field/spoke", "", "Spoke"),
    ]
    assert "tips/mine" in {link.page.path for link in story.catalog.backlinks("field/spoke")}


@pytest.mark.parametrize("target", ["/-/search", "-/login", "/-", "/"])
def test_links_into_the_engine_and_to_nowhere_are_left_alone(target: str) -> None:
    assert keys_of_link(target, SIGNAL, LANGUAGES) is None


def test_the_part_after_the_hash_is_kept(story: Story) -> None:
    found = story.catalog.destinations(["wiki:about#money"], SIGNAL, LANGUAGES)["wiki:about#money"]
    assert (found.path, found.anchor) == ("about", "money")


def test_a_page_answers_to_its_path_its_name_its_title_and_its_aliases() -> None:
    keys = keys_of_page(SIGNAL, "Signal Private Messenger", ["TextSecure", "!!"], "en")
    assert list(keys) == [path_key(SIGNAL.text), "en:signal", "en:signal-private-messenger", "en:textsecure"]
    assert path_key("docs") in keys_of_page(PagePath("docs/README"), "Docs", [], "en")


def test_the_stronger_claim_to_a_name_wins(story: Story) -> None:
    story.commit({"tips/chat.md": "---\ntitle: Team chat\nkind: page\n---\n", "tips/team-chat.md": "text"})
    story.catalog.catch_up()
    assert where(story, "wiki:team chat") == ("tips/team-chat", True)
    story.commit({"tips/team-chat.md": None})
    story.catalog.catch_up()
    assert where(story, "wiki:team chat") == ("tips/chat", True)


def test_what_links_here_is_said_with_the_words_of_the_link(story: Story) -> None:
    links = {link.page.path: (link.text, link.kind) for link in story.catalog.backlinks("communications/mattermost")}
    assert links == {
        "communications/signal": ("Mattermost", "wiki"),
        "communications/newsletter-basics": ("", "tools"),
        "es/communications/signal": ("communications/mattermost", "wiki"),
    }
    assert story.catalog.anchors("communications/mattermost") == ("Mattermost", "communications/mattermost")


def test_what_links_here_can_be_asked_for_by_kind(story: Story) -> None:
    def found(**wanted: object) -> list[str]:
        return [link.page.path for link in story.catalog.backlinks("communications/signal", **wanted)]  # type: ignore[arg-type]

    assert found(kinds=["items"]) == ["toolkits/first-meeting"]
    assert found(page_kinds=["tip", "guide"]) == ["tips/first-hour-of-safety", "communications/newsletter-basics"]
    assert found(kinds=["page"], page_kinds=["tool"]) == ["communications/mattermost"]
    assert found(limit=2) == found()[:2]


def test_a_page_that_is_written_later_makes_the_links_good_that_waited_for_it(story: Story) -> None:
    wanted = story.attention.wanted()
    assert [(page.path, page.pages) for page in wanted] == [("communications/mail-merge", 1)]
    assert [link.line for link in story.attention.broken()] == [11, 11]
    story.commit({"communications/mail-merge.md": "# Mail merge\n"})
    story.catalog.catch_up()
    assert story.attention.wanted() == []
    assert len(story.catalog.backlinks("communications/mail-merge")) == 1
    story.commit({"communications/mail-merge.md": None})
    story.catalog.catch_up()
    assert len(story.attention.broken()) == 2


def test_a_file_that_comes_and_goes_mends_and_breaks_the_links_to_it(story: Story) -> None:
    story.commit({"communications/signal/groups.png": None})
    story.catalog.catch_up()
    assert [link.path for link in story.attention.broken()][-1] == "communications/groups.png"
    assert [page.path for page in story.attention.wanted()] == ["communications/mail-merge"]
    story.commit({"communications/signal/groups.png": b"x"})
    story.catalog.catch_up()
    assert len(story.attention.broken()) == 2


def test_a_redirect_answers_for_its_page(story: Story) -> None:
    story.commit({"tips/note.md": "[a](/field/old-name) [b](/field/spoke-app)"})
    story.catalog.catch_up()
    assert "tips/note" in [link.page.path for link in story.catalog.backlinks("field/spoke")]
    assert "field/old-name" in [page.path for page in story.attention.wanted()]
    story.commit({"_wiki/redirects.yml": "field/old-name: field/old-dialer\n"})
    story.catalog.catch_up()
    assert "field/old-name" not in [page.path for page in story.attention.wanted()]
    assert "field/spoke-app" in [page.path for page in story.attention.wanted()]
    story.commit({"field/old-dialer.md": None})
    story.catalog.catch_up()
    assert "field/old-name" in [page.path for page in story.attention.wanted()]


def test_links_of_thousands_are_bounded(story: Story) -> None:
    story.commit({"tips/many.md": "".join(f"[x](/field/x{number}) " for number in range(6000))})
    story.catalog.catch_up()
    card = story.catalog.card("tips/many")
    assert card is not None
    (count,) = story.catalog.database.row("SELECT count(*) FROM link WHERE page = ?", (card.id,))
    assert count == 5000
