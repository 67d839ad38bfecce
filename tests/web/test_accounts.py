"""Signing in, asking for an account, one-time links, and what people change about their own account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import Browser, Site, form_fields
from wiki.accounts.roles import Role
from wiki.accounts.tokens import Scope
from wiki.accounts.user import State, User
from wiki.errors import Unavailable
from wiki.web.page_cache import SESSION_COOKIE
from wiki.web.session_cookie import DEVICE_COOKIE

PASSWORD = "a long walk by the river"
OTHER = "two geese and one fox"
Maker = Callable[..., Site]


@pytest.fixture
def make_site(story_home: Path) -> Iterator[Maker]:
    """Opens the story wiki with other settings: `make_site(sign_up="open")`. Forms may be sent at once."""
    made: list[Site] = []

    def maker(min_seconds: float = 0.0, private: bool = False, **accounts: str) -> Site:
        lines = ["[review]", f"min_seconds = {min_seconds}", "[web]", f"private = {str(private).lower()}", "[accounts]"]
        lines += [f'{name} = "{value}"' for name, value in accounts.items()]
        (story_home / "instance").mkdir(exist_ok=True)
        (story_home / "instance" / "wiki.toml").write_text("\n".join(lines) + "\n")
        made.append(Site(story_home))
        return made[-1]

    yield maker
    for site in made:
        site.wiki.close()


@pytest.fixture
def rosa(site: Site) -> User:
    """An editor with a password."""
    return site.wiki.accounts.users.add("rosa", Role.EDITOR, password=PASSWORD, display_name="Rosa")


def sign_in(browser: Browser, password: str = PASSWORD, status: int = 303, **more: str) -> TestResponse:
    fields = browser.form("/-/login", 'name="password"')
    return browser.post("/-/login", {**fields, "name": "rosa", "password": password, **more}, status)


@pytest.fixture
def rosas(site: Site, rosa: User) -> Browser:
    """Rosa's browser, signed in."""
    browser = site.browser()
    sign_in(browser)
    return browser


def section(browser: Browser, holding: str, **changes: str) -> dict[str, object]:
    """The fields of one form of the account page."""
    return {**browser.form("/-/account", f'name="{holding}"'), **changes}


# Signing in


def test_signing_in_gives_cookies_that_scripts_and_other_sites_do_not_get(site: Site, rosa: User) -> None:
    response = sign_in(site.browser(), next="/communications/signal")
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert cookies[0].startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookies[0] and "SameSite=Lax" in cookies[0] and "Path=/" in cookies[0]
    assert "Secure" not in cookies[0]
    assert cookies[1].startswith(f"{DEVICE_COOKIE}=") and "rosa" not in cookies[1].lower()
    assert all(word in cookies[1] for word in ("HttpOnly", "SameSite=Strict", "Path=/-/login"))
    assert response.location == "/communications/signal"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_over_tls_the_cookie_never_travels_in_clear(site: Site, rosa: User) -> None:
    browser = site.browser()
    secure = {"base_url": "https://localhost"}
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/-/login", **secure).text)
    assert token
    fields = {"csrf_token": token[1], "name": "rosa", "password": PASSWORD}
    cookies = browser.post("/-/login", fields, **secure).headers.getlist("Set-Cookie")
    assert len(cookies) == 2 and all("; Secure" in cookie for cookie in cookies)
    assert cookies[0].startswith(f"__Host-{SESSION_COOKIE}=") and "Path=/;" in cookies[0] and "Domain" not in cookies[0]
    assert cookies[1].startswith(f"__Secure-{DEVICE_COOKIE}=")
    assert "Rosa" in browser.get("/", **secure).text


def test_over_tls_no_cookie_that_somebody_else_can_plant_is_a_session(site: Site, rosa: User) -> None:
    """A neighbour below the same domain, and whoever sits on the line, can set the one without the prefix."""
    browser = site.browser()
    planted = site.wiki.accounts.sign_in.start(rosa).token
    browser.client.set_cookie(SESSION_COOKIE, planted)
    assert 'href="/-/account"' in browser.get("/").text
    answer = browser.get("/", base_url="https://localhost")
    assert 'href="/-/account"' not in answer.text
    assert not any(name.startswith("X-Wiki") for name, _ in answer.headers)


