"""What needs a person, each list with one thing to do about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, url_for

from wiki.catalog.attention import LISTS, TranslationWanted
from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.errors import NotFound, Problem
from wiki.linkcheck.links import OutsideLink
from wiki.linkcheck.report import read_report
from wiki.pages.path import PagePath
from wiki.web import views
from wiki.web.context import may, today, wiki
from wiki.web.health import wrong
from wiki.web.lists import page_number
from wiki.web.page_context import changes_since
from wiki.web.translations import gettext, ngettext
from wiki.web.words import describe

blueprint = Blueprint("attention", __name__)
PER_PAGE = 100
MOST_OUTSIDE = 500
# The command line names them all.
MOST_WRONG = 20


@blueprint.get("/-/attention")
def overview() -> Response:
    """The lists with how long each is; for maintainers, what is wrong with the wiki itself as well."""
    counts = wiki().attention.counts(today())
    items = [{**_words(name), "count": counts[name], "url": url_for("attention.list", name=name)} for name in LISTS]
    problems = [finding.problem for finding in wrong()] if may("PROTECT") else []
    wounds = [
        {"file": problem.where if problem.where.startswith("_wiki/") else "", "text": describe(problem)}
        for problem in problems[:MOST_WRONG]
    ]
    return views.cacheable(make_response(render_template("attention/overview.html", items=items, wrong=wounds)))


@blueprint.get("/-/attention/<name>")
def list(name: str) -> Response:
    """One list."""
    if name not in LISTS:
        raise NotFound("page.not_found", path=name[:80])
    total = wiki().attention.counts(today())[name]
    outside = _outside() if name == "broken" else None
    pages = max(1, -(-total // PER_PAGE))
    page = min(page_number(), pages)
    items = _items(name, (page - 1) * PER_PAGE)
    shown = {"items": items, "total": total, "paging": views.paging(page, pages), "outside": outside}
    response = make_response(render_template("attention/list.html", name=name, **shown, **_words(name)))
    # What other sites answered changes without the pages.
    return response if name == "broken" else views.cacheable(response)


def _outside() -> dict[str, Any] | None:
    """What the last look at the links to other sites found that still stands in the pages; None if nobody looked."""
    report = read_report(wiki().config.index_dir)
    if report is None:
        return None
    cards = wiki().catalog.cards_of([item.link.page for item in report.bad])
    items = [
        _item(card, f"{item.link.address}: {describe(problem)}", gettext("Mend the link"))
        for item in report.bad[:MOST_OUTSIDE]
        if (card := cards.get(item.link.page)) is not None and _still_there(item.link, card)
        for problem in (Problem(item.verdict.code, params=item.verdict.params),)
    ]
    return {"items": items, "made": report.made, "addresses": report.addresses}


def _still_there(link: OutsideLink, card: PageCard) -> bool:
    return card.blob_id == link.blob_id or link.address in wiki().store.get(PagePath(card.path)).source


def _items(name: str, offset: int) -> Any:
    attention = wiki().attention
    if name == "stale":
        return [
            _item(
                item.page,
                (
                    ngettext("%(num)s day past its time", "%(num)s days past its time", item.days)
                    if item.days > 0
                    else gettext("checked on a day that is still to come")
                )
                + ", "
                + ngettext("%(num)s page links here", "%(num)s pages link here", item.links),
                verify=may("VERIFY"),
            )
            for item in attention.stale(today(), PER_PAGE, offset)
        ]
    if name == "unverified":
        return [
            _item(card, gettext("nobody has checked it yet"), verify=may("VERIFY"))
            for card in attention.unverified(PER_PAGE, offset)
        ]
    if name == "stubs":
        return [_item(card, card.summary, gettext("Add to it")) for card in attention.stubs(PER_PAGE, offset)]
    if name == "orphans":
        return [_item(card, card.summary, gettext("Edit")) for card in attention.orphans(PER_PAGE, offset)]
    if name == "unreadable":
        cards = attention.unreadable(PER_PAGE, offset)
        return [_item(card, _what_is_wrong(card), gettext("Mend it")) for card in cards]
    if name == "broken":
        return [
            _item(
                item.page,
                gettext("“%(text)s” leads to %(path)s, which isn't there", text=item.text or item.path, path=item.path),
                gettext("Mend the link"),
            )
            for item in attention.broken(PER_PAGE, offset)
        ]
    if name == "wanted":
        return [
            {
                "title": item.path,
                "url": url_for("browse.links_to", path=item.path),
                "why": ngettext("%(num)s page links to it", "%(num)s pages link to it", item.pages),
                "act_url": url_for("editing.new", path=item.path),
                "act": gettext("Write it"),
            }
            for item in attention.wanted(PER_PAGE, offset)
        ]
    if name == "translations":
        return [_translation(item) for item in attention.translations(PER_PAGE, offset)]
    return [
        {
            "title": group.what,
            "url": "",
            "why": gettext("the same site") if group.why == "site" else gettext("the same name"),
            "pages": [{"title": card.title, "url": address(card.path), "path": card.path} for card in group.pages],
            "act_url": url_for("compare.tools", page=[card.path for card in group.pages]),
            "act": gettext("Compare"),
        }
        for group in attention.duplicates(offset + PER_PAGE)[offset:]
    ]


def _what_is_wrong(card: PageCard) -> str:
    problem = wiki().store.get(PagePath(card.path)).problem
    return describe(problem) if problem is not None else ""


def _translation(item: TranslationWanted) -> dict[str, Any]:
    """A page to translate, or what its translation doesn't know yet."""
    label = views.language_name(item.language)
    links = ngettext("%(num)s page links here", "%(num)s pages link here", item.links)
    if item.translation is None:
        why = gettext("not yet in %(language)s", language=label) + ", " + links
        url = url_for("editing.new", translate=item.page.path, to=item.language)
        return {**_item(item.page, why, gettext("Translate it")), "act_url": url}
    behind, url = changes_since(item.page, str(item.translation.value("translation.source") or ""))
    why = ngettext(
        "%(language)s: the original has changed once since",
        "%(language)s: the original has changed %(num)s times since",
        max(1, behind),
        language=label,
    )
    return {**_item(item.translation, why, gettext("See what changed")), "act_url": url}


