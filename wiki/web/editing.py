"""Changing pages: the form, new pages, preview, conflicts. Whoever may not save gets the same form and suggests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.edit import Edit, EditConflict, Saved, Write
from wiki.editing.forms import changes_from, form_values, new_source
from wiki.editing.merge import Merge, merge
from wiki.editing.rights import may_write
from wiki.editing.signing import one_line
from wiki.editing.verifying import verify as still_true
from wiki.errors import Denied, Invalid, NotFound, Problem, TooMany, Unavailable
from wiki.history.diff import compare as compare_facts
from wiki.markup.diff import words as word_diff
from wiki.markup.front_matter import set_body, update
from wiki.pages.fields import PageKind
from wiki.pages.kinds import KINDS, usual_kind
from wiki.pages.page import Page, read_page
from wiki.pages.path import PagePath, slug
from wiki.suggestions.access import must_suggest
from wiki.web import inputs, suggesting, views
from wiki.web.blueprints import path_of
from wiki.web.changes import fact_rows, text_hunks
from wiki.web.choosing import chosen, ended, places, unix
from wiki.web.context import actor, head, localize, may, person, settings, wiki
from wiki.web.errors import status_of
from wiki.web.lists import public_revision
from wiki.web.pages import changes_since, crumbs, page_tabs
from wiki.web.security import check_form_token
from wiki.web.translations import gettext
from wiki.web.words import describe, field_label

blueprint = Blueprint("editing", __name__)
_SOURCE = "translation.source"
_BLOB = re.compile(r"[0-9a-f]{40}")
NEW_KINDS = ("tool", "guide", "tip", "training", "toolkit", "term", "page")


@dataclass(slots=True)
class Form:
    """What the form of a page holds: as opened or as sent."""

    page: Page
    base: str
    is_new: bool
    mode: str = "form"
    section: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    source: str = ""
    message: str = ""
    minor: bool = False
    affiliation: str = ""
    path: str = ""
    problems: tuple[Problem, ...] = ()
    notice: str = ""


@blueprint.get("/-/edit/<path:path>")
def edit(path: str) -> Response:
    """The form of a page, or with ``mode=source`` its whole file."""
    target = path_of(path)
    _require_may_propose()
    revision = head()
    try:
        page = wiki().store.get(target, revision)
    except NotFound:
        if target.is_settings:
            page = blank(target)
        else:
            return views.send_to(url_for("editing.new", path=target.text), 302)
    mode = "source" if request.args.get("mode") == "source" or target.is_settings else "form"
    form = Form(page, revision, False, mode, request.args.get("section", "")[:200])
    form.values = form_values(page.kind, page.fields)
    form.body = _section(page, form.section)[1]
    form.source = page.source
    return show(form)


@blueprint.post("/-/edit/<path:path>")
def save(path: str) -> Response:
    """Save (or suggest) what the form holds; preview it, or show what it would change."""
    target = path_of(path)
    _require_may_propose()
    form = sent(target, request.form.get("base", ""))
    return _act(form)


@blueprint.get("/-/new")
def new() -> Response:
    """The form of a page that isn't there yet, with the outline of its kind."""
    _require_may_propose()
    if request.args.get("translate"):
        return show(_translation_of(request.args["translate"], request.args.get("to", "")))
    path = request.args.get("path", "").strip("/")[:500]
    folder = request.args.get("folder", "").strip("/")[:300] or path.rpartition("/")[0]
    known = settings()
    kind = request.args.get("kind", "")
    if kind not in NEW_KINDS:
        kind = (
            usual_kind(f"{folder or known.category_ids[0]}/x", known.category_ids)
            if folder or known.category_ids
            else "page"
        )
    title = request.args.get("title", "")[:200] or path.rpartition("/")[2].replace("-", " ").capitalize()
    fields: dict[str, Any] = {"kind": kind, "title": title}
    if folder in known.category_ids and KINDS[kind].field("categories"):
        fields["categories"] = [folder]
    if kind == "tool":
        fields["status"] = "active"
    page = blank(PagePath(path or f"{folder}/new".strip("/")), fields, _outline(kind))
    form = Form(page, "", True, path=path or (f"{folder}/" if folder else ""))
    form.values = form_values(page.kind, page.fields)
    form.body = page.body
    return show(form)


