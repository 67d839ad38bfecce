"""The colour tokens keep WCAG 2.2 in both themes: 4.5:1 for text, 3:1 for what marks a control or a state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"

COLORS = ("blue", "green", "ochre", "plum", "slate", "teal")
PAPERS = ("ground", "sheet", "sunk")

TEXT = [
    *((ink, paper) for ink in ("ink", "ink-soft", "link", "wrong", *COLORS) for paper in ("ground", "sheet")),
    *((ink, "sunk") for ink in ("ink", "ink-soft", "link", "wrong")),
    *(("on-color", color) for color in COLORS),
    *((ink, f"{color}-tint") for ink in ("ink", "link") for color in COLORS),
    *((color, f"{color}-tint") for color in COLORS),
    *((ink, "wrong-tint") for ink in ("ink", "link", "wrong")),
    *((ink, tint) for ink in ("ink",) for tint in ("added", "removed", "mark")),
    ("act-ink", "act"),
    ("act-deep", "sheet"),
    ("sheet", "ink"),
    ("sheet", "wrong"),
    ("sheet", "link"),
    ("band-ink", "band"),
    *((f"code-{kind}", "sunk") for kind in ("keyword", "string", "number", "name", "comment")),
    *((f"code-{kind}", "sheet") for kind in ("string", "comment")),
]
MARKS = [
    *((mark, paper) for mark in ("edge", "act", "focus", "wrong", *COLORS) for paper in PAPERS[:2]),
    ("edge", "sunk"),
    ("focus", "sunk"),
    ("wrong", "wrong-tint"),
    ("band-ink", "band"),
    *((color, f"{color}-tint") for color in COLORS),
]


def blocks() -> dict[str, dict[str, str]]:
    """The colour tokens of the light theme and of the two places that make the dark one."""
    text = TOKENS.read_text(encoding="utf-8")
    light, rest = text.split("(prefers-color-scheme: dark)", 1)
    device, rest = rest.split(':root[data-theme="dark"]', 1)
    chosen = rest.split("\n}\n", 1)[0]
    return {
        name: dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", part))
        for name, part in (("light", light), ("dark", device), ("chosen dark", chosen))
    }


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(theme: str) -> None:
    """Every pair of text and ground has at least 4.5:1."""
    tokens = blocks()[theme]
    weak = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_of_controls_and_states_stand_out(theme: str) -> None:
    """Borders of fields, focus rings, category tabs and the like have at least 3:1."""
    tokens = blocks()[theme]
    weak = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in MARKS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_both_ways_into_the_dark_give_the_same_dark() -> None:
    """A person who chooses dark sees what a device set to dark shows."""
    assert blocks()["dark"] == blocks()["chosen dark"]


def test_every_colour_has_a_dark_version() -> None:
    """No token of the light theme is forgotten in the dark one."""
    tokens = blocks()
    assert set(tokens["light"]) == set(tokens["dark"])