def test_a_name_may_begin_with_a_capital_as_phones_write_it(site: Site, rosa: User) -> None:
    assert sign_in(site.browser(), name="Rosa").status_code == 303


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(site: Site, rosa: User) -> None:
    wrong_password = sign_in(site.browser(), "not the password", status=401)
    wrong_name = sign_in(site.browser(), name="nobody-here", status=401)
    words = "That name and password don&#39;t fit together."
    assert words in wrong_password.text
    assert words in wrong_name.text
    assert "Set-Cookie" not in wrong_password.headers
    assert "not the password" not in wrong_password.text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(site: Site, rosa: User, target: str) -> None:
    assert sign_in(site.browser(), next=target).location == "/"


def test_a_form_that_expired_keeps_the_name_and_needs_one_more_click(site: Site, rosa: User) -> None:
    browser = site.browser()
    again = sign_in(browser, csrf_token="stale", status=422)
    assert 'value="rosa"' in again.text
    assert "press the button again" in again.text


def test_a_form_that_was_opened_while_accounts_were_out_of_reach_says_so_when_they_are_back(site: Site) -> None:
    browser = site.browser("ben")
    path, file = "communications/signal", site.wiki.door.file
    assert file is not None
    site.wiki.door.close()
    away = file.rename(file.with_name("away"))
    opened = browser.edit(path, body=["Typed meanwhile."])
    away.rename(file)
    again = browser.client.post(f"/-/edit/{path}", data=opened)
    assert again.status_code == 422 and "Typed meanwhile." in again.text
    assert "Your sign-in has changed since this form was opened" in again.text


