"""HTML that is the same on every page until somebody changes a setting: made once for each language, then kept.

What differs from page to page goes into holes. A macro may only print what is in a hole, never ask about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import current_app
from markupsafe import Markup

from wiki.web.context import here, language, settings
from wiki.web.templates import printed

# Settings as they are and as they were, in a few languages; the forms of one take about 300 KB.
MOST = 8
# Private-use characters mark the holes: no template has a use for them, and values are put in last.
_FIRST = 0xE000
_INDENTED = re.compile(r"\s*\n\s*")
T = TypeVar("T")


class Varies:
    """A value that is another one on every page."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Mould:
    """HTML with holes, without the indentation of its template."""

    __slots__ = ("_holes", "_parts")

    def __init__(self, html: str, holes: int = 1) -> None:
        text = _INDENTED.sub("\n", html)
        parts: list[Any] = re.split(f"([{hole(0)}-{hole(holes - 1)}])", text) if holes else [text]
        self._holes = [(at, ord(parts[at]) - _FIRST) for at in range(1, len(parts), 2)]
        self._parts = parts

    def filled(self, *values: Any) -> Markup:
        """The HTML with these values, escaped, in its holes."""
        parts = self._parts.copy()
        for at, number in self._holes:
            value = values[number]
            parts[at] = "" if value is None else printed(value)
        return Markup("".join(parts))


class Kept:
    """What was made for one version of the settings in one language; `kept()` gives that of a request."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, asked only the first time. There must be few keys: none may come from a visitor."""
        if key not in self._found:
            self._found[key] = make()
        found: T = self._found[key]
        return found

    def get(self, key: Hashable) -> Any:
        """What was made before; None where nothing was."""
        return self._found.get(key)

    def macro(self, template: str, macro: str, **arguments: Any) -> Markup:
        """What a macro gives. Arguments in `Varies` go into holes; for each set of the others there is one mould.

        What says that something is wrong (`error`) is made anew.
        """
        if arguments.get("error"):
            plain = {name: value.value if type(value) is Varies else value for name, value in arguments.items()}
            return Markup(call(template, macro, **plain))
        values: list[Any] = []
        key: list[Any] = [template, macro]
        for name, value in arguments.items():
            if type(value) is Varies:
                values.append(value.value)
                key.append(name)
            else:
                key.append((name, value))

        def make() -> Mould:
            number = iter(range(len(values)))
            given = {name: hole(next(number)) if type(v) is Varies else v for name, v in arguments.items()}
            return Mould(call(template, macro, **given), len(values))

        return self.once(tuple(key), make).filled(*values)


def kept() -> Kept:
    """What is kept for the settings and the language of this request."""
    found = here()
    try:
        return cast(Kept, found.kept)
    except AttributeError:
        found.kept = _kept()
        return cast(Kept, found.kept)


def _kept() -> Kept:
    store: dict[tuple[str, str], Kept] = current_app.extensions.setdefault("kept", {})
    key = (settings().fingerprint, language())
    if key not in store:
        if len(store) >= MOST:
            store.clear()
        store[key] = Kept()
    return store[key]


def hole(number: int) -> str:
    """What marks the place of a value while a mould is made."""
    return chr(_FIRST + number)


def call(template: str, macro: str, **arguments: Any) -> str:
    """What a macro gives, made now."""
    return str(getattr(current_app.jinja_env.get_template(template).module, macro)(**arguments))
