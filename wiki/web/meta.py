"""What programs ask of the wiki: crawlers' files, search and app descriptions."""

from __future__ import annotations

from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, jsonify, url_for

from wiki.catalog.presenting import address
from wiki.errors import NotFound
from wiki.pages.path import PagePath
from wiki.pages.settings import localized
from wiki.web import views
from wiki.web.context import head, language, may, root_url, settings, today, wiki

blueprint = Blueprint("meta", __name__)
SITEMAP_PAGES = 50_000
_CONDUCT = PagePath("code-of-conduct")


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
    icon = _icon()
    response = jsonify(
        {
            "name": settings().name,
            "short_name": settings().name[:12],
            "description": localized(settings().tagline, language()) if may("READ") else "",
            "start_url": "/",
            "display": "browser",
            "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml"}],
        }
    )
    response.mimetype = "application/manifest+json"
    return views.cacheable(response)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Where browsers look for the icon of what is no page: to where it is."""
    return views.send_to(_icon(), 302)


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Where to report a weakness (RFC 9116); of nothing (404) where the wiki names no place for it."""
    contact = wiki().config.server.contact
    if not contact:
        if not (may("READ") and wiki().store.entry(_CONDUCT, head())):
            raise NotFound("page.not_found")
        contact = f"{root_url()}{address(_CONDUCT.text)}"
    expires = today().replace(year=today().year + 1, day=1)
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires}T00:00:00Z",
        f"Preferred-Languages: {', '.join(settings().languages)}",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _icon() -> str:
    return str(current_app.jinja_env.globals["asset"]("favicon.svg"))  # type: ignore[operator]
