"""What needs a person, each list with one thing to do about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, url_for

from wiki.catalog.attention import LISTS, TranslationWanted
from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.web import views
from wiki.web.context import may, today, wiki
from wiki.web.lists import page_number
from wiki.web.pages import changes_since
from wiki.web.translations import gettext, ngettext

blueprint = Blueprint("attention", __name__)
PER_PAGE = 100


@blueprint.get("/-/attention")
def overview() -> Response:
    """The lists with how long each is."""
    counts = wiki().attention.counts(today())
    items = [{**_words(name), "count": counts[name], "url": url_for("attention.list", name=name)} for name in LISTS]
    return views.cacheable(make_response(render_template("attention/overview.html", items=items)))


@blueprint.get("/-/attention/<name>")
def list(name: str) -> Response:
    """One list."""
    if name not in LISTS:
        raise NotFound("page.not_found", path=name[:80])
    total = wiki().attention.counts(today())[name]
    pages = max(1, -(-total // PER_PAGE))
    page = min(page_number(), pages)
    items = _items(name, (page - 1) * PER_PAGE)
    html = render_template(
        "attention/list.html", name=name, items=items, total=total, paging=views.paging(page, pages), **_words(name)
    )
    return views.cacheable(make_response(html))


def _items(name: str, offset: int) -> Any:
    attention = wiki().attention
    if name == "stale":
        return [
            _item(
                item.page,
                ngettext("%(num)s day past its time", "%(num)s days past its time", item.days)
                + ", "
                + ngettext("%(num)s page links here", "%(num)s pages link here", item.links),
                verify=may("VERIFY"),
            )
            for item in attention.stale(today(), offset + PER_PAGE)[offset:]
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
        for group in attention.duplicates()[offset : offset + PER_PAGE]
    ]


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
                "These pages seem to be about the same thing. Keep the better one and move the other there."
            ),
        },
        "translations": {
            "title": gettext("To be translated"),
            "why": gettext("Not everybody can read these pages in their language, or not as they are now."),
        },
    }[name]
