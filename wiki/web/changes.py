"""Changes as people read them: facts old and new, text by words, versions, in the shape the macros take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from wiki.catalog.presenting import address
from wiki.invisible import marked
from wiki.markup.diff import Hunk
from wiki.pages.fields import PageKind
from wiki.pages.kinds import PAGE
from wiki.pages.page import Page, unsaved_page
from wiki.storage.objects import shown_name
from wiki.suggestions.review import PartView
from wiki.web import views
from wiki.web.choosing import places
from wiki.web.context import settings, wiki
from wiki.web.fields import shown
from wiki.web.translations import gettext
from wiki.web.words import describe, field_label

_KINDS = {"kept": "same", "added": "added", "removed": "removed"}


def fact_rows(kind: PageKind, changes: Iterable[Any]) -> list[dict[str, Any]]:
    """Changed facts with their labels; values as the facts box shows them."""
    rows = []
    for change in changes:
        item = kind.field(change.name)
        declared = item is not None and not item.fields
        old, new = (
            shown(item, value) if item is not None and declared else escape(_text(value))
            for value in (change.old, change.new)
        )
        rows.append({"label": field_label(kind, change.name), "old": old, "new": new})
    return rows


def text_hunks(hunks: Sequence[Hunk]) -> list[dict[str, Any]]:
    """Differences of text by line and word."""
    return [
        {
            "place": gettext("Line %(line)s", line=next((line.new or line.old for line in hunk.lines), 1)),
            "lines": [
                {
                    "kind": _KINDS[line.kind],
                    "parts": [
                        {"kind": _KINDS[line.kind] if part.changed else "same", "text": marked(part.text)}
                        for part in line.parts
                    ],
                }
                for line in hunk.lines
            ],
        }
        for hunk in hunks
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    return str(value)


def part_views(parts: Iterable[PartView]) -> list[dict[str, Any]]:
    """The files of a suggestion: what would change, how the page would look, what keeps it from being taken in."""
    return [_part_view(number, view) for number, view in enumerate(parts)]


def _part_view(number: int, view: PartView) -> dict[str, Any]:
    part = view.part
    path, file = part.path, shown_name(part.file)
    known = view.page or _as_written(view)
    kind = known.kind if known is not None else PAGE
    conflict = part.conflict
    html = Markup("")
    if view.page is not None and path is not None:
        html = views.body_html(wiki().rendering.render(view.page.markdown), path)
    return {
        "number": number,
        "file": file,
        "path": path.text if path is not None else "",
        "title": known.title if known is not None else file,
        "url": address(path.text if path is not None else file),
        "is_new": part.ours is None and path is not None,
        "is_deleted": part.theirs is None and path is not None,
        "is_file": path is None,
        "moved_on": part.moved_on and conflict is None and not part.is_taken,
        "taken_by": unsaved_page(path, part.ours, settings()).title if path and part.ours and part.is_taken else "",
        "nothing": not part.changes_something,
        "facts": fact_rows(kind, view.facts),
        "hunks": text_hunks(view.text),
        "html": html,
        "source": part.merged if part.merged is not None else (part.theirs or ""),
        "problems": [
            shown_name(f"{field_label(kind, problem.where)}: {describe(problem)}") for problem in view.problems
        ],
        "clashes": part.clashes and path is None,
        "was_deleted": conflict is not None and conflict.ours is None,
        "needs_choice": conflict is not None and bool(conflict.passages or conflict.fields),
        "conflict": places(conflict.passages, conflict.fields, kind, f"p{number}-") if conflict is not None else [],
    }


def _as_written(view: PartView) -> Page | None:
    """The page that the author wrote, else the one to be deleted, where nobody can say yet what it will be."""
    part = view.part
    text = part.theirs or part.ours or part.base
    if part.path is None or text is None:
        return None
    return unsaved_page(part.path, text, settings())
