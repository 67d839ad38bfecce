"""Changes as lists show them: those of a page, of a person, of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wiki.catalog.presenting import address
from wiki.history.revision import ChangeSet, Event, Revision, Touch
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.asked import asked_number
from wiki.web.context import wiki
from wiki.web.translations import gettext, ngettext
from wiki.web.words import stake


def change_views(events: Sequence[ChangeSet | Revision]) -> list[dict[str, Any]]:
    """Changes as the macro ``change_list`` takes them, with the titles that the pages have now."""
    touched = [(event, _main_touch(event)) for event in events]
    paths = {touch.path: PagePath.of_file(touch.path) for _, touch in touched if touch is not None}
    titles = wiki().catalog.titles_of([path.text for path in paths.values() if path is not None])
    return [_change_view(event, touch, paths.get(touch.path), titles) for event, touch in touched if touch is not None]


def _change_view(
    event: ChangeSet | Revision, touch: Touch | Revision, path: PagePath | None, titles: Mapping[str, str]
) -> dict[str, Any]:
    text = path.text if path is not None else touch.path
    title, here = titles.get(text, text), address(text)
    more = event.changed - 1 if isinstance(event, ChangeSet) else 0
    return {
        "when": event.committed,
        "who": event.author,
        "who_url": address(f"-/people/{event.username}") if event.username else "",
        "what": event.subject,
        "title": ngettext("%(title)s and %(num)s more", "%(title)s and %(num)s more", more, title=title)
        if more
        else title,
        "url": here,
        "diff_url": f"/-/diff{here}?to={event.id}" if path is not None else "",
        "size": touch.size_change,
        "minor": event.minor,
        "category": views.category_of(text),
        "badges": badges(event, touch),
        "revision": event.id,
    }


def _main_touch(event: ChangeSet | Revision) -> Touch | Revision | None:
    """The file that a change is named after: the first page, else the first file."""
    if isinstance(event, Revision):
        return event
    return next(
        (touch for touch in event.touches if PagePath.of_file(touch.path) is not None), next(iter(event.touches), None)
    )


def badges(event: Event, touch: Touch | Revision) -> list[str]:
    """What is to be known of a change besides its summary."""
    found = []
    if event.affiliation:
        found.append(gettext("stake: %(what)s", what=stake(event.affiliation)))
    if event.suggestion:
        found.append(gettext("suggestion %(number)s", number=event.suggestion))
    if event.revert_of:
        found.append(gettext("takes a change back"))
    if touch.moved_from:
        found.append(gettext("moved from %(path)s", path=touch.moved_from.removesuffix(".md")))
    elif touch.status == "A":
        found.append(gettext("new"))
    if touch.status == "D":
        found.append(gettext("deleted"))
    if event.also:
        found.append(gettext("with %(names)s", names=", ".join(event.also[:5])))
    return found


def before() -> int | None:
    """The place in the history from which the list goes on."""
    return asked_number("before")
