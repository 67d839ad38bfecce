from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Story
from wiki.catalog.facets import FacetValue, Listing, Narrowing
from wiki.catalog.page_sets import bits, members
from wiki.search.hits import Hits, Numbered


def listed(story: Story, narrowing: Narrowing, *names: str) -> Listing:
    return story.facets.list(narrowing, names, story.today)


def paths(listing: Listing) -> list[str]:
    return [card.path for card in listing.cards]


def test_a_list_is_narrowed_by_several_facets_and_any_of_their_values(story: Story) -> None:
    found = listed(story, Narrowing({"kind": ["tool"], "platform": ["ios", "sms"]}, language="en"))
    assert paths(found) == ["communications/mattermost", "communications/signal", "field/spoke"]
    found = listed(story, Narrowing({"kind": ["tool"], "platform": ["ios"], "hosting": ["self-host"]}))
    assert paths(found) == ["communications/mattermost"]
    assert paths(listed(story, Narrowing({"platform": ["fax"]}))) == []


def test_the_counts_say_what_choosing_one_more_would_give(story: Story) -> None:
    found = listed(story, Narrowing({"function": ["team-chat"]}, language="en"), "function", "cost", "platform")
    assert found.total == 2
    assert found.facets["cost"] == (FacetValue("$", 1, False), FacetValue("free", 1, False))
    assert FacetValue("team-chat", 2, True) in found.facets["function"]
    assert FacetValue("p2p-texting", 1, False) in found.facets["function"]


def test_any_page_that_fits_can_be_picked_and_no_other(story: Story) -> None:
    tools = {card.path for card in story.catalog.of_kind("tool")}
    picked = [
        story.facets.any_of({"kind": ["tool"]}, lambda count, number=number: number) for number in range(len(tools))
    ]
    assert {card.path for card in picked if card is not None} == tools
    assert story.facets.any_of({"kind": ["tool"]}, lambda count: count - 1) is not None
    assert story.facets.any_of({"kind": ["tool"], "platform": ["fax"]}, lambda count: 0) is None


def test_a_chosen_value_that_nobody_has_is_still_shown_so_that_it_can_be_taken_away(story: Story) -> None:
    found = listed(story, Narrowing({"platform": ["fax"]}), "platform")
    assert FacetValue("fax", 0, True) in found.facets["platform"]


def test_tags_are_the_same_however_they_are_capitalised(story: Story) -> None:
    assert story.facets.values("tag") == {"safety": 1, "chat": 2, "writing": 1}
    assert story.facets.count({"tag": ["chat"], "kind": ["tool"]}) == 1


def test_lists_are_sorted_by_title_last_verified_or_recent_change(story: Story) -> None:
    tools = {"kind": ["tool"], "page_language": ["en"]}
    titles = [card.title for card in listed(story, Narrowing(tools)).cards]
    assert titles == ["Mattermost", "Old Dialer", "Open Collective", "Signal", "Spoke"]
    verified = paths(listed(story, Narrowing(tools, sort="verified")))
    assert verified[:2] == ["communications/signal", "field/spoke"]
    story.clock.advance(days=1)
    story.save("fundraising/open-collective", story.source("fundraising/open-collective") + "More.\n")
    story.catalog.catch_up()
    assert paths(listed(story, Narrowing(tools, sort="changed")))[0] == "fundraising/open-collective"


def test_lists_are_narrowed_to_what_was_verified_lately(story: Story) -> None:
    assert paths(listed(story, Narrowing(verified="90d", language="en"))) == ["communications/signal"]
    assert paths(listed(story, Narrowing(verified="1y", language="en"))) == ["communications/signal"]
    story.clock.advance(days=-200)
    assert len(listed(story, Narrowing(verified="1y", language="en")).cards) == 2