def test_a_full_disk_under_the_accounts_is_called_that(make_site: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make_site(sign_up="open")
    stranger, path = site.browser(), "/-/edit/communications/signal"
    joining, suggesting = stranger.form("/-/register", 'name="password"'), stranger.edit("communications/signal")

    def full(*_: object) -> None:
        raise Unavailable("database.full")

    monkeypatch.setattr(type(site.wiki.accounts.database), "write", full)
    assert "The disk of the wiki is full" in stranger.post("/-/register", {**joining, **NEW}, 503).text
    answer = stranger.post(path, {**suggesting, "body": "Better."}, 503).text
    assert "The disk of the wiki is full" in answer and "Better." in answer


def test_guessing_is_slowed_down_and_told_how_long_to_wait(site: Site, rosa: User) -> None:
    browser = site.browser()
    fields = {**browser.form("/-/login", 'name="password"'), "name": "rosa", "password": "a wrong guess"}
    statuses = [browser.client.post("/-/login", data=fields).status_code for _ in range(12)]
    assert statuses[:10] == [401] * 10
    blocked = browser.post("/-/login", fields, 429)
    assert int(blocked.headers["Retry-After"]) > 0


def test_who_has_signed_in_here_before_gets_in_however_many_guess_beside_them(site: Site, rosa: User) -> None:
    browser, guesser = site.browser(), site.browser()
    sign_in(browser)
    browser.post("/-/logout", browser.form("/-/account", "/-/logout"))
    assert "Set-Cookie" not in browser.get("/tips").headers
    guess = {**guesser.form("/-/login", 'name="password"'), "name": "rosa", "password": "a wrong guess"}
    while guesser.client.post("/-/login", data=guess).status_code != 429:
        pass
    sign_in(site.browser(), status=429)
    assert sign_in(browser, next="/tips").location == "/tips"


def test_no_other_site_signs_somebody_in_as_its_own_over_plain_http(site: Site, rosa: User) -> None:
    """There browsers say only `Origin`, which is null for what a page sends that doesn't want to be known."""
    browser = site.browser()
    form = browser.get("/-/login")
    assert '<meta name="referrer" content="same-origin">' in form.text
    fields = {**form_fields(form.text, "password"), "name": "rosa", "password": PASSWORD}
    browser.post("/-/login", fields, 403, headers={"Origin": "null"})
    assert browser.client.get_cookie(SESSION_COOKIE) is None
    browser.post("/-/login", fields, headers={"Origin": "http://localhost"})


def test_whoever_is_signed_in_already_goes_on(rosas: Browser) -> None:
    assert rosas.get("/-/login?next=/tips", 303).location == "/tips"


def test_a_stranger_who_looks_at_the_forms_gets_no_cookie(stranger: Browser) -> None:
    for address in ("/-/login", "/-/register", "/-/logout"):
        response = stranger.get(address)
        assert "Set-Cookie" not in response.headers
        assert "no-store" in response.headers["Cache-Control"]


def test_signing_in_again_ends_the_session_before(site: Site, rosas: Browser, rosa: User) -> None:
    fields = {"csrf_token": rosas.token(), "name": "rosa", "password": PASSWORD}
    rosas.post("/-/login", fields)
    assert len(site.wiki.accounts.sessions.list(rosa.id)) == 1


# Signing out


def test_looking_at_the_address_to_sign_out_changes_nothing(rosas: Browser) -> None:
    rosas.get("/-/logout")
    assert "Rosa" in rosas.get("/-/account").text


def test_signing_out_ends_the_session_and_takes_the_cookie_back(site: Site, rosas: Browser, rosa: User) -> None:
    response = rosas.post("/-/logout", rosas.form("/-/account", "/-/logout"))
    assert f"{SESSION_COOKIE}=;" in response.headers["Set-Cookie"]
    assert site.wiki.accounts.sessions.list(rosa.id) == ()
    rosas.get("/-/account", 401)


def test_signing_out_by_a_form_without_a_token_asks_first(rosas: Browser) -> None:
    assert "Sign out" in rosas.post("/-/logout", {}, 200).text
    rosas.get("/-/account")


def test_a_cookie_that_is_good_for_nothing_is_taken_back(site: Site, rosas: Browser, rosa: User) -> None:
    site.wiki.accounts.sessions.end_everywhere(rosa.id)
    response = rosas.get("/tips")
    assert f"{SESSION_COOKIE}=;" in response.headers["Set-Cookie"]
    assert "Sign in" in response.text


# The second step


@pytest.fixture
def app_of_rosa(site: Site, rosa: User) -> pyotp.TOTP:
    """The authenticator app on Rosa's phone, set up."""
    two_factor = site.wiki.accounts.two_factor
    app = pyotp.TOTP(two_factor.start(rosa, "Wiki").secret)
    two_factor.confirm(rosa, app.at(site.clock.now))
    site.clock.advance(seconds=60)
    return app


def test_with_a_second_step_the_password_alone_opens_nothing(site: Site, rosa: User, app_of_rosa: pyotp.TOTP) -> None:
    browser = site.browser()
    asked = sign_in(browser, status=200, next="/tips")
    assert "Set-Cookie" not in asked.headers
    fields = browser_fields(asked)
    wrong = browser.post("/-/login/code", {**fields, "code": "000000"}, 401)
    assert "That code doesn&#39;t fit" in wrong.text
    done = browser.post("/-/login/code", {**browser_fields(wrong), "code": app_of_rosa.at(site.clock.now)})
    assert done.location == "/tips"
    assert SESSION_COOKIE in done.headers["Set-Cookie"]


def test_a_recovery_code_stands_in_for_a_lost_phone_once(site: Site, rosa: User, app_of_rosa: pyotp.TOTP) -> None:
    code = site.wiki.accounts.two_factor.new_recovery_codes(rosa)[0]
    for status in (303, 401):
        browser = site.browser()
        fields = browser_fields(sign_in(browser, status=200))
        browser.post("/-/login/code", {**fields, "code": code}, status)


def test_the_code_is_asked_for_only_for_a_while_after_the_password(
    site: Site, rosa: User, app_of_rosa: pyotp.TOTP
) -> None:
    browser = site.browser()
    fields = browser_fields(sign_in(browser, status=200))
    site.clock.advance(minutes=11)
    late = browser.post("/-/login/code", {**fields, "code": app_of_rosa.at(site.clock.now)}, 401)
    assert "please begin again" in late.text
    assert browser.get("/-/login/code", 303).location == "/-/login"


def browser_fields(response: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.text))