@blueprint.post("/-/new")
def create() -> Response:
    """Make (or suggest) a page in one save."""
    _require_may_propose()
    kind = KINDS.get(request.form.get("kind", ""), KINDS["page"])
    submitted = request.form.to_dict(flat=False)
    fields = _applied({"kind": kind.id, **_sent_translation()}, changes_from(kind, submitted, {}))
    body = unix(request.form.get("body", ""))
    asked = one_line(request.form.get("path", ""), 1000)
    problems: tuple[Problem, ...] = ()
    try:
        target = PagePath.parse(_new_path(asked, kind.id, fields))
        if wiki().store.entry(target, head()) is not None:
            problems = (Problem("path.exists", "path", {"path": target.text}),)
    except Invalid as error:
        problems = error.problems
        target = PagePath("new")
    page = blank(target, fields, body)
    form = Form(page, "", True, path=asked, problems=problems)
    form.values = form_values(kind, fields)
    form.body = body
    form.source = new_source(kind, fields, body)
    _fill_common(form)
    return _act(form)


@blueprint.post("/-/preview")
def preview() -> Response:
    """The text of a form as it would look: an HTML fragment."""
    _require_may_propose()
    text = request.form.get("body")
    path = path_of(request.form.get("path", "") or "preview")
    source = request.form.get("source")
    if text is None and source is not None:
        text = read_page(path, "", "", source.encode("utf-8", "replace"), settings()).body
    rendered = wiki().rendering.render(unix(text or ""))
    return make_response(views.body_html(rendered, path))


@blueprint.post("/-/verify/<path:path>")
def verify(path: str) -> Response:
    """ "Still true": a person has looked, and the page says so from now on."""
    target = path_of(path)
    check_form_token()
    if not may(Permission.VERIFY):
        raise Denied("denied.permission", permission="verify")
    write = still_true(wiki().store, target, head(), actor(), wiki().clock().date())
    wiki().editor.apply(write)
    return views.go(request.form.get("next") or address(target.text), "verified")


@blueprint.post("/-/resolve/<path:path>")
def resolve(path: str) -> Response:
    """The choices made where two people changed the same; saved like any other edit, on the version they were made for."""
    target = path_of(path)
    _require_may_propose()
    base, ours_at = request.form.get("base", ""), request.form.get("head", "")
    theirs = unix(request.form.get("source", ""))
    merged = _remerged(target, base, ours_at, theirs)
    source, open_choices = _chosen(merged, theirs)
    form = _form_of_source(target, ours_at, source)
    if open_choices:
        problems = [Problem("edit.choose", f"choice-{number}") for number in open_choices]
        return _conflict(form, _conflict_of(target, base, ours_at, theirs, merged), problems, 422)
    return _act(form)


def _act(form: Form) -> Response:
    def make(form: Form) -> Write:
        edit = Edit(form.page.path, form.base, form.source)
        return Write((edit,), form.message, actor(), form.minor, form.affiliation)

    return act_on(form, make, _save)


def act_on(
    form: Form, make: Callable[[Form], Write], save: Callable[[Write, float], Response], action: str = ""
) -> Response:
    """Do what the button asks for: show the form again with a preview or the difference, or save.

    `save` gets the write and how many seconds the form was open. Whatever is wrong, the form comes back with the text.
    """
    what = request.form.get("do", "save")
    try:
        seconds = check_form_token()
    except Invalid as error:
        # Their session may have ended meanwhile; the text stays and one more click saves it.
        form.notice = describe(error)
        return show(form, action=action)
    if form.problems:
        return show(form, 422, action=action)
    if what == "preview":
        return show(form, extra=_preview_of(form), action=action)
    if what == "diff":
        return show(form, extra=_diff_of(form), action=action)
    try:
        return save(make(form), seconds)
    except EditConflict as conflict:
        return _conflict(form, conflict, [], 409)
    except Invalid as error:
        form.problems = error.problems
        return show(form, 422, action=action)
    except (TooMany, Unavailable) as error:
        form.notice = describe(error)
        return show(form, status_of(error), action=action)


def _save(write: Write, seconds: float) -> Response:
    """Save where this person may, else suggest."""
    me = person()
    path = next(edit.path.text for edit in write.edits if isinstance(edit, Edit))
    if must_suggest(actor(), write, settings(), me.edits_until_trusted if me is not None else 0):
        return suggesting.submit(write, seconds)
    saved = wiki().editor.apply(write)
    if me is not None:
        wiki().accounts.drafts.delete(me.id, path)
    return views.go(address(path), _notice(saved))


