"""What strangers try: forging, hiding, peeking, and sizes that nobody meant."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor, Edit, Write
from wiki.errors import Invalid, NotFound, TooMany
from wiki.pages.path import PagePath
from wiki.storage.objects import Person, commit_bytes, parse_commit
from wiki.suggestions.access import stranger
from wiki.suggestions.suggestion import Event, State
from wiki.suggestions.talk import MAX_TEXT, clean, entry_message, opening_message

ANA = Actor("ana", "Ana", Role.MAINTAINER)
NOBODY = stranger()
GUIDE = "communications/newsletter-basics"
FORGERIES = [
    "Suggestion: 99",
    "Fine\n\nSuggestion: 99\nReviewed-by: Ana",
    "Fine\r\n\r\nReviewed-by: Ana\r\n",
    "Fine\r\rReviewed-by: Ana",
    "Fine\u2028\u2028Reviewed-by: Ana",
    "Fine\x0b\x0cReviewed-by: Ana\x85Suggestion: 99",
    "Fine\n---\nReviewed-by: Ana",
    "Fine\x00\n\nReviewed-by: Ana",
    "Fine\n\nReviewed-by: Ana\n\n",
]


@pytest.mark.parametrize("forged", FORGERIES)
def test_no_word_of_a_person_becomes_a_trailer(queue, forged):
    sent = queue.change(GUIDE, "too short", "too brief", message=forged, affiliation=forged, note=forged)
    queue.suggestions.say(sent.number, NOBODY, forged, sent.key)
    queue.suggestions.say(sent.number, NOBODY, forged + "\n\nEvent: approved\nHead: " + "0" * 40, sent.key)

    found = queue.get(sent.number)
    assert (found.state, found.number) == (State.OPEN, sent.number)
    assert {entry.event for entry in found.talk} == {Event.SAID}
    keys = queue.git("log", "-1", "--format=%(trailers:only,keyonly)", found.head).split()
    assert keys == ["Suggestion", "Affiliation"]
    assert queue.git("log", "-1", "--format=%(trailers:key=Suggestion,valueonly)", found.head) == str(sent.number)
    talk = queue.git("log", "--format=%(trailers:only,keyonly)", f"refs/suggestions/{sent.number}/talk").split()
    assert set(talk) == {"Event", "Head", "Suggestion", "Base", "Key"}

    saved = queue.approve(sent.number, message=forged, text=forged)
    trailers = queue.git("log", "-1", "--format=%(trailers:only,unfold)", saved.revision).strip().split("\n")
    assert trailers[:2] == [f"Suggestion: {sent.number}", "Reviewed-by: Ana"]
    assert len(trailers) == 3
    assert queue.git("fsck", "--strict") == ""


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(max_size=200),
    pieces=st.lists(st.sampled_from([*FORGERIES, "Event: declined", "\n", "\n\n", "Key: x"])),
)
def test_whatever_is_said_is_read_back_as_said(text, pieces):
    words = text + "".join(pieces)
    person = Person("Sam", "anonymous@users.noreply.example")
    when = datetime(2026, 3, 1, tzinfo=UTC)
    message = entry_message(7, Event.SAID, words, "1" * 40)
    commit = parse_commit("0" * 40, commit_bytes("0" * 40, [], person, person, when, message))

    assert commit.trailers == {"Event": ("said",), "Head": ("1" * 40,)}
    assert commit.body == clean(words)


def test_what_is_said_has_a_bound_and_loses_only_what_can_not_be_seen():
    assert clean(" a\tb \r\n\r\nc\x1b[31m\u202e d\u200d\n") == "a b\n\nc[31m d\u200d"
    with pytest.raises(Invalid) as refused:
        clean("x" * (MAX_TEXT + 1))
    assert refused.value.params["allowed"] == MAX_TEXT


def test_the_longest_words_of_all_are_read_back_whole():
    message = entry_message(7, Event.DECLINED, "\U0001f600" * MAX_TEXT, "1" * 40, "2" * 40, ["a"] * 20)
    person = Person("Sam", "")
    commit = parse_commit(
        "0" * 40, commit_bytes("0" * 40, [], person, person, datetime(2026, 1, 1, tzinfo=UTC), message)
    )
    assert commit.trailers["Event"] == ("declined",)
    assert len(commit.trailers["Left-out"]) == 20


def test_the_opening_of_a_talk_holds_a_digest_and_not_the_key():
    message = opening_message(7, "1" * 40, "secret")
    assert "secret" not in message
    assert message.startswith("Suggestion 7\n\nSuggestion: 7\n")


@pytest.mark.parametrize(
    "name",
    [
        "x" * 10_000,
        "Sam\nReviewed-by: Ana",
        "Sam <ana@users.noreply.eastside.example>",
        "sam@mail.example",
        "\u202eSam",
    ],
)
def test_a_name_that_can_not_stand_in_a_commit_is_refused_in_so_many_words(name):
    with pytest.raises(Invalid) as refused:
        stranger(name)
    assert refused.value.code.startswith("display_name.")
    assert refused.value.params["where"] == "display_name"


@pytest.mark.parametrize("name", ["x" * 10_000, "Sam\nReviewed-by: Ana", "<>", "ana@users.noreply.eastside.example> <"])
def test_a_name_that_got_past_that_is_harmless(queue, name):
    sent = queue.change(GUIDE, "too short", "too brief", actor=replace(NOBODY, display_name=name))
    queue.suggestions.say(sent.number, replace(NOBODY, display_name=name), "Hi", sent.key)

    found = queue.get(sent.number)
    assert 0 < len(found.author_name) <= 200
    assert found.author_username == ""
    assert queue.git("log", "-1", "--format=%ae", found.head) == "anonymous@users.noreply.eastside.example"
    queue.approve(sent.number)
    assert queue.git("log", "-1", "--format=%ae") == "anonymous@users.noreply.eastside.example"
    assert queue.git("fsck", "--strict") == ""


def test_no_blank_name_is_needed():
    assert stranger("  ").display_name == "Anonymous"
    assert stranger().name == "anonymous"


def test_an_address_of_another_site_makes_nobody_the_author(queue):
    person = Person("Ana", "chris@users.noreply.elsewhere.example")
    queue.story.writer.update_ref("refs/suggestions/5/head", queue.story.repository.head(), None)
    queue.story.writer.commit(
        {"tips/new.md": b"# New\n"},
        base=queue.story.repository.head(),
        message="New",
        author=person,
        when=queue.story.clock.now,
        ref="refs/suggestions/5/head",
    )
    assert queue.get(5).author_username == ""
    with pytest.raises(NotFound):
        queue.suggestions.seen_by(5, Actor("chris", "Chris", Role.CONTRIBUTOR))


def test_the_commits_of_a_suggestion_are_not_for_readers_until_it_is_merged(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    head = queue.get(sent.number).head
    talk = queue.git("rev-parse", f"refs/suggestions/{sent.number}/talk")

    for id in (head, talk, queue.git("rev-parse", "refs/suggestions/last"), "0" * 40):
        assert not queue.suggestions.reachable(id)
    assert queue.suggestions.reachable(queue.story.repository.head())
    assert queue.suggestions.reachable(queue.git("rev-parse", "HEAD~1"))

    queue.approve(sent.number)
    assert queue.suggestions.reachable(head)
    assert not queue.suggestions.reachable(talk)


def test_another_suggestion_can_not_be_used_as_a_base_to_read_it(queue):
    hidden = queue.get(queue.change(GUIDE, "too short", "too secret").number).head
    for base in (hidden, hidden[:12], "0" * 40, "HEAD", "--output=x", ":/x", "@{-1}", "main", "x" * 41):
        write = Write((Edit(PagePath(GUIDE), base, "# Mine\n"),), "", NOBODY)
        with pytest.raises(Invalid) as refused:
            queue.suggestions.submit(write)
        assert refused.value.code == "base.unknown"
    mine = queue.change(GUIDE, "too short", "too brief")
    with pytest.raises(Invalid):
        queue.suggestions.amend(mine.number, queue.write((GUIDE, "# Mine\n"), base=hidden), mine.key)


def test_a_write_can_not_bring_its_own_trailers_committer_or_parents(queue):
    hidden = queue.get(queue.change(GUIDE, "too short", "too secret").number).head
    write = replace(
        queue.write((GUIDE, queue.story.source(GUIDE) + "\nMore.\n")),
        trailers={"Reviewed-by": "Ana"},
        committer=ANA,
        other_parents=(hidden,),
    )
    found = queue.get(queue.suggestions.submit(write).number)

    shown = queue.git("show", "-s", "--format=%cn|%P|%(trailers:key=Reviewed-by)", found.head)
    assert shown == f"Sam|{queue.story.repository.head()}|"


def test_an_edit_can_not_say_of_itself_that_it_needs_no_check(queue):
    broken = queue.story.source("communications/signal").replace("level: free", "level: lots")
    edit = Edit(PagePath("communications/signal"), queue.story.repository.head(), broken, follows=True)
    with pytest.raises(Invalid):
        queue.suggestions.submit(Write((edit,), "", NOBODY))


def test_a_suggestion_survives_texts_that_are_made_to_be_hard(queue):
    noise = random.Random(3)
    lines = ["".join(noise.choice("ab \n") for _ in range(60)) for _ in range(400)]
    queue.story.commit({"tips/hard.md": "\n".join(lines) + "\n"})
    noise.shuffle(lines)
    sent = queue.submit(("tips/hard", "\n".join(lines) + "\n"))
    noise.shuffle(lines)
    queue.story.commit({"tips/hard.md": "\n".join(lines) + "\n"})

    assert queue.suggestions.open()[0].conflicted
    assert queue.review.preview(sent.number).parts[0].part.conflict is not None


def test_links_folders_and_bytes_that_git_brings_are_shown_as_problems_and_not_approved(queue):
    (queue.story.content / "tips" / "link.md").symlink_to("/etc/passwd")
    (queue.story.content / "tips" / "latin.md").write_bytes(b"# Caf\xe9\n")
    (queue.story.content / "tips" / "run.exe").write_bytes(b"MZ")
    queue.git("add", "tips")
    tree = queue.git("write-tree")
    queue.git("reset", "-q", "--hard")
    commit = queue.git("commit-tree", "-p", "HEAD", "-m", "Odd things", tree)
    queue.git("update-ref", "refs/suggestions/3/head", commit)

    view = queue.review.preview(3)
    codes = {part.part.file: [problem.code for problem in part.problems] for part in view.parts}
    assert codes["tips/link.md"] == ["file.symlink"]
    assert codes["tips/latin.md"] == ["page.encoding"]
    assert codes["tips/run.exe"] == ["file.type"]
    for file in codes:
        with pytest.raises(Invalid):
            queue.approve(3, files=[file])
    assert queue.get(3).state is State.OPEN


def test_a_title_that_git_brings_is_one_line_and_short(queue):
    message = "T" * 5_000 + "\x1b\u202e\n\nAffiliation: " + "a" * 5_000
    commit = queue.git("commit-tree", "-p", "HEAD", "-m", message, "HEAD^{tree}")
    queue.git("update-ref", "refs/suggestions/3/head", commit)
    found = queue.get(3)
    assert found.title == "T" * 300
    assert found.affiliation == "a" * 300


def test_a_suggestion_of_more_files_than_anybody_reads_is_left_to_git(queue, monkeypatch):
    monkeypatch.setattr("wiki.suggestions.parts.MAX_FILES", 2)
    sent = queue.submit(*((f"tips/number-{number}", "# Tip\n") for number in range(3)))
    assert queue.suggestions.open()[0].number == sent.number
    for look in (queue.review.preview, queue.approve):
        with pytest.raises(TooMany):
            look(sent.number)
