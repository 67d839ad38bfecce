"""Leaving: taking one's data along, and closing one's account for good."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from wiki.accounts.user import User
from wiki.catalog.presenting import address
from wiki.errors import Invalid
from wiki.web import session_cookie
from wiki.web.account import changed, confirm
from wiki.web.asking import require_person
from wiki.web.context import wiki
from wiki.web.views import go

blueprint = Blueprint("leaving", __name__)
PER_PORTION = 1_000


@blueprint.get("/-/account/data.json")
def data() -> Response:
    """All that the wiki holds of the person signed in: the account, drafts, the log, changes and suggestions."""
    user = require_person()
    kept = wiki().accounts.closing.data(user)
    response = jsonify({"account": kept, "changes": _changes(user.name), "suggestions": _suggestions(user.name)})
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{user.name.encode("ascii", "ignore").decode()}.json"'
    )
    return response


@blueprint.post("/-/account/close")
def close() -> Response:
    """Close one's own account for good."""

    def change(user: User) -> Response:
        confirm(user, "close_password")
        if not request.form.get("sure"):
            raise Invalid("close.sure", where="sure")
        wiki().leave(user, by=user)
        return session_cookie.end(go("/", "closed"))

    return changed("close", change)


def _changes(name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    before = None
    while portion := wiki().history.by(name, PER_PORTION, before):
        found += [
            {
                "revision": event.id,
                "when": event.when.isoformat(),
                "message": event.subject,
                "files": [touch.path for touch in event.touches],
            }
            for event in portion
        ]
        before = portion[-1].seq
    return found


def _suggestions(name: str) -> list[dict[str, object]]:
    return [
        {
            "number": item.number,
            "state": item.state.value,
            "title": item.title,
            "created": item.created.isoformat(),
            "pages": [address(path.removesuffix(".md")) for path in item.paths],
        }
        for item in wiki().suggestions.by(name)
    ]
