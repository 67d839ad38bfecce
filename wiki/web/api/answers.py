"""The shapes of what the API answers, by the names that its description has for them."""

from __future__ import annotations

from wiki.catalog.attention import LISTS
from wiki.pages.fields import FieldType
from wiki.pages.kinds import KINDS
from wiki.suggestions.suggestion import Event, State
from wiki.web.api.schemas import (
    ANYTHING,
    COUNT,
    DAY,
    FLAG,
    KINDS_KNOWN,
    NUMBER,
    REVISION,
    TEXT,
    TIME,
    Schema,
    an_object,
    facts_name,
    facts_of,
    maybe,
    ref,
    some,
)

_ENTRY: dict[str, Schema] = {
    "path": TEXT,
    "url": {**TEXT, "description": "The address in the browser, from the root of the site."},
    "title": TEXT,
    "kind": {"type": "string", "enum": [kind.id for kind in KINDS.values()]},
    "summary": TEXT,
    "language": TEXT,
    "category": {**TEXT, "description": "The folder at the top; empty for a page outside all."},
    "status": TEXT,
    "changed": TIME,
    "changed_by": TEXT,
    "revision": {**REVISION, "description": "The version that last changed the page; good as a base."},
    "last_verified": maybe(DAY),
    "verify_due": maybe(DAY),
    "stale": FLAG,
    "fields": {"type": "object", "description": "The facts as they are stored, whatever they are."},
}
_LINK = an_object("A page, named.", {"path": TEXT, "title": TEXT, "url": TEXT})
_TERM: dict[str, Schema] = {"value": TEXT, "label": TEXT, "description": TEXT, "count": COUNT}
_TOUCH = an_object(
    "What a change did to one file.",
    {
        "file": TEXT,
        "path": {**TEXT, "description": "The page that the file is; empty for other files."},
        "status": {"type": "string", "enum": ["A", "M", "D", "R", "T"]},
        "size": maybe(COUNT),
        "size_change": {"type": "integer"},
        "moved_from": maybe(TEXT),
        "moved_to": maybe(TEXT),
    },
)
_CHANGE: dict[str, Schema] = {
    "revision": REVISION,
    "place": {"type": "integer", "description": "Its place in the history; give it as `before` to read on."},
    "when": {**TIME, "description": "When it was made."},
    "committed": {**TIME, "description": "When the wiki first showed it."},
    "author": TEXT,
    "username": maybe(TEXT),
    "message": TEXT,
    "minor": FLAG,
    "affiliation": TEXT,
    "suggestion": maybe(COUNT),
    "takes_back": maybe(TEXT),
}
_FACT_CHANGE = an_object("A fact before and after.", {"name": TEXT, "old": ANYTHING, "new": ANYTHING})
_SAVED: dict[str, Schema] = {
    "path": TEXT,
    "url": TEXT,
    "revision": {**REVISION, "description": "The version that holds the change; good as a base."},
    "changed": {**FLAG, "description": "Whether anything was changed at all."},
    "merged": {**FLAG, "description": "Whether it was put together with changes of others."},
}
_TALK = an_object(
    "What was said.",
    {
        "author": TEXT,
        "username": TEXT,
        "when": TIME,
        "event": {"type": "string", "enum": [event.value for event in Event]},
        "text": TEXT,
    },
)
_SUGGESTION: dict[str, Schema] = {
    "number": {"type": "integer", "minimum": 1},
    "state": {"type": "string", "enum": [state.value for state in State]},
    "title": TEXT,
    "author": TEXT,
    "username": TEXT,
    "affiliation": TEXT,
    "created": TIME,
    "updated": TIME,
    "base": REVISION,
    "head": REVISION,
    "files": some(TEXT),
    "merged_as": TEXT,
    "conflicted": maybe(FLAG),
}
_PART = an_object(
    "What a suggestion changes in one file.",
    {
        "file": TEXT,
        "path": TEXT,
        "current": maybe(TEXT),
        "suggested": maybe(TEXT),
        "merged": maybe(TEXT),
        "conflict": FLAG,
        "facts": some(_FACT_CHANGE),
        "problems": some(an_object("What keeps it from being taken in.", {"where": TEXT, "message": TEXT})),
    },
)
_ITEM = an_object(
    "One thing to be done; which properties there are depends on the list.",
    {
        "page": ref("PageEntry"),
        "pages": {"anyOf": [some(ref("PageEntry")), COUNT]},
        "path": TEXT,
        "text": TEXT,
        "line": COUNT,
        "days": {"type": "integer"},
        "links": COUNT,
        "why": TEXT,
        "what": TEXT,
        "language": TEXT,
        "translation": maybe(ref("PageEntry")),
    },
    ("page", "pages", "path", "text", "line", "days", "links", "why", "what", "language", "translation"),
)
_LISTED: dict[str, Schema] = {"total": COUNT, "page": COUNT, "pages": COUNT}
_FACET_VALUE = an_object("A value to narrow by.", {"value": TEXT, "label": TEXT, "count": COUNT})
_FACETS = {"type": "object", "additionalProperties": some(_FACET_VALUE)}

