from __future__ import annotations

from story import Story

from wiki.history import blame as module
from wiki.history.blame import _kept, authors, blame
from wiki.history.history import History
from wiki.storage.recent import Recent


def test_every_line_of_the_body_has_its_author_under_the_name_of_today(story: Story, history: History) -> None:
    begin = story.save({"tips/chat.md": "---\ntitle: Chat\n---\n\nOne.\n" + "Same.\n" * 20}, by="rosa")
    story.save({"tips/chat.md": None, "tips/talk.md": "---\ntitle: Chat\n---\n\nOne.\n" + "Same.\n" * 20}, by="mo")
    story.save({"tips/talk.md": "---\ntitle: Talk\n---\n\nOne.\nTwo.\n" + "Same.\n" * 20}, by="mo", message="Two")
    story.save({".mailmap": "Ruth <rosa@users.noreply.wiki.example>\n"}, by="mo")
    lines = blame(story.repository, history.names(), story.repository.head(), "tips/talk.md")[4:]
    assert [(line.number, line.text, line.author, line.subject) for line in lines[:3]] == [
        (5, "One.", "Ruth", "Save"),
        (6, "Two.", "Mo", "Two"),
        (7, "Same.", "Ruth", "Save"),
    ]
    assert (lines[0].commit, lines[0].username) == (begin, "rosa")


def told(found: list) -> list[tuple[str, str, str | None]]:
    return [(line.text, line.commit, line.username) for line in found]


def test_the_history_alone_knows_who_wrote_each_line(story: Story, history: History, monkeypatch) -> None:
    path = "tips/chat.md"
    story.save({path: "---\ntitle: Chat\n---\nOne.\nTwo.\nThree.\n"}, by="rosa")
    story.save({"tips/other.md": "---\ntitle: Other\n---\nElse.\n"}, by="mo")
    story.save({path: "---\ntitle: Chat\n---\nZero.\nOne.\nTwo and a half.\nThree.\n"}, by="mo")
    story.save({path: None, "tips/talk.md": "---\ntitle: Chat\n---\nZero.\nOne.\nTwo and a half.\nThree.\n"}, by="rosa")
    story.save({"tips/talk.md": "---\ntitle: Chat\n---\nOne.\nTwo and a half.\nFour.\n"}, by="ben")
    history.catch_up()
    head = story.repository.head()
    by_git = told(blame(story.repository, history.names(), head, "tips/talk.md"))
    monkeypatch.setattr(story.repository, "blame", None)
    assert told(authors(story.repository, history, head, "tips/talk.md").lines) == by_git
    assert [line[2] for line in by_git] == ["rosa", "rosa", "rosa", "rosa", "mo", "ben"]


def test_where_the_history_lags_behind_or_work_was_merged_git_is_asked(
    story: Story, history: History, monkeypatch
) -> None:
    story.save({"tips/chat.md": "---\ntitle: Chat\n---\nOne.\n"}, by="rosa")
    asked = []
    monkeypatch.setattr(story.repository, "blame", lambda *given, **more: asked.append(given) or [])
    assert authors(story.repository, history, story.repository.head(), "tips/chat.md").lines == []
    assert asked


def test_lines_older_than_so_many_versions_are_told_by_going_on_from_there(
    story: Story, history: History, monkeypatch
) -> None:
    path = "tips/chat.md"
    kept = "First.\nSecond.\n"
    begin = story.save({path: kept}, by="rosa")
    saves = [story.save({path: f"{kept}Number {number}.\n"}, by="mo") for number in range(30)]
    history.catch_up()
    monkeypatch.setattr("wiki.history.blame.MAX_REVISIONS", 20)
    monkeypatch.setattr(story.repository, "blame", None)
    found = authors(story.repository, history, story.repository.head(), path)
    assert [(line.text, line.commit) for line in found.lines] == [
        ("First.", ""),
        ("Second.", ""),
        ("Number 29.", saves[-1]),
    ]
    assert found.older == saves[9]
    older = authors(story.repository, history, story.repository.head(), path, at=found.older)
    assert [(line.text, line.commit) for line in older.lines] == [
        ("First.", begin),
        ("Second.", begin),
        ("Number 9.", saves[9]),
    ]
    assert older.older == ""


def test_two_versions_are_compared_once_and_after_a_save_only_what_is_new(
    story: Story, history: History, monkeypatch
) -> None:
    compared = []
    monkeypatch.setattr(module, "_compared", Recent(1_000, len))
    monkeypatch.setattr(module, "_kept", lambda *both: compared.append(both) or _kept(*both))
    path, lines = "tips/chat.md", ["One.", "Two.", "Three.", "Four."]
    for number in range(12):
        lines[number % 3 : number % 3 + number % 2] = [f"Number {number}."]
        story.save({path: "\n".join(lines) + "\n"}, by=("rosa", "mo", "ben")[number % 3])
    history.catch_up()
    first = told(authors(story.repository, history, story.repository.head(), path).lines)
    count = len(compared)
    assert told(authors(story.repository, history, story.repository.head(), path).lines) == first
    assert len(compared) == count > 5
    story.save({path: "\n".join(["New.", *lines]) + "\n"}, by="mo")
    history.catch_up()
    head = story.repository.head()
    assert told(authors(story.repository, history, head, path).lines)[1:] == first
    assert len(compared) == count + 1
    assert told(blame(story.repository, history.names(), head, path))[1:] == first
