"""The shapes of what the API takes, and what all shapes are made of, as JSON Schema (2020-12, which OpenAPI 3.1 uses).

What is said of a page's facts follows from the declarations in `wiki/pages/kinds/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wiki.pages.fields import Field, FieldType, PageKind
from wiki.pages.kinds import KINDS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
LINE: Schema = {"type": "string", "maxLength": 1000}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
DAY: Schema = {"type": "string", "format": "date"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANYTHING: Schema = {}
MAX_TEXT = 8 * 1024 * 1024
PATH: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1000,
    "description": "The path of a page, such as communications/signal.",
}
SOURCE: Schema = {"type": "string", "maxLength": MAX_TEXT, "description": "The whole file: facts and text."}
BODY: Schema = {"type": "string", "maxLength": MAX_TEXT, "description": "The text without the facts, as Markdown."}
REVISION: Schema = {"type": "string", "description": "A version of the wiki: the id of a commit."}
BASE: Schema = {
    "type": "string",
    "maxLength": 64,
    "description": "The `revision` that the change was made from. Without it the header If-Match says so.",
}


def ref(name: str) -> Schema:
    """A schema of SCHEMAS by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def some(schema: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": schema}


def maybe(schema: Schema) -> Schema:
    """This, or null where it is not known."""
    return {"anyOf": [schema, {"type": "null"}]}


def an_object(description: str, properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """An object that has all of these properties but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        **({"required": required} if required else {}),
    }


def facts_of(kind: PageKind) -> Schema:
    """The facts of a kind of page, as they may be written."""
    return {
        "type": "object",
        "description": f"The facts of a page of the kind “{kind.id}”. Facts that no kind declares are kept as they are.",
        "properties": {
            "kind": {"const": kind.id},
            **{item.name: _fact(item) for item in kind.fields},
        },
    }


def facts_name(kind: PageKind) -> str:
    """What the schema of a kind's facts is called."""
    return f"{kind.id.capitalize()}Facts"


def _fact(item: Field) -> Schema:
    words = " ".join(word for word in (f"{item.label}.", item.hint) if word)
    schema: Schema = {"description": words, **_shape(item)}
    if item.vocabulary:
        schema["description"] += f" Its values are those of the vocabulary “{item.vocabulary}”: see /kinds."
    return schema


def _shape(item: Field) -> Schema:
    kind = item.type
    if kind is FieldType.MAPPING:
        return {"type": "object", "properties": {inner.name: _fact(inner) for inner in item.fields}}
    if kind is FieldType.ROWS:
        row = {"type": "object", "properties": {inner.name: _fact(inner) for inner in item.fields}}
        return {"type": "array", "items": row, "maxItems": item.limit}
    if item.is_list:
        return {"type": "array", "items": {"type": "string"}, "maxItems": item.limit}
    if kind is FieldType.NUMBER:
        return {"type": "number", "minimum": 0}
    if kind is FieldType.FLAG:
        return {"type": "boolean"}
    if kind is FieldType.DATE:
        return {"type": "string", "format": "date"}
    if kind is FieldType.URL:
        return {"type": "string", "format": "uri", "maxLength": item.limit}
    if item.allowed and not item.vocabulary:
        return {"type": "string", "enum": list(item.allowed)}
    return {"type": "string", "maxLength": item.limit}


KINDS_KNOWN = tuple(kind for kind in KINDS.values() if kind.id != "settings")
FIELDS: Schema = {
    "type": "object",
    "description": "Facts by name, as they stand at the top of the file; which there are depends on the kind of page.",
    "anyOf": [*(ref(facts_name(kind)) for kind in KINDS_KNOWN), {"type": "object"}],
}
_SUMMARY = {
    "message": {**LINE, "description": "What the change is for, in one line."},
    "minor": {**FLAG, "description": "Whether it is only a small thing, such as a spelling."},
    "affiliation": {
        "type": "string",
        "maxLength": 40,
        "description": "The stake that whoever makes the change has in the tool, of the vocabulary “affiliations”.",
    },
}


def _request(description: str, properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


NEW_PAGE = _request(
    "A page that isn't there yet: either its whole file, or its facts and its text.",
    {"path": PATH, "source": SOURCE, "fields": FIELDS, "body": BODY, **_SUMMARY},
    ("path",),
)
WHOLE_PAGE = _request(
    "The whole file of a page, in place of the present one.", {"source": SOURCE, "base": BASE, **_SUMMARY}, ("source",)
)
PAGE_CHANGES = _request(
    "What changes: only the lines of facts named here are touched, and a fact that is null goes away. A text takes the "
    "place of the present one.",
    {"fields": FIELDS, "body": BODY, "base": BASE, **_SUMMARY},
)
MOVE = _request(
    "Where the page goes.",
    {
        "to": PATH,
        "folder": {**FLAG, "description": "Take along all that is below this address too."},
        "message": _SUMMARY["message"],
    },
    ("to",),
)
REASON = _request("Why.", {"message": _SUMMARY["message"]})
UPLOAD: Schema = {
    "type": "object",
    "description": "A file, as a form sends it.",
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "alt": {"type": "string", "maxLength": 300, "description": "What can be seen, for those who can't see it."},
        "decoration": {"type": "string", "description": "“yes” for a picture that says nothing."},
    },
    "required": ["file"],
}
SUGGESTED_EDIT = _request(
    "A change to one page: its whole file, or facts and text as in changing a page. An empty base makes a new page.",
    {
        "path": PATH,
        "base": BASE,
        "source": SOURCE,
        "fields": FIELDS,
        "body": BODY,
        "delete": {**FLAG, "description": "Suggest that the page should go."},
    },
    ("path",),
)
NEW_SUGGESTION = _request(
    "Changes for a maintainer to look at.",
    {
        "edits": {"type": "array", "items": SUGGESTED_EDIT, "minItems": 1, "maxItems": 100},
        "message": _SUMMARY["message"],
        "affiliation": _SUMMARY["affiliation"],
        "note": {"type": "string", "maxLength": 20_000, "description": "What the maintainers should know."},
        "credit": {"type": "string", "maxLength": 500, "description": "The name that a stranger is thanked under."},
        "opened": {
            "type": "string",
            "maxLength": 200,
            "description": "From `/suggestions/opening`, asked for some seconds before; without a token only.",
        },
        "website": {"type": "string", "maxLength": 500, "description": "Has to stay empty."},
    },
    ("edits",),
)
DECISION = _request(
    "What becomes of a suggestion.",
    {
        "decision": {"type": "string", "enum": ["approve", "decline", "ask"]},
        "head": {**REVISION, "maxLength": 64, "description": "To approve: the suggestion's `head`, as it was seen."},
        "files": {**some({**LINE}), "maxItems": 1000, "description": "Those to take in; all where it is left out."},
        "message": _SUMMARY["message"],
        "text": {"type": "string", "maxLength": 20_000, "description": "What the author should read."},
    },
    ("decision",),
)
SAYING = _request("Words.", {"text": {"type": "string", "maxLength": 20_000}})
