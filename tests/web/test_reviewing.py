"""The life of a suggestion in the browser, from a stranger's first words to the history."""

from __future__ import annotations

import errno
import html
import re

import pytest

from tests.web.conftest import Browser, form_fields
from wiki.accounts.users import Users
from wiki.editing.edit import Edit, Write
from wiki.errors import Unavailable
from wiki.invisible import disguised
from wiki.pages.path import PagePath
from wiki.storage.ref_moves import RefMoves
from wiki.suggestions.access import stranger as writer

SIGNAL = "communications/signal"


def suggest(site, stranger: Browser, body: str = "A stranger's words.\n", path: str = SIGNAL, **more) -> str:
    fields = stranger.edit(path, body=body, message="Because it is so", **more)
    site.clock.advance(seconds=30)
    return stranger.post(f"/-/edit/{path}", fields).headers["Location"].partition("?")[0]


def test_the_whole_life_of_a_suggestion(site, stranger, ana) -> None:
    link = suggest(site, stranger, credit="Sam", affiliation="vendor")
    queue = ana.get("/-/review").text
    assert "Because it is so" in queue and "stake" in queue
    fields = form_fields(ana.get("/-/review/1").text, "head")
    ana.post("/-/review/1", {**fields, "do": "ask", "text": "Where does it say so?"})
    asked = stranger.get(link).text
    assert asked.index("Where does it say so?") < asked.index("Keep this address"), "what is asked stands first"
    kept = stranger.get(f"{link}?notice=suggested", 303)
    assert kept.headers["Location"] == link, "whoever kept the address with its thanks sees where it stands"
    amend = stranger.form(f"{link}/edit/{SIGNAL}", "base")
    assert "credit" not in amend
    assert f"{link}/edit/{SIGNAL}?mode=source" in html.unescape(stranger.get(f"{link}/edit/{SIGNAL}").text)
    site.clock.advance(seconds=30)
    stranger.post(f"{link}/edit/{SIGNAL}", {**amend, "body": "Better words.\n", "message": "With a source"})
    stranger.post(link, {**stranger.form(link, "text"), "text": "On their own page.", "do": "say"})
    shown = ana.get("/-/review/1")
    assert "Better words." in shown.text and "On their own page." in shown.text
    ana.post("/-/review/1", {**form_fields(shown.text, "head"), "do": "approve", "text": ""})
    assert "Better words." in ana.get(f"/{SIGNAL}").text
    commit = site.wiki.repository.commit(site.head())
    assert (commit.author.name, commit.committer.name) == ("Sam", "Ana")
    assert commit.trailers["Suggestion"] == ("1",) and commit.trailers["Affiliation"] == ("vendor",)
    assert "taken in" in stranger.get(link).text


def test_the_stake_is_said_in_the_words_of_the_vocabulary_wherever_a_change_is_listed(site, stranger, ana) -> None:
    words = ana.form("/-/edit/_wiki/vocabulary.yml", "source")
    added = words["source"][0] + "affiliations:\n  vendor: {label: {en: Sells it, es: La vende}}\n"
    ana.post("/-/edit/_wiki/vocabulary.yml", {**words, "source": added})
    link = suggest(site, stranger, affiliation="vendor")
    assert '<option value="vendor" selected>' in stranger.get(f"{link}/edit/{SIGNAL}").text
    assert "stake: Sells it" in ana.get("/-/review").text
    shown = ana.get("/-/review/1")
    ana.post("/-/review/1", {**form_fields(shown.text, "head"), "do": "approve", "text": ""})
    for address in ("/-/recent", f"/-/history/{SIGNAL}"):
        assert "stake: Sells it" in stranger.get(address).text
        assert "La vende" in stranger.get(f"{address}?lang=es").text


def test_an_edit_of_the_reviewers_own_goes_along(site, stranger, ana) -> None:
    suggest(site, stranger)
    fields = form_fields(ana.get("/-/review/1").text, "head")
    source = fields["edited-0"][0].replace("A stranger's words.", "Words, checked.")
    ana.post("/-/review/1", {**fields, "edited-0": source, "do": "approve"})
    assert "Words, checked." in site.source(SIGNAL)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Sign\u0430l, Zo\u200bom and \u0421lassic", ["Sign\ufffdl", "Zo\ufffdom", "\ufffdlassic"]),
        ("Señora Đặng: α-helix, 5 μm, Ω, TGFβ, naïve, 👩\u200d👩\u200d👧, مرحبا می\u200cخواهم", []),
        ("Web-сайт и SMS-ка, нет WhatsAppа", []),
        ("Both WhatsApp\u0430", ["WhatsApp\ufffd"]),
    ],
)
def test_words_that_only_look_latin_are_named_to_reviewers(site, stranger, ana, text, marked) -> None:
    suggest(site, stranger, body=f"{text}\n", summary=text, credit="S\u0430m")
    told = ana.get("/-/review/1").text.partition("what they look like")[2].partition("</div>")[0]
    assert re.findall(r"\(<bdi>(.*?)</bdi>\)", told) == ["S\ufffdm", *marked]
    assert "what they look like" not in ana.get("/-/review").text


