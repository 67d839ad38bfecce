"""Who gets what at every address: a row for each endpoint and method, a column for each role. And a look changes nothing."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from tests.web.conftest import PASSWORD, Browser, Site
from wiki import background
from wiki.accounts.roles import Role
from wiki.resources import folder

ROLES = {"stranger": "", "contributor": "chris", "editor": "ben", "maintainer": "ana", "admin": "ada"}
SIGNAL = "communications/signal"
OTHER = "tips/first-hour-of-safety"

# What the five roles get, in the order of ROLES.
ALL = "200 200 200 200 200"
SEEN = "401 403 200 200 200"  # editors and up
KEPT = "401 403 403 200 200"  # maintainers and up
ADMIN = "401 403 403 403 200"
OWN = "401 200 200 200 200"  # whoever is signed in
DONE = "303 303 303 303 303"
OWN_DONE = "401 303 303 303 303"
EDITED = "401 403 303 303 303"
KEPT_DONE = "401 403 403 303 303"
ADMIN_DONE = "401 403 403 403 303"
WRONG = "422 422 422 422 422"
OWN_WRONG = "401 422 422 422 422"
NO_COOKIE = "401 401 401 401 401"  # tokens only; what they may is in test_api
NO_JSON = "415 415 415 415 415"

# The answer to a GET of each endpoint, and to a POST of its form, filled in as `forms` says.
GET = {
    "accounts.account": OWN,
    "accounts.ask_code": DONE,
    "accounts.ask_sign_out": ALL,
    "accounts.change_password": DONE,
    "accounts.link": ALL,
    "accounts.register": ALL,
    "accounts.sign_in": "200 303 303 303 303",
    "admin.health": ADMIN,
    "admin.log": ADMIN,
    "admin.people": ADMIN,
    "admin.person": ADMIN,
    "admin.settings": ADMIN,
    "amending.choose": DONE,
    "amending.edit": ALL,
    "api.attention": ALL,
    "api.attention_list": ALL,
    "api.categories": ALL,
    "api.compare_tools": ALL,
    "api.description": ALL,
    "api.difference": ALL,
    "api.files": ALL,
    "api.find": ALL,
    "api.functions": ALL,
    "api.glossary": ALL,
    "api.kinds": ALL,
    "api.links_to": ALL,
    "api.list_pages": ALL,
    "api.list_suggestions": NO_COOKIE,
    "api.me": NO_COOKIE,
    "api.open_suggestion": ALL,
    "api.page_history": ALL,
    "api.read_page": ALL,
    "api.recent": ALL,
    "api.show_suggestion": "404 404 404 404 404",
    "api.site": ALL,
    "api.tags": ALL,
    "api.titles": ALL,
    "attachments.detach": SEEN,
    "attachments.form": SEEN,
    "attention.list": ALL,
    "attention.overview": ALL,
    "browse.all": ALL,
    "browse.function": ALL,
    "browse.functions": ALL,
    "browse.links_to": ALL,
    "browse.tag": ALL,
    "browse.tags": ALL,
    "compare.tools": ALL,
    "design.index": "404 404 404 404 404",
    "drafts.find": "401 204 204 204 204",
    "editing.edit": ALL,
    "editing.new": ALL,
    "export.data": ALL,
    "export.everything": ALL,
    "export.table": ALL,
    "feeds.category": ALL,
    "feeds.site": ALL,
    "feeds.toolkit": ALL,
    "git.clone": ALL,
    "glossary.index": ALL,
    "history.blame": ALL,
    "history.diff": ALL,
    "history.page": ALL,
    "history.take_back": SEEN,
    "imports.start": ALL,
    "leaving.data": OWN,
    "maintaining.delete": KEPT,
    "maintaining.move": KEPT,
    "maintaining.protect": KEPT,
    "health.show": ALL,
    "meta.favicon": "302 302 302 302 302",
    "meta.manifest": ALL,
    "health.metrics": ALL,
    "meta.opensearch": ALL,
    "meta.robots": ALL,
    "meta.security_txt": "404 404 404 404 404",
    "meta.sitemap": ALL,
    "pages.home": ALL,
    "pages.show": ALL,
    "recent.changes": ALL,
    "recent.person": ALL,
    "review.queue": KEPT,
    "review.show": KEPT,
    "search.results": ALL,
    "search.suggest": ALL,
    "static.file": ALL,
    "statistics.numbers": ALL,
    "statistics.random": "302 302 302 302 302",
    "suggesting.follow": ALL,
    "theme.css": ALL,
    "offline.show": ALL,
    "offline.worker": ALL,
    "toolkits.add": ALL,
    "toolkits.index": ALL,
    "toolkits.qr": ALL,
    "toolkits.sheet": ALL,
}
POST = {
    "account.confirm_two_factor": "401 409 409 409 409",
    "account.create_token": OWN_WRONG,
    "account.discard_draft": OWN_DONE,
    "account.end_session": OWN_DONE,
    "account.end_sessions": OWN_DONE,
    "account.password": OWN_WRONG,
    "account.profile": OWN_WRONG,
    "account.recovery_codes": OWN_WRONG,
    "account.revoke_token": "401 404 404 404 404",
    "account.two_factor": OWN_WRONG,
    "account.two_factor_off": OWN_WRONG,
    "accounts.check_code": "401 403 403 403 403",
    "accounts.create_account": WRONG,
    "accounts.sign_out": DONE,
    "accounts.start_by_passkey": "401 403 403 403 403",
    "accounts.start_session": "401 403 403 403 403",
    "accounts.use_link": WRONG,
    "admin.approve": ADMIN_DONE,
    "admin.close": ADMIN_DONE,
    "admin.disable": ADMIN_DONE,
    "admin.enable": ADMIN_DONE,
    "admin.invite": "401 403 403 403 422",
    "admin.password_link": ADMIN,
    "admin.reject": ADMIN_DONE,
    "admin.revoke_invites": ADMIN_DONE,
    "admin.set_role": ADMIN_DONE,
    "admin.trust": ADMIN_DONE,
    "admin.two_factor_off": ADMIN_DONE,
    "amending.amend": WRONG,
    "api.attach_file": NO_COOKIE,
    "api.create_page": NO_COOKIE,
    "api.decide_suggestion": NO_COOKIE,
    "api.move_page": NO_COOKIE,
    "api.suggest": NO_JSON,
    "api.talk_about_suggestion": NO_JSON,
    "api.verify_page": NO_COOKIE,
    "api.withdraw_suggestion": NO_JSON,
    "attachments.attach": "401 403 422 422 422",
    # Whoever comes after it was removed finds it gone.
    "attachments.detach": "401 403 303 404 404",
    "browse.merge": "401 403 403 422 422",
    "editing.create": WRONG,
    "drafts.keep": "401 204 204 204 204",
    "editing.preview": ALL,
    "editing.resolve": "422 422 303 303 303",
    "editing.save": "422 422 303 303 303",
    "editing.verify": EDITED,
    "history.take_back": EDITED,
    "imports.confirm": WRONG,
    "imports.start": WRONG,
    "leaving.close": OWN_WRONG,
    "maintaining.delete": KEPT_DONE,
    "maintaining.move": "401 403 403 422 422",
    "maintaining.protect": KEPT_DONE,
    "maintaining.take_back": "401 403 403 422 422",
    "passkeys.add": "401 422 422 422 422",
    "passkeys.remove": "401 404 404 404 404",
    "passkeys.second_step": OWN_WRONG,
    "passkeys.start": OWN_WRONG,
    "review.decide": "401 403 403 422 422",
    "review.decline_ticked": "401 403 403 422 422",
    "suggesting.act": WRONG,
    "toolkits.keep": WRONG,
}
# What a form needs to be more than empty; the right to send an empty one shows in its being found wrong (422).
FORMS = {
    "admin.set_role": {"role": "editor"},
    "maintaining.move": {"to": ""},
    "toolkits.keep": {"page": SIGNAL},
}
# These change nothing that is kept, or only what the person alone sees.
TOKENLESS = {"editing.preview"}


class Rights(Site):
    """The story wiki with a suggestion, somebody who waits for an account, and an invite."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        accounts = self.wiki.accounts
        for name in filter(None, ROLES.values()):
            self.person(name)
        for name in ("dora", "gustav"):
            accounts.users.add(name, Role.EDITOR)
        for name in ("emil", "fanny"):
            accounts.registration.request(name, PASSWORD)
        self.invite = accounts.links.invite(Role.EDITOR)
        self.first = self.suggest(self.browser())

    def suggest(self, browser: Browser) -> str:
        """The private address of a new suggestion."""
        fields = browser.edit(SIGNAL, body="Words by the river.\n", message="Say it simply")
        self.clock.advance(seconds=30)
        return browser.post(f"/-/edit/{SIGNAL}", fields).headers["Location"].partition("?")[0]

    def address(self, rule: Rule, role: str = "") -> str:
        """An address of an endpoint under which there is something; `role` has pages of its own to delete."""
        values: dict[str, Any] = {"path": SIGNAL, "name": "dora", "number": 1, "slug": "team-chat", "tag": "chat"}
        values |= {
            "key": self.first.rpartition("/")[2],
            "token": self.invite,
            "token_id": 1,
            "session_id": 999,
            "key_id": 1,
        }
        values |= {"list": "stale", "key_id": 1, "file": f"{SIGNAL}/groups.png"}
        values["name"] = {
            "attention.list": "stale",
            "feeds.category": "communications",
            "pages.show": SIGNAL,
            "recent.person": "ben",
            "maintaining.take_back": "ben",
            "admin.approve": "emil",
            "admin.reject": "fanny",
            "admin.close": "gustav",
            "static.file": next(iter(json.loads((folder("static") / "built" / "manifest.json").read_text()).values())),
        }.get(rule.endpoint, "dora")
        if rule.endpoint == "maintaining.delete":
            values["path"] = {"maintainer": "glossary/gotv", "admin": "field/spoke"}.get(role, SIGNAL)
        if rule.endpoint in ("feeds.toolkit", "toolkits.sheet"):
            values["path"] = "toolkits/first-meeting"
        address = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
        head = self.head()
        return address + {
            "amending.choose": f"?path={OTHER}",
            "drafts.find": f"?path={SIGNAL}",
            "history.take_back": f"?commit={head}",
            "search.results": "?q=signal",
            "api.find": "?q=signal",
            "api.titles": "?q=signal",
            "api.compare_tools": f"?page={SIGNAL}&page=field/spoke",
            "toolkits.add": f"?page={SIGNAL}",
            "toolkits.qr": f"?path={SIGNAL}",
        }.get(rule.endpoint, "")


