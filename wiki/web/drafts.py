"""Drafts of people with an account: what they have typed into a form and not saved, for the scripts of the editor."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, make_response, request

from wiki.accounts.user import User
from wiki.errors import Denied
from wiki.web.context import person, wiki
from wiki.web.security import check_form_token

blueprint = Blueprint("drafts", __name__)


@blueprint.get("/-/drafts")
def find() -> Response:
    """What the person signed in has not finished on a page; nothing (204) where there is none."""
    found = wiki().accounts.drafts.get(_owner().id, request.args.get("key", "")[:500])
    if found is None:
        return make_response("", 204)
    try:
        fields = json.loads(found.fields.get("entries", "[]"))
        return jsonify({"base": found.base, "saved": found.updated.isoformat(), "fields": fields})
    except (ValueError, RecursionError):
        # Not what the scripts of the editor send.
        return make_response("", 204)


@blueprint.post("/-/drafts")
def keep() -> Response:
    """Keep what is being typed (``fields``: the form's entries as JSON); empty fields forget it."""
    owner = _owner()
    check_form_token()
    key, fields = request.form.get("key", "")[:500], request.form.get("fields", "")
    if not fields:
        wiki().accounts.drafts.delete(owner.id, key)
    else:
        wiki().accounts.drafts.save(owner.id, key, request.form.get("base", "")[:64], {"entries": fields})
    return make_response("", 204)


def _owner() -> User:
    me = person()
    if me is None:
        raise Denied("denied.sign_in")
    return me
