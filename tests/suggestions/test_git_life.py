"""The life of a suggestion with git commands alone, and what the browser makes of it."""

from __future__ import annotations

from subprocess import run

import pytest

from wiki.accounts.roles import Role
from wiki.editing.edit import Actor
from wiki.errors import Gone
from wiki.suggestions.access import stranger
from wiki.suggestions.suggestion import Event, State

ANA = Actor("ana", "Ana", Role.MAINTAINER)
GUIDE = "communications/newsletter-basics"


@pytest.fixture
def clone(queue, tmp_path):
    """A maintainer's clone that fetches the suggestions too; call it with git arguments."""
    folder = tmp_path / "clone"
    queue.git("config", "receive.denyCurrentBranch", "updateInstead")
    queue.git("clone", "-q", str(queue.story.content), str(folder))

    def git(*arguments: str, check: bool = True) -> str:
        person = ("-c", "user.name=Gil", "-c", "user.email=gil@git.example")
        done = run(["git", *person, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    git.folder = folder
    git("config", "--add", "remote.origin.fetch", "+refs/suggestions/*:refs/suggestions/*")
    return git


def test_git_lists_shows_and_merges_a_suggestion_which_closes_it_in_the_browser(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief", affiliation="vendor", message="Say it better", note="Look!")
    queue.story.clock.advance(hours=1)
    queue.story.commit({"tips/other.md": "# Other\n"})

    clone("fetch", "-q")
    assert clone("for-each-ref", "--format=%(refname)", "refs/suggestions").split() == [
        "refs/suggestions/1/head",
        "refs/suggestions/1/talk",
        "refs/suggestions/last",
    ]
    assert clone("log", "--format=%an|%s|%(trailers:key=Affiliation,valueonly)", "main..refs/suggestions/1/head") == (
        "Sam|Say it better|vendor"
    )
    assert "+When [[Signal]] is too brief." in clone("diff", "main...refs/suggestions/1/head")
    assert "Look!" in clone("log", "refs/suggestions/1/talk")
    clone("reset", "-q", "--hard", "origin/main")
    clone("merge", "-q", "--no-ff", "-m", "Take the suggestion", "refs/suggestions/1/head")
    clone("push", "-q", "origin", "main")

    followed = queue.suggestions.by_key(sent.number, sent.key)
    assert (followed.state, followed.merged_as) == (State.APPROVED, clone("rev-parse", "main"))
    assert queue.suggestions.open() == ()
    assert [each.number for each in queue.suggestions.closed()] == [sent.number]
    assert followed.paths == (f"{GUIDE}.md",)
    assert "too brief" in queue.story.source(GUIDE)
    assert queue.opened().get(sent.number).state is State.APPROVED, "another process, later, sees the same"


@pytest.mark.parametrize("way", ["fast-forward", "cherry-pick", "rebase", "by way of another branch", "octopus"])
def test_every_way_of_merging_closes_it(queue, clone, way):
    sent = queue.change(GUIDE, "too short", "too brief")
    other = queue.change("glossary/gotv", "reminded", "asked", message="Other")
    if way != "fast-forward":
        queue.story.commit({"tips/other.md": "# Other\n"})
    assert [each.number for each in queue.suggestions.open()] == [sent.number, other.number]
    clone("pull", "-q", "--ff-only")
    ref = f"refs/suggestions/{sent.number}/head"
    if way == "fast-forward":
        clone("merge", "-q", "--ff-only", ref)
    elif way == "cherry-pick":
        clone("cherry-pick", ref)
    elif way == "rebase":
        clone("checkout", "-q", "-b", "work", ref)
        clone("rebase", "-q", "main")
        clone("checkout", "-q", "main")
        clone("merge", "-q", "--ff-only", "work")
    elif way == "octopus":
        clone("merge", "-q", "-m", "Take both", ref, f"refs/suggestions/{other.number}/head")
    else:
        clone("checkout", "-q", "-b", "work")
        clone("merge", "-q", "--no-ff", "-m", "Take it", ref)
        clone("commit", "-q", "--allow-empty", "-m", "Think about it")
        clone("checkout", "-q", "main")
        clone("merge", "-q", "--no-ff", "-m", "Take all", "work")
    clone("push", "-q", "origin", "main")

    waiting = [] if way == "octopus" else [other.number]
    for suggestions in (queue.suggestions, queue.opened()):
        assert suggestions.get(sent.number).state is State.APPROVED
        assert [each.number for each in suggestions.open()] == waiting


def test_what_a_maintainer_pushes_to_the_ref_is_what_the_browser_shows(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief")
    queue.review.ask(sent.number, ANA, "I shall do it myself.")
    assert queue.get(sent.number).state is State.CHANGES_ASKED
    clone("fetch", "-q")
    clone("checkout", "-q", f"refs/suggestions/{sent.number}/head")
    page = clone.folder / f"{GUIDE}.md"
    page.write_text(page.read_text().replace("too brief", "very short"))
    clone("commit", "-qam", "Put it otherwise")
    clone("push", "-q", "origin", f"HEAD:refs/suggestions/{sent.number}/head")

    changed = queue.get(sent.number)
    assert changed.state is State.OPEN, "the question was about what it was before"
    assert [(entry.event, entry.author) for entry in changed.talk] == [(Event.ASKED, "Ana"), (Event.AMENDED, "Gil")]
    assert changed.author_name == "Sam"
    assert "very short" in queue.review.preview(sent.number).parts[0].part.merged
    queue.approve(sent.number)
    assert "very short" in queue.story.source(GUIDE)


def test_a_maintainer_may_rewrite_it_on_top_of_the_branch(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief", note="Hi")
    queue.story.commit({GUIDE + ".md": queue.story.source(GUIDE).replace("How to write", "Writing")})
    clone("pull", "-q", "--ff-only")
    clone("checkout", "-q", f"refs/suggestions/{sent.number}/head")
    clone("rebase", "-q", "main")
    clone("push", "-q", "--force", "origin", f"HEAD:refs/suggestions/{sent.number}/head")

    moved = queue.suggestions.by_key(sent.number, sent.key)
    assert (moved.state, moved.base) == (State.OPEN, queue.story.repository.head())
    assert (moved.paths, moved.author_name) == ((f"{GUIDE}.md",), "Sam")
    queue.approve(sent.number)
    assert "Writing" in queue.story.source(GUIDE)
    assert "too brief" in queue.story.source(GUIDE)


def test_the_branch_may_be_merged_into_a_suggestion(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief")
    queue.story.commit({"tips/other.md": "# Other\n"})
    clone("pull", "-q", "--ff-only")
    clone("checkout", "-q", f"refs/suggestions/{sent.number}/head")
    clone("merge", "-q", "-m", "Catch up", "main")
    clone("push", "-q", "origin", f"HEAD:refs/suggestions/{sent.number}/head")

    assert queue.get(sent.number).paths == (f"{GUIDE}.md",), "what the branch brought is no part of it"
    queue.approve(sent.number)
    assert queue.suggestions.open() == ()
    assert queue.git("fsck", "--strict") == ""


def test_a_suggestion_can_be_made_and_declined_with_git_alone(queue, clone):
    clone("checkout", "-q", "-b", "mine")
    (clone.folder / "tips" / "new.md").write_text("# New\n")
    (clone.folder / "tips" / "newer.md").write_text("# Newer\n")
    for name in ("new", "newer"):
        clone("add", f"tips/{name}.md")
        clone("commit", "-qm", f"Add {name}")
    clone("push", "-q", "origin", "HEAD:refs/suggestions/40/head")

    found = queue.get(40)
    assert (found.title, found.author_name, found.author_username) == ("Add new", "Gil", "")
    assert found.paths == ("tips/new.md", "tips/newer.md")
    assert [queue.change(GUIDE, "too short", f"too brief {n}").number for n in range(2)] == [41, 42]

    clone("checkout", "-q", "--orphan", "talk")
    clone("commit", "-q", "--allow-empty", "-m", "No, thanks", "-m", "We have it.", "-m", "Event: declined")
    clone("push", "-q", "origin", "HEAD:refs/suggestions/40/talk")
    declined = queue.get(40)
    assert (declined.state, declined.talk[-1].event) == (State.DECLINED, Event.DECLINED)
    assert declined.talk[-1].text == "We have it."


def test_a_plain_commit_in_the_talk_is_something_said(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief")
    clone("fetch", "-q")
    clone("checkout", "-q", f"refs/suggestions/{sent.number}/talk")
    clone("commit", "-q", "--allow-empty", "-m", "I like it", "-m", "And you?")
    clone("push", "-q", "origin", f"HEAD:refs/suggestions/{sent.number}/talk")

    found = queue.suggestions.by_key(sent.number, sent.key)
    assert (found.state, found.talk[-1].event, found.talk[-1].text) == (State.OPEN, Event.SAID, "I like it\n\nAnd you?")


def test_deleting_the_ref_closes_it_and_its_number_and_link_never_mean_another(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief")
    clone("push", "-q", "origin", f":refs/suggestions/{sent.number}/head", f":refs/suggestions/{sent.number}/talk")

    assert queue.suggestions.open() == ()
    with pytest.raises(Gone):
        queue.suggestions.by_key(sent.number, sent.key)
    again = queue.change(GUIDE, "too short", "too brief")
    assert again.number == sent.number + 1
    assert queue.suggestions.by_key(again.number, again.key)


def test_a_key_opens_one_suggestion_only_and_is_not_to_be_found_in_git(queue):
    first, second = (queue.change(GUIDE, "too short", text) for text in ("too brief", "too long"))

    for number, key in ((first.number, second.key), (second.number, first.key)):
        with pytest.raises(Exception, match=r"suggestion\.not_found"):
            queue.suggestions.by_key(number, key)
    everything = queue.git("log", "--all", "--format=raw") + queue.git("for-each-ref")
    assert f"Suggestion {first.number}" in everything
    assert first.key not in everything


def test_going_on_with_a_merged_suggestion_opens_it_again(queue, clone):
    sent = queue.change(GUIDE, "too short", "too brief")
    clone("fetch", "-q")
    clone("merge", "-q", "--no-ff", "-m", "Take it", f"refs/suggestions/{sent.number}/head")
    clone("push", "-q", "origin", "main")
    assert queue.get(sent.number).state is State.APPROVED

    clone("checkout", "-q", f"refs/suggestions/{sent.number}/head")
    page = clone.folder / f"{GUIDE}.md"
    page.write_text(page.read_text() + "\nMore.\n")
    clone("commit", "-qam", "More")
    clone("push", "-q", "origin", f"HEAD:refs/suggestions/{sent.number}/head")

    for suggestions in (queue.suggestions, queue.opened()):
        assert suggestions.get(sent.number).state is State.OPEN


def test_a_merge_that_is_taken_back_by_force_is_none(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    before = queue.story.repository.head()
    queue.git("merge", "-q", "--no-ff", "-m", "Take it", f"refs/suggestions/{sent.number}/head")
    assert queue.suggestions.open() == ()

    queue.git("reset", "-q", "--hard", before)

    assert [each.number for each in queue.suggestions.open()] == [sent.number]
    assert queue.suggestions.by_key(sent.number, sent.key).state is State.OPEN


def test_refs_that_hold_something_else_are_no_suggestions(queue):
    blob = queue.git("rev-parse", f"HEAD:{GUIDE}.md")
    queue.git("update-ref", "refs/suggestions/7/head", blob)
    queue.git("update-ref", "refs/suggestions/8/head", "HEAD")
    queue.git("update-ref", "refs/suggestions/9/talk", "HEAD")
    queue.git("update-ref", "refs/suggestions/010/head", "HEAD~1")
    sent = queue.change(GUIDE, "too short", "too brief")

    assert [each.number for each in queue.suggestions.open()] == [sent.number]
    assert queue.suggestions.get(sent.number).author_name == stranger("Sam").display_name


def test_a_number_that_was_once_a_git_suggestion_s_does_not_inherit_its_fate(queue, clone):
    queue.git(
        "update-ref", "refs/suggestions/2/head", queue.git("commit-tree", "-p", "HEAD", "-m", "Old", "HEAD^{tree}")
    )
    assert queue.change(GUIDE, "How to", "How you").number == 3
    queue.story.commit({"tips/new.md": "# New\n"}, message="Take it\n\nSuggestion: 4")
    queue.suggestions.open()
    queue.story.clock.advance(minutes=1)

    sent = queue.change(GUIDE, "too short", "too brief")
    assert sent.number == 4
    queue.story.commit({"tips/newer.md": "# Newer\n"})
    assert queue.get(sent.number).state is State.OPEN


def test_losing_the_ref_that_remembers_the_last_number_takes_no_number_twice(queue):
    first = queue.change(GUIDE, "too short", "too brief")
    queue.git("update-ref", "-d", "refs/suggestions/last")
    assert queue.change(GUIDE, "too short", "too long").number == first.number + 1
