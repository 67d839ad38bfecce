"""Whoever only holds somebody's session gives nobody power and takes away no safety: that asks once more who it is."""

from __future__ import annotations

import re
from html import unescape

import pyotp
import pytest

from tests.accounts.authenticator import Device
from tests.web.conftest import PASSWORD, Browser, Site, form_fields
from tests.web.test_admin import CHANGES
from wiki.accounts.links import Purpose
from wiki.accounts.roles import Role
from wiki.accounts.user import User
from wiki.web.page_cache import SESSION_COOKIE

ORIGIN = "http://localhost"


@pytest.fixture
def ida(site: Site) -> User:
    """An administrator with a password."""
    site.wiki.accounts.users.add("rosa", Role.EDITOR, password=PASSWORD)
    return site.wiki.accounts.users.add("ida", Role.ADMIN, password=PASSWORD)


def signed_in(site: Site, user: User) -> Browser:
    browser = site.browser()
    browser.client.set_cookie(SESSION_COOKIE, site.wiki.accounts.sign_in.start(user).token)
    return browser


def left_open(site: Site, user: User) -> Browser:
    """A browser in which somebody signed in half an hour ago."""
    browser = signed_in(site, user)
    site.clock.advance(minutes=30)
    return browser


def invited(html: str) -> str:
    found = re.search(r"/-/link/([\w-]+)", html)
    assert found
    return found[1]


def test_half_an_hour_after_signing_in_every_such_form_asks_once_more_and_does_nothing_before(
    site: Site, ida: User
) -> None:
    browser = left_open(site, ida)
    before = site.wiki.accounts.audit.list(1), site.head()
    token = browser.token()
    settings = browser.form("/-/edit/_wiki/site.yml", 'name="base"')
    asked = [(address, {"csrf_token": token, "role": "admin"}) for address in CHANGES] + [
        ("/-/account/passkeys/1/remove", {"csrf_token": token}),
        ("/-/protect/communications/signal", {"csrf_token": token, "role": "admin"}),
        ("/-/delete/_wiki/site.yml", {"csrf_token": token}),
        ("/-/edit/_wiki/site.yml", {**settings, "source": "name: Ours now\nedit_policy: suggest\n", "do": "save"}),
    ]
    for address, fields in asked:
        form = form_fields(browser.post(address, fields, 403).text, "proof_password")
        assert {name: form[name] for name in fields if name != "csrf_token"} == {
            name: value if isinstance(value, list) else [value]
            for name, value in fields.items()
            if name != "csrf_token"
        }
    assert (site.wiki.accounts.audit.list(1), site.head()) == before
    # What can be taken back is as it was.
    browser.post("/-/edit/communications/signal", browser.edit("communications/signal", body="Shorter.", do="save"))


def test_with_the_password_it_goes_on_with_what_was_typed_and_asks_no_more(site: Site, ida: User) -> None:
    browser = left_open(site, ida)
    thief = site.browser()
    cookie = browser.client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    thief.client.set_cookie(SESSION_COOKIE, cookie.value)
    fields = {"csrf_token": browser.token(), "role": "maintainer"}
    form = form_fields(browser.post("/-/admin/invite", fields, 403).text, "proof_password")
    wrong = browser.post("/-/admin/invite", {**form, "proof_password": "no idea"}, 422)
    assert "not your password" in wrong.text
    form = form_fields(wrong.text, "proof_password")
    done = browser.post("/-/admin/invite", {**form, "proof_password": PASSWORD}, 200)
    link = site.wiki.accounts.links.find(invited(done.text))
    assert (link.purpose, link.role) == (Purpose.INVITE, Role.MAINTAINER)
    # Forms that were open all the while are good still, and nothing more is asked.
    browser.post("/-/admin/people/rosa/disable", fields)
    # Whoever has a copy of the cookie of before gets nothing by it, and is out soon.
    thief.post("/-/admin/invite", fields, 403)
    site.clock.advance(seconds=31)
    thief.post("/-/admin/invite", fields, 401)
    site.clock.advance(minutes=30)
    browser.post("/-/admin/invite", {**fields, "csrf_token": browser.token()}, 403)


