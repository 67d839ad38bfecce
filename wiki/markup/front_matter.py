"""Front matter: the YAML block between two `---` lines that a page begins with.

A block of TOML between two `+++` lines and one of JSON in braces, as Hugo has them, are read too. They become YAML when a fact
is changed, not before.

One blank line between the block and the text separates the two and belongs to neither.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wiki.errors import Invalid, Problem
from wiki.markup import yaml_edit, yaml_text, yaml_tree

MAX_BYTES = 65_536
# Blocks that are remembered as they were read, and the longest of them in characters: a save reads the same one many times.
_KEPT, _LONGEST_KEPT = 32, 4_096

OPENING = re.compile(r"\ufeff?---[ \t]*\r?\n")
CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
OPENING_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\r?\n")
CLOSING_TOML = re.compile(r"^\+\+\+[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
OPENING_JSON = re.compile(r"\ufeff?(?=\{[ \t]*\r?\n)")
CLOSING_JSON = re.compile(r"^\}[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
BLANK_LINE = re.compile(r"[ \t]*\r?\n")


class _Remove:
    """The type of `REMOVE`."""

    def __repr__(self) -> str:
        return "REMOVE"


REMOVE = _Remove()
"""As a value in `update`'s changes: the key goes away."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file, taken apart. `body_line` is the line of the file (from 1) on which `body` begins.

    `has` says whether there is a block at all; where it can't be read, `problem` says why and `fields` is empty. Nobody may
    change `fields`: who reads the same block again gets the same.
    """

    fields: dict[str, Any]
    body: str
    body_line: int
    problem: Problem | None
    has: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Offsets in the file: the facts are source[start:end], the text source[body:]."""

    start: int
    end: int
    closed: int
    body: int
    form: str = "yaml"


def load(source: str) -> FrontMatter:
    """Take a file apart. Never raises: what is wrong with the block is in `problem`."""
    block = _find(source)
    if block is None:
        return FrontMatter({}, source.removeprefix("\ufeff"), 1, None, False)
    problem: Problem | None = None
    fields: dict[str, Any] = {}
    try:
        root = _parse(source, block)
        fields = root.value if root else {}
    except Invalid as error:
        problem = error.problems[0]
    return FrontMatter(fields, source[block.body :], source.count("\n", 0, block.body) + 1, problem, True)


def update(source: str, changes: Mapping[str, Any], order: Sequence[str] = ()) -> str:
    """`source` with `merge(fields, changes)` as its fields; only the lines of what changes are touched.

    New keys come at the end of the block, or after their nearest predecessor in `order`. A file without front matter
    gets some. Raises Invalid("front_matter.…") where the present block can't be read or the new one breaks a limit.
    """
    block = _find(source)
    if block is None:
        fields = merge({}, changes)
        if not fields:
            return source
        head = dump(fields, "")
        if "\r\n" in source[:1000]:
            head = head.replace("\n", "\r\n")
        return set_body(head, source.removeprefix("\ufeff"))
    if block.form != "yaml":
        mark = "\ufeff" if source.startswith("\ufeff") else ""
        line_feed = "\r\n" if source.partition("\n")[0].endswith("\r") else "\n"
        yaml = f"---\n{_as_yaml(source, block)}---\n".replace("\n", line_feed)
        after = update(mark + yaml + source[block.closed :], changes, order)
        return source if after == mark + yaml + source[block.closed :] else after
    root = _parse(source, block)
    fields = root.value if root else {}
    target = merge(fields, changes)
    if yaml_edit.same(fields, target):
        return source
    line_feed = "\r\n" if source[: block.start].endswith("\r\n") else "\n"
    text = yaml_edit.rewrite(source[block.start : block.end], root, target, order, line_feed)
    _check_size(text)
    return source[: block.start] + text + source[block.end :]


