from __future__ import annotations

import random
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from gitrepo import NOON, commit_files, git
from story import Story

from wiki.history.history import History
from wiki.history.names import parse_mailmap
from wiki.history.revision import Revision

SIGNAL = "communications/signal.md"
LONG = "".join(f"Line {number} of a page.\n" for number in range(40))


def subjects(revisions: list[Revision] | list) -> list[str]:
    return [revision.subject for revision in revisions]


def test_the_history_of_a_page_names_who_when_and_why_newest_first(story: Story, history: History) -> None:
    story.save({SIGNAL: "one\n", "tips/email.md": "x\n"}, by="rosa", message="Begin")
    story.save({"tips/email.md": "y\n"}, by="mo", message="Elsewhere")
    new = story.save(
        {SIGNAL: "one\ntwo\n"}, by="mo", message="Say more\n\nBecause.\n\nMinor-edit: yes\nAffiliation: vendor"
    )
    assert history.catch_up() == new
    second, first = history.page("communications/signal")
    assert (second.id, second.author, second.username, second.when) == (new, "Mo", "mo", NOON + timedelta(minutes=3))
    assert (second.subject, second.body, second.minor, second.affiliation) == ("Say more", "Because.", True, "vendor")
    assert (second.status, second.size, second.size_change, second.page) == ("M", 8, 4, "communications/signal")
    assert story.repository.blob(second.blob_id or "") == b"one\ntwo\n"
    assert second.old_id == first.blob_id
    assert (first.author, first.status, first.minor, first.old_id) == ("Rosa", "A", False, None)
    assert history.count("communications/signal") == 2
    assert history.count() == 3
    assert history.last(SIGNAL) == second


def test_what_was_never_there_has_no_history(story: Story, history: History) -> None:
    assert history.catch_up() == ""
    story.save({SIGNAL: "one\n"})
    history.catch_up()
    assert history.page("tips/none") == []
    assert history.last("tips/none") is history.deleted("tips/none") is None
    assert history.count("tips/none") == 0
    assert history.version(SIGNAL, "0" * 40) is None
    assert history.neighbours(SIGNAL, "0" * 40) == (None, None)


def test_a_long_history_is_read_in_portions(story: Story, history: History) -> None:
    for number in range(60):
        story.save({SIGNAL: f"{number}\n"}, message=f"Edit {number}")
    history.catch_up()
    newest = history.page(SIGNAL, limit=20)
    assert subjects(newest) == [f"Edit {number}" for number in range(59, 39, -1)]
    rest = history.page(SIGNAL, limit=100, before=newest[-1].seq)
    assert subjects(rest) == [f"Edit {number}" for number in range(39, -1, -1)]


def test_history_goes_on_under_the_name_a_page_had_before_it_was_moved(story: Story, history: History) -> None:
    begin = story.save({"tips/chat.md": LONG}, message="Begin")
    story.save({"tips/chat.md": LONG + "more\n"}, message="More")
    story.save({"tips/chat.md": None, "tips/talk.md": LONG + "more\n"}, message="Move")
    story.save({"tips/talk.md": None, SIGNAL: LONG + "more\nand more\n"}, message="Move and change")
    story.save({SIGNAL: "short\n"}, message="Shorten")
    history.catch_up()
    found = history.page(SIGNAL)
    assert subjects(found) == ["Shorten", "Move and change", "Move", "More", "Begin"]
    assert [(one.path, one.status, one.moved_from) for one in found[:3]] == [
        (SIGNAL, "M", None),
        (SIGNAL, "R", "tips/talk.md"),
        ("tips/talk.md", "R", "tips/chat.md"),
    ]
    assert history.count(SIGNAL) == 5
    assert found[-1].id == begin and history.version(SIGNAL, begin) == found[-1]
    version = history.version(SIGNAL, found[2].id)
    assert version is not None and version.path == "tips/talk.md"
    gone = history.deleted("tips/talk")
    assert gone is not None and gone.moved_to == SIGNAL


def test_a_page_that_left_a_redirect_was_moved_too(story: Story, history: History) -> None:
    story.save({"tips/chat.md": LONG}, message="Begin")
    story.save({"tips/chat.md": "redirect: x\n", SIGNAL: LONG}, message="Move")
    history.catch_up()
    assert subjects(history.page(SIGNAL)) == ["Move", "Begin"]
    assert [one.moved_to for one in history.page("tips/chat")] == [SIGNAL, None]
    assert history.deleted("tips/chat") is None


