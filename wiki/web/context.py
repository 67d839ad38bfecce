"""What a request is about: the wiki, the revision it shows, the person and the language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from gettext import find
from typing import TYPE_CHECKING, Any, cast

from babel import Locale, UnknownLocaleError
from flask import current_app, g, request

from wiki.accounts.roles import Permission, permissions
from wiki.accounts.user import User
from wiki.catalog.out_of_reach import OutOfReach
from wiki.editing.edit import Actor
from wiki.errors import WikiError
from wiki.pages.settings import Labels, Settings, localized
from wiki.resources import folder
from wiki.suggestions.access import stranger

if TYPE_CHECKING:
    from wiki.bootstrap import Wiki

# What a request has found out already is asked for hundreds of times a page, and each time Flask's proxy takes four times as
# long as what is behind it.
here = cast("Callable[[], Any]", g._get_current_object)


def wiki() -> Wiki:
    """The wiki that this application serves; while its catalog can't be read, without that."""
    found = here()
    try:
        return cast("Wiki", found.wiki)
    except AttributeError:
        found.wiki = current_app.extensions["wiki"]
        return cast("Wiki", found.wiki)


def leave_catalog() -> bool:
    """Go on in this request without the catalog, which can't be read; False where it goes without already."""
    known = wiki()
    if isinstance(known.catalog, OutOfReach):
        return False
    g.wiki = known.without_catalog()
    return True


def head() -> str:
    """The revision that this request shows: HEAD as it was when the request came in."""
    found = here()
    if "head" not in found:
        found.head = wiki().repository.head()
    return cast(str, found.head)


def settings() -> Settings:
    """The settings at `head`."""
    found = here()
    try:
        return cast(Settings, found.settings)
    except AttributeError:
        found.settings = wiki().settings.at(head())
        return cast(Settings, found.settings)


def person() -> User | None:
    """Who is signed in."""
    return cast("User | None", here().get("person"))


def actor() -> Actor:
    """Whoever makes this request, as one who may write."""
    user = person()
    if user is None:
        return stranger()
    return Actor(user.name, user.display_name, user.effective_role)


def may(permission: str | Permission) -> bool:
    """Whether whoever makes this request has a right; strangers may read and, where the wiki says so, suggest.

    With a token it is what the token is made for, within what its owner may do.
    """
    right = Permission[permission] if isinstance(permission, str) else permission
    grant = here().get("grant")
    if grant is not None:
        return bool(grant.may(right))
    user = person()
    if user is None:
        if right is Permission.READ:
            return not wiki().config.web.private
        return right is Permission.SUGGEST and not wiki().config.web.private and settings().edit_policy == "suggest"
    return right in permissions(user.effective_role)


def language() -> str:
    """The language of the interface: the address's, else an explicit choice, else the person's, else the wiki's."""
    found = here()
    try:
        return cast(str, found.language)
    except AttributeError:
        found.language = _language()
        return cast(str, found.language)


def _language() -> str:
    languages = settings().languages
    return next((code for code in _named() if code in languages), usual_language())


def _named() -> tuple[str, ...]:
    """What the address names as a language, if it is one."""
    return request.args.get("lang", ""), request.path.lstrip("/").partition("/")[0]


def usual_language() -> str:
    """The language of the interface where the address names none: the person's, else the wiki's."""
    languages = settings().languages
    user = person()
    return user.language if user is not None and user.language in languages else languages[0]


def locale() -> str:
    """The language of this request for Babel; English where Babel, or the interface, has no such language."""
    try:
        return _babel_locale(language())
    except WikiError:
        # The wiki's settings can't be read just now, and what says so needs words all the same.
        return next((found for found in map(_babel_locale, _named()) if found != "en"), "en")


def words_language() -> str:
    """The language in which menus, buttons and dates are: that of the request where the interface is translated into it,
    else English, though the pages are in another."""
    return language() if locale() != "en" else "en"


@lru_cache(maxsize=128)
def _babel_locale(code: str) -> str:
    try:
        found = str(Locale.parse(code, sep="-"))
    except (ValueError, UnknownLocaleError):
        return "en"
    return found if find("messages", str(folder("translations")), [found]) else "en"


def localize(labels: Labels, default: str = "") -> str:
    """A text of the settings in the language of this request."""
    return localized(labels, language(), default)


def root_url() -> str:
    """The beginning of every full address of this wiki: the one in the settings, else the one that was asked."""
    # Not `request.host_url`, which reads a name's own letters out of `xn--…`: browsers know the wiki by what stands there, and
    # names such as `straße.example` can't be read by the rules that it knows.
    return wiki().config.server.url.rstrip("/") or f"{request.scheme}://{request.host}"


def is_secure() -> bool:
    """Whether people come by TLS: this request does, or the wiki's own address says so."""
    return request.is_secure or wiki().config.server.url.startswith("https://")


def cookie_name(name: str, prefix: str = "__Host-") -> str:
    """What a cookie is called. Over TLS browsers take one with such a prefix from nobody but this host (`__Secure-`: by TLS
    alone), so neither a neighbour below the same domain nor somebody on the line can plant one."""
    return prefix + name if is_secure() else name


def now() -> datetime:
    """The present time in UTC, by the application's clock."""
    clock = cast("Callable[[], datetime]", current_app.extensions["clock"])
    return clock().astimezone(UTC)


def today() -> date:
    """The present day in UTC."""
    return now().date()
