"""What a word sounds like to somebody who writes it as they hear it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

# The first letters of words that begin with the same sound.
ALIKE = {"c": "ck", "f": "fp", "j": "jg", "k": "kc", "s": "sc", "z": "zs"}
_VOWELS = frozenset("aeiouy")
# In this order: what is written, and the sound. Vowels and silent letters after the first are left out.
_SOUNDS = {
    re.compile(written): heard
    for written, heard in {
        "^kn": "n",
        "^wr": "r",
        "ph": "f",
        "(?:[cst]i|sh[ue])(?=[ao]?n)|sh": "S",
        "sch": "sk",
        "t?ch": "C",
        "gh": "",
        "ck|q": "k",
        "x": "ks",
        "c(?=[eiy])|z": "s",
        "c": "k",
        "g(?=[eiy])": "j",
        "(?<=.)[aeiouyhw]": "",
    }.items()
}


@lru_cache(10_000)
def sound(word: str) -> str:
    """The consonants of a word without accents, those that sound the same written the same ("donashun", "donation")."""
    for written, heard in _SOUNDS.items():
        word = written.sub(heard, word)
    return "".join(letter for letter, _ in groupby(word))


def is_heard(typed: str, meant: str) -> bool:
    """Whether two words sound the same. Another vowel at the end makes another form of the word ("falso", "false")."""
    return (typed[-1] == meant[-1] or not {typed[-1], meant[-1]} & _VOWELS) and sound(typed) == sound(meant)
