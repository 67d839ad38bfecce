"""Several suggestions at once, pages that move on meanwhile, and suggestions of several pages."""

from __future__ import annotations

import pytest

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor, Attach, Edit, EditConflict, Write
from wiki.errors import Conflict, Denied, Invalid, TooMany
from wiki.pages.path import PagePath
from wiki.suggestions.access import stranger
from wiki.suggestions.review import FileClash
from wiki.suggestions.suggestion import Event, State

ANA = Actor("ana", "Ana", Role.MAINTAINER)
ADA = Actor("ada", "Ada", Role.ADMIN)
SIGNAL = "communications/signal"
GUIDE = "communications/newsletter-basics"
PNG = "communications/signal/members.png"


def test_two_strangers_on_one_page_while_page_and_title_change(queue):
    first = queue.change(SIGNAL, "Each person installs the app", "Everybody installs the app", message="Say everybody")
    second = queue.change(SIGNAL, "level: free", 'level: "$"', actor=stranger("Kim"), message="It costs something")
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("Signal needs", "It needs"))
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("title: Signal\n", "title: Signal Messenger\n"))

    assert [(each.number, each.conflicted) for each in queue.suggestions.open()] == [
        (first.number, False),
        (second.number, False),
    ]
    queue.approve(first.number)
    queue.approve(second.number)

    page = queue.story.page(SIGNAL)
    assert page.title == "Signal Messenger"
    assert page.value("cost.level") == "$"
    assert "Everybody installs the app" in page.body
    assert "It needs" in page.body
    assert "categories: [communications, tips]   # the folder is the first" in page.source
    log = queue.git("log", "--first-parent", "-2", "--format=%an|%s")
    assert log.split("\n") == ["Kim|It costs something", "Sam|Say everybody"]
    assert queue.git("fsck", "--strict") == ""


def test_a_suggestion_for_a_page_that_was_moved_meanwhile_is_taken_in_where_it_is_now(queue):
    sent = queue.change(SIGNAL, "Each person installs the app", "Everybody installs the app")
    other = queue.change(SIGNAL, "level: free", 'level: "$"')
    queue.story.moving.move(SIGNAL, "communications/signal-app", ANA)
    assert [each.conflicted for each in queue.suggestions.open()] == [False, False]
    queue.approve(sent.number)
    assert "Everybody installs the app" in queue.story.source("communications/signal-app")
    assert not queue.story.exists(SIGNAL)
    moved = queue.story.source("communications/signal-app")
    queue.story.save("communications/signal-app", moved.replace("level: free", "level: $$"))
    assert [each.conflicted for each in queue.suggestions.open()] == [True]
    [part] = queue.review.preview(other.number).parts
    assert part.part.conflict.path.text == "communications/signal-app" and part.part.conflict.ours is not None


def test_the_reviewer_meets_a_conflict_as_an_editor_would_and_decides(queue):
    sent = queue.change(SIGNAL, "Each person", "Everybody")
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("Each person", "Each tenant"))

    [waiting] = queue.suggestions.open()
    assert waiting.conflicted
    with pytest.raises(EditConflict) as met:
        queue.approve(sent.number)
    assert "Each tenant" in met.value.ours
    assert "Everybody" in met.value.theirs
    view = queue.review.preview(sent.number)
    [part] = view.parts
    assert part.part.conflict.passages == met.value.passages
    assert part.page is None
    assert "Everybody" in "".join(piece.text for line in part.text[0].lines for piece in line.parts)

    own = met.value.merged.replace("Each tenant", "Everybody in the house")
    saved = queue.approve(sent.number, edited={f"{SIGNAL}.md": own})
    assert "Everybody in the house" in queue.story.source(SIGNAL)
    assert queue.get(sent.number).merged_as == saved.revision
    assert queue.git("log", "-1", "--format=%an|%cn") == "Sam|Ana"


def test_approving_with_changes_keeps_what_others_saved_meanwhile(queue):
    sent = queue.change(SIGNAL, "Each person", "Everybody")
    view = queue.review.preview(sent.number)
    own = view.parts[0].part.merged.replace("Everybody", "Every tenant")
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("Signal needs", "It needs"))
    edited = {f"{SIGNAL}.md": own}

    queue.review.approve(sent.number, ANA, view.suggestion.head, at=view.at, edited=edited)

    assert "Every tenant" in queue.story.source(SIGNAL)
    assert "It needs" in queue.story.source(SIGNAL)


def test_approving_with_changes_to_the_same_line_is_a_conflict(queue):
    sent = queue.change(SIGNAL, "Each person", "Everybody")
    view = queue.review.preview(sent.number)
    edited = {f"{SIGNAL}.md": view.parts[0].part.merged.replace("Everybody", "Every tenant")}
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("Each person", "Somebody"))

    with pytest.raises(EditConflict):
        queue.review.approve(sent.number, ANA, view.suggestion.head, at=view.at, edited=edited)
    assert "Somebody" in queue.story.source(SIGNAL)
    assert queue.get(sent.number).state is State.OPEN


