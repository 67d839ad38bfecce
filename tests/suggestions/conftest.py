"""The story wiki with its queue of suggestions."""

from __future__ import annotations

from typing import Any

import pytest

from wiki.accounts.roles import Role
from wiki.config import Config, Limits
from wiki.editing.edit import Actor, Edit, Write
from wiki.pages.path import PagePath
from wiki.suggestions.access import stranger
from wiki.suggestions.queue import Suggestions
from wiki.suggestions.review import Review, ReviewView
from wiki.suggestions.suggestion import Submitted, Suggestion

ANA = Actor("ana", "Ana", Role.MAINTAINER)


class Queue:
    """What strangers and reviewers do, in few words."""

    def __init__(self, story: Any) -> None:
        self.story = story
        self.suggestions = self.opened()
        self.review = Review(self.suggestions)

    def opened(self, **limits: int) -> Suggestions:
        """The queue as another process would open it."""
        parts = self.story
        return Suggestions(
            parts.repository,
            parts.writer,
            parts.editor,
            parts.store,
            parts.settings,
            parts.catalog,
            b"s" * 32,
            Config(home=parts.home, limits=Limits(**limits)),
            parts.clock,
        )

    def write(
        self, *edits: tuple[str, str | None], actor: Actor | None = None, base: str | None = None, **more: Any
    ) -> Write:
        """A write by a stranger called Sam, to pages as they are now or were at `base`."""
        head = base or self.story.repository.head()
        made = tuple(
            Edit(PagePath(path), head if self.story.store.entry(PagePath(path), head) else "", source)
            for path, source in edits
        )
        return Write(made, more.pop("message", ""), actor or stranger("Sam"), **more)

    def submit(self, *edits: tuple[str, str | None], note: str = "", **more: Any) -> Submitted:
        return self.suggestions.submit(self.write(*edits, **more), note)

    def change(self, path: str, old: str, new: str, **more: Any) -> Submitted:
        """Suggest a page with one thing replaced."""
        source = self.story.source(path, more.get("base"))
        assert old in source
        return self.submit((path, source.replace(old, new)), **more)

    def get(self, number: int) -> Suggestion:
        return self.suggestions.get(number)

    def approve(self, number: int, reviewer: Actor = ANA, **more: Any) -> Any:
        """Approve what is there now, as a reviewer who has just looked."""
        view: ReviewView = self.review.preview(number)
        return self.review.approve(number, reviewer, view.suggestion.head, at=view.at, **more)

    def git(self, *arguments: str) -> str:
        return self.story.git(*arguments)  # type: ignore[no-any-return]


@pytest.fixture
def queue(story: Any) -> Queue:
    return Queue(story)