def test_a_page_of_signs_that_nobody_sees_holds_up_no_reviewer() -> None:
    # Takes hours where it is looked through again from each of them.
    assert disguised("a" + "\u200b" * 300_000) == {}


def test_declining_needs_a_reason_that_the_author_reads(site, stranger, ana) -> None:
    link = suggest(site, stranger)
    fields = form_fields(ana.get("/-/review/1").text, "head")
    mine = fields["edited-0"][0] + "A line of mine.\n"
    refused = ana.post("/-/review/1", {**fields, "do": "decline", "text": "", "edited-0": mine}, 422).text
    assert 'id="error-f-text"' in refused and "A line of mine." in form_fields(refused, "head")["edited-0"][0]
    ana.post("/-/review/1", {**fields, "do": "decline", "text": "It is an advertisement."})
    assert "It is an advertisement." in stranger.get(link).text


def test_what_was_typed_stays_where_nothing_can_be_written(site, stranger, ana, monkeypatch) -> None:
    link = suggest(site, stranger)
    talk, review = stranger.form(link, "text"), ana.form("/-/review/1", "head")
    with monkeypatch.context() as full:
        full.setattr(RefMoves, "move", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "")))
        answers = [stranger.client.post(link, data={**talk, "text": "Typed words.", "do": "say"})]
        for what in ("say", "ask", "decline", "approve"):
            answers.append(ana.client.post("/-/review/1", data={**review, "text": "Typed words.", "do": what}))
    for answer in answers:
        assert answer.status_code == 503 and "disk of the wiki is full" in answer.text
        assert "Typed words.</textarea>" in answer.text
    ana.post("/-/review/1", {**review, "do": "decline", "text": "Declined words."})
    assert "Declined words." in stranger.get(link).text


def test_several_are_declined_at_once_with_the_same_words(site, stranger, ana) -> None:
    links = [suggest(site, stranger, body=f"Cheap pills {number}.\n") for number in range(3)]
    fields = form_fields(ana.get("/-/review").text, "text")
    assert 'id="error-f-text"' in ana.post("/-/review", {**fields, "number": ["1", "3"], "text": ""}, 422).text
    assert "Tick the suggestions first" in ana.post("/-/review", {**fields, "text": "Spam."}, 422).text
    for _ in range(2):  # sent twice, and one that is no suggestion: harmless
        ana.post("/-/review", {**fields, "number": ["1", "3", "99", "x"], "text": "This is an advertisement."})
    declined = ["This is an advertisement." in stranger.get(link).text for link in links]
    assert declined == [True, False, True]
    assert [item.number for item in site.wiki.suggestions.open()] == [2]


def test_a_reviewer_is_told_what_waits_and_sees_what_one_person_has_sent(site, stranger, ana) -> None:
    for number, name in enumerate(("Sam", "Kim", "Sam")):
        suggest(site, stranger, body=f"Words {number}.\n", credit=name)
    assert "3 suggestions wait" in ana.get("/").text and "suggestions wait" not in stranger.get("/").text
    queue = ana.get("/-/review").text
    assert 'href="/-/review?by=Sam"' in queue and "by=Kim" not in queue, "one alone needs no list"
    assert 'href="/-/review?by=Sam&amp;tick=all"' in ana.get("/-/review?by=Sam").text
    assert form_fields(ana.get("/-/review?by=Sam&tick=all").text, "number")["number"] == ["1", "3"]


