"""Whether a value is what a schema of the API says. Only what the API's own declarations use is known here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wiki.errors import Problem

Schema = Mapping[str, Any]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
MAX_PROBLEMS = 20


def problems(value: Any, schema: Schema, where: str = "") -> list[Problem]:
    """What is wrong with a value, each with its place in dots ("edits.0.path"); the first few only."""
    found = []
    for problem in _wrong(value, schema, where):
        found.append(problem)
        if len(found) == MAX_PROBLEMS:
            break
    return found


def read_text(texts: Sequence[str], schema: Schema) -> Any:
    """The value that the texts of a query stand for; what can't be one of the schema's type stays text."""
    if schema["type"] == "array":
        return [read_text([text], schema["items"]) for text in texts]
    text = texts[-1]
    if schema["type"] == "integer" and text.isascii() and text.removeprefix("-").isdigit() and len(text) < 16:
        return int(text)
    if schema["type"] == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _wrong(value: Any, schema: Schema, where: str) -> Iterator[Problem]:
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        yield Problem("field.shape", where, {"expected": _WORDS[kind]})
        return
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(str(item) for item in schema["enum"])
        yield Problem("choice.unknown", where, {"value": str(value)[:80], "allowed": allowed})
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            yield Problem("text.too_long", where, {"length": len(value), "allowed": schema["maxLength"]})
        if len(value) < schema.get("minLength", 0):
            yield Problem("field.required", where)
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield Problem("number.wrong", where, {"value": value})
    elif isinstance(value, list):
        yield from _wrong_list(value, schema, where)
    elif isinstance(value, dict):
        yield from _wrong_object(value, schema, where)


def _wrong_list(value: list[Any], schema: Schema, where: str) -> Iterator[Problem]:
    if len(value) > schema.get("maxItems", len(value)):
        yield Problem("list.too_long", where, {"count": len(value), "allowed": schema["maxItems"]})
    if len(value) < schema.get("minItems", 0):
        yield Problem("field.required", where)
    for number, item in enumerate(value):
        yield from _wrong(item, schema.get("items", {}), _below(where, str(number)))


def _wrong_object(value: dict[str, Any], schema: Schema, where: str) -> Iterator[Problem]:
    declared: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem("field.required", _below(where, name))
    for name, item in value.items():
        if name in declared:
            yield from _wrong(item, declared[name], _below(where, name))
        elif schema.get("additionalProperties") is False:
            yield Problem("request.unknown", _below(where, name[:80]))


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
