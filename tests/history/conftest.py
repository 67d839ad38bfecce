from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "storage"))

from story import Story

from wiki.history.history import History


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """An empty wiki in which a test tells what happened."""
    return Story(tmp_path)


@pytest.fixture
def history(story: Story, tmp_path: Path) -> History:
    return History(story.repository, tmp_path / "search_index" / "history.sqlite3")