def test_another_page_that_had_the_name_before_is_not_part_of_the_history(story: Story, history: History) -> None:
    story.save({SIGNAL: "an old page\n", "tips/chat.md": LONG}, message="Begin")
    story.save({SIGNAL: None}, message="Delete")
    story.save({"tips/chat.md": None, SIGNAL: LONG}, message="Move")
    history.catch_up()
    assert [(one.path, one.subject) for one in history.page(SIGNAL)] == [(SIGNAL, "Move"), ("tips/chat.md", "Begin")]


def test_a_deleted_page_has_its_deletion_and_last_text_until_it_is_back(story: Story, history: History) -> None:
    story.save({SIGNAL: "one\n", "tips/a.md": "a\n"})
    story.save({SIGNAL: None}, by="mo", message="Not ours")
    history.catch_up()
    gone = history.deleted("communications/signal")
    assert gone is not None and gone.old_id is not None
    assert (gone.author, gone.subject, gone.blob_id, gone.size_change) == ("Mo", "Not ours", None, -4)
    assert story.repository.blob(gone.old_id) == b"one\n"
    assert history.version(SIGNAL, story.repository.head()) is None
    story.save({SIGNAL: "again\n"})
    history.catch_up()
    assert history.deleted(SIGNAL) is None
    assert [one.status for one in history.page(SIGNAL)] == ["A", "D", "A"]


def test_neighbours_are_the_revisions_before_and_after_through_moves(story: Story, history: History) -> None:
    a = story.save({"tips/chat.md": LONG})
    b = story.save({"tips/chat.md": None, SIGNAL: LONG})
    other = story.save({"x.md": "x"})
    c = story.save({SIGNAL: "c"})
    history.catch_up()

    def ids(commit: str) -> tuple[str | None, str | None]:
        older, newer = history.neighbours(SIGNAL, commit)
        return older and older.id, newer and newer.id

    assert ids(a) == (None, b)
    assert ids(b) == (a, c)
    assert ids(other) == (b, c)
    assert ids(c) == (b, None)


def test_recent_changes_are_narrowed_by_folder_person_time_and_weight(story: Story, history: History) -> None:
    story.save({SIGNAL: "1"}, by="rosa", message="S1")
    story.save({"tips/email.md": "1"}, by="mo", message="E1")
    story.save({SIGNAL: "2", "tips/email.md": "2"}, by="mo", message="Both")
    story.save({"communications/signal/logo.png": "2"}, by="rosa", message="Logo\n\nMinor-edit: yes")
    story.save({"communications/signal-desktop.md": "2"}, by="rosa", message="Desktop")
    history.catch_up()
    assert subjects(history.recent()) == ["Desktop", "Logo", "Both", "E1", "S1"]
    assert subjects(history.recent(limit=2)) == ["Desktop", "Logo"]
    assert subjects(history.recent(before=history.recent(limit=2)[-1].seq)) == ["Both", "E1", "S1"]
    assert subjects(history.recent(include_minor=False)) == ["Desktop", "Both", "E1", "S1"]
    assert subjects(history.recent(path_prefix="tips")) == ["Both", "E1"]
    assert subjects(history.recent(path_prefix="communications/signal")) == ["Logo", "Both", "S1"]
    assert subjects(history.recent(path_prefix="communications", include_minor=False)) == ["Desktop", "Both", "S1"]
    assert subjects(history.recent(person="mo", path_prefix="communications")) == ["Both"]
    assert subjects(history.recent(paths=["tips/email", "communications/signal-desktop"])) == ["Desktop", "Both", "E1"]
    many = [f"tips/p{number}" for number in range(300)]
    assert subjects(history.recent(paths=[*many, "tips/email"])) == ["Both", "E1"]
    assert subjects(history.recent(since=NOON + timedelta(minutes=4))) == ["Desktop", "Logo"]
    assert subjects(history.recent(person="rosa", include_minor=False)) == ["Desktop", "S1"]
    assert subjects(history.by("mo", since=NOON + timedelta(minutes=3))) == ["Both"]
    assert subjects(history.by("rosa", paths=["communications/signal"])) == ["S1"]
    both = history.recent()[2]
    assert [touch.path for touch in both.touches] == [SIGNAL, "tips/email.md"]
    assert both.changed == 2


def test_a_person_has_all_they_did_under_every_name_that_mailmap_joins(story: Story, history: History) -> None:
    story.save({"a.md": "1"}, by="rosa", message="A")
    story.save({"a.md": "2"}, by="mo", message="B")
    story.save({"a.md": "3"}, by="old-rosa", message="C")
    history.catch_up()
    assert subjects(history.by("rosa")) == ["A"]
    mailmap = "# who is who\nRosa L. <rosa@users.noreply.wiki.example> <old-rosa@users.noreply.wiki.example>\n"
    story.save({".mailmap": mailmap + "Rosa L. <rosa@users.noreply.wiki.example>\nbroken <\n"}, by="mo")
    history.catch_up()
    assert subjects(history.by("rosa")) == ["C", "A"]
    assert history.by("old-rosa") == []
    assert {revision.author for revision in history.page("a")} == {"Rosa L.", "Mo"}


