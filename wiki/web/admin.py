"""Looking after the wiki: people and their rights, the settings in force, whether all is well, who changed what."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request, url_for

from wiki import __version__
from wiki.accounts.roles import Permission, Role
from wiki.accounts.user import State, User
from wiki.config import explain
from wiki.doctor import look
from wiki.errors import Denied, NotFound, WikiError
from wiki.web.asked import asked_number
from wiki.web.asking import ask, require_person, role_label
from wiki.web.context import head, may, root_url, wiki
from wiki.web.events import event_rows
from wiki.web.health import CURRENT, stands
from wiki.web.proof import require_proof
from wiki.web.security import check_form_token
from wiki.web.translations import gettext
from wiki.web.views import go
from wiki.web.words import describe

blueprint = Blueprint("admin", __name__, url_prefix="/-/admin")
ENTRIES = 100


@blueprint.before_request
def require_admin() -> None:
    """All of this is for administrators."""
    require_person()
    if not (may(Permission.MANAGE_PEOPLE) and may(Permission.MANAGE_SETTINGS)):
        raise Denied("denied.permission")


@blueprint.get("")
def people() -> Response:
    """Everybody with an account, whoever waits for one first."""
    return _people()


@blueprint.post("/invite")
def invite() -> Response:
    """Make a link with which one person makes themselves an account, and show it once."""

    def change(me: User) -> Response:
        role = Role.parse(request.form.get("role", ""))
        token = wiki().accounts.links.invite(role, by=me)
        return _link(token, gettext("Invite: %(role)s", role=role_label(role.value)))

    return _changed(change, _people)


@blueprint.post("/invites/revoke")
def revoke_invites() -> Response:
    """Make all invites void that nobody has used."""

    def change(me: User) -> Response:
        wiki().accounts.links.revoke_invites(by=me)
        return go(url_for("admin.people"), "done")

    return _changed(change, _people)


@blueprint.get("/people/<name>")
def person(name: str) -> Response:
    """One account, with what can be done about it."""
    return _person(_found(name))


@blueprint.post("/people/<name>/role")
def set_role(name: str) -> Response:
    """Give an account another role."""
    role = request.form.get("role", "")
    return _change(name, lambda user, me: wiki().accounts.users.set_role(user.id, Role.parse(role), by=me))


@blueprint.post("/people/<name>/approve")
def approve(name: str) -> Response:
    """Let somebody in who asked for an account, as what is chosen."""
    role = request.form.get("role", Role.EDITOR.value)
    return _change(name, lambda user, me: wiki().accounts.users.approve(user.id, Role.parse(role), by=me))


@blueprint.post("/people/<name>/reject")
def reject(name: str) -> Response:
    """Turn down somebody who asked for an account."""
    return _change(name, lambda user, me: wiki().accounts.users.reject(user.id, by=me), gone=True)


@blueprint.post("/people/<name>/disable")
def disable(name: str) -> Response:
    """Shut an account."""
    return _change(name, lambda user, me: wiki().accounts.users.disable(user.id, by=me))


@blueprint.post("/people/<name>/close")
def close(name: str) -> Response:
    """Close an account for good and take the person's name out, as they can do themselves."""
    return _change(name, lambda user, me: wiki().leave(user, by=me), gone=True)


@blueprint.post("/people/<name>/enable")
def enable(name: str) -> Response:
    """Open an account again."""
    return _change(name, lambda user, me: wiki().accounts.users.enable(user.id, by=me))


@blueprint.post("/people/<name>/trust")
def trust(name: str) -> Response:
    """Let a new account save without being looked at first."""
    return _change(name, lambda user, me: wiki().accounts.users.trust(user.id, by=me))


@blueprint.post("/people/<name>/two-factor-off")
def two_factor_off(name: str) -> Response:
    """Switch the second step off for somebody who has lost phone and codes."""
    return _change(name, lambda user, me: wiki().accounts.two_factor.disable(user, by=me))


@blueprint.post("/people/<name>/link")
def password_link(name: str) -> Response:
    """Make a link with which somebody sets a new password, and show it once."""
    user = _found(name)

    def change(me: User) -> Response:
        token = wiki().accounts.links.new_password(user, by=me)
        return _link(token, gettext("New password for %(name)s", name=user.name))

    return _changed(change, lambda error: _person(user, error))


