"""Leaving as a person: one's data as a file, the account closed, and lists of changes that name nobody."""

from __future__ import annotations

import pytest

from tests.web.conftest import PASSWORD, Browser, Site

SIGNAL = "communications/signal"


@pytest.fixture
def ben(site: Site) -> Browser:
    """An editor with a password, who wrote the pages about tools and one more change."""
    user = site.person("ben")
    site.wiki.accounts.users.set_password(user.id, PASSWORD)
    browser = site.browser("ben")
    fields = browser.edit(SIGNAL, body="Words by the river.\n", message="Say it simply")
    browser.post(f"/-/edit/{SIGNAL}", fields)
    return browser


def close(browser: Browser, status: int = 303, **more: str) -> str:
    fields = browser.form("/-/account", "close_password")
    return browser.post("/-/account/close", {**fields, "close_password": PASSWORD, **more}, status).text


def test_whoever_leaves_is_named_nowhere_in_the_wiki(site: Site, ben: Browser, stranger: Browser) -> None:
    looks = ("/", f"/{SIGNAL}", f"/-/history/{SIGNAL}", "/-/recent", "/-/feed.atom", f"/-/blame/{SIGNAL}")
    assert all("Ben" in stranger.get(address).text for address in looks if address != "/-/feed.atom")
    close(ben, sure="yes")
    site.wiki.catch_up()
    for address in looks:
        text = stranger.get(address).text
        assert "Ben" not in text.replace("Benefit", ""), address
        assert "A former contributor" in text, address
    stranger.get("/-/people/ben", 404)
    api = stranger.client.get(f"/-/api/v1/history/{SIGNAL}").json["items"][0]
    assert (api["author"], api["username"]) == ("A former contributor", f"~{site.people['ben'].id}")
    assert stranger.client.get(f"/-/api/v1/pages/{SIGNAL}").json["changed_by"] == "A former contributor"
    # What was written stays, and git's commits are as they were.
    assert "Words by the river." in site.source(SIGNAL)
    commit = site.wiki.history.page(SIGNAL, 1)[0].id
    assert site.wiki.repository.commit(commit).author.name == "Ben"


def test_leaving_signs_out_and_the_name_stays_taken(site: Site, ben: Browser) -> None:
    close(ben, sure="yes")
    assert ben.client.get("/-/account").status_code == 401
    fields = site.browser().form("/-/login", 'name="password"')
    refused = ben.post("/-/login", {**fields, "name": "ben", "password": PASSWORD}, 401)
    assert "don't fit together" in refused.text.replace("&#39;", "'")
    assert site.wiki.accounts.users.by_name("ben") is None


def test_it_takes_the_password_and_a_tick(site: Site, ben: Browser) -> None:
    assert "Tick the box" in close(ben, 422)
    close(ben, 422, sure="yes", close_password="a wrong guess")
    assert site.wiki.accounts.users.by_name("ben") is not None


def test_an_administrator_does_it_for_somebody(site: Site, ben: Browser) -> None:
    ada = site.browser("ada")
    fields = ada.form("/-/admin/people/ben", "/close")
    # Of the history nothing is known just now; that isn't taken for "nothing has happened".
    for file in site.wiki.config.index_dir.glob("history.sqlite3*"):
        file.unlink()
    for address in ("/-/recent", "/-/people/ben", "/-/feed.atom", "/-/history/about", "/-/history/about.atom"):
        assert "being brought up to date" in ada.get(address, 503).text
    ada.post("/-/admin/people/ben/close", fields)
    assert "ben@" in (site.wiki.config.content_dir / ".mailmap").read_text()
    ada.get("/-/admin/people/ben", 404)
    assert "ben" not in [user.name for user in site.wiki.accounts.users.list()]
    assert "closed the account for good" in ada.get("/-/admin/log").text


def test_the_only_administrator_stays(site: Site) -> None:
    ada = site.browser("ada")
    site.wiki.accounts.users.set_password(site.person("ada").id, PASSWORD)
    ada = site.browser("ada")
    assert "only administrator" in close(ada, 409, sure="yes")
    assert not site.wiki.repository.entry(site.head(), ".mailmap")


def test_ones_data_is_a_file(site: Site, ben: Browser, stranger: Browser) -> None:
    response = ben.client.get("/-/account/data.json")
    assert response.headers["Content-Disposition"] == 'attachment; filename="ben.json"'
    assert response.headers["Cache-Control"] == "private, no-store"
    data = response.json
    assert data["account"]["name"] == "ben"
    assert data["changes"][0]["message"] == "Say it simply"
    assert f"{SIGNAL}.md" in data["changes"][0]["files"]
    assert stranger.client.get("/-/account/data.json").status_code == 401


def test_two_who_leave_stay_apart_under_all_their_addresses(site: Site, ben: Browser) -> None:
    chris = site.browser("chris")
    user = site.person("chris")
    site.wiki.accounts.users.set_password(user.id, PASSWORD)
    chris = site.browser("chris")
    close(ben, sure="yes")
    close(chris, sure="yes")
    site.wiki.catch_up()
    mailmap = site.wiki.repository.read(site.head(), ".mailmap").data.decode().splitlines()
    # Ben wrote under the wiki's former host name too.
    assert len(mailmap) == 3
    assert {event.username for event in site.wiki.history.recent(50)} >= {
        f"~{site.people['ben'].id}",
        f"~{user.id}",
    }