def test_an_approved_suggestion_names_its_author_and_its_number(story: Story, history: History) -> None:
    base = story.save({SIGNAL: "1"}, by="mo")
    side = story.save({SIGNAL: "2"}, by="ada", on="refs/suggestions/17/head", base=base)
    side = story.save({SIGNAL: "3"}, by="ben", on="refs/suggestions/17/head", base=side)
    message = "Better\n\nSuggestion: 17\nReviewed-by: mo"
    new = story.save({SIGNAL: "3"}, by="ada", message=message, also=(side,), committer="mo")
    history.catch_up()
    newest = history.last(SIGNAL)
    assert newest is not None
    assert (newest.id, newest.author) == (new, "Ada")
    assert (newest.suggestion, newest.also) == (17, ("Ben",))
    assert subjects(history.by("ben")) == ["Better"]
    assert history.count(SIGNAL) == 2
    assert history.place(side) == 0


def test_a_merge_made_with_git_is_one_event_and_names_everybody(story: Story, history: History) -> None:
    story.save({SIGNAL: "1"}, by="mo")
    folder = story.repository.path
    git(folder, "checkout", "-q", "-b", "side")
    commit_files(folder, "Side", tips__sms_md="s\n")
    git(folder, "checkout", "-q", "main")
    commit_files(folder, "Main", tips__email_md="m\n")
    git(folder, "merge", "-q", "--no-ff", "-m", "Merge", "side", GIT_AUTHOR_NAME="Rosa", GIT_AUTHOR_EMAIL="r@x")
    history.catch_up()
    assert subjects(history.recent()) == ["Merge", "Main", "Save"]
    merge = history.recent()[0]
    assert (merge.author, merge.also, [touch.path for touch in merge.touches]) == ("Rosa", ("Mo",), ["tips/sms.md"])


def test_a_revert_points_at_what_it_takes_back(story: Story, history: History) -> None:
    story.save({SIGNAL: "1"})
    bad = story.save({SIGNAL: "2"})
    story.save({SIGNAL: "1"}, message=f"Take back\n\nRevert-of: {bad}")
    git(story.repository.path, "revert", "--no-edit", "HEAD")
    history.catch_up()
    by_git, ours = history.recent(limit=2)
    assert ours.revert_of == bad
    assert by_git.revert_of == ours.id


def test_catching_up_step_by_step_is_the_same_as_from_nothing(story: Story, history: History, tmp_path: Path) -> None:
    for number in range(12):
        story.save({SIGNAL: f"{number}", f"tips/t{number % 3}.md": f"{number}"}, by=f"p{number % 4}")
        if number % 3 == 0:
            history.catch_up()
    history.catch_up()
    anew = History(story.repository, tmp_path / "anew.sqlite3")
    done: list[tuple[int, int]] = []
    anew.catch_up(progress=lambda *step: done.append(step))
    assert done == [(12, 12)]
    assert anew.recent() == history.recent()
    assert anew.page(SIGNAL) == history.page(SIGNAL)
    before = history.recent()
    history.catch_up(full=True)
    assert history.recent() == before


def test_what_a_rewritten_branch_no_longer_has_is_forgotten(story: Story, history: History) -> None:
    keep = story.save({SIGNAL: "1"}, message="Keep")
    story.save({SIGNAL: "2", "tips/x.md": "x"}, message="Lost")
    history.catch_up()
    git(story.repository.path, "reset", "-q", "--hard", keep)
    history.catch_up()
    assert subjects(history.recent()) == ["Keep"]
    assert history.page("tips/x") == []
    story.save({SIGNAL: "3"}, message="Other")
    history.catch_up()
    assert subjects(history.page(SIGNAL)) == ["Other", "Keep"]
    git(story.repository.path, "checkout", "-q", "--orphan", "anew")
    commit_files(story.repository.path, "All new", only_md="x")
    history.catch_up()
    assert subjects(history.recent()) == ["All new"]


def test_history_deleted_or_damaged_while_running_is_made_anew(story: Story, history: History, tmp_path: Path) -> None:
    story.save({SIGNAL: "1"})
    history.catch_up()
    file = tmp_path / "search_index" / "history.sqlite3"
    for damage in (lambda: [path.unlink() for path in file.parent.iterdir()], lambda: file.write_bytes(b"x" * 9_000)):
        damage()
        history.catch_up()
        assert subjects(history.page(SIGNAL)) == ["Save"]


