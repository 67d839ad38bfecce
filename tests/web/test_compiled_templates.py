"""Compiled templates outlive the process, by build and by language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from wiki.bootstrap import open_wiki
from wiki.config import load
from wiki.web.application import create_app


@pytest.fixture
def story_home(ready_copy: Path) -> Path:
    """Here nothing has been compiled yet."""
    shutil.rmtree(ready_copy / "search_index")
    return ready_copy


def texts(home: Path) -> list[str]:
    """A page that is made anew, in two languages, by an application that was just started."""
    wiki = open_wiki(load(home, {}))
    try:
        wiki.catch_up()
        client = create_app(wiki=wiki).test_client()
        return [client.get(f"/-/recent?lang={language}&x=1").text for language in ("en", "es")]
    finally:
        wiki.close()


def test_a_started_application_uses_what_another_has_compiled_and_shows_the_same(story_home: Path) -> None:
    english, spanish = texts(story_home)
    compiled = story_home / "search_index" / "templates"
    files = {file: file.stat().st_mtime_ns for file in compiled.rglob("*") if file.is_file()}
    assert {file.parent.name for file in files} == {"en", "es"}
    assert english != spanish
    assert texts(story_home) == [english, spanish]
    assert files == {file: file.stat().st_mtime_ns for file in compiled.rglob("*") if file.is_file()}


def test_what_another_build_has_compiled_goes(story_home: Path) -> None:
    other = story_home / "search_index" / "templates" / "other"
    other.mkdir(parents=True)
    texts(story_home)
    assert not other.exists()


def test_pages_are_shown_where_nothing_can_be_stored(story_home: Path) -> None:
    folder = story_home / "search_index"
    folder.mkdir(exist_ok=True)
    (folder / "templates").write_text("A file where the folder should be.")
    assert all("</html>" in text for text in texts(story_home))
