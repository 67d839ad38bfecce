"""Attaching files to a page, from the editor or by a form of its own."""

from __future__ import annotations

import re

from filelock import FileLock, Timeout
from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from wiki import allocator
from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing import deleting
from wiki.editing.edit import Attach, Saved, Write
from wiki.errors import Denied, Invalid, NotFound, Unavailable, WikiError
from wiki.pages.attachments import Attachment, prepare
from wiki.pages.path import PagePath
from wiki.web import moves, views
from wiki.web.around import crumbs, page_tabs
from wiki.web.asked import path_of
from wiki.web.context import actor, head, may, wiki
from wiki.web.errors import status_of, wants_json
from wiki.web.security import check_form_token
from wiki.web.translations import gettext
from wiki.web.words import describe

blueprint = Blueprint("attachments", __name__)
# What ends a description in Markdown, or keeps it from ending.
_MARKS = re.compile(r"[\[\]\\`<]")
# A photo takes half a second; the largest picture some five, and up to 300 MB of memory meanwhile.
WAIT_SECONDS = 5.0


@blueprint.get("/-/attach/<path:path>")
def form(path: str) -> Response:
    """The form, for those without the richer editor."""
    return moves.followed(path_of(path)) or _show(_target(path), "")


@blueprint.post("/-/attach/<path:path>")
def attach(path: str) -> Response:
    """Store a file beside the page; the answer says how to put it into the text."""
    target = _target(path)
    try:
        check_form_token()
        attachment, alt = received()
    except WikiError as error:
        if wants_json():
            raise
        wrong = "alt" if isinstance(error, Invalid) and error.problems[0].where == "alt" else "file"
        return _show(target, describe(error), status_of(error), wrong=wrong)
    file, _ = kept(target, attachment)
    words = markdown(file, attachment, alt)
    if wants_json():
        return jsonify({"url": address(file), "markdown": words})
    return _show(target, "", markdown=words)


@blueprint.route("/-/detach/<path:file>", methods=["GET", "POST"])
def detach(file: str) -> Response:
    """Take a file away from its page: asked first. Earlier versions of the content keep it."""
    folder, _, name = file.rpartition("/")
    target = _target(folder)
    message = request.form.get("message", "")
    write = deleting.detach(wiki().repository, target, name, head(), actor(), message)
    problem, status = "", 200
    if request.method == "POST":
        try:
            check_form_token()
            wiki().editor.apply(write)
            return views.go(url_for("attachments.form", path=target.text), "detached")
        except WikiError as error:
            problem, status = describe(error), status_of(error)
    page = wiki().store.get(target, head())
    html = render_template(
        "attachments/remove.html",
        name=name,
        title=page.title,
        path=target.text,
        is_shown=name in page.body,
        message=message,
        problem=problem,
        crumbs=crumbs(target, page.title),
        category=views.category_of(target.text),
    )
    return make_response(html, status)


def _target(path: str) -> PagePath:
    if not may(Permission.ATTACH):
        raise Denied("denied.permission", permission="attach")
    return page_of(path)


def page_of(path: str) -> PagePath:
    """The page that a file is attached to: of this address, or moved from it while somebody wrote. Raises NotFound."""
    asked = path_of(path)
    target = PagePath(moves.redirected(asked) or asked.text)
    if target.is_settings or wiki().store.entry(target, head()) is None:
        raise NotFound("page.not_found", path=asked.text)
    return target


def _show(target: PagePath, error: str, status: int = 200, markdown: str = "", wrong: str = "file") -> Response:
    title = wiki().store.get(target, head()).title
    html = render_template(
        "attachments/form.html",
        title=title,
        path=target.text,
        error=error,
        wrong=wrong,
        markdown=markdown,
        action=url_for("attachments.attach", path=target.text),
        crumbs=crumbs(target, title),
        tabs=page_tabs(target, "edit"),
        category=views.category_of(target.text),
        files=[
            {"name": file.rpartition("/")[2], "url": address(file), "remove": url_for("attachments.detach", file=file)}
            for file in wiki().catalog.files(target.text)
        ],
    )
    return make_response(html, status)


def received() -> tuple[Attachment, str]:
    """The file that a request brings, and what can be seen on it. Raises Invalid, TooMany, and Unavailable("file.busy")."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("file.missing", where="file")
    limits = wiki().config.limits
    try:
        # One at a time in all server processes: pictures side by side would take all of a small server's memory.
        with FileLock(wiki().config.index_dir / "attaching.lock", timeout=WAIT_SECONDS):
            data = sent.read(limits.attachment_bytes + 1)
            attachment = prepare(sent.filename, data, limits.attachment_bytes, limits.image_pixels)
            # What one picture took isn't kept until the next is looked at by another process.
            allocator.give_back()
    except Timeout:
        raise Unavailable("file.busy", retry_after=3)
    alt = " ".join(request.form.get("alt", "").split())[:300]
    if attachment.is_image and not alt and not request.form.get("decoration"):
        raise Invalid("file.alt_needed", where="alt")
    return attachment, alt


def kept(target: PagePath, attachment: Attachment) -> tuple[str, Saved]:
    """Store a file beside a page: its place, and what became of the write."""
    file = _free_name(target, attachment)
    message = gettext("Attach %(name)s", name=file.rpartition("/")[2])
    write = Write((Attach(file, attachment.data),), message, actor(), permission=Permission.ATTACH)
    return file, wiki().editor.apply(write)


def _free_name(target: PagePath, attachment: Attachment) -> str:
    """A name beside the page that no other file has; the same file again keeps its name."""
    stem, _, ending = attachment.name.rpartition(".")
    repository, revision = wiki().repository, head()
    for number in range(1, 1000):
        file = f"{target.text}/{stem}{f'-{number}' if number > 1 else ''}.{ending}"
        entry = repository.entry(revision, file)
        if entry is None or (entry.kind == "blob" and repository.blob(entry.id) == attachment.data):
            return file
    raise Invalid("file.name", where="file")


def markdown(file: str, attachment: Attachment, alt: str) -> str:
    """What puts a file into the text of a page."""
    words = _MARKS.sub("", alt)
    if attachment.is_image:
        return f"![{words}]({address(file)})"
    return f"[{words or file.rpartition('/')[2]}]({address(file)})"
