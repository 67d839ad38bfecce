"""What the files in ``_wiki/`` say, as one value.

A file that can't be read, or has been lost from the repository, counts as empty and is named in `Settings.problems`; the
wiki keeps running on its defaults. What such a file may have forbidden stays forbidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from wiki.errors import Invalid, Problem, TooMany, Unavailable
from wiki.markup import yaml_tree
from wiki.markup.address import external, is_dangerous
from wiki.pages.settings import Category, Home, Labels, License, MenuItem, Reply, Settings, Term

MAX_SETTINGS_CHARACTERS = 2_097_152
# Most of what these files say stands on every page: names and labels, and what may have paragraphs.
MAX_LINE = 500
MAX_TEXT = 10_000
# Menu, categories and languages stand on every page, too.
MAX_ENTRIES = 200
_SHOWN = ("site", "categories", "vocabulary", "replies")
_PARAGRAPHS = frozenset(("text", "description"))
# The role that changes what is kept for nobody knows whom.
CLOSED = "admin"
# What stands in attributes and headers as it is.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_COLOR = re.compile(r"[a-z][a-z0-9-]{0,29}")
# What neither HTML nor XML nor a header may hold, not even escaped.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# The text of the file with a name ("site", "categories" …); Unavailable("storage.damaged") for one that is lost.
Read = Callable[[str], str | None]


def check_settings(name: str, text: str) -> tuple[Problem, ...]:
    """What is wrong with one of the files, for the person who is about to save it."""
    return read_settings(lambda asked: text if asked == name else None).problems


def read_settings(read: Read, fingerprint: str = "") -> Settings:
    """Settings out of the files' texts."""
    files = _Files(read)
    site, spam = files.load("site", dict), files.load("spam", dict)
    protection = {str(path).strip("/"): _text(role) for path, role in files.load("protection", dict).items()}
    # Nobody knows what an unread file kept closed, and for whom.
    edit_policy = "accounts" if "site" in files.unread else _text(site.get("edit_policy")) or "suggest"
    if "protection" in files.unread:
        protection = {"": CLOSED}
    return Settings(
        name=" ".join(_text(site.get("name")).split()) or "Movement Tech Wiki",
        tagline=_labels(site.get("tagline")),
        languages=tuple(filter(files.is_language, files.few("site", "languages", _texts(site.get("languages")))))
        or ("en",),
        license=_license(files, _mapping(site.get("license"))),
        edit_policy=edit_policy,
        home=_home(_mapping(site.get("home"))),
        menu=tuple(_menu_item(files, _mapping(item)) for item in files.few("site", "menu", _list(site.get("menu")))),
        footer=_labels(_mapping(site.get("footer")).get("text")),
        accent=_text(_mapping(site.get("colors")).get("accent")),
        logo=_text(site.get("logo")).strip("/"),
        categories=tuple(
            _category(item)
            for item in files.few("categories", "categories", files.load("categories", list))
            if _text(_mapping(item).get("id"))
        ),
        vocabulary={
            name: {str(slug): _term(str(slug), value) for slug, value in _mapping(values).items()}
            for name, values in files.load("vocabulary", dict).items()
        },
        synonyms=tuple(
            group for group in map(_texts, _list(files.load("synonyms", dict).get("groups"))) if len(group) > 1
        ),
        replies=tuple(_reply(_mapping(item)) for item in files.load("replies", list)),
        spam_words=_texts(spam.get("words")),
        max_links=spam["max_links"] if isinstance(spam.get("max_links"), int) else None,
        protection=protection,
        redirects={str(old).strip("/"): _text(new).strip("/") for old, new in files.load("redirects", dict).items()},
        problems=tuple(files.problems),
        fingerprint=f"{fingerprint} unread {sorted(files.unread)}" if files.unread else fingerprint,
    )


