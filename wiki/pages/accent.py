"""The colour a community chooses for its wiki, made fit for light and dark paper."""

from __future__ import annotations

import re
from dataclasses import dataclass

TEXT_CONTRAST = 4.5
MARK_CONTRAST = 3.0
INK = "#fffaf2"
# The papers of static/css/tokens.css, of each theme the one that leaves a colour the least contrast first.
_LIGHT_PAPERS = ("#f4eee1", "#fffcf5", INK)
_DARK_PAPER = "#231f1b"
_HEX = re.compile(r"#[0-9a-f]{3}(?:[0-9a-f]{3})?")


@dataclass(frozen=True, slots=True)
class Accent:
    """The colour of what one can do, as #rrggbb, and a deeper one for text; for both themes. `INK` is written on it."""

    light: str
    light_deep: str
    dark: str
    dark_deep: str


def accent_of(text: str) -> Accent | None:
    """The accent made of a colour like ``#1b4a87``; None where it is no colour, or too pale to be read on paper."""
    color = text.strip().lower()
    if not _HEX.fullmatch(color):
        return None
    if len(color) == 4:
        color = "#" + "".join(2 * digit for digit in color[1:])
    if min(contrast(color, paper) for paper in _LIGHT_PAPERS) < TEXT_CONTRAST:
        return None
    dark = _lightened(color, MARK_CONTRAST)
    return Accent(color, _mixed(color, 0, 0.3), dark, _lightened(dark, TEXT_CONTRAST))


def contrast(one: str, other: str) -> float:
    """How far two colours (#rrggbb) are apart, from 1 to 21, as WCAG 2.2 counts."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _lightened(color: str, wanted: float) -> str:
    """The colour with as much white as it needs on dark paper."""
    for percent in range(101):
        mixed = _mixed(color, 255, percent / 100)
        if contrast(mixed, _DARK_PAPER) >= wanted:
            return mixed
    return "#ffffff"


def _mixed(color: str, other: int, share: float) -> str:
    return "#" + "".join(f"{round(channel + (other - channel) * share):02x}" for channel in _channels(color))


def _luminance(color: str) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
