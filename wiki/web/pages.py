"""Reading: the home page, categories and folders, a page, its source, its data and its attachments."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed

from wiki.accounts.roles import Permission
from wiki.catalog.presenting import address
from wiki.errors import NotFound, TooMany, Unavailable
from wiki.markup.front_matter import merge
from wiki.pages.page import Page
from wiki.pages.path import SPEAKING, PagePath, fold, is_safe_file
from wiki.pages.settings import Settings
from wiki.storage.repository import Repository
from wiki.web import lists, moves, views
from wiki.web.asked import path_of, public_revision
from wiki.web.context import head, language, localize, may, settings, today, wiki
from wiki.web.page_context import original_of, page_context
from wiki.web.translations import gettext

blueprint = Blueprint("pages", __name__)
# What a browser may show by itself; anything else is offered for saving, never run.
_SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}
# Texts in other markup than ours are shown as they are written.
_WRITTEN = (".md", ".rst", ".org", ".adoc", ".textile", ".creole", ".mediawiki")
# The page of a folder that is shown for the folder itself.
_SPEAKING = tuple(
    f"{name}{ending}"
    for ending in ("", ".mdx", ".markdown", ".mdwn", ".qmd", ".MD")
    for name in (*SPEAKING, "README", "home", "Home", "homepage")
)
# Where programs that make sites keep all pages; what speaks for such a folder speaks for a wiki that has nothing else.
_TOPS = ("docs/", "content/", "src/")
# The page that lists all others in wikis of GitHub and GitLab (`_Sidebar.md`), and in books made by GitBook and mdBook.
_LISTING = ("sidebar", "_Sidebar", "_sidebar", "SUMMARY", "summary")
NEWEST = 3
CHANGED = 8


@blueprint.get("/")
def home() -> Response:
    """The home page: what do you need to do?"""
    known = settings()
    panels = []
    for category in known.categories:
        newest = views.in_language(wiki().catalog.latest(NEWEST, category.id))
        links = [{"label": card.title, "url": address(card.path)} for card in newest]
        panels.append({**views.category_view(category), "links": links})
    kits = wiki().catalog.cards_of(known.home.start_here)
    is_bare = not any(panel["links"] for panel in panels)
    speaking = _speaking_for_all(is_bare) if is_bare or not localize(known.home.text) else ""
    if is_bare and speaking:
        # The pages of another wiki, none of which is in a category yet.
        panels = []
    # A folder of pages that knows nothing of categories still has folders, and often a page that speaks for all.
    folders = [] if panels else wiki().catalog.folders_in("")
    changed = list(islice(views.for_reader(wiki().catalog.latest(CHANGED * len(known.languages))), CHANGED))
    html = render_template(
        "pages/home.html",
        question=localize(known.home.question, gettext("What do you need to do?")),
        examples=[
            {"label": localize(label), "url": views.search_url(q=localize(query))}
            for label, query in known.home.examples
        ],
        panels=panels,
        kits=views.in_language([kits[path] for path in known.home.start_here if path in kits]),
        folders=[{"label": name, "url": address(name), "count": count} for name, count in folders],
        is_new=bool(wiki().catalog.revision()) and not changed,
        text=_home_text(known, speaking),
        changed=changed,
        waiting=len(wiki().suggestions.open()) if may(Permission.REVIEW) else 0,
        needs=_needs(),
    )
    return views.cacheable(make_response(html))


def _needs() -> list[tuple[str, int]]:
    """The lists of what needs work that aren't empty, each with its length."""
    try:
        return [(name, count) for name, count in wiki().attention.counts(today()).items() if count]
    except Unavailable:
        return []


def _home_text(known: Settings, speaking: str) -> Markup:
    """The text of the home page: what the settings say, else the page that speaks for the whole wiki, and the one beside
    it that lists its contents."""
    text = localize(known.home.text)
    if text:
        return views.wiki_text(text)
    names = [f"{speaking[: speaking.rfind('/') + 1]}{name}" for name in _LISTING]
    listing = next(iter(wiki().catalog.cards_of(names)), "") if speaking else ""
    return Markup("<hr>").join(_texts(path for path in (speaking, listing) if path))


