"""The words of the interface in the language of the request.

A page has hundreds of them, so the language is found once a request, and its catalog once. Templates have their words put in
when they are compiled (`wiki.web.templates`).
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations, translation
from typing import cast

from wiki.resources import folder
from wiki.web import context
from wiki.web.context import here


def gettext(text: str, /, **variables: object) -> str:
    """The words for an English text, with values in its places ``%(name)s``."""
    found = catalog().gettext(text)
    return found % variables if variables else found


def ngettext(singular: str, plural: str, num: int, /, **variables: object) -> str:
    """The words for so many of something; the number is one of the values, ``%(num)s``."""
    return catalog().ngettext(singular, plural, num) % {"num": num, **variables}


class Later:
    """Words of a table that is made before there is a request: looked up whenever they are made a string."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return gettext(self._text)


def locale() -> str:
    """The language of the words of this request as Babel writes it; English where there is no request."""
    try:
        known = here()
    except RuntimeError:
        return "en"
    try:
        return cast(str, known.locale)
    except AttributeError:
        known.locale = context.locale()
        return cast(str, known.locale)


def catalog() -> NullTranslations:
    """The catalog for that language."""
    return catalog_of(locale())


@cache
def catalog_of(code: str) -> NullTranslations:
    """The catalog of a language of the interface; one that leaves everything in English where there is none."""
    return translation("messages", str(folder("translations")), [code], fallback=True)
