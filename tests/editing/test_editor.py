from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.conftest import ANA, BEN, CHRIS, HOST, Actor, Role, Story, git
from wiki.accounts.roles import Permission
from wiki.editing.edit import Attach, Edit, EditConflict, Write
from wiki.editing.signing import one_line
from wiki.errors import Denied, Invalid, TooMany
from wiki.pages.path import PagePath
from wiki.storage.objects import Person

SIGNAL = "communications/signal"
TOOL = """---
title: Zulip
summary: Chat with topics.
categories: [communications]
functions: [team-chat]
cost: {level: free}
status: active
---
Threads.
"""


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_save_is_one_commit_signed_without_an_address_of_the_person(story: Story) -> None:
    before = story.repository.head()
    story.clock.now = datetime(2026, 3, 1, 9, 31, 47, tzinfo=UTC)
    saved = story.save("communications/zulip", TOOL, BEN, message="Add  Zulip\n\nSuggestion: 17")
    assert (saved.changed, saved.merged) == (True, False)
    assert story.git("log", "-1", "--format=%P|%an|%ae|%cn|%ce|%aI|%s|%b") == (
        f"{before}|Ben|ben@users.noreply.{HOST}|Ben|ben@users.noreply.{HOST}|2026-03-01T09:31:00+00:00|"
        "Add Zulip Suggestion: 17|"
    )
    assert story.content.joinpath("communications/zulip.md").read_text() == TOOL
    assert story.git("status", "--porcelain") == ""


def test_trailers_are_the_engines_alone(story: Story) -> None:
    story.save("communications/zulip", TOOL, BEN, message="x\n\nReviewed-by: Ana\r\nMinor-edit: yes", minor=True)
    assert story.git("log", "-1", "--format=%(trailers)") == "Minor-edit: yes"
    write = Write(
        (Edit(PagePath("communications/zulip"), story.repository.head(), TOOL + "More.\n"),),
        "",
        CHRIS,
        affiliation="vendor\nMinor-edit: yes",
        committer=ANA,
        trailers={"Suggestion": "17", "Revert-of": ("a", "b")},
    )
    story.editor.apply(write)
    assert story.git("log", "-1", "--format=%an|%cn|%s|%(trailers:separator=%x3B)") == (
        "Chris|Ana|Update Zulip|Suggestion: 17;Revert-of: a;Revert-of: b;Affiliation: vendor Minor-edit: yes"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana <evil@example.org>", "Ana evil@example.org"),
        ("  \n ", "ana"),
        ("a\nb", "a b"),
        ("x" * 10_000, "x" * 80),
        ("\u202eevil", "evil"),
        ("<>", "ana"),
    ],
)
def test_names_can_not_break_a_commit(story: Story, name: str, shown: str) -> None:
    story.save("communications/zulip", TOOL, Actor("ana", name, Role.EDITOR))
    assert story.git("log", "-1", "--format=%an|%ae") == f"{shown}|ana@users.noreply.{HOST}"
    assert story.editor.person(Actor("ana", name, Role.EDITOR)) == Person(shown, f"ana@users.noreply.{HOST}")


def test_a_text_is_one_line_without_tricks() -> None:
    assert one_line("a\u202e\u2028b\x00c\td\ud800", 100) == "a b c d"
    assert len(one_line("x" * 10_000, 300)) == 300


def test_saving_what_is_there_already_makes_no_commit(story: Story) -> None:
    head = story.repository.head()
    saved = story.save(SIGNAL, story.source(SIGNAL).replace("\n", "\r\n"))
    assert (saved.revision, saved.changed) == (head, False)


def test_two_people_who_edit_different_parts_both_get_their_change(story: Story) -> None:
    base, text = story.repository.head(), story.source(SIGNAL)
    story.save(SIGNAL, changed(text, ("level: free", "level: $")), ANA)
    saved = story.save(SIGNAL, changed(text, ("then joins the group", "and joins")), BEN, base=base)
    assert saved.merged
    assert story.source(SIGNAL) == changed(text, ("level: free", "level: $"), ("then joins the group", "and joins"))


def test_the_same_line_changed_twice_is_a_conflict_and_nothing_is_written(story: Story) -> None:
    base, text = story.repository.head(), story.source(SIGNAL)
    story.save(SIGNAL, changed(text, ("then joins the group", "asks first")), ANA)
    head = story.repository.head()
    with pytest.raises(EditConflict) as raised:
        story.save(SIGNAL, changed(text, ("then joins the group", "and joins")), BEN, base=base)
    conflict = raised.value
    assert story.repository.head() == head
    assert (conflict.head, conflict.base) == (head, base)
    assert [passage.theirs for passage in conflict.passages if passage.both] == [
        "Each person installs the app, and joins. Ask [about us](/about.md#signal) for the link.\n"
    ]
    assert "<<<<" not in conflict.merged


