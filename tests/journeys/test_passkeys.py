"""Passkeys in a real Chromium with a device of its own: made, used, and refused where they should be."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import BROWSER_PATIENCE
from tests.journeys.conftest import Server
from tests.web.conftest import form_fields
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.config import load

pytestmark = pytest.mark.browser

PASSWORD = "a long walk by the river"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CAUGHT = "() => { HTMLFormElement.prototype.submit = function () { window.answer = this.elements.credential.value; }; }"


@pytest.fixture(scope="module")
def server(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = Path(shutil.copytree(ready_home, tmp_path_factory.mktemp("passkeys") / "home", symlinks=True))
    found = Server(home, workers=1, environment={"WIKI_ACCOUNTS__SECOND_FACTOR": "maintainers"}).start()
    yield found
    found.stop()


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    """A browser with a device that keeps passkeys, at the host name that passkeys can be bound to."""
    context = chromium.new_context(base_url=f"http://localhost:{server.port}", viewport={"width": 360, "height": 740})
    context.set_default_timeout(BROWSER_PATIENCE)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()


def person(server: Server, name: str, role: Role = Role.EDITOR) -> None:
    config = load(server.home, {})
    accounts = open_accounts(config, load_secret(config.instance_dir))
    accounts.users.add(name, role, password=PASSWORD, display_name=name.capitalize())
    accounts.database.close()


def sign_in(page: Page, name: str) -> None:
    page.goto("/-/login?next=/-/account")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def make_passkey(page: Page, label: str) -> None:
    page.get_by_label("What to call it").fill(label)
    page.get_by_label("Your password, to make a passkey").fill(PASSWORD)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="Make it now").click()
    expect(page.get_by_role("rowheader", name=label)).to_be_visible()


def send(server: Server, host: str, answer: str) -> int:
    """Send an answer to the form of the sign-in page, as a program at this host would."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", "/-/login", headers={"Host": f"{host}:{server.port}"})
    fields = form_fields(connection.getresponse().read().decode(), "credential")
    body = urlencode({**{name: value[0] for name, value in fields.items()}, "credential": answer})
    headers = {"Host": f"{host}:{server.port}", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/-/login/passkey", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_passkey_is_made_and_signs_in_without_name_and_password(server: Server, page: Page) -> None:
    person(server, "rosa")
    sign_in(page, "rosa")
    make_passkey(page, "my phone")
    sign_out(page)
    page.goto("/-/login?next=/-/account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/-/account$"))
    expect(page.get_by_text("rosa · Editor")).to_be_visible()
    # Removed, it opens nothing any more, and the person is told what does.
    page.get_by_role("button", name="Remove my phone").click()
    expect(page.get_by_role("rowheader", name="my phone")).to_have_count(0)
    sign_out(page)
    page.goto("/-/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="That passkey can't be used here")).to_be_visible()


def test_a_passkey_is_asked_for_after_the_password(server: Server, page: Page) -> None:
    person(server, "noor")
    sign_in(page, "noor")
    make_passkey(page, "my laptop")
    page.get_by_label("Your password, to change this").fill(PASSWORD)
    page.get_by_role("button", name="Ask for a passkey").click()
    codes = page.locator("main li code").all_inner_texts()
    assert len(codes) == 10
    sign_out(page)
    sign_in(page, "noor")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/-/account$"))
    sign_out(page)
    sign_in(page, "noor")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/-/account$"))


def test_who_may_do_much_and_has_no_second_step_makes_one_before_anything_else(server: Server, page: Page) -> None:
    person(server, "mara", Role.MAINTAINER)
    sign_in(page, "mara")
    page.goto("/-/review")
    expect(page.get_by_role("heading", name="Set up a second step first")).to_be_visible()
    page.get_by_label("What to call it").fill("my phone")
    page.get_by_label("Your password, to make a passkey").fill(PASSWORD)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="Make it now").click()
    expect(page.locator("main li code")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("mara · Maintainer")).to_be_visible()
    page.goto("/-/review")
    expect(page).to_have_url(re.compile("/-/review$"))
    sign_out(page)
    sign_in(page, "mara")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("mara · Maintainer")).to_be_visible()


def test_an_answer_is_good_once_and_only_at_the_site_that_asked(server: Server, page: Page) -> None:
    person(server, "lin")
    sign_in(page, "lin")
    make_passkey(page, "a key")
    sign_out(page)
    answers = []
    for _ in range(2):
        page.goto("/-/login")
        page.evaluate(CAUGHT)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_function("window.answer")
        answers.append(page.evaluate("window.answer"))
    assert json.loads(answers[0])["response"]["signature"]
    assert send(server, "wiki.example", answers[0]) in (401, 403)
    assert send(server, "localhost", answers[1]) == 303
    assert send(server, "localhost", answers[1]) in (401, 403)


def test_without_scripts_there_is_the_password_and_no_button_that_does_nothing(
    server: Server, chromium: Browser
) -> None:
    person(server, "ines")
    context = chromium.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/-/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    sign_in(page, "ines")
    expect(page).to_have_url(re.compile("/-/account$"))
    context.close()