def _texts(paths: Iterable[str]) -> Iterator[Markup]:
    """What pages say; of one that is damaged or too large, nothing: the home page is there all the same."""
    for path in paths:
        with suppress(TooMany, Unavailable):
            page = wiki().store.get(PagePath(path))
            yield views.body_html(wiki().rendering.rendered(page), page.path)


@blueprint.get("/<path:name>")
def show(name: str) -> Response:
    """Whatever is at an address of the content: a page, its source or data, an attachment, a folder, a redirect."""
    if name.startswith("-/") and _is_sent_to():
        raise MethodNotAllowed(["POST", "OPTIONS"])
    if request.args.get("at"):
        return _at(name, request.args["at"])
    page, _, form = name.rstrip("/").rpartition(".")
    if form in ("md", "json") and not name.endswith("/") and wiki().store.entry(path_of(page), head()) is not None:
        return _source(path_of(page)) if form == "md" else _json(path_of(page))
    found = _attachment(name)
    if found is not None:
        return found
    if form in ("md", "json"):
        return _no_longer(path_of(page), f".{form}")
    path = path_of(name)
    revision = head()
    entry = wiki().store.entry(path, revision)
    if name != path.text or entry is None:
        return _elsewhere(name, path)
    return _page(wiki().store.read(path, revision, entry.id))


def _page(page: Page, at: str = "", status: int = 200) -> Response:
    known = settings()
    card = wiki().catalog.card(page.path.text)
    current = card is not None and not at and card.blob_id == page.blob_id
    context = page_context(page, card, at, current)
    response = make_response(render_template("pages/show.html", **context), status)
    if page.path.language(known.languages) != language():
        response.headers["Content-Language"] = page.path.language(known.languages)
    return response if at else views.cacheable(response)


def _at(name: str, revision: str) -> Response:
    """A page as it was; only versions that were once on the site are shown."""
    commit = public_revision(revision)
    asked = name.rstrip("/")
    suffix = next((suffix for suffix in (".md", ".json") if asked.endswith(suffix)), "")
    attached = _attachment(name, commit)
    if attached is not None:
        return attached
    path = path_of(asked.removesuffix(suffix))
    try:
        if asked != name:
            return _moved(_version(path, commit).path.text, suffix)
        if suffix:
            return _source(path, commit) if suffix == ".md" else _json(path, commit)
        return _page(_version(path, commit), at=commit)
    except NotFound:
        # A page that is here now and wasn't at that time isn't anywhere else.
        target = moves.now_at(path) if wiki().store.entry(path, head()) is None else ""
        if not target:
            raise
        return _moved(target, suffix)


def _version(path: PagePath, commit: str) -> Page:
    """A page as it was at a commit, at this address or at the one that it had then."""
    try:
        return wiki().store.get(path, commit)
    except NotFound:
        was = wiki().history.version(path.text, commit)
        then = PagePath.of_file(was.path) if was is not None else None
        if then is None or then == path:
            raise
        return wiki().store.get(then, commit)


def _source(path: PagePath, revision: str | None = None) -> Response:
    page = _version(path, revision) if revision else wiki().store.get(path, head())
    # As it is in git: what isn't UTF-8 in it, the page itself shows replaced.
    response = make_response(wiki().repository.blob(page.blob_id))
    response.mimetype = "text/markdown"
    return response if revision else views.cacheable(response)


