"""No save that was answered is ever lost, whoever else saves at the same time."""

from __future__ import annotations

import multiprocessing
import re
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from tests.conftest import Actor, Role, Story, git
from wiki.catalog.facets import Narrowing
from wiki.editing.edit import EditConflict

PROCESSES = 4
SAVES = 6
SHARED = "field/spoke"


def save_a_lot(home: Path, number: int, answers: Queue[Any]) -> None:
    """One server process: it adds lines of its own to a page that all share, to pages of its own, and to a list."""
    try:
        story = Story(home, fsync=True)
        actor = Actor(f"p{number}", f"Person {number}", Role.EDITOR)
        for turn in range(SAVES):
            mark = f"mark-{number}-{turn}"
            while True:
                base = story.repository.head()
                text = story.source(SHARED, base)
                text = re.sub(rf"(## Part {number}\n\n)", rf"\1{mark}.\n", text)
                text = text.replace("platforms: [", f"aliases_{number}_{turn}: {mark}\nplatforms: [")
                try:
                    saved = story.save(SHARED, text, actor, base=base, message=mark)
                except EditConflict:
                    continue
                answers.put((mark, SHARED, saved.revision))
                break
            own = f"tips/own-{number}-{turn}"
            saved = story.save(own, f"# Own\n\n{mark}.\n", actor, base="", message=f"own {mark}")
            answers.put((mark, own, saved.revision))
        story.close()
    except BaseException as error:
        answers.put(("failed", repr(error), ""))
        raise
    finally:
        answers.put(None)


def test_every_answered_save_of_several_processes_is_in_the_history_and_on_the_page(story: Story) -> None:
    parts = "".join(f"\n## Part {number}\n\nEnd of part {number}.\n" for number in range(PROCESSES))
    story.commit({f"{SHARED}.md": story.source(SHARED) + parts})
    context = multiprocessing.get_context("spawn")
    answers: Queue[Any] = context.Queue()
    processes = [context.Process(target=save_a_lot, args=(story.home, number, answers)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    answered = []
    running = PROCESSES
    while running:
        answer = answers.get(timeout=120)
        if answer is None:
            running -= 1
        else:
            answered.append(answer)
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * PROCESSES, answered
    assert len(answered) == PROCESSES * SAVES * 2
    history = story.git("log", "--format=%H").splitlines()
    shared = story.source(SHARED)
    for mark, path, revision in answered:
        assert revision in history
        assert f"{mark}." in (shared if path == SHARED else story.source(path))
        assert path != SHARED or f": {mark}\n" in shared
    # One line of commits, one for each save, nothing damaged and nothing left lying about.
    assert len(history) == len(set(history)) == 4 + len(answered)
    assert story.git("rev-list", "--merges", "HEAD") == ""
    assert git(story.content, "fsck", "--full", "--strict") == ""
    assert story.git("status", "--porcelain") == ""
    assert not list((story.content / ".git").rglob("*.lock"))


def test_a_catalog_read_by_one_process_follows_what_another_saves(story: Story) -> None:
    other = Story(story.home)
    tools = Narrowing({"kind": ["tool"], "page_language": ["en"]})
    for turn in range(5):
        other.save("field/spoke", story.source("field/spoke").replace("title: Spoke", f"title: Spoke {turn}", 1))
        (other if turn % 2 else story).catalog.catch_up()
        for each in (story, other):
            card = each.catalog.card("field/spoke")
            assert card is not None
            assert f"Spoke {turn}" in card.title
            assert [card.title for card in each.facets.list(tools, (), each.today).cards][-1] == card.title
    other.close()
