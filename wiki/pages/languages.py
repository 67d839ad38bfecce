"""What languages are called."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError


@cache
def own_name(code: str) -> str:
    """What a language calls itself ("Español"); its code where Babel knows no such language."""
    try:
        name = Locale.parse(code, sep="-").get_display_name() or code
    except (ValueError, UnknownLocaleError):
        return code
    return name[:1].upper() + name[1:]
