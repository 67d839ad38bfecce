"""YAML 1.2 (core schema) as a tree of nodes that know where they stand in the text.

Only what front matter needs: plain data. Tags, anchors, aliases and repeated keys are refused while reading, before
anything is built from them, and so is nesting deeper than `MAX_DEPTH`. Built on libyaml's event parser.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from wiki.errors import Invalid, Problem

MAX_DEPTH = 8

NULL = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NUMBER_STARTS = frozenset("+-.0123456789")


class Node:
    """One value: what it is (`value`), where it stands (`start`, `end`: offsets) and how it is written (`style`).

    `style` is "" for a plain scalar, the quote or block sign for others, "flow" or "block" for collections. `items`
    holds (key, value) pairs of a mapping and plain nodes of a sequence.
    """

    __slots__ = ("end", "items", "start", "style", "value")

    def __init__(self, value: Any, start: int, end: int, style: str, items: list[Any] | None = None) -> None:
        self.value = value
        self.start = start
        self.end = end
        self.style = style
        self.items = items


def parse(text: str, first_line: int = 1) -> Node | None:
    """Read `text`; None if it holds nothing but comments.

    Raises Invalid("front_matter.…") with the line (counted from `first_line`) for what is not YAML or is refused.
    """
    try:
        return _Reader(CParser(text), first_line).read()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + mark.line if mark else first_line
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise _refusal("front_matter.invalid", line, reason=str(reason)) from None
    except UnicodeError:
        raise _refusal("front_matter.invalid", first_line, reason="not Unicode") from None


def plain(text: str) -> Any:
    """The value of an unquoted scalar under the core schema; what JSON can't say (infinity, not-a-number) is text."""
    if text in NULL:
        return None
    if text in BOOLEAN:
        return BOOLEAN[text]
    if text[0] in NUMBER_STARTS:
        if INTEGER.fullmatch(text):
            return int(text, {"o": 8, "x": 16}.get(text[1:2], 10))
        if FLOAT.fullmatch(text):
            number = float(text)
            return text if number in (float("inf"), float("-inf")) else number
    return text


def _refusal(code: str, line: int, where: str = "", **params: Any) -> Invalid:
    return Invalid(code, (Problem(code, where, params, line),), **params)


class _Reader:
    __slots__ = ("first_line", "parser")

    def __init__(self, parser: Any, first_line: int) -> None:
        self.parser = parser
        self.first_line = first_line

    def read(self) -> Node | None:
        next_event = self.parser.get_event
        next_event()  # stream start
        event = next_event()
        if event.__class__ is StreamEndEvent:
            return None
        node = self._node(next_event(), 1)
        next_event()  # document end
        event = next_event()
        if event.__class__ is not StreamEndEvent:
            raise self._refuse("front_matter.documents", event)
        return node

    def _node(self, event: Any, depth: int) -> Node:
        kind = event.__class__
        if kind is AliasEvent:
            raise self._refuse("front_matter.alias", event)
        if event.anchor is not None:
            raise self._refuse("front_matter.anchor", event)
        if event.tag is not None:
            raise self._refuse("front_matter.tag", event)
        if kind is ScalarEvent:
            style = event.style or ""
            value = event.value if style else plain(event.value)
            return Node(value, event.start_mark.index, event.end_mark.index, style)
        if depth > MAX_DEPTH:
            raise self._refuse("front_matter.too_deep", event)
        if kind is SequenceStartEvent:
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _sequence(self, opening: Any, depth: int) -> Node:
        next_event = self.parser.get_event
        items: list[Node] = []
        event = next_event()
        while event.__class__ is not SequenceEndEvent:
            items.append(self._node(event, depth + 1))
            event = next_event()
        return self._collection([item.value for item in items], opening, event, items)

    def _mapping(self, opening: Any, depth: int) -> Node:
        next_event = self.parser.get_event
        items: list[tuple[Node, Node]] = []
        value: dict[str, Any] = {}
        event = next_event()
        while event.__class__ is not MappingEndEvent:
            if event.__class__ is not ScalarEvent:
                raise self._refuse("front_matter.alias" if event.__class__ is AliasEvent else "front_matter.key", event)
            key = self._node(event, depth + 1)
            # Keys are names: 2026 and true as a key mean "2026" and "true".
            key.value = name = event.value
            if name in value:
                raise self._refuse("front_matter.duplicate_key", event, where=name, key=name)
            content = self._node(next_event(), depth + 1)
            value[name] = content.value
            items.append((key, content))
            event = next_event()
        return self._collection(value, opening, event, items)

    @staticmethod
    def _collection(value: Any, opening: Any, closing: Any, items: list[Any]) -> Node:
        # A block collection "ends" for libyaml where the next thing begins; what belongs to it ends with its last item.
        flow = closing.end_mark.index > closing.start_mark.index
        start = opening.start_mark.index
        if flow:
            return Node(value, start, closing.end_mark.index, "flow", items)
        last = items[-1] if items else None
        end = (last[1] if isinstance(last, tuple) else last).end if last else start
        return Node(value, start, end, "block", items)

    def _refuse(self, code: str, event: Any, where: str = "", **params: Any) -> Invalid:
        return _refusal(code, self.first_line + event.start_mark.line, where, **params)
