"""The review of suggestions: the queue, one suggestion, and the decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from itertools import islice
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.editing.edit import EditConflict
from wiki.errors import Conflict, Denied, Invalid, Problem, Unavailable, WikiError
from wiki.invisible import disguised
from wiki.storage.objects import shown_name
from wiki.suggestions.review import ReviewView
from wiki.suggestions.suggestion import State, Suggestion
from wiki.web import views
from wiki.web.around import folder_label
from wiki.web.changes import part_views
from wiki.web.choosing import chosen, unix
from wiki.web.context import actor, localize, may, settings, wiki
from wiki.web.errors import status_of
from wiki.web.proof import require_proof_for
from wiki.web.security import check_form_token
from wiki.web.suggesting import state_words, talk_note
from wiki.web.translations import gettext
from wiki.web.words import describe, stake

blueprint = Blueprint("review", __name__)

MOST_WORDS = 10


@blueprint.get("/-/review")
def queue() -> Response:
    """What waits, the oldest first, and what was decided lately."""
    _require()
    return _queue()


@blueprint.post("/-/review")
def decline_ticked() -> Response:
    """Decline several at once, with the same words to each author: for when one person has sent the same thing many times."""
    _require()
    text = request.form.get("text", "")[:20_000]
    ticked = {int(number) for number in request.form.getlist("number") if number.isascii() and number.isdigit()}
    try:
        check_form_token()
        if not ticked:
            raise Invalid("review.nothing_ticked", where="number")
        for number in sorted(ticked & {item.number for item in wiki().suggestions.open()}):
            # Another maintainer may have decided about one of them meanwhile.
            with suppress(Conflict):
                wiki().review.decline(number, actor(), text)
    except Invalid as error:
        return _queue(error, ticked, text)
    return views.go(url_for("review.queue"), "declined-all")


def _queue(error: Invalid | None = None, ticked: Collection[int] = (), text: str = "") -> Response:
    found = error.problems if error else ()
    waiting = wiki().suggestions.open()
    category, by = request.args.get("category", ""), request.args.get("by", "")
    languages = settings().languages
    shown = [
        item
        for item in waiting
        if (not category or category in item.folders(languages)) and (not by or item.author_name == by)
    ]
    if request.args.get("tick") == "all" and error is None:
        ticked = {item.number for item in shown}
    folders = sorted({folder for item in waiting for folder in item.folders(languages)})
    html = render_template(
        "review/queue.html",
        waiting=[_row(item) for item in shown],
        closed=[_row(item) for item in wiki().suggestions.closed(20)],
        category=category,
        by=by,
        # Whoever has sent one alone needs no list of their own.
        several={name for name, times in Counter(item.author_name for item in waiting).items() if times > 1},
        folders=[{"id": folder, "label": _folder(folder)} for folder in folders],
        total=len(waiting),
        ticked=ticked,
        text=text,
        problems=[{"text": describe(item), "name": item.where} for item in found],
        errors={item.where: describe(item) for item in found},
    )
    return make_response(html, status_of(error) if error else 200)


@blueprint.get("/-/review/<int:number>")
def show(number: int) -> Response:
    """One suggestion: who, stake, why; what changes; how it would look; the talk."""
    _require()
    return _show(wiki().review.preview(number))


@blueprint.post("/-/review/<int:number>")
def decide(number: int) -> Response:
    """Approve (all, parts, or with changes), ask for changes, decline, or say something."""
    _require()
    what = request.form.get("do", "")
    text = request.form.get("text", "")[:20_000]
    view = wiki().review.preview(number)
    try:
        check_form_token()
        if what == "approve":
            return _approve(view, text)
        if what == "decline":
            wiki().review.decline(number, actor(), text)
            return views.go(url_for("review.queue"), "declined")
        if what == "ask":
            wiki().review.ask(number, actor(), text)
            return views.go(url_for("review.show", number=number), "asked")
        if what == "say":
            wiki().suggestions.say(number, actor(), text)
            return views.go(url_for("review.show", number=number), "said")
        raise Invalid("form.expired", where="do")
    except EditConflict as conflict:
        return _show(wiki().review.preview(number), conflict, text)
    except (Invalid, Conflict, Unavailable) as error:
        return _show(view, error, text)


def _approve(view: ReviewView, text: str) -> Response:
    number = view.suggestion.number
    files = None if len(view.parts) == 1 else set(request.form.getlist("file"))
    edited: dict[str, str] = {}
    missing: list[str] = []
    for place, part in enumerate(view.parts):
        if files is not None and part.part.file not in files:
            continue
        conflict = part.part.conflict
        own = request.form.get(f"edited-{place}")
        shown = part.part.merged if part.part.merged is not None else ""
        if conflict is not None:
            source, open_places = chosen(
                conflict.merged, conflict.passages, conflict.fields, request.form, f"p{place}-"
            )
            missing += open_places
            edited[part.part.file] = source
        elif own is not None and unix(own) != unix(shown):
            edited[part.part.file] = unix(own)
    if missing:
        raise Invalid("edit.choose", problems=tuple(Problem("edit.choose", f"choice-{name}") for name in missing))
    require_proof_for(part.part.file for part in view.parts)
    saved = wiki().review.approve(
        number,
        actor(),
        request.form.get("head", ""),
        at=request.form.get("at", ""),
        files=files,
        edited=edited,
        message=request.form.get("message", "")[:300],
        text=text,
        without_history=bool(request.form.get("without_history")),
    )
    if saved.changed:
        count_approved(view.suggestion)
    return views.go(url_for("review.queue"), "approved")


def count_approved(suggestion: Suggestion) -> None:
    """Note for a new account that one of its suggestions was taken in."""
    author = suggestion.author_username
    # What is approved is in, whether or not accounts can be written just now.
    with suppress(Unavailable):
        user = wiki().accounts.users.by_name(author) if author else None
        if user is not None:
            wiki().accounts.users.count_approved(user.id)


def _show(view: ReviewView, error: WikiError | None = None, text: str = "") -> Response:
    suggestion, waiting = view.suggestion, wiki().suggestions.open()
    found = error.problems if isinstance(error, Invalid) else ()
    problems = [{"text": describe(item), "name": item.where if _is_asked(item.where) else ""} for item in found]
    if error is not None and not found:
        problems = [{"text": describe(error), "name": ""}]
    html = render_template(
        "review/show.html",
        item=_row(suggestion),
        suggestion=suggestion,
        at=view.at,
        waiting=[_row(item) for item in waiting[:30]],
        waits=len(waiting),
        parts=part_views(view.parts),
        rivals=[_row(item) for item in wiki().suggestions.rivals(suggestion.number)]
        if suggestion.state.is_open
        else [],
        disguised=_disguised(view),
        notes=[talk_note(entry, own=entry.username == actor().name) for entry in suggestion.talk],
        replies=[
            {"label": localize(reply.label, reply.id), "text": localize(reply.text)} for reply in settings().replies
        ],
        problems=problems,
        errors={item.where: describe(item) for item in found},
        undecided={item.where.removeprefix("choice-") for item in found if item.where.startswith("choice-")},
        text=text,
        choices=request.form,
        is_open=suggestion.state.is_open,
        message=request.form.get("message", suggestion.title),
    )
    return make_response(html, status_of(error) if error is not None else 200)


def _disguised(view: ReviewView) -> dict[str, str]:
    """Words of a suggestion, and of what is said and sent with it, that aren't what they look like."""
    suggestion = view.suggestion
    said = (
        suggestion.title,
        suggestion.author_name,
        suggestion.affiliation,
        *(entry.text for entry in suggestion.talk),
    )
    found = disguised("\n".join((*said, *map(shown_name, suggestion.paths))))
    for part in (view.part for view in view.parts):
        known = disguised(part.base or "")
        found |= {word: shown for word, shown in disguised(part.theirs or "").items() if word not in known}
    return dict(islice(found.items(), MOST_WORDS))