def test_a_page_in_several_languages_stands_once_in_that_of_its_reader(story: Story) -> None:
    assert story.catalog.translated("es") == {"communications/signal": "es/communications/signal"}
    free = Narrowing({"cost": ["free"], "kind": ["tool"]})
    assert paths(listed(story, free)) == ["communications/signal", "es/communications/signal"]
    assert paths(listed(story, replace(free, language="es"))) == ["es/communications/signal"]
    assert paths(listed(story, replace(free, language="en"))) == ["communications/signal"]
    found = listed(story, Narrowing({"kind": ["tool"]}, language="es"), "cost", "page_language")
    assert FacetValue("free", 1, False) in found.facets["cost"]
    assert found.facets["page_language"] == (FacetValue("en", 5, False), FacetValue("es", 1, False))


def test_a_translation_has_the_facts_that_its_original_has_now(story: Story) -> None:
    assert story.facets.count({"cost": ["free"], "kind": ["tool"]}) == 1
    source = story.source("communications/signal")
    story.save("communications/signal", source.replace("level: free", "level: $"))
    story.catalog.catch_up()
    assert paths(listed(story, Narrowing({"cost": ["free"], "kind": ["tool"]}, language="es"))) == []
    assert "es/communications/signal" in paths(listed(story, Narrowing({"cost": ["$"]}, language="es")))
    story.commit({"communications/signal.md": None})
    story.catalog.catch_up()
    assert "es/communications/signal" not in paths(listed(story, Narrowing({"cost": ["$"]}, language="es")))
    assert "es/communications/signal" in paths(listed(story, Narrowing(language="en", per_page=100)))


def test_a_list_is_sorted_by_the_titles_that_are_shown(story: Story) -> None:
    source = story.source("es/communications/signal")
    story.save("es/communications/signal", source.replace("title: Signal", "title: Un canal seguro"))
    story.catalog.catch_up()
    tools = Narrowing({"kind": ["tool"]}, language="es")
    assert [card.title for card in listed(story, tools).cards][-1] == "Un canal seguro"
    assert paths(listed(story, replace(tools, language="en")))[-1] != "communications/signal"


def test_a_translation_is_verified_with_its_original(story: Story) -> None:
    recent = listed(story, Narrowing({"kind": ["tool"]}, verified="90d", language="es"))
    assert paths(recent) == ["es/communications/signal"]
    assert paths(listed(story, Narrowing(sort="verified", language="es")))[0] == "es/communications/signal"


def found_by_search(*matches: tuple[str, float]) -> Hits:
    return Hits(Numbered([path for path, _ in matches]), range(len(matches)), [score for _, score in matches])


def test_what_a_search_found_in_several_languages_stands_once(story: Story) -> None:
    original, translation = ("communications/signal", 2.0), ("es/communications/signal", 1.0)

    def found(language: str, *matches: tuple[str, float]) -> list[str]:
        return paths(listed(story, Narrowing(matches=found_by_search(*matches), sort="relevance", language=language)))

    assert found("es", original, translation) == found("es", original) == ["es/communications/signal"]
    assert found("en", original, translation) == ["communications/signal"]
    assert found("en", translation) == ["es/communications/signal"], "it speaks of what was asked for"
    assert len(found("", original, translation)) == 2


def test_what_a_search_found_keeps_its_order_and_is_counted(story: Story) -> None:
    matches = [("communications/signal", 9.0), ("gone", 5.0), ("field/spoke", 2.0), ("glossary/gotv", 1.0)]
    found = listed(story, Narrowing({"kind": ["tool"]}, matches=found_by_search(*matches), sort="relevance"), "kind")
    assert paths(found) == ["communications/signal", "field/spoke"]
    assert found.facets["kind"] == (FacetValue("tool", 2, True), FacetValue("term", 1, False))
    assert paths(listed(story, Narrowing(matches=found_by_search(), sort="relevance"))) == []


def test_a_list_comes_in_pages_and_a_page_too_far_is_the_last(story: Story) -> None:
    first = listed(story, Narrowing(per_page=5))
    last = listed(story, Narrowing(per_page=5, page=1_000_000_000))
    assert (first.total, first.pages, first.page, last.page) == (13, 3, 1, 3)
    assert len(last.cards) == 3
    assert not set(paths(first)) & set(paths(last))


