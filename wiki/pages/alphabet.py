"""The order of names in a list, as a reader looks for them."""

from __future__ import annotations

import re
import unicodedata

_BEFORE = re.compile(r"[\W_]+")
# Letters that are looked for among those without the accent. In Spanish ñ is a letter of its own, after n.
_ACCENTS = re.compile("(?<=n)[\u0300-\u0302\u0304-\u036f]+|(?<=[a-mo-z])[\u0300-\u036f]+")


def alphabetical(name: str) -> str:
    """The key that a name is sorted by: whatever the case, the accents of Latin letters, and signs before it ("¿Cómo?")."""
    key = name.casefold()
    if not key.isascii():
        key = _ACCENTS.sub("", unicodedata.normalize("NFD", key))
    begin = _BEFORE.match(key)
    return key if begin is None else key[begin.end() :] or key