# Asking for an account

NEW = {"name": "maria", "display_name": "Maria", "password": PASSWORD, "note": "I text for the tenants' union."}


def test_who_makes_an_account_in_another_language_goes_on_in_it(make_site: Maker) -> None:
    site = make_site()
    invited = f"/-/link/{site.wiki.accounts.links.invite(Role.EDITOR)}"
    languages = {}
    for name, address in (("maria", "/-/register?lang=es"), ("luz", f"{invited}?lang=es"), ("jane", "/-/register")):
        browser = site.browser()
        browser.post(
            address, {**browser.form(address, 'name="display_name"'), **NEW, "name": name, "display_name": name}
        )
        user = site.wiki.accounts.users.by_name(name)
        languages[name] = user and user.language
    assert languages == {"maria": "es", "luz": "es", "jane": ""}


def test_who_asks_for_an_account_waits_until_somebody_lets_them_in(make_site: Maker) -> None:
    site = make_site()
    browser = site.browser()
    browser.post("/-/register", {**browser.form("/-/register", 'name="note"'), **NEW})
    waiting = site.wiki.accounts.users.list(state=State.PENDING)
    assert [(user.name, user.note) for user in waiting] == [("maria", NEW["note"])]
    refused = sign_in(browser, name="maria", status=401)
    assert "still waits" in refused.text


def test_where_sign_up_is_open_the_new_account_is_signed_in(make_site: Maker) -> None:
    site = make_site(sign_up="open")
    browser = site.browser()
    response = browser.post("/-/register", {**browser.form("/-/register", 'name="password"'), **NEW, "next": "/tips"})
    assert response.location == "/tips"
    assert "Maria" in browser.get("/-/account").text


def test_where_sign_up_is_closed_nobody_gets_in_by_it(make_site: Maker) -> None:
    site = make_site(sign_up="closed")
    browser = site.browser()
    assert "by invitation" in browser.get("/-/register").text
    browser.post("/-/register", {"csrf_token": browser.token(), **NEW}, 401)
    assert site.wiki.accounts.users.by_name("maria") is None


def test_everything_that_is_wrong_is_said_at_once_beside_what_was_typed(make_site: Maker) -> None:
    browser = make_site().browser()
    wrong = {**browser.form("/-/register", 'name="note"'), **NEW, "name": "m", "password": "short"}
    response = browser.post("/-/register", wrong, 422)
    assert "A user name needs at least 2 characters." in response.text
    assert "A password needs at least 10 characters." in response.text
    assert "tenants&#39; union" in response.text
    assert 'value="short"' not in response.text


def test_a_program_that_fills_in_every_field_gets_no_account(make_site: Maker) -> None:
    site = make_site()
    browser = site.browser()
    form = browser.form("/-/register", 'name="note"')
    browser.post("/-/register", {**form, **NEW, "website": "https://spam.example"}, 422)
    assert site.wiki.accounts.users.by_name("maria") is None


def test_a_form_sent_faster_than_people_type_is_asked_for_again(make_site: Maker) -> None:
    browser = make_site(min_seconds=3600.0).browser()
    response = browser.post("/-/register", {**browser.form("/-/register", 'name="note"'), **NEW}, 422)
    assert "quicker than people are" in response.text


