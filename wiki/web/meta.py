"""What programs ask of the wiki: health, metrics, crawlers' files, search and app descriptions."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response, jsonify, make_response, url_for

from wiki.catalog.presenting import address
from wiki.errors import WikiError
from wiki.pages.settings import localized
from wiki.web import views
from wiki.web.context import head, language, root_url, settings, today, wiki

blueprint = Blueprint("meta", __name__)
SITEMAP_PAGES = 50_000


@blueprint.get("/-/health")
def health() -> Response:
    """Whether the wiki works, in words an owner understands; 503 where reading doesn't."""
    state: dict[str, Any] = {"status": "ok"}
    notes: list[str] = []
    try:
        revision = wiki().repository.head()
        for name, stand in (
            ("catalog", wiki().catalog.revision()),
            ("history", wiki().history.revision()),
            ("search", wiki().search.commit()),
        ):
            state[name] = "current" if stand == revision else "behind"
            if stand != revision:
                notes.append(f"The {name} is catching up with the newest change.")
        for problem in wiki().settings.at().problems:
            line = f" (line {problem.line})" if problem.line else ""
            notes.append(f"{problem.where} can't be read as it is{line}.")
    except WikiError as error:
        state["status"] = "broken"
        notes.append(f"The pages can't be read: {error.code}.")
    try:
        wiki().accounts.users.has_admin()
        state["accounts"] = "ok"
    except WikiError:
        state["accounts"] = "unreachable"
        notes.append("Accounts are out of reach: reading works, signing in does not.")
    if notes and state["status"] == "ok":
        state["status"] = "degraded"
    response = jsonify({**state, "notes": notes})
    response.status_code = 503 if state["status"] == "broken" else 200
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/-/metrics")
def metrics() -> Response:
    """Numbers about the wiki for a monitoring system; nothing about who reads it."""
    values = {
        "wiki_pages": wiki().catalog.count(),
        "wiki_catalog_current": int(wiki().catalog.revision() == head()),
        "wiki_history_current": int(wiki().history.revision() == head()),
        "wiki_search_current": int(wiki().search.commit() == head()),
    }
    text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items())
    return Response(text, mimetype="text/plain; version=0.0.4")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may fetch: the content and its search, but none of the views of its past."""
    config = wiki().config.web
    if config.private or not config.robots:
        text = "User-agent: *\nDisallow: /\n"
    else:
        text = f"User-agent: *\nDisallow: /-/\nAllow: /-/search\nAllow: /-/static/\nSitemap: {root_url()}{url_for('meta.sitemap')}\n"
    return Response(text, mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """All pages with when they last changed."""
    root = root_url()
    rows = wiki().catalog.days_of_change(SITEMAP_PAGES)
    urls = "".join(
        f"<url><loc>{escape(root + address(path))}</loc><lastmod>{changed}</lastmod></url>" for path, changed in rows
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return views.cacheable(Response(text, mimetype="application/xml"))


@blueprint.get("/-/opensearch.xml")
def opensearch() -> Response:
    """Lets a browser search the wiki from its address bar."""
    template = f"{root_url()}{url_for('search.results')}?q={{searchTerms}}"
    name = escape(settings().name)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>{name[:16]}</ShortName><LongName>{name[:48]}</LongName><Description>{name}</Description>"
        f'<InputEncoding>UTF-8</InputEncoding><Url type="text/html" template="{escape(template, {chr(34): "&quot;"})}"/>'
        "</OpenSearchDescription>"
    )
    return views.cacheable(Response(text, mimetype="application/opensearchdescription+xml"))


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """How the wiki looks when it is put on a phone's home screen."""
    from flask import current_app

    icon = current_app.jinja_env.globals["asset"]("favicon.svg")  # type: ignore[operator]
    response = jsonify(
        {
            "name": settings().name,
            "short_name": settings().name[:12],
            "description": localized(settings().tagline, language()),
            "start_url": "/",
            "display": "browser",
            "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml"}],
        }
    )
    response.mimetype = "application/manifest+json"
    return views.cacheable(response)


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Where to report a weakness."""
    page = "code-of-conduct"
    text = f"Contact: {root_url()}{address(page)}\nExpires: {today().replace(year=today().year + 1, day=1).isoformat()}T00:00:00Z\nPreferred-Languages: {', '.join(settings().languages)}\n"
    return make_response(text, 200, {"Content-Type": "text/plain; charset=utf-8"})
