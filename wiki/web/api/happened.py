"""What happened: recent changes, the versions of a page, the difference of two."""

from __future__ import annotations

from flask import Response

from wiki.errors import Invalid, NotFound
from wiki.history.diff import compare
from wiki.markup.diff import words
from wiki.pages.kinds import KINDS
from wiki.web import history
from wiki.web.api import shapes
from wiki.web.api.declaring import Parameter, asked, operation
from wiki.web.api.lists import READ
from wiki.web.api.pages import REVISION
from wiki.web.asked import path_of, public_revision
from wiki.web.context import head, settings, wiki

PER_PAGE = 100
BEFORE = Parameter(
    "before", "Read on from this place in the history.", {"type": "integer", "minimum": 1, "maximum": 10**12}
)
LIMIT = Parameter("limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": PER_PAGE})


@operation(
    "GET",
    "/recent",
    "history",
    "Changes",
    needs=READ,
    parameters=(
        Parameter("category", "Only below this category.", {"type": "string", "maxLength": 200}),
        Parameter("person", "Only those of this person.", {"type": "string", "maxLength": 80}),
        Parameter("kind", "Only pages of this kind.", {"type": "string", "enum": [*KINDS]}),
        Parameter("minor", "Whether small ones are told too; they are where it is left out.", {"type": "boolean"}),
        BEFORE,
        LIMIT,
    ),
)
def recent() -> Response:
    """Recent changes of all pages."""
    category, limit = asked("category", ""), asked("limit", PER_PAGE)
    if category and settings().category(category) is None:
        raise Invalid("choice.unknown", where="category", value=category, allowed=", ".join(settings().category_ids))
    found = wiki().history.recent(
        limit + 1,
        asked("before"),
        path_prefix=category,
        person=asked("person", "").strip() or None,
        paths=[card.path for card in wiki().catalog.of_kind(asked("kind"))] if asked("kind") else None,
        include_minor=asked("minor", True),
    )
    return shapes.public(
        {
            "items": [shapes.change(event) for event in found[:limit]],
            "before": found[limit - 1].seq if len(found) > limit else None,
        }
    )


@operation("GET", "/history/{path}", "history", "History", needs=READ, parameters=(BEFORE, LIMIT), errors=(404, 503))
def page_history(path: str) -> Response:
    """The versions of a page, across its moves; those of a deleted page too."""
    target, limit = path_of(path), asked("limit", PER_PAGE)
    found = wiki().history.page(target.text, limit + 1, asked("before"))
    wiki().history.require_made()
    if not found and asked("before") is None:
        raise NotFound("page.not_found", path=target.text)
    return shapes.public(
        {
            "path": target.text,
            "items": [shapes.version(item) for item in found[:limit]],
            "before": found[limit - 1].seq if len(found) > limit else None,
        }
    )


@operation(
    "GET",
    "/diff/{path}",
    "history",
    "Difference",
    needs=READ,
    parameters=(
        Parameter("from", "The earlier version; the one before `to` where it is left out.", REVISION),
        Parameter("to", "The later version; the present one where it is left out.", REVISION),
    ),
    errors=(404,),
)
def difference(path: str) -> Response:
    """What changed between two versions of a page: facts by name, text by words."""
    target = path_of(path)
    new = public_revision(asked("to")) if asked("to") else head()
    old = public_revision(asked("from")) if asked("from") else history.version_before(target, new)
    before, after = history.page_at(target, old), history.page_at(target, new)
    if before is None and after is None:
        raise NotFound("page.not_found", path=target.text)
    return shapes.public(
        {
            "path": target.text,
            "from": old,
            "to": new,
            "facts": shapes.facts(compare(before.fields if before else {}, after.fields if after else {})),
            "text": shapes.hunks(words(before.body if before else "", after.body if after else "")),
        }
    )