def set_body(source: str, body: str) -> str:
    """`source` with another text below its front matter, which stays as it is."""
    block = _find(source)
    if block is None:
        mark = "\ufeff" if source.startswith("\ufeff") else ""
        # A text that begins like front matter would be taken for some.
        return mark + (body if _find(body) is None else f"---\n---\n{body}")
    head = source[: block.body]
    if not head.endswith("\n"):
        head += "\n"
    if block.body == block.closed and BLANK_LINE.match(body):
        head += "\r\n" if head.endswith("\r\n") else "\n"
    return head + body


def dump(fields: Mapping[str, Any], body: str) -> str:
    """A new file. Raises Invalid where the fields break a limit of front matter."""
    text = "".join(yaml_text.entry(key, value, 0) for key, value in merge({}, fields).items())
    _check_size(text)
    yaml_tree.parse(text)
    return set_body(f"---\n{text}---\n", body)


def merge(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What fields become by changes: mappings are merged key by key, everything else is replaced, REMOVE removes.

    A mapping that REMOVE leaves empty goes too. Dates become text, tuples lists.
    """
    merged = {str(key): _plain(value) for key, value in fields.items()}
    for name, value in changes.items():
        key = str(name)
        if value is REMOVE:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            old = merged.get(key)
            inner = merge(old if isinstance(old, dict) else {}, value)
            if inner or not value:
                merged[key] = inner
            else:
                merged.pop(key, None)
        else:
            merged[key] = _plain(value)
    return merged


def _find(source: str) -> _Block | None:
    start = source[:4].lstrip("\ufeff")
    form = "toml" if start.startswith("+++") else "json" if start.startswith("{") else "yaml"
    begin, end = _FORMS[form]
    opening = begin.match(source)
    closing = end.search(source, opening.end()) if opening else None
    if opening is None or closing is None:
        return None
    # JSON's braces belong to it. They may also be how a text begins.
    stop = closing.start() + (form == "json")
    if form == "json" and not isinstance(_read_json(source[opening.end() : stop]), dict):
        return None
    blank = BLANK_LINE.match(source, closing.end())
    after = blank.end() if blank else closing.end()
    return _Block(opening.end(), stop, closing.end(), after, form)


_FORMS = {
    "yaml": (OPENING, CLOSING),
    "toml": (OPENING_TOML, CLOSING_TOML),
    "json": (OPENING_JSON, CLOSING_JSON),
}


def _read_json(text: str) -> Any:
    """What a text says in JSON; None where it is none, or too long."""
    if len(text) > MAX_BYTES:
        return None
    try:
        value = json.loads(text)
        # Half of a pair of surrogates is fine with JSON, and can't be written anywhere.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _parse(source: str, block: _Block) -> yaml_tree.Node | None:
    text = source[block.start : block.end]
    _check_size(text)
    if block.form != "yaml":
        text = _as_yaml(source, block)
    root = _read(text) if len(text) <= _LONGEST_KEPT else yaml_tree.parse(text, first_line=2)
    if root is not None and not isinstance(root.value, dict):
        raise Invalid("front_matter.not_mapping", (Problem("front_matter.not_mapping", line=2),))
    return root


@lru_cache(_KEPT)
def _read(text: str) -> yaml_tree.Node | None:
    return yaml_tree.parse(text, first_line=2)


def _as_yaml(source: str, block: _Block) -> str:
    """A block in another form as YAML."""
    text = source[block.start : block.end]
    try:
        fields = _read_json(text) if block.form == "json" else tomllib.loads(text.replace("\r\n", "\n"))
        yaml = "".join(yaml_text.entry(key, value, 0) for key, value in merge({}, fields).items())
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = min(int(found[1]) + 1, source.count("\n", 0, block.end) + 1) if found else 2
        raise Invalid("front_matter.invalid", (Problem("front_matter.invalid", line=line),))
    _check_size(yaml)
    return yaml


def _check_size(text: str) -> None:
    if len(text) * 4 > MAX_BYTES and len(text.encode("utf-8", "replace")) > MAX_BYTES:
        problem = Problem("front_matter.too_large", params={"limit": MAX_BYTES}, line=1)
        raise Invalid("front_matter.too_large", (problem,), limit=MAX_BYTES)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return merge({}, value)
    if yaml_text.is_list(value):
        return [_plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
