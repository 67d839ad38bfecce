"""What programs ask of the wiki: crawlers' files, search and app descriptions."""

from __future__ import annotations

from xml.sax.saxutils import escape

from flask import Blueprint, Response, jsonify, make_response, url_for

from wiki.catalog.presenting import address
from wiki.pages.settings import localized
from wiki.web import views
from wiki.web.context import language, root_url, settings, today, wiki

blueprint = Blueprint("meta", __name__)
SITEMAP_PAGES = 50_000


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
