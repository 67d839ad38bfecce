"""Changing pages. Every change goes through the one door that the browser's go through, in the name of the token's owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, g, jsonify, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.deleting import delete, detach
from wiki.editing.edit import Edit, Write
from wiki.editing.forms import new_source
from wiki.editing.verifying import verify
from wiki.errors import Invalid, NotFound
from wiki.markup.front_matter import REMOVE, merge, set_body, update
from wiki.pages.kinds import KINDS, usual_kind
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.web import attachments, moves
from wiki.web.api import schemas, shapes
from wiki.web.api.declaring import Parameter, operation
from wiki.web.asked import base_revision, path_of, seen_revision
from wiki.web.context import actor, head, settings, wiki
from wiki.web.errors import problem_document
from wiki.web.translations import gettext

Sent = Mapping[str, Any]
IF_MATCH = Parameter(
    "If-Match", "The ETag of the page that the change was made from.", {"type": "string"}, place="header"
)
IF_NONE_MATCH = Parameter(
    "If-None-Match", "“*”: only where there is no such page yet.", {"type": "string"}, place="header"
)
_TAG = re.compile(r'(?:W/)?"([0-9a-f]{40}(?:[0-9a-f]{24})?)-[0-9a-f]+(?:-br|-gz)?"')


@operation(
    "POST", "/pages", "writing", "Saved", status=201, needs=Permission.EDIT, body=schemas.NEW_PAGE, errors=(409,)
)
def create_page(sent: Sent) -> Response:
    """Make a page."""
    target = PagePath.parse(sent["path"])
    if wiki().store.entry(target, head()) is not None:
        return abort(problem_document(409, "path.exists", gettext("There is already a page at this address.")))
    return _saved(target, sent, "", source_of(target, sent, None), status=201)


@operation(
    "PUT",
    "/pages/{path}",
    "writing",
    "Saved",
    needs=Permission.EDIT,
    parameters=(IF_MATCH, IF_NONE_MATCH),
    body=schemas.WHOLE_PAGE,
    errors=(201, 404, 409, 412, 413, 428),
)
def put_page(path: str, sent: Sent) -> Response:
    """Save a page as a whole.

    What others have changed since the base is put together with it, as in the browser; where both changed the same lines
    the answer is 409 with both texts, and nothing is written. Without a base only a page that isn't there yet is saved.
    What was changed for a page that has moved since is saved where it is now, as `path` says.
    """
    target = path_of(path)
    exists = wiki().store.entry(target, head()) is not None
    if exists and request.headers.get("If-None-Match", "").strip() == "*":
        return abort(problem_document(412, "path.exists", gettext("There is already a page at this address.")))
    base = _base(sent, exists, has_moved=bool(moves.redirected(target)))
    return _saved(target, sent, base, sent["source"], status=200 if exists else 201)


@operation(
    "PATCH",
    "/pages/{path}",
    "writing",
    "Saved",
    needs=Permission.EDIT,
    parameters=(IF_MATCH,),
    body=schemas.PAGE_CHANGES,
    errors=(404, 409, 412, 413, 428),
)
def change_page(path: str, sent: Sent) -> Response:
    """Change some facts of a page, or its text.

    Only the lines of the facts that are named change. A fact that is null goes away; one that holds others is changed
    inside; a list is replaced.
    """
    target = path_of(path)
    if wiki().store.entry(target, head()) is None and not moves.redirected(target):
        raise NotFound("page.not_found", path=target.text)
    base = _base(sent, True)
    before = wiki().store.get(target, base or head())
    return _saved(target, sent, base, source_of(target, sent, before))


@operation(
    "DELETE",
    "/pages/{path}",
    "writing",
    "Saved",
    needs=Permission.DELETE,
    parameters=(
        IF_MATCH,
        Parameter("message", "What for, in one line.", schemas.LINE),
        Parameter("base", "The version that was looked at.", {"type": "string", "maxLength": 64}),
    ),
    errors=(404, 409, 412, 428),
)
def delete_page(path: str) -> Response:
    """Delete a page with its files; it can be restored from its history."""
    target = path_of(path)
    if wiki().store.entry(target, head()) is None:
        raise NotFound("page.not_found", path=target.text)
    base = seen_revision(_base(g.asked, True), target)
    done = wiki().editor.apply(delete(wiki().repository, target, base, actor(), g.asked.get("message", "")))
    return jsonify(shapes.saved(target.text, done))


@operation("POST", "/move/{path}", "writing", "Saved", needs=Permission.MOVE, body=schemas.MOVE, errors=(404,))
def move_page(path: str, sent: Sent) -> Response:
    """Move a page or a folder: the old address leads on, and links to it are rewritten."""
    target, new = path_of(path), sent["to"].strip("/")
    folder = sent.get("folder", False) or wiki().store.entry(target, head()) is None
    done = wiki().moving.move(target.text, new, actor(), sent.get("message", ""), folder=folder)
    return jsonify(shapes.saved(new, done))


@operation(
    "POST", "/verify/{path}", "writing", "Saved", needs=Permission.VERIFY, body=schemas.REASON, errors=(404, 409)
)
def verify_page(path: str, sent: Sent) -> Response:
    """Say that a page is still true."""
    target = path_of(path)
    day = wiki().clock().date()
    done = wiki().editor.apply(verify(wiki().store, target, head(), actor(), day, sent.get("message", "")))
    return jsonify(shapes.saved(target.text, done))


@operation(
    "POST",
    "/files/{path}",
    "writing",
    "Attached",
    status=201,
    needs=Permission.ATTACH,
    body=schemas.UPLOAD,
    form=True,
    errors=(404, 413, 415),
)
def attach_file(path: str) -> Response:
    """Attach a file to a page.

    Pictures are encoded anew, so that what the camera wrote into them goes. `markdown` is what puts it into the text.
    """
    target = attachments.page_of(path)
    if request.mimetype != "multipart/form-data":
        abort(415)
    attachment, alt = attachments.received()
    file, done = attachments.kept(target, attachment)
    response = jsonify(
        {
            "file": file,
            "url": address(file),
            "markdown": attachments.markdown(file, attachment, alt),
            "revision": done.revision,
        }
    )
    response.status_code = 201
    response.headers["Location"] = address(file)
    return response


@operation(
    "DELETE",
    "/files/{path}",
    "writing",
    "Saved",
    needs=Permission.ATTACH,
    parameters=(Parameter("message", "What for, in one line.", schemas.LINE),),
    errors=(404,),
)
def detach_file(path: str) -> Response:
    """Remove a file, by its own path, from its page; the history keeps it."""
    folder, _, name = path.rpartition("/")
    target = attachments.page_of(folder)
    message = g.asked.get("message", "")
    done = wiki().editor.apply(detach(wiki().repository, target, name, head(), actor(), message))
    return jsonify(shapes.saved(target.text, done))


def source_of(path: PagePath, sent: Sent, before: Page | None) -> str:
    """The file that what was sent makes of a page as it was, or of none. Raises Invalid where it says too much."""
    if "source" in sent:
        if "fields" in sent or "body" in sent:
            raise Invalid("request.both", where="source")
        return str(sent["source"])
    changes = _changes(sent.get("fields", {}))
    if before is None:
        if not changes and "body" not in sent:
            raise Invalid("field.required", where="source")
        known = settings()
        kind = KINDS.get(str(changes.get("kind")), KINDS[usual_kind(path.text, known.category_ids)])
        return new_source(kind, merge({}, changes), sent.get("body", ""))
    source = update(before.source, changes, before.kind.order)
    return set_body(source, sent["body"]) if "body" in sent else source


def _changes(value: Any) -> Any:
    """Facts as they were sent, as changes: null takes away."""
    if isinstance(value, dict):
        return {name: REMOVE if item is None else _changes(item) for name, item in value.items()}
    return value


def _base(sent: Sent, exists: bool, has_moved: bool = False) -> str:
    """The version that a change was made from, as the body or the header says; empty for a page that is new, and where
    history was rewritten since: then whatever differs is a conflict."""
    if sent.get("base"):
        return base_revision(sent["base"])
    header = request.headers.get("If-Match", "").strip()
    if not header:
        if exists:
            words = gettext(
                "Say which version you changed: its revision as “base”, or its ETag in the header If-Match."
            )
            abort(problem_document(428, "base.missing", words))
        return ""
    found = _TAG.fullmatch(header)
    if found and (exists or has_moved):
        return base_revision(found[1])
    return abort(problem_document(412, "base.unknown", gettext("The header If-Match names no version of this page.")))


def _saved(path: PagePath, sent: Sent, base: str, source: str, status: int = 200) -> Response:
    write = Write(
        (Edit(path, base, source),),
        sent.get("message", ""),
        actor(),
        sent.get("minor", False),
        sent.get("affiliation", ""),
    )
    done = wiki().editor.apply(write)
    response = jsonify(shapes.saved(done.path, done))
    response.status_code = status if done.path == path.text else 200
    if response.status_code == 201:
        response.headers["Location"] = url_for("api.read_page", path=done.path)
    return response