def test_questions_run_no_process(story: Story, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    story.save({SIGNAL: "1", ".mailmap": "R <rosa@users.noreply.wiki.example>\n"})
    new = story.save({SIGNAL: "2"})
    history.catch_up()
    history.recent()

    def started(*arguments: object, **named: object) -> None:
        raise AssertionError(f"a process was started: {arguments}")

    monkeypatch.setattr("subprocess.Popen.__init__", started)
    assert history.catch_up() == new
    assert len(history.page(SIGNAL)) == len(history.recent()) == len(history.by("rosa")) == 2
    assert history.version(SIGNAL, new)
    assert history.neighbours(SIGNAL, new)[0]


def test_names_that_are_not_utf8_and_submodules_have_no_history_and_do_no_harm(story: Story, history: History) -> None:
    story.save({SIGNAL: "1"})
    folder = story.repository.path
    head = story.repository.head()
    blob = git(folder, "rev-parse", f"HEAD:{SIGNAL}").strip().encode()
    given = b"100644 %s\ttips/caf\xe9.md\x00160000 %s\tmodule\0" % (blob, head.encode())
    git(folder, "update-index", "-z", "--index-info", given=given)
    git(folder, "commit", "-qm", "Odd")
    history.catch_up()
    assert [(event.subject, event.changed) for event in history.recent()] == [("Odd", 0), ("Save", 1)]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_catching_up_is_the_same_as_from_nothing(
    story: Story, history: History, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    names = [f"tips/p{number}.md" for number in range(5)] + ["field/x.md", ".mailmap"]
    commits = [story.save({names[0]: LONG})]
    for step in range(30):
        there = {entry.path: entry.id for entry in story.repository.entries(commits[-1])}
        name, other = chance.choice(names), chance.choice(names)
        doing = chance.choice(["save", "save", "save", "delete", "move", "back", "look"])
        if doing == "save":
            story.save({name: LONG + f"{step}\n", other: f"{step}\n"}, by=chance.choice(["rosa", "mo"]))
        elif doing == "delete" and name in there and len(there) > 1:
            story.save({name: None})
        elif doing == "move" and name in there and other not in there:
            text = story.repository.blob(there[name]).decode()
            story.save({name: None, other: text + ("more\n" if chance.random() < 0.5 else "")})
        elif doing == "back" and len(commits) > 3:
            git(story.repository.path, "reset", "-q", "--hard", chance.choice(commits[-3:]))
        elif doing == "look":
            history.catch_up()
        commits.append(story.repository.head())
    history.catch_up()
    anew = History(story.repository, tmp_path / "anew.sqlite3")
    anew.catch_up()
    assert anew.recent(limit=100) == history.recent(limit=100)
    for name in names:
        assert anew.page(name, limit=100) == history.page(name, limit=100)
        assert history.count(name) == len(history.page(name, limit=100))
        last = history.last(name)
        if last is not None:
            entry = story.repository.entry(story.repository.head(), name)
            assert (entry.id if entry is not None else None) == last.blob_id
            assert history.version(name, last.id) == (last if last.blob_id else None)
    assert history.count() == len(list(story.repository.walk(story.repository.head())))


def test_several_that_catch_up_at_once_record_everything_once(story: Story, history: History, tmp_path: Path) -> None:
    others = [History(story.repository, tmp_path / "search_index" / "history.sqlite3") for _ in range(3)]
    ended = threading.Event()
    failed: list[BaseException] = []

    def follow(one: History) -> None:
        try:
            while not ended.is_set():
                one.catch_up()
                found = one.page(SIGNAL, limit=100)
                assert [revision.seq for revision in found] == list(range(len(found), 0, -1))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=follow, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for number in range(25):
        story.save({SIGNAL: f"{number}\n"})
    ended.set()
    for thread in threads:
        thread.join()
    assert failed == []
    history.catch_up()
    assert history.count(SIGNAL) == history.count() == 25


def test_while_another_process_records_questions_are_answered_from_before(
    story: Story, history: History, tmp_path: Path
) -> None:
    before = story.save({SIGNAL: "1"})
    history.catch_up()
    story.save({SIGNAL: "2"})
    with FileLock(tmp_path / "search_index" / "history.sqlite3.lock"):
        assert history.catch_up(wait=0.05) == before
        assert len(history.page(SIGNAL)) == 1
    assert history.catch_up() == story.repository.head()


def test_lines_of_blanks_in_a_mailmap_cost_no_time_and_say_nothing() -> None:
    text = (" " * 998 + "\n") * 1_000 + "  Ana Ruiz\t<new@a.example> Ana  < old@a.example>  # since May\n"
    names = parse_mailmap("", text)
    assert dict(names.by_both) == {("ana", " old@a.example"): ("Ana Ruiz", "new@a.example")}
    assert not names.by_email