def test_a_page_that_joins_a_suggestion_has_a_kind(site, stranger, ana) -> None:
    link = suggest(site, stranger)
    for typed, leads_to in (("Mattermost", "communications/mattermost"), (f"http://localhost/{SIGNAL}", SIGNAL)):
        answer = stranger.client.get(f"{link}/edit", query_string={"path": typed})
        assert answer.headers["Location"].endswith(f"{link}/edit/{leads_to}")
    refused = stranger.get(f"{link}/edit?path=Carrier Pigeon", 422).text
    assert 'value="carrier-pigeon"' in refused and "Your suggestion:" in refused
    opened = stranger.get(f"{link}/edit/communications/carrier-pigeon").text
    assert f'href="{link}/edit/communications/carrier-pigeon?kind=guide"' in opened
    fields = stranger.form(f"{link}/edit/communications/carrier-pigeon", "base")
    assert "What it does" in fields["body"][0], "in a category it is a tool until somebody says otherwise"
    site.clock.advance(seconds=30)
    fields = {**fields, "title": "Carrier pigeon", "summary": "A bird.", "cost.level": "$", "functions": ["team-chat"]}
    assert (
        'id="error-f-title"'
        in stranger.post(f"{link}/edit/communications/carrier-pigeon", {**fields, "title": ""}, 422).text
    )
    stranger.post(f"{link}/edit/communications/carrier-pigeon", fields)
    shown = ana.get("/-/review/1")
    files = [f"{SIGNAL}.md", "communications/carrier-pigeon.md"]
    ana.post("/-/review/1", {**form_fields(shown.text, "head"), "file": files, "do": "approve"})
    assert "kind: tool\ntitle: Carrier pigeon\n" in site.source("communications/carrier-pigeon")


def test_in_the_queue_a_page_that_was_moved_since_is_called_by_its_title(site, stranger, ana) -> None:
    suggest(site, stranger)
    ana.post(f"/-/move/{SIGNAL}", {**ana.form(f"/-/move/{SIGNAL}", "to"), "to": "communications/signal-app"})
    assert f'<a href="/{SIGNAL}">Signal</a>' in ana.get("/-/review").text


def test_where_the_page_has_moved_on_in_the_same_place_the_reviewer_chooses(site, stranger, ben, ana) -> None:
    suggest(site, stranger)
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="Ben was here.\n"))
    shown = ana.get("/-/review/1")
    assert "same places" in shown.text and "what would change now" not in shown.text
    assert "can&#39;t be merged" not in shown.text and ">Signal</a></h2>" in shown.text and "Place 1:" in shown.text
    fields = form_fields(shown.text, "head") | {"do": "approve", "own-p0-1": "Neither.", "without_history": "yes"}
    refused = ana.post("/-/review/1", fields, 422).text
    assert 'href="#f-choice-p0-1"' in refused and 'id="error-choice-p0-1"' in refused
    again = form_fields(refused, "head")
    assert "Neither." in again["own-p0-1"][0] and again["without_history"] == ["yes"]
    ana.post("/-/review/1", {**fields, "choice-p0-1": "both"})
    assert "Ben was here." in site.source(SIGNAL) and "A stranger's words." in site.source(SIGNAL)


def test_a_new_page_whose_address_was_taken_is_shown_beside_the_page_that_is_there(site, stranger, ana) -> None:
    bird, courier = (
        browser.form("/-/new?kind=tool&path=communications/pigeon", 'name="body"')
        | {"title": name, "body": f"{name}.\n", "summary": "Flies.", "cost.level": cost, "functions": ["team-chat"]}
        for browser, name, cost in ((stranger, "Bird", "$"), (ana, "Courier", "$$"))
    )
    site.clock.advance(seconds=30)
    stranger.post("/-/new", bird)
    assert "come to this address" not in ana.get("/-/review/1").text
    ana.post("/-/new", courier)
    shown = ana.get("/-/review/1").text
    assert "Another page has come to this address meanwhile: Courier" in shown
    assert "<del>Courier</del>" in shown and "not recorded" not in shown
    assert "different things" in shown and "Choose what stays" in shown


def test_suggestions_that_make_the_same_page_are_told_of_each_other_to_reviewers_alone(site, stranger, ana) -> None:
    paths = ("field/pigeon", "field/pigeon", "tips/pigeon", "es/tips/pigeon", "tips/dove")
    submitted = [
        site.wiki.suggestions.submit(Write((Edit(PagePath(path), "", f"A bird at {path}.\n"),), path, writer("Sam")))
        for path in paths
    ]

    def named(number: int) -> list[str]:
        told = ana.get(f"/-/review/{number}").text.partition("of this name, too")[2].partition("</div>")[0]
        return re.findall(r'"/-/review/(\d)"', told)

    assert [named(number) for number in range(1, 6)] == [["2", "3"], ["1", "3"], ["1", "2"], [], []]
    assert "of this name, too" not in stranger.get(f"/-/suggestions/1/{submitted[0].key}").text
    ana.post("/-/review/2", {**form_fields(ana.get("/-/review/2").text, "head"), "do": "decline", "text": "No."})
    assert named(1) == ["3"] and named(2) == [], "of what is decided nothing waits"


