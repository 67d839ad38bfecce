"""Where a second factor is asked of whoever may do much: nothing but setting it up is there without, by any way in."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from tests.accounts.authenticator import Device
from tests.web.conftest import PASSWORD, Browser, Site, form_fields
from wiki.accounts.roles import Role
from wiki.accounts.tokens import Scope
from wiki.accounts.user import User
from wiki.cli.command import main
from wiki.web.page_cache import SESSION_COOKIE

PAGE = "communications/signal"
# What is there for everybody, whoever asks, and what setting up takes.
OPEN = {"static.file", "theme.css", "meta.manifest", "offline.worker", "health.show", "meta.robots"}
SETTING_UP = {"accounts.account", "accounts.ask_sign_out", "accounts.sign_out", "account.two_factor",
              "account.confirm_two_factor", "passkeys.start", "passkeys.add", "passkeys.second_step"}  # fmt: skip


@pytest.fixture(params=["maintainers"])
def site(request: pytest.FixtureRequest, story_home: Path) -> Iterator[Site]:
    """The story wiki that asks a second factor of its maintainers."""
    (story_home / "instance").mkdir(exist_ok=True)
    (story_home / "instance" / "wiki.toml").write_text(f'[accounts]\nsecond_factor = "{request.param}"\n')
    found = Site(story_home)
    yield found
    found.wiki.close()


@pytest.fixture
def mara(site: Site) -> User:
    """A maintainer with nothing but a password."""
    return site.wiki.accounts.users.add("mara", Role.MAINTAINER, password=PASSWORD)


def signed_in(site: Site, name: str = "mara") -> Browser:
    browser = site.browser()
    browser.post("/-/login", {**browser.form("/-/login", "password"), "name": name, "password": PASSWORD})
    return browser


def with_app(site: Site, browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an authenticator app by the forms, as a browser without scripts does; the app and the recovery codes."""
    asked = browser.post("/-/account/two-factor", {**browser.form("/-/account", "two_factor_password"),
                                                  "two_factor_password": PASSWORD}, 200)  # fmt: skip
    app = pyotp.TOTP(str(form_fields(asked.text, "secret")["secret"][0]))
    wrong = browser.post("/-/account/two-factor/confirm", {**form_fields(asked.text, "secret"), "code": "000000"}, 422)
    done = browser.post("/-/account/two-factor/confirm",
                        {**form_fields(wrong.text, "secret"), "code": app.at(site.clock.now)}, 200)  # fmt: skip
    return app, re.findall(r"<li><code>([\w-]+)</code>", done.text)


def test_whoever_has_none_reaches_nothing_but_the_way_to_set_it_up(site: Site, mara: User) -> None:
    """Every address that the application knows, by every method, and those that it does not know."""
    browser = signed_in(site)
    refs = site.wiki.repository.refs("refs/")
    reached = set()
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            continue
        address = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: "1" if found[1].endswith("id") else PAGE, rule.rule)
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            answer = browser.client.open(address, method=method)
            refused = answer.status_code == 403 or answer.headers.get("Location") == "/-/account"
            if not refused or rule.endpoint in SETTING_UP:
                reached.add(rule.endpoint)
            if rule.endpoint == "accounts.sign_out" and method == "POST":
                assert "Signal" not in answer.text
    assert reached - OPEN == SETTING_UP
    browser.get("/nothing-here", 303)
    browser.get(f"/{PAGE}.json", 403)
    assert site.wiki.repository.refs("refs/") == refs
    assert "second step" in browser.get("/-/account").text
    # It is about the account: the same person reads as a stranger does once signed out.
    browser.post("/-/logout", browser.form("/-/account", "/-/logout"))
    browser.get(f"/{PAGE}")


def test_an_app_opens_the_rest_and_signs_out_whoever_came_by_the_password_alone(site: Site, mara: User) -> None:
    thief, browser = signed_in(site), signed_in(site)
    before = browser.client.get_cookie(SESSION_COOKIE)
    app, codes = with_app(site, browser)
    assert len(codes) == 10
    browser.get("/-/review")
    after = browser.client.get_cookie(SESSION_COOKIE)
    assert before is not None and after is not None and before.value != after.value
    thief.get("/-/account", 401)
    site.clock.advance(seconds=60)
    # From now on the password alone opens nothing.
    again = site.browser()
    asked = again.post("/-/login", {**again.form("/-/login", "password"), "name": "mara", "password": PASSWORD}, 200)
    assert "Set-Cookie" not in asked.headers
    again.post("/-/login/code", {**form_fields(asked.text, "pending"), "code": app.at(site.clock.now)})
    again.get("/-/review")
    # Switched off, it is asked for again at the next request.
    again.post("/-/account/two-factor/off", {**again.form("/-/account", "two_factor_password"),
                                            "two_factor_password": PASSWORD})  # fmt: skip
    assert again.get("/-/review", 303).location == "/-/account"


