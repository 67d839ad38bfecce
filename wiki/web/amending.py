"""Changing one's suggestion after it was sent, and adding further pages to it."""

from __future__ import annotations

from flask import Blueprint, Response, request

from wiki.editing.edit import Edit, Write
from wiki.errors import Invalid, NotFound
from wiki.web import new_page, views
from wiki.web.asked import path_of, public_revision
from wiki.web.context import wiki
from wiki.web.editing import act_on
from wiki.web.errors import status_of
from wiki.web.form import Form, blank, sent, show
from wiki.web.form import opened as form_of
from wiki.web.naming import named_path, to_send, typed_path
from wiki.web.suggesting import NO_KEY, check_spam, follow_url, opened, speaker
from wiki.web.suggesting import show as show_suggestion
from wiki.web.words import describe

blueprint = Blueprint("amending", __name__)


@blueprint.get("/-/suggestions/<int:number>/<key>/edit")
def choose(number: int, key: str) -> Response:
    """Go to the form for the page that the address names."""
    suggestion, typed = opened(number, key), request.args.get("path", "")
    try:
        path = typed_path(named_path(typed.strip()))
    except Invalid as error:
        shown = to_send(typed, error)
        return show_suggestion(suggestion, key, {"path": describe(error)}, status_of(error), path=shown)
    return views.go(f"{follow_url(number, key)}/edit/{path}")


@blueprint.get("/-/suggestions/<int:number>/<key>/edit/<path:path>")
def edit(number: int, key: str, path: str) -> Response:
    """The form of a page as the suggestion has it, else as the wiki has it."""
    suggestion = opened(number, key)
    target = path_of(path)
    mode = "source" if request.args.get("mode") == "source" or target.is_settings else "form"
    try:
        form = form_of(wiki().store.get(target, suggestion.head), suggestion.head, mode=mode)
    except NotFound:
        if mode == "form":
            form = new_page.begun(target.text, "", request.args.get("kind", ""), "")
            form.base = suggestion.head
        else:
            form = form_of(blank(target), suggestion.head, is_new=True, mode=mode, path=target.text)
    form.affiliation = suggestion.affiliation
    return show(form, amends=follow_url(number, key))


@blueprint.post("/-/suggestions/<int:number>/<key>/edit/<path:path>")
def amend(number: int, key: str, path: str) -> Response:
    """Put what the form holds on the suggestion."""
    suggestion = opened(number, key)
    target = path_of(path)

    def at(base: str) -> str:
        return wiki().suggestions.commit_of(suggestion, base) or public_revision(base)

    base = request.form.get("base", "") or suggestion.head
    if "kind" in request.form and "path" in request.form:
        form = new_page.sent()
        form.base = base
    else:
        form = sent(target, base, at)

    def save(write: Write, seconds: float) -> Response:
        check_spam(write, seconds)
        wiki().suggestions.amend(number, write, "" if key == NO_KEY else key)
        return views.go(follow_url(number, key), "amended")

    def make(form: Form) -> Write:
        return Write(
            (Edit(form.page.path, form.base, form.source),),
            form.message,
            speaker(suggestion),
            affiliation=form.affiliation,
        )

    return act_on(form, make, save, follow_url(number, key))