def test_the_way_into_a_private_wiki_is_open_and_nothing_else(make_site: Maker) -> None:
    site = make_site(private=True)
    stranger = site.browser()
    for address in ("/-/login", "/-/register", f"/-/link/{site.wiki.accounts.links.invite(Role.READER)}"):
        page = stranger.get(address).text
        assert "Eastside Tenants Wiki" in page
        assert "Our tools" not in page
        for inner in ("Signal", "Fundraising", "/fundraising", ">About<", "menu-count"):
            assert inner not in page.partition("<body>")[2], inner
        # Nothing leads to what only answers that one has to sign in, and nobody is told that reading takes no account.
        assert (
            "Reading and suggesting need none" not in page
            and 'href="/-/recent"' not in page
            and "/-/search" not in page
        )
    for address in ("/", "/communications/signal", "/-/account", "/-/admin", "/-/search?q=signal"):
        page = stranger.get(address, 401).text
        assert "Signal" not in page and "Only people with an account may read this wiki." in page
    assert "Our tools" not in stranger.get("/manifest.webmanifest").text
    assert stranger.get("/.well-known/security.txt", 404)
    site.wiki.accounts.users.add("rosa", Role.READER, password=PASSWORD)
    sign_in(stranger)
    assert "Signal" in stranger.get("/communications/signal").text
    assert "Our tools" in stranger.get("/communications/signal").text or "Our tools" in stranger.get("/").text


# One-time links


def test_the_first_administrator_chooses_name_and_password_by_a_link_that_works_once(site: Site) -> None:
    address = f"/-/link/{site.wiki.accounts.links.first_admin()}"
    browser = site.browser()
    browser.get(address)
    fields = browser.form(address, 'name="password"')
    browser.post(address, {**fields, "name": "ines", "password": "short"}, 422)
    begun = browser.post(address, {**fields, "name": "ines", "password": PASSWORD})
    assert "Your account is made" in (people := browser.get(begun.location).text) and "Invite somebody" in people
    ines = site.wiki.accounts.users.by_name("ines")
    assert ines is not None and ines.role is Role.ADMIN
    browser.get("/-/admin")
    used = site.browser().get(address, 410).text
    assert "used already" in used and "This page has been deleted" not in used and "/-/history/" not in used
    assert site.browser().post(address, {**fields, "name": "eve", "password": PASSWORD}, 410)


def test_an_invited_person_gets_the_role_of_the_invite(site: Site) -> None:
    address = f"/-/link/{site.wiki.accounts.links.invite(Role.MAINTAINER)}"
    browser = site.browser()
    fields = {**browser.form(address, 'name="password"'), "name": "maria", "password": PASSWORD, "role": "admin"}
    assert "Your account is made" in browser.get(browser.post(address, fields).location).text
    maria = site.wiki.accounts.users.by_name("maria")
    assert maria is not None and maria.role is Role.MAINTAINER


def test_a_link_for_a_new_password_signs_everybody_else_out(site: Site, rosas: Browser, rosa: User) -> None:
    address = f"/-/link/{site.wiki.accounts.links.new_password(rosa)}"
    browser = site.browser()
    browser.post(address, {**browser.form(address, 'name="password"'), "password": OTHER})
    rosas.get("/-/account", 401)
    browser.get("/-/account")
    sign_in(site.browser(), OTHER)


def test_a_link_for_a_new_password_does_not_stand_in_for_the_second_step(
    site: Site, rosa: User, app_of_rosa: pyotp.TOTP
) -> None:
    address = f"/-/link/{site.wiki.accounts.links.new_password(rosa)}"
    browser = site.browser()
    response = browser.post(address, {**browser.form(address, 'name="password"'), "password": OTHER})
    assert response.location.startswith("/-/login")
    assert "Set-Cookie" not in response.headers


def test_an_expired_form_leaves_the_link_good(site: Site) -> None:
    address = f"/-/link/{site.wiki.accounts.links.invite(Role.EDITOR)}"
    browser = site.browser()
    again = browser.post(address, {"csrf_token": "stale", "name": "maria", "password": PASSWORD}, 422)
    assert 'value="maria"' in again.text
    browser.get(address)


# One's own account


def test_the_account_page_is_for_its_owner(stranger: Browser, rosas: Browser) -> None:
    assert "Sign in" in stranger.get("/-/account", 401).text
    page = rosas.get("/-/account")
    assert page.headers["Cache-Control"] == "private, no-store"


