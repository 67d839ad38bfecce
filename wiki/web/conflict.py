"""The screen for two people who changed the same lines: both versions and a choice for each place, nothing written yet."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, make_response, render_template, request, url_for

from wiki.editing.edit import EditConflict
from wiki.editing.merge import merge
from wiki.editing.rights import may_write
from wiki.errors import NotFound, Unavailable
from wiki.markup.line_ends import kept_ends
from wiki.pages.path import PagePath
from wiki.web.asked import public_revision
from wiki.web.choosing import chosen, places
from wiki.web.context import actor, person, settings, wiki
from wiki.web.form import Form
from wiki.web.translations import gettext


def show(form: Form, conflict: EditConflict, undecided: list[str], status: int) -> Response:
    """The screen; `undecided` are the places where a choice is still to be made."""
    last = None
    with suppress(Unavailable):
        last = wiki().history.last(conflict.path.text)
    problems = [{"text": gettext("Choose what stays here."), "name": f"choice-{number}"} for number in undecided]
    html = render_template(
        "editing/conflict.html",
        form=form,
        page=form.page,
        conflict=conflict,
        own=last is not None and person() is not None and last.username == actor().name,
        who=last.author if last is not None else gettext("Somebody else"),
        places=places(conflict.passages, conflict.fields, form.page.kind),
        problems=problems,
        undecided=undecided,
        choices=request.form,
        draft_key=request.form.get("draft", "")[:500],
        saves=may_write(actor(), conflict.path.text, settings()),
        action=url_for("editing.resolve", path=conflict.path.text),
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def merged_again(target: PagePath, was: PagePath, base: str, head: str, theirs: str) -> EditConflict:
    """The conflict that the screen showed, made anew from the same three texts; at `base` the page was at `was`."""
    old, ours = _stored(was, base), _stored(target, head)
    theirs = kept_ends(old, theirs)
    found = merge(old, ours, theirs)
    return EditConflict(target, head, base, ours, theirs, found.source, found.passages, found.fields, was)


def decided(conflict: EditConflict) -> tuple[str, list[str]]:
    """The text that the choices sent make, and the places where none was made."""
    whole = request.form.get("whole")
    if whole in ("theirs", "ours"):
        return (conflict.theirs if whole == "theirs" else conflict.merged), []
    return chosen(conflict.merged, conflict.passages, conflict.fields, request.form)


def _stored(target: PagePath, revision: str) -> str:
    if not revision:
        return ""
    try:
        return wiki().store.get(target, public_revision(revision)).source
    except NotFound:
        return ""
