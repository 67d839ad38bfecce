"""The first page of a site by VitePress or VuePress: all it says may stand in its facts, and nothing below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_MOST = 50


def name_in(fields: Mapping[str, Any]) -> str:
    """What the site is called: `name` of the `hero`, or `heroText`."""
    return _words(_mapping(fields.get("hero")).get("name")) or _words(fields.get("heroText"))


def markdown_of(fields: Mapping[str, Any]) -> str:
    """What the facts say, as Markdown: the lines below the name, what one can do, and what it is good for."""
    return "\n\n".join(_parts(fields))


def _parts(fields: Mapping[str, Any]) -> Iterator[str]:
    hero = _mapping(fields.get("hero"))
    if not hero and "heroText" not in fields and fields.get("layout") != "home" and fields.get("home") is not True:
        return
    yield from filter(None, (_words(hero.get("text")), _words(hero.get("tagline")) or _words(fields.get("tagline"))))
    actions = [_link(item, "text") for item in _rows(hero.get("actions") or fields.get("actions"))]
    yield "\n".join(f"- {action}" for action in actions if action)
    for item in _rows(fields.get("features")):
        yield from filter(
            None, (f"**{title}**" if (title := _link(item, "title")) else "", _words(item.get("details")))
        )


def _link(item: Mapping[str, Any], name: str) -> str:
    words, address = _words(item.get(name)), _words(item.get("link"))
    return f"[{words}](<{address}>)" if words and address and not set("<>\\") & set(address) else words


def _words(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value[:_MOST] if isinstance(item, dict)] if isinstance(value, list) else []
