"""Keeping programs and advertisers out, and people in."""

from __future__ import annotations

import pytest

from wiki.accounts.roles import Role
from wiki.config import Config, Limits
from wiki.editing.edit import Actor, Attach, Write
from wiki.errors import Invalid, TooMany
from wiki.suggestions.access import must_suggest, stranger
from wiki.suggestions.branch import Branch
from wiki.suggestions.spam import FormClock, SpamCheck, outside_links

SIGNAL = "communications/signal"


class Counter:
    """A throttle that counts in memory."""

    def __init__(self) -> None:
        self.hits: dict[tuple[str, str], int] = {}

    def hit(self, purpose: str, subject: str, limit: int, per_seconds: int, amount: int = 1) -> None:
        count = self.hits[purpose, subject] = self.hits.get((purpose, subject), 0) + amount
        if count > limit:
            raise TooMany("throttle.wait", retry_after=per_seconds)


@pytest.fixture
def throttle():
    return Counter()


@pytest.fixture
def check(queue, throttle):
    """Check a write as a stranger's; options replace what a person would bring."""

    def call(write, **more):
        given = {"trap": "", "seconds_open": 30.0, "known_person": False, "address": "192.0.2.1", **more}
        queue.suggestions.spam.check(write, throttle=throttle, **given)

    return call


def added(queue, text: str, **more):
    return queue.write((SIGNAL, queue.story.source(SIGNAL) + text), **more)


def refusal(check, write, **more) -> Invalid:
    with pytest.raises(Invalid) as refused:
        check(write, **more)
    return refused.value


def test_a_person_passes_and_is_counted(queue, check, throttle):
    check(added(queue, "\nOne more sentence, see https://example.org/.\n"))
    assert throttle.hits == {("suggestion", "192.0.2.1"): 1, ("suggestion.room", "192.0.2.1"): 2}


def test_a_program_that_fills_the_trap_or_is_too_fast_is_told_so(queue, check):
    assert refusal(check, added(queue, "x"), trap="http://x").code == "spam.trap"
    fast = refusal(check, added(queue, "x"), seconds_open=2.9)
    assert (fast.code, fast.params["seconds"]) == ("spam.too_fast", 3.0)


def test_one_that_is_larger_than_all_of_an_hour_is_told_so_instead_of_to_wait(check, throttle):
    allowed = 4 * Limits().page_bytes
    with pytest.raises(TooMany) as refused:
        check(Write((Attach("tips/a/b.png", b"x" * allowed),), "", stranger()))
    assert refused.value.code == "spam.too_large"
    assert refused.value.params == {"size": allowed // 1024 + 1, "allowed": allowed // 1024}
    assert throttle.hits == {}


def test_new_outside_links_are_limited_and_those_that_were_there_are_not(queue, check):
    links = "".join(f"\n[{n}](https://shop{n}.example/x)" for n in range(6))
    refused = refusal(check, added(queue, links))
    assert (refused.code, refused.params["count"], refused.params["allowed"]) == ("spam.links", 6, 5)
    assert refused.params["links"][0] == "shop0.example/x"

    queue.story.save(SIGNAL, queue.story.source(SIGNAL) + links)
    check(added(queue, "\nOne [more](https://shop6.example/).\n"))
    check(added(queue, "\n[the](https://shop1.example/x) [same](HTTP://WWW.shop1.example/x) again\n" * 9))


def test_the_wiki_decides_how_many_links(queue, check):
    queue.story.commit({"_wiki/spam.yml": "max_links: 0\n"})
    assert refusal(check, added(queue, "\nhttps://a.example/")).params["allowed"] == 0
    queue.story.commit({"_wiki/spam.yml": "words: []\n"})
    story = queue.story
    spam = SpamCheck(story.repository, Branch(story.repository), story.settings, Config(home=story.home))
    spam.check(
        added(queue, "\nhttps://a.example/"),
        trap="",
        seconds_open=9,
        known_person=False,
        throttle=Counter(),
        address="",
    )


@pytest.mark.parametrize(
    "text",
    ["Online Casino", "ONLINE\n  CASINO", "online-casino!", "ｏｎｌｉｎｅ ｃａｓｉｎｏ", "on\u200bline cas\u00adino"],
)
def test_words_of_the_wiki_are_found_however_they_are_written(queue, check, text):
    refused = refusal(check, added(queue, f"\nThe best {text} here.\n"))
    assert (refused.code, refused.params["words"]) == ("spam.words", ("online casino",))


def test_words_are_whole_words_and_only_new_ones_count(queue, check):
    check(added(queue, "\nAn online casinos' workers union.\n"))
    queue.story.save(SIGNAL, queue.story.source(SIGNAL) + "\nOnline casino workers use it.\n")
    check(added(queue, "\nMore.\n"))


def test_summary_note_and_name_are_looked_at_too(queue, check):
    for write, note in (
        (added(queue, "x", message="Online casino"), ""),
        (added(queue, "x"), "online casino"),
        (added(queue, "x", actor=stranger("Online Casino")), ""),
    ):
        assert refusal(check, write, note=note).code == "spam.words"


def test_known_people_are_only_counted(queue, check, throttle):
    check(added(queue, "\nonline casino\n" + "https://a.example " * 9), known_person=True, trap="x", seconds_open=0)
    assert throttle.hits == {("suggestion", "192.0.2.1"): 1}


def test_files_deletions_and_new_pages_can_be_checked(queue, check):
    check(Write((Attach("tips/a/b.png", b"x"),), "", stranger()))
    check(queue.write((SIGNAL, None)))
    check(queue.write(("tips/new", "# New\n")))


def test_more_than_allowed_in_an_hour_is_refused(queue, check):
    for _ in range(20):
        check(added(queue, "x"))
    with pytest.raises(TooMany):
        check(added(queue, "x"))


def test_strangers_do_not_fill_the_disk(queue, check, throttle):
    queue.suggestions = queue.opened(page_bytes=128 * 1024)
    large = added(queue, "x" * 125_000)
    for _ in range(4):
        check(large)
    with pytest.raises(TooMany):
        check(large)
    for number in range(60):
        check(large, address=f"198.51.100.{number}")
    # From ever so many addresses no more; what is as long as pages are passes.
    with pytest.raises(TooMany):
        for _ in range(4):
            check(large, address="203.0.113.1")
    check(added(queue, "It is free."), address="203.0.113.2")
    check(large, known_person=True, address="203.0.113.2")


def test_a_huge_text_is_checked_in_one_pass(queue, check):
    queue.story.commit({"_wiki/spam.yml": "words:\n" + "".join(f"  - a a a a b{n}\n" for n in range(1000))})
    check(added(queue, "a " * 20_000 + "/" * 100_000 + "http:" * 20_000))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://Example.org/a).", ["example.org/a"]),
        ("<http://www.example.org>", ["example.org"]),
        ("[x](//example.org/y)", ["example.org/y"]),
        ("www.example.org and e.g. signal.md", ["example.org"]),
        ("url: 'https://example.org'", ["example.org"]),
        ("[a](/communications/signal) [[Signal]] a // b", []),
        ("ｈｔｔｐｓ://example.org", ["example.org"]),
    ],
)
def test_outside_links_are_what_a_browser_would_follow(text, links):
    assert list(outside_links(text)) == links


