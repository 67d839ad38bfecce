"""The texts that a first build leaves out are read by two processes, which come to the same as one."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.catalog.test_following import dump
from tests.conftest import Story
from wiki.catalog import texts
from wiki.catalog.catalog import Catalog
from wiki.catalog.texts import Texts
from wiki.markup.markdown import Renderer
from wiki.pages.rendering import RenderCache, Rendering


@pytest.fixture(autouse=True)
def worth_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few pages are worth two processes here, and there are processors for them."""
    monkeypatch.setattr(texts, "BATCH", 2)
    monkeypatch.setattr(texts, "PAGES_FOR_TWO", 4)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def test_another_process_renders_from_the_last_page_on(story: Story, tmp_path: Path) -> None:
    """Here the first process waits before it writes until the last page is rendered, which only another can have done."""
    cache = RenderCache(tmp_path / "rendered.sqlite3")
    rendering = Rendering(Renderer(), cache)
    outline = Catalog(tmp_path / "outline.sqlite3", story.repository, story.store, story.settings, rendering)
    outline.catch_up(texts=False)
    ((blob_id,),) = outline.database.rows("SELECT blob_id FROM page ORDER BY id DESC LIMIT 1")

    @contextmanager
    def alone() -> Iterator[None]:
        until = time.monotonic() + 60
        while cache.get(f"{blob_id}{rendering.fingerprint}") is None and time.monotonic() < until:
            time.sleep(0.01)
        assert cache.get(f"{blob_id}{rendering.fingerprint}") is not None
        yield

    Texts(outline.database, story.store, story.settings, rendering).read(alone)
    whole = story.new_catalog("whole.sqlite3")
    whole.catch_up()
    assert outline.is_whole() and dump(outline) == dump(whole)
    for catalog in (outline, whole):
        catalog.close()
    rendering.close()


def test_where_there_is_no_room_for_another_process_one_reads_all(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    catalog = story.new_catalog("outline.sqlite3")
    catalog.catch_up(texts=False)
    monkeypatch.setattr("os.fork", refused)
    catalog.read_texts()
    assert catalog.is_whole()
    catalog.close()
