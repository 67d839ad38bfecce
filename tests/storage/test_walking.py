from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from gitrepo import NOON, ROSA, commit_files, git

from wiki.errors import NotFound, TooMany
from wiki.storage import walking
from wiki.storage.integrity import unreadable
from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import Writer


def deepen(repository: Repository, writer: Writer, count: int) -> None:
    for number in range(count):
        writer.commit(
            {f"notes/n{number % 5}.md": f"{number}\n".encode()},
            base=repository.head(),
            message=f"Note {number}",
            author=Person(f"P{number % 3}", "p@x"),
            when=NOON + timedelta(minutes=number),
        )


def test_walking_goes_from_the_newest_to_the_first_with_what_each_changed(repository: Repository) -> None:
    walked = list(repository.walk(repository.head()))
    assert [commit.subject for commit, _ in walked] == ["Say more", "Begin"]
    assert [[(c.status, c.path) for c in changes] for _, changes in walked] == [
        [("M", "communications/signal.md")],
        [("A", "communications/signal.md"), ("A", "tips/email.md")],
    ]


def test_a_long_way_back_is_the_same_as_many_short_ones(
    repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    deepen(repository, writer, 30)
    head = repository.head()
    short = list(repository.walk(head))
    monkeypatch.setattr(walking, "SHORT", 7)
    assert list(repository.walk(head)) == short
    assert len(short) == 32
    stop = short[20][0].id
    assert list(repository.walk(head, stop=[stop])) == short[:20]
    assert list(repository.walk(head, limit=12)) == short[:12]


def test_a_history_that_has_lost_a_tree_is_walked_and_one_that_has_lost_a_commit_ends_there(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    deepen(repository, writer, 30)
    head = repository.head()
    whole = list(repository.walk(head))
    monkeypatch.setattr(walking, "SHORT", 7)

    def lose(id: str) -> Repository:
        (folder / ".git/objects" / id[:2] / id[2:]).unlink()
        return Repository(folder)

    lost = lose(whole[12][0].tree)
    walked = list(lost.walk(head))
    assert [commit for commit, _ in walked] == [commit for commit, _ in whole]
    assert [n for n, (_, changes) in enumerate(walked) if changes != whole[n][1]] == [11, 12]
    lost = lose(whole[20][0].id)
    assert [commit for commit, _ in lost.walk(head)] == [commit for commit, _ in whole[:20]]
    said = " ".join(str(problem.params["reason"]) for problem in unreadable(lost))
    assert whole[12][0].tree in said
    assert whole[20][0].id in said


def test_a_merge_is_compared_with_its_first_parent_and_its_side_can_be_walked(
    folder: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repository.head()
    git(folder, "checkout", "-q", "-b", "side")
    side = commit_files(folder, "Side", tips__sms_md="s\n")
    git(folder, "checkout", "-q", "main")
    main = commit_files(folder, "Main", tips__email_md="m\n")
    git(folder, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    head = repository.head()
    for short in (50, 0):
        monkeypatch.setattr(walking, "SHORT", short)
        walked = list(repository.walk(head))
        assert [commit.subject for commit, _ in walked] == ["Merge", "Main", "Say more", "Begin"]
        assert [change.path for change in walked[0][1]] == ["tips/sms.md"]
    assert repository.reachable([head], without=[main]) == [head, side]
    assert [commit.id for commit, _ in repository.walk(head, stop=[main], first_parent=False)] == [head, side]
    assert repository.merge_base(main, side) == base
    assert repository.is_ancestor(side, head)
    assert not repository.is_ancestor(main, side)


def test_the_changes_of_a_commit_are_cut_where_nobody_reads_them(
    folder: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_files(folder, "Many", **{f"many__n{number}_md": "x\n" for number in range(20)})
    commit_files(folder, "After", tips__email_md="m\n")
    monkeypatch.setattr(walking, "MAX_CHANGES", 10)
    for short in (50, 0):
        monkeypatch.setattr(walking, "SHORT", short)
        walked = list(repository.walk(repository.head()))
        assert [(commit.subject, len(changes)) for commit, changes in walked] == [
            ("After", 1),
            ("Many", 10),
            ("Say more", 1),
            ("Begin", 2),
        ]


def test_the_history_of_a_shallow_clone_ends_where_it_was_cut(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", folder.as_uri(), str(tmp_path / "shallow"))
    shallow = Repository(tmp_path / "shallow")
    for short in (50, 0):
        monkeypatch.setattr(walking, "SHORT", short)
        [(commit, changes)] = shallow.walk(shallow.head())
        assert commit.subject == "Say more"
        assert len(changes) == 2


def test_blame_names_who_wrote_each_line_through_a_move(folder: Path, repository: Repository, writer: Writer) -> None:
    git(folder, "mv", "communications/signal.md", "communications/signal-app.md")
    git(folder, "commit", "-qm", "Move")
    writer.commit(
        {"communications/signal-app.md": b"# Signal\n\nTexts and calls.\nFree.\n\xff\n"},
        base=repository.head(),
        message="Add",
        author=ROSA,
        when=NOON,
    )
    lines = repository.blame(repository.head(), "communications/signal-app.md")
    assert [(line.line_no, line.text, line.subject) for line in lines] == [
        (1, "# Signal", "Begin"),
        (2, "", "Begin"),
        (3, "Texts and calls.", "Say more"),
        (4, "Free.", "Add"),
        (5, "\N{REPLACEMENT CHARACTER}", "Add"),
    ]
    assert (lines[3].author, lines[3].when) == (ROSA, NOON)


def test_blame_of_what_is_not_there_or_too_large_is_refused(repository: Repository) -> None:
    with pytest.raises(NotFound):
        repository.blame(repository.head(), "--output=x")
    with pytest.raises(TooMany):
        repository.blame(repository.head(), "tips/email.md", limit=3)


def test_a_file_moved_and_changed_a_little_is_found_under_its_new_name(folder: Path, repository: Repository) -> None:
    text = "".join(f"line {number}\n" for number in range(30))
    old = commit_files(folder, "Long", tips__long_md=text)
    git(folder, "mv", "tips/long.md", "tips/short.md")
    new = commit_files(folder, "Move", tips__short_md=text + "more\n")
    assert repository.renames(old, new) == {"tips/long.md": "tips/short.md"}
    assert list(repository.moves([new, old])) == [{"tips/short.md": "tips/long.md"}, {}]
