"""Administration in the browser: who gets in, what can be done about people, and what is shown about the wiki."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import Browser, Site
from wiki.accounts.roles import Role
from wiki.accounts.user import State, User

PASSWORD = "a long walk by the river"
LOOKS = ["/-/admin", "/-/admin/people/rosa", "/-/admin/settings", "/-/admin/health", "/-/admin/log"]
CHANGES = [
    "/-/admin/invite", "/-/admin/invites/revoke", "/-/admin/people/rosa/role", "/-/admin/people/rosa/approve",
    "/-/admin/people/rosa/reject", "/-/admin/people/rosa/disable", "/-/admin/people/rosa/enable",
    "/-/admin/people/rosa/trust", "/-/admin/people/rosa/two-factor-off", "/-/admin/people/rosa/link",
    "/-/admin/people/rosa/close",
]  # fmt: skip
EXPECTED = {"": 401, "chris": 403, "ben": 403, "ana": 403}


@pytest.fixture
def ada(site: Site) -> Browser:
    """An administrator's browser."""
    return site.browser("ada")


@pytest.fixture
def rosa(site: Site) -> User:
    return site.wiki.accounts.users.add("rosa", Role.EDITOR, password=PASSWORD, display_name="Rosa")


@pytest.fixture
def maria(site: Site) -> User:
    """Somebody who waits to be let in."""
    return site.wiki.accounts.registration.request("maria", PASSWORD, "<b>I text</b> for the union.", address="::1")


def act(browser: Browser, address: str, status: int = 303, **fields: str) -> str:
    return browser.post(address, {"csrf_token": browser.token(), **fields}, status).text


def of(site: Site, user: User) -> User:
    return site.wiki.accounts.users.get(user.id)


@pytest.mark.parametrize("name", EXPECTED)
def test_only_administrators_get_in(site: Site, rosa: User, name: str) -> None:
    browser = site.browser(name)
    for address in LOOKS:
        browser.get(address, EXPECTED[name])
    token = browser.token()
    for address in CHANGES:
        browser.post(address, {"csrf_token": token, "role": "admin"}, EXPECTED[name])
    assert of(site, rosa) == rosa


def test_every_address_of_administration_is_in_the_table_above(site: Site) -> None:
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]
    listed = {address.replace("rosa", "<name>") for address in LOOKS + CHANGES}
    assert {rule.rule for rule in rules} == listed


def test_an_administrator_sees_all_of_it(ada: Browser, rosa: User, maria: User) -> None:
    for address in LOOKS:
        assert "no-store" in ada.get(address).headers["Cache-Control"]


@pytest.mark.parametrize("address", CHANGES)
def test_no_change_without_the_token_of_the_form(site: Site, ada: Browser, rosa: User, address: str) -> None:
    assert "press the button again" in ada.post(address, {"role": "admin"}, 422).text
    assert of(site, rosa) == rosa
    assert ada.client.get(address).status_code in (404, 405)


def test_who_waits_is_let_in_as_what_the_administrator_says(site: Site, ada: Browser, maria: User) -> None:
    page = ada.get("/-/admin").text
    assert "&lt;b&gt;I text&lt;/b&gt; for the union." in page
    act(ada, "/-/admin/people/maria/approve", role="contributor")
    found = of(site, maria)
    assert (found.state, found.role, found.note) == (State.ACTIVE, Role.CONTRIBUTOR, "")
    assert "decided about this account already" in act(ada, "/-/admin/people/maria/approve", 409)


def test_who_is_turned_down_is_forgotten(site: Site, ada: Browser, maria: User) -> None:
    act(ada, "/-/admin/people/maria/reject")
    assert site.wiki.accounts.users.by_name("maria") is None
    ada.get("/-/admin/people/maria", 404)


def test_a_role_is_given(site: Site, ada: Browser, rosa: User) -> None:
    act(ada, "/-/admin/people/rosa/role", role="maintainer")
    assert of(site, rosa).role is Role.MAINTAINER
    assert "is not a role" in act(ada, "/-/admin/people/rosa/role", 422, role="emperor")