def test_parts_of_a_suggestion_can_be_left_out_without_git_saying_they_are_in(queue):
    sent = queue.submit(
        (GUIDE, queue.story.source(GUIDE).replace("too short", "too brief")),
        ("tips/new-idea", "# New idea\n\nBuy this.\n"),
        message="Two things",
    )
    assert queue.get(sent.number).paths == (f"{GUIDE}.md", "tips/new-idea.md")

    saved = queue.approve(sent.number, files=[f"{GUIDE}.md"], text="Not the second.")

    done = queue.get(sent.number)
    assert (done.state, done.merged_as) == (State.APPROVED, saved.revision)
    assert done.talk[-1].left_out == ("tips/new-idea.md",)
    assert not queue.story.exists("tips/new-idea")
    assert not queue.suggestions.reachable(done.head)
    show = queue.git("show", "-s", "--format=%P|%(trailers:key=Suggestion,valueonly)", saved.revision)
    assert show.split("|")[0].split() == [queue.git("rev-parse", f"{saved.revision}^1")]
    assert show.split("|")[1] == str(sent.number)
    assert queue.opened().get(sent.number).state is State.APPROVED
    # Should the talk's entry be missing (the power went), the branch still says so.
    queue.git("update-ref", "-d", f"refs/suggestions/{sent.number}/talk")
    assert queue.opened().get(sent.number).state is State.APPROVED
    assert queue.opened().open() == ()


def test_a_part_that_the_wiki_holds_already_is_not_left_out(queue):
    source = queue.story.source(GUIDE).replace("too short", "too brief")
    sent = queue.submit((GUIDE, source), ("tips/new-idea", "# New idea\n"))
    queue.story.save(GUIDE, source)

    queue.approve(sent.number, files=["tips/new-idea.md"])

    assert queue.suggestions.reachable(queue.get(sent.number).head), "all of it is in, so it is a merge"


def test_what_an_author_took_out_again_can_be_kept_out_of_the_history(queue):
    sent = queue.change(GUIDE, "too short", "too short for Jane Doe, 5 Main St")
    bad = queue.get(sent.number).head
    source = queue.story.source(GUIDE).replace("too short", "too brief")
    queue.suggestions.amend(sent.number, queue.write((GUIDE, source), base=bad), sent.key)

    queue.approve(sent.number, without_history=True)

    done = queue.get(sent.number)
    assert done.state is State.APPROVED
    assert "too brief" in queue.story.source(GUIDE)
    assert not queue.suggestions.reachable(bad)
    assert not queue.suggestions.reachable(done.head)


def test_approving_what_the_wiki_holds_by_now_records_the_merge(queue):
    source = queue.story.source(GUIDE).replace("too short", "too brief")
    sent = queue.submit((GUIDE, source))
    queue.story.save(GUIDE, source)

    assert not queue.review.preview(sent.number).parts[0].part.changes_something
    queue.approve(sent.number)

    assert queue.get(sent.number).state is State.APPROVED
    assert queue.story.source(GUIDE) == source