def test_going_back_and_writing_on_is_no_conflict_with_oneself(story: Story) -> None:
    base, text = story.repository.head(), story.source(SIGNAL)
    first = changed(text, ("then joins the group", "asks first"), ("title: Signal", "title: Signal app"))
    story.save(SIGNAL, first, BEN)
    story.save(
        SIGNAL, changed(first, ("asks first", "asks twice, first")).replace("app\n", "app two\n"), BEN, base=base
    )
    assert "asks twice, first" in story.source(SIGNAL) and "title: Signal app two\n" in story.source(SIGNAL)
    # Less of what was added, in a line and in a fact.
    less = changed(
        text, ("then joins the group", "then joins the group, once asked"), ("title: Signal", "title: Signal app")
    )
    more = less.replace("once asked", "once asked for it twice").replace("Signal app", "Signal app three")
    base = story.save(SIGNAL, text, BEN).revision
    story.save(SIGNAL, more, BEN)
    assert story.save(SIGNAL, less, BEN, base=base).changed and story.source(SIGNAL) == less


@pytest.mark.parametrize(
    "change",
    [
        ("then joins the group", "and joins"),
        ("joins the group", "joins the group, too"),
        ("title: Signal", "title: Signals"),
    ],
)
def test_two_forms_of_one_person_never_overwrite_each_other(story: Story, change: tuple[str, str]) -> None:
    base, text = story.repository.head(), story.source(SIGNAL)
    saved = changed(text, ("joins the group", "joins the group, first"), ("title: Signal", "title: Signal app"))
    story.save(SIGNAL, saved, BEN)
    with pytest.raises(EditConflict):
        story.save(SIGNAL, changed(text, change), BEN, base=base)
    assert story.source(SIGNAL) == saved


def test_strangers_are_never_taken_for_the_same_person(story: Story) -> None:
    stranger = Actor("anonymous", "Anonymous", Role.EDITOR)
    base, text = story.repository.head(), story.source(SIGNAL)
    story.save(SIGNAL, changed(text, ("then joins the group", "asks first")), stranger)
    with pytest.raises(EditConflict):
        story.save(SIGNAL, changed(text, ("then joins the group", "and joins")), stranger, base=base)


def test_a_page_deleted_meanwhile_is_a_conflict_that_can_be_decided_by_saving_again(story: Story) -> None:
    base, text = story.repository.head(), story.source(SIGNAL)
    story.save(SIGNAL, None, ANA)
    with pytest.raises(EditConflict) as raised:
        story.save(SIGNAL, text + "More.\n", BEN, base=base)
    assert raised.value.ours is None
    story.save(SIGNAL, raised.value.theirs, BEN, base=raised.value.head)
    assert story.source(SIGNAL).endswith("More.\n")


def test_what_was_written_for_a_page_that_was_moved_meanwhile_is_saved_where_it_is_now(story: Story) -> None:
    base, text = story.repository.head(), story.source(SIGNAL)
    story.moving.move(SIGNAL, "tips/signal-app", ANA)
    story.save(SIGNAL, text.replace("title: Signal\n", "title: Signal Messenger\n"), BEN, base=base)
    moved = story.source("tips/signal-app")
    assert "title: Signal Messenger\n" in moved and "categories: [tips]" in moved and not story.exists(SIGNAL)
    with pytest.raises(EditConflict) as raised:
        story.save(SIGNAL, text.replace("title: Signal\n", "title: Signal again\n"), BEN, base=base)
    met = raised.value
    assert (met.path.text, met.base_path.text) == ("tips/signal-app", SIGNAL) and met.ours == moved
    story.commit({"_wiki/protection.yml": "tips: admin\n"})
    with pytest.raises(Denied):
        story.save(SIGNAL, text + "More.\n", BEN, base=base)


def test_a_page_changed_meanwhile_is_not_deleted_unseen(story: Story) -> None:
    base = story.repository.head()
    story.save(SIGNAL, story.source(SIGNAL) + "More.\n", BEN)
    with pytest.raises(EditConflict):
        story.save(SIGNAL, None, ANA, base=base)
    assert story.exists(SIGNAL)