class _Files:
    """The data of the files; what is wrong with them is noted in `problems`, what could not be read in `unread`."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.problems: list[Problem] = []
        self.unread: set[str] = set()

    def load(self, name: str, shape: type) -> Any:
        """The data of a file, empty where it can't be read."""
        where = f"_wiki/{name}.yml"
        try:
            text = self._read(name)
            if text is None:
                return shape()
            if len(text) > MAX_SETTINGS_CHARACTERS:
                raise TooMany("settings.too_large", allowed=MAX_SETTINGS_CHARACTERS)
            root = yaml_tree.parse(text)
            if root is None or root.value is None:
                return shape()
            data = root.value
            if not isinstance(data, shape):
                expected = "a list" if shape is list else "a mapping"
                raise Invalid("settings.shape", problems=(Problem("settings.shape", where, {"expected": expected}, 1),))
            return self._shortened(root, text, where) if name in _SHOWN else data
        except Invalid as error:
            self.problems.extend(Problem(item.code, where, item.params, item.line) for item in error.problems)
        except TooMany:
            self.problems.append(Problem("settings.too_large", where, {"allowed": MAX_SETTINGS_CHARACTERS}))
        except Unavailable as error:
            if error.code != "storage.damaged":
                raise
            self.problems.append(Problem(error.code, where, error.params))
        self.unread.add(name)
        return shape()

    def _shortened(self, node: yaml_tree.Node, source: str, where: str, name: str = "") -> Any:
        """The data of a node; a text that is too long to be shown is cut, and named."""
        if isinstance(node.value, dict):
            return {
                key.value: self._shortened(item, source, where, f"{name}.{key.value}".strip("."))
                for key, item in node.items or ()
            }
        if isinstance(node.value, list):
            return [self._shortened(item, source, where, name) for item in node.items or ()]
        allowed = MAX_LINE if _PARAGRAPHS.isdisjoint(name.split(".")) else MAX_TEXT
        if not isinstance(node.value, str) or len(node.value) <= allowed:
            return node.value
        params = {"value": name[:80], "length": len(node.value), "allowed": allowed}
        self.problems.append(Problem("settings.too_long", where, params, source.count("\n", 0, node.start) + 1))
        return f"{node.value[: allowed - 1]}…"

    def few(self, file: str, name: str, entries: Sequence[Any]) -> Sequence[Any]:
        """The entries of a list that stands on every page; what is too many is left out, and named."""
        if len(entries) > MAX_ENTRIES:
            params = {"name": name, "count": len(entries), "allowed": MAX_ENTRIES}
            self.problems.append(Problem("settings.too_many", f"_wiki/{file}.yml", params))
        return entries[:MAX_ENTRIES]

    def is_language(self, code: str) -> bool:
        """Whether this can be the code of a language of the wiki."""
        return bool(self._usable(code, bool(_LANGUAGE.fullmatch(code)), "languages"))

    def link(self, value: str, name: str) -> str:
        """An address that goes into every page: what leads to a page of this wiki, or openly to another site, else empty."""
        return external(value) or self._usable(value, value.startswith("/") and not is_dangerous(value), name)

    def _usable(self, value: str, fits: bool, name: str) -> str:
        if value and not fits:
            self.problems.append(Problem("settings.value", "_wiki/site.yml", {"name": name, "value": value[:80]}))
        return value if fits else ""


def _license(files: _Files, item: dict[str, Any]) -> License:
    given = {key: _text(item[key]) for key in ("name", "spdx", "url") if _text(item.get(key))}
    if "url" in given:
        given["url"] = files.link(given["url"], "license.url")
    return License(**given)


def _home(item: dict[str, Any]) -> Home:
    return Home(
        question=_labels(item.get("question")),
        examples=tuple(
            (_labels(example.get("label")), _labels(example.get("query")))
            for example in map(_mapping, _list(item.get("examples")))
        ),
        start_here=_texts(item.get("start_here")),
        text=_labels(item.get("text")),
    )


def _menu_item(files: _Files, item: dict[str, Any]) -> MenuItem:
    page, url = _text(item.get("page")).strip("/"), files.link(_text(item.get("url")), "menu")
    return MenuItem(_labels(item.get("label")), page, url)


def _reply(item: dict[str, Any]) -> Reply:
    return Reply(_text(item.get("id")), _labels(item.get("label")), _labels(item.get("text")))


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