def test_the_only_administrator_stays_one(site: Site, ada: Browser) -> None:
    assert "the only administrator" in act(ada, "/-/admin/people/ada/role", 409, role="editor")
    assert "the only administrator" in act(ada, "/-/admin/people/ada/disable", 409)
    ada.get("/-/admin")


def test_an_account_is_shut_and_opened_again(site: Site, ada: Browser, rosa: User) -> None:
    act(ada, "/-/admin/people/rosa/disable")
    assert of(site, rosa).state is State.DISABLED
    assert "Open the account again" in ada.get("/-/admin/people/rosa").text
    act(ada, "/-/admin/people/rosa/enable")
    assert of(site, rosa).state is State.ACTIVE


def test_an_invite_is_shown_once_and_works(site: Site, ada: Browser) -> None:
    page = act(ada, "/-/admin/invite", 200, role="maintainer")
    found = re.search(r"http://localhost(/-/link/[\w-]+)", page)
    assert found
    assert found[1] not in ada.get("/-/admin").text
    assert "Maintainer" in site.browser().get(found[1]).text


def test_open_invites_can_be_made_void(site: Site, ada: Browser) -> None:
    token = site.wiki.accounts.links.invite(Role.EDITOR)
    act(ada, "/-/admin/invites/revoke")
    site.browser().get(f"/-/link/{token}", 410)


def test_a_link_for_a_new_password_is_made_for_one_account(site: Site, ada: Browser, rosa: User) -> None:
    page = act(ada, "/-/admin/people/rosa/link", 200)
    found = re.search(r"http://localhost(/-/link/[\w-]+)", page)
    assert found
    assert "rosa" in site.browser().get(found[1]).text


def test_the_second_step_is_switched_off_for_who_lost_everything(site: Site, ada: Browser, rosa: User) -> None:
    import pyotp

    two_factor = site.wiki.accounts.two_factor
    two_factor.confirm(rosa, pyotp.TOTP(two_factor.start(rosa, "Wiki").secret).at(site.clock.now))
    act(ada, "/-/admin/people/rosa/two-factor-off")
    assert not two_factor.enabled(rosa.id)


def test_names_are_shown_as_text(site: Site, ada: Browser) -> None:
    site.wiki.accounts.users.add("tom", Role.EDITOR, display_name="Tom & 'co' \"x\"")
    for address in ("/-/admin", "/-/admin/people/tom"):
        assert "Tom &amp; &#39;co&#39; &#34;x&#34;" in ada.get(address).text


def test_settings_are_shown_with_where_they_come_from_and_without_secrets(site: Site, ada: Browser) -> None:
    page = ada.get("/-/admin/settings").text
    assert "accounts.sign_up" in page and "as shipped" in page
    assert site.wiki.secret.hex() not in page


def test_health_says_what_is_wrong_in_plain_words(site: Site, ada: Browser) -> None:
    assert "All is well" in ada.get("/-/admin/health").text
    site.wiki.config.instance_dir.joinpath("secret.key").chmod(0o644)
    assert "Others on this machine can read the key" in ada.get("/-/admin/health").text


def test_the_log_tells_who_did_what_to_whom(site: Site, ada: Browser, rosa: User) -> None:
    act(ada, "/-/admin/people/rosa/role", role="maintainer")
    assert "gave another role (editor → maintainer)" in ada.get("/-/admin/log?name=rosa").text
    assert "dio otro rol (edición → mantenimiento)" in ada.get("/-/admin/log?name=rosa&lang=es").text
    assert "the owner" in ada.get("/-/admin/log").text
    ada.get("/-/admin/log?before=0&name=%00")
    ada.get("/-/admin/log?before=99999999999999999999")


def test_a_long_log_goes_on_on_the_next_page(site: Site, ada: Browser, rosa: User) -> None:
    for _ in range(52):
        site.wiki.accounts.users.disable(rosa.id)
        site.wiki.accounts.users.enable(rosa.id)
    page = ada.get("/-/admin/log").text
    older = re.search(r'href="(/-/admin/log\?before=\d+)"', page)
    assert older
    assert "added the account" in ada.get(older[1]).text
