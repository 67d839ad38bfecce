"""The pages of a copy as HTML that needs no server: relative links, one style sheet, scripts only for the search."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape, unescape
from typing import Any
from urllib.parse import quote, unquote

from wiki.catalog.card import PageCard, declared
from wiki.catalog.compare import MAX_TOOLS, MIN_TOOLS, compare
from wiki.editing.facts import is_web_address
from wiki.markup.address import REL, without_tracking
from wiki.pages.fields import Field, FieldType
from wiki.pages.kinds import KINDS
from wiki.pages.kinds.shared import most_telling_first
from wiki.pages.languages import own_name
from wiki.pages.page import Page
from wiki.pages.path import PagePath, folders_of
from wiki.pages.settings import Settings, direction, localized

ASSETS = "_site"
HOME = "index.html"
SEARCH = f"{ASSETS}/search.html"
ALL = f"{ASSETS}/all.html"
Translate = Callable[[str], str]
# For a language, what puts the words of the interface into it.
Words = Callable[[str], Translate]
_LINK = re.compile(r'(?P<name>href|src)="(?P<address>/[^"]*)"')
# Should anything of somebody's ever get through the sanitizer, a browser still doesn't run it.
_NO_SCRIPTS = (
    """<meta http-equiv="Content-Security-Policy" content="script-src 'none'; object-src 'none'; base-uri 'none'">"""
)


class PageHtml:
    """Writes the pages of a language. `places` are the files of the copy by the addresses that they have in the wiki
    ("/field/spoke")."""

    def __init__(
        self, settings: Settings, places: Mapping[str, str], live: str, stand: str, language: str, _: Translate
    ) -> None:
        self._settings = settings
        self._places = places
        self._live = live
        self._stand = stand
        self._ = _
        self._language = language

    def page(self, here: str, page: Page, card: PageCard, html: str, others: Mapping[str, PageCard]) -> str:
        """A page of the wiki; `html` is its text, `card` has its facts, `others` are the cards of the pages they name."""
        _ = self._
        parts = [f"<h1>{escape(page.title)}</h1>"]
        if page.summary:
            parts.append(f'<p class="lead">{escape(page.summary)}</p>')
        parts += self._standing(here, card, others)
        parts += self._facts(here, card, others)
        parts.append(f"<article>\n{self.linked(html, here)}\n</article>")
        parts += self._toolkit(here, card, others)
        named = card.value("alternatives")
        alternatives = [str(path).strip("/") for path in (named if isinstance(named, list) else [named])]
        found = [others[path] for path in alternatives if path in others]
        if found:
            links = "".join(
                f"<li>{self.to(here, other.path, other.title)}: {escape(other.summary)}</li>" for other in found
            )
            parts.append(f"<h2>{escape(_('Other tools for this'))}</h2>\n<ul>{links}</ul>")
            parts += self._compared(here, [card, *found][:MAX_TOOLS], others)
        verified = ""
        if card.last_verified is not None:
            by = str(card.value("verified_by") or "")
            verified = f"{_('Last verified')}: {card.last_verified.isoformat()}" + (f" ({by})" if by else "")
        license = str(card.value("content_license") or self._settings.license.name)
        attribution = str(card.value("attribution") or "")
        small = " · ".join(escape(text) for text in (verified, license, attribution) if text)
        parts.append(f'<p class="small">{small}</p>')
        if self._live:
            address, present = f"{self._live}/{quote(card.path)}", _("The present version")
            parts.append(f'<p class="small">{escape(present)}: <a href="{address}">{escape(address)}</a></p>')
        return self.frame(here, page.title, "\n".join(parts), self._crumbs(card.path))

    def listing(
        self,
        here: str,
        title: str,
        cards: Sequence[PageCard],
        folders: Iterable[tuple[str, str, int]] = (),
        more: str = "",
    ) -> str:
        """A list of pages with a list of the folders below it: (path, name, number of pages)."""
        inner = "".join(
            f'<li><a href="{self.way(here, f"/{path}")}">{escape(name)}</a> <span class="small">{count}</span></li>'
            for path, name, count in folders
        )
        rows = "".join(self._row(here, card) for card in cards)
        body = f"<h1>{escape(title)}</h1>\n{more}"
        body += f'<ul class="folders">{inner}</ul>\n' if inner else ""
        body += f'<ul class="rows">\n{rows}</ul>' if rows else ""
        return self.frame(here, title, body, [(HOME, self._settings.name)] if here != HOME else ())

    def search(self, here: str) -> str:
        """The page that searches."""
        _ = self._
        options = "".join(
            f'<option value="{escape(item.id)}">{escape(localized(item.label, self._language, item.id))}</option>'
            for item in self._settings.categories
        )
        level = KINDS["tool"].field("cost.level")
        costs = self._settings.terms(level) if level else {}
        prices = "".join(
            f'<option value="{escape(slug)}">{escape(localized(term.label, self._language, slug))}</option>'
            for slug, term in costs.items()
        )
        # Words in a template are not found by the tool that collects them for translation.
        words, found, nothing = _("Words"), _("Pages found: {n}"), _("Nothing was found. Try another word, or fewer.")
        no_scripts = _("Searching needs scripts. Without them, there is the list of all pages.")
        body = f"""<h1>{escape(_("Search"))}</h1>
