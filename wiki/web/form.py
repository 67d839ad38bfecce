"""The form of a page: what it holds, as opened or as sent, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.forms import changes_from, form_values
from wiki.editing.rights import may_write
from wiki.errors import NotFound, Problem
from wiki.history.diff import compare as compare_facts
from wiki.markup.diff import words as word_diff
from wiki.markup.front_matter import merge, set_body, update
from wiki.markup.line_ends import kept_ends
from wiki.pages.kinds import KINDS
from wiki.pages.page import Page, unsaved_page
from wiki.pages.path import PagePath
from wiki.web import section as sections
from wiki.web import views
from wiki.web.around import crumbs, page_tabs
from wiki.web.asked import public_revision
from wiki.web.changes import fact_rows, text_hunks
from wiki.web.choosing import unix
from wiki.web.context import actor, head, may, person, settings, wiki
from wiki.web.inputs import Inputs
from wiki.web.kept import Varies, kept
from wiki.web.naming import with_paths
from wiki.web.page_context import changes_since
from wiki.web.previewing import preview
from wiki.web.translations import gettext
from wiki.web.words import describe, field_label, stakes

NEW_KINDS = ("tool", "guide", "tip", "training", "toolkit", "term", "page")
TRANSLATED_VERSION = "translation.source"
BLOB = re.compile(r"[0-9a-f]{40}")
OPEN_FOR = timedelta(minutes=30)


@dataclass(slots=True)
class Form:
    """What the form of a page holds: as opened or as sent.

    The inputs show `facts` with `changes`; what they show is only worked out where the form is shown.
    """

    page: Page
    base: str
    is_new: bool
    mode: str = "form"
    section: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    source: str = ""
    message: str = ""
    minor: bool = False
    affiliation: str = ""
    credit: str = ""
    path: str = ""
    problems: tuple[Problem, ...] = ()
    notice: str = ""


def blank(path: PagePath, fields: Mapping[str, Any] | None = None, body: str = "") -> Page:
    """A page that isn't there yet."""
    named = str(fields["kind"]) if fields and "kind" in fields else "settings" if path.is_settings else "page"
    return Page(path, "", "", body, dict(fields or {}), body, 1, KINDS[named])


def opened(page: Page, base: str, is_new: bool = False, mode: str = "form", section: str = "", path: str = "") -> Form:
    """The form as it is before anybody has typed into it; `path` is the address that a new page is to have."""
    form = Form(page, base, is_new, mode, section, page.fields, path=path)
    form.body = sections.text_of(page, section)
    form.source = page.source
    return form


def sent(target: PagePath, base: str, at: Callable[[str], str] = public_revision) -> Form:
    """What the form of an existing page sent; `at` gives the commit for a base that this person may see."""
    try:
        revision = at(base) if base else ""
        page, since = wiki().store.get(target, revision) if revision else blank(target), base
    except NotFound:
        # The history was rewritten while they typed: they choose between what is here now and what they have.
        page, since = _present(target), ""
    mode = "source" if "source" in request.form else "form"
    form = Form(page, since, not base, mode, request.form.get("section", "")[:200], page.fields)
    if mode == "source":
        form.source = kept_ends(page.source, request.form.get("source", ""))
        # What is wrong with a file is said in the words of the kind that it is to be.
        form.page = replace(page, kind=unsaved_page(target, form.source, settings()).kind)
    else:
        typed = changes_from(page.kind, request.form.to_dict(flat=False), page.fields)
        changes = with_paths(page.kind.fields, typed)
        if isinstance(page.fields.get("translation"), dict) and BLOB.fullmatch(
            request.form.get(TRANSLATED_VERSION, "")
        ):
            changes["translation"] = {"source": request.form[TRANSLATED_VERSION]}
        form.changes = changes
        order = [item.name for item in page.kind.fields]
        form.body = unix(request.form.get("body", page.body))
        whole = kept_ends(page.body, sections.put_back(page, form.section, form.body))
        form.source = set_body(update(page.source, changes, order), whole)
    fill_common(form)
    return form


def _present(target: PagePath) -> Page:
    """The page as the wiki has it now, if it has it."""
    try:
        return wiki().store.get(target, head())
    except NotFound:
        return blank(target)


def of_source(target: PagePath, base: str, source: str) -> Form:
    """A form that holds a whole file."""
    page = unsaved_page(target, source, settings())
    form = opened(page, base, mode="source" if request.form.get("mode") == "source" else "form")
    form.source = source
    fill_common(form)
    return form


def fill_common(form: Form) -> None:
    """Take over what was sent and is no part of the page."""
    form.message = request.form.get("message", "")[:1000]
    form.minor = bool(request.form.get("minor"))
    form.affiliation = request.form.get("affiliation", "")[:40]
    form.credit = request.form.get("credit", "")[:200]