SCHEMAS: dict[str, Schema] = {
    "Problem": an_object(
        "What went wrong (RFC 9457). `code` is the same whatever the language; `problems` say where.",
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "code": TEXT,
            "problems": some(
                an_object(
                    "One thing that is wrong.",
                    {"code": TEXT, "where": TEXT, "line": COUNT, "message": TEXT},
                )
            ),
        },
        ("problems",),
    ),
    "Conflict": {
        "allOf": [ref("Problem")],
        "description": "Somebody else changed the same; nothing was written. `revision` is the base for the next try.",
        "type": "object",
        "properties": {
            "path": TEXT,
            "base": TEXT,
            "revision": TEXT,
            "current": maybe(TEXT),
            "yours": TEXT,
            "fields": some(
                an_object("A fact that both changed.", {"name": TEXT, "current": ANYTHING, "yours": ANYTHING})
            ),
        },
    },
    "Site": an_object(
        "The wiki.",
        {
            "name": TEXT,
            "tagline": TEXT,
            "version": TEXT,
            "revision": REVISION,
            "languages": some(TEXT),
            "license": an_object("The licence of the text.", {"name": TEXT, "spdx": TEXT, "url": TEXT}),
            "suggestions_by_anyone": FLAG,
            "pages": COUNT,
        },
    ),
    "Me": an_object(
        "Who the token speaks for, and for what.",
        {
            "name": TEXT,
            "display_name": TEXT,
            "role": TEXT,
            "scopes": some(TEXT),
            "permissions": some(TEXT),
        },
    ),
    "PageEntry": an_object("A page in a list.", _ENTRY),
    "Page": an_object(
        "A page.",
        {
            **_ENTRY,
            "changed": maybe(TIME),
            "blob": {**TEXT, "description": "Names exactly these contents."},
            "source": {**TEXT, "description": "The whole file."},
            "body": {**TEXT, "description": "The text below the facts."},
            "html": {**TEXT, "description": "The text as readers see it, safe to show."},
            "files": some(_LINK),
        },
    ),
    "PageList": an_object(
        "Pages.", {**_LISTED, "items": some(ref("PageEntry")), "facets": _FACETS, "revision": REVISION}
    ),
    "SearchResults": an_object(
        "What was found, best first.",
        {
            **_LISTED,
            "query": TEXT,
            "suggestion": maybe(TEXT),
            "facets": _FACETS,
            "items": some(
                an_object(
                    "A page that was found.",
                    {
                        **_ENTRY,
                        "score": NUMBER,
                        "snippet": {**TEXT, "description": "HTML with `<mark>` around what was asked for."},
                    },
                )
            ),
        },
    ),
    "Titles": an_object("Titles that begin so.", {"items": some(_LINK)}),
    "Categories": an_object(
        "The categories.",
        {"items": some(an_object("A category.", {**_TERM, "url": TEXT, "color": TEXT, "icon": TEXT}))},
    ),
    "Functions": an_object("What tools do.", {"items": some(an_object("A function.", {**_TERM, "url": TEXT}))}),
    "Tags": an_object("Tags.", {"items": some(an_object("A tag.", {"value": TEXT, "count": COUNT, "url": TEXT}))}),
    "Kinds": an_object(
        "The kinds of pages.",
        {
            "items": some(
                an_object(
                    "A kind of page.",
                    {
                        "id": TEXT,
                        "label": TEXT,
                        "plural": TEXT,
                        "folder": TEXT,
                        "outline": some(TEXT),
                        "fields": some(ref("KindField")),
                    },
                )
            )
        },
    ),
    "KindField": an_object(
        "A fact that pages of a kind may have.",
        {
            "name": {**TEXT, "description": "With dots for what is inside: cost.level."},
            "type": {"type": "string", "enum": [kind.value for kind in FieldType]},
            "label": TEXT,
            "hint": TEXT,
            "required": FLAG,
            "limit": COUNT,
            "facet": {**TEXT, "description": "The parameter that narrows lists by it; empty for none."},
            "values": some(an_object("A value that it may have.", {"value": TEXT, "label": TEXT, "description": TEXT})),
            "fields": {**some(ref("KindField")), "description": "What a row of it holds."},
        },
    ),
    "Glossary": an_object(
        "Words that need explaining.",
        {
            "items": some(
                an_object("A word.", {"path": TEXT, "title": TEXT, "url": TEXT, "short": TEXT, "expansion": TEXT})
            )
        },
    ),
    "Changes": an_object(
        "Changes, the newest first.",
        {
            "items": some(an_object("A change.", {**_CHANGE, "touches": some(_TOUCH), "files": COUNT})),
            "before": {**maybe(COUNT), "description": "Give it to read on; null where there is no more."},
        },
    ),
    "History": an_object(
        "The versions of a page, the newest first.",
        {
            "path": TEXT,
            "items": some(an_object("A version.", {**_CHANGE, "touch": _TOUCH})),
            "before": maybe(COUNT),
        },
    ),
    "Difference": an_object(
        "What changed between two versions.",
        {
            "path": TEXT,
            "from": {**TEXT, "description": "Empty where the page was new."},
            "to": TEXT,
            "facts": some(_FACT_CHANGE),
            "text": some(
                an_object(
                    "A stretch of lines around changes.",
                    {
                        "lines": some(
                            an_object(
                                "A line.",
                                {
                                    "kind": {"type": "string", "enum": ["kept", "removed", "added"]},
                                    "old": maybe(COUNT),
                                    "new": maybe(COUNT),
                                    "parts": some(an_object("A piece of the line.", {"text": TEXT, "changed": FLAG})),
                                },
                            )
                        )
                    },
                )
            ),
        },
    ),
    "Links": an_object(
        "The pages that link to a page.",
        {"path": TEXT, "items": some(an_object("A link.", {"path": TEXT, "title": TEXT, "url": TEXT, "text": TEXT}))},
    ),
    "Attention": an_object(
        "How long each list of what needs work is.",
        {"counts": an_object("By the name of the list.", dict.fromkeys(LISTS, COUNT))},
    ),
    "AttentionList": an_object("What needs work.", {**_LISTED, "name": TEXT, "items": some(_ITEM)}),
    "Comparison": an_object(
        "Tools side by side; the facts in which they differ first.",
        {
            "pages": some(ref("PageEntry")),
            "rows": some(
                an_object("A fact.", {"field": TEXT, "label": TEXT, "differs": FLAG, "values": some(ANYTHING)})
            ),
            "unrecorded": {**some(TEXT), "description": "Facts that nobody recorded for any of them."},
        },
    ),
    "Files": an_object("The files of a page.", {"path": TEXT, "items": some(_LINK)}),
    "Attached": an_object("A file that was attached.", {"url": TEXT, "file": TEXT, "markdown": TEXT, "revision": TEXT}),
    "Saved": an_object("What became of a change.", _SAVED),
    "Opening": an_object("To be sent along with a suggestion.", {"opened": TEXT, "seconds": NUMBER}),
    "Submitted": an_object(
        "A suggestion that waits. The key is shown this once: with it the suggestion can be followed and taken back.",
        {"number": {"type": "integer", "minimum": 1}, "key": TEXT, "url": TEXT},
    ),
    "Suggestion": an_object("A suggestion.", {**_SUGGESTION, "talk": some(_TALK), "parts": some(_PART)}, ("parts",)),
    "Suggestions": an_object(
        "Suggestions: those that wait, the oldest first, and those decided last.",
        {
            "open": some(an_object("A suggestion.", _SUGGESTION)),
            "closed": some(an_object("A suggestion.", _SUGGESTION)),
        },
    ),
    **{facts_name(kind): facts_of(kind) for kind in KINDS_KNOWN},
}
