from __future__ import annotations

from datetime import date, timedelta

from tests.conftest import Story

DAY = date(2026, 3, 1)


def test_each_list_is_as_long_as_it_is_said_to_be(story: Story) -> None:
    attention = story.attention
    assert attention.counts(DAY) == {
        "stale": 1,
        "unverified": 2,
        "stubs": 6,
        "broken": 2,
        "orphans": 4,
        "wanted": 1,
        "duplicates": 0,
        "translations": 10,
        "unreadable": 0,
    }
    assert [item.page.path for item in attention.stale(DAY)] == ["field/spoke"]
    assert [card.path for card in attention.unverified()] == [
        "communications/mattermost",
        "fundraising/open-collective",
    ]
    assert "fundraising/open-collective" in [card.path for card in attention.stubs()]
    assert len(attention.stubs()) == 6
    assert "field/old-dialer" not in [card.path for card in attention.stubs()]
    assert [card.path for card in attention.orphans()] == [
        "tips/first-hour-of-safety",
        "communications/newsletter-basics",
        "field/old-dialer",
        "fundraising/open-collective",
    ]


def test_the_longest_overdue_and_most_linked_pages_come_first(story: Story) -> None:
    later = DAY + timedelta(days=400)
    found = story.attention.stale(later)
    assert [(item.page.path, item.links) for item in found] == [("field/spoke", 3), ("communications/signal", 5)]
    assert found[0].days == (later - date(2025, 7, 9)).days
    assert story.attention.stale(later, limit=1, offset=1) == found[1:]
    assert story.catalog.stale_paths(later) == {"field/spoke", "communications/signal"}


def test_a_page_verified_again_is_no_longer_stale(story: Story) -> None:
    text = story.source("field/spoke").replace("2025-01-10", "2026-02-28")
    assert story.catalog.stale_paths(DAY) == {"field/spoke"}
    story.save("field/spoke", text)
    story.catalog.catch_up()
    assert story.attention.counts(DAY)["stale"] == 0
    assert story.catalog.stale_paths(DAY) == frozenset()


def test_a_page_verified_on_a_day_to_come_is_to_be_checked_but_not_where_that_day_has_begun(story: Story) -> None:
    spoke, dialer = story.source("field/spoke"), story.source("field/old-dialer")
    ahead = spoke.replace("2025-01-10", "2030-01-10")
    story.commit(
        {"field/spoke.md": ahead, "field/old-dialer.md": f"{dialer[:4]}last_verified: 2030-01-10\n{dialer[4:]}"}
    )
    story.catalog.catch_up()
    [found] = story.attention.stale(DAY)
    assert found.page.path == "field/spoke" and found.page.is_stale(DAY) and found.days < 0
    assert story.attention.counts(DAY)["stale"] == 1 and story.catalog.stale_paths(DAY) == {"field/spoke"}
    for day in (date(2030, 1, 9), date(2030, 1, 10)):
        assert not found.page.is_stale(day) and "field/spoke" not in story.catalog.stale_paths(day)


def test_a_retired_tool_needs_no_verifying(story: Story) -> None:
    card = story.catalog.card("field/old-dialer")
    assert card is not None
    assert not card.is_stale(DAY + timedelta(days=4000))
    assert card not in story.attention.unverified()


def test_a_page_says_itself_how_often_it_is_to_be_checked(story: Story) -> None:
    text = story.source("field/spoke").replace("verified_by: ben", "verified_by: ben\nverify_every: 3650")
    story.save("field/spoke", text)
    story.catalog.catch_up()
    assert story.attention.stale(DAY) == []


def test_pages_about_the_same_site_or_with_the_same_name_are_found(story: Story) -> None:
    same_site = story.source("communications/mattermost").replace("title: Mattermost", "title: Matter most")
    same_name = "---\nkind: tip\ntitle: SIGNAL\nsummary: x\ncategories: [tips]\n---\n"
    story.commit(
        {"tips/mm.md": same_site.replace("https://mattermost", "http://www.mattermost"), "tips/s.md": same_name}
    )
    story.catalog.catch_up()
    found = [(item.why, item.what, [card.path for card in item.pages]) for item in story.attention.duplicates()]
    assert found == [
        ("site", "mattermost.com", ["communications/mattermost", "tips/mm"]),
        ("name", "signal", ["communications/signal", "tips/s"]),
    ]
    assert story.attention.counts(DAY)["duplicates"] == 2
    # Two things of one vendor: who wrote one knows of the other.
    story.save("tips/mm", story.source("tips/mm") + "\nThe app of [the chat](/communications/mattermost).\n")
    story.catalog.catch_up()
    assert [item.why for item in story.attention.duplicates()] == ["name"]
    assert story.attention.counts(DAY)["duplicates"] == 1


def test_what_is_to_be_translated_comes_most_linked_first_then_what_is_behind(story: Story) -> None:
    found = story.attention.translations()
    assert len(found) == story.attention.counts(DAY)["translations"]
    assert [item.links for item in found] == sorted((item.links for item in found), reverse=True)
    paths = [item.page.path for item in found]
    assert "communications/signal" not in paths and "es/communications/signal" not in paths
    assert {item.language for item in found} == {"es"}
    old = story.source("es/communications/signal").replace('source: ""', f'source: "{"a" * 40}"')
    story.save("es/communications/signal", old)
    story.catalog.catch_up()
    last = story.attention.translations()[-1]
    assert last.page.path == "communications/signal"
    assert last.translation is not None and last.translation.path == "es/communications/signal"
    assert story.attention.translations(limit=1, offset=len(found)) == [last]
