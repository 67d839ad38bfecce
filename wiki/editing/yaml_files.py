"""Changes to the files in ``_wiki/`` and to paths in front matter that touch nothing else of the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wiki.errors import Invalid
from wiki.markup import yaml_edit, yaml_text, yaml_tree
from wiki.markup.front_matter import CLOSING, OPENING, REMOVE

Rename = Callable[[str], str]


def update_mapping(text: str, changes: Mapping[str, Any]) -> str:
    """A YAML file that holds one mapping, with entries changed, added at the end, or taken away (REMOVE).

    Raises Invalid("settings.…") where the file can't be read or holds something else.
    """
    root = yaml_tree.parse(text)
    if root is not None and not isinstance(root.value, dict):
        raise Invalid("settings.shape", expected="a mapping")
    present = root.value if root is not None else {}
    target = {key: value for key, value in {**present, **changes}.items() if value is not REMOVE}
    if yaml_edit.same(present, target):
        return text
    if text and not text.endswith("\n"):
        text += "\n"
    if root is not None and root.style == "flow":
        # A file that begins as {} would otherwise grow into one long line.
        lines = "".join(yaml_text.entry(key, value, 0) for key, value in target.items()) or "{}\n"
        return text[: root.start] + lines.rstrip("\n") + text[root.end :]
    if not target and root is not None:
        return text[: root.start] + "{}\n" + text[root.end :].lstrip("\n")
    line_feed = "\r\n" if "\r\n" in text else "\n"
    return yaml_edit.rewrite(text, root, target, (), line_feed)


def rename_in_front_matter(source: str, patterns: Mapping[str, Rename]) -> str:
    """A page whose paths among the facts are renamed. `patterns` are dotted names, with ``*`` for the rows of a list."""
    opening = OPENING.match(source)
    closing = CLOSING.search(source, opening.end()) if opening else None
    if opening is None or closing is None:
        return source
    block = source[opening.end() : closing.start()]
    return source[: opening.end()] + rename_scalars(block, patterns) + source[closing.start() :]


def rename_scalars(text: str, patterns: Mapping[str, Rename]) -> str:
    """YAML in which the texts at these places are renamed; what can't be read stays as it is."""
    try:
        root = yaml_tree.parse(text)
    except Invalid:
        return text
    edits = []
    for name, node, in_flow in _scalars(root, "", False) if root is not None else ():
        rename = patterns.get(name)
        new = rename(node.value) if rename is not None else node.value
        if new != node.value:
            edits.append((node.start, node.end, yaml_text.scalar(new, in_flow, node.style)))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _scalars(node: yaml_tree.Node, name: str, in_flow: bool) -> Iterator[tuple[str, yaml_tree.Node, bool]]:
    if node.items is None:
        if isinstance(node.value, str) and node.style not in ("|", ">"):
            yield name, node, in_flow
        return
    for item in node.items:
        key, value = item if isinstance(item, tuple) else (None, item)
        part = str(key.value) if key is not None else "*"
        yield from _scalars(value, f"{name}.{part}" if name else part, in_flow or node.style == "flow")
