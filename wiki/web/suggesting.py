"""Suggesting without an account: sending, and the private page on which a suggestion is followed and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.accounts.addresses import address_key
from wiki.catalog.presenting import address
from wiki.editing.edit import Actor, Write
from wiki.errors import Denied, Invalid, TooMany, Unavailable
from wiki.suggestions.access import stranger
from wiki.suggestions.suggestion import Event, State, Suggestion, TalkEntry
from wiki.web import views
from wiki.web.changes import part_views
from wiki.web.context import actor, person, root_url, wiki
from wiki.web.errors import status_of
from wiki.web.security import check_form_token
from wiki.web.translations import gettext
from wiki.web.words import describe, stake

blueprint = Blueprint("suggesting", __name__)
NO_KEY = "own"
SHOWN = 20


def submit(write: Write, seconds: float) -> Response:
    """Keep a write as a suggestion and lead to its private page; `seconds` is how long the form was open.

    Raises Invalid and TooMany with what the person can do about it; nothing is kept then.
    """
    write = _credited(write)
    check_spam(write, seconds)
    submitted = wiki().suggestions.submit(write)
    if person() is not None:
        # Their account is the key: the page is listed there.
        return views.go(follow_url(submitted.number, ""), "suggested-own")
    return views.go(follow_url(submitted.number, submitted.key), "suggested")


def check_spam(write: Write, seconds: float) -> None:
    """Let a suggestion by somebody unknown pass what holds programs back."""
    wiki().suggestions.spam.check(
        write,
        trap=request.form.get("website", ""),
        seconds_open=seconds,
        known_person=person() is not None,
        throttle=wiki().accounts.throttle,
        address=address_key(request.remote_addr or ""),
    )


def _credited(write: Write) -> Write:
    """The write under the name that a stranger wants to be thanked under."""
    if person() is not None:
        return write
    return replace(write, actor=stranger(request.form.get("credit", "")[:500]))


def follow_url(number: int, key: str) -> str:
    """The private address of a suggestion."""
    return url_for("suggesting.follow", number=number, key=key or NO_KEY)


def opened(number: int, key: str) -> Suggestion:
    """The suggestion that a private link leads to; raises NotFound for whoever may not see it, Denied for who may, signed in."""
    if key == NO_KEY and person() is None:
        raise Denied("denied.sign_in")
    return wiki().suggestions.seen_by(number, actor(), "" if key == NO_KEY else key)


@blueprint.get("/-/suggestions/<int:number>/<key>")
def follow(number: int, key: str) -> Response:
    """What became of a suggestion, for whoever made it."""
    suggestion = opened(number, key)
    if request.args.get("notice", "").startswith("suggested") and (
        suggestion.talk or suggestion.state is not State.OPEN
    ):
        # They kept the address with its thanks, and meanwhile there is something new.
        return views.send_to(follow_url(number, key))
    return show(suggestion, key)


@blueprint.post("/-/suggestions/<int:number>/<key>")
def act(number: int, key: str) -> Response:
    """Say something about one's suggestion, or take it back."""
    suggestion = opened(number, key)
    text = request.form.get("text", "")[:20_000]
    secret = "" if key == NO_KEY else key
    try:
        check_form_token()
        if request.form.get("do") == "withdraw":
            wiki().suggestions.withdraw(number, speaker(suggestion), secret, text)
            return views.go(follow_url(number, key), "withdrawn")
        count_talk()
        wiki().suggestions.say(number, speaker(suggestion), text, secret)
    except (Invalid, TooMany, Unavailable) as error:
        return show(suggestion, key, {"text": describe(error)}, status_of(error), text=text)
    return views.go(follow_url(number, key), "said")


def count_talk() -> None:
    """Note that somebody speaks of a suggestion. Raises TooMany where they do so too often."""
    wiki().accounts.throttle.hit("talk", address_key(request.remote_addr or ""), 30, 3600)


def speaker(suggestion: Suggestion) -> Actor:
    """Who speaks of a suggestion: the person signed in, else its author, under the name that it was made with."""
    if person() is not None:
        return actor()
    return stranger("" if suggestion.author_name == "Anonymous" else suggestion.author_name)


def show(
    suggestion: Suggestion, key: str, errors: Mapping[str, str] | None = None, status: int = 200, **typed: str
) -> Response:
    """The private page of a suggestion, with what was typed into its fields and is wrong with them."""
    view = wiki().review.preview(suggestion.number)
    html = render_template(
        "suggesting/follow.html",
        suggestion=suggestion,
        state_words=state_words(suggestion.state),
        stake=stake(suggestion.affiliation),
        link=root_url() + follow_url(suggestion.number, key),
        key=key,
        parts=part_views(view.parts),
        notes=[talk_note(entry, own=entry.username == "") for entry in suggestion.talk],
        reason=_reason(suggestion),
        errors=errors or {},
        problems=[{"text": words, "name": name} for name, words in (errors or {}).items()],
        typed=typed,
        merged_url=address(_first_path(suggestion)) if suggestion.merged_as else "",
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _reason(suggestion: Suggestion) -> TalkEntry | None:
    """The words with which a maintainer asked for changes, or declined, where that is how it stands."""
    event = {State.CHANGES_ASKED: Event.ASKED, State.DECLINED: Event.DECLINED}.get(suggestion.state)
    return next((entry for entry in reversed(suggestion.talk) if entry.event is event and entry.text), None)


def _first_path(suggestion: Suggestion) -> str:
    return suggestion.paths[0].removesuffix(".md") if suggestion.paths else ""


def own_rows(username: str) -> list[dict[str, Any]]:
    """What an account has suggested lately, newest first: title, where it stands, when something last happened."""
    return [
        {
            "title": item.title,
            "state_words": state_words(item.state),
            "waits_for_author": item.state is State.CHANGES_ASKED,
            "updated": item.updated,
            "url": follow_url(item.number, ""),
        }
        for item in wiki().suggestions.by(username)[:SHOWN]
    ]


def state_words(state: State) -> str:
    """Where a suggestion stands, in words."""
    return {
        State.OPEN: gettext("waiting for a maintainer"),
        State.CHANGES_ASKED: gettext("changes were asked for"),
        State.APPROVED: gettext("taken in"),
        State.DECLINED: gettext("declined"),
        State.WITHDRAWN: gettext("taken back"),
    }[state]


def talk_note(entry: TalkEntry, own: bool = False) -> dict[str, Any]:
    """An entry of the talk as the macro takes it; what an event says stands below it as a note."""
    words = {
        Event.ASKED: gettext("asked for changes"),
        Event.APPROVED: gettext("approved"),
        Event.DECLINED: gettext("declined"),
        Event.WITHDRAWN: gettext("taken back"),
        Event.AMENDED: gettext("changed the suggestion"),
    }
    event = words.get(entry.event, "")
    if entry.left_out:
        event = gettext(
            "approved without %(pages)s", pages=", ".join(name.removesuffix(".md") for name in entry.left_out)
        )
    text = f"{event}: {entry.text}" if event and entry.text else entry.text
    return {
        "who": entry.author,
        "when": entry.when,
        "text": text,
        "event": event if not entry.text else "",
        "own": own,
    }