def test_password_managers_find_where_to_change_a_password(stranger: Browser) -> None:
    assert stranger.get("/.well-known/change-password", 303).location == "/-/account#password"


def test_the_name_that_others_see_can_be_changed(site: Site, rosas: Browser, rosa: User) -> None:
    rosas.post("/-/account/profile", section(rosas, "display_name", display_name="Rosa P."))
    assert site.wiki.accounts.users.get(rosa.id).display_name == "Rosa P."
    site.person("ana")
    refused = rosas.post("/-/account/profile", section(rosas, "display_name", display_name="Ana"), 409)
    assert "Somebody else is known by this name" in refused.text
    assert 'value="Ana"' in refused.text


def test_a_name_that_looks_like_a_script_is_shown_as_text_or_refused(rosas: Browser) -> None:
    refused = rosas.post("/-/account/profile", section(rosas, "display_name", display_name="<script>x</script>"), 422)
    assert "<script>x" not in refused.text


def test_the_language_of_menus_is_kept(site: Site, rosas: Browser, rosa: User) -> None:
    rosas.post("/-/account/profile", section(rosas, "display_name", language="es"))
    assert site.wiki.accounts.users.get(rosa.id).language == "es"
    assert 'lang="es"' in rosas.get("/-/account").text


def test_a_new_password_needs_the_present_one_and_signs_out_the_others(site: Site, rosas: Browser, rosa: User) -> None:
    elsewhere = site.browser()
    sign_in(elsewhere)
    form = section(rosas, "new_password", current_password="a wrong guess", new_password=OTHER)
    assert "That is not your password." in rosas.post("/-/account/password", form, 422).text
    weak = section(rosas, "new_password", current_password=PASSWORD, new_password="password123")
    assert "error-f-new_password" in rosas.post("/-/account/password", weak, 422).text
    form = section(rosas, "new_password", current_password=PASSWORD, new_password=OTHER)
    rosas.post("/-/account/password", form)
    rosas.get("/-/account")
    elsewhere.get("/-/account", 401)
    sign_in(site.browser(), OTHER)


def test_the_second_step_is_set_up_with_a_square_and_a_code(site: Site, rosas: Browser, rosa: User) -> None:
    form = section(rosas, "two_factor_password", two_factor_password=PASSWORD)
    page = rosas.post("/-/account/two-factor", form, 200)
    assert "<svg" in page.text
    secret = browser_fields(page)["secret"]
    wrong = rosas.post("/-/account/two-factor/confirm", {**browser_fields(page), "code": "000000"}, 422)
    assert browser_fields(wrong)["secret"] == secret
    assert not site.wiki.accounts.two_factor.enabled(rosa.id)
    code = pyotp.TOTP(secret).at(site.clock.now)
    done = rosas.post("/-/account/two-factor/confirm", {**browser_fields(page), "code": code}, 200)
    assert len(re.findall(r"<code>\w{4}-\w{4}-\w{4}-\w{4}</code>", done.text)) == 10
    assert site.wiki.accounts.two_factor.enabled(rosa.id)


def test_a_secret_that_is_none_is_not_shown_as_one(rosas: Browser) -> None:
    form = {"csrf_token": rosas.token(), "secret": "<script>x</script>", "code": "000000"}
    assert "<script>x" not in rosas.post("/-/account/two-factor/confirm", form, 409).text


def test_new_recovery_codes_and_switching_off_need_the_password(
    site: Site, rosa: User, app_of_rosa: pyotp.TOTP
) -> None:
    two_factor, rosas = site.wiki.accounts.two_factor, site.browser()
    rosas.client.set_cookie(SESSION_COOKIE, site.wiki.accounts.sign_in.start(rosa).token)
    for address in ("/-/account/two-factor/codes", "/-/account/two-factor/off"):
        rosas.post(address, section(rosas, "two_factor_password", two_factor_password="a wrong guess"), 422)
    right = section(rosas, "two_factor_password", two_factor_password=PASSWORD)
    rosas.post("/-/account/two-factor/codes", right, 200)
    assert two_factor.enabled(rosa.id)
    rosas.post("/-/account/two-factor/off", right)
    assert not two_factor.enabled(rosa.id)