def _is_asked(where: str) -> bool:
    return where in ("text", "message") or where.startswith("choice-")


def _row(item: Suggestion) -> dict[str, Any]:
    return {
        "number": item.number,
        "title": item.title,
        "author": item.author_name,
        "stake": stake(item.affiliation),
        "created": item.created,
        "updated": item.updated,
        "state": item.state.value,
        "state_words": state_words(item.state),
        "waits_for_author": item.state is State.CHANGES_ASKED,
        "pages": [_page_words(path) for path in item.paths[:4]],
        "more": max(0, len(item.paths) - 4),
        "folders": [_folder(folder) for folder in item.folders(settings().languages)],
        "url": url_for("review.show", number=item.number),
        "conflicted": item.conflicted,
    }


def _page_words(file: str) -> dict[str, str]:
    path = shown_name(file).removesuffix(".md")
    card = wiki().catalog.card(path)
    if card is None and (target := settings().redirected(path)):
        card = wiki().catalog.card(target)
    return {"title": card.title if card else gettext("new: %(path)s", path=path), "url": address(path)}


def _folder(folder: str) -> str:
    category = settings().category(folder)
    return localize(category.label, folder) if category else folder_label(folder)


def _require() -> None:
    if not may(Permission.REVIEW):
        raise Denied("denied.permission", permission="review")