def show(form: Form, status: int = 200, extra: Mapping[str, Any] | None = None, amends: str = "") -> Response:
    """The form with all that it holds, to be saved, or put on the suggestion whose private page is `amends`."""
    path, kind = form.page.path, form.page.kind
    translation = form.page.fields.get("translation")
    translation = translation if isinstance(translation, dict) else None
    known, inputs = kept(), None
    if form.mode == "form" and not form.section:
        values = form_values(kind, merge(form.facts, form.changes) if form.changes else form.facts)
        inputs = Inputs(known, kind, values, form.problems, translation is not None)
    saves = may_write(actor(), path.text, settings()) if not form.is_new else may(Permission.EDIT)
    html = render_template(
        "editing/form.html",
        kept=known.macro,
        varies=Varies,
        form=form,
        page=form.page,
        kind=kind,
        inputs=inputs,
        problems=[
            {"text": _problem_words(form, problem), "name": _input_of(form, problem.where)} for problem in form.problems
        ],
        errors=_errors(form),
        saves=saves,
        kept_for_others=may(Permission.EDIT) and not saves,
        amending=amends,
        action=f"{amends}/edit/{path}" if amends else _action(form),
        source_url=f"{amends}/edit/{path}?mode=source"
        if amends
        else url_for("editing.edit", path=path.text, mode="source"),
        category=views.category_of(path.text),
        affiliations=known.once("affiliations", stakes),
        stranger=person() is None,
        translation=translation,
        original=_changed_original(form, translation) if translation is not None else None,
        **(_of_a_new_page(form, f"{amends}/edit/{path}" if amends else "") if form.is_new else _of_a_page(form.page)),
        **_for_scripts(form),
        **(extra or {}),
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def preview_of(form: Form) -> dict[str, Any]:
    """For `show`: the text as it would look."""
    page = unsaved_page(form.page.path, form.source, settings())
    rendered = preview(page.body)
    return {"preview": views.body_html(rendered, page.path)}


def difference_of(form: Form) -> dict[str, Any]:
    """For `show`: what would be changed."""
    new_page = unsaved_page(form.page.path, form.source, settings())
    old_fields, old_body = (form.page.fields, form.page.body) if form.base else ({}, "")
    return {
        "diff": True,
        "facts_changed": fact_rows(new_page.kind, compare_facts(old_fields, new_page.fields)),
        "hunks": text_hunks(word_diff(old_body, new_page.body)),
    }


def _of_a_page(page: Page) -> dict[str, Any]:
    """Where the page stands, and who else is at it."""
    me = person()
    return {
        "crumbs": crumbs(page.path, page.title),
        "tabs": page_tabs(page.path, "edit"),
        "others": wiki().accounts.drafts.others(me.id, page.path.text, OPEN_FOR) if me is not None else (),
    }


def _of_a_new_page(form: Form, amending: str) -> dict[str, Any]:
    """The kinds to choose from, and the page that has the address already, if one has; `amending` is the form's own address
    where the page joins a suggestion."""

    def url(kind: str) -> str:
        if amending:
            return f"{amending}?kind={kind}"
        return url_for("editing.new", kind=kind, folder=request.args.get("folder"), title=request.args.get("title"))

    path = form.page.path.text
    taken = any(problem.code == "path.exists" for problem in form.problems)
    card = wiki().catalog.card(path) if taken else None
    return {
        "kinds": [{"value": id, "label": gettext(KINDS[id].label), "url": url(id)} for id in NEW_KINDS],
        "taken_by": card
        and {"title": card.title, "url": address(path), "edit_url": url_for("editing.edit", path=path)},
    }


def _changed_original(form: Form, translation: Mapping[str, Any]) -> dict[str, str] | None:
    """The original of a translation that doesn't say all of what it says now; None where it does."""
    card = wiki().catalog.card(str(translation.get("of") or "").strip("/"))
    if card is None or form.is_new or card.blob_id == translation.get("source"):
        return None
    url = changes_since(card, str(translation.get("source") or ""))[1]
    return {"title": card.title, "blob_id": card.blob_id, "url": url}


def _problem_words(form: Form, problem: Problem) -> str:
    """What is wrong, with the field it is wrong in where it is one, and with the line where the whole file is shown."""
    kind = form.page.kind
    where = problem.where.partition(".")[0]
    known = kind.field(where) is not None or where in ("body", "path")
    words = f"{field_label(kind, problem.where)}: {describe(problem)}" if known else describe(problem)
    if form.mode == "source" and problem.line:
        return f"{gettext('Line %(line)s', line=problem.line)}: {words}"
    return words


def _input_of(form: Form, where: str) -> str:
    """The name of the input in which a problem is put right; empty where none is."""
    declared = ".".join(part for part in where.split(".") if not part.isdigit())
    is_field = form.page.kind.field(declared) is not None
    if where == "message" or not (is_field or where in ("", "body", "path")):
        return where if where == "message" else ""
    if form.mode == "source":
        return "source"
    return "body" if form.section or not where else where


def _errors(form: Form) -> dict[str, str]:
    """What stands beside each input."""
    words = _problem_words if form.mode == "source" else lambda _, problem: describe(problem)
    placed = ((_input_of(form, problem.where), problem) for problem in reversed(form.problems))
    return {name: words(form, problem) for name, problem in placed if name}


def _action(form: Form) -> str:
    if form.is_new and request.endpoint in ("editing.new", "editing.create"):
        return url_for("editing.create")
    return url_for("editing.save", path=form.page.path.text)


def _for_scripts(form: Form) -> dict[str, Any]:
    """Where the richer editor finds what it needs, and what it compares to learn that somebody else has saved."""
    path = form.page.path.text
    version = wiki().catalog.changed_in(path) if not form.is_new else ""
    key = path
    if form.is_new:
        key = f"new:{path if form.page.fields.get('translation') else form.page.kind.id}"
    return {
        "draft_key": f"{key}#{form.section}" if form.section else key,
        "version": version,
        "attach_url": url_for("attachments.attach", path=path) if version and may(Permission.ATTACH) else "",
        "drafts_url": url_for("drafts.find") if person() is not None else "",
        "page_url": f"{address(path)}.json" if version else "",
        "changes_url": f"{url_for('history.diff', path=path)}?from={version}" if version else "",
        "not_saved": request.method == "POST",
    }