@pytest.fixture(scope="module")
def rights(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rights]:
    home = Path(shutil.copytree(ready_home, tmp_path_factory.mktemp("rights") / "home", symlinks=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "start", lambda wiki: None)
        found = Rights(home)
        yield found
        found.wiki.close()


def state(site: Site) -> tuple[dict[str, str], list[str]]:
    """All refs with what they stand at, and all that the accounts hold."""
    with sqlite3.connect(site.wiki.config.instance_dir / "accounts.sqlite3") as accounts:
        return site.wiki.repository.refs("refs/"), list(accounts.iterdump())


def rules(site: Site, method: str) -> list[Rule]:
    found = [rule for rule in site.app.url_map.iter_rules() if method in (rule.methods or ())]
    return sorted(found, key=lambda rule: rule.endpoint)


def compared(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    return [
        f"{endpoint}: {found.get(endpoint, 'no such address')} instead of {expected.get(endpoint, 'a row in the table')}"
        for endpoint in sorted(expected.keys() | found.keys())
        if expected.get(endpoint) != found.get(endpoint)
    ]


def test_every_address_answers_each_role_as_the_table_says_and_no_look_changes_anything(rights: Rights) -> None:
    browsers = [rights.browser(user) for user in ROLES.values()]
    before = state(rights)
    found = {}
    for rule in rules(rights, "GET"):
        address = rights.address(rule)
        found[rule.endpoint] = " ".join(str(browser.client.get(address).status_code) for browser in browsers)
        assert state(rights) == before, f"GET {address} changed something"
    assert compared(GET, found) == []


def test_every_change_is_for_the_roles_that_the_table_says(rights: Rights) -> None:
    browsers = {role: rights.browser(user) for role, user in ROLES.items()}
    tokens = {role: browser.token() for role, browser in browsers.items()}
    found = {}
    # Signing out comes last: it ends the sessions of the others.
    for rule in sorted(rules(rights, "POST"), key=lambda rule: rule.endpoint == "accounts.sign_out"):
        answers = []
        for role, browser in browsers.items():
            form = {"csrf_token": tokens[role], **FORMS.get(rule.endpoint, {})}
            before = rights.wiki.repository.refs("refs/")
            answer = browser.client.post(rights.address(rule, role), data=form).status_code
            answers.append(str(answer))
            assert answer == 303 or rights.wiki.repository.refs("refs/") == before, f"{rule.endpoint} as {role}"
        found[rule.endpoint] = " ".join(answers)
    assert compared(POST, found) == []


def test_a_stranger_who_may_not_is_asked_to_sign_in_even_without_the_token_of_a_form(rights: Rights) -> None:
    stranger = rights.browser("")
    found = {
        rule.endpoint: f"{stranger.client.post(rights.address(rule)).status_code}"
        for rule in rules(rights, "POST")
        if POST[rule.endpoint].startswith("401") and not rule.endpoint.startswith("accounts.")
    }
    assert compared(dict.fromkeys(found, "401"), found) == []


def test_no_change_is_taken_from_another_site_or_without_the_token_of_a_form(rights: Rights) -> None:
    admin = rights.browser("ada")
    before = state(rights)
    for rule in rules(rights, "POST"):
        address = rights.address(rule)
        for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert admin.client.post(address, headers=headers).status_code == 403, address
        if rule.endpoint not in TOKENLESS:
            status = admin.client.post(address, data=FORMS.get(rule.endpoint, {})).status_code
            refused = (401, 415) if rule.endpoint.startswith("api.") else (200, 404, 410, 422)
            assert status in refused, f"{address}: {status}"
    assert state(rights) == before


def test_whoever_lost_the_role_lost_its_rights_at_the_next_request(rights: Rights) -> None:
    admin, users = rights.browser("ada"), rights.wiki.accounts.users
    assert admin.client.get("/-/admin").status_code == 200
    users.add("greta", Role.ADMIN)
    users.set_role(rights.person("ada").id, Role.EDITOR)
    assert admin.client.get("/-/admin").status_code == 403