def test_a_passkey_is_as_good_and_stays_asked_for(site: Site, mara: User) -> None:
    device, browser = Device(), signed_in(site)
    fields = {**browser.form("/-/account", "passkey_label"), "passkey_label": "a key", "passkeys_password": PASSWORD}
    asked = browser.post("/-/account/passkeys", fields, 200)
    options = re.search(r'data-passkey="([^"]+)"', asked.text)
    assert options
    answer = device.make(options[1].replace("&#34;", '"').replace("&amp;", "&"), "http://localhost")
    made = browser.post("/-/account/passkeys/add", {**form_fields(asked.text, "credential"), "credential": answer}, 200)
    assert len(re.findall(r"<li><code>", made.text)) == 10
    browser.get("/-/review")
    again = site.browser()
    asked = again.post("/-/login", {**again.form("/-/login", "password"), "name": "mara", "password": PASSWORD}, 200)
    assert "data-passkey" in asked.text and "Set-Cookie" not in asked.headers
    # With the last passkey goes the second factor, and with that all else.
    browser.post("/-/account/passkeys/1/remove", {"csrf_token": browser.token()})
    assert browser.get("/-/review", 303).location == "/-/account"


def test_no_passkey_is_none_however_often_it_is_said(site: Site, mara: User) -> None:
    browser = signed_in(site)
    fields = {**browser.form("/-/account", "two_factor_password"), "two_factor_password": PASSWORD}
    browser.post("/-/account/two-factor/passkeys", fields, 409)
    assert browser.get("/-/review", 303).location == "/-/account"


def test_programs_of_that_account_get_nothing_either_until_it_is_set_up(site: Site, mara: User) -> None:
    token, _ = site.wiki.accounts.tokens.create(mara, "all of it", set(Scope))
    bearer = {"Authorization": f"Bearer {token}"}
    basic = {"Authorization": "Basic " + base64.b64encode(f"mara:{token}".encode()).decode()}
    client = site.app.test_client(use_cookies=False)

    def answers() -> list[int]:
        return [
            client.get(f"/-/api/v1/pages/{PAGE}", headers=bearer).status_code,
            client.get("/-/api/v1/me", headers=bearer).status_code,
            client.get("/-/content.git/info/refs?service=git-upload-pack", headers=basic).status_code,
            client.get("/-/content.git/info/refs?service=git-receive-pack", headers=basic).status_code,
        ]

    assert answers() == [403] * 4
    said = client.get("/-/api/v1/me", headers=bearer).json
    assert said["code"] == "denied.second_factor" and "second step" in said["detail"]
    assert "second step" in client.get("/-/content.git/info/refs?service=git-receive-pack", headers=basic).text
    with_app(site, signed_in(site))
    assert answers() == [200] * 4


def test_who_becomes_a_maintainer_is_asked_at_the_next_request_and_editors_never(site: Site) -> None:
    ben = site.browser("ben")
    ben.get(f"/-/edit/{PAGE}")
    site.wiki.accounts.users.set_role(site.person("ben").id, Role.MAINTAINER)
    assert ben.get(f"/-/edit/{PAGE}", 303).location == "/-/account"
    assert ben.client.post(f"/-/edit/{PAGE}", data={"csrf_token": "x"}).status_code == 403


@pytest.mark.parametrize("site", ["admins"], indirect=True)
def test_where_it_is_asked_of_administrators_alone_maintainers_go_on_without(site: Site, mara: User) -> None:
    signed_in(site).get("/-/review")
    assert site.browser("ada").get("/-/review", 303).location == "/-/account"


def test_the_last_administrator_who_lost_phone_and_codes_gets_in_again(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command line, which is the owner's; and the very first one by the link that the server prints."""
    first = site.browser()
    address = f"/-/link/{site.wiki.accounts.links.first_admin()}"
    first.post(address, {**first.form(address, "password"), "name": "ines", "password": PASSWORD})
    with_app(site, first)
    first.get("/-/admin")
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--home", str(site.wiki.config.home), "user", "two-factor-off", "ines"])
    assert "sets it up anew" in capsys.readouterr().out
    again = signed_in(site, "ines")
    assert again.get("/-/admin", 303).location == "/-/account"
    site.clock.advance(seconds=60)
    with_app(site, again)
    again.get("/-/admin")
