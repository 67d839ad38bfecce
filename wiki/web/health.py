"""What those who look after the wiki ask of it: whether it is well, and numbers for a monitoring system."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import TypeVar

from flask import Blueprint, Response, current_app, jsonify

from wiki import __version__, succession
from wiki.doctor import Finding, Outcome, look
from wiki.errors import WikiError
from wiki.web.context import root_url, wiki
from wiki.web.errors import NO_PAGES
from wiki.web.words import describe

blueprint = Blueprint("health", __name__)
OK, DEGRADED, BROKEN = "ok", "degraded", "broken"
CURRENT, BEHIND, MISSING, UNREADABLE = "current", "behind", "missing", "unreadable"
_TROUBLE = (WikiError, sqlite3.Error, OSError)
_STANDS = {
    BEHIND: "The {} is catching up with the newest change.",
    MISSING: "The {} is missing or damaged; it is being made again.",
    UNREADABLE: "The {} can't be read, nor made again in its place; pages can. `movement-wiki doctor` says why.",
}
_DYING = "{:,} server processes have died, the last within ten minutes. The log of the server says how."
# Of one or two nobody but the log needs to know: others were there at once.
MANY_DEATHS = 3
_MAKING = "The search is being made ready: {:,} of {:,} pages. Until then, titles and facts are searched."
# A save is searched within a second, a push of a thousand pages within half a minute: of neither anybody needs to know.
CATCHING_UP_SECONDS = 60.0
T = TypeVar("T")


@blueprint.get("/-/health")
def show() -> Response:
    """Whether the wiki works, in words an owner understands: `ok`, `degraded`, or `broken` with 503 where reading fails."""
    derived, accounts, reads = stands(), wiki().door.is_reachable(), _reads()
    found = wrong()
    codes = {finding.problem.code for finding in found}
    # From a home that has gone all else follows; without pages nothing can be behind them.
    notes = [] if "home.moved" in codes else _notes({} if codes & NO_PAGES else derived, accounts, reads)
    notes += map(_words, found)
    state = {
        "status": BROKEN if not reads else DEGRADED if notes else OK,
        **derived,
        "accounts": "ok" if accounts else "unreachable",
        "notes": list(dict.fromkeys(notes)),
    }
    response = jsonify(state)
    response.status_code = 200 if reads else 503
    response.headers["Cache-Control"] = "no-store"
    return response


def _notes(derived: Mapping[str, str], accounts: bool, reads: bool) -> list[str]:
    notes = [] if reads else ["The home page can't be read. The log of the server says why."]
    making = _tried(wiki().readiness)
    is_derived_anew = wiki().is_superseded()
    if is_derived_anew or wiki().door.is_superseded():
        notes.append(succession.WORDS)
    if is_derived_anew:
        derived = {}
    notes += [
        _MAKING.format(*making) if making is not None and name == "search" else _STANDS[stand].format(name)
        for name, stand in derived.items()
        if stand in (MISSING, UNREADABLE) or (stand == BEHIND and _is_overdue(name))
    ]
    if not accounts:
        notes.append("Accounts are out of reach: reading works, signing in does not.")
    deaths = current_app.extensions["deaths"]() if "deaths" in current_app.extensions else 0
    if deaths >= MANY_DEATHS:
        notes.append(_DYING.format(deaths))
    return notes


@blueprint.get("/-/metrics")
def metrics() -> Response:
    """Numbers about the wiki for a monitoring system; nothing about who reads it, and nobody's name."""
    lines: list[str] = []
    for name, meaning, value in _measured():
        if value is not None:
            plain = name.partition("{")[0]
            lines += [f"# HELP {plain} {meaning}", f"# TYPE {plain} gauge", f"{name} {value}"]
    response = Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")
    response.headers["Cache-Control"] = "no-store"
    return response


def stands() -> dict[str, str]:
    """Where what is derived from the pages stands: current, behind, missing (and made again in the background), or
    unreadable."""
    head = _tried(lambda: wiki().repository.head())
    if head is not None:
        _tried(wiki().follow)
    parts: dict[str, Callable[[], str | None]] = {
        "catalog": _listed,
        "history": wiki().history.revision,
        "search": lambda: wiki().search.commit() or "",
    }
    found = {name: _tried(ask) for name, ask in parts.items()}
    if found["catalog"] and not _tried(wiki().catalog.is_whole):
        found["catalog"] = BEHIND
    other = {None: UNREADABLE, "": MISSING, head: CURRENT}
    return {name: other.get(stand, BEHIND) for name, stand in found.items()}


def _listed() -> str:
    """Where the catalog stands, if pages can be read from it."""
    wiki().catalog.latest(1)
    return wiki().catalog.revision()


def _is_overdue(name: str) -> bool:
    """Whether what is behind has stood where it stands for longer than catching up takes, as far as this process was asked."""
    if name != "search":
        # The others are brought along by the request that asks.
        return True
    stand, now = _tried(wiki().search.commit), monotonic()
    before, since = current_app.extensions.get("health", (stand, now))
    since = since if before == stand else now
    current_app.extensions["health"] = stand, since
    return bool(now - since > CATCHING_UP_SECONDS)


def _measured() -> Iterator[tuple[str, str, float | None]]:
    """Name, meaning and value; None for what can't be told just now."""
    for name, stand in stands().items():
        yield f"wiki_{name}_current", f"Whether the {name} stands at the newest change.", int(stand == CURRENT)
    yield "wiki_accounts_reachable", "Whether people can sign in.", int(wiki().door.is_reachable())
    yield "wiki_problems", "What needs the owner, as /-/health names it.", len(wrong())
    yield "wiki_pages", "Pages in all languages.", _tried(lambda: wiki().catalog.count())
    yield (
        "wiki_disk_free_bytes",
        "Room on the disk that holds the wiki.",
        _tried(lambda: shutil.disk_usage(wiki().config.home).free),
    )
    yield f'wiki_info{{version="{__version__}"}}', "The version of the engine.", 1


def wrong() -> list[Finding]:
    """What needs the owner, as far as a glance shows it."""
    return [finding for finding in look(wiki()) if finding.outcome is not Outcome.NOTE]


def _words(finding: Finding) -> str:
    """What was found, without where folders lie: anybody may ask."""
    problem = finding.problem
    if not problem.where.startswith("_wiki/"):
        return describe(problem)
    line = f" (line {problem.line})" if problem.line else ""
    return f"{problem.where} can't be read as it is{line}. {describe(problem)}"


def _reads() -> bool:
    """Whether the home page (where the wiki is private: the way in) is there when a reader asks for it."""
    with current_app.test_client() as reader:
        answer = reader.get("/-/login" if wiki().config.web.private else "/", base_url=root_url())
        return answer.status_code < 500


def _tried(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except _TROUBLE:
        return None
