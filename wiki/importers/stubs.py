"""A list of tools as pages that only begin to say something: which are new, which the wiki has, which are refused."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wiki.catalog.catalog import Catalog
from wiki.editing.forms import new_source
from wiki.errors import Invalid, Problem
from wiki.importers.entry import Entry
from wiki.importers.known import Known
from wiki.importers.listing import Listing
from wiki.importers.plan import Defaults, Existing, New, Plan, Refused, problem_of
from wiki.importers.terms import Terms
from wiki.pages.kinds.tool import FUNCTIONS, TOOL
from wiki.pages.settings import Settings, Term

MAX_SUMMARY = 250
# Prose has "ads", "CRM" or "chat" for much else.
_LEAST_IN_PROSE = 5


def plan(listing: Listing, defaults: Defaults, catalog: Catalog, settings: Settings, max_bytes: int) -> Plan:
    """What becomes of each entry of a list; entries that the list has twice become one page."""
    known = Known(catalog, settings.languages[0])
    categories = Terms({item.id: Term(item.id, item.label) for item in settings.categories})
    functions = Terms(settings.terms(FUNCTIONS))
    new: list[New] = []
    existing: list[Existing] = []
    refused = list(listing.refused)
    for row in listing.rows:
        match = known.match(row.name, row.address)
        if match is not None:
            existing.append(Existing(row.name, match.path, match.title, match.why, row.line))
            continue
        # People call both a category: "Fundraising", and "Texting".
        above = (*_parts(row.category), *reversed(row.sections))
        category = next(categories.among(above), defaults.category)
        given = list(functions.among(_parts(row.functions)))
        named = given or list(functions.among(above))[:1] or list(defaults.functions) or _told(functions, row)
        try:
            path = known.free_path(category, row.name)
            source = _source(row, category, named, defaults.summary)
            problem = problem_of(path, source, settings, max_bytes)
        except Invalid as error:
            problem = error.problems[0]
        if problem is not None:
            refused.append(Refused(row.name, Problem(problem.code, problem.where, problem.params, row.line)))
            continue
        known.add(path, row.name, row.address)
        new.append(New(row.name, path, source, row.line))
    refused.sort(key=lambda item: item.problem.line)
    return Plan(tuple(new), (), tuple(existing), tuple(refused))


def _told(functions: Terms, row: Entry) -> list[str]:
    """What a tool is for where nobody says so: by words in its category or the heading above it, its name, and what is told
    of it."""
    told = functions.told_by(row.category) or (functions.told_by(row.sections[-1]) if row.sections else None)
    told = told or functions.told_by(row.name) or functions.told_by(row.description, least=_LEAST_IN_PROSE)
    return [told] if told else []


def _parts(cell: str) -> list[str]:
    """All of a cell, then each of the values in it."""
    return [cell, *re.split(r"[;,/|\n]", cell)]


def _source(row: Entry, category: str, functions: Sequence[str], summary: str) -> str:
    short = _shortened(row.description)
    fields = {
        "kind": TOOL.id,
        "title": row.name,
        "summary": short or summary,
        "categories": [category],
        "functions": list(functions),
        "url": row.address,
        "status": "stub",
        "sources": [row.address] if row.address else [],
    }
    body = f"{row.description}\n" if short != row.description else ""
    return new_source(TOOL, {key: value for key, value in fields.items() if value}, body)


def _shortened(text: str) -> str:
    """The text as one sentence of a summary's length: its first sentences, else cut between two words."""
    if len(text) <= MAX_SUMMARY:
        return text
    cut = text[: MAX_SUMMARY - 1]
    end = max(cut.rfind(mark) for mark in (". ", "! ", "? "))
    if end >= MAX_SUMMARY // 4:
        return cut[: end + 1]
    return cut.rpartition(" ")[0].rstrip(" ,;:-–—") + "…" if " " in cut else cut + "…"
