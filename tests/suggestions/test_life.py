"""The life of a suggestion, through the engine."""

from __future__ import annotations

import pytest

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor
from wiki.errors import Conflict, Denied, Gone, Invalid, NotFound
from wiki.suggestions.access import stranger
from wiki.suggestions.suggestion import Event, State

ANA = Actor("ana", "Ana", Role.MAINTAINER)
BEN = Actor("ben", "Ben", Role.EDITOR)
CHRIS = Actor("chris", "Chris", Role.CONTRIBUTOR)
NOBODY = stranger()
GUIDE = "communications/newsletter-basics"


def test_a_stranger_suggests_amends_is_asked_and_gets_approved(queue):
    before = queue.story.repository.head()
    sent = queue.change(GUIDE, "too short", "too brief", affiliation="volunteer", message="Say it better", note="Hi!")

    assert queue.story.repository.head() == before, "the page itself doesn't change"
    [waiting] = queue.suggestions.open()
    assert (waiting.number, waiting.state, waiting.title) == (sent.number, State.OPEN, "Say it better")
    assert (waiting.author_name, waiting.author_username, waiting.affiliation) == ("Sam", "", "volunteer")
    assert waiting.paths == (f"{GUIDE}.md",)

    queue.story.clock.advance(hours=1)
    asked = queue.review.ask(sent.number, ANA, "Please say\nwhy.")
    assert asked.state is State.CHANGES_ASKED

    queue.story.clock.advance(hours=1)
    mine = queue.suggestions.by_key(sent.number, sent.key)
    source = queue.story.source(GUIDE, mine.head)
    write = queue.write((GUIDE, source.replace("brief", "brief for news")), base=mine.head, message="Say why")
    amended = queue.suggestions.amend(sent.number, write, sent.key)
    assert amended.state is State.OPEN

    queue.story.clock.advance(hours=1)
    saved = queue.approve(sent.number, text="Thank you!")

    assert "too brief for news" in queue.story.source(GUIDE)
    done = queue.get(sent.number)
    assert (done.state, done.merged_as) == (State.APPROVED, saved.revision)
    assert queue.suggestions.open() == ()
    assert [(entry.event, entry.text, entry.author) for entry in done.talk] == [
        (Event.SAID, "Hi!", "Sam"),
        (Event.ASKED, "Please say\nwhy.", "Ana"),
        (Event.AMENDED, "Say why", "Sam"),
        (Event.APPROVED, "Thank you!", "Ana"),
    ]
    show = queue.git("show", "-s", "--format=%an <%ae>|%cn <%ce>|%s|%(trailers:only,unfold)|%P", saved.revision)
    author, committer, subject, trailers, parents = show.split("|")
    assert author == "Sam <anonymous@users.noreply.eastside.example>"
    assert committer == "Ana <ana@users.noreply.eastside.example>"
    assert subject == "Say it better"
    assert trailers.split("\n") == ["Suggestion: 1", "Reviewed-by: Ana", "Affiliation: volunteer", ""]
    assert parents.split() == [before, done.head]
    assert queue.git("fsck", "--strict") == ""
    assert queue.git("status", "--porcelain") == ""


def test_a_suggestion_by_an_account_belongs_to_it_without_any_key(queue):
    sent = queue.change(GUIDE, "too short", "too brief", actor=CHRIS)

    assert queue.suggestions.seen_by(sent.number, CHRIS).author_username == "chris"
    assert [each.number for each in queue.suggestions.by("chris")] == [sent.number]
    queue.suggestions.say(sent.number, CHRIS, "Anything missing?")
    assert queue.suggestions.withdraw(sent.number, CHRIS).state is State.WITHDRAWN


