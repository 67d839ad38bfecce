"""What the template of a page is given: its text, its facts, and what the rest of the wiki says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from wiki.accounts.roles import Permission
from wiki.catalog.card import PageCard, as_date
from wiki.catalog.compare import differences
from wiki.catalog.presenting import address
from wiki.editing.rights import may_write
from wiki.errors import Unavailable
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.web import kits, views
from wiki.web.around import crumbs, page_tabs
from wiki.web.context import actor, language, may, person, settings, today, wiki
from wiki.web.fields import facts, shown
from wiki.web.translations import gettext
from wiki.web.words import describe

MAX_BEHIND = 100
MAX_SHOWN = 40


def page_context(page: Page, card: PageCard | None, at: str, current: bool) -> dict[str, Any]:
    """The page at the commit `at` (empty: as it is now) for `pages/show.html`; `current` where the card is of this version."""
    known, path = settings(), page.path
    rendered = wiki().rendering.rendered(page)
    html = views.body_html(rendered, path)
    category = views.category_of(path.text)
    stale = card is not None and current and card.is_stale(today())
    successor = str(page.value("replaced_by") or "").strip("/")
    original = original_of(page)
    translations = wiki().catalog.translations(path.text) if not at else {}
    told = original or card
    problems: list[str] = []
    if page.problem is not None:
        problems.append(describe(page.problem))
    if rendered.cut_off:
        problems.append(gettext("This page takes too long to lay out, so its source is shown instead."))
    return {
        "page": page,
        "card": card,
        "page_path": path.text,
        "at": at,
        "html": html if at else views.with_section_links(html, path),
        "headings": [heading for heading in rendered.headings if 2 <= heading.level <= 3],
        "facts": facts(told, page if original is not None else None) if told is not None else [],
        "translation": _translation(page, original) if original is not None else None,
        "lost_original": _lost_original(page) if original is None and not at else "",
        "untranslated": _untranslated(path, translations) if card is not None and not at else None,
        "category": category,
        "sheet_class": f"c-{category['color']}" if category else "",
        "crumbs": crumbs(path, page.title),
        "tabs": page_tabs(path, "read"),
        "alternatives": _alternatives(told) if told is not None and not at else [],
        "guides": _guides(card) if card is not None and not at else [],
        "experiences": _experiences(page),
        "stale": stale,
        "verified_ahead": card is not None and card.is_verified_ahead(today()),
        "replaced": wiki().catalog.card(successor) if successor else None,
        "may_verify": card is not None
        and may(Permission.VERIFY)
        and page.kind.id in ("tool", "guide", "tip", "toolkit"),
        "may_write": person() is not None and may_write(actor(), path.text, known),
        "problems": problems,
        "files": wiki().catalog.files(path.text) if not at else [],
        "license": {"name": page.value("content_license"), "url": ""}
        if page.value("content_license")
        else known.license,
        "attribution": page.value("attribution"),
        "languages": _languages(translations) if not at else views.language_links(),
        "its_language": views.language_attributes(path.language(known.languages)),
        "verified": told.last_verified if told is not None and not at else as_date(page.value("last_verified")),
        "verified_by": told.value("verified_by") if told is not None else page.value("verified_by"),
        "items": kits.sections(page, at) if page.kind.id == "toolkit" else [],
        "children": wiki().catalog.in_folder(path.text) if not at else [],
        **(kits.sharing(page) if not at else {}),
    }


def _languages(translations: Mapping[str, str]) -> list[dict[str, Any]]:
    """The languages with the address of this page in each: its translation, or where that is missing the page itself."""
    links = views.language_links()
    for link in links:
        if link["code"] in translations:
            link["url"] = address(translations[link["code"]])
        link["is_missing"] = link["code"] not in translations
    return links


def _untranslated(path: PagePath, translations: Mapping[str, str]) -> dict[str, str] | None:
    """For who reads the wiki in another language than this page's: which one it is not in yet, and where to write that."""
    languages, asked = settings().languages, language()
    if asked == languages[0] or path.language(languages) != languages[0] or asked in translations:
        return None
    return {"language": views.language_name(asked), "url": url_for("editing.new", translate=path.text, to=asked)}


def original_of(page: Page) -> PageCard | None:
    """The page that this one is a translation of: its facts are this one's too."""
    of = _named_original(page)
    return wiki().catalog.card(of) if of and of != page.path.text else None


def _lost_original(page: Page) -> str:
    """The address of the page that this one says to be a translation of, where no page is; "" for other pages."""
    of = _named_original(page)
    try:
        return address(of) if of and wiki().history.deleted(of) is not None else ""
    except Unavailable:
        return ""


def _named_original(page: Page) -> str:
    translation = page.value("translation")
    return str(translation.get("of") or "").strip("/") if isinstance(translation, dict) else ""


def _translation(page: Page, original: PageCard) -> dict[str, Any]:
    """What a reader of a translation should know: of what, by whom, and how far it is behind."""
    behind, diff_url = changes_since(original, str(page.value("translation.source") or ""))
    return {
        "url": address(original.path),
        "title": original.title,
        "language": original.language,
        "status": str(page.value("translation.status") or ""),
        "behind": behind,
        "diff_url": diff_url,
    }


def changes_since(original: PageCard, source: str) -> tuple[int, str]:
    """How many changes an original has had since a translation was made of its version `source`, and where to see
    them. Where the history can't be read, none is counted."""
    behind, last_known = 0, ""
    if source and source != original.blob_id:
        try:
            revisions = wiki().history.page(original.path, MAX_BEHIND)
        except Unavailable:
            revisions = []
        for revision in revisions:
            if revision.blob_id == source:
                last_known = revision.id
                break
            behind += 1
    return behind, url_for("history.diff", path=original.path) + (f"?from={last_known}" if last_known else "")


def _alternatives(card: PageCard) -> list[dict[str, Any]]:
    """Alternatives in both directions, in the reader's language where they can be, each with the facts in which it
    differs; those that are no more come last."""
    named = card.fields.get("alternatives")
    own = [path.strip("/") for path in named if isinstance(path, str)] if isinstance(named, list) else []
    cards = wiki().catalog.cards_of(own)
    linking = [link.page for link in wiki().catalog.backlinks(card.path, kinds=("alternatives",), limit=MAX_SHOWN)]
    found = {other.path: other for other in [*(cards[path] for path in own if path in cards), *linking]}
    others = [other for other in found.values() if other.path != card.path and other.language == card.language]
    others.sort(key=lambda other: other.status == "retired")
    return [
        {
            "card": shown_as,
            "url": address(shown_as.path),
            "differences": [
                {"label": gettext(row.field.label), "value": shown(row.field, row.values[1])}
                for row in differences(card, other)
            ],
        }
        for other, shown_as in zip(others, views.in_language(others), strict=True)
    ]


def _guides(card: PageCard) -> list[PageCard]:
    """Guides, tips and toolkits that speak of this page."""
    kinds = ("guide", "tip", "toolkit", "training")
    return [link.page for link in wiki().catalog.backlinks(card.path, page_kinds=kinds, limit=12)]


def _experiences(page: Page) -> list[dict[str, Any]]:
    item = page.kind.field("experiences")
    value = page.value("experiences")
    if item is None or not isinstance(value, list):
        return []
    return [
        {inner.name: shown(inner, row.get(inner.name)) for inner in item.fields}
        for row in value
        if isinstance(row, dict)
    ]
