"""The kinds of pages and their fields, each declared once (content-format in docs/reference follows from this)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wiki.pages.fields import N_, PageKind
from wiki.pages.kinds.guide import GUIDE, TIP
from wiki.pages.kinds.page import PAGE
from wiki.pages.kinds.term import TERM
from wiki.pages.kinds.tool import TOOL
from wiki.pages.kinds.toolkit import TOOLKIT
from wiki.pages.kinds.training import TRAINING
from wiki.pages.path import PagePath

SETTINGS = PageKind("settings", N_("Settings"), N_("Settings"), ())

KINDS: dict[str, PageKind] = {kind.id: kind for kind in (TOOL, GUIDE, TIP, TRAINING, TOOLKIT, TERM, PAGE, SETTINGS)}


def kind_of(
    path: PagePath, fields: Mapping[str, Any], categories: tuple[str, ...], languages: tuple[str, ...]
) -> PageKind:
    """The kind of a page: what it says of itself, else what is usual in its folder; a page without fields is a page."""
    if path.is_settings:
        return SETTINGS
    named = fields.get("kind")
    if isinstance(named, str) and named in KINDS and named != SETTINGS.id:
        return KINDS[named]
    if not fields:
        return PAGE
    return KINDS[usual_kind(path.without_language(languages), categories)]


def usual_kind(path: str, categories: tuple[str, ...]) -> str:
    """The kind that a new page at this path would have."""
    section = path.partition("/")[0]
    if "/" in path and section in categories:
        return TOOL.id
    for kind in KINDS.values():
        if kind.folder and kind.folder == section:
            return kind.id
    return PAGE.id
