"""What maintainers do to pages as a whole: move, delete, protect, take back all of one account's changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission, Role
from wiki.catalog.presenting import address
from wiki.editing.deleting import delete as delete_write
from wiki.editing.edit import EditConflict
from wiki.editing.protecting import protect as protect_write
from wiki.editing.reverting import TakenBack
from wiki.errors import Denied, Invalid, NotFound, WikiError
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.around import crumbs
from wiki.web.asked import path_of, seen_revision
from wiki.web.context import actor, head, may, person, settings, wiki
from wiki.web.errors import status_of
from wiki.web.naming import to_send, typed_path
from wiki.web.proof import require_proof, require_proof_for
from wiki.web.security import check_form_token
from wiki.web.translations import gettext
from wiki.web.words import describe, role_name

blueprint = Blueprint("maintaining", __name__)
PROTECTING_ROLES = (Role.EDITOR, Role.MAINTAINER, Role.ADMIN)


@blueprint.route("/-/move/<path:path>", methods=["GET", "POST"])
def move(path: str) -> Response:
    """Move a page (or a folder) to another address: the old one leads on, and links to it are rewritten."""
    target = path_of(path)
    _require(Permission.MOVE)
    is_folder = wiki().store.entry(target, head()) is None
    if is_folder and not wiki().catalog.folders_in(target.text) and not wiki().catalog.in_folder(target.text):
        raise NotFound("page.not_found", path=target.text)
    new = request.form.get("to", target.text)[:600].strip()
    problem = ""
    status = 200
    if request.method == "POST":
        try:
            check_form_token()
            folder = is_folder or bool(request.form.get("folder"))
            message = request.form.get("message", "")
            new = typed_path(new).text
            wiki().moving.move(target.text, new, actor(), message, folder=folder)
            return views.go(address(new), "moved")
        except WikiError as error:
            problem, status = _words(error), status_of(error)
            new = to_send(new, error)
    return _show("maintaining/move.html", target, problem, status, to=new, is_folder=is_folder)


@blueprint.route("/-/delete/<path:path>", methods=["GET", "POST"])
def delete(path: str) -> Response:
    """Delete a page with its files; it can be restored from its earlier versions."""
    target = path_of(path)
    _require(Permission.DELETE)
    base = request.form.get("base", "") or head()
    problem, status = "", 200
    translations = _translations(target)
    with_them = bool(request.form.get("translations")) or request.method != "POST"
    if request.method == "POST":
        try:
            check_form_token()
            require_proof_for((target.text,))
            base = seen_revision(base, target)
            message = request.form.get("message", "")
            going = [PagePath(item["path"]) for item in translations] if with_them else ()
            wiki().editor.apply(delete_write(wiki().repository, target, base, actor(), message, going))
            return views.go(url_for("history.page", path=target.text), "deleted")
        except EditConflict:
            problem, status = (
                gettext("Somebody changed the page meanwhile. Look at it again before you delete it."),
                409,
            )
            base = head()
        except WikiError as error:
            problem, status = _words(error), status_of(error)
    elif wiki().store.entry(target, head()) is None:
        raise NotFound("page.not_found", path=target.text)
    links = views.linking(target.text)
    return _show(
        "maintaining/delete.html",
        target,
        problem,
        status,
        base=base,
        links=links,
        translations=translations,
        with_translations=with_them,
    )


def _translations(target: PagePath) -> list[dict[str, str]]:
    """The translations of an original, with the names of their languages."""
    languages = settings().languages
    if target.language(languages) != languages[0]:
        return []
    found = wiki().catalog.translations(target.text).items()
    return [{"path": path, "language": views.language_name(code)} for code, path in found if code != languages[0]]


@blueprint.route("/-/protect/<path:path>", methods=["GET", "POST"])
def protect(path: str) -> Response:
    """Say who may change a page, or a folder with all below it."""
    target = path_of(path)
    _require(Permission.PROTECT)
    present = settings().protection.get(target.text, "")
    role = request.form.get("role", present)
    problem, status = "", 200
    if request.method == "POST":
        try:
            check_form_token()
            require_proof()
            wanted = Role.parse(role) if role else None
            wiki().editor.apply(
                protect_write(
                    wiki().repository,
                    wiki().settings,
                    target.text,
                    wanted,
                    head(),
                    actor(),
                    request.form.get("message", ""),
                )
            )
            return views.go(address(target.text), "protected")
        except WikiError as error:
            problem, status = _words(error), status_of(error)
    # What holds for the page if nothing is said of it alone.
    inherited = settings().protected_by(target.text.rpartition("/")[0]) or ""
    # That every editor may change it needs to be said only where the folder says otherwise.
    levels = [item for item in PROTECTING_ROLES if item is not Role.EDITOR or inherited or present == "editor"]
    roles = [{"value": item.value, "label": _protected_for(item.value)} for item in levels if item <= actor().role]
    return _show(
        "maintaining/protect.html",
        target,
        problem,
        status,
        role=role,
        roles=roles,
        inherited=_protected_for(inherited) if inherited else "",
    )


def _protected_for(role: str) -> str:
    names = {
        "editor": gettext("Every editor"),
        "maintainer": gettext("Maintainers and administrators"),
        "admin": gettext("Administrators only"),
    }
    return names.get(role) or role_name(role)


@blueprint.post("/-/people/<name>/take-back")
def take_back(name: str) -> Response:
    """Undo in one commit what one account did since a day; shown first, done on the second press."""
    _require(Permission.TAKE_BACK)
    check_form_token()
    try:
        since = datetime.combine(date.fromisoformat(request.form.get("since", "")), datetime.min.time(), UTC)
    except ValueError:
        raise Invalid("date.wrong", where="since", value=request.form.get("since", "")[:40])
    plan = wiki().undoing.write(name, since, head(), actor())
    if request.form.get("sure") and plan.write is not None:
        wiki().editor.apply(plan.write)
        return views.go(url_for("recent.changes"), "reverted")
    return make_response(
        render_template("maintaining/take_back.html", name=name, since=since.date().isoformat(), **_plan_view(plan))
    )


def _plan_view(plan: TakenBack) -> dict[str, Any]:
    return {
        "files": [{"path": file.removesuffix(".md"), "url": address(file.removesuffix(".md"))} for file in plan.files],
        "commits": len(plan.commits),
        "left": [
            {"path": item.file.removesuffix(".md"), "subject": item.subject, "why": describe(item.problem)}
            for item in plan.left
        ],
        "nothing": plan.write is None,
    }


def _show(template: str, target: PagePath, problem: str, status: int, **more: Any) -> Response:
    card = wiki().catalog.card(target.text)
    title = card.title if card is not None else target.text
    html = render_template(
        template,
        title=title,
        path=target.text,
        problem=problem,
        crumbs=crumbs(target, title),
        category=views.category_of(target.text),
        message=request.form.get("message", ""),
        **more,
    )
    return make_response(html, status)


def _words(error: WikiError) -> str:
    return " ".join(describe(problem) for problem in error.problems) or describe(error)


def _require(permission: Permission) -> None:
    if not may(permission):
        raise Denied("denied.permission" if person() is not None else "denied.sign_in", permission=permission.value)