def test_two_who_begin_the_same_page_do_not_overwrite_each_other(story: Story) -> None:
    story.save("communications/zulip", TOOL, ANA)
    with pytest.raises(EditConflict):
        story.save("communications/zulip", changed(TOOL, ("Threads", "Topics")), BEN, base="")
    assert story.save("communications/zulip", TOOL, BEN, base="").changed is False


@pytest.mark.parametrize("base", ["HEAD", "--output=x", "@{-1}", ":/x", "0" * 40, "f" * 41, "deadbeef"])
def test_a_base_that_is_no_revision_is_refused(story: Story, base: str) -> None:
    with pytest.raises(Invalid) as refused:
        story.save(SIGNAL, "text", BEN, base=base)
    assert refused.value.code == "base.unknown"


def test_every_problem_of_a_page_is_told_with_its_place(story: Story) -> None:
    text = "---\ntitle: X\nsummary: a\nfunctions: [nonsense]\ncost:\n  level: lots\nstatus: active\n---\n"
    with pytest.raises(Invalid) as refused:
        story.save("field/x", text)
    problems = {problem.where: (problem.code, problem.line) for problem in refused.value.problems}
    assert problems == {
        "categories": ("field.required", 1),
        "functions": ("choice.unknown", 4),
        "cost.level": ("choice.unknown", 6),
    }
    allowed = [problem.params["allowed"] for problem in refused.value.problems if problem.where == "cost.level"]
    assert allowed == [("free", "$", "$$", "$$$", "$$$$")]


def test_what_was_wrong_already_does_not_stop_a_person_from_mending_something_else(story: Story) -> None:
    broken = TOOL.replace("level: free", "level: lots").replace("team-chat", "chatter")
    story.commit({"communications/zulip.md": broken})
    story.save("communications/zulip", changed(broken, ("chatter", "team-chat")))
    with pytest.raises(Invalid):
        story.save("communications/zulip", changed(broken, ("level: lots", "level: more")))


@pytest.mark.parametrize("path", ["Communications/zulip", "../x", ".git/config", "a/" + "x" * 81, "communications/-x"])
def test_a_page_can_not_begin_where_none_can_be(story: Story, path: str) -> None:
    with pytest.raises(Invalid):
        story.save(path, "text", ANA)
    assert not (story.content.parent / "x").exists()


@pytest.mark.parametrize(
    ("there", "new"),
    [("notes/Some_Page.md", "notes/some-page"), ("Notes/x.md", "notes/y"), ("a/B/x.md", "a/b/y")],
)
def test_a_page_can_not_begin_where_another_differs_only_in_case(story: Story, there: str, new: str) -> None:
    story.commit({there: "text"})
    with pytest.raises(Invalid) as refused:
        story.save(new, "text", ANA)
    assert refused.value.code == "path.too_similar"


def test_two_new_pages_of_one_write_must_differ_too(story: Story) -> None:
    write = Write((Edit(PagePath("x/café"), "", "a"), Edit(PagePath("x/cafe\u0301"), "", "b")), "", ANA)
    with pytest.raises(Invalid):
        story.editor.apply(write)


def test_a_write_of_several_pages_is_one_commit_or_none(story: Story) -> None:
    head = story.repository.head()
    good, bad = Edit(PagePath("tips/a"), "", "# A\n"), Edit(PagePath("tips/B"), "", "# B\n")
    with pytest.raises(Invalid):
        story.editor.apply(Write((good, bad), "", ANA))
    assert story.repository.head() == head
    saved = story.editor.apply(Write((good, Edit(PagePath(SIGNAL), head, None)), "", ANA))
    assert story.git("show", "--name-status", "--format=", saved.revision) == f"D\t{SIGNAL}.md\nA\ttips/a.md"


def test_who_may_not_edit_is_denied(story: Story) -> None:
    for actor in (CHRIS, Actor("anonymous", "", Role.READER)):
        with pytest.raises(Denied):
            story.save(SIGNAL, "text", actor)
    for path, source in (("about", "text"), ("_wiki/site.yml", "name: X\n"), (SIGNAL, None)):
        with pytest.raises(Denied):
            story.save(path, source, BEN)
    story.save("about", story.source("about") + "More.\n", ANA)
    story.save("_wiki/site.yml", "name: X\n", ANA)
    assert story.settings.at().name == "X"


def test_protection_by_a_role_that_does_not_exist_opens_nothing(story: Story) -> None:
    story.commit({"_wiki/protection.yml": "field: everyone\n"})
    with pytest.raises(Denied):
        story.save("field/spoke", "text", ANA)
    story.save("field/spoke", story.source("field/spoke") + "x\n", Actor("root", "Root", Role.ADMIN))


