"""What languages are called."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError

# Babel would read megabytes for each of them, with all else that it knows of it, and keep them.
_USUAL = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
}


@cache
def own_name(code: str) -> str:
    """What a language calls itself ("Español"); its code where Babel knows no such language."""
    return _USUAL.get(code) or _by_babel(code)


def _by_babel(code: str) -> str:
    try:
        name = Locale.parse(code, sep="-").get_display_name() or code
    except (ValueError, UnknownLocaleError):
        return code
    return name[:1].upper() + name[1:]