def test_nobody_else_learns_of_a_suggestion(queue):
    sent = queue.change(GUIDE, "too short", "too brief", actor=CHRIS)
    other = queue.change(GUIDE, "too short", "too long", actor=NOBODY)

    for actor, key in ((NOBODY, ""), (NOBODY, other.key), (BEN, ""), (BEN, "x" * 10_000), (NOBODY, "é\0")):
        for number in (sent.number, 99):
            with pytest.raises(NotFound):
                queue.suggestions.seen_by(number, actor, key)
    with pytest.raises(NotFound):
        queue.suggestions.say(sent.number, BEN, "Let me in")
    with pytest.raises(NotFound):
        queue.suggestions.withdraw(other.number, NOBODY)
    assert queue.suggestions.seen_by(other.number, NOBODY, other.key).number == other.number
    assert queue.suggestions.seen_by(other.number, CHRIS, other.key).number == other.number
    assert queue.suggestions.seen_by(sent.number, ANA).number == sent.number


def test_a_reviewer_may_amend_but_only_the_author_withdraws(queue):
    sent = queue.change(GUIDE, "too short", "too brief", affiliation="vendor")
    head = queue.get(sent.number).head
    source = queue.story.source(GUIDE, head).replace("brief", "terse")

    write = queue.write((GUIDE, source), base=head, actor=ANA, affiliation="staff")
    amended = queue.suggestions.amend(sent.number, write)
    assert amended.author_name == "Sam", "it stays the work of whoever began it"
    assert amended.affiliation == "vendor", "a reviewer's stake is not the author's"
    with pytest.raises(Denied):
        queue.suggestions.withdraw(sent.number, ANA)
    assert queue.suggestions.withdraw(sent.number, NOBODY, sent.key).state is State.WITHDRAWN


