from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import ANA, BEN, CHRIS, NOW, Actor, Role, Story
from wiki.accounts.roles import Permission
from wiki.editing.deleting import delete
from wiki.editing.edit import Attach, EditConflict, Saved, Write
from wiki.editing.reverting import restore, revert
from wiki.errors import Denied, Invalid, NotFound
from wiki.pages.path import PagePath

SIGNAL = PagePath("communications/signal")
ERIN = Actor("erin", "Erin", Role.EDITOR)


def take_back(story: Story, path: str, commit: str, actor: Actor = BEN, **more: PagePath) -> Saved:
    return story.editor.apply(revert(story.repository, story.store, PagePath(path), commit, actor, **more))


def put_back(story: Story, path: str, commit: str, actor: Actor = BEN, **more: PagePath) -> Saved:
    head = story.repository.head()
    return story.editor.apply(restore(story.repository, story.store, PagePath(path), commit, head, actor, **more))


def test_a_change_is_taken_back_over_what_others_did_since(story: Story) -> None:
    before = story.source(SIGNAL.text)
    bad = story.save(SIGNAL.text, before.replace("level: free", "level: $$$").replace("then joins", "never joins"))
    after = story.save(SIGNAL.text, story.source(SIGNAL.text) + "\nMore.\n", ANA)
    saved = take_back(story, SIGNAL.text, bad.revision)
    assert saved.changed
    assert story.source(SIGNAL.text) == before + "\nMore.\n"
    assert story.git("log", "-1", "--format=%s|%(trailers)") == (f'Take back "Update Signal"|Revert-of: {bad.revision}')
    assert story.repository.commit(saved.revision).parents == (after.revision,)


def test_taking_back_what_others_have_built_upon_is_a_conflict(story: Story) -> None:
    text = story.source(SIGNAL.text)
    bad = story.save(SIGNAL.text, text.replace("then joins", "never joins"))
    story.save(SIGNAL.text, text.replace("then joins", "seldom joins"), ANA)
    head = story.repository.head()
    with pytest.raises(EditConflict):
        take_back(story, SIGNAL.text, bad.revision)
    assert story.repository.head() == head


def test_taking_back_twice_changes_nothing(story: Story) -> None:
    text = story.source(SIGNAL.text)
    bad = story.save(SIGNAL.text, text + "Bad.\n")
    take_back(story, SIGNAL.text, bad.revision)
    assert take_back(story, SIGNAL.text, bad.revision).changed is False
    assert story.source(SIGNAL.text) == text


def test_taking_back_a_deletion_brings_the_page_back_and_taking_back_a_page_deletes_it(story: Story) -> None:
    gone = story.save("field/spoke", None, ANA)
    take_back(story, "field/spoke", gone.revision)
    assert story.exists("field/spoke")
    made = story.save("tips/spam", "# Spam\n", ERIN)
    with pytest.raises(Denied):
        take_back(story, "tips/spam", made.revision, BEN)
    take_back(story, "tips/spam", made.revision, ANA)
    assert not story.exists("tips/spam")


def test_the_first_commit_of_all_can_be_taken_back(story: Story) -> None:
    first = story.git("rev-list", "--max-parents=0", "HEAD")
    take_back(story, "about", first, ANA)
    assert not story.exists("about")


@pytest.mark.parametrize("path", ["about", "field/nothing", "communications/signal/none.png"])
def test_what_a_change_left_alone_is_not_taken_back(story: Story, path: str) -> None:
    other = story.save(SIGNAL.text, story.source(SIGNAL.text) + "More.\n")
    with pytest.raises(Invalid) as refused:
        take_back(story, path, other.revision)
    assert refused.value.problems[0].code == "revert.nothing"


def test_a_change_made_before_a_move_is_taken_back_at_the_new_place(story: Story) -> None:
    text = story.source("field/spoke")
    bad = story.save("field/spoke", text + "Bad.\n")
    move = story.moving.move("field/spoke", "tips/texter", ANA)
    take_back(story, "tips/texter", bad.revision, was=PagePath("field/spoke"))
    assert "Bad." not in story.source("tips/texter")
    moved = story.source("tips/texter")
    take_back(story, "tips/texter", move.revision)
    assert story.exists("tips/texter")
    assert "categories: [field]" in story.source("tips/texter")
    assert moved != story.source("tips/texter")


def test_there_must_be_something_to_take_back(story: Story) -> None:
    with pytest.raises(Invalid):
        take_back(story, "field/spoke", story.repository.head())
    for commit in ("HEAD", "0" * 40, "--output=x"):
        with pytest.raises(NotFound):
            take_back(story, "field/spoke", commit)
    with pytest.raises(Denied):
        bad = story.save("field/spoke", story.source("field/spoke") + "x\n")
        take_back(story, "field/spoke", bad.revision, CHRIS)


def test_an_earlier_version_is_put_in_place_again(story: Story) -> None:
    old, text = story.repository.head(), story.source(SIGNAL.text)
    story.save(SIGNAL.text, text + "A.\n", ANA)
    story.save(SIGNAL.text, text + "B.\n", ANA)
    put_back(story, SIGNAL.text, old)
    assert story.source(SIGNAL.text) == text
    assert story.git("log", "-1", "--format=%s") == "Restore the version of 2026-02-28 09:30"
    assert put_back(story, SIGNAL.text, old).changed is False


