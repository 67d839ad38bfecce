"""A community's colour is read on light and on dark paper, or not used."""

from __future__ import annotations

import colorsys

import pytest

from tests.conftest import Story
from wiki.accounts.roles import Role
from wiki.editing.edit import Actor
from wiki.errors import Invalid
from wiki.pages.accent import INK, accent_of, contrast

PAPERS = {"light": ("#f4eee1", "#fffcf5"), "dark": ("#191613", "#231f1b")}
HUES = ["#{:02x}{:02x}{:02x}".format(*(round(255 * c) for c in colorsys.hsv_to_rgb(h / 12, 1, 0.4))) for h in range(12)]


@pytest.mark.parametrize("color", ["#000000", "#1b4a87", "#00f", "#B1241C", "#2f6b36", *HUES])
def test_a_colour_is_made_fit_for_both_papers(color: str) -> None:
    accent = accent_of(color)
    assert accent is not None
    assert all(contrast(accent.light, paper) >= 4.5 for paper in PAPERS["light"])
    assert all(contrast(accent.light_deep, paper) >= 4.5 for paper in PAPERS["light"])
    assert all(contrast(accent.dark, paper) >= 3 for paper in PAPERS["dark"])
    assert all(contrast(accent.dark_deep, paper) >= 4.5 for paper in PAPERS["dark"])
    assert min(contrast(INK, accent.light), contrast(INK, accent.dark)) >= 4.5


@pytest.mark.parametrize(
    "text",
    ["", "red", "1b4a87", "#12", "#1b4a8", "#1b4a87ff", "#ffffff", "#ff8800", "#000;}body{display:none}", "#000\n#"],
)
def test_what_is_no_colour_or_too_pale_is_not_used(text: str) -> None:
    assert accent_of(text) is None


def test_a_colour_that_can_not_be_used_is_named_where_it_stands(story: Story) -> None:
    text = "name: Us\ncolors:\n  accent: '#ff8800'\n"
    with pytest.raises(Invalid) as error:
        story.save("_wiki/site.yml", text, Actor("ada", "Ada", Role.ADMIN))
    assert [(item.code, item.line, item.params) for item in error.value.problems] == [
        ("settings.accent", 3, {"value": "#ff8800"})
    ]