def test_guessing_the_password_there_comes_to_an_end_and_a_foreign_form_is_not_asked_about(
    site: Site, ida: User
) -> None:
    browser = left_open(site, ida)
    assert "proof_password" not in browser.post("/-/admin/invite", {"role": "admin"}, 422).text
    fields = {"csrf_token": browser.token(), "role": "admin", "proof_password": "guess"}
    answers = [browser.client.post("/-/admin/invite", data=fields).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    browser.post("/-/admin/invite", {**fields, "proof_password": PASSWORD}, 429)


def test_who_has_a_second_factor_shows_it_too_or_a_passkey_alone(site: Site, ida: User) -> None:
    accounts = site.wiki.accounts
    app = pyotp.TOTP(accounts.two_factor.start(ida, "Wiki").secret)
    codes = accounts.two_factor.confirm(ida, app.at(site.clock.now))
    ida = accounts.users.get(ida.id)
    for recovery in ("", codes[0]):
        browser = left_open(site, ida)
        fields = {"csrf_token": browser.token(), "role": "editor", "proof_password": PASSWORD}
        asked = browser.post("/-/admin/invite", fields, 422)
        assert "proof_code" in form_fields(asked.text, "proof_password")
        code = recovery or app.at(site.clock.now)
        assert invited(browser.post("/-/admin/invite", {**fields, "proof_code": code}, 200).text)

    device, browser = Device(), signed_in(site, ida)
    made = browser.post("/-/account/passkeys", {"csrf_token": browser.token(), "passkey_label": "a key",
                                               "passkeys_password": PASSWORD}, 200)  # fmt: skip
    options = re.search(r'data-passkey="([^"]+)"', made.text)
    assert options
    fields = form_fields(made.text, "credential")
    browser.post("/-/account/passkeys/add", {**fields, "credential": device.make(unescape(options[1]), ORIGIN)})
    site.clock.advance(minutes=30)
    asked = browser.post("/-/account/passkeys/1/remove", {"csrf_token": browser.token()}, 403)
    options = re.search(r'data-passkey="([^"]+)"', asked.text)
    assert options
    answer = device.sign(unescape(options[1]), ORIGIN)
    fields = {"csrf_token": browser.token(), "role": "editor", "credential": answer}
    assert invited(browser.post("/-/admin/invite", fields, 200).text)
    # Each answer is good once.
    site.clock.advance(minutes=4, seconds=59)
    again = left_open(site, ida)
    again.post("/-/admin/invite", {**fields, "csrf_token": again.token()}, 403)


@pytest.mark.parametrize(
    ("address", "field", "more"),
    [
        ("/-/account/tokens", "tokens_password", {"label": "a program", "scopes": "read"}),
        ("/-/account/two-factor/off", "two_factor_password", {}),
        ("/-/account/two-factor/codes", "two_factor_password", {}),
        ("/-/account/password", "current_password", {"new_password": "another long pass phrase"}),
        ("/-/account/close", "close_password", {"sure": "yes"}),
    ],
)
def test_a_password_and_a_browser_left_open_do_not_get_round_the_second_factor(
    site: Site, ida: User, address: str, field: str, more: dict[str, str]
) -> None:
    accounts = site.wiki.accounts
    accounts.users.add("iris", Role.ADMIN, password=PASSWORD)
    app = pyotp.TOTP(accounts.two_factor.start(ida, "Wiki").secret)
    accounts.two_factor.confirm(ida, app.at(site.clock.now))
    ida = accounts.users.get(ida.id)
    browser = left_open(site, ida)
    before = accounts.audit.list(1)
    asked = browser.post(address, {"csrf_token": browser.token(), field: PASSWORD, **more}, 403)
    assert PASSWORD not in asked.text
    form = form_fields(asked.text, "proof_password")
    browser.post(address, {**form, "proof_password": PASSWORD, "proof_code": "guess"}, 422)
    assert accounts.audit.list(1) == before
    browser.client.post(address, data={**form, "proof_password": PASSWORD, "proof_code": app.at(site.clock.now)})
    assert accounts.audit.list(1) != before


def test_codes_of_an_app_half_set_up_are_not_guessed(site: Site, ida: User) -> None:
    app = pyotp.TOTP(site.wiki.accounts.two_factor.start(ida, "Wiki").secret)
    thief = signed_in(site, ida)
    fields = {"csrf_token": thief.token(), "code": "guess"}
    answers = {thief.client.post("/-/account/two-factor/confirm", data=fields).status_code for _ in range(20)}
    assert answers == {422}
    thief.post("/-/account/two-factor/confirm", {**fields, "code": app.at(site.clock.now)}, 429)
