"""The Flask application: made from a wiki, with everything passed in."""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Request, Response, current_app, g, request, url_for
from flask.sessions import SecureCookieSession, SessionInterface
from flask_login import LoginManager
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from wiki import background
from wiki.bootstrap import Wiki, open_wiki
from wiki.catalog.presenting import address
from wiki.config import Config, load
from wiki.editing.signing import one_line
from wiki.errors import Denied, Unavailable, WikiError
from wiki.pages.settings import direction, localized
from wiki.resources import folder
from wiki.web import bearer, context, errors, kept_language, security, views
from wiki.web.assets import Assets
from wiki.web.git import GitMount
from wiki.web.kept import call
from wiki.web.page_cache import SESSION_COOKIE, PageCache
from wiki.web.shelf import Shelf
from wiki.web.templates import Templates
from wiki.web.urlencoded import FormRequest

# What strangers get of a private wiki besides the forms to sign in.
_OPEN = frozenset({"static.file", "theme.css", "meta.manifest", "meta.favicon", "meta.security_txt"})
_NOT_FOR_STRANGERS: dict[str, Any] = {"tagline": "", "menu": [], "footer_html": "", "logo": ""}
MAX_FORM_BYTES = 8 * 1024 * 1024
# All that there is for whoever has to set up a second factor first.
_TO_SET_UP = frozenset(
    {
        *("accounts.account", "accounts.ask_sign_out", "accounts.sign_out"),
        *("account.two_factor", "account.confirm_two_factor", "passkeys.start", "passkeys.add", "passkeys.second_step"),
        *("static.file", "theme.css", "meta.manifest", "offline.worker"),
    }
)


def create_app(
    config: Config | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC), wiki: Wiki | None = None
) -> Flask:
    """The application for the wiki of a configuration (default: that of WIKI_HOME or the current folder)."""
    if config is None:
        config = wiki.config if wiki is not None else load(Path(os.environ.get("WIKI_HOME", ".")))
    wiki = wiki or open_wiki(config, clock)
    app = Flask("wiki", static_folder=None, template_folder=None)
    app.jinja_environment = Templates
    app.request_class = FormRequest
    app.url_rule_class = _Route
    app.extensions["wiki"] = wiki
    app.extensions["clock"] = clock
    app.secret_key = wiki.secret
    app.session_interface = _NoCookie()
    app.config["MAX_CONTENT_LENGTH"] = max(MAX_FORM_BYTES, config.limits.attachment_bytes + 1_048_576)
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    # Nothing here is asynchronous, and Flask looks at fifteen functions a request whether one is.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]
    build = _build(config)
    _install_templates(app, config, build)
    _install_people(app)
    kept_language.install(app)
    security.install(app)
    errors.install(app)
    app.before_request(_begin)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    app.wsgi_app = security.Headers(GitMount(app.wsgi_app, wiki))  # type: ignore[method-assign]
    count = config.server.proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    shelf = Shelf(config.index_dir / "answers.sqlite3", build)
    app.wsgi_app = PageCache(  # type: ignore[method-assign]
        app.wsgi_app,
        wiki.repository.head,
        config.web.page_cache_bytes,
        config.web.page_cache_file_bytes,
        shelf,
        forwarded=count,
    )
    return app


def _build(config: Config) -> str:
    """Changes with the code, the templates, the assets and the settings, whatever makes an answer another."""
    digest = hashlib.sha256(repr((config.web, config.server.url, config.limits)).encode())
    own = config.instance_dir / "templates"
    for root in (Path(__file__).parent, folder("templates"), own, folder("static") / "built", folder("translations")):
        for file in sorted(root.rglob("*")) if root.is_dir() else ():
            if file.suffix in (".py", ".html", ".xml", ".json", ".mo"):
                state = file.stat()
                digest.update(f"{file}{state.st_size}{state.st_mtime_ns}".encode())
    return digest.hexdigest()


def _begin() -> Response | None:
    wiki = context.wiki()
    background.start(wiki)
    if request.endpoint in ("static.file", "health.show", "meta.robots"):
        return None
    current = wiki.is_current(searched=False)
    if not current:
        if not wiki.follow():
            context.leave_catalog()
            wiki = context.wiki()
        current = wiki.is_current(searched=False)
    # What is behind now may have caught up when the answer is done; the answer was made without it all the same.
    g.was_current = current
    g.index_was_current = current and wiki.search.commit() == wiki.repository.head()
    if wiki.config.web.private and g.get("person") is None and not _is_open(request.endpoint or ""):
        raise Denied("denied.sign_in")
    user = context.person()
    if user is not None and user.needs_second_factor and request.endpoint not in _TO_SET_UP:
        if request.method in security.SAFE_METHODS and not errors.wants_json():
            return views.go(url_for("accounts.account"))
        raise Denied("denied.second_factor")
    return None


def _is_open(endpoint: str) -> bool:
    """Whether an endpoint is needed to sign in, and so is there for strangers of a private wiki too."""
    return endpoint.startswith(("accounts.", "offline.")) or endpoint in _OPEN


