"""What the branch holds, at the cost of what is new."""

from __future__ import annotations

import subprocess

import pytest

from wiki.storage.command import GitCommand
from wiki.suggestions.branch import Branch
from wiki.suggestions.suggestion import State

GUIDE = "communications/newsletter-basics"


@pytest.fixture
def processes(monkeypatch):
    """The git processes that are started, as a list of their arguments; readers that keep running don't count."""
    started = []
    start = GitCommand.start

    def counted(self, *arguments, **more):
        if arguments[0] != "cat-file":
            started.append(arguments)
        return start(self, *arguments, **more)

    monkeypatch.setattr(GitCommand, "start", counted)
    return started


def fast_import(story, count: int) -> None:
    """Many suggestions, as the engine makes them."""
    base = story.repository.head()
    person = "Sam <anonymous@users.noreply.eastside.example> 1772357400 +0000"
    orders = []
    for number in range(1, count + 1):
        talk = f"Suggestion {number}\n\nSuggestion: {number}\nBase: {base}\nKey: {'0' * 64}\n"
        head = f"Suggest {number}\n\nSuggestion: {number}\n"
        page = f"# Tip {number}\n"
        orders += [
            f"commit refs/suggestions/{number}/talk\ncommitter {person}\ndata {len(talk)}\n{talk}",
            f"commit refs/suggestions/{number}/head\ncommitter {person}\ndata {len(head)}\n{head}from {base}\n"
            f"M 644 inline tips/tip-{number}.md\ndata {len(page)}\n{page}",
        ]
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=story.content, input="\n".join(orders).encode(), check=True)


def test_hundreds_of_suggestions_are_listed_without_a_process_while_nothing_moves(queue, processes):
    story = queue.story
    fast_import(story, 300)
    sent = queue.change(GUIDE, "too short", "too brief")
    assert len(queue.suggestions.open()) == 301

    processes.clear()
    for _ in range(3):
        assert len(queue.suggestions.open()) == 301
        queue.suggestions.get(sent.number)
    assert processes == []

    story.save(GUIDE, story.source(GUIDE).replace("How to write", "Writing"))
    processes.clear()
    assert len(queue.suggestions.open()) == 301
    assert processes == [], "a save is followed by reading its commit"


def test_another_process_reads_them_all_with_a_handful_of_processes(queue, processes):
    for number in range(5):
        queue.change(GUIDE, "too short", f"too brief {number}")
    for _ in range(60):
        queue.story.commit({"tips/count.md": f"# {_}\n"})
    other = queue.opened()
    processes.clear()

    assert len(other.open()) == 5
    assert len(processes) <= 3


def test_only_as_many_merges_are_tried_for_one_list_as_a_reader_can_wait_for(queue, monkeypatch):
    monkeypatch.setattr("wiki.suggestions.queue.MERGES_AT_ONCE", 2)
    for number in range(3):
        queue.change(GUIDE, "too short", f"too brief {number}")
    queue.story.save(GUIDE, queue.story.source(GUIDE).replace("How to write", "Writing"))

    assert [each.conflicted for each in queue.suggestions.open()] == [False, False, None]
    assert [each.conflicted for each in queue.suggestions.open()] == [False, False, False]
    assert queue.get(3).conflicted is False


def test_asking_about_the_same_commit_again_costs_nothing(queue, processes):
    branch = Branch(queue.story.repository)
    old = queue.git("rev-parse", "HEAD~2")
    hidden = queue.git("commit-tree", "-p", "HEAD", "-m", "Hidden", "HEAD^{tree}")
    queue.story.source("about")  # with the git that keeps running
    processes.clear()

    for _ in range(3):
        assert branch.reaches(old)
        assert not branch.reaches(hidden)
    assert len(processes) == 2
    queue.story.commit({"tips/a.md": "# A\n"})
    processes.clear()
    assert branch.reaches(old)
    assert processes == []


def test_what_was_reached_is_not_after_the_branch_was_rewritten(queue):
    branch = Branch(queue.story.repository)
    before = queue.story.repository.head()
    secret = queue.story.commit({"tips/a.md": "# A\n"})
    after = queue.story.commit({"tips/b.md": "# B\n"})
    assert branch.reaches(secret)
    assert branch.reaches(after)

    queue.git("reset", "-q", "--hard", before)

    assert not branch.reaches(secret)
    assert not branch.reaches(after)
    assert branch.reaches(before)


def test_a_commit_becomes_reachable_when_it_is_merged(queue):
    branch = Branch(queue.story.repository)
    side = queue.git("commit-tree", "-p", "HEAD", "-m", "Side", "HEAD^{tree}")
    assert not branch.reaches(side)
    queue.git("merge", "-q", "--no-ff", "-m", "Merge", side)
    assert branch.reaches(side)


def test_trees_and_blobs_are_no_revisions(queue):
    branch = Branch(queue.story.repository)
    assert not branch.reaches(queue.git("rev-parse", "HEAD^{tree}"))
    assert not branch.reaches(queue.git("rev-parse", f"HEAD:{GUIDE}.md"))


def test_a_branch_that_jumps_far_is_followed(queue, monkeypatch):
    monkeypatch.setattr("wiki.suggestions.branch.NEAR", 3)
    sent = queue.change(GUIDE, "too short", "too brief")
    other = queue.change(GUIDE, "too short", "too long")
    assert len(queue.suggestions.open()) == 2
    for number in range(3):
        queue.story.commit({"tips/count.md": f"# {number}\n"})
    queue.git("merge", "-q", "--no-ff", "-m", "Take it", f"refs/suggestions/{sent.number}/head")
    merge = queue.story.repository.head()
    for number in range(10, 15):
        queue.story.commit({"tips/count.md": f"# {number}\n"})

    assert [each.number for each in queue.suggestions.open()] == [other.number]
    assert queue.get(sent.number).merged_as == merge
    assert queue.opened().get(sent.number).merged_as == merge


def test_a_detached_head_and_a_renamed_branch_are_followed_too(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    queue.git("branch", "-m", "main", "trunk")
    assert [each.number for each in queue.suggestions.open()] == [sent.number]
    queue.git("checkout", "-q", "--detach")
    queue.git("merge", "-q", "--no-ff", "-m", "Take it", f"refs/suggestions/{sent.number}/head")
    assert queue.suggestions.open() == ()


def test_packed_refs_are_read_like_others(queue):
    sent = queue.change(GUIDE, "too short", "too brief")
    queue.git("pack-refs", "--all")
    assert queue.opened().get(sent.number).state is State.OPEN
    assert queue.change(GUIDE, "too short", "too long").number == sent.number + 1
