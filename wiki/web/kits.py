"""What a toolkit shows: its items by section, with the facts of their pages and what became of those that are gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from wiki.catalog.card import PageCard, as_date
from wiki.catalog.presenting import address
from wiki.editing.facts import is_web_address
from wiki.errors import NotFound, Unavailable, WikiError
from wiki.markup.address import REL, without_tracking
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.web.context import head, root_url, settings, wiki
from wiki.web.kept import call
from wiki.web.translations import gettext


@dataclass(frozen=True, slots=True)
class Facts:
    """What a toolkit tells of a page: as it is, or as it was at the commit that the toolkit is shown at."""

    path: str
    title: str
    summary: str
    kind: str
    status: str
    status_note: str
    cost: Any
    verified: date | None
    replaced_by: str


def sections(page: Page, at: str = "") -> list[dict[str, Any]]:
    """The items of a toolkit in order, by section, for the macro ``sheet``.

    `at` is the commit that the toolkit is shown at, empty for now: the facts are those that were there then.
    """
    rows, paths = _rows(page)
    known = _facts_at([path for path in paths if path], at)
    present = wiki().catalog.cards_of([path for path in paths if path]) if at else {}
    found: list[dict[str, Any]] = []
    for item, path in zip(rows, paths, strict=True):
        name = str(item.get("section") or "")
        if not found or found[-1]["title"] != name:
            found.append({"title": name, "items": []})
        found[-1]["items"].append(_item(item, path, known.get(path), present.get(path), at))
    return found


def followed(page: Page) -> set[str]:
    """The paths whose changes are a toolkit's: its own, those that its items name, and where their pages are now."""
    named = [path for path in _rows(page)[1] if path]
    return {page.path.text, *named, *(facts.path for facts in _facts_at(named, "").values())}


def sharing(page: Page) -> dict[str, Any]:
    """What the box to pass a page on holds; of a toolkit the sheet and frozen copies too."""
    path, links = page.path.text, []
    if page.kind.id == "toolkit":
        links.append({"label": gettext("Sheet to print"), "url": url_for("toolkits.sheet", path=path)})
        links.append({"label": gettext("Feed of changes to its pages"), "url": url_for("feeds.toolkit", path=path)})
        frozen = f"{address(path)}?at={head()}"
        links.append({"label": gettext("A copy that stays as it is now"), "url": frozen})
        pin = str(page.value("pin") or "")
        if re.fullmatch(r"[0-9a-f]{7,40}", pin):
            links.append({"label": gettext("The copy that trainees saw"), "url": f"{address(path)}?at={pin}"})
    elif page.kind.id != "page":
        links.append({"label": gettext("Add to a toolkit"), "url": url_for("toolkits.add", page=path)})
    return {"share_address": root_url() + address(path), "share_links": links}


def _rows(page: Page) -> tuple[list[dict[str, Any]], list[str]]:
    """The items of a toolkit, and the path of the page that each names, empty for what is elsewhere."""
    items = page.value("items")
    rows = [item for item in (items if isinstance(items, list) else []) if isinstance(item, dict)]
    return rows, [str(item.get("page") or "").strip("/") for item in rows]


def _facts_at(paths: list[str], at: str) -> dict[str, Facts]:
    if not at:
        cards = wiki().catalog.cards_of(paths)
        found = {path: cards.get(path) or _renamed(path) for path in paths}
        return {path: _of_card(card) for path, card in found.items() if card is not None}
    facts: dict[str, Facts] = {}
    for path in paths:
        page = _page_at(path, at)
        if page is not None:
            facts[path] = _of_page(page)
    return facts


def _page_at(path: str, at: str) -> Page | None:
    """The page that a path meant at a commit, a redirect of that time followed."""
    for candidate in (path, wiki().settings.at(at).redirected(path)):
        try:
            if candidate:
                return wiki().store.get(PagePath.lookup(candidate), at)
        except WikiError:
            continue
    return None


def _renamed(path: str) -> PageCard | None:
    """The page that an item means although it has been moved since, or is spelled otherwise."""
    target = settings().redirected(path)
    return wiki().catalog.card(target) if target else wiki().catalog.find(path)


def _of_card(card: PageCard) -> Facts:
    return Facts(
        card.path,
        card.title,
        card.summary,
        card.kind,
        card.status,
        str(card.value("status_note") or ""),
        card.value("cost.level"),
        card.last_verified,
        str(card.value("replaced_by") or "").strip("/"),
    )


def _of_page(page: Page) -> Facts:
    return Facts(
        page.path.text,
        page.title,
        page.summary,
        page.kind.id,
        str(page.value("status") or ""),
        str(page.value("status_note") or ""),
        page.value("cost.level"),
        as_date(page.value("last_verified")),
        str(page.value("replaced_by") or "").strip("/"),
    )


def _item(item: Mapping[str, Any], path: str, facts: Facts | None, now: PageCard | None, at: str) -> dict[str, Any]:
    view: dict[str, Any] = {"note": str(item.get("note") or ""), "optional": item.get("optional") is True, "became": ""}
    if facts is None:
        return {**view, **_without_page(item, path)}
    shown = address(facts.path)
    replaced = wiki().catalog.card(facts.replaced_by) if facts.replaced_by else None
    view |= {
        "title": facts.title,
        "url": f"{shown}?at={at}" if at else shown,
        "address": root_url() + shown,
        "summary": facts.summary,
        "cost": facts.cost if facts.kind == "tool" else None,
        "verified": facts.verified,
        "status": facts.status,
        "status_note": facts.status_note if facts.status in ("retired", "caution") else "",
        "replaced_by": {"title": replaced.title, "url": address(replaced.path)} if replaced is not None else None,
    }
    if not at and facts.path != path:
        view["became"] = gettext("Listed as %(path)s, and moved since.", path=path)
    elif at:
        view["became"] = _since(path, facts, now)
    return view


def _without_page(item: Mapping[str, Any], path: str) -> dict[str, Any]:
    """An item that is an outside address, or a page that isn't there."""
    outside = str(item.get("url") or "")
    if not path:
        url = without_tracking(outside) if is_web_address(outside) else ""
        return {"title": str(item.get("title") or url or outside), "url": url, "address": url, "rel": REL}
    title = str(item.get("title") or path)
    try:
        gone = wiki().history.deleted(path)
    except Unavailable:
        return {"title": title, "url": address(path), "address": "", "missing": True}
    if gone is None:
        words = gettext("This page isn't written yet.")
        return {"title": title, "url": address(path), "address": "", "missing": True, "became": words}
    try:
        before = wiki().repository.commit(gone.id).parents[0]
        title = wiki().store.get(PagePath.lookup(path), before).title
        url = f"{address(path)}?at={before}"
    except (NotFound, IndexError):
        url = address(path)
    day = call("_macros/times.html", "day_words", value=gone.when)
    words = gettext("Removed on %(date)s: %(reason)s", date=day, reason=gone.subject)
    return {"title": title, "url": url, "address": "", "missing": True, "became": words}


def _since(path: str, facts: Facts, now: PageCard | None) -> str:
    """What has happened to a page since the commit that its toolkit is shown at, as far as one has to know it."""
    now = now or _renamed(path)
    if now is None:
        return gettext("The page has been removed since.")
    if now.status == "retired" and facts.status != "retired":
        return gettext("Retired since. %(note)s", note=str(now.value("status_note") or "")).strip()
    return gettext("Its page has been moved since.") if now.path != facts.path else ""
