from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import Story
from wiki.markup.markdown import Rendered, Renderer
from wiki.pages.rendering import RenderCache, Rendering


class CountingRenderer(Renderer):
    """Counts how often it renders."""

    count = 0

    def render(self, body: str, title: str = "") -> Rendered:
        self.count += 1
        return super().render(body, title)


@pytest.fixture
def renderer() -> CountingRenderer:
    return CountingRenderer()


def test_the_same_contents_are_rendered_once_however_many_processes_ask(
    story: Story, renderer: CountingRenderer
) -> None:
    path = story.home / "cache.sqlite3"
    page = story.page("communications/signal")
    first = Rendering(renderer, RenderCache(path)).rendered(page)
    again = Rendering(renderer, RenderCache(path)).rendered(replace(page, revision="another"))
    assert renderer.count == 1
    assert first == again
    assert [heading.text for heading in first.headings] == ["Getting started", "Privacy and safety"]
    assert "Getting started" in first.html
    assert {Rendering(renderer, RenderCache(path)).short("*Ours*").lead for _ in range(2)} == {"Ours"}
    assert renderer.count == 2


def test_a_heading_that_repeats_the_title_is_left_out(story: Story) -> None:
    page = story.page("communications/signal")
    assert "<h1" not in story.rendering.rendered(page).html


def test_what_was_cut_off_costs_its_time_once_until_the_limit_is_another(story: Story) -> None:
    path = story.home / "cache.sqlite3"
    renderer = CountingRenderer(seconds=0.0)
    page = story.page("communications/signal")
    first = Rendering(renderer, RenderCache(path)).rendered(page)
    again = Rendering(renderer, RenderCache(path)).rendered(page)
    assert first.cut_off
    assert again == first
    assert renderer.count == 1
    assert not Rendering(CountingRenderer(seconds=5.0), RenderCache(path)).rendered(page).cut_off


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_cache_is_begun_anew(story: Story, renderer: CountingRenderer, damage: bytes) -> None:
    path = story.home / "cache.sqlite3"
    page = story.page("communications/signal")
    rendering = Rendering(renderer, RenderCache(path))
    rendering.rendered(page)
    rendering.close()
    path.write_bytes(damage)
    assert "Getting started" in rendering.rendered(page).html
    rendering.rendered(page)
    assert renderer.count == 2


def test_a_cache_that_can_not_be_written_costs_time_only(story: Story, renderer: CountingRenderer) -> None:
    in_the_way = story.home / "file"
    in_the_way.write_text("not a folder")
    rendering = Rendering(renderer, RenderCache(in_the_way / "cache.sqlite3"))
    assert "Getting started" in rendering.rendered(story.page("communications/signal")).html


def test_the_cache_is_bounded(story: Story) -> None:
    cache = RenderCache(story.home / "cache.sqlite3")
    rendered = Renderer().render("text")
    for number in range(20):
        cache.put({str(number): rendered})
    cache.trim(keep=5)
    assert [number for number in range(20) if cache.get(str(number))] == [15, 16, 17, 18, 19]