def test_a_token_is_shown_once_and_can_be_revoked(site: Site, rosas: Browser, rosa: User) -> None:
    form = section(rosas, "label", label="git on my laptop", scopes="git", tokens_password=PASSWORD)
    page = rosas.post("/-/account/tokens", form, 200)
    assert "git config user.name Rosa" in page.text and "git config user.email rosa@users.noreply." in page.text
    found = re.search(r"mtw_[\w-]+", page.text)
    assert found
    grant = site.wiki.accounts.tokens.user(found[0])
    assert grant is not None and grant.scopes == {Scope.GIT}
    account = rosas.get("/-/account").text
    assert "git on my laptop" in account and found[0] not in account
    (kept,) = site.wiki.accounts.tokens.list(rosa.id)
    rosas.post(f"/-/account/tokens/{kept.id}/revoke", {"csrf_token": rosas.token()})
    assert site.wiki.accounts.tokens.user(found[0]) is None


def test_a_person_sees_what_was_done_to_their_account_and_by_whom(site: Site, rosas: Browser, rosa: User) -> None:
    """However often somebody signs in: whoever stole a password can't push out of sight what they did with it."""
    assert "Nothing yet" not in rosas.get("/-/account").text
    site.wiki.accounts.tokens.create(rosa, "a thief's", [Scope.WRITE])
    boss = site.wiki.accounts.users.add("ines", Role.ADMIN)
    site.wiki.accounts.users.set_role(rosa.id, Role.MAINTAINER, by=boss)
    other = site.browser()
    for _ in range(20):
        other.client.set_cookie(SESSION_COOKIE, site.wiki.accounts.sign_in.start(rosa).token)
    shown = other.get("/-/account").text.partition('id="events"')[2].partition("</section>")[0]
    assert "made a token (write)" in shown and "you, or somebody signed in as you" in shown
    assert "gave another role (editor → maintainer)" in shown and ">ines<" in shown
    assert "signed in<" not in shown


def test_a_token_needs_a_purpose_a_scope_and_the_password(rosas: Browser) -> None:
    wrong = [
        {"label": "", "scopes": "git", "tokens_password": PASSWORD},
        {"label": "laptop", "scopes": "everything", "tokens_password": PASSWORD},
        {"label": "laptop", "scopes": "git", "tokens_password": "a wrong guess"},
    ]
    for fields in wrong:
        response = rosas.post("/-/account/tokens", section(rosas, "label", **fields), 422)
        assert "mtw_" not in response.text


def test_nobody_revokes_somebody_elses_token_or_session(site: Site, rosas: Browser) -> None:
    ben, accounts = site.person("ben"), site.wiki.accounts
    session = accounts.sessions.start(ben)
    _, token = accounts.tokens.create(ben, "laptop", [Scope.READ])
    rosas.post(f"/-/account/sessions/{session.id}/end", {"csrf_token": rosas.token()})
    rosas.post(f"/-/account/tokens/{token.id}/revoke", {"csrf_token": rosas.token()}, 404)
    assert len(accounts.sessions.list(ben.id)) == 1
    assert len(accounts.tokens.list(ben.id)) == 1


def test_other_browsers_are_signed_out_one_by_one_or_all_at_once(site: Site, rosas: Browser, rosa: User) -> None:
    others = [site.browser() for _ in range(3)]
    for browser in others:
        sign_in(browser)
    newest = site.wiki.accounts.sessions.list(rosa.id)[0]
    rosas.post(f"/-/account/sessions/{newest.id}/end", {"csrf_token": rosas.token()})
    others[2].get("/-/account", 401)
    others[1].get("/-/account")
    rosas.post("/-/account/sessions/end", {"csrf_token": rosas.token()})
    others[1].get("/-/account", 401)
    rosas.get("/-/account")