<form class="narrow" id="narrow">
  <p><label for="words">{escape(words)}</label> <input id="words" name="q" type="search"></p>
  <p><label for="category">{escape(_("Category"))}</label> <select id="category" name="category"><option value="">{escape(_("all"))}</option>{options}</select></p>
  <p><label for="cost">{escape(_("Cost"))}</label> <select id="cost" name="cost"><option value="">{escape(_("all"))}</option>{prices}</select></p>
  <button>{escape(_("Search"))}</button>
</form>
<p id="count" role="status" data-found="{escape(found)}" data-none="{escape(nothing)}"></p>
<ul class="rows" id="found"></ul>
<noscript><p>{escape(no_scripts)} <a href="{self.way_to_file(here, ALL)}">{escape(_("All pages"))}</a></p></noscript>
<script src="search-index.js"></script>
<script src="search.js"></script>"""
        return self.frame(here, _("Search"), body, [(HOME, self._settings.name)])

    def frame(self, here: str, title: str, body: str, crumbs: Sequence[tuple[str, str]] = ()) -> str:
        """A whole page around its body."""
        _ = self._
        language = self._language
        steps = " › ".join(f'<a href="{self.way_to_file(here, file)}">{escape(name)}</a>' for file, name in crumbs)
        name = self._settings.name
        full = f"{title} · {name}" if title != name else name
        find = (
            f'<form role="search" action="{self.way_to_file(here, SEARCH)}"><label for="q">{escape(_("Search"))}</label> '
            f'<input id="q" name="q" type="search"> <button>{escape(_("Search"))}</button></form>'
            if here != SEARCH
            else ""
        )
        return f"""<!doctype html>