def test_who_approves_needs_the_right_and_not_who_wrote(story: Story) -> None:
    edit = Edit(PagePath(SIGNAL), story.repository.head(), story.source(SIGNAL) + "More.\n")
    story.editor.apply(Write((edit,), "", CHRIS, committer=ANA, permission=Permission.REVIEW))
    with pytest.raises(Denied):
        story.editor.apply(Write((edit,), "", ANA, committer=CHRIS, permission=Permission.REVIEW))


def test_settings_that_can_not_be_read_are_not_saved(story: Story) -> None:
    for path, text in (
        ("_wiki/site.yml", "name: [\n"),
        ("_wiki/categories.yml", "a: b\n"),
        ("_wiki/protection.yml", "about: everyone\n"),
    ):
        with pytest.raises(Invalid):
            story.save(path, text, ANA)


def test_attachments_are_kept_beside_their_page(story: Story) -> None:
    attach = Attach(f"{SIGNAL}/Map of the east side.png", b"png")
    saved = story.editor.apply(Write((attach,), "", BEN, permission=Permission.ATTACH))
    assert story.git("log", "-1", "--format=%s") == f"Attach {attach.file}"
    assert story.editor.apply(Write((attach,), "", BEN)).revision == saved.revision
    story.editor.apply(Write((Attach(attach.file, None),), "", BEN))
    assert story.repository.entry(story.repository.head(), attach.file) is None
    for file in (
        "x.png",
        "a/x.exe",
        "a/x.html",
        "a/../x.png",
        "a/.png",
        "A/x.png",
        "a/-x.png",
        "a/x\n.png",
        ".git/x.png",
    ):
        with pytest.raises(Invalid):
            story.editor.apply(Write((Attach(file, b""),), "", BEN))
    with pytest.raises(TooMany):
        story.editor.apply(Write((Attach("a/x.png", b"x" * 11_000_000),), "", BEN))
    with pytest.raises(Denied):
        story.editor.apply(Write((Attach("about/x.png", b""),), "", BEN))


def test_text_from_a_browser_is_stored_with_the_line_ends_of_the_page(story: Story) -> None:
    story.save(SIGNAL, (story.source(SIGNAL) + "More.\n").replace("\n", "\r\n"))
    assert "\r" not in story.source(SIGNAL)
    crlf = TOOL.replace("\n", "\r\n")
    story.commit({"communications/zulip.md": crlf})
    story.save("communications/zulip", changed(TOOL, ("Threads", "Topics")))
    assert story.source("communications/zulip") == crlf.replace("Threads", "Topics")


def test_letters_that_are_half_a_character_harm_nothing(story: Story) -> None:
    story.save("tips/half", "# Half\n\n\ud800\n")
    assert story.source("tips/half") == "# Half\n\n?\n"
    with pytest.raises(Invalid) as refused:
        story.save("tips/control", "a\x00b")
    assert refused.value.problems[0].code == "page.control_character"


def test_conflict_markers_are_never_stored(story: Story) -> None:
    with pytest.raises(Invalid) as refused:
        story.save("tips/x", "# X\n\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")
    assert (refused.value.problems[0].code, refused.value.problems[0].line) == ("body.conflict_markers", 3)


def test_a_check_says_what_a_save_would_say_and_writes_nothing(story: Story) -> None:
    head = story.repository.head()
    page = story.editor.check(Write((Edit(PagePath("field/x"), "", TOOL),), "", CHRIS))
    assert page is not None
    assert page.title == "Zulip"
    with pytest.raises(Invalid):
        story.editor.check(Write((Edit(PagePath("field/x"), "", TOOL.replace("free", "lots")),), "", CHRIS))
    assert story.repository.head() == head


def test_another_git_that_moves_the_branch_at_the_same_time_loses_nothing(story: Story) -> None:
    commit = story.writer.commit
    moved: list[str] = []

    def racing(*arguments: object, **options: object) -> str:
        if not moved:
            tree = git(story.content, "rev-parse", "HEAD^{tree}")
            made = git(story.content, "commit-tree", tree, "-p", "HEAD", "-m", "In between")
            moved.append(made)
            git(story.content, "update-ref", "refs/heads/main", made)
        return commit(*arguments, **options)  # type: ignore[arg-type]

    story.writer.commit = racing  # type: ignore[method-assign,assignment]
    saved = story.save(SIGNAL, story.source(SIGNAL) + "More.\n")
    assert story.repository.commit(saved.revision).parents == (moved[0],)
    assert re.search(r"More\.$", story.source(SIGNAL).strip())