def test_declining_gives_a_reason_and_closes(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    with pytest.raises(Invalid):
        queue.review.decline(sent.number, ANA, " \n ")

    queue.review.decline(sent.number, ANA, "We have a page for this.")

    followed = queue.suggestions.by_key(sent.number, sent.key)
    assert followed.state is State.DECLINED
    assert followed.talk[-1].text == "We have a page for this."
    assert queue.suggestions.open() == ()
    assert [each.state for each in queue.suggestions.closed()] == [State.DECLINED]
    write = queue.write((GUIDE, "# Other\n"), base=followed.head)
    with pytest.raises(Conflict) as refused:
        queue.suggestions.amend(sent.number, write, sent.key)
    assert refused.value.code == "suggestion.closed"
    queue.suggestions.say(sent.number, NOBODY, "But it is not the same.", sent.key)


def test_what_was_declined_by_mistake_can_still_be_approved_but_not_what_was_withdrawn(queue):
    declined = queue.change(GUIDE, "too short", "too brief")
    withdrawn = queue.change(GUIDE, "too short", "too long")
    queue.review.decline(declined.number, ANA, "No")
    queue.suggestions.withdraw(withdrawn.number, NOBODY, withdrawn.key)

    queue.approve(declined.number)
    with pytest.raises(Conflict):
        queue.approve(withdrawn.number)
    assert queue.get(declined.number).state is State.APPROVED


def test_only_reviewers_decide(queue):
    sent = queue.change(GUIDE, "too short", "too brief", actor=CHRIS)
    head = queue.get(sent.number).head
    for actor in (NOBODY, CHRIS, BEN):
        with pytest.raises(Denied):
            queue.review.approve(sent.number, actor, head)
        with pytest.raises(Denied):
            queue.review.decline(sent.number, actor, "No")
        with pytest.raises(Denied):
            queue.review.ask(sent.number, actor, "Why?")
    assert queue.get(sent.number).state is State.OPEN


def test_nothing_is_approved_that_the_reviewer_has_not_seen(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    seen = queue.get(sent.number).head
    bad = queue.story.source(GUIDE, seen).replace("brief", "bad")
    queue.suggestions.amend(sent.number, queue.write((GUIDE, bad), base=seen), sent.key)

    with pytest.raises(Conflict) as refused:
        queue.review.approve(sent.number, ANA, seen)

    assert refused.value.code == "suggestion.changed"
    assert "too short" in queue.story.source(GUIDE)


def test_a_wiki_may_take_suggestions_from_accounts_only(queue):
    site = queue.story.content / "_wiki" / "site.yml"
    queue.story.commit({"_wiki/site.yml": site.read_text() + "edit_policy: accounts\n"})

    with pytest.raises(Denied):
        queue.change(GUIDE, "too short", "too brief")
    queue.change(GUIDE, "too short", "too brief", actor=CHRIS)


def test_the_list_says_who_is_expected_to_act(queue):
    first = queue.change(GUIDE, "too short", "too brief")
    queue.story.clock.advance(minutes=5)
    second = queue.change(GUIDE, "too short", "too long")
    queue.review.ask(first.number, ANA, "Why?")

    waiting = [(each.number, each.state) for each in queue.suggestions.open()]
    assert waiting == [(first.number, State.CHANGES_ASKED), (second.number, State.OPEN)], "the oldest first"
    assert queue.suggestions.open()[0].folders(("en", "es")) == ("communications",)
    queue.suggestions.say(first.number, ANA, "Nobody reads that far.")
    assert queue.get(first.number).state is State.CHANGES_ASKED
    assert queue.suggestions.say(first.number, NOBODY, "Because it is.", first.key).state is State.OPEN, "they answered"
    assert queue.review.ask(first.number, ANA, "Is it?").state is State.CHANGES_ASKED


def test_a_suggestion_that_changes_nothing_is_refused(queue):
    for source in (queue.story.source(GUIDE), queue.story.source(GUIDE).replace("\n", "\r\n")):
        with pytest.raises(Invalid) as refused:
            queue.submit((GUIDE, source))
        assert refused.value.code == "suggestion.nothing"
    assert queue.suggestions.open() == ()


def test_who_said_nothing_of_their_stake_can_say_it_later(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    head = queue.get(sent.number).head
    same = (GUIDE, queue.story.source(GUIDE, head))
    with pytest.raises(Invalid, match="nothing"):
        queue.suggestions.amend(sent.number, queue.write(same, base=head, affiliation="none"), sent.key)
    amended = queue.suggestions.amend(sent.number, queue.write(same, base=head, affiliation="vendor"), sent.key)
    assert amended.affiliation == "vendor"
    queue.review.approve(sent.number, ANA, amended.head)
    assert "too brief" in queue.story.source(GUIDE)


def test_a_suggestion_must_hold_what_every_save_must_hold(queue):
    with pytest.raises(Invalid) as refused:
        queue.change("communications/signal", "level: free", "level: lots")
    assert refused.value.problems[0].where == "cost.level"
    with pytest.raises(Invalid):
        queue.submit(("Tips/Über Alles", "# Hello\n"))


def test_a_new_page_that_is_there_under_nearly_the_same_path_is_refused_at_once(queue):
    queue.story.commit({"tips/First_Visit.md": "# First visit\n"})
    queue.story.catalog.catch_up()

    with pytest.raises(Invalid) as refused:
        queue.submit(("tips/first-visit", "# First visit\n"))

    assert refused.value.code == "path.too_similar"
    assert refused.value.params["other"] == "tips/First_Visit"


def test_a_number_that_was_never_given_is_unknown_and_a_deleted_one_gone(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    queue.git("update-ref", "-d", f"refs/suggestions/{sent.number}/head")

    with pytest.raises(Gone):
        queue.get(sent.number)
    with pytest.raises(Gone):
        queue.suggestions.by_key(sent.number, sent.key)
    with pytest.raises(NotFound):
        queue.suggestions.by_key(sent.number, "wrong")
    with pytest.raises(NotFound):
        queue.get(sent.number + 1)
    with pytest.raises(NotFound):
        queue.get(0)
    assert queue.suggestions.open() == queue.suggestions.closed() == ()
