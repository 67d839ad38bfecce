"""One page: itself, its files, what links to it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import Response, g, jsonify, url_for

from wiki.errors import Denied, NotFound
from wiki.pages.path import PagePath
from wiki.web import moves, views
from wiki.web.api import shapes
from wiki.web.api.declaring import Parameter, asked, operation
from wiki.web.api.lists import LANGUAGE, READ
from wiki.web.asked import path_of, public_revision
from wiki.web.context import head, wiki

if TYPE_CHECKING:
    from wiki.accounts.tokens import Grant

REVISION = {"type": "string", "maxLength": 64}
AT = Parameter("at", "The version of the wiki, for a page as it was.", REVISION)


@operation("GET", "/pages/{path}", "pages", "Page", needs=READ, parameters=(AT, LANGUAGE), errors=(301, 404, 410, 413))
def read_page(path: str) -> Response:
    """A page: its facts, its whole file, its text, and its text as HTML.

    The header ETag, given as If-Match with a change, says which version the change was made from; so does `revision`,
    given as `base`. Where a page was moved, or is spelled otherwise, this leads on to where it is (301); one that was
    deleted is gone (410).
    """
    target = path_of(path)
    if asked("at"):
        commit = public_revision(asked("at"))
        try:
            return jsonify(shapes.page(wiki().store.get(target, commit), at=commit))
        except NotFound:
            if wiki().store.entry(target, head()) is not None:
                raise
            return _elsewhere(target)
    if wiki().store.entry(target, head()) is None:
        return _elsewhere(target)
    value = shapes.page(wiki().store.get(target, head()))
    response = jsonify(value)
    # Begins with the version, so that it can be given back as a base; the rest changes with whatever else is in it.
    seen = hashlib.sha256(response.get_data()).hexdigest()[:16]
    response.set_etag(f"{value['revision']}-{seen}")
    return views.cacheable(response)


@operation("GET", "/links-to/{path}", "pages", "Links", needs=READ, errors=(404,))
def links_to(path: str) -> Response:
    """The pages that link to a page, or that would if it were written."""
    target = path_of(path)
    items = [{**shapes.named(link.page), "text": link.text} for link in wiki().catalog.backlinks(target.text)]
    return shapes.public({"path": target.text, "items": items})


@operation("GET", "/files/{path}", "pages", "Files", needs=READ, errors=(404,))
def files(path: str) -> Response:
    """The files that are attached to a page."""
    target = path_of(path)
    if wiki().store.entry(target, head()) is None:
        raise NotFound("page.not_found", path=target.text)
    items = [shapes.file(name) for name in wiki().catalog.files(target.text)]
    return shapes.public({"path": target.text, "items": items})


@operation("GET", "/me", "site", "Me", errors=(401,))
def me() -> Response:
    """Who the token speaks for, and what may be done with it."""
    grant: Grant | None = g.get("grant")
    if grant is None:
        raise Denied("denied.token")
    return jsonify(
        {
            "name": grant.user.name,
            "display_name": grant.user.display_name,
            "role": grant.user.role.value,
            "scopes": sorted(scope.value for scope in grant.scopes),
            "permissions": sorted(permission.value for permission in grant.permissions),
        }
    )


def _elsewhere(path: PagePath) -> Response:
    """Where a page is that isn't here: moved, spelled otherwise, deleted, or never there."""
    target = moves.now_at(path)
    if target:
        return views.cacheable(views.lead_on(url_for("api.read_page", path=target), 301))
    raise moves.absent(path)
