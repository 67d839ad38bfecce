"""Numbers: every suggestion has its own, whoever makes how many at once."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wiki.errors import Unavailable
from wiki.storage.writer import RefMoved, Writer
from wiki.suggestions.access import stranger
from wiki.suggestions.suggestion import State

NOBODY = stranger()

GUIDE = "communications/newsletter-basics"
PROCESS = """
import json, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {here!r}]
from conftest import Story
from suggestions_conftest import Queue

story = Story(Path({home!r}))
queue = Queue(story)
sent = [queue.change({guide!r}, "too short", f"too brief {{sys.argv[1]}} {{n}}", note="Hi") for n in range(5)]
print(json.dumps([[each.number, each.key] for each in sent]))
"""


def test_four_processes_at_once_get_numbers_of_their_own(queue, tmp_path):
    tests = Path(__file__).parents[1]
    # Two files of one name: the second goes by another for these processes.
    (tmp_path / "suggestions_conftest.py").write_text((tests / "suggestions" / "conftest.py").read_text())
    program = PROCESS.format(tests=str(tests), here=str(tmp_path), home=str(queue.story.home), guide=GUIDE)
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(each)], stdout=subprocess.PIPE, cwd=tests.parent)
        for each in range(4)
    ]
    answers = [json.loads(process.communicate(timeout=300)[0]) for process in running]

    sent = [tuple(pair) for answer in answers for pair in answer]
    assert sorted(number for number, _ in sent) == list(range(1, 21))
    for number, key in sent:
        assert queue.suggestions.by_key(number, key).number == number
    assert len(queue.suggestions.open()) == 20
    assert queue.git("fsck", "--strict") == ""


def test_threads_suggest_list_talk_and_approve_side_by_side(queue):
    def work(place: int) -> int:
        sent = queue.submit((f"tips/thread-{place}", f"# Thread {place}\n"))
        queue.suggestions.open()
        queue.suggestions.say(sent.number, NOBODY, "Hi", sent.key)
        queue.approve(sent.number)
        return sent.number

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(work, range(8)))

    assert sorted(numbers) == list(range(1, 9))
    assert queue.suggestions.open() == ()
    assert {each.state for each in queue.suggestions.closed()} == {State.APPROVED}
    assert all(queue.story.exists(f"tips/thread-{place}") for place in range(8))
    assert queue.git("fsck", "--strict") == ""


@pytest.mark.parametrize("end", ["/talk", "/head"])
def test_a_number_that_another_git_takes_at_the_same_moment_is_left_to_it(queue, monkeypatch, end):
    commit = Writer.commit
    taken = []

    def push_first(self, changes, **more):
        ref = more.get("ref") or ""
        if ref.endswith(end) and not taken:
            taken.append(ref)
            queue.git("update-ref", ref, "HEAD")
        return commit(self, changes, **more)

    monkeypatch.setattr(Writer, "commit", push_first)
    assert queue.change(GUIDE, "too short", "too brief").number == 2


def test_it_says_so_when_numbers_are_taken_again_and_again(queue, monkeypatch):
    def moved(self, *changes, **more):
        raise RefMoved(ref="x")

    monkeypatch.setattr(Writer, "update_ref", moved)
    with pytest.raises(Unavailable):
        queue.change(GUIDE, "too short", "too brief")
    assert queue.suggestions.open() == ()


def test_a_process_that_dies_half_way_leaves_nothing_to_be_seen(queue, monkeypatch):
    commit = Writer.commit

    def die(self, changes, **more):
        if (more.get("ref") or "").endswith("/head"):
            raise KeyboardInterrupt
        return commit(self, changes, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            queue.change(GUIDE, "too short", "too brief")

    assert queue.git("for-each-ref", "--format=%(refname)", "refs/suggestions/1") != ""
    assert queue.suggestions.open() == queue.suggestions.closed() == ()
    assert queue.change(GUIDE, "too short", "too brief").number == 2
