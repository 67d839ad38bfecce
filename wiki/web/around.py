"""What stands around a page in each of its views: the way to it, and the way from one view to the next."""

from __future__ import annotations

from typing import Any

from flask import url_for

from wiki.catalog.presenting import address
from wiki.editing.rights import may_write
from wiki.pages.kinds import KINDS
from wiki.pages.path import PagePath
from wiki.web.context import actor, localize, settings
from wiki.web.translations import gettext


def crumbs(path: PagePath, title: str) -> list[dict[str, str]]:
    """The way to a page, from home through its folders; that of a language is none of them, nor is that of the settings."""
    known = settings()
    items = [{"label": gettext("Home"), "url": url_for("pages.home")}]
    if path.is_settings:
        return [*items, {"label": title, "url": ""}]
    first = 0 if path.language(known.languages) == known.languages[0] else 1
    for depth in range(first + 1, len(path.segments)):
        segment = path.segments[depth - 1]
        category = known.category("/".join(path.segments[first:depth]))
        label = localize(category.label, segment) if category else folder_label(segment, depth - first)
        items.append({"label": label, "url": address(category.id if category else "/".join(path.segments[:depth]))})
    return [*items, {"label": title, "url": ""}]


def folder_label(name: str, depth: int = 1) -> str:
    """What a folder that is no category is called on screen; one at `depth` 1 may be that of a kind of page."""
    kind = next((kind for kind in KINDS.values() if depth == 1 and kind.folder == name), None)
    return gettext(kind.plural) if kind is not None else name.replace("-", " ").capitalize()


def page_tabs(path: PagePath, current: str, deleted: bool = False, is_file: bool = False) -> list[dict[str, Any]]:
    """The views of one page: read, edit or suggest, earlier versions, what links here. A deleted one can't be edited; of a file
    that is attached to a page there is only what it holds and held."""
    text = path.text
    save = may_write(actor(), text, settings())
    tabs: list[dict[str, Any]] = [
        {"id": "read", "label": gettext("Read"), "url": address(text)},
        {
            "id": "edit",
            "label": gettext("Edit") if save else gettext("Suggest an improvement"),
            "url": url_for("editing.edit", path=text),
            "symbol": "pencil",
            "shortcut": "e",
        },
        {"id": "history", "label": gettext("Earlier versions"), "url": url_for("history.page", path=text)},
        {"id": "links", "label": gettext("What links here"), "url": url_for("browse.links_to", path=text)},
    ]
    if deleted or is_file:
        left_out = ("edit", "links") if is_file else ("edit",)
        tabs = [tab for tab in tabs if tab["id"] not in left_out]
    for tab in tabs:
        tab["current"] = tab["id"] == current
    return tabs