def test_long_lists_are_read_only_as_far_as_they_are_shown(story: Story) -> None:
    story.commit({f"notes/page-{number:04}.md": f"# Page {number:04}\n" for number in range(600)})
    story.catalog.catch_up()
    titles = []
    for page in (1, 2, 3):
        found = listed(story, Narrowing({"kind": ["page"]}, page=page, per_page=250))
        titles += [card.title for card in found.cards]
    assert found.total == 601
    assert titles == ["About us", *(f"Page {number:04}" for number in range(600))]


def test_a_changed_page_leaves_its_old_values_behind(story: Story) -> None:
    assert story.facets.values("cost")["$$"] == 1
    story.save("field/spoke", story.source("field/spoke").replace("level: $$", "level: free"))
    story.catalog.catch_up()
    assert "$$" not in story.facets.values("cost")
    assert story.facets.values("cost")["free"] == 2
    story.commit({"field/spoke.md": None})
    story.catalog.catch_up()
    assert story.facets.values("cost")["free"] == 1
    assert "field/spoke" not in paths(listed(story, Narrowing()))


def test_lists_can_be_read_by_many_threads_while_pages_change(story: Story) -> None:
    failures: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                found = listed(story, Narrowing({"kind": ["tool"]}), "function", "cost", "tag")
                assert found.total == 6
            except Exception as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    text = story.source("field/spoke")
    for number in range(15):
        story.commit({"field/spoke.md": text.replace("hosting:", f"tags: [t{number}]\nhosting:", 1)})
        story.catalog.catch_up()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


@given(st.sets(st.integers(min_value=0, max_value=500)))
def test_a_set_of_pages_is_the_bits_of_a_number(ids: set[int]) -> None:
    found = bits(ids)
    assert list(members(found)) == sorted(ids)
    assert found.bit_count() == len(ids)


TAGS, PLATFORMS, TITLES = ("x", "y", "z"), ("ios", "web"), ("A", "b", "C")
facts = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "categories": st.just(["counted"]),
        "tags": st.lists(st.sampled_from(TAGS), max_size=3, unique=True),
        "platforms": st.lists(st.sampled_from(PLATFORMS), max_size=2, unique=True),
    }
)
step = st.dictionaries(st.integers(0, 9), st.one_of(st.none(), facts), min_size=1, max_size=6)


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


def source_of(found: dict[str, Any]) -> str:
    return f"---\n{json.dumps({'kind': 'tool', **found})}\n---\nText.\n"


@given(st.lists(step, min_size=1, max_size=4), some(TAGS), some(PLATFORMS), st.integers(1, 3))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_lists_and_counts_that_follow_changes_are_those_of_counting_one_by_one(
    story: Story, steps: list[dict[int, dict[str, Any] | None]], tags: list[str], platforms: list[str], page: int
) -> None:
    pages: dict[str, dict[str, Any]] = {}
    chosen = {"tag": tags, "platform": platforms}
    for changes in [dict.fromkeys(range(10)), *steps]:
        files = {f"counted/p{number}": found for number, found in changes.items()}
        story.commit({f"{path}.md": None if found is None else source_of(found) for path, found in files.items()})
        story.catalog.catch_up()
        pages = {path: found for path, found in {**pages, **files}.items() if found}

        def fits(found: dict[str, Any], but: str = "") -> bool:
            return all(
                name == but or not wanted or set(wanted) & set(found[f"{name}s"]) for name, wanted in chosen.items()
            )

        by_title = sorted(pages, key=lambda path: (pages[path]["title"].casefold(), path))
        expected = [path for path in by_title if fits(pages[path])]
        narrowing = Narrowing({"category": ["counted"], **chosen}, page=page, per_page=3)
        listing = listed(story, narrowing, "tag", "platform")
        start = 3 * (listing.page - 1)
        assert (listing.total, paths(listing)) == (len(expected), expected[start : start + 3])
        for name in chosen:
            counted = Counter(value for found in pages.values() if fits(found, but=name) for value in found[f"{name}s"])
            assert {item.value: item.count for item in listing.facets[name] if item.count} == dict(counted)
