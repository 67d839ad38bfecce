"""Characters that nobody sees, and that make a text look like another: controls, and what turns the direction of writing.

Whoever commits by git can put them into titles, names and facts. Nobody means anything by them there, so they are left out. In
whole texts what turns the direction has its uses (telephones put it around numbers), and ends with its paragraph. Where people
judge a text letter by letter, they are shown as something, and words in which letters of another alphabet pass for Latin ones are
named.
"""

from __future__ import annotations

import re

_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_OVERRIDES = r"\u202a-\u202e\u2066-\u2069"
_NO_CHARACTERS = r"\ud800-\udfff\ue000-\uf8ff\ufffe\uffff\U000f0000-\U0010ffff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_NOTHING = re.compile(f"[{_OVERRIDES}{_NO_CHARACTERS}]")
_HIDDEN = re.compile(f"[{_CONTROLS}{_OVERRIDES}]")
_LATIN = "A-Za-z\u00c0-\u024f\u1e00-\u1eff"
# Letters of Cyrillic, Greek, Armenian, Cherokee and Lisu that look Latin in most type faces, capitals and small ones.
_LIKE_LATIN = (
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u04cf"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405"
    "\u03b1\u03bf\u03bd\u03b9\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0585\u057d\u0578\u0570\u13aa\u13d9\u13ac\u13a0\u13b7\u13c3\u13a2\u13da\ua4d0\ua4d1\ua4da\ua4d3\ua4f0\ua4ee\ua4f3\ua4e3\ua4e4"
)
# What takes no room between two letters.
_NO_ROOM = "\u200b\u200c\u200d\u2060\ufeff"
_WORD = re.compile(f"(?:[^\\W\\d_]|[{_NO_ROOM}])+")
_LOOKS_LATIN = re.compile(f"[{_LATIN}{_LIKE_LATIN}{_NO_ROOM}]+")
_HAS_LATIN = re.compile(f"[{_LATIN}]")
_NOT_LATIN = re.compile(f"[^{_LATIN}]")
# A name in Latin letters with the ending that another language gives it, and a word of that language.
_ENDED = re.compile(f"[{_LATIN}]{{2,}}[{_LIKE_LATIN}]{{1,3}}")
_OTHER_WORD = re.compile("\\b[\u0370-\u03ff\u0400-\u058f]{3,}\\b")


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


def disguised(text: str) -> dict[str, str]:
    """The words that look Latin and hold something else, letters of another alphabet or what nobody sees; and what each is with
    a sign in the place of these."""
    if text.isascii():
        return {}
    words = dict.fromkeys(word.strip(_NO_ROOM) for word in _WORD.findall(text))
    found = [word for word in words if _is_disguised(word)]
    if found and _OTHER_WORD.search(text):
        found = [word for word in found if not _ENDED.fullmatch(word)]
    return {word: _NOT_LATIN.sub("\N{REPLACEMENT CHARACTER}", word) for word in found}


def _is_disguised(word: str) -> bool:
    return bool(_NOT_LATIN.search(word) and _LOOKS_LATIN.fullmatch(word) and _HAS_LATIN.search(word))
