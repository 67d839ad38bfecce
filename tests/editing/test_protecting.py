from __future__ import annotations

import pytest

from tests.conftest import ANA, BEN, Actor, Role, Story
from wiki.editing.edit import Saved
from wiki.editing.protecting import protect
from wiki.editing.yaml_files import rename_scalars, update_mapping
from wiki.errors import Denied, Invalid
from wiki.markup.front_matter import REMOVE


def keep(story: Story, path: str, role: Role | None, actor: Actor = ANA) -> Saved:
    head = story.repository.head()
    return story.editor.apply(protect(story.repository, story.settings, path, role, head, actor))


def test_a_page_is_kept_for_maintainers_and_opened_again_by_one_line(story: Story) -> None:
    before = story.source("_wiki/protection.yml")
    keep(story, "/communications/signal/", Role.MAINTAINER)
    assert story.source("_wiki/protection.yml") == before + "communications/signal: maintainer\n"
    with pytest.raises(Denied):
        story.save("communications/signal", "text", BEN)
    keep(story, "communications/signal", None)
    assert story.source("_wiki/protection.yml") == before
    story.save("communications/signal", story.source("communications/signal") + "More.\n", BEN)
    assert story.git("log", "-3", "--format=%s").splitlines()[1:] == [
        "Open communications/signal for everybody",
        "Keep communications/signal for maintainers",
    ]


def test_a_folder_keeps_all_below_it(story: Story) -> None:
    keep(story, "field", Role.MAINTAINER)
    for path in ("field/spoke", "field/new"):
        with pytest.raises(Denied):
            story.save(path, "text", BEN)


def test_protecting_needs_the_right_and_can_not_shut_oneself_out(story: Story) -> None:
    with pytest.raises(Denied):
        keep(story, "field", Role.MAINTAINER, BEN)
    with pytest.raises(Denied):
        keep(story, "field", Role.ADMIN, ANA)
    keep(story, "field", Role.ADMIN, Actor("root", "Root", Role.ADMIN))
    with pytest.raises(Denied):
        keep(story, "field", None, ANA)
    with pytest.raises(Denied):
        keep(story, "field/spoke", Role.EDITOR, ANA)


@pytest.mark.parametrize("now", ["{}\n", "field: maintainer\n", "field: admin\nfield/spoke: editor\n", None])
def test_the_file_itself_is_no_way_around_what_it_says(story: Story, now: str | None) -> None:
    admin = Actor("root", "Root", Role.ADMIN)
    keep(story, "field", Role.ADMIN, admin)
    before = story.source("_wiki/protection.yml")
    with pytest.raises(Denied):
        story.save("_wiki/protection.yml", now, ANA)
    story.save("_wiki/protection.yml", before + "tips: maintainer\n", ANA)
    story.save("_wiki/protection.yml", "{}\n", admin)


@pytest.mark.parametrize("path", ["", "../x", ".git", "a\nb", "a//b"])
def test_only_a_path_can_be_protected(story: Story, path: str) -> None:
    with pytest.raises(Invalid):
        keep(story, path, Role.MAINTAINER)


def test_a_wiki_without_the_file_gets_one(story: Story) -> None:
    story.commit({"_wiki/protection.yml": None})
    keep(story, "field", Role.MAINTAINER)
    assert story.source("_wiki/protection.yml") == "field: maintainer\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a: b\n"),
        ("# c\n", "# c\na: b\n"),
        ("# c\n{}\n", "# c\na: b\n"),
        ("# c\n{}\n# d\n", "# c\na: b\n# d\n"),
        ("x: y  # why", "x: y  # why\na: b\n"),
        ("{x: z}\n", "x: z\na: b\n"),
        ("x: y\r\n", "x: y\r\na: b\r\n"),
        ("a: b\n", "a: b\n"),
    ],
)
def test_an_entry_is_added_to_a_file_of_entries(text: str, expected: str) -> None:
    assert update_mapping(text, {"a": "b"}) == expected


def test_the_last_entry_taken_away_leaves_an_empty_mapping() -> None:
    empty = update_mapping("# c\na: b\n", {"a": REMOVE})
    assert empty == "# c\n{}\n"
    assert update_mapping(empty, {"a": "c"}) == "# c\na: c\n"
    assert update_mapping("x: y\n", {"a": REMOVE}) == "x: y\n"


def test_a_file_that_holds_something_else_is_refused() -> None:
    for text in ("- a\n", "a: [\n", "a: b\na: c\n"):
        with pytest.raises(Invalid):
            update_mapping(text, {"x": "y"})


def test_texts_in_yaml_are_renamed_in_their_quotes_and_nothing_else() -> None:
    text = "see: [ 'a/b' , \"a/b\",a/c ]  # a/b\nitems:\n- page:   a/b   # x\n- {page: a/b, note: a/b}\nother: a/b\n"
    renamed = rename_scalars(text, dict.fromkeys(("see.*", "items.*.page"), lambda value: value.replace("a/b", "new")))
    assert (
        renamed
        == "see: [ 'new' , \"new\",a/c ]  # a/b\nitems:\n- page:   new   # x\n- {page: new, note: a/b}\nother: a/b\n"
    )
    assert rename_scalars("a: [", {"a.*": str.upper}) == "a: ["
