"""The description of the API for programs (OpenAPI 3.1), made from the declarations of its operations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify

from wiki import __version__
from wiki.web import views
from wiki.web.api.answers import SCHEMAS
from wiki.web.api.declaring import BASE, OPERATIONS, Operation, Parameter, blueprint
from wiki.web.api.schemas import ref
from wiki.web.context import head, settings

TAGS = {
    "site": "The wiki itself, and who one is to it.",
    "pages": "Finding and reading pages.",
    "browse": "What there is to narrow and to choose by, and what needs work.",
    "history": "Who changed what and when.",
    "writing": "Changing pages, with a token.",
    "suggestions": "Changes that wait for a maintainer.",
}
_PATH_PARAMETERS = {
    "path": Parameter("path", "The path of a page; slashes may be written as %2F.", {"type": "string"}, True, "path"),
    "number": Parameter("number", "The number of a suggestion.", {"type": "integer", "minimum": 1}, True, "path"),
    "list": Parameter("list", "The name of a list.", {"type": "string"}, True, "path"),
}
# What any operation may answer: asked wrongly, not allowed, too often, out of order.
_ALWAYS = (401, 403, 422, 429, 503)


@blueprint.get("/-/api/openapi.json")
def description() -> Response:
    """This description."""
    head()
    return views.cacheable(jsonify(document()))


def document() -> dict[str, Any]:
    """The description as OpenAPI 3.1 has it."""
    paths: dict[str, dict[str, Any]] = {}
    for item in OPERATIONS.values():
        paths.setdefault(item.path, {})[item.method.lower()] = _operation(item)
    license = settings().license
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings().name,
            "version": __version__,
            "summary": "Read everything; write with a token.",
            "description": "No cookie is looked at. A token, made on one's account page, goes into the header "
            "Authorization: Bearer …. Whatever goes wrong is answered by a problem document (RFC 9457). Answers to "
            "GET have an ETag and answer If-None-Match by 304.",
            "license": {"name": license.name, "url": license.url},
        },
        "servers": [{"url": BASE}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token of an account."}},
        },
    }


def _operation(item: Operation) -> dict[str, Any]:
    inside = [_PATH_PARAMETERS[name] for name in _PATH_PARAMETERS if f"{{{name}}}" in item.path]
    found: dict[str, Any] = {
        "operationId": item.id,
        "tags": [item.tag],
        "summary": item.summary,
        **({"description": item.details} if item.details else {}),
        "parameters": [_parameter(each) for each in (*inside, *item.parameters)],
        "responses": _responses(item),
        "security": [{"token": []}] if only_with_token(item) else [{}, {"token": []}],
    }
    if item.body is not None:
        kind = "multipart/form-data" if item.form else "application/json"
        found["requestBody"] = {"required": True, "content": {kind: {"schema": item.body}}}
    return found


def only_with_token(item: Operation) -> bool:
    """Whether strangers may never do this."""
    return item.id == "me" or (item.needs is not None and item.needs.value not in ("read", "suggest"))


def _parameter(item: Parameter) -> dict[str, Any]:
    several = item.schema["type"] == "array"
    return {
        "name": item.name,
        "in": item.place,
        "required": item.required,
        "description": item.meaning,
        "schema": item.schema,
        **({"style": "form", "explode": True} if several else {}),
    }


def _responses(item: Operation) -> dict[str, Any]:
    good = {"description": item.summary, "content": {"application/json": {"schema": ref(item.answer)}}}
    found: dict[int, Any] = {item.status: good}
    if item.method == "GET":
        found[304] = {"description": "Not changed since what If-None-Match names."}
    statuses = {*_ALWAYS, *item.errors, *((400, 415) if item.body is not None else ())}
    for status in statuses:
        if status < 300:
            found[status] = good
        elif status < 400:
            found[status] = {"description": "It has moved; the header Location says where to."}
        else:
            schema = ref("Conflict" if status == 409 else "Problem")
            content = {"application/problem+json": {"schema": schema}}
            found[status] = {"description": HTTPStatus(status).phrase, "content": content}
    return {str(status): found[status] for status in sorted(found)}