def test_what_was_typed_and_not_saved_is_listed_and_can_be_thrown_away(site: Site, rosas: Browser, rosa: User) -> None:
    site.wiki.accounts.drafts.save(rosa.id, "communications/signal", site.head(), {"body": "half a sentence"})
    page = rosas.get("/-/account").text
    assert '<a href="/-/edit/communications/signal">Signal</a>' in page
    rosas.post("/-/account/drafts/discard", rosas.form("/-/account", "/-/account/drafts/discard"))
    assert site.wiki.accounts.drafts.list(rosa.id) == ()


CHANGES = [
    "/-/account/profile", "/-/account/password", "/-/account/two-factor", "/-/account/two-factor/confirm",
    "/-/account/two-factor/codes", "/-/account/two-factor/off", "/-/account/tokens", "/-/account/tokens/1/revoke",
    "/-/account/sessions/1/end", "/-/account/sessions/end", "/-/account/drafts/discard",
]  # fmt: skip


@pytest.mark.parametrize("address", CHANGES)
def test_no_change_without_the_token_of_the_form(site: Site, rosas: Browser, rosa: User, address: str) -> None:
    before = site.wiki.accounts.users.get(rosa.id), site.wiki.accounts.sessions.list(rosa.id)
    fields = {"display_name": "Eve", "current_password": PASSWORD, "new_password": OTHER, "label": "x", "scopes": "git",
              "tokens_password": PASSWORD, "two_factor_password": PASSWORD}  # fmt: skip
    assert "press the button again" in rosas.post(address, fields, 422).text
    assert before == (site.wiki.accounts.users.get(rosa.id), site.wiki.accounts.sessions.list(rosa.id))
    assert site.wiki.accounts.tokens.list(rosa.id) == ()


@pytest.mark.parametrize("address", CHANGES)
def test_no_change_of_an_account_by_a_stranger_or_by_looking(stranger: Browser, rosas: Browser, address: str) -> None:
    stranger.post(address, {"csrf_token": stranger.token()}, 401)
    assert rosas.client.get(address).status_code in (404, 405)


# Rights that change meanwhile


def test_a_new_role_is_in_force_at_once_and_the_cookie_is_renewed(site: Site, rosas: Browser, rosa: User) -> None:
    site.person("ada")
    rosas.get("/-/admin", 403)
    site.wiki.accounts.users.set_role(rosa.id, Role.ADMIN)
    response = rosas.get("/-/admin")
    assert f"{SESSION_COOKIE}=" in response.headers["Set-Cookie"]
    assert "Set-Cookie" not in rosas.get("/-/admin").headers
    site.wiki.accounts.users.set_role(rosa.id, Role.EDITOR)
    rosas.get("/-/admin", 403)


def test_a_form_opened_by_the_request_that_renewed_the_cookie_is_good(site: Site, rosas: Browser, rosa: User) -> None:
    site.wiki.accounts.users.set_role(rosa.id, Role.MAINTAINER)
    rosas.post("/-/account/profile", section(rosas, "display_name", display_name="Rosa P."))


def test_a_shut_account_is_out_at_the_next_request(site: Site, rosas: Browser, rosa: User) -> None:
    site.wiki.accounts.users.disable(rosa.id)
    rosas.get("/-/account", 401)
    refused = sign_in(rosas, status=401)
    assert "has been closed" in refused.text
    assert site.wiki.accounts.users.get(rosa.id).state is State.DISABLED


def test_no_address_of_anybody_is_kept(make_site: Maker) -> None:
    site = make_site()
    browser = site.browser()
    here = {"environ_base": {"REMOTE_ADDR": "203.0.113.77"}}
    fields = browser.form("/-/register", 'name="note"')
    browser.post("/-/register", {**fields, **NEW}, **here)
    browser.post("/-/login", {**fields, "name": "maria", "password": "a wrong guess"}, 401, **here)
    site.wiki.close()
    for file in (site.wiki.config.home / "instance").iterdir():
        assert b"203.0.113.77" not in file.read_bytes()
