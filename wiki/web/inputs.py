"""The inputs of a form for the facts of a page, from the declarations of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wiki.errors import Problem
from wiki.pages.fields import Field, FieldType, Group, PageKind
from wiki.web.context import localize, settings, wiki
from wiki.web.translations import gettext
from wiki.web.words import describe, term_label

MAX_RADIOS = 7
_TYPES = {
    FieldType.LINE: "text",
    FieldType.TEXT: "textarea",
    FieldType.URL: "url",
    FieldType.DATE: "date",
    FieldType.NUMBER: "number",
    FieldType.FLAG: "select",
    FieldType.CHOICE: "select",
    FieldType.CHOICES: "checks",
    FieldType.WORDS: "tags",
    FieldType.PAGE: "page",
    FieldType.PAGES: "pages",
    FieldType.LINKS: "tags",
}


def groups(
    kind: PageKind, values: Mapping[str, Any], problems: Sequence[Problem], translation: bool = False
) -> list[dict[str, Any]]:
    """The inputs of a kind in groups; rare ones that hold nothing are folded behind the others."""
    errors: dict[str, str] = {}
    for problem in problems:
        errors.setdefault(problem.where, describe(problem))
    found: dict[Group, list[dict[str, Any]]] = {}
    rare: list[dict[str, Any]] = []
    for item in kind.flat:
        if translation and not item.prose:
            continue
        view = _input(item, values, errors)
        if item.rare and not view["value"] and not view["error"] and not view.get("errors"):
            rare.append(view)
        else:
            found.setdefault(item.group, []).append(view)
    result: list[dict[str, Any]] = [
        {
            "title": gettext(group.value),
            "inputs": found[group],
            "folded": group is not Group.BASICS and not _needed(found[group]),
        }
        for group in Group
        if group in found
    ]
    if rare:
        result.append({"title": gettext("More facts, for those who know them"), "inputs": rare, "folded": True})
    return result


def _needed(views: list[dict[str, Any]]) -> bool:
    """Whether a group holds something that has to be filled in and isn't: then it stands open."""
    return any(view["required"] and not view["value"] for view in views)


def _input(item: Field, values: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    name = item.dotted
    view: dict[str, Any] = {
        "name": name,
        "label": gettext(item.label),
        "hint": gettext(item.hint) if item.hint else "",
        "required": item.required,
        "error": errors.get(name, ""),
        "value": values.get(name, [] if item.is_list else ""),
        "maxlength": item.limit if item.type is FieldType.LINE else None,
    }
    if item.type is FieldType.ROWS:
        view["type"] = "mappings"
        view["columns"] = [_column(inner) for inner in item.fields]
        prefix = f"{name}."
        view["errors"] = {where[len(prefix) :]: words for where, words in errors.items() if where.startswith(prefix)}
        return view
    view["type"] = _TYPES[item.type]
    if item.type in (FieldType.CHOICE, FieldType.CHOICES):
        view["options"] = options(item)
        if item.type is FieldType.CHOICE and len(view["options"]) <= MAX_RADIOS and not item.rare:
            view["type"] = "radios"
    if item.type is FieldType.FLAG:
        view["options"] = [{"value": "true", "label": gettext("yes")}, {"value": "false", "label": gettext("no")}]
    if item.name == "tags":
        view["options"] = [{"value": tag, "label": tag} for tag in sorted(wiki().facets.values("tag"))]
    return view


def _column(item: Field) -> dict[str, Any]:
    column: dict[str, Any] = {
        "key": item.name,
        "label": gettext(item.label),
        "type": _TYPES[item.type],
        "required": False,
        "hint": gettext(item.hint) if item.hint else "",
    }
    if item.type is FieldType.CHOICE:
        column["options"] = options(item)
    if item.type is FieldType.FLAG:
        column["options"] = [{"value": "true", "label": gettext("yes")}, {"value": "false", "label": gettext("no")}]
    return column


def options(item: Field) -> list[dict[str, str]]:
    """The choices of a field with labels and descriptions."""
    return [
        {
            "value": slug,
            "label": term_label(item, slug),
            "description": localize(dict(term.description)) if item.type is FieldType.CHOICE else "",
        }
        for slug, term in settings().terms(item).items()
    ]
