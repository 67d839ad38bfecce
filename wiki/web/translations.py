"""The words of the interface in the language of the request.

Flask-Babel looks for language and catalog at every word, and a page has hundreds of them: here both are found once a
request. Templates have their words put in when they are compiled (`wiki.web.templates`).
"""

from __future__ import annotations

from gettext import NullTranslations
from typing import cast

import flask_babel
from flask_babel.speaklater import LazyString

from wiki.web.context import here


def gettext(text: str, /, **variables: object) -> str:
    """The words for an English text, with values in its places ``%(name)s``."""
    found = catalog().gettext(text)
    return found % variables if variables else found


def ngettext(singular: str, plural: str, num: int, /, **variables: object) -> str:
    """The words for so many of something; the number is one of the values, ``%(num)s``."""
    return catalog().ngettext(singular, plural, num) % {"num": num, **variables}


def lazy_gettext(text: str) -> LazyString:
    """Words of a table that is made before there is a request: looked up whenever they are used."""
    return LazyString(gettext, text)


def locale() -> str:
    """The language of the words of this request as Babel writes it; looked for once."""
    try:
        known = here()
    except RuntimeError:
        return str(flask_babel.get_locale())
    try:
        return cast(str, known.locale)
    except AttributeError:
        known.locale = str(flask_babel.get_locale())
        return cast(str, known.locale)


def catalog() -> NullTranslations:
    """The catalog for the language of this request; one that leaves everything in English where there is no request."""
    try:
        known = here()
        return cast(NullTranslations, known.translations)
    except AttributeError:
        known.translations = flask_babel.get_translations()
        return cast(NullTranslations, known.translations)
    except RuntimeError:
        return cast(NullTranslations, flask_babel.get_translations())