class _Route(Rule):
    """A route that learns to build addresses when the first is asked of it: that takes three times as long as all else that an
    application is made of, and a process asks few of its routes."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(route: _Route, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(super(_Route, route)._compile_builder(append_unknown))
            return made[0](route, **values)

        return build


class _NoCookie(SessionInterface):
    """In place of Flask's own session: nothing is in it, and no cookie is read or sent for it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """A session that can't be written to."""
        return self.make_null_session(app)


def _install_people(app: Flask) -> None:
    manager = LoginManager(app, add_context_processor=False)
    # Flask-Login only learns who it is from us: the session is a random token that is looked up in the database, so that
    # it can be ended, and a reader has no cookie at all.
    manager.session_protection = None

    @manager.request_loader
    def load_person(_: Any) -> Any:
        return g.get("person")

    @app.before_request
    def find_session() -> None:
        if request.blueprint == "api":
            bearer.find_person()
            return
        token = request.cookies.get(context.cookie_name(SESSION_COOKIE), "")
        if not token:
            return
        try:
            found = context.wiki().accounts.sessions.find(token)
        except WikiError as error:
            # Accounts are out of reach: everybody may still read, and what is sent is not taken for a stranger's.
            g.out_of_reach = error
            found = None
        if found is not None:
            g.person, g.session = found
            g.session_token = token


def _install_templates(app: Flask, config: Config, build: str) -> None:
    env = cast(Templates, app.jinja_env)
    env.add_extension("jinja2.ext.do")
    env.trim_blocks = env.lstrip_blocks = True
    own = config.instance_dir / "templates"
    app.jinja_loader = ChoiceLoader([FileSystemLoader(own), FileSystemLoader(folder("templates"))])
    assets = Assets(folder("static"))
    env.keep(config.index_dir / "templates", build)
    env.install(asset=assets.url, icon=assets.icon, url_for=app.url_for)
    env.globals.update(
        may=context.may,
        changed_by=views.changed_by,
        csrf_field=security.csrf_field,
        address=address,
        root_url=context.root_url,
        with_args=views.with_args,
    )
    app.context_processor(_page_context)


def _page_context() -> dict[str, Any]:
    """What every template may name. Facts about the wiki only: what a stranger's page holds may not depend on who asks."""
    language = context.language()
    frame = _frame(language)
    if not context.may("READ"):
        # Of a private wiki a stranger learns its name, nothing of what is in it.
        frame = {**frame, "categories": [], "site": {**frame["site"], **_NOT_FOR_STRANGERS}}
    return {
        **frame,
        "person": context.person(),
        "language": language,
        "direction": direction(language),
        "words_language": context.words_language(),
        "languages": views.language_links(),
        "query": one_line(request.args.get("q", ""), 300) if request.endpoint == "search.results" else "",
        "page_path": None,
        "get_flashed_messages": lambda with_categories=True: views.notices(frame["is_listed"]),
    }


def _frame(language: str) -> dict[str, Any]:
    """What stands around every page and is the same until a page or a setting changes: name, menu, footer, categories."""
    wiki, settings = context.wiki(), context.settings()
    stand = (settings.fingerprint, wiki.catalog.version())
    known, frames = current_app.extensions.get("frames", ("", {}))
    if known != stand:
        frames = {}
        current_app.extensions["frames"] = (stand, frames)
    if language not in frames:
        try:
            counts = wiki.facets.values("category")
        except Unavailable:
            counts = {}
        site = _site(settings, language)
        categories = [
            {**views.category_view(category), "count": counts.get(category.id, 0)} for category in settings.categories
        ]
        frames[language] = {
            "is_listed": bool(wiki.catalog.revision()),
            "site": site,
            "categories": categories,
            "menus": _menus(categories, site["menu"]),
        }
    return frames[language]


def _menus(categories: list[dict[str, Any]], menu: list[dict[str, str]]) -> Callable[[bool, bool], Markup]:
    """The menus of every page, each made once: for who may review or not, and may import or not."""

    @cache
    def made(reviews: bool, imports: bool) -> Markup:
        given = {"categories": categories, "menu": menu, "reviews": reviews, "imports": imports}
        return Markup(call("_macros/frame.html", "menus", **given))

    return made


def _site(settings: Any, language: str) -> dict[str, Any]:
    footer = localized(settings.footer, language)
    return {
        "name": settings.name,
        "tagline": localized(settings.tagline, language),
        "license": settings.license,
        "menu": [
            {"label": localized(item.label, language), "url": item.url or address(item.page)}
            for item in settings.menu
            if item.url or item.page
        ],
        "footer_html": views.wiki_text(footer) if footer else "",
        "logo": address(settings.logo) if settings.logo else "",
        "accent": settings.accent,
    }


def _blueprints() -> Iterable[Blueprint]:
    """Every module of this package that has a blueprint; the one that takes all other addresses comes last."""
    found = []
    for module in pkgutil.iter_modules(importlib.import_module("wiki.web").__path__, "wiki.web."):
        if module.name == "wiki.web.wsgi":
            continue
        blueprint = getattr(importlib.import_module(module.name), "blueprint", None)
        if blueprint is not None:
            found.append(blueprint)
    return sorted(found, key=lambda blueprint: (blueprint.name == "pages", blueprint.name))