def test_a_selection_must_name_files_of_the_suggestion(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    for files in ([], ["about.md"], [f"{GUIDE}.md", "x\n"]):
        with pytest.raises(Invalid):
            queue.approve(sent.number, files=files)
    with pytest.raises(Invalid):
        queue.approve(sent.number, edited={"about.md": "# Mine\n"})
    assert queue.get(sent.number).state is State.OPEN


def test_a_page_may_be_suggested_to_be_deleted(queue):
    sent = queue.submit((GUIDE, None))
    [view] = queue.review.preview(sent.number).parts
    assert (view.part.merged, view.page, view.part.changes_something) == (None, None, True)

    queue.approve(sent.number)

    assert not queue.story.exists(GUIDE)


def test_a_page_that_was_deleted_meanwhile_is_a_conflict(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    queue.story.commit({f"{GUIDE}.md": None})

    with pytest.raises(EditConflict) as met:
        queue.approve(sent.number)
    assert met.value.ours is None
    assert queue.suggestions.open()[0].conflicted
    queue.approve(sent.number, edited={f"{GUIDE}.md": met.value.theirs})
    assert "too brief" in queue.story.source(GUIDE)


def test_a_protected_page_may_be_suggested_to_by_all_and_approved_by_who_may_save_it(queue):
    text = queue.story.source("_wiki/spam.yml").replace("online casino", "offline casino")
    sent = queue.submit(("_wiki/spam.yml", text))
    about = queue.submit(("about", queue.story.source("about") + "\nMore.\n"))
    queue.story.commit({"_wiki/protection.yml": "_wiki: admin\nabout: admin\n"})

    for number in (sent.number, about.number):
        with pytest.raises(Denied):
            queue.approve(number)
        queue.approve(number, ADA)
    assert queue.story.settings.at().spam_words == ("offline casino",)


def test_rules_that_came_meanwhile_hold_at_the_approval(queue):
    sent = queue.change("communications/mattermost", "functions: [team-chat]", "functions: [team-chat, donations]")
    vocabulary = queue.story.source("_wiki/vocabulary.yml").replace("donations:", "giving:")
    queue.story.commit({"_wiki/vocabulary.yml": vocabulary})

    [view] = queue.review.preview(sent.number).parts
    assert [problem.where for problem in view.problems] == ["functions"]
    with pytest.raises(Invalid):
        queue.approve(sent.number)


def test_files_beside_a_page_are_suggested_and_approved(queue):
    write = Write((Attach(PNG, b"\x89PNG new"),), "A picture", stranger("Sam"))
    sent = queue.suggestions.submit(write)

    [view] = queue.review.preview(sent.number).parts
    assert (view.part.path, view.part.clashes, view.problems) == (None, False, ())
    queue.approve(sent.number)

    assert queue.story.repository.read(queue.story.repository.head(), PNG).data == b"\x89PNG new"


def test_a_file_that_changed_on_both_sides_is_decided_by_leaving_it_out(queue):
    picture = "communications/signal/groups.png"
    sent = queue.suggestions.submit(
        Write(
            (Attach(picture, b"theirs"), Edit(PagePath("tips/groups"), "", "# Groups\n")), "Pictures", stranger("Sam")
        )
    )
    queue.story.commit({picture: b"ours"})

    assert queue.suggestions.open()[0].conflicted
    with pytest.raises(FileClash):
        queue.approve(sent.number)
    queue.approve(sent.number, files=["tips/groups.md"])
    assert queue.story.repository.read(queue.story.repository.head(), picture).data == b"ours"
    assert queue.story.exists("tips/groups")


def test_a_suggestion_has_bounds(queue):
    few = queue.opened(suggestion_pages=2)
    three = [(f"tips/number-{number}", "# Tip\n") for number in range(3)]
    with pytest.raises(TooMany):
        few.submit(queue.write(*three))
    with pytest.raises(TooMany):
        few.submit(Write((Attach(PNG, b"x" * 10_485_761),), "", stranger()))
    with pytest.raises(Invalid):
        few.submit(Write((Attach("communications/signal/run.exe", b"x"),), "", stranger()))
    with pytest.raises(Invalid):
        few.submit(queue.write(three[0], three[0]))
    sent = few.submit(queue.write(*three[:2]))
    with pytest.raises(TooMany):
        few.amend(sent.number, queue.write(three[2]), sent.key)


def test_amendments_from_two_windows_are_merged_or_met(queue):
    sent = queue.change(SIGNAL, "Each person", "Everybody")
    opened = queue.get(sent.number).head
    source = queue.story.source(SIGNAL, opened)
    one = queue.write((SIGNAL, source.replace("Signal needs", "It needs")), base=opened)
    other = queue.write((SIGNAL, source.replace("Texts and calls", "Words and calls")), base=opened)
    third = queue.write((SIGNAL, source.replace("Signal needs", "They need")), base=opened)

    queue.suggestions.amend(sent.number, one, sent.key)
    both = queue.suggestions.amend(sent.number, other, sent.key)
    with pytest.raises(EditConflict):
        queue.suggestions.amend(sent.number, third, sent.key)

    text = queue.story.source(SIGNAL, both.head)
    assert all(words in text for words in ("Everybody", "It needs", "Words and calls"))
    assert [entry.event for entry in both.talk] == [Event.AMENDED, Event.AMENDED]


def test_edits_opened_at_different_times_make_one_suggestion(queue):
    early = queue.story.repository.head()
    guide = queue.story.source(GUIDE)
    queue.story.save(GUIDE, guide.replace("How to write", "Writing"))
    late = queue.story.repository.head()
    write = Write(
        (
            Edit(PagePath(GUIDE), early, guide.replace("too short", "too brief")),
            Edit(PagePath(SIGNAL), late, queue.story.source(SIGNAL).replace("Each person", "Everybody")),
        ),
        "Both",
        stranger("Sam"),
    )
    sent = queue.suggestions.submit(write)

    assert queue.get(sent.number).base == late
    queue.approve(sent.number)
    assert "Writing" in queue.story.source(GUIDE)
    assert "too brief" in queue.story.source(GUIDE)


def test_a_second_reviewer_is_told_that_it_is_decided(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    head = queue.get(sent.number).head
    queue.review.approve(sent.number, ANA, head)
    before = queue.story.repository.head()

    with pytest.raises(Conflict) as late:
        queue.review.approve(sent.number, ADA, head)
    assert late.value.code == "suggestion.closed"
    with pytest.raises(Conflict):
        queue.review.decline(sent.number, ADA, "No")
    assert queue.story.repository.head() == before


def test_pages_with_windows_line_ends_keep_them(queue):
    queue.story.commit({"tips/windows.md": "# Tip\r\n\r\nOne.\r\n\r\nTwo.\r\n"})
    sent = queue.submit(("tips/windows", "# Tip\n\nOne.\n\nThree.\n"))
    queue.story.commit({"tips/windows.md": "# Tip\r\n\r\nOnce.\r\n\r\nTwo.\r\n"})

    queue.approve(sent.number)

    data = queue.story.repository.read(queue.story.repository.head(), "tips/windows.md").data
    assert data == b"# Tip\r\n\r\nOnce.\r\n\r\nThree.\r\n"
