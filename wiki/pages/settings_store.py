"""Reading the files in ``_wiki/`` from a revision: what they say is in force at the next request.

A file that can't be read, or has been lost from the repository, counts as empty and is named in `Settings.problems`; the
wiki keeps running on its defaults. What such a file may have forbidden stays forbidden.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from wiki.errors import Invalid, NotFound, Problem, TooMany, Unavailable
from wiki.markup import yaml_tree
from wiki.markup.address import external, is_dangerous
from wiki.markup.decoding import text_of
from wiki.pages.settings import Category, Home, Labels, License, MenuItem, Reply, Settings, Term
from wiki.storage.repository import Repository

MAX_SETTINGS_CHARACTERS = 2_097_152
# A file that the repository has lost may be there again, put back by the owner.
LOST_SECONDS = 10.0
# The role that changes what is kept for nobody knows whom.
CLOSED = "admin"
# What stands in attributes and headers as it is.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_COLOR = re.compile(r"[a-z][a-z0-9-]{0,29}")
# What neither HTML nor XML nor a header may hold, not even escaped.
_CONTROL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


class SettingsStore:
    """Reads the settings at a revision; keeps those of the last few distinct versions of ``_wiki/``."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, Settings] = {}
        self._lock = threading.Lock()
        self._look_again = 0.0

    def at(self, revision: str | None = None) -> Settings:
        """The settings at a revision (default: now)."""
        revision = revision or self._repository.head()
        folder = self._repository.entry(revision, "_wiki")
        tree = folder.id if folder is not None else ""
        known = self._known.get(tree)
        if known is None or (known.is_damaged and time.monotonic() > self._look_again):
            known = read_settings(lambda name: self._text(revision, name), fingerprint=tree)
            with self._lock:
                self._look_again = time.monotonic() + LOST_SECONDS
                self._known.pop(tree, None)
                while len(self._known) >= 8:
                    self._known.pop(next(iter(self._known)))
                self._known[tree] = known
        return known

    def _text(self, revision: str, name: str) -> str | None:
        file = f"_wiki/{name}.yml"
        entry = self._repository.file(revision, file)
        if entry is None:
            return None
        try:
            return text_of(self._repository.blob(entry.id))
        except NotFound as error:
            # The tree names it, so it was there.
            raise self._repository.damage.at(file) from error


def check_settings(name: str, text: str) -> tuple[Problem, ...]:
    """What is wrong with one of the files, for the person who is about to save it."""
    return read_settings(lambda asked: text if asked == name else None).problems


