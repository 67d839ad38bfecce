"""A trainer's long list: pasted or uploaded, looked at, then one commit, or one suggestion. Links in it are never fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.accounts.addresses import address_key
from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.edit import Write
from wiki.editing.rights import may_write
from wiki.errors import Conflict, Denied, Invalid, Problem, TooMany, Unavailable, WikiError
from wiki.markup.front_matter import load
from wiki.markup.line_ends import unix
from wiki.pages.kinds.shared import CATEGORIES
from wiki.pages.kinds.tool import FUNCTIONS, TOOL
from wiki.pages.path import fold
from wiki.web import suggesting, views
from wiki.web.context import actor, head, may, person, settings, wiki
from wiki.web.errors import status_of
from wiki.web.inputs import options
from wiki.web.security import ASKED_AGAIN, check_form_token
from wiki.web.toolkits import MAX_PAGES, invitation
from wiki.web.translations import gettext, ngettext
from wiki.web.words import describe, field_label, stakes, term_label

# What reads lists is loaded when somebody sends one.
if TYPE_CHECKING:
    from wiki.importers.listing import Listing
    from wiki.importers.plan import Plan

blueprint = Blueprint("imports", __name__)
LOOKS_PER_HOUR = 120
# Of so many new ones it is looked up whether a tool that is here is called much the same.
MAX_COMPARED = 50
_ALIKE = 0.8
HOUR = 3_600


@dataclass(slots=True)
class Form:
    """What the form holds, and what was found in it once somebody has looked."""

    text: str = ""
    format: str = ""
    category: str = ""
    function: str = ""
    message: str = ""
    affiliation: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    taken: list[str] | None = None
    listing: Listing | None = None
    plan: Plan | None = None
    problems: tuple[Problem, ...] = ()
    notice: str = ""


@blueprint.route("/-/import", methods=["GET", "POST"])
def start() -> Response:
    """The form to paste a list into, or to send a file; sent, it shows what is in the list. Nothing is written yet."""
    _require_may_propose()
    if request.method != "POST":
        return _show(Form(category=request.args.get("category", "")[:80]))
    form = _sent()
    try:
        check_form_token()
        _read(form)
    except WikiError as error:
        return _wrong(form, error)
    return _show(form)


@blueprint.post("/-/import/confirm")
def confirm() -> Response:
    """Make the pages that are ticked, in one commit, or suggest them."""
    _require_may_propose()
    form = _sent()
    form.taken = request.form.getlist("take")[:10_000]
    try:
        seconds = check_form_token()
        _read(form)
        return _save(form, seconds)
    except WikiError as error:
        return _wrong(form, error)


def _require_may_propose() -> None:
    if not may(Permission.IMPORT) and not may(Permission.SUGGEST):
        raise Denied("denied.sign_in")


def _sent() -> Form:
    from wiki.importers.table import decode

    fields = request.form
    sent = request.files.get("file")
    limit = wiki().config.limits.attachment_bytes
    text = decode(sent.read(limit)) if sent is not None and sent.filename else fields.get("text", "")
    headings = [name.removeprefix("heading-") for name in fields if name.startswith("heading-")]
    return Form(
        text=unix(text),
        format=fields.get("format", "") if fields.get("format") in _format_words() else "",
        category=fields.get("category", "")[:80],
        function=fields.get("function", "")[:80],
        message=fields.get("message", "")[:1000],
        affiliation=fields.get("affiliation", "")[:40],
        columns={fields[f"heading-{number}"]: fields.get(f"column-{number}", "") for number in headings},
    )


def _read(form: Form) -> None:
    """Read the list and find out what it comes to. Raises Invalid for what is missing, and what `listing.read` raises."""
    from wiki.importers.listing import read
    from wiki.importers.plan import Defaults
    from wiki.importers.stubs import plan as plan_stubs

    problems = [
        Problem("import.no_choice", name)
        for name, value, allowed in (
            ("category", form.category, settings().category_ids),
            ("function", form.function, ("", *settings().terms(FUNCTIONS))),
        )
        if value not in allowed
    ]
    if not form.text.strip():
        problems.insert(0, Problem("import.empty", "text"))
    if problems:
        raise Invalid(problems=tuple(problems))
    wiki().accounts.throttle.hit("import", address_key(request.remote_addr or ""), LOOKS_PER_HOUR, HOUR)
    form.listing = read(form.text, form.format, form.columns)
    summary = gettext("Nobody has described this tool here yet.")
    defaults = Defaults(form.category, (form.function,) if form.function else (), summary)
    form.plan = plan_stubs(form.listing, defaults, wiki().catalog, settings(), wiki().config.limits.page_bytes)


def _save(form: Form, seconds: float) -> Response:
    assert form.plan is not None
    taken = set(form.taken or ())
    chosen = replace(form.plan, new=tuple(item for item in form.plan.new if item.path.text in taken))
    if not chosen.new:
        raise Invalid("import.nothing", where="take")
    count = len(chosen.new)
    message = form.message.strip() or ngettext("Add a tool from a list", "Add %(num)s tools from a list", count)
    write = replace(chosen.write(actor(), message, head()), affiliation=form.affiliation)
    if not _saves(write):
        return suggesting.submit(write, seconds)
    wiki().editor.apply(write)
    return views.go(url_for("attention.list", name="stubs"), "imported")


def _saves(write: Write) -> bool:
    """Whether this person makes the pages; whoever may not suggests them."""
    me = person()
    trusted = me is not None and me.edits_until_trusted == 0
    return trusted and may(Permission.IMPORT) and all(may_write(actor(), edit.file, settings()) for edit in write.edits)


def _wrong(form: Form, error: WikiError) -> Response:
    """The form again, with all that was typed and what is wrong."""
    if isinstance(error, Invalid) and error.code in ASKED_AGAIN:
        form.notice = describe(error)
        return _show(form, 422)
    if isinstance(error, Invalid):
        form.problems = error.problems
        if error.code == "import.no_text":
            # There is nothing in it that anybody could change.
            form.text = ""
        return _show(form, 422)
    if isinstance(error, TooMany | Unavailable | Conflict):
        form.notice = describe(error)
        return _show(form, status_of(error))
    raise error


def _show(form: Form, status: int = 200) -> Response:
    saves = may(Permission.IMPORT)
    at_once = _at_once(saves)
    errors: dict[str, str] = {}
    labels = {"category": gettext("Category"), "function": gettext("What kind of tool")}
    for problem in form.problems:
        where = problem.where if problem.where in ("category", "function", "take") else "text"
        errors.setdefault(where, describe(problem))
    html = render_template(
        "imports/form.html",
        form=form,
        errors=errors,
        problems=[
            {"text": f"{labels[name]}: {words}" if name in labels else words, "name": name}
            for name, words in errors.items()
        ],
        formats=[{"value": value, "label": label} for value, label in _format_words().items()],
        categories=options(CATEGORIES),
        functions=options(FUNCTIONS),
        columns=_columns(form),
        uses=[{"value": value, "label": label} for value, label in _use_words().items()],
        new=_new_rows(form, at_once),
        existing=_existing_rows(form),
        refused=_refused_rows(form),
        to_toolkit=_to_toolkit(form),
        counts=_counts(form.plan),
        saves=saves,
        at_once=at_once,
        stranger=person() is None,
        credit=request.form.get("credit", "")[:200],
        affiliations=[{"value": value, "label": label} for value, label in stakes()],
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _at_once(saves: bool) -> int:
    """How many pages this person can make or suggest at once; 0 for as many as there are."""
    if saves:
        return 0
    pages = wiki().config.limits.suggestion_pages
    known = settings().max_links
    links = wiki().config.review.max_links if known is None else known
    return pages if person() is not None else min(pages, max(links, 1))


def _format_words() -> dict[str, str]:
    return {
        "markdown": gettext("Markdown"),
        "table": gettext("a table (CSV, or copied from a spreadsheet)"),
        "html": gettext("HTML"),
        "plain": gettext("plain lines"),
    }


def _use_words() -> dict[str, str]:
    return {
        "name": gettext("Name"),
        "address": gettext("Address"),
        "description": gettext("What it is"),
        "category": gettext("Category"),
        "functions": gettext("What kind of tool"),
    }


def _columns(form: Form) -> list[dict[str, Any]]:
    headings: Sequence[tuple[str, str]] = form.listing.columns if form.listing is not None else ()
    return [{"number": number, "heading": heading, "use": use} for number, (heading, use) in enumerate(headings)]


def _new_rows(form: Form, at_once: int) -> list[dict[str, Any]]:
    rows = []
    for number, item in enumerate(form.plan.new if form.plan is not None else ()):
        fields = load(item.source).fields
        first = not at_once or number < at_once
        near = _near(item.label) if number < MAX_COMPARED else ""
        rows.append(
            {
                "path": item.path.text,
                "title": item.label,
                "url": fields.get("url", ""),
                "summary": fields["summary"],
                "functions": ", ".join(term_label(FUNCTIONS, slug) for slug in fields["functions"]),
                "near": near,
                "ticked": item.path.text in form.taken if form.taken is not None else first and not near,
            }
        )
    return rows


def _near(name: str) -> str:
    """The title of a page that this name is but for a slip or a blank ("Sginal", "Whats App"); "" where there is none."""
    try:
        found = wiki().search.near(name[:60], 3, prefer=settings().languages[0])
    except Unavailable:
        return ""
    typed = SequenceMatcher(None, "", _letters(name))
    for _, title in found:
        typed.set_seq1(_letters(title))
        if typed.ratio() >= _ALIKE:
            return title
    return ""


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))


def _existing_rows(form: Form) -> list[dict[str, Any]]:
    whys = {
        "address": gettext("same address"),
        "name": gettext("same name"),
        "list": gettext("further up in this list"),
    }
    found = form.plan.existing if form.plan is not None else ()
    return [
        {
            "label": item.label,
            "line": item.line,
            "title": item.title,
            "url": address(item.path) if item.why != "list" else "",
            "why": whys[item.why],
        }
        for item in found
    ]


def _to_toolkit(form: Form) -> dict[str, str] | None:
    """What leads from the tools of a list that are here to a toolkit of them, in their order; None where none is."""
    found = form.plan.existing if form.plan is not None else ()
    paths = list(dict.fromkeys(item.path for item in found if item.why != "list"))[:MAX_PAGES]
    return {"label": invitation(len(paths)), "url": url_for("toolkits.add", page=paths)} if paths else None


def _refused_rows(form: Form) -> list[dict[str, Any]]:
    found = form.plan.refused if form.plan is not None else ()
    return [{"label": item.label, "line": item.problem.line, "why": _why(item.problem)} for item in found]


def _why(problem: Problem) -> str:
    """What is wrong with an entry, and with which of its facts where it is one."""
    if problem.where == "functions" and problem.code == "field.required":
        return gettext(
            "Nothing here says what kind of tool it is. Choose one below, or write what it does behind its name."
        )
    words = describe(problem)
    return words if TOOL.field(problem.where) is None else f"{field_label(TOOL, problem.where)}: {words}"


def _counts(plan: Plan | None) -> list[str]:
    if plan is None:
        return []
    return [
        ngettext("%(num)s new", "%(num)s new", len(plan.new)),
        ngettext("%(num)s here already", "%(num)s here already", len(plan.existing)),
        ngettext("%(num)s refused", "%(num)s refused", len(plan.refused)),
    ]