def test_strangers_find_no_way_to_an_unmerged_text(site, stranger, ben) -> None:
    link = suggest(site, stranger, body="Unseen zebra words.\n")
    suggestion = site.wiki.suggestions.get(1)
    site.wiki.catch_up()
    other = site.browser()
    for reader in (other, ben):
        for address in (
            f"/{SIGNAL}?at={suggestion.head}",
            f"/{SIGNAL}.md?at={suggestion.head}",
            f"/-/diff/{SIGNAL}?to={suggestion.head}",
            f"/-/diff/{SIGNAL}?from={suggestion.head}",
            f"/-/suggestions/1/{'x' * 32}",
            "/-/suggestions/1/own",
        ):
            assert "zebra" not in reader.client.get(address).text, address
        for address in (
            "/-/search?q=zebra",
            "/-/search?q=zebra&format=json",
            "/-/recent",
            "/-/feed.atom",
            f"/-/history/{SIGNAL}",
        ):
            assert "Unseen zebra" not in reader.client.get(address).text, address
    assert other.client.get("/-/review").status_code == 401
    assert ben.client.get("/-/review/1").status_code == 403
    assert "zebra" in stranger.get(link).text


def test_a_contributor_suggests_under_their_name(site) -> None:
    chris = site.browser("chris")
    fields = chris.edit(SIGNAL, body="Chris's words.\n", message="m")
    link = chris.post(f"/-/edit/{SIGNAL}", fields).headers["Location"]
    assert "Chris" in chris.get(link).text
    assert site.wiki.suggestions.get(1).author_username == "chris"
    listed = chris.get("/-/account").text
    assert "waiting for a maintainer" in listed and f'href="{link.partition("?")[0]}"' in listed
    assert "Keep this address" not in chris.get(link).text
    site.browser().get(link.partition("?")[0], 401)


def test_what_is_approved_is_in_though_accounts_cannot_be_written(site, ana, monkeypatch) -> None:
    chris = site.browser("chris")
    chris.post(f"/-/edit/{SIGNAL}", chris.edit(SIGNAL, body="Chris's words.\n", message="m"))
    review = ana.form("/-/review/1", "head")
    monkeypatch.setattr(Users, "count_approved", lambda *_: (_ for _ in ()).throw(Unavailable("database.full")))
    assert ana.post("/-/review/1", {**review, "do": "approve", "text": ""}).status_code == 303
    assert "Chris's words." in ana.get(f"/{SIGNAL}.md").text


def test_programs_are_told_what_to_change(site, stranger) -> None:
    fields = stranger.edit(SIGNAL, body="Spam.\n", message="m")
    answer = stranger.post(f"/-/edit/{SIGNAL}", fields, 422)
    assert "faster than a person" in answer.text and "Spam." in answer.text
    site.clock.advance(seconds=30)
    answer = stranger.post(f"/-/edit/{SIGNAL}", {**fields, "website": "x"}, 422)
    assert "Spam." in answer.text
    links = "".join(f"<https://casino{n}.example/>\n" for n in range(30))
    answer = stranger.post(f"/-/edit/{SIGNAL}", {**fields, "body": links}, 422)
    assert "links" in answer.text


def test_a_suggestion_of_several_pages(site, stranger, ana) -> None:
    link = suggest(site, stranger)
    other = "tips/first-hour-of-safety"
    fields = stranger.form(f"{link}/edit/{other}", "base")
    site.clock.advance(seconds=30)
    stranger.post(f"{link}/edit/{other}", {**fields, "body": "Also this.\n", "message": "more"})
    shown = ana.get("/-/review/1").text
    fields = form_fields(shown, "head")
    ana.post("/-/review/1", {**fields, "file": f"{other}.md", "do": "approve"})
    assert "Also this." in site.source(other) and "A stranger's words." not in site.source(SIGNAL)
    assert f"approved without {SIGNAL} ·" in stranger.get(link).text


def test_a_new_page_without_a_name_hears_at_once_of_all_that_is_missing(ben) -> None:
    fields = form_fields(ben.get("/-/new?kind=tool").text, "body")
    shown = ben.post("/-/new", {**fields, "title": "", "summary": "", "message": "New"}, 422).text
    summary = shown.partition('class="error-summary"')[2].partition("</div>")[0]
    assert all(f'href="#f-{name}"' in summary for name in ("title", "summary", "categories")), summary
    assert "Give the page a name" not in summary


def test_who_is_not_signed_in_is_told_to_sign_in_and_nothing_of_an_account(site, stranger) -> None:
    for language, words in (("en", "Sign in first"), ("es", "Antes hay que iniciar sesión")):
        shown = stranger.get(f"/-/review?lang={language}", 401).text
        assert words in shown and "Your account" not in shown and "Tu cuenta" not in shown
    assert "Your account may not do this" in html.unescape(site.browser("ben").get("/-/review", 403).text)
