"""What many pages show: categories, paging, notices. Plain values for the templates' macros."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import Any, cast
from urllib.parse import quote, urlencode

from babel import Locale, UnknownLocaleError
from flask import Response, g, request, url_for
from markupsafe import Markup, escape
from werkzeug.utils import redirect

from wiki.bootstrap import Wiki
from wiki.catalog.card import PageCard
from wiki.catalog.presenting import address
from wiki.errors import Unavailable
from wiki.markup.markdown import Rendered
from wiki.markup.words import fill
from wiki.pages.fields import Field
from wiki.pages.languages import own_name
from wiki.pages.path import PagePath
from wiki.pages.settings import Category, direction
from wiki.web.context import language, locale, localize, settings, wiki, words_language
from wiki.web.kept import kept
from wiki.web.page_cache import CACHEABLE, brings_session
from wiki.web.security import safe_next
from wiki.web.translations import Later, gettext

_ = Later
# The sanitizer writes attributes in an order of its own.
_HEADING_LINK = re.compile(r'(<a (?=[^>]*class="heading-link")[^>]*href="#([^"]+)"[^>]*></a>)')
NOTICES: Mapping[str, tuple[str, Any]] = {
    "saved": ("success", _("Saved. Thank you. Earlier versions are kept, so nothing is lost.")),
    "imported": ("success", _("The pages were made. They stand in this list until somebody has completed them.")),
    "merged": ("success", _("Saved. Somebody else had changed other parts meanwhile; both changes are there.")),
    "unchanged": ("info", _("Nothing was changed, so there was nothing to save.")),
    "nothing-new": (
        "info",
        _(
            "Nothing of the form is new to the page, which was saved after you opened it. To take out what came since, edit it again."
        ),
    ),
    "verified": ("success", _("Thank you. The page now says that you checked it today.")),
    "reverted": ("success", _("The change was taken back.")),
    "restored": ("success", _("The earlier version is in place again.")),
    "moved": ("success", _("The page was moved. The old address leads here.")),
    "deleted": ("success", _("The page was deleted. It can be restored from its earlier versions.")),
    "protected": ("success", _("The protection was changed.")),
    "detached": ("success", _("The file was removed.")),
    "attached": ("success", _("The file was attached.")),
    "signed-out": ("success", _("You are signed out.")),
    "registered": ("success", _("You have asked for an account. As soon as somebody has let you in, you can sign in.")),
    "welcome": ("success", _("Your account is made, and you are signed in.")),
    "closed": ("success", _("Your account is closed, and your name is out of it.")),
    "password": ("success", _("The password was changed.")),
    "suggested": (
        "success",
        _("Thank you. Your suggestion waits for a maintainer. Keep the address of this page to follow it."),
    ),
    "suggested-own": (
        "success",
        _("Thank you. Your suggestion waits for a maintainer. You find this page again under “Your account”."),
    ),
    "amended": ("success", _("Your suggestion was changed.")),
    "withdrawn": ("info", _("Your suggestion was taken back.")),
    "said": ("success", _("Your words were added.")),
    "approved": ("success", _("The suggestion was taken in.")),
    "declined": ("info", _("The suggestion was declined, and its author can read why.")),
    "declined-all": ("info", _("The ticked suggestions were declined, and their authors can read why.")),
    "asked": ("info", _("The author can read what you ask for.")),
    "done": ("success", _("Done.")),
}

# What facets are called that are no field of a kind of page.
_FACETS: Mapping[str, Any] = {
    "kind": _("Kind"),
    "category": _("Category"),
    "page_language": _("Language of the page"),
    "tag": _("Tags"),
    "verified": _("Verified within"),
}
UNLISTED = (
    "warning",
    _("Lists, facts and what links here are missing just now. What a page says is all there, and can be edited."),
)


def category_view(category: Category) -> dict[str, Any]:
    """A category as the templates take it."""
    return kept().once(("category", category.id), lambda: _category_view(category))


def _category_view(category: Category) -> dict[str, Any]:
    return {
        "id": category.id,
        "label": localize(category.label, category.id),
        "description": localize(category.description),
        "color": category.color,
        "icon": category.icon,
        "url": address(category.id),
    }


def category_of(path: str) -> dict[str, Any] | None:
    """The home category of a page: the folder at the top, after its language."""
    segments = path.split("/")
    if len(segments) > 1 and segments[0] in settings().languages[1:]:
        segments = segments[1:]
    category = settings().category(segments[0])
    return category_view(category) if category is not None else None


def changed_by(card: PageCard) -> str:
    """Who changed a page last, under the name that is shown now; empty where the history can't be read, which knows the names
    that are not to be shown any more."""
    try:
        return wiki().history.renamed().get(card.changed_by, card.changed_by)
    except Unavailable:
        return ""


def in_language(cards: Sequence[PageCard]) -> list[PageCard]:
    """Pages for readers of the language of this request: the translation where there is one."""
    if language() == settings().languages[0]:
        return list(cards)
    translated = wiki().catalog.translated(language())
    known = wiki().catalog.cards_of([translated[card.path] for card in cards if card.path in translated])
    return [known.get(translated.get(card.path, ""), card) for card in cards]


def for_reader(cards: Iterable[PageCard]) -> Iterator[PageCard]:
    """Without those that the reader has in their own language at another address."""
    for card in cards:
        if wiki().catalog.translations(card.path).get(language(), card.path) == card.path:
            yield card


def linking(path: str) -> list[dict[str, str]]:
    """The pages that link to one, each with the words of its link, and its language where that isn't the reader's."""
    return [
        {
            "title": link.page.title,
            "url": address(link.page.path),
            "text": link.text,
            "language": language_name(link.page.language) if link.page.language != language() else "",
        }
        for link in wiki().catalog.backlinks(path)
    ]


def paging(page: int, pages: int) -> dict[str, Any]:
    """Links to the pages of a list, for the macro `pagination`."""
    first = with_args(page=1)
    others = f"{first}{'&' if '?' in first else '?'}page="

    def url(number: int) -> str:
        return f"{others}{number}" if number > 1 else first

    wanted = sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
    items: list[dict[str, Any]] = []
    for previous, number in zip([0, *wanted], wanted, strict=False):
        if number > previous + 1:
            items.append({"number": None})
        items.append({"number": number, "url": url(number), "current": number == page})
    return {
        "pages": items,
        "previous_url": url(page - 1) if page > 1 else "",
        "next_url": url(page + 1) if page < pages else "",
    }


def with_args(drop: Sequence[tuple[str, str]] = (), **changed: Any) -> str:
    """The address of this request with some parameters changed and some (name, value) pairs left out."""
    pairs = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in changed and (name, value) not in drop and name != "notice"
    ]
    pairs += [(name, str(value)) for name, value in changed.items() if value not in (None, "", 1) or name != "page"]
    return quote(request.path) + (f"?{urlencode(pairs)}" if pairs else "")


def facet_label(item: Field | None, name: str) -> str:
    """What a facet is called."""
    return gettext(item.label) if item is not None else str(_FACETS.get(name, name))


def cacheable(response: Response, searched: bool = False) -> Response:
    """Mark an answer as the same for all strangers until the next commit, if what it was made of has caught up; `searched`
    says that the search index is part of that.

    What is made for somebody with a session, even one that has ended, is never marked: it goes out as ``private, no-store``
    to people who are signed in (`wiki.web.security`), and nobody keeps it.
    """
    was_current = g.get("index_was_current" if searched else "was_current")
    # Settings that the repository has lost may be back without a commit.
    if (
        was_current
        and not brings_session(request.environ)
        and g.get("person") is None
        and wiki().is_current(searched)
        and not settings().is_damaged
    ):
        response.headers[CACHEABLE] = "yes"
    return response


def go(url: str, notice: str = "") -> Response:
    """Send the browser on after a change (303), with a notice that needs no cookie."""
    target = safe_next(url)
    if notice:
        target += ("&" if "?" in target else "?") + urlencode({"notice": notice})
    return send_to(target)


def send_to(url: str, status: int = 303) -> Response:
    """Send the browser to an address."""
    return cast(Response, redirect(url, status, Response))


def lead_on(url: str, status: int) -> Response:
    """Send the browser to the address that stands for the one it asked for, with all that it asked."""
    query = request.query_string.decode("ascii", "ignore")
    return send_to(f"{url}?{query}" if query else url, status)


def notices(is_listed: bool) -> list[tuple[str, str]]:
    """The notice that the address names, as (kind, words), and that no page `is_listed` where the catalog can't be read or is
    still to be made."""
    found = [NOTICES.get(request.args.get("notice", "")), None if is_listed else UNLISTED]
    return [(kind_and_words[0], str(kind_and_words[1])) for kind_and_words in found if kind_and_words is not None]


def body_html(rendered: Rendered, path: PagePath) -> Markup:
    """Rendered text as a reader of this request sees it: links resolved, terms explained, notes labelled in their language."""
    return Markup(fill(wiki().presenter.html(rendered, path, settings()), _note_words()))


def wiki_text(text: str) -> Markup:
    """Markdown of the settings (home page, footer) as safe HTML."""
    return Markup(wiki().presenter.html(_rendered(wiki(), text), PagePath("glossary"), settings()))


@lru_cache(maxsize=64)
def _rendered(wiki: Wiki, text: str) -> Rendered:
    return wiki.rendering.short(text)


def with_section_links(html: Markup, path: PagePath) -> Markup:
    """Page HTML with a link at each heading that opens just that section in the editor."""
    word = escape(gettext("edit"))
    edit = escape(url_for("editing.edit", path=path.text))
    own = "" if path.language(settings().languages) == words_language() else f' lang="{escape(words_language())}"'

    def link(found: re.Match[str]) -> str:
        target = f"{edit}?section={quote(unescape(found[2]))}"
        return (
            f'{found[1]}<a class="section-edit no-print" href="{target}" aria-describedby="{found[2]}"{own}>{word}</a>'
        )

    return Markup(_HEADING_LINK.sub(link, str(html)))


def _note_words() -> dict[str, str]:
    return {
        "note": gettext("Note"),
        "tip": gettext("Tip"),
        "important": gettext("Important"),
        "warning": gettext("Warning"),
        "caution": gettext("Caution"),
    }


def search_url(**query: Any) -> str:
    """An address of the search page."""
    return url_for("search.results", **query)


def language_name(code: str) -> str:
    """What a language is called in the language of this request; its code where Babel knows no such language."""
    try:
        return Locale.parse(code, sep="-").get_language_name(locale()) or code
    except (ValueError, UnknownLocaleError):
        return code


def language_attributes(code: str) -> Markup:
    """The attributes of an element with text in this language, where that is not the language of the words around it."""
    return Markup("") if code == words_language() else Markup(' lang="{}" dir="{}"').format(code, direction(code))


def language_links() -> list[dict[str, Any]]:
    """The languages of the interface, each with the address of this page in it."""
    here, current = with_args(lang=""), language()
    return [
        {"code": code, "label": own_name(code), "url": f"{here}{quote(code)}", "current": code == current}
        for code in settings().languages
    ]
