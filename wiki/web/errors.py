"""Errors as answers: one table from kinds to statuses, a page for people, a problem document for programs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from html import escape
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, RequestURITooLarge

from wiki.editing.signing import one_line
from wiki.errors import Conflict, Denied, Gone, Invalid, NotFound, TooMany, Unavailable, WikiError
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.context import language, leave_catalog, locale, person, wiki
from wiki.web.security import SAFE_METHODS
from wiki.web.sentences import SENTENCES
from wiki.web.translations import gettext
from wiki.web.words import describe

log = logging.getLogger(__name__)
_STATUSES: dict[type[WikiError], int] = {
    NotFound: 404,
    Gone: 410,
    Invalid: 422,
    Conflict: 409,
    Denied: 403,
    TooMany: 429,
    Unavailable: 503,
}
_PLAIN = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head><body><main><h1>{title}</h1><p>{words}</p><p>{advice}</p></main></body></html>"
)
# Nobody asked for the wrong thing: all pages are out of reach. No page can be made then, and the background tells the log.
NO_PAGES = frozenset({"storage.empty", "storage.missing"})
# What is too much in itself, however long one waits.
_TOO_MUCH = ("import.too_many", "move.too_many", "suggestion.too_many_pages")


def install(app: Flask) -> None:
    """Let an application answer its errors."""
    app.register_error_handler(WikiError, _safely(_wiki_error))
    app.register_error_handler(HTTPException, _safely(_http_error))
    app.register_error_handler(sqlite3.Error, _safely(_out_of_reach))
    app.register_error_handler(Exception, _safely(_unexpected))


def status_of(error: WikiError) -> int:
    """The HTTP status for an error of the core."""
    if isinstance(error, TooMany) and (error.code.endswith(".too_large") or error.code in _TOO_MUCH):
        return 413
    if isinstance(error, Denied) and person() is None and not error.code.startswith("form."):
        return 401
    if error.code in NO_PAGES:
        return 503
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 500)


def wants_json() -> bool:
    """Whether a program asks, which is answered by a problem document instead of a page."""
    return (
        f"{request.path}/".startswith(("/-/api/", "/-/suggest/"))
        or request.path.endswith(".json")
        or request.args.get("format") == "json"
        or request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"
    )


def problem_document(status: int, code: str, words: str, **more: Any) -> Response:
    """An RFC 9457 problem; `words` say to a person what is wrong."""
    response = jsonify({"type": "about:blank", "status": status, "title": words, "detail": words, "code": code, **more})
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _wiki_error(error: WikiError) -> Response:
    if error.code == "database.damaged":
        # The owner is to know what a stranger isn't told.
        log.error("accounts out of reach: %s", error)
    status = status_of(error)
    if status == 401 and error.code == "denied.permission":
        # Nothing is wrong with an account that isn't there.
        error = Denied("denied.sign_in")
    if wants_json():
        problems = [
            {"code": item.code, "where": item.where, "line": item.line, "message": describe(item)}
            for item in error.problems
        ]
        return _with_retry(problem_document(status, error.code, describe(error), problems=problems), error)
    return _with_retry(_page(status, describe(error), error), error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()  # type: ignore[return-value]
    if isinstance(error, BadHost | RequestURITooLarge):
        # The links of a page would be made with what is wrong.
        return _bare(
            status, f"http.{status}", gettext("That is too large") if status == 414 else gettext("That didn't work")
        )
    if wants_json():
        words = gettext("That is too large") if status == 413 else error.name
        response = problem_document(status, f"http.{status}", words)
    else:
        response = _page(status, "", None)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response


def _out_of_reach(error: sqlite3.Error) -> Response:
    # A full, damaged or read-only disk, or a file that another process holds: the catalog can't be read or written just now.
    log.error("database out of reach", exc_info=error)
    if request.method not in SAFE_METHODS or not leave_catalog():
        return _wiki_error(Unavailable("catalog.unreadable", retry_after=10))
    try:
        answer = current_app.preprocess_request()
        return current_app.make_response(current_app.dispatch_request() if answer is None else answer)
    except Exception as other:
        return current_app.make_response(current_app.handle_user_exception(other))


def _unexpected(error: Exception) -> Response:
    # The border of a request: whatever happens behind it, a person gets an answer and the log the reason.
    log.error("unexpected error", exc_info=error)
    if wants_json():
        return problem_document(500, "unexpected", gettext("Something went wrong on our side"))
    return _page(500, "", None)


def _page(status: int, words: str, error: WikiError | None) -> Response:
    more = _missing(error) if isinstance(error, NotFound | Gone) and error.code.startswith("page.") else {}
    return Response(render_template("errors/error.html", status=status, words=words, error=error, **more), status)


def _safely(handle: Callable[[Any], Response]) -> Callable[[Any], Response]:
    """A handler that always answers: what broke a page may break the page about it too, then plain words have to do."""

    def answer(error: Any) -> Response:
        try:
            return handle(error)
        except Exception as broken:
            if isinstance(broken, sqlite3.Error) and leave_catalog():
                return answer(error)
            if not isinstance(broken, WikiError):
                log.error("no page about an error", exc_info=broken)
            elif broken.code not in NO_PAGES:
                # It says what is the matter, and comes with each request until that is mended.
                log.error("no page about an error: %s", broken)
            return _plain(error)

    return answer


def _plain(error: Exception) -> Response:
    """A page of bare words, for when neither settings nor templates can be had."""
    known = isinstance(error, WikiError | sqlite3.Error)
    title = gettext("The wiki can't be read just now") if known else gettext("Something went wrong on our side")
    words = str(SENTENCES.get(error.code, "")) if isinstance(error, WikiError) else ""
    if request.method == "POST":
        advice = gettext("What you typed is not stored yet. Go back in your browser: the text should still be there.")
    else:
        advice = gettext("Nothing is lost. Try again in a moment; if it stays like this, tell whoever runs this wiki.")
    if "%(" in words:
        words = ""
    if known:
        return _bare(503, "unavailable", title, words, advice)
    return _bare(500, "unexpected", title, words, advice)


def _bare(status: int, code: str, title: str, words: str = "", advice: str = "") -> Response:
    """A page that needs nothing of the wiki but its languages."""
    if wants_json():
        return problem_document(status, code, words or title)
    parts = {"title": escape(title), "words": escape(words), "advice": escape(advice)}
    html = _PLAIN.format(language=locale().replace("_", "-"), **parts).replace("<p></p>", "")
    response = Response(html, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _missing(error: WikiError) -> dict[str, Any]:
    """What helps on where a page is missing: near matches, and writing it; for a deleted one its last version, and why."""
    path = one_line(str(error.params.get("path", "")), 300)
    words = path.rpartition("/")[2].replace("-", " ").replace("_", " ")
    near = []
    try:
        titles = wiki().search.near(words[:60], 5, prefer=language())
        near = list(views.for_reader(wiki().catalog.cards_of([found for found, _ in titles]).values()))
        PagePath.parse(path)
        wanted = path
    except WikiError:
        wanted = ""
    last = error.params.get("revision", "")
    removed = wiki().history.deleted(path) if isinstance(error, Gone) else None
    return {"near": near, "guess": words[:80], "wanted": wanted, "gone": path, "last": last, "removed": removed}


def _with_retry(response: Response, error: WikiError) -> Response:
    seconds = error.params.get("retry_after")
    if isinstance(seconds, int | float):
        response.headers["Retry-After"] = str(int(seconds) + 1)
    return response
