from __future__ import annotations

from datetime import date

import pytest

from tests.conftest import ANA, BEN, CHRIS, Actor, Story
from wiki.editing.edit import Saved
from wiki.editing.verifying import verify
from wiki.errors import Denied, Invalid, NotFound
from wiki.pages.path import PagePath

DAY = date(2026, 3, 1)


def still_true(story: Story, path: str, actor: Actor = BEN, base: str | None = None) -> Saved:
    head = base or story.repository.head()
    return story.editor.apply(verify(story.store, PagePath(path), head, actor, DAY))


def test_still_true_changes_the_two_lines_that_say_so(story: Story) -> None:
    before = story.source("communications/signal")
    saved = still_true(story, "communications/signal")
    expected = before.replace("2026-02-01", "2026-03-01").replace("verified_by: ana", "verified_by: ben")
    assert story.source("communications/signal") == expected
    assert story.git("log", "-1", "--format=%an|%s", saved.revision) == "Ben|Still true"


def test_a_page_never_verified_gets_the_lines_where_they_belong(story: Story) -> None:
    before = story.source("communications/mattermost")
    still_true(story, "communications/mattermost")
    assert story.source("communications/mattermost") == before.replace(
        "status: active\n", "status: active\nlast_verified: 2026-03-01\nverified_by: ben\n"
    )
    story.catalog.catch_up()
    assert "communications/mattermost" not in [card.path for card in story.attention.unverified()]


def test_saying_it_twice_on_a_day_is_said_once(story: Story) -> None:
    still_true(story, "communications/signal")
    assert still_true(story, "communications/signal").changed is False


def test_what_others_changed_meanwhile_is_kept(story: Story) -> None:
    base = story.repository.head()
    story.save("communications/signal", story.source("communications/signal") + "More.\n", ANA)
    assert still_true(story, "communications/signal", base=base).merged
    assert story.source("communications/signal").endswith("More.\n")
    assert story.page("communications/signal").value("verified_by") == "ben"


@pytest.mark.parametrize(
    ("path", "code"),
    [("about", "verify.kind"), ("glossary/gotv", "verify.kind"), ("es/communications/signal", "verify.translation")],
)
def test_pages_without_facts_of_their_own_are_not_verified(story: Story, path: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        still_true(story, path)
    assert refused.value.code == code


def test_a_page_that_is_not_there_or_can_not_be_read_is_not_verified(story: Story) -> None:
    with pytest.raises(NotFound):
        still_true(story, "field/nothing")
    story.commit({"field/broken.md": "---\nkind: tool\nkind: tool\n---\n"})
    with pytest.raises(Invalid) as refused:
        still_true(story, "field/broken")
    assert refused.value.problems[0].code == "front_matter.duplicate_key"


def test_who_may_not_verify_is_denied(story: Story) -> None:
    with pytest.raises(Denied):
        still_true(story, "communications/signal", CHRIS)
    story.commit({"_wiki/protection.yml": "communications: maintainer\n"})
    with pytest.raises(Denied):
        still_true(story, "communications/signal", BEN)