def read_settings(read: Callable[[str], str | None], fingerprint: str = "") -> Settings:
    """Settings out of the files' texts; `read` gives the text of the file with a name ("site", "categories" …), and may
    raise Unavailable("storage.damaged") for one that is lost."""
    problems: list[Problem] = []
    unread: set[str] = set()

    def load(name: str, shape: type) -> Any:
        where = f"_wiki/{name}.yml"
        try:
            text = read(name)
            if text is None:
                return shape()
            if len(text) > MAX_SETTINGS_CHARACTERS:
                raise TooMany("settings.too_large", allowed=MAX_SETTINGS_CHARACTERS)
            root = yaml_tree.parse(text)
            data = root.value if root is not None else None
            if data is None:
                return shape()
            if not isinstance(data, shape):
                expected = "a list" if shape is list else "a mapping"
                raise Invalid("settings.shape", problems=(Problem("settings.shape", where, {"expected": expected}, 1),))
            return data
        except Invalid as error:
            problems.extend(Problem(item.code, where, item.params, item.line) for item in error.problems)
        except TooMany:
            problems.append(Problem("settings.too_large", where, {"allowed": MAX_SETTINGS_CHARACTERS}))
        except Unavailable as error:
            if error.code != "storage.damaged":
                raise
            problems.append(Problem(error.code, where, error.params))
        unread.add(name)
        return shape()

    def usable(value: str, fits: bool, name: str) -> str:
        if value and not fits:
            problems.append(Problem("settings.value", "_wiki/site.yml", {"name": name, "value": value[:80]}))
        return value if fits else ""

    def link(value: str, name: str) -> str:
        # Such an address goes into every page: only what leads to a page of this wiki, or openly to another site.
        outside = external(value)
        return outside or usable(value, value.startswith("/") and not is_dangerous(value), name)

    site = load("site", dict)
    home = _mapping(site.get("home"))
    spam = load("spam", dict)
    license = _mapping(site.get("license"))
    protection = {str(path).strip("/"): _text(role) for path, role in load("protection", dict).items()}
    # Nobody knows what an unread file kept closed, and for whom.
    edit_policy = "accounts" if "site" in unread else _text(site.get("edit_policy")) or "suggest"
    if "protection" in unread:
        protection = {"": CLOSED}
    return Settings(
        name=" ".join(_text(site.get("name")).split()) or "Movement Tech Wiki",
        tagline=_labels(site.get("tagline")),
        languages=tuple(
            code for code in _texts(site.get("languages")) if usable(code, bool(_LANGUAGE.fullmatch(code)), "languages")
        )
        or ("en",),
        license=License(
            **{key: _text(license[key]) for key in ("name", "spdx") if _text(license.get(key))},
            **({"url": link(_text(license["url"]), "license.url")} if _text(license.get("url")) else {}),
        ),
        edit_policy=edit_policy,
        home=Home(
            question=_labels(home.get("question")),
            examples=tuple(
                (_labels(item.get("label")), _labels(item.get("query")))
                for item in map(_mapping, _list(home.get("examples")))
            ),
            start_here=_texts(home.get("start_here")),
            text=_labels(home.get("text")),
        ),
        menu=tuple(
            MenuItem(
                _labels(item.get("label")), _text(item.get("page")).strip("/"), link(_text(item.get("url")), "menu")
            )
            for item in map(_mapping, _list(site.get("menu")))
        ),
        footer=_labels(_mapping(site.get("footer")).get("text")),
        accent=_text(_mapping(site.get("colors")).get("accent")),
        logo=_text(site.get("logo")).strip("/"),
        categories=tuple(_category(item) for item in load("categories", list) if _text(_mapping(item).get("id"))),
        vocabulary={
            name: {str(slug): _term(str(slug), value) for slug, value in _mapping(values).items()}
            for name, values in load("vocabulary", dict).items()
        },
        synonyms=tuple(
            group for group in (_texts(item) for item in _list(load("synonyms", dict).get("groups"))) if len(group) > 1
        ),
        replies=tuple(
            Reply(_text(item.get("id")), _labels(item.get("label")), _labels(item.get("text")))
            for item in map(_mapping, load("replies", list))
        ),
        spam_words=_texts(spam.get("words")),
        max_links=spam["max_links"] if isinstance(spam.get("max_links"), int) else None,
        protection=protection,
        redirects={str(old).strip("/"): _text(new).strip("/") for old, new in load("redirects", dict).items()},
        problems=tuple(problems),
        fingerprint=f"{fingerprint} unread {sorted(unread)}" if unread else fingerprint,
    )


def _category(value: Any) -> Category:
    item = _mapping(value)
    id, color = _text(item.get("id")).strip("/"), _text(item.get("color"))
    return Category(
        id=id,
        label=_labels(item.get("label")) or {"en": id},
        description=_labels(item.get("description")),
        icon=_text(item.get("icon")) or "folder",
        color=color if _COLOR.fullmatch(color) else "slate",
    )


def _term(slug: str, value: Any) -> Term:
    item = _mapping(value)
    days = item.get("verify_every")
    return Term(
        slug=slug,
        label=_labels(item.get("label")),
        description=_labels(item.get("description")),
        synonyms=_texts(item.get("synonyms")),
        products=_texts(item.get("products")),
        verify_every=days if isinstance(days, int) and days > 0 else 0,
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return _CONTROL.sub("", str(value)).strip()


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in map(_text, _list(value)) if text)


def _labels(value: Any) -> Labels:
    if isinstance(value, dict):
        return {str(language): _text(text) for language, text in value.items() if _text(text)}
    return {"en": _text(value)} if _text(value) else {}