def _item(card: Any, why: str, act: str = "", verify: bool = False) -> dict[str, Any]:
    return {
        "title": card.title,
        "url": address(card.path),
        "path": card.path,
        "why": why,
        "category": views.category_of(card.path),
        "verify_url": url_for("editing.verify", path=card.path) if verify else "",
        "act_url": "" if verify else url_for("editing.edit", path=card.path),
        "act": act or gettext("Check it"),
    }


def _words(name: str) -> dict[str, str]:
    return {
        "stale": {
            "title": gettext("To be checked again"),
            "why": gettext("A person checked these pages, but so long ago that the facts may have changed."),
        },
        "unverified": {
            "title": gettext("Never checked by a person"),
            "why": gettext("Nobody has yet looked whether what these pages say is true."),
        },
        "stubs": {"title": gettext("Need more text"), "why": gettext("These pages are only a beginning.")},
        "broken": {
            "title": gettext("Links that lead nowhere"),
            "why": gettext("A reader who follows these links finds nothing."),
        },
        "orphans": {
            "title": gettext("Pages nobody links to"),
            "why": gettext("They can only be found by searching. Link to them from a page that people read."),
        },
        "wanted": {
            "title": gettext("Pages that are missing"),
            "why": gettext("Other pages link to them, and nobody has written them yet."),
        },
        "duplicates": {
            "title": gettext("Possible duplicates"),
            "why": gettext(
                "These pages seem to be about the same thing. Keep the better one and move the other there. Where they "
                "are about different things of one site, link from one to the other, and they are gone from here."
            ),
        },
        "unreadable": {
            "title": gettext("Not fully readable"),
            "why": gettext("Something in the files of these pages is written in a way that the wiki can't read."),
        },
        "translations": {
            "title": gettext("To be translated"),
            "why": gettext("Not everybody can read these pages in their language, or not as they are now."),
        },
    }[name]
