from __future__ import annotations

import pytest

from tests.conftest import ANA, Story
from wiki.editing.tagging import merge_tags
from wiki.errors import Invalid


def test_two_tags_become_one_on_all_pages_in_one_commit(story: Story) -> None:
    before = story.repository.head()
    paths = story.catalog.paths_with("tag", "chat")
    write = merge_tags(story.store, paths, "chat", "Messaging", before, ANA)
    saved = story.editor.apply(write)
    assert story.repository.commit(saved.revision).parents == (before,)
    story.catalog.catch_up()
    values = story.facets.values("tag")
    assert "chat" not in values
    assert values["messaging"] == 2
    old, new = story.source("communications/signal", before), story.source("communications/signal")
    assert [line for line in new.splitlines() if line not in old.splitlines()] == ["tags: [Safety, Messaging]"]


def test_a_page_that_has_both_tags_keeps_one(story: Story) -> None:
    write = merge_tags(story.store, ["communications/signal"], "safety", "chat", story.repository.head(), ANA)
    story.editor.apply(write)
    assert [tag.casefold() for tag in story.page("communications/signal").texts("tags")] == ["chat"]


def test_a_tag_needs_a_name(story: Story) -> None:
    with pytest.raises(Invalid):
        merge_tags(story.store, ["communications/signal"], "chat", " ", story.repository.head(), ANA)
