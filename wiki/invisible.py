"""Characters that nobody sees, and that make a text look like another: controls, and what turns the direction of writing.

Whoever commits by git can put them into titles, names and facts. Nobody means anything by them there, so they are left out. In
whole texts what turns the direction has its uses (telephones put it around numbers), and ends with its paragraph. Where people judge a text letter by letter, they are shown as something.
"""

from __future__ import annotations

import re

_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_OVERRIDES = r"\u202a-\u202e\u2066-\u2069"
_NO_CHARACTERS = r"\ud800-\udfff\ue000-\uf8ff\ufffe\uffff\U000f0000-\U0010ffff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_NOTHING = re.compile(f"[{_OVERRIDES}{_NO_CHARACTERS}]")
_HIDDEN = re.compile(f"[{_CONTROLS}{_OVERRIDES}]")


def visible(text: str) -> str:
    """A text without them; a control becomes a blank. Line ends and tabs stay."""
    # By far most texts are, and to ask costs next to nothing.
    if text.isprintable():
        return text
    return _NOTHING.sub("", without_controls(text))


def without_controls(text: str) -> str:
    """A text with a blank in the place of each control, so that everything stays where it stands."""
    return _CONTROL.sub(" ", text)


def marked(text: str) -> str:
    """A text with a sign in the place of each that hides or turns something."""
    return text if text.isprintable() else _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