def test_a_deleted_page_comes_back_with_its_attachments(story: Story) -> None:
    before = story.repository.head()
    story.editor.apply(delete(story.repository, SIGNAL, before, ANA))
    assert not story.exists(SIGNAL.text)
    assert story.repository.entry(story.repository.head(), "communications/signal/groups.png") is None
    assert story.git("log", "-1", "--format=%s") == "Delete communications/signal"
    put_back(story, SIGNAL.text, before)
    assert story.source(SIGNAL.text) == story.source(SIGNAL.text, before)
    assert story.repository.read(story.repository.head(), "communications/signal/groups.png").data.startswith(
        b"\x89PNG"
    )


def test_what_was_never_there_can_not_be_restored_or_deleted(story: Story) -> None:
    with pytest.raises(NotFound):
        put_back(story, "field/nothing", story.repository.head())
    with pytest.raises(NotFound):
        delete(story.repository, PagePath("field/nothing"), story.repository.head(), ANA)
    with pytest.raises(Denied):
        story.editor.apply(delete(story.repository, SIGNAL, story.repository.head(), BEN))


def spree(story: Story) -> dict[str, str]:
    """Erin does a lot in one night; others work on."""
    before = {
        path: story.source(path)
        for path in ("communications/signal", "field/spoke", "about", "fundraising/open-collective")
    }
    story.clock.advance(days=1)
    story.save("communications/signal", before["communications/signal"].replace("then joins", "never joins"), ERIN)
    story.save("communications/signal", story.source("communications/signal") + "Buy my tool.\n", ERIN)
    story.save("tips/spam", "# Spam\n", ERIN)
    story.editor.apply(Write((Attach("tips/spam/ad.png", b"ad"),), "", ERIN, permission=Permission.ATTACH))
    story.save("field/spoke", before["field/spoke"].replace("one conversation", "no conversation"), ERIN)
    story.save(
        "fundraising/open-collective",
        before["fundraising/open-collective"].replace("holds the money", "holds it all"),
        ERIN,
    )
    story.clock.advance(hours=1)
    story.save("communications/signal", story.source("communications/signal").replace("level: free", "level: $"), BEN)
    story.save("field/spoke", story.source("field/spoke").replace("no conversation", "some conversation"), BEN)
    return before


def test_all_that_one_account_did_is_taken_back_in_one_commit_over_others_changes(story: Story) -> None:
    before = spree(story)
    head = story.repository.head()
    found = story.undoing.write("erin", NOW, head, ANA)
    assert found.files == (
        "fundraising/open-collective.md",
        "tips/spam/ad.png",
        "tips/spam.md",
        "communications/signal.md",
    )
    assert [(item.file, item.problem.code) for item in found.left] == [("field/spoke.md", "take_back.changed")]
    assert len(found.commits) == 5
    assert found.write is not None
    saved = story.editor.apply(found.write)
    assert story.repository.commit(saved.revision).parents == (head,)
    assert story.source("communications/signal") == before["communications/signal"].replace("level: free", "level: $")
    assert story.source("fundraising/open-collective") == before["fundraising/open-collective"]
    assert not story.exists("tips/spam")
    assert "some conversation" in story.source("field/spoke")
    assert story.git("log", "-1", "--format=%s") == "Take back what erin did since 2026-03-01"
    assert story.git("log", "-1", "--format=%(trailers)").count("Revert-of") == 5


def test_what_happened_before_the_date_stays(story: Story) -> None:
    spree(story)
    since = story.clock.now + timedelta(minutes=1)
    found = story.undoing.write("erin", since, story.repository.head(), ANA)
    assert (found.write, found.files, found.left) == (None, (), ())
    assert story.undoing.write("nobody", NOW, story.repository.head(), ANA).write is None


def test_what_was_moved_meanwhile_is_taken_back_at_its_new_place(story: Story) -> None:
    text = story.source("field/old-dialer")
    story.save("field/old-dialer", text.replace("It called", "It never called"), ERIN)
    story.moving.move("field/old-dialer", "tips/old-dialer", ANA)
    found = story.undoing.write("erin", NOW, story.repository.head(), ANA)
    assert found.write is not None
    story.editor.apply(found.write)
    assert "It called" in story.source("tips/old-dialer")
    assert not story.exists("field/old-dialer")


def test_pages_that_the_one_who_takes_back_may_not_change_are_left(story: Story) -> None:
    spree(story)
    story.commit({"_wiki/protection.yml": "communications: admin\n"})
    found = story.undoing.write("erin", NOW, story.repository.head(), ANA)
    assert {(item.file, item.problem.code) for item in found.left} == {
        ("communications/signal.md", "denied.protected"),
        ("field/spoke.md", "take_back.changed"),
    }


def test_only_maintainers_take_back_what_others_did(story: Story) -> None:
    spree(story)
    found = story.undoing.write("erin", NOW, story.repository.head(), BEN)
    assert found.write is not None
    with pytest.raises(Denied):
        story.editor.apply(found.write)
