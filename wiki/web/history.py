"""What happened to a page: its versions, the difference of any two, who wrote which line, taking changes back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.edit import EditConflict
from wiki.editing.reverting import restore, revert
from wiki.editing.rights import may_write
from wiki.errors import Denied, Invalid, NotFound
from wiki.history.blame import Line, authors
from wiki.history.diff import compare as compare_facts
from wiki.history.revision import Revision
from wiki.invisible import marked
from wiki.markup.diff import words as word_diff
from wiki.pages.attachments import BINARY, PICTURES
from wiki.pages.page import Page, unsaved_page
from wiki.pages.path import PagePath
from wiki.web import feeds, moves, views
from wiki.web.around import crumbs, page_tabs
from wiki.web.asked import asked_revision, path_of, public_revision
from wiki.web.change_lists import before
from wiki.web.change_rows import version_rows
from wiki.web.changes import fact_rows, text_hunks
from wiki.web.context import actor, head, may, person, settings, wiki
from wiki.web.proof import require_proof_for
from wiki.web.security import check_form_token
from wiki.web.words import describe

blueprint = Blueprint("history", __name__)
PER_PAGE = 50


@blueprint.get("/-/history/<path:path>")
def page(path: str) -> Response:
    """The versions of a page, newest first, across its moves."""
    if path.endswith(".atom"):
        target = path_of(path.removesuffix(".atom"))
        return moves.followed(target, ".atom") or feeds.page(target)
    target = path_of(path)
    moved = moves.followed(target)
    if moved is not None:
        return moved
    earlier_than = before()
    revisions = wiki().history.page(target.text, PER_PAGE + 1, earlier_than)
    wiki().history.require_made()
    if not revisions and earlier_than is None:
        raise NotFound("page.not_found", path=target.text)
    card = wiki().catalog.card(target.text)
    may_restore = may(Permission.REVERT)
    is_file = bool(revisions) and revisions[0].is_file
    # The catalog knows a page without git, which may be damaged just there.
    deleted = not (card or wiki().store.entry(target, head()) or wiki().repository.file(head(), target.text))
    last_version = next((item.id for item in revisions if item.status != "D"), "")
    named = page_at(target, last_version) if deleted and last_version else card
    title = named.title if named else target.text
    html = render_template(
        "history/page.html",
        title=title,
        path=target.text,
        deleted=deleted,
        is_file=is_file,
        last_version=last_version,
        may_restore=may_restore,
        crumbs=crumbs(target, title),
        tabs=page_tabs(target, "history", deleted, is_file),
        category=views.category_of(target.text),
        versions=version_rows(revisions[:PER_PAGE], target, may_restore),
        several=len(revisions) > 1,
        older=revisions[PER_PAGE - 1].seq if len(revisions) > PER_PAGE else None,
    )
    return views.cacheable(make_response(html))


@blueprint.get("/-/diff/<path:path>")
def diff(path: str) -> Response:
    """The difference of two versions: facts by field, text by words. By default the last change."""
    target = path_of(path)
    if not request.args.get("from") and not request.args.get("to"):
        # Versions that somebody names are looked for under the address that the page had then.
        moved = moves.followed(target)
        if moved is not None:
            return moved
    old_id, new_id = asked_revision("from"), asked_revision("to") or head()
    history = wiki().history
    if old_id and history.place(old_id) > history.place(new_id):
        old_id, new_id = new_id, old_id
    new, old = history.change(target.text, new_id)
    if old_id:
        old = history.version(target.text, old_id)
    elif old is not None:
        old_id = old.id
    before, after = _content(target, old_id, old), _content(target, new_id, new)
    if before is None and after is None:
        raise NotFound("page.not_found", path=target.text)
    shown = after or before
    assert shown is not None
    is_binary = _is_binary(target)
    is_file = is_binary or _is_file(target)
    html = render_template(
        "history/diff.html",
        title=shown.title,
        path=target.text,
        crumbs=crumbs(target, shown.title),
        tabs=page_tabs(target, "history", wiki().store.entry(target, head()) is None, is_file),
        category=views.category_of(target.text),
        old=old if before is not None else None,
        new=new,
        old_id=old_id,
        new_id=new_id,
        was_new=before is None,
        was_deleted=after is None,
        is_file=is_file,
        facts=fact_rows(shown.kind, compare_facts(before.fields if before else {}, after.fields if after else {})),
        hunks=[] if is_binary else text_hunks(word_diff(before.body if before else "", after.body if after else "")),
        is_binary=is_binary,
        is_picture=is_binary and _ending(target) in PICTURES,
        may_revert=may(Permission.REVERT) and may_write(actor(), target.text, settings()),
    )
    return views.cacheable(make_response(html))


@blueprint.get("/-/blame/<path:path>")
def blame(path: str) -> Response:
    """Who wrote which line of a page, as it is or as it was `at` an event."""
    target = path_of(path)
    moved = moves.followed(target)
    if moved is not None:
        return moved
    page = wiki().store.get(target, head())
    found = authors(wiki().repository, wiki().history, head(), target.file, asked_revision("at"))
    html = render_template(
        "history/blame.html",
        title=page.title,
        path=target.text,
        crumbs=crumbs(target, page.title),
        tabs=page_tabs(target, "history"),
        category=views.category_of(target.text),
        lines=_line_views(found.lines),
        older=found.older,
    )
    return views.cacheable(make_response(html))


@blueprint.route("/-/revert/<path:path>", methods=["GET", "POST"])
def take_back(path: str) -> Response:
    """Take one change back, or put an earlier version in place again: asked first, then an edit like any other."""
    target = path_of(path)
    if not may(Permission.REVERT):
        raise Denied("denied.permission" if person() else "denied.sign_in", permission="revert")
    asked = request.values.get("commit", "") or request.values.get("to", "")
    if not asked:
        # Which change is chosen there.
        return views.send_to(url_for("history.page", path=target.text), 302)
    commit = public_revision(asked)
    whole = "to" in request.values
    version = _version(target, commit)
    # Before it was moved, the page was at another address.
    was = PagePath.of_file(version.path) if version is not None else None
    conflicts, problem, status = False, "", 200
    if request.method == "POST":
        repository, store, message = wiki().repository, wiki().store, request.form.get("message", "")
        try:
            check_form_token()
            if whole:
                write = restore(repository, store, target, commit, head(), actor(), message, was)
            else:
                write = revert(repository, store, target, commit, actor(), message, was)
            require_proof_for(edit.file for edit in write.edits)
            saved = wiki().editor.apply(write)
            return views.go(
                address(target.text), ("restored" if whole else "reverted") if saved.changed else "unchanged"
            )
        except EditConflict:
            conflicts, status = True, 409
        except Invalid as error:
            problem, status = " ".join(describe(item) for item in error.problems), 422
    card = wiki().catalog.card(target.text)
    title = card.title if card is not None else target.text
    html = render_template(
        "history/take_back.html",
        title=title,
        path=target.text,
        commit=commit,
        whole=whole,
        version=version,
        conflicts=conflicts,
        problem=problem,
        message=request.form.get("message", "")[:300],
        category=views.category_of(target.text),
        crumbs=crumbs(target, title),
    )
    return make_response(html, status)


def _line_views(lines: list[Line]) -> list[dict[str, Any]]:
    """Lines, the author named where a stretch by them begins."""
    found = []
    last: str | None = None
    for line in lines:
        found.append(
            {
                "number": line.number,
                "text": marked(line.text),
                "author": line.author,
                "when": line.when,
                "commit": line.commit,
                "subject": line.subject,
                "first": line.commit != last,
            }
        )
        last = line.commit
    return found


def version_before(path: PagePath, commit: str) -> str:
    """The version before one; empty where it was the first."""
    _, older = wiki().history.change(path.text, commit)
    return older.id if older is not None else ""


def _version(path: PagePath, commit: str) -> Revision | None:
    return wiki().history.version(path.text, commit) if commit else None


def _is_file(path: PagePath) -> bool:
    """Whether this is, or was, the place of a file that is attached to a page."""
    last = wiki().history.last(path.text)
    return last is not None and last.is_file


def _is_binary(path: PagePath) -> bool:
    """Whether this is the place of a file of which no lines can be shown."""
    return _ending(path) in BINARY and _is_file(path)


def _ending(path: PagePath) -> str:
    return path.text.rpartition(".")[2].lower()


def page_at(path: PagePath, commit: str) -> Page | None:
    return _content(path, commit, _version(path, commit))


def _content(path: PagePath, commit: str, version: Revision | None) -> Page | None:
    """A page as it was at a commit; `version` is the revision in force there, as far as the history knows one."""
    if not commit:
        return None
    if _is_binary(path):
        return unsaved_page(path, "", settings()) if version is not None and version.blob_id is not None else None
    if version is None or version.blob_id is None:
        try:
            return wiki().store.get(path, commit)
        except NotFound:
            return None
    return wiki().store.read(path, commit, version.blob_id)
