"""Rows of histories and of lists of changes, as HTML. Rows of one shape share a mould, so fifty cost little more than one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from wiki.catalog.presenting import address
from wiki.history.revision import ChangeSet, Revision
from wiki.pages.path import PagePath
from wiki.web.change_lists import badges, change_views
from wiki.web.kept import Mould, call, hole, kept

_MACROS = "_macros/changes.html"


def version_rows(revisions: Sequence[Revision], path: PagePath, may_restore: bool) -> Markup:
    """Versions of a page, newest first, for the macro ``history``: the newest two are ticked."""
    last, here = len(revisions) - 1, address(path.text)
    return Markup(
        "".join(
            _version(item, path, here, may_restore, older=number == min(1, last), newer=not number)
            for number, item in enumerate(revisions)
        )
    )


def change_rows(events: Sequence[ChangeSet | Revision]) -> Markup:
    """Changes for the macro ``change_list``."""
    return Markup(
        "".join(
            _row(
                "change_row",
                minor=view["minor"],
                title=view["title"],
                url=view["url"],
                when=moment(view["when"]),
                what=view["what"],
                who=view["who"],
                who_url=view["who_url"],
                diff_url=view["diff_url"],
                size=f"{view['size']:+d}",
                labels=_labels(view["badges"]),
            )
            for view in change_views(events)
        )
    )


def moment(when: datetime) -> Markup:
    """A moment as the macro of this name has it, its day put into words once."""
    iso = when.isoformat()
    day = iso[:10]
    made: str = kept().once(
        ("moment", day), lambda: call("_macros/times.html", "moment", value=f"{day}T00:00:00+00:00")
    )
    return Markup(made.replace("T00:00:00+00:00", iso[10:], 1).replace(", 00:00<", f", {iso[11:16]}<", 1))


def _version(item: Revision, path: PagePath, here: str, may_restore: bool, older: bool, newer: bool) -> Markup:
    own = None if item.path == path.file else PagePath.of_file(item.path)
    there = address(own.text) if own else here
    return _row(
        "version_row",
        minor=item.minor,
        older=older,
        newer=newer,
        id=item.id,
        # Where it was deleted there is nothing to show but what went.
        url=f"{there}?at={item.id}" if item.blob_id else f"/-/diff{here}?to={item.id}",
        when=moment(item.when),
        what=item.subject,
        who=item.author,
        who_url=address(f"-/people/{item.username}") if item.username else "",
        size=f"{item.size_change:+d}",
        labels=_labels(badges(item, item)),
        # What made the page is not taken back but deleted, where it is said what links to it.
        restore_url=f"/-/revert{here}?commit={item.id}" if may_restore and item.status != "A" else "",
    )


def _labels(all: Sequence[str]) -> Markup | str:
    return Markup(call(_MACROS, "labels", all=all)) if all else ""


def _row(macro: str, **values: Any) -> Markup:
    """A row by a macro. What is true or false shapes it; what is text is put in, where there is any."""
    shape = tuple(map(bool, values.values()))

    def make() -> Mould:
        given = {
            name: value if type(value) is bool else hole(number) if value else ""
            for number, (name, value) in enumerate(values.items())
        }
        return Mould(call(_MACROS, macro, **given), len(values))

    return kept().once((macro, shape), make).filled(*values.values())