@blueprint.get("/settings")
def settings() -> Response:
    """Every setting of the engine, without secrets, and where its value comes from."""
    origins = {"default": gettext("as shipped"), "argument": gettext("the command line")}
    rows = [
        {
            "name": item.name,
            "value": _setting(item.value),
            "meaning": gettext(item.meaning),
            "origin": origins.get(item.origin, item.origin),
            "changed": item.value != item.default,
        }
        for item in explain(wiki().config)
    ]
    return ask("admin/settings.html", {"tabs": _tabs("settings"), "rows": rows, "home": str(wiki().config.home)})


@blueprint.get("/health")
def health() -> Response:
    """Whether all is well, at a glance; `movement-wiki doctor` looks deeper."""
    labels = {
        "catalog": gettext("Lists and facts"),
        "history": gettext("Earlier versions"),
        "search": gettext("Searching"),
    }
    accounts = wiki().accounts.database.check()
    problems = [{"where": finding.problem.where, "text": describe(finding.problem)} for finding in look(wiki())]
    problems += [{"where": problem.where, "text": describe(problem)} for problem in accounts]
    context = {
        "tabs": _tabs("health"),
        "version": __version__,
        "revision": head(),
        "pages": wiki().catalog.count(),
        "derived": [{"label": labels[name], "current": stand == CURRENT} for name, stand in stands().items()],
        "wrong": problems,
    }
    return ask("admin/health.html", context)


@blueprint.get("/log")
def log() -> Response:
    """Who changed whose rights, newest first."""
    subject = request.args.get("name", "")[:80]
    entries = wiki().accounts.audit.list(ENTRIES + 1, asked_number("before"), subject or None)
    more = url_for("admin.log", before=entries[ENTRIES - 1].id, name=subject or None) if len(entries) > ENTRIES else ""
    rows = event_rows(entries[:ENTRIES])
    return ask("admin/log.html", {"tabs": _tabs("log"), "rows": rows, "more": more, "subject": subject})


def _people(error: WikiError | None = None) -> Response:
    users = wiki().accounts.users.list()
    context = {
        "tabs": _tabs("people"),
        "waiting": [user for user in users if user.state is State.PENDING],
        "known": [user for user in users if user.state is not State.PENDING],
        "roles": _roles(),
        "mode": wiki().accounts.registration.mode,
        "days": wiki().config.accounts.invite_days,
    }
    return ask("admin/people.html", context, error)


def _person(user: User, error: WikiError | None = None) -> Response:
    accounts = wiki().accounts
    context = {
        "tabs": _tabs("people"),
        "user": user,
        "roles": _roles(),
        "two_factor": accounts.two_factor.enabled(user.id),
        "sessions": len(accounts.sessions.list(user.id)),
        "tokens": len(accounts.tokens.list(user.id)),
        "entries": event_rows(accounts.audit.list(20, subject=user.name)),
        "has_changed": bool(wiki().history.recent(1, person=user.name)),
    }
    return ask("admin/person.html", context, error)


def _change(name: str, change: Callable[[User, User], object], gone: bool = False) -> Response:
    """Change something about an account, and show it again; or the list, where it is `gone` by that."""
    user = _found(name)

    def carry_out(me: User) -> Response:
        change(user, me)
        return go(url_for("admin.people") if gone else url_for("admin.person", name=user.name), "done")

    return _changed(carry_out, lambda error: _person(user, error))


def _changed(change: Callable[[User], Response], show: Callable[[WikiError], Response]) -> Response:
    try:
        check_form_token()
        require_proof()
        return change(require_person())
    except WikiError as error:
        return show(error)


def _found(name: str) -> User:
    user = wiki().accounts.users.by_name(name)
    if user is None:
        raise NotFound("user.unknown", name=name[:80])
    return user


def _link(token: str, title: str) -> Response:
    address = root_url() + url_for("accounts.link", token=token)
    days = wiki().config.accounts.invite_days
    return ask("admin/link.html", {"tabs": _tabs("people"), "address": address, "title": title, "days": days})


def _roles() -> list[dict[str, str]]:
    return [{"value": role.value, "label": role_label(role.value)} for role in Role]


def _tabs(current: str) -> list[dict[str, object]]:
    labels = {
        "people": gettext("People"),
        "settings": gettext("Settings"),
        "health": gettext("Health"),
        "log": gettext("Log"),
    }
    return [
        {"label": label, "url": url_for(f"admin.{name}"), "current": name == current} for name, label in labels.items()
    ]


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)
