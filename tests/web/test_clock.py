"""A clock that ran ahead for a while, and was set right again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.web.conftest import PASSWORD, Browser, Site, words_of
from wiki.editing import facts

SIGNAL = "communications/signal"


def test_what_happened_while_the_clock_ran_ahead_stays_in_its_place_and_keeps_nobody_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The machine's own clock, by which a day lies in the future, does not run ahead with that of the story.
    monkeypatch.setattr(facts, "_AHEAD", timedelta(days=800))
    ana, anybody = site.browser("ana"), site.browser()
    ana.post(f"/-/edit/{SIGNAL}", ana.edit(SIGNAL, body="Before.\n", message="before"))
    old_form = ana.edit("about", body="Typed before, during and after.\n")
    site.clock.advance(days=400)
    ahead = site.browser("ben")
    ahead.post(f"/-/edit/{SIGNAL}", ahead.edit(SIGNAL, body="Ahead of time.\n", message="ahead"))
    ahead.post(f"/-/verify/{SIGNAL}", {"csrf_token": ahead.token()})
    ahead.client.post(
        "/-/drafts", data={"key": "about", "base": site.head(), "fields": "[]", "csrf_token": ahead.token()}
    )
    first = anybody.post("/-/edit/about", _opened_a_while(site, anybody, "about", body="Suggested ahead.\n"))
    for _ in range(3):
        anybody.client.post("/-/login", data={**anybody.form("/-/login", "name"), "name": "ana", "password": "wrong"})
    form_ahead = ahead.edit("glossary/gotv", body="Opened ahead.\n")
    site.clock.advance(days=-400, minutes=5)

    # Everything reads, in the order in which it happened.
    for browser in (anybody, ana, ahead):
        for path in (
            f"/{SIGNAL}",
            "/",
            "/-/recent",
            "/-/attention",
            "/-/all",
            f"/-/history/{SIGNAL}",
            "/-/feed.atom",
            "/-/health",
        ):
            browser.get(path)
    for path in ("/-/account", f"/-/edit/{SIGNAL}", "/-/review"):
        ana.get(path)
    for path in (f"/{SIGNAL}", "/-/attention/stale"):
        assert "hecked on a day that is still to come" in anybody.get(path).text
    recent = words_of(ana.get("/-/recent").text)
    assert recent.index("ahead") < recent.index("before")
    ana.post(f"/-/edit/{SIGNAL}", ana.edit(SIGNAL, body="After.\n", message="after"))
    recent = words_of(ana.get("/-/recent").text)
    assert recent.index("after") < recent.index("ahead") < recent.index("before")
    site.wiki.catch_up()
    assert site.wiki.is_current()

    # Sessions, forms and one's own sign-in go on from both sides of it.
    ana.post("/-/edit/about", old_form)
    again = ahead.client.post("/-/edit/glossary/gotv", data=form_ahead)
    assert "Opened ahead." in again.text or again.status_code == 303
    ahead.post("/-/edit/glossary/gotv", ahead.edit("glossary/gotv", body="Opened ahead.\n"))
    me = site.person("chris")
    site.wiki.accounts.users.set_password(me.id, PASSWORD)
    signing_in = site.browser()
    signing_in.post("/-/login", {**signing_in.form("/-/login", "name"), "name": "chris", "password": PASSWORD})

    # What was suggested ahead is looked at and decided, and the next one gets the next number.
    second = anybody.post(
        "/-/edit/tips/first-hour-of-safety",
        _opened_a_while(site, anybody, "tips/first-hour-of-safety", body="Suggested after.\n"),
    )
    numbers = [int(answer.headers["Location"].split("/")[3]) for answer in (first, second)]
    assert numbers[1] == numbers[0] + 1
    waiting = words_of(ana.get("/-/review").text)
    assert "about" in waiting.lower()
    ana.post(
        f"/-/review/{numbers[0]}",
        {**ana.form(f"/-/review/{numbers[0]}", 'name="head"'), "do": "decline", "text": "No."},
    )
    site.wiki.catch_up()
    assert anybody.client.get("/-/health").json["status"] == "ok"


def _opened_a_while(site: Site, browser: Browser, path: str, **changes: str) -> dict[str, Any]:
    fields = browser.edit(path, **changes)
    site.clock.now += timedelta(minutes=1)
    return fields
