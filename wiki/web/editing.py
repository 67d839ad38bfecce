"""Changing pages: the form, new pages, preview, conflicts. Whoever may not save gets the same form and suggests.

What the form holds and shows: `form`; new pages: `new_page`; one section: `section`; two who changed the same: `conflict`;
the inputs of the facts: `inputs`; what people have typed and not saved: `drafts`.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.edit import Edit, EditConflict, Saved, Write
from wiki.editing.verifying import verify as still_true
from wiki.errors import Denied, Invalid, NotFound, TooMany, Unavailable
from wiki.markup.line_ends import unix
from wiki.pages.page import unsaved_page
from wiki.pages.path import PagePath
from wiki.suggestions.access import must_suggest
from wiki.web import conflict, form, moves, new_page, previewing, suggesting, views
from wiki.web.asked import path_of
from wiki.web.context import actor, head, may, person, settings, wiki
from wiki.web.errors import status_of
from wiki.web.form import Form
from wiki.web.proof import require_proof_for
from wiki.web.security import check_form_token
from wiki.web.words import describe

blueprint = Blueprint("editing", __name__)


@blueprint.get("/-/edit/<path:path>")
def edit(path: str) -> Response:
    """The form of a page, or with ``mode=source`` its whole file."""
    target = path_of(path)
    _require_may_propose()
    revision = head()
    try:
        page = wiki().store.get(target, revision)
    except NotFound:
        moved = moves.followed(target)
        if moved is not None:
            return moved
        if not target.is_settings:
            return views.send_to(url_for("editing.new", path=target.text), 302)
        page = form.blank(target)
    # Facts that can't be read can't be put into inputs: the whole file is, and what is wrong with it.
    unreadable = page.problem is not None and page.problem.code.startswith("front_matter.")
    mode = "source" if request.args.get("mode") == "source" or target.is_settings or unreadable else "form"
    opened = form.opened(page, revision, mode=mode, section=request.args.get("section", "")[:200])
    if unreadable and page.problem is not None:
        opened.problems = (page.problem,)
    return form.show(opened)


@blueprint.post("/-/edit/<path:path>")
def save(path: str) -> Response:
    """Save (or suggest) what the form holds; preview it, or show what it would change."""
    target = path_of(path)
    sent = form.sent(target, request.form.get("base", ""))
    if sent.mode == "form" and "title" in request.form and not sent.page.blob_id and _is_free(target):
        sent = new_page.sent(target.text)
    return _act(sent)


@blueprint.get("/-/new")
def new() -> Response:
    """The form of a page that isn't there yet, with the outline of its kind."""
    _require_may_propose()
    asked = request.args
    if asked.get("translate"):
        return form.show(new_page.translation_of(asked["translate"], asked.get("to", "")))
    names = ("path", "folder", "kind", "title")
    return form.show(new_page.begun(*(asked.get(name, "") for name in names)))


@blueprint.post("/-/new")
def create() -> Response:
    """Make (or suggest) a page in one save."""
    return _act(new_page.sent())


@blueprint.post("/-/preview")
def preview() -> Response:
    """The text of a form as it would look: an HTML fragment."""
    _require_may_propose()
    text = request.form.get("body")
    path = path_of(request.form.get("path", "") or "preview")
    source = request.form.get("source")
    if text is None and source is not None:
        text = unsaved_page(path, source, settings()).body
    rendered = previewing.preview(unix(text or ""))
    return make_response(views.body_html(rendered, path))


@blueprint.post("/-/verify/<path:path>")
def verify(path: str) -> Response:
    """ "Still true": a person has looked, and the page says so from now on."""
    target = path_of(path)
    if not may(Permission.VERIFY):
        raise Denied("denied.permission", permission="verify")
    check_form_token()
    write = still_true(wiki().store, target, head(), actor(), wiki().clock().date())
    wiki().editor.apply(write)
    return views.go(request.form.get("next") or address(target.text), "verified")


@blueprint.post("/-/resolve/<path:path>")
def resolve(path: str) -> Response:
    """The choices made where two people changed the same; saved like any other edit, on the version they were made for."""
    target = path_of(path)
    _require_may_propose()
    asked = request.form
    was = path_of(asked.get("base_path", path))
    found = conflict.merged_again(target, was, *(asked.get(name, "") for name in ("base", "head", "source")))
    source, undecided = conflict.decided(found)
    sent = form.of_source(target, found.head, source)
    return conflict.show(sent, found, undecided, 422) if undecided else _act(sent)


def _act(sent: Form) -> Response:
    def make(sent: Form) -> Write:
        edit = Edit(sent.page.path, sent.base, sent.source)
        return Write((edit,), sent.message, actor(), sent.minor, sent.affiliation)

    return act_on(sent, make, _save)


def act_on(
    sent: Form, make: Callable[[Form], Write], save: Callable[[Write, float], Response], amends: str = ""
) -> Response:
    """Do what the button asks for: show the form again with a preview or the difference, or save.

    `save` gets the write and how many seconds the form was open; `amends` is the private page of the suggestion that the
    form belongs to, if it does. Whatever is wrong, the form comes back with the text.
    """
    what = request.form.get("do", "save")
    if not _may_propose():
        # Where strangers may not suggest, an ended session must not take the text with it.
        sent.notice = describe(Denied("denied.sign_in"))
        return form.show(sent, 401, amends=amends)
    try:
        seconds = check_form_token()
    except Invalid as error:
        # Their session may have ended meanwhile; the text stays and one more click saves it.
        sent.notice = describe(error)
        return form.show(sent, 422, amends=amends)
    except Unavailable as error:
        sent.notice = describe(error)
        return form.show(sent, status_of(error), amends=amends)
    if sent.problems:
        return form.show(sent, 422, amends=amends)
    if what == "diff":
        return form.show(sent, extra=form.difference_of(sent), amends=amends)
    try:
        if what == "preview":
            return form.show(sent, extra=form.preview_of(sent), amends=amends)
        answer = save(make(sent), seconds)
        _forget_draft(sent)
        return answer
    except EditConflict as found:
        return conflict.show(sent, found, [], 409)
    except Invalid as error:
        sent.problems = error.problems
        return form.show(sent, 422, amends=amends)
    except (TooMany, Unavailable) as error:
        sent.notice = describe(error)
        return form.show(sent, status_of(error), amends=amends)


def _save(write: Write, seconds: float) -> Response:
    """Save where this person may, else suggest."""
    me = person()
    followed = wiki().editor.followed(write)
    if must_suggest(actor(), followed, settings(), me.edits_until_trusted if me is not None else 0):
        return suggesting.submit(write, seconds)
    require_proof_for(edit.file for edit in followed.edits)
    saved = wiki().editor.apply(write)
    return views.go(address(saved.path), _notice(saved))


def _is_free(target: PagePath) -> bool:
    """Whether the wiki has no page at this path."""
    return wiki().store.entry(target, head()) is None


def _forget_draft(sent: Form) -> None:
    """What was kept while they typed has arrived."""
    me = person()
    if me is not None:
        wiki().accounts.drafts.delete(me.id, request.form.get("draft", "")[:500] or sent.page.path.text)


def _notice(saved: Saved) -> str:
    if not saved.changed:
        return "nothing-new" if saved.merged else "unchanged"
    return "merged" if saved.merged else "saved"


def _may_propose() -> bool:
    return may(Permission.EDIT) or may(Permission.SUGGEST)


def _require_may_propose() -> None:
    if not _may_propose():
        raise Denied("denied.sign_in")
