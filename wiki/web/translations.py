"""The words of the interface in the language of the request.

Flask-Babel looks for language and catalog at every word, and a page has hundreds of them: here both are found once a
request. Templates have their words put in when they are compiled (`wiki.web.templates`).
"""

from __future__ import annotations

from gettext import NullTranslations

import flask_babel
from flask import g
from flask_babel.speaklater import LazyString


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


def catalog() -> NullTranslations:
    """The catalog for the language of this request; one that leaves everything in English where there is no request."""
    try:
        found: NullTranslations = g.translations
    except AttributeError:
        found = g.translations = flask_babel.get_translations()
    except RuntimeError:
        found = flask_babel.get_translations()
    return found