<html lang="{escape(language)}" dir="{direction(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
{_NO_SCRIPTS if here != SEARCH else ""}
<title>{escape(full)}</title>
<link rel="stylesheet" href="{self.way_to_file(here, f"{ASSETS}/site.css")}">
</head>
<body>
<a class="skip" href="#main">{escape(_("Skip to the content"))}</a>
<header>
<a class="brand" href="{self.way_to_file(here, HOME)}">{escape(name)}</a>
{find}
</header>
<main id="main">
{f'<nav class="crumbs" aria-label="{escape(_("You are here"))}">{steps}</nav>' if steps else ""}
{body}
</main>
<footer><p>{escape(self._stand)} · <a href="{self.way_to_file(here, ALL)}">{escape(_("All pages"))}</a> · <a href="{escape(self._settings.license.url)}" rel="license">{escape(self._settings.license.name)}</a></p></footer>
</body>
</html>
"""

    def linked(self, html: str, here: str) -> str:
        """The text of a page with links that lead to files of the copy; what isn't in it leads to the wiki, or nowhere."""

        def led(match: re.Match[str]) -> str:
            address = unescape(match["address"])
            path, hash_sign, anchor = address.partition("#")
            way = self.way(here, unquote(path.partition("?")[0]).rstrip("/"))
            if not way:
                if match["name"] == "href" and self._live:
                    return f'href="{escape(self._live + address)}"'
                return f'data-missing="{match["address"]}"'
            return f'{match["name"]}="{way}{hash_sign}{escape(anchor)}"'

        return _LINK.sub(led, html)

    def way(self, here: str, address: str) -> str:
        """From one file to what has an address in the wiki; empty where the copy doesn't have it."""
        file = self._places.get(address)
        return self.way_to_file(here, file) if file is not None else ""

    def way_to_file(self, here: str, file: str) -> str:
        """From one file of the copy to another, as a browser wants it."""
        return quote(posixpath.relpath(file, posixpath.dirname(here) or "."))

    def to(self, here: str, path: str, words: str) -> str:
        """A link to a page; the words alone where the copy doesn't have it."""
        way = self.way(here, f"/{path}")
        return f'<a href="{way}">{escape(words)}</a>' if way else escape(words)

    # Parts of a page

    def _crumbs(self, path: str) -> list[tuple[str, str]]:
        found = [(HOME, self._settings.name)]
        for folder in folders_of(path):
            if f"/{folder}" in self._places:
                found.append((self._places[f"/{folder}"], self.folder_name(folder)))
        return found

    def folder_name(self, folder: str) -> str:
        """What a folder is called."""
        original = PagePath(f"{folder}/").without_language(self._settings.languages).strip("/")
        if not original:
            return own_name(folder)
        known = self._settings.category(original)
        if known is not None:
            return localized(known.label, self._language, original)
        kind = next((kind for kind in KINDS.values() if kind.folder and kind.folder == original), None)
        return self._(kind.plural) if kind is not None else folder.rpartition("/")[2].replace("-", " ").capitalize()

    def _row(self, here: str, card: PageCard) -> str:
        cost = card.value("cost.level") if card.kind == "tool" else None
        facts = [self._term("cost.level", str(cost))] if cost else []
        if card.last_verified:
            facts.append(f"{self._('Last verified')}: {card.last_verified.isoformat()}")
        status = self._status(card.status)
        return (
            f"<li>{self.to(here, card.path, card.title)}{f' <em>{escape(status)}</em>' if status else ''}"
            f"<p>{escape(card.summary)}</p>"
            + (f'<p class="small">{escape(" · ".join(facts))}</p>' if facts else "")
            + "</li>\n"
        )

    def _status(self, status: str) -> str:
        return self._term("status", status) if status in ("stub", "caution", "retired") else ""

    def _term(self, name: str, slug: str) -> str:
        item = KINDS["tool"].field(name)
        return self._label(item, slug) if item is not None else slug

    def _label(self, item: Field, slug: str) -> str:
        """What a value of a field is called; a cost has its sign before that."""
        term = self._settings.terms(item).get(slug)
        label = localized(term.label, self._language, slug) if term is not None else slug
        return f"{slug} ({label})" if slug.startswith("$") and label != slug else label

    def _standing(self, here: str, card: PageCard, others: Mapping[str, PageCard]) -> list[str]:
        """What a reader has to know before anything else: that a tool is gone, or needs a careful look."""
        status = self._status(card.status)
        if not status:
            return []
        note = escape(str(card.value("status_note") or ""))
        instead = others.get(str(card.value("replaced_by") or "").strip("/"))
        if instead is not None:
            note += f" {escape(self._('Use instead:'))} {self.to(here, instead.path, instead.title)}"
        return [f'<p class="notice"><strong>{escape(status)}</strong> {note}</p>']

    def _facts(self, here: str, card: PageCard, others: Mapping[str, PageCard]) -> list[str]:
        rows = []
        for item in most_telling_first(KINDS[card.kind].flat):
            value = card.value(item.dotted)
            if item.infobox and item.dotted != "last_verified" and declared(item, value):
                rows.append(
                    f"<div><dt>{escape(self._(item.label))}</dt><dd>{self._value(here, item, value, others)}</dd></div>"
                )
        return [f'<dl class="facts">{"".join(rows)}</dl>'] if rows else []

    def _compared(self, here: str, cards: Sequence[PageCard], others: Mapping[str, PageCard]) -> list[str]:
        """A tool beside those that do the same job, by the facts in which they differ."""
        rows = [row for row in compare(cards).rows if row.differs]
        if len(cards) < MIN_TOOLS or not rows:
            return []
        names = "".join(f'<th scope="col">{self.to(here, card.path, card.title)}</th>' for card in cards)
        unknown = f"<em>{escape(self._('not recorded'))}</em>"
        lines = "".join(
            f'<tr><th scope="row">{escape(self._(row.field.label))}</th>'
            + "".join(
                f"<td>{unknown if value is None else self._value(here, row.field, value, others)}</td>"
                for value in row.values
            )
            + "</tr>\n"
            for row in rows
        )
        caption = escape(self._("Comparison"))
        return [
            f'<div class="wide" role="region" tabindex="0" aria-label="{caption}"><table><caption>{caption}</caption>'
            f"<thead><tr><td></td>{names}</tr></thead>\n<tbody>{lines}</tbody></table></div>"
        ]

    def _value(self, here: str, item: Field, value: Any, others: Mapping[str, PageCard]) -> str:
        if isinstance(value, list | tuple):
            if item.type is FieldType.ROWS:
                rows = [row for row in value if isinstance(row, dict)]
                return "<br>".join(
                    " · ".join(
                        self._value(here, inner, row[inner.name], others)
                        for inner in item.fields
                        if row.get(inner.name)
                    )
                    for row in rows
                )
            return ", ".join(self._value(here, item, part, others) for part in value)
        text = str(value)
        if item.type in (FieldType.CHOICE, FieldType.CHOICES):
            return escape(self._label(item, text))
        if item.type in (FieldType.URL, FieldType.LINKS) and is_web_address(text):
            return f'<a href="{escape(without_tracking(text))}" rel="{REL}">{escape(text)}</a>'
        if item.type in (FieldType.PAGE, FieldType.PAGES) and text.strip("/") in others:
            other = others[text.strip("/")]
            return self.to(here, other.path, other.title)
        said = {"yes": self._("Yes"), "true": self._("Yes"), "no": self._("No"), "false": self._("No")}
        return escape(said.get(text.lower(), text))

    def _toolkit(self, here: str, card: PageCard, others: Mapping[str, PageCard]) -> list[str]:
        items = card.value("items")
        rows = [row for row in items if isinstance(row, dict)] if isinstance(items, list) else []
        parts: list[str] = []
        section = None
        for row in rows:
            if str(row.get("section") or "") != section:
                section = str(row.get("section") or "")
                parts += ["</ol>"] if parts else []
                parts += [f"<h2>{escape(section)}</h2>"] if section else []
                parts.append('<ol class="kit">')
            other = others.get(str(row.get("page") or "").strip("/"))
            url = str(row.get("url") or "")
            if other is not None:
                words = f"{self.to(here, other.path, other.title)}: {escape(other.summary)}"
                status = self._status(other.status)
                words += f" <em>{escape(status)}</em>" if status else ""
            else:
                title = escape(str(row.get("title") or row.get("page") or url))
                link = f'<a href="{escape(without_tracking(url))}" rel="{REL}">{title}</a>'
                words = link if is_web_address(url) else title
            note = f"<p>{escape(str(row['note']))}</p>" if row.get("note") else ""
            parts.append(f"<li>{words}{note}</li>")
        return [*parts, "</ol>"] if parts else []
