"""What people type to name a page: for a page that a fact names its title or an address, for a page's own address near to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from wiki.errors import Invalid, Unavailable, WikiError
from wiki.pages.fields import Field, FieldType
from wiki.pages.path import PagePath, slug
from wiki.web.context import root_url, wiki


def typed_path(text: str) -> PagePath:
    """The path that somebody typed for a page. Raises Invalid: as ``path.proposed`` where a path can be made of it, with what was
    `typed` and that `path`, which is for them to look at."""
    try:
        return PagePath.parse(text)
    except Invalid as refused:
        made = "/".join(filter(None, map(slug, PagePath(text.removesuffix(".md")).stem.split("/"))))
        try:
            PagePath.parse(made)
        except Invalid:
            raise refused from None
        raise Invalid("path.proposed", where="path", typed=text[:200], path=made)


def to_send(typed: str, error: WikiError) -> str:
    """What stands in the field after an error: the path that was proposed, else what was typed."""
    return str(error.params["path"]) if error.code == "path.proposed" else typed


def with_paths(declared: Iterable[Field], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of facts in which each page is named by its path; what names no page that is here stays as it was typed."""
    found = dict(changes)
    for item in declared:
        if item.name in found:
            found[item.name] = _with_path(item, found[item.name])
    return found


def _with_path(item: Field, value: Any) -> Any:
    if item.type is FieldType.MAPPING and isinstance(value, Mapping):
        return with_paths(item.fields, value)
    if item.type is FieldType.ROWS and isinstance(value, list):
        return [with_paths(item.fields, row) for row in value]
    if item.type is FieldType.PAGES and isinstance(value, list):
        return list(dict.fromkeys(named_path(text) for text in value))
    return named_path(value) if item.type is FieldType.PAGE and isinstance(value, str) and value else value


def named_path(text: str) -> str:
    """The path of the page with this title, other name or address; the text itself where there is none."""
    name = unquote(urlsplit(text).path).strip("/") if text.startswith(f"{root_url()}/") else text
    try:
        page = wiki().catalog.card(name) or wiki().catalog.named(name)
    except Unavailable:
        return text
    return page.path if page is not None else text