def _notice(saved: Saved) -> str:
    if not saved.changed:
        return "unchanged"
    return "merged" if saved.merged else "saved"


def sent(target: PagePath, base: str, at: Callable[[str], str] = public_revision) -> Form:
    """What the form of an existing page sent; `at` gives the commit for a base that this person may see."""
    try:
        revision = at(base) if base else ""
        page = wiki().store.get(target, revision) if revision else blank(target)
        problem = None
    except NotFound:
        page, problem = blank(target), Problem("base.unknown", "base")
    mode = "source" if "source" in request.form else "form"
    form = Form(page, base, not base, mode, request.form.get("section", "")[:200])
    submitted = request.form.to_dict(flat=False)
    if mode == "source":
        form.source = unix(request.form.get("source", ""))
        form.values = form_values(page.kind, page.fields)
    else:
        changes = changes_from(page.kind, submitted, page.fields)
        if isinstance(page.fields.get("translation"), dict) and _BLOB.fullmatch(request.form.get(_SOURCE, "")):
            changes["translation"] = {"source": request.form[_SOURCE]}
        form.values = {**form_values(page.kind, page.fields), **form_values(page.kind, _applied(page.fields, changes))}
        order = [item.name for item in page.kind.fields]
        form.body = unix(request.form.get("body", page.body))
        whole = _with_section(page, form.section, form.body)
        form.source = set_body(update(page.source, changes, order), whole)
    if problem is not None:
        form.problems = (problem,)
    _fill_common(form)
    return form


def _form_of_source(target: PagePath, base: str, source: str) -> Form:
    page = read_page(target, base, "", source.encode("utf-8", "replace"), settings())
    form = Form(page, base, False, "source" if request.form.get("mode") == "source" else "form")
    form.values = form_values(page.kind, page.fields)
    form.body, form.source = page.body, source
    _fill_common(form)
    return form


def _fill_common(form: Form) -> None:
    form.message = request.form.get("message", "")[:1000]
    form.minor = bool(request.form.get("minor"))
    form.affiliation = request.form.get("affiliation", "")[:40]


