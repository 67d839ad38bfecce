"""Suggestions: made by anybody under the rules of the form, followed by whoever made them, decided by maintainers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request, url_for

from wiki.accounts.addresses import address_key
from wiki.accounts.roles import Permission, Role
from wiki.editing.edit import Edit, Write
from wiki.errors import Invalid, Problem
from wiki.pages.path import PagePath
from wiki.suggestions.access import stranger
from wiki.suggestions.suggestion import Suggestion
from wiki.web.api import schemas, shapes
from wiki.web.api.declaring import Parameter, operation, require
from wiki.web.api.writing import source_of
from wiki.web.asked import base_revision
from wiki.web.context import actor, head, may, person, wiki
from wiki.web.review import count_approved
from wiki.web.suggesting import count_talk, follow_url, speaker

Sent = Mapping[str, Any]
KEY = Parameter(
    "Suggestion-Key", "The key that was given when it was made.", {"type": "string", "maxLength": 200}, place="header"
)
CLOSED = 50


@operation("GET", "/suggestions/opening", "suggestions", "Opening", needs=Permission.SUGGEST)
def open_suggestion() -> Response:
    """Begin a suggestion without a token.

    What comes back is sent along as `opened`, at least `seconds` later: the rule that holds programs back in the browser
    too.
    """
    return jsonify({"opened": wiki().suggestions.forms.stamp(), "seconds": wiki().config.review.min_seconds})


@operation(
    "POST",
    "/suggestions",
    "suggestions",
    "Submitted",
    status=201,
    needs=Permission.SUGGEST,
    body=schemas.NEW_SUGGESTION,
    errors=(404, 409, 413),
)
def suggest(sent: Sent) -> Response:
    """Suggest changes to one page or several.

    Nothing of it shows before a maintainer approves it. Without a token the rules of the form in the browser hold: some
    seconds between opening and sending, few new links, so many an hour.
    """
    who = actor() if person() is not None else stranger(sent.get("credit", ""))
    edits = tuple(_edit(item, number) for number, item in enumerate(sent["edits"]))
    write = Write(edits, sent.get("message", ""), who, affiliation=sent.get("affiliation", ""))
    suggestions = wiki().suggestions
    suggestions.spam.check(
        write,
        trap=sent.get("website", ""),
        seconds_open=suggestions.forms.seconds(sent.get("opened", "")),
        known_person=person() is not None,
        throttle=wiki().accounts.throttle,
        address=address_key(request.remote_addr or ""),
        note=sent.get("note", ""),
    )
    made = suggestions.submit(write, sent.get("note", ""))
    response = jsonify({"number": made.number, "key": made.key, "url": follow_url(made.number, made.key)})
    response.status_code = 201
    response.headers["Location"] = url_for("api.show_suggestion", number=made.number)
    return response


@operation("GET", "/suggestions", "suggestions", "Suggestions", needs=Permission.REVIEW)
def list_suggestions() -> Response:
    """The suggestions that wait, and those decided last."""
    return jsonify(
        {
            "open": [shapes.suggestion(item) for item in wiki().suggestions.open()],
            "closed": [shapes.suggestion(item) for item in wiki().suggestions.closed(CLOSED)],
        }
    )


@operation("GET", "/suggestions/{number}", "suggestions", "Suggestion", parameters=(KEY,), errors=(404, 410))
def show_suggestion(number: int) -> Response:
    """A suggestion with what it changes: for maintainers, for its author, and for whoever holds its key."""
    _seen(number)
    view = wiki().review.preview(number)
    return jsonify(shapes.whole_suggestion(view.suggestion, view.parts))


@operation(
    "POST",
    "/suggestions/{number}/decision",
    "suggestions",
    "Suggestion",
    needs=Permission.REVIEW,
    body=schemas.DECISION,
    errors=(404, 409, 410),
)
def decide_suggestion(number: int, sent: Sent) -> Response:
    """Approve a suggestion, decline it, or ask its author for changes.

    To approve, `head` has to be the one that was looked at: a suggestion that was changed meanwhile is not approved unseen.
    """
    text = sent.get("text", "")
    if sent["decision"] == "approve":
        if not sent.get("head"):
            raise Invalid("field.required", where="head")
        files = set(sent["files"]) if "files" in sent else None
        message = sent.get("message", "")
        saved = wiki().review.approve(number, actor(), sent["head"], files=files, message=message, text=text)
        decided = wiki().suggestions.get(number)
        if saved.changed:
            count_approved(decided)
    else:
        decide = wiki().review.decline if sent["decision"] == "decline" else wiki().review.ask
        decided = decide(number, actor(), text)
    return jsonify(shapes.whole_suggestion(decided, ()))


@operation(
    "POST",
    "/suggestions/{number}/talk",
    "suggestions",
    "Suggestion",
    parameters=(KEY,),
    body=schemas.SAYING,
    errors=(404, 410),
)
def talk_about_suggestion(number: int, sent: Sent) -> Response:
    """Say something about a suggestion."""
    found = _spoken_of(number)
    count_talk()
    said = wiki().suggestions.say(number, speaker(found), sent.get("text", ""), _key())
    return jsonify(shapes.whole_suggestion(said, ()))


@operation(
    "POST",
    "/suggestions/{number}/withdraw",
    "suggestions",
    "Suggestion",
    parameters=(KEY,),
    body=schemas.SAYING,
    errors=(404, 409, 410),
)
def withdraw_suggestion(number: int, sent: Sent) -> Response:
    """Take one's suggestion back."""
    found = _spoken_of(number)
    done = wiki().suggestions.withdraw(number, speaker(found), _key(), sent.get("text", ""))
    return jsonify(shapes.whole_suggestion(done, ()))


def _edit(item: Sent, number: int) -> Edit:
    target = PagePath.lookup(item["path"])
    try:
        base = base_revision(item["base"]) if item.get("base") else ""
    except Invalid:
        raise Invalid("base.unknown", problems=(Problem("base.unknown", f"edits.{number}.base"),))
    # Where history was rewritten, what is here now is what the change is to be compared with.
    before = wiki().store.get(target, base or head()) if item.get("base") else None
    if item.get("delete"):
        return Edit(target, base or head(), None)
    if before is None and wiki().store.entry(target, head()) is not None:
        raise Invalid("path.exists", problems=(Problem("path.exists", f"edits.{number}.path"),))
    return Edit(target, base, source_of(target, item, before))


def _seen(number: int) -> Suggestion:
    """The suggestion, for whoever may see it; a token that is not made for reviewing sees only its owner's."""
    asking = actor() if may(Permission.REVIEW) else replace(actor(), role=min(actor().role, Role.CONTRIBUTOR))
    return wiki().suggestions.seen_by(number, asking, _key())


def _spoken_of(number: int) -> Suggestion:
    """The same for whoever may say something of it: the key is enough, but a token has to be made for more than reading."""
    if person() is not None:
        require(Permission.SUGGEST)
    return _seen(number)


def _key() -> str:
    return request.headers.get("Suggestion-Key", "")[:200]