def test_how_long_a_form_was_open_is_known_without_keeping_anything(queue):
    forms = FormClock(b"k" * 32, queue.story.clock)
    stamp = forms.stamp()
    queue.story.clock.advance(seconds=7)
    assert FormClock(b"k" * 32, queue.story.clock).seconds(stamp) == 7.0
    queue.story.clock.advance(days=3)
    assert forms.seconds(stamp) > 3 * 86_400 - 1, "who thinks for long is no program"
    queue.story.clock.advance(days=-30)
    assert forms.seconds(stamp) == 0.0


@pytest.mark.parametrize("stamp", ["", "-", "0-", "1-" + "0" * 32, "x" * 10_000, "é-é", "nan-", "1e9-" + "0" * 32])
def test_a_stamp_that_is_not_ours_counts_as_opened_just_now(queue, stamp):
    assert FormClock(b"k" * 32, queue.story.clock).seconds(stamp) == 0.0
    other = FormClock(b"x" * 32, queue.story.clock).stamp()
    queue.story.clock.advance(seconds=60)
    assert FormClock(b"k" * 32, queue.story.clock).seconds(other) == 0.0


def test_a_save_becomes_a_suggestion_where_the_right_is_missing_or_the_account_is_new(queue):
    settings = queue.story.settings.at()
    signal, about = (queue.write((path, "# X\n")) for path in (SIGNAL, "about"))
    people = {role: Actor(role.value, role.value, role) for role in Role}

    assert must_suggest(stranger(), signal, settings)
    assert must_suggest(people[Role.CONTRIBUTOR], signal, settings)
    assert not must_suggest(people[Role.EDITOR], signal, settings)
    assert must_suggest(people[Role.EDITOR], signal, settings, edits_until_trusted=1)
    assert must_suggest(people[Role.EDITOR], about, settings), "protected"
    assert not must_suggest(people[Role.MAINTAINER], about, settings)
    both = queue.write((SIGNAL, "# X\n"), ("about", "# X\n"))
    assert must_suggest(people[Role.EDITOR], both, settings)
    picture = Write((Attach("about/team.png", b"x"),), "", people[Role.EDITOR])
    assert must_suggest(people[Role.EDITOR], picture, settings)