def show(form: Form, status: int = 200, extra: Mapping[str, Any] | None = None, action: str = "") -> Response:
    """The form with all that it holds; `action` is where it is sent, by default to be saved."""
    path = form.page.path
    saves = may_write(actor(), path.text, settings()) if not form.is_new else may(Permission.EDIT)
    kind = form.page.kind
    translation = form.page.fields.get("translation")
    translation = translation if isinstance(translation, dict) else None
    html = render_template(
        "editing/form.html",
        form=form,
        page=form.page,
        kind=kind,
        kinds=[{"value": id, "label": gettext(KINDS[id].label), "url": _kind_url(id)} for id in NEW_KINDS],
        groups=inputs.groups(kind, form.values, form.problems, translation is not None) if form.mode == "form" else [],
        problems=[{"text": _problem_words(kind, problem), "name": problem.where} for problem in form.problems],
        path_error=next((describe(item) for item in form.problems if item.where == "path"), ""),
        body_error=next((describe(item) for item in form.problems if item.where in ("body", "")), ""),
        saves=saves,
        action=action or _action(form),
        crumbs=crumbs(path, form.page.title) if not form.is_new else [],
        tabs=page_tabs(path, "edit") if not form.is_new else [],
        category=views.category_of(path.text),
        affiliations=_affiliations(),
        stranger=person() is None,
        translation=translation,
        original=_changed_original(form, translation) if translation is not None else None,
        others=_others(path),
        **_editor_context(form),
        **(extra or {}),
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _translation_of(path: str, to: str) -> Form:
    """The form of a page's translation: the words of the original, to be written over, and of which version they are."""
    original = wiki().store.get(path_of(path), head())
    languages = settings().languages
    if original.path.is_settings or original.path.language(languages) != languages[0] or to not in languages[1:]:
        raise NotFound("page.not_found", path=path[:500])
    target = PagePath.parse(f"{to}/{original.path}")
    if wiki().store.entry(target, head()) is not None:
        raise Invalid("path.exists", where="path", path=target.text)
    of = {"of": original.path.text, "source": original.blob_id, "status": "human"}
    page = blank(target, {"kind": original.kind.id, "translation": of}, original.body)
    form = Form(page, "", True, path=target.text)
    form.values = form_values(original.kind, original.fields)
    form.body = original.body
    return form


def _sent_translation() -> dict[str, Any]:
    """What the form of a new translation says it is a translation of; {} for other pages."""
    of, source = one_line(request.form.get("translation.of", ""), 500).strip("/"), request.form.get(_SOURCE, "")
    if not of or not _BLOB.fullmatch(source):
        return {}
    return {"translation": {"of": of, "source": source, "status": "human"}}


def _changed_original(form: Form, translation: Mapping[str, Any]) -> dict[str, str] | None:
    """The original of a translation that doesn't say all of what it says now; None where it does."""
    card = wiki().catalog.card(str(translation.get("of") or "").strip("/"))
    if card is None or form.is_new or card.blob_id == translation.get("source"):
        return None
    url = changes_since(card, str(translation.get("source") or ""))[1]
    return {"title": card.title, "blob_id": card.blob_id, "url": url}


def _problem_words(kind: PageKind, problem: Problem) -> str:
    """What is wrong, with the field it is wrong in where it is one."""
    where = problem.where.partition(".")[0]
    known = kind.field(where) is not None or where in ("body", "path")
    return f"{field_label(kind, problem.where)}: {describe(problem)}" if known else describe(problem)


def _action(form: Form) -> str:
    if form.is_new and request.endpoint in ("editing.new", "editing.create"):
        return url_for("editing.create")
    return url_for("editing.save", path=form.page.path.text)


def _editor_context(form: Form) -> dict[str, Any]:
    """Where the richer editor finds what it needs, and what it compares to learn that somebody else has saved."""
    path = form.page.path.text
    card = wiki().catalog.card(path) if not form.is_new else None
    return {
        "draft_key": (
            f"new:{path if form.page.fields.get('translation') else form.page.kind.id}" if form.is_new else path
        )
        + (f"#{form.section}" if form.section else ""),
        "version": card.revision if card is not None else "",
        "attach_url": url_for("attachments.attach", path=path) if card is not None and may(Permission.ATTACH) else "",
        "drafts_url": url_for("editing.draft") if person() is not None else "",
        "page_url": f"{address(path)}.json" if card is not None else "",
        "history_url": url_for("history.page", path=path) if card is not None else "",
        "not_saved": request.method == "POST",
        "credit": request.form.get("credit", "")[:200],
        "message_error": next((describe(item) for item in form.problems if item.where == "message"), ""),
    }


def _others(path: PagePath) -> list[str]:
    """Who else has this page open for editing, said early."""
    me = person()
    if me is None:
        return []
    from datetime import timedelta

    return list(wiki().accounts.drafts.others(me.id, path.text, timedelta(minutes=30)))


def _affiliations() -> list[dict[str, str]]:
    terms = settings().vocabulary.get("affiliations", {})
    return [{"value": slug, "label": localize(dict(term.label), slug)} for slug, term in terms.items()]


def _kind_url(kind: str) -> str:
    return url_for("editing.new", kind=kind, folder=request.args.get("folder"), title=request.args.get("title"))


def _preview_of(form: Form) -> dict[str, Any]:
    page = read_page(form.page.path, "", "", form.source.encode("utf-8", "replace"), settings())
    rendered = wiki().rendering.render(page.body)
    return {"preview": views.body_html(rendered, page.path)}


def _diff_of(form: Form) -> dict[str, Any]:
    new_page = read_page(form.page.path, "", "", form.source.encode("utf-8", "replace"), settings())
    old_fields, old_body = (form.page.fields, form.page.body) if form.base else ({}, "")
    return {
        "diff": True,
        "facts_changed": fact_rows(new_page.kind, compare_facts(old_fields, new_page.fields)),
        "hunks": text_hunks(word_diff(old_body, new_page.body)),
    }


def _conflict(form: Form, conflict: EditConflict, problems: list[Problem], status: int) -> Response:
    """Both versions, and a choice for each place; nothing has been written."""
    last = wiki().history.last(conflict.path.text)
    who = last.author if last is not None else gettext("Somebody else")
    html = render_template(
        "editing/conflict.html",
        form=form,
        page=form.page,
        conflict=conflict,
        who=who,
        places=places(conflict.passages, conflict.fields, form.page.kind),
        problems=[{"text": gettext("Choose what stays here."), "name": problem.where} for problem in problems],
        choices=request.form,
        saves=may_write(actor(), form.page.path.text, settings()),
        action=url_for("editing.resolve", path=form.page.path.text),
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _remerged(target: PagePath, base: str, ours_at: str, theirs: str) -> Merge:
    """The merge that the conflict page showed: made anew from the same three texts."""
    old, ours = (_stored(target, revision) for revision in (base, ours_at))
    return merge(old, ours, theirs)


def _stored(target: PagePath, revision: str) -> str:
    if not revision:
        return ""
    try:
        return wiki().store.get(target, public_revision(revision)).source
    except NotFound:
        return ""


def _conflict_of(target: PagePath, base: str, ours_at: str, theirs: str, merged: Merge) -> EditConflict:
    ours = _stored(target, ours_at)
    return EditConflict(target, ours_at, base, ours, theirs, merged.source, merged.passages, merged.fields)


def _chosen(merged: Merge, theirs: str) -> tuple[str, list[str]]:
    """The text that the choices make, and the places where none was made."""
    if request.form.get("whole") in ("theirs", "ours"):
        return (theirs if request.form["whole"] == "theirs" else merged.source), []
    return chosen(merged.source, merged.passages, merged.fields, request.form)


def _section(page: Page, section: str) -> tuple[int, str]:
    """Where a section starts (line of the body, from 0) and its text; the whole body for no or an unknown section."""
    found = _lines_of(page, section)
    if found is None:
        return 0, page.body
    start, end = found
    return start, "".join(page.body.splitlines(keepends=True)[start:end])


def _with_section(page: Page, section: str, text: str) -> str:
    found = _lines_of(page, section)
    if found is None:
        return text
    lines = page.body.splitlines(keepends=True)
    start, end = found
    tail = "".join(lines[end:])
    return "".join(lines[:start]) + (ended(text) if tail else text) + tail


def _lines_of(page: Page, section: str) -> tuple[int, int] | None:
    if not section or not page.blob_id:
        return None
    headings = wiki().rendering.rendered(page).headings
    for index, heading in enumerate(headings):
        if heading.id == section:
            following = [item.line for item in headings[index + 1 :] if item.level <= heading.level]
            end = following[0] if following else len(page.body.splitlines()) + 1
            return heading.line - 1, end - 1
    return None


def _require_may_propose() -> None:
    if not may(Permission.EDIT) and not may(Permission.SUGGEST):
        raise Denied("denied.sign_in")


def _new_path(asked: str, kind: str, fields: Mapping[str, Any]) -> str:
    """The path for a new page: as asked, else its folder and its title."""
    text = asked.strip().strip("/")
    title = slug(str(fields.get("title") or ""))
    if text and not asked.strip().endswith("/"):
        return text
    folder = text or KINDS[kind].folder
    if not folder:
        categories = fields.get("categories")
        folder = str(categories[0]) if isinstance(categories, list) and categories else ""
    return f"{folder}/{title}".strip("/")


def _outline(kind: str) -> str:
    return "\n".join(f"## {gettext(heading)}\n" for heading in KINDS[kind].outline)


def blank(path: PagePath, fields: Mapping[str, Any] | None = None, body: str = "") -> Page:
    kind = (
        KINDS[str(fields["kind"])] if fields and "kind" in fields else KINDS["settings" if path.is_settings else "page"]
    )
    return Page(path, "", "", body, dict(fields or {}), body, 1, kind)


def _applied(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    from wiki.markup.front_matter import merge as merge_fields

    return merge_fields(fields, changes)


@blueprint.get("/-/drafts")
def draft() -> Response:
    """What the person signed in has not finished on a page; nothing (204) where there is none."""
    me = person()
    if me is None:
        raise Denied("denied.sign_in")
    found = wiki().accounts.drafts.get(me.id, request.args.get("key", "")[:500])
    if found is None:
        return make_response("", 204)
    try:
        fields = json.loads(found.fields.get("entries", "[]"))
    except ValueError:
        return make_response("", 204)
    return jsonify({"base": found.base, "saved": found.updated.isoformat(), "fields": fields})


@blueprint.post("/-/drafts")
def keep_draft() -> Response:
    """Keep what is being typed (``fields``: the form's entries as JSON); empty fields forget it."""
    me = person()
    if me is None:
        raise Denied("denied.sign_in")
    check_form_token()
    key, fields = request.form.get("key", "")[:500], request.form.get("fields", "")
    if not fields:
        wiki().accounts.drafts.delete(me.id, key)
    else:
        wiki().accounts.drafts.save(me.id, key, request.form.get("base", "")[:64], {"entries": fields})
    return make_response("", 204)
