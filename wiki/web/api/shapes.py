"""What the wiki knows, as JSON says it. The schemas of the same are in `schemas`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify

from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.editing.edit import Saved
from wiki.history.diff import FieldChange
from wiki.history.revision import ChangeSet, Event, Revision, Touch
from wiki.markup.diff import Hunk
from wiki.markup.front_matter import merge
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.suggestions.review import PartView
from wiki.suggestions.suggestion import Suggestion
from wiki.web import views
from wiki.web.context import head, settings, today, wiki
from wiki.web.words import describe

Json = dict[str, Any]


def public(value: Json) -> Response:
    """An answer that is the same for all strangers until the next commit."""
    return views.cacheable(jsonify(value))


def entry(card: PageCard) -> Json:
    """A page in a list."""
    return {
        "path": card.path,
        "url": address(card.path),
        "title": card.title,
        "kind": card.kind,
        "summary": card.summary,
        "language": card.language,
        "category": card.category,
        "status": card.status,
        "changed": card.changed.isoformat(),
        "changed_by": views.changed_by(card),
        "revision": card.revision,
        "last_verified": card.last_verified.isoformat() if card.last_verified else None,
        "verify_due": card.verify_due.isoformat() if card.verify_due else None,
        "stale": card.is_stale(today()),
        "fields": card.fields,
    }


def named(card: PageCard) -> Json:
    """A page, named."""
    return {"path": card.path, "title": card.title, "url": address(card.path)}


def page(found: Page, at: str = "") -> Json:
    """A page with its text; `at` is the version that was asked for, if one was."""
    known = settings()
    card = wiki().catalog.card(found.path.text)
    current = card is not None and not at and card.blob_id == found.blob_id
    rendered = wiki().rendering.rendered(found)
    about = entry(card) if card is not None and current else _unlisted(found)
    files = [] if at else wiki().catalog.files(found.path.text)
    return {
        **about,
        "language": found.path.language(known.languages),
        "revision": at or (card.revision if card is not None and current else head()),
        "fields": merge({}, found.fields),
        "blob": found.blob_id,
        "source": found.source,
        "body": found.body,
        "html": views.body_html(rendered, found.path),
        "files": [file(name) for name in files],
    }


def file(name: str) -> Json:
    """An attached file, named."""
    return {"path": name, "title": name.rpartition("/")[2], "url": address(name)}


def saved(path: str, done: Saved) -> Json:
    """What became of a change."""
    return {
        "path": path,
        "url": address(path),
        "revision": done.revision,
        "changed": done.changed,
        "merged": done.merged,
    }


def change(event: ChangeSet) -> Json:
    """A change with the files that it touched."""
    return {**_event(event), "touches": [_touch(item) for item in event.touches], "files": event.changed}


def version(revision: Revision) -> Json:
    """A change as one page sees it."""
    return {**_event(revision), "touch": _touch(revision)}


def facts(changes: Iterable[FieldChange]) -> list[Json]:
    """Facts before and after."""
    return [{"name": item.name, **_plain(old=item.old, new=item.new)} for item in changes]


def hunks(found: Iterable[Hunk]) -> list[Json]:
    """Differences of text."""
    return [
        {
            "lines": [
                {
                    "kind": line.kind,
                    "old": line.old,
                    "new": line.new,
                    "parts": [{"text": part.text, "changed": part.changed} for part in line.parts],
                }
                for line in hunk.lines
            ]
        }
        for hunk in found
    ]


def suggestion(found: Suggestion) -> Json:
    """A suggestion as lists show it."""
    return {
        "number": found.number,
        "state": found.state.value,
        "title": found.title,
        "author": found.author_name,
        "username": found.author_username,
        "affiliation": found.affiliation,
        "created": found.created.isoformat(),
        "updated": found.updated.isoformat(),
        "base": found.base,
        "head": found.head,
        "files": list(found.paths),
        "merged_as": found.merged_as,
        "conflicted": found.conflicted,
    }


def whole_suggestion(found: Suggestion, parts: Iterable[PartView]) -> Json:
    """A suggestion with what it changes and what was said about it."""
    return {
        **suggestion(found),
        "talk": [
            {
                "author": item.author,
                "username": item.username,
                "when": item.when.isoformat(),
                "event": item.event.value,
                "text": item.text,
            }
            for item in found.talk
        ],
        "parts": [_part(view) for view in parts],
    }


def _part(view: PartView) -> Json:
    part = view.part
    return {
        "file": part.file,
        "path": part.path.text if part.path is not None else "",
        "current": part.ours,
        "suggested": part.theirs,
        "merged": part.merged,
        "conflict": part.conflict is not None or part.clashes,
        "facts": facts(view.facts),
        "problems": [{"where": problem.where, "message": describe(problem)} for problem in view.problems],
    }


def _unlisted(found: Page) -> Json:
    """What lists would say of a page that they don't hold: as it was, or not read yet."""
    path = found.path.text
    return {
        "path": path,
        "url": address(path),
        "title": found.title,
        "kind": found.kind.id,
        "summary": found.summary,
        "language": "",
        "category": path.partition("/")[0] if "/" in path else "",
        "status": str(found.value("status") or ""),
        "changed": None,
        "changed_by": "",
        "revision": "",
        "last_verified": None,
        "verify_due": None,
        "stale": False,
    }


def _event(event: Event) -> Json:
    return {
        "revision": event.id,
        "place": event.seq,
        "when": event.when.isoformat(),
        "committed": event.committed.isoformat(),
        "author": event.author,
        "username": event.username,
        "message": event.subject,
        "minor": event.minor,
        "affiliation": event.affiliation,
        "suggestion": event.suggestion,
        "takes_back": event.revert_of,
    }


def _touch(item: Touch | Revision) -> Json:
    path = PagePath.of_file(item.path)
    return {
        "file": item.path,
        "path": path.text if path is not None else "",
        "status": item.status,
        "size": item.size,
        "size_change": item.size_change,
        "moved_from": item.moved_from,
        "moved_to": item.moved_to,
    }


def _plain(**values: Any) -> Json:
    """Values out of front matter as JSON can hold them."""
    return merge({}, values)
