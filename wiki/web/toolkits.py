"""Toolkits: the list of them, adding to one, the printed sheet, and the square that leads a phone's camera there."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import segno
from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.editing.edit import Edit, Write
from wiki.editing.forms import new_source
from wiki.editing.rights import may_write
from wiki.errors import Denied, Invalid, NotFound, Problem, TooMany, Unavailable
from wiki.markup.front_matter import update
from wiki.pages.kinds import TOOLKIT
from wiki.pages.page import Page
from wiki.pages.path import PagePath, slug
from wiki.suggestions.access import must_suggest
from wiki.web import kits, lists, suggesting, views
from wiki.web.around import crumbs, page_tabs
from wiki.web.asked import asked_revision, path_of
from wiki.web.context import actor, head, may, person, root_url, settings, wiki
from wiki.web.errors import status_of
from wiki.web.security import check_form_token
from wiki.web.translations import gettext, ngettext
from wiki.web.words import describe, stakes

blueprint = Blueprint("toolkits", __name__)
# A trainer's whole list; more would make an address that some programs cut.
MAX_PAGES = 60
MAX_NAMED = 5


@dataclass(slots=True)
class Form:
    """What the form to add to a toolkit holds. `toolkit` is the path of one, empty for a new one."""

    pages: list[PageCard]
    toolkit: str = ""
    title: str = ""
    summary: str = ""
    section: str = ""
    note: str = ""
    optional: bool = False
    affiliation: str = ""
    problems: tuple[Problem, ...] = ()
    notice: str = ""


@blueprint.get("/toolkits")
def index() -> Response:
    """All toolkits."""
    return lists.category("toolkits")


@blueprint.get("/-/toolkit/add")
def add() -> Response:
    """The form that adds pages to a toolkit, or begins one with them."""
    _require_may_propose()
    return _show(Form(_pages(request.args.getlist("page")), toolkit=request.args.get("toolkit", "")[:400]))


@blueprint.post("/-/toolkit/add")
def keep() -> Response:
    """Add the pages, or suggest to: one change to the one list of a toolkit, or one new toolkit."""
    _require_may_propose()
    form = _sent()
    try:
        seconds = check_form_token()
    except Invalid as error:
        form.notice = describe(error)
        return _show(form, 422)
    try:
        return _save(form, seconds)
    except Invalid as error:
        form.problems = error.problems
        return _show(form, 422)
    except (TooMany, Unavailable) as error:
        form.notice = describe(error)
        return _show(form, status_of(error))


@blueprint.get("/-/toolkit/<path:path>/sheet")
def sheet(path: str) -> Response:
    """The toolkit for paper: two columns, boxes to tick, and the square that leads to it."""
    target = path_of(path)
    at = asked_revision("at")
    page = wiki().store.get(target, at or head())
    if page.kind.id != TOOLKIT.id:
        raise NotFound("page.not_found", path=target.text)
    revision = at or head()
    shown = f"{address(target.text)}?at={at}" if at else address(target.text)
    html = render_template(
        "toolkits/sheet.html",
        page=page,
        at=at,
        shown_on=wiki().repository.commit(revision).committed if at else None,
        made_for=[
            str(page.value(f"for.{name}")) for name in ("training", "event", "audience") if page.value(f"for.{name}")
        ],
        items=kits.sections(page, at),
        page_url=shown,
        address_words=root_url() + shown,
        square=url_for("toolkits.qr", path=target.text, at=at or None),
        crumbs=[
            *crumbs(target, page.title)[:-1],
            {"label": page.title, "url": shown},
            {"label": gettext("Sheet"), "url": ""},
        ],
        tabs=page_tabs(target, ""),
    )
    response = make_response(html)
    return response if at else views.cacheable(response)


@blueprint.get("/-/qr")
def qr() -> Response:
    """The address of a page of this wiki as a square for cameras; of nothing else."""
    target = path_of(request.args.get("path", ""))
    if target.is_settings:
        raise NotFound("page.not_found", path=target.text)
    at = asked_revision("at")
    if wiki().store.entry(target, at or head()) is None:
        raise NotFound("page.not_found", path=target.text)
    text = root_url() + address(target.text) + (f"?at={at}" if at else "")
    out = io.BytesIO()
    # A quiet zone and a ground of its own: the square is read on dark pages too.
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=4, light="#fff", xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    response = make_response(out.getvalue())
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return views.cacheable(response)


def invitation(pages: int) -> str:
    """What leads to adding so many pages to a toolkit."""
    return ngettext("Add a page to a toolkit", "Add %(num)s pages to a toolkit", pages)


def _require_may_propose() -> None:
    if not may(Permission.EDIT) and not may(Permission.SUGGEST):
        raise Denied("denied.sign_in")


def _pages(paths: list[str]) -> list[PageCard]:
    """The pages to be added, by their paths. Raises NotFound where there is none of them."""
    asked = list(dict.fromkeys(path.strip("/")[:500] for path in paths if path.strip("/")))[:MAX_PAGES]
    cards = wiki().catalog.cards_of(asked)
    found = [cards[path] for path in asked if path in cards]
    if not found:
        raise NotFound("page.not_found", path=asked[0] if asked else "")
    return found


def _sent() -> Form:
    fields = request.form
    return Form(
        _pages(fields.getlist("page")),
        toolkit=fields.get("toolkit", "")[:400].strip("/"),
        title=" ".join(fields.get("title", "")[:1000].split()),
        summary=" ".join(fields.get("summary", "")[:2000].split()),
        section=" ".join(fields.get("section", "")[:1000].split()),
        note=fields.get("note", "")[:5000].replace("\r\n", "\n").strip(),
        optional=bool(fields.get("optional")),
        affiliation=fields.get("affiliation", "")[:40],
    )


def _save(form: Form, seconds: float) -> Response:
    me = person()
    write = _write(form, head())
    path = next(edit.path for edit in write.edits if isinstance(edit, Edit))
    if must_suggest(actor(), write, settings(), me.edits_until_trusted if me is not None else 0):
        return suggesting.submit(write, seconds)
    # The list is made anew from the toolkit as it is at that moment: two people who add to it at once both do.
    wiki().editor.apply_to_head(lambda revision: _write(form, revision))
    return views.go(address(path.text), "saved")


def _write(form: Form, revision: str) -> Write:
    """The write that adds what the form holds to a toolkit as it is at a revision. Raises Invalid."""
    titles, more = ", ".join(card.title for card in form.pages[:MAX_NAMED]), len(form.pages) - MAX_NAMED
    if more > 0:
        titles = ngettext("%(title)s and %(num)s more", "%(title)s and %(num)s more", more, title=titles)
    if not form.toolkit:
        path = _new_path(form)
        fields = {"kind": TOOLKIT.id, "title": form.title, "summary": form.summary, "items": _rows(form)}
        source = new_source(TOOLKIT, {key: value for key, value in fields.items() if value}, "")
        edit = Edit(path, "", source)
    else:
        path = path_of(form.toolkit)
        page = wiki().store.get(path, revision)
        if page.problem is not None or page.kind.id != TOOLKIT.id:
            raise Invalid(problems=(page.problem or Problem("toolkit.title", "toolkit"),))
        edit = Edit(path, revision, update(page.source, {"items": _added(page, form)}, TOOLKIT.order))
    return Write((edit,), gettext("Add %(titles)s", titles=titles), actor(), affiliation=form.affiliation)


def _new_path(form: Form) -> PagePath:
    if not form.title:
        raise Invalid("toolkit.title", where="title")
    path = PagePath.parse(f"{TOOLKIT.folder}/{slug(form.title)}")
    if wiki().catalog.find(path.text) is not None:
        raise Invalid("path.exists", where="title", path=path.text)
    return path


def _rows(form: Form) -> list[dict[str, Any]]:
    given = {"note": form.note, "section": form.section, "optional": form.optional}
    extra = {key: value for key, value in given.items() if value}
    return [{"page": card.path, **extra} for card in form.pages]


def _added(page: Page, form: Form) -> list[Any]:
    """The items of a toolkit with the new ones: at the end of their section, or of all."""
    value = page.value("items")
    items = list(value) if isinstance(value, list) else []
    present = {str(item.get("page") or "").strip("/") for item in items if isinstance(item, dict)}
    new = [row for row in _rows(form) if row["page"] not in present]
    if not new:
        raise Invalid("toolkit.twice", where="toolkit")
    places = [
        number
        for number, item in enumerate(items, 1)
        if isinstance(item, dict) and str(item.get("section") or "") == form.section
    ]
    place = places[-1] if places else len(items)
    return [*items[:place], *new, *items[place:]]


def _show(form: Form, status: int = 200) -> Response:
    toolkits = wiki().catalog.of_kind(TOOLKIT.id)
    errors: dict[str, str] = {}
    for problem in form.problems:
        where = problem.where if problem.where in ("title", "summary", "toolkit", "note", "section") else "toolkit"
        errors.setdefault(where, describe(problem))
    names = dict.fromkeys(
        str(item.get("section"))
        for card in toolkits
        for item in (card.value("items") if isinstance(card.value("items"), list) else [])
        if isinstance(item, dict) and item.get("section") and card.path == form.toolkit
    )
    html = render_template(
        "toolkits/add.html",
        form=form,
        errors=errors,
        problems=[{"text": text, "name": name} for name, text in errors.items()],
        toolkits=[{"value": card.path, "label": card.title} for card in toolkits],
        sections=list(names),
        saves=may_write(actor(), form.toolkit or TOOLKIT.folder, settings()),
        stranger=person() is None,
        credit=request.form.get("credit", "")[:200],
        affiliations=[{"value": value, "label": label} for value, label in stakes()],
        heading=invitation(len(form.pages)),
        back=address(form.pages[0].path),
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response
