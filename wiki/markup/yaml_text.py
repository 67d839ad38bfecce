"""Plain data as YAML text that people like to read: no tags, no folding, lists of short words on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wiki.markup.yaml_tree import plain

FLOW_WIDTH = 100
# Unquoted, programs that read YAML 1.1 would take these for booleans.
OLD_BOOLEAN = re.compile(r"(?:y|yes|n|no|on|off)", re.IGNORECASE)
SAFE_START = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[^\s,\[\]{}])")
UNSAFE_INSIDE = re.compile(r": |:$| #|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
UNSAFE_IN_FLOW = re.compile(r"[,\[\]{}]|:(?=[,\[\]{}\s])|:$|#")
SURROGATE = re.compile(r"[\ud800-\udfff]")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def entry(key: str, value: Any, indent: int) -> str:
    """The lines "key: value" at `indent` spaces, with a line feed at the end."""
    return f"{' ' * indent}{scalar(key)}:{after_colon(value, indent)}"


def after_colon(value: Any, indent: int) -> str:
    """What follows "key:" for a key at `indent`: begins with a space or a line feed, ends with a line feed."""
    if isinstance(value, Mapping) and value:
        return "\n" + "".join(entry(key, inner, indent + 2) for key, inner in value.items())
    if is_list(value) and value:
        written = flow(value) if all(not isinstance(inner, (Mapping, list, tuple)) for inner in value) else ""
        if written and len(written) + indent < FLOW_WIDTH:
            return f" {written}\n"
        return "\n" + "".join(item(inner, indent + 2) for inner in value)
    if isinstance(value, str) and "\n" in value:
        return f" {block(value, indent + 2)}"
    return f" {flow(value)}\n"


def item(value: Any, indent: int) -> str:
    """The lines of one list item whose dash stands at `indent`."""
    margin = " " * indent
    if isinstance(value, Mapping) and value:
        lines = "".join(entry(key, inner, indent + 2) for key, inner in value.items())
        return f"{margin}- {lines[indent + 2 :]}"
    if isinstance(value, str) and "\n" in value:
        return f"{margin}- {block(value, indent + 2)}"
    return f"{margin}- {flow(value)}\n"


def flow(value: Any) -> str:
    """`value` on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, True)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if is_list(value):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return scalar(value, True)


def scalar(value: Any, in_flow: bool = False, quote: str = "") -> str:
    """One scalar on one line; `quote` is the kind of quotes to keep where a text had them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if quote == "'" and not UNPRINTABLE.search(text) and "\n" not in text and "\t" not in text:
        return "'" + text.replace("'", "''") + "'"
    if quote or not _plain_is_safe(text, in_flow):
        return _double_quoted(text)
    return text


def block(text: str, indent: int) -> str:
    """A text of several lines as a literal block ("|"), or quoted where a block can't hold it."""
    awkward = UNPRINTABLE.search(text) or text[0] in " \n\t" or any(line.isspace() for line in text.split("\n"))
    if awkward:
        return _double_quoted(text) + "\n"
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    header = "|-" if trailing == 0 else "|" if trailing == 1 else "|+"
    margin = " " * indent
    lines = [margin + line if line else "" for line in body.split("\n")]
    return "\n".join([header, *lines]) + "\n" * max(trailing, 1)


def is_list(value: Any) -> bool:
    """Whether `value` is written as a list."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _plain_is_safe(text: str, in_flow: bool) -> bool:
    if not text or text != text.strip() or OLD_BOOLEAN.fullmatch(text) or plain(text) is not text:
        return False
    if not SAFE_START.match(text) or UNSAFE_INSIDE.search(text):
        return False
    if text.startswith(("---", "...")):
        return False
    return not (in_flow and UNSAFE_IN_FLOW.search(text))


def _double_quoted(text: str) -> str:
    # A lone half of a surrogate pair is no character: neither UTF-8 nor YAML can hold it.
    quoted = json.dumps(SURROGATE.sub("\ufffd", text), ensure_ascii=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