def _json(path: PagePath, revision: str | None = None) -> Response:
    page = _version(path, revision) if revision else wiki().store.get(path, head())
    card = wiki().catalog.card(path.text) if revision is None else None
    original = original_of(page) if revision is None else None
    rendered = wiki().rendering.rendered(page)
    data = {
        "path": page.path.text,
        "title": page.title,
        "kind": page.kind.id,
        "summary": page.summary,
        "language": page.path.language(settings().languages),
        "revision": card.revision if card else revision or head(),
        "blob": page.blob_id,
        "changed": card.changed.isoformat() if card else None,
        # A translation has the facts of its original.
        "fields": merge(original.fields, page.fields) if original is not None else page.fields,
        "html": views.body_html(rendered, page.path),
    }
    return jsonify(data) if revision else views.cacheable(jsonify(data))


def _attachment(name: str, revision: str = "") -> Response | None:
    """A file that lies in the folder of a page, now or as it was at a revision."""
    if not is_safe_file(name) or PagePath(name).stem != name:
        return None
    repository: Repository = wiki().repository
    entry = repository.file(revision or head(), name)
    if entry is None:
        return None
    limit = wiki().config.limits.attachment_bytes
    if repository.size(entry.id) > limit:
        raise TooMany("file.too_large", size=repository.size(entry.id), allowed=limit)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.lower().endswith(_WRITTEN):
        kind = "text/plain"
    response = make_response(repository.blob(entry.id))
    response.mimetype = kind if kind in _SHOWN else "application/octet-stream"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if kind not in _SHOWN:
        response.headers["Content-Disposition"] = "attachment"
    response.set_etag(entry.id)
    return response if revision else views.cacheable(response)


def _speaking_for(folder: str) -> str:
    """The page that speaks for a folder, which ends in a slash or is empty for the root; empty if none does."""
    names = [f"{folder}{index}" for index in _SPEAKING]
    found = wiki().catalog.cards_of(names)
    return next((name for name in names if name in found), "")


def _speaking_for_all(is_bare: bool) -> str:
    """The page that speaks for the whole wiki; in one that `is_bare` of pages in categories, also that of a site's own folder."""
    return next(filter(None, map(_speaking_for, ("", *(_TOPS if is_bare else ())))), "")


def _is_sent_to() -> bool:
    """Whether this address is one of the engine's that only takes what a form sends."""
    routes = current_app.create_url_adapter(request)
    return routes is not None and routes.test(method="POST")


def _elsewhere(name: str, path: PagePath) -> Response:
    """No page has exactly this address: a folder, another spelling, a redirect, a deleted page, or nothing."""
    catalog = wiki().catalog
    target = moves.redirected(path) or _file_moved(name)
    if target:
        return _moved(target)
    speaking = _speaking_for(f"{path.text}/")
    if speaking:
        return _moved(speaking)
    if _is_section(path.text):
        return lists.category(path.text) if name == path.text else _moved(path.text)
    card = catalog.find(path.text)
    if card is not None:
        return _moved(card.path)
    if path.text in settings().languages:
        return views.send_to(url_for("pages.home", lang=path.text), 302)
    if catalog.count_in_folder(path.text) or catalog.folders_in(path.text):
        return lists.folder(path) if name == path.text else _moved(path.text)
    if _is_section(fold(path.text)):
        return _moved(fold(path.text))
    named = catalog.named(f"/{path.text}" if "/" in path.text else path.text)
    if named is not None:
        return _moved(named.path)
    return _no_longer(path)


def _file_moved(name: str) -> str:
    """Where a file is that moved with its page; empty where none did."""
    target = settings().redirected(name) or ""
    return target if target and wiki().repository.file(head(), target) is not None else ""


def _is_section(name: str) -> bool:
    """Whether this is the address of a category, or of another list that is there although no page is in it."""
    return settings().category(name) is not None or name in ("toolkits", "glossary", "trainings")


def _no_longer(path: PagePath, suffix: str = "") -> Response:
    """The answer where no page is any more: where it has gone, else Gone with its last version, else NotFound."""
    target = moves.now_at(path)
    if target:
        return _moved(target, suffix)
    raise moves.absent(path)


def _moved(path: str, suffix: str = "") -> Response:
    return views.cacheable(views.lead_on(address(path) + suffix, 301))
