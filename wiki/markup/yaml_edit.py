"""Changes to YAML text that touch only the lines of what changes.

`rewrite` brings a block of text to new data. Key order, comments, quotes, blank lines and line ends of everything else
stay as they are, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from wiki.markup import yaml_text, yaml_tree
from wiki.markup.yaml_tree import Node

# Longer lists are written anew instead of item by item.
MAX_COMPARED = 250_000

Edit = tuple[int, int, str]


def rewrite(text: str, root: Node | None, target: dict[str, Any], order: Sequence[str], line_feed: str) -> str:
    """`text`, whose tree is `root`, changed so that it reads as `target`.

    New keys come at the end, or where `order` (names of top-level keys) puts them. Raises Invalid where YAML can't
    hold the target within our limits (depth).
    """
    if root is None:
        added = "".join(yaml_text.entry(key, value, 0) for key, value in target.items())
        attempt = text + added.replace("\n", line_feed)
    else:
        attempt = _Surgeon(text, order).apply(root, target, line_feed)
    if _reads_as(attempt, target):
        return attempt
    # Exotic layouts (explicit keys, comments inside of values) are written anew: right before pretty.
    text = "".join(yaml_text.entry(key, value, 0) for key, value in target.items()).replace("\n", line_feed)
    yaml_tree.parse(text)
    return text


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from true and from 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _reads_as(text: str, target: dict[str, Any]) -> bool:
    try:
        root = yaml_tree.parse(text)
    except yaml_tree.Invalid:
        return False
    return same(root.value if root else {}, target)


class _Surgeon:
    def __init__(self, text: str, order: Sequence[str]) -> None:
        self.text = text
        self.order = order
        self.edits: list[Edit] = []

    def apply(self, root: Node, target: dict[str, Any], line_feed: str) -> str:
        self._mapping(root, target, self.order)
        pieces: list[str] = []
        position = 0
        for start, end, replacement in sorted(self.edits, key=lambda edit: edit[:2]):
            pieces += [self.text[position:start], replacement.replace("\n", line_feed)]
            position = max(position, end)
        return "".join([*pieces, self.text[position:]])

    def _mapping(self, node: Node, target: dict[str, Any], order: Sequence[str] = ()) -> None:
        if node.style == "flow":
            self._flow_mapping(node, target)
            return
        items: list[tuple[Node, Node]] = node.items or []
        for key, value in items:
            if key.value not in target:
                self.edits.append((self._line_start(key.start), self._after(value), ""))
            elif not same(value.value, target[key.value]):
                self._value(key, value, target[key.value])
        indent = items[0][0].start - self._line_start(items[0][0].start)
        for name, value in target.items():
            if name not in node.value:
                place = self._place(name, items, order)
                self.edits.append((place, place, yaml_text.entry(name, value, indent)))

    def _flow_mapping(self, node: Node, target: dict[str, Any]) -> None:
        items: list[tuple[Node, Node]] = node.items or []
        if target.keys() == node.value.keys() and not any(_is_collection(target[key.value]) for key, _ in items):
            for key, value in items:
                if not same(value.value, target[key.value]):
                    self._scalar(value, target[key.value], in_flow=True)
        else:
            self.edits.append((node.start, node.end, yaml_text.flow(target)))

    def _value(self, key: Node, node: Node, new: Any) -> None:
        if isinstance(node.value, dict) and isinstance(new, dict) and new:
            self._mapping(node, new)
        elif isinstance(node.value, list) and isinstance(new, list) and new and self._sequence(node, new):
            pass
        elif _is_one_line(node) and not _is_collection(new) and not (isinstance(new, str) and "\n" in new):
            self._scalar(node, new)
        else:
            self._whole_value(key, node, new)

    def _scalar(self, node: Node, new: Any, in_flow: bool = False) -> None:
        written = yaml_text.scalar(new, in_flow, node.style if isinstance(new, str) else "")
        space = " " if node.start and self.text[node.start - 1] == ":" else ""
        self.edits.append((node.start, node.end, space + written))

    def _whole_value(self, key: Node, node: Node, new: Any) -> None:
        colon = self.text.index(":", key.end)
        end = self._after(node)
        written = yaml_text.after_colon(new, key.start - self._line_start(key.start))
        first, line_feed, rest = written.partition("\n")
        self.edits.append((colon + 1, end, first + self._comment(colon, node) + line_feed + rest))

    def _sequence(self, node: Node, new: list[Any]) -> bool:
        items: list[Node] = node.items or []
        if node.style == "flow":
            if any(_is_collection(value) for value in new):
                return False
            known = [(value.value, self.text[value.start : value.end]) for value in items if _is_one_line(value)]
            written = [next((source for old, source in known if same(old, value)), None) for value in new]
            line = ", ".join(source or yaml_text.flow(value) for source, value in zip(written, new, strict=True))
            if len(line) + node.start - self._line_start(node.start) > yaml_text.FLOW_WIDTH:
                return False
            self.edits.append((node.start, node.end, f"[{line}]"))
            return True
        if len(items) * len(new) > MAX_COMPARED:
            return False
        starts = self._dashes(items)
        indent = starts[0] - self._line_start(starts[0])
        old_keys, new_keys = [repr(value.value) for value in items], [repr(value) for value in new]
        for what, a, b, c, d in SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes():
            if what == "equal":
                continue
            in_place = b - a == d - c and all(_is_one_line(value) for value in items[a:b])
            if in_place and not any(_is_collection(value) or "\n" in str(value) for value in new[c:d]):
                for value, replacement in zip(items[a:b], new[c:d], strict=True):
                    self._scalar(value, replacement)
                continue
            for dash, value in zip(starts[a:b], items[a:b], strict=True):
                self.edits.append((self._line_start(dash), self._after(value), ""))
            place = self._line_start(starts[a]) if a < len(starts) else self._after(node)
            self.edits.append((place, place, "".join(yaml_text.item(value, indent) for value in new[c:d])))
        return True

    def _dashes(self, items: list[Node]) -> list[int]:
        found, previous = [], 0
        for value in items:
            found.append(self.text.rindex("-", previous, value.start))
            previous = value.end
        return found

    def _place(self, name: str, items: list[tuple[Node, Node]], order: Sequence[str]) -> int:
        """Where a new key belongs: after the nearest key before it in `order`, else at the end."""
        if name in order:
            rank = {key: number for number, key in enumerate(order)}
            before = [value for key, value in items if rank.get(key.value, len(rank)) < rank[name]]
            after = [key for key, _ in items if rank.get(key.value, -1) > rank[name]]
            if before:
                nearest = max((pair for pair in items if pair[1] in before), key=lambda pair: rank[pair[0].value])
                return self._after(nearest[1])
            if after:
                return self._line_start(after[0].start)
        return self._after(items[-1][1])

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def _line_end(self, position: int) -> int:
        return self.text.find("\n", position) + 1 or len(self.text)

    def _after(self, node: Node) -> int:
        """Offset of the first line after what `node` says."""
        while node.style == "block" and node.items:
            last = node.items[-1]
            node = last[1] if isinstance(last, tuple) else last
        if node.style not in ("|", ">"):
            return self._line_end(node.end)
        header = self.text[node.start : self._line_end(node.start)]
        if "+" in header.partition("#")[0]:
            return node.end
        return self._line_end(max(node.start, len(self.text[: node.end].rstrip())))

    def _comment(self, colon: int, node: Node) -> str:
        """The comment behind a value, or behind the key of a value that begins on the next line."""
        key_line_end = self._line_end(colon)
        start = colon + 1 if node.start >= key_line_end or node.style in ("|", ">") else node.end
        rest = self.text[start : self._line_end(start)]
        if node.style in ("|", ">"):
            rest = rest.lstrip(" |>+-0123456789")
            return f" {rest.rstrip()}" if rest.startswith("#") else ""
        return rest.rstrip() if rest.lstrip(" \t").startswith("#") else ""


def _is_collection(value: Any) -> bool:
    return isinstance(value, (dict, list)) and bool(value)


def _is_one_line(node: Node) -> bool:
    return node.items is None and node.style not in ("|", ">")
