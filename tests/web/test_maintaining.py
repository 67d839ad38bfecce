"""Maintainers move, delete, restore, protect and take back, in the browser."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from tests.web.conftest import form_fields

SIGNAL = "communications/signal"


def test_a_moved_page_leaves_a_redirect_and_its_history(site, ana, stranger) -> None:
    before, source = site.head(), site.source(SIGNAL)
    ana.post(f"/-/move/{SIGNAL}", {**ana.form(f"/-/move/{SIGNAL}", "to"), "to": "tips/signal-app"})
    assert stranger.get(f"/{SIGNAL}", 301).headers["Location"] == "/tips/signal-app"
    for suffix in (".md", ".json"):
        answer = stranger.get(f"/{SIGNAL}{suffix}", 301)
        assert answer.headers["Location"] == f"/tips/signal-app{suffix}"
        stranger.get(answer.headers["Location"])
    for view in ("edit/{}?mode=source", "history/{}", "history/{}.atom", "diff/{}", "blame/{}"):
        answer = stranger.get(f"/-/{view.format(SIGNAL)}", 302)
        assert answer.headers["Location"] == f"/-/{view.format('tips/signal-app')}"
        stranger.get(answer.headers["Location"])
    assert "Describe our tools" in stranger.get("/-/history/tips/signal-app").text
    for name in (SIGNAL, "tips/signal-app"):
        assert "earlier version" in stranger.get(f"/{name}?at={before}").text
        assert stranger.get(f"/{name}.md?at={before}").text == source
        assert json.loads(stranger.get(f"/{name}.json?at={before}").text)["path"] == SIGNAL
    compared = stranger.get(f"/-/compare?page={SIGNAL}&page=Communications/Mattermost").text
    assert 'href="/tips/signal-app"' in compared and 'href="/communications/mattermost"' in compared
    for path, _ in site.wiki.store.paths():
        assert "communications/signal)" not in site.source(path.text)


def test_what_cannot_be_an_address_becomes_one_that_is_shown_before_it_is_used(site, ana) -> None:
    move, new = ana.form(f"/-/move/{SIGNAL}", "to"), ana.form("/-/new?kind=page", 'name="body"')
    new |= {"title": "Bird", "body": "It flies.\n"}
    for address, field, form in ((f"/-/move/{SIGNAL}", "to", move), ("/-/new", "path", new)):
        before = site.head()
        shown = ana.post(address, {**form, field: "Tips // Señal (App)_2.md"}, 422).text
        assert "“Tips // Señal (App)_2.md” can&#39;t be an address" in shown and site.head() == before
        assert form_fields(shown, f'name="{field}"')[field] == ["tips/senal-app-2"]
        refused = ana.post(address, {**form, field: "tips/con"}, 422).text
        assert form_fields(refused, f'name="{field}"')[field] == ["tips/con"]
    ana.post(f"/-/move/{SIGNAL}", {**move, "to": "tips/senal-app-2"})
    assert "Signal" in site.source("tips/senal-app-2")


def test_a_version_from_before_a_move_is_put_back_where_the_page_is_now(site, ana) -> None:
    before, source = site.head(), site.source(SIGNAL)
    ana.post(f"/-/edit/{SIGNAL}", ana.edit(SIGNAL, body="Nothing of it is left."))
    ana.post(f"/-/move/{SIGNAL}", {**ana.form(f"/-/move/{SIGNAL}", "to"), "to": "communications/signal-app"})
    address = f"/-/revert/communications/signal-app?to={before}"
    ana.post("/-/revert/communications/signal-app", ana.form(address, "to"))
    assert site.source("communications/signal-app") == source


def test_translations_go_with_their_original_and_no_original_with_its_translation(site, ana, stranger) -> None:
    fields = ana.form(f"/-/delete/es/{SIGNAL}", "base")
    assert "translations" not in fields
    ana.post(f"/-/delete/{SIGNAL}", ana.form(f"/-/delete/{SIGNAL}", "base"))
    stranger.get(f"/{SIGNAL}", 410)
    stranger.get(f"/es/{SIGNAL}", 410)
    ana.get(f"/-/delete/es/{SIGNAL}", 404)


def test_a_deleted_page_is_gone_and_can_be_restored(site, ana, stranger) -> None:
    before = site.source(SIGNAL)
    fields = ana.form(f"/-/delete/{SIGNAL}", "base")
    assert fields["translations"] == ["yes"], "its translations go with it, unless somebody says otherwise"
    ana.post(f"/-/delete/{SIGNAL}", {**fields, "translations": ""})
    assert "La página de la que esta es una traducción se ha borrado" in stranger.get(f"/es/{SIGNAL}").text
    gone = stranger.get(f"/{SIGNAL}", 410)
    assert "deleted" in gone.text and "Put it back" not in gone.text
    assert "Put it back" in ana.get(f"/{SIGNAL}", 410).text
    last = re.search(r"\?at=([0-9a-f]{40})", gone.text)
    assert last
    for suffix in (".md", ".json"):
        stranger.get(f"/{SIGNAL}{suffix}", 410)
        assert stranger.get(f"/{SIGNAL}{suffix}?at={last[1]}").data
    assert "earlier version" in stranger.get(f"/{SIGNAL}?at={last[1]}").text
    history = ana.get(f"/-/history/{SIGNAL}").text
    assert "<h1>Earlier versions of Signal</h1>" in history and f"/-/edit/{SIGNAL}" not in history
    restore = re.search(r'href="(/-/revert/[^"]+)"', history)
    assert restore
    address = restore[1].replace("&amp;", "&")
    for view in (f"/-/history/{SIGNAL}", f"/-/diff/{SIGNAL}"):
        for link in re.findall(r'href="(/communications/signal\?at=[^"]+)"', stranger.get(view).text):
            stranger.get(link)
    ana.post(address, ana.form(address, "message"))
    assert site.source(SIGNAL) == before


def test_a_protected_page_takes_suggestions_only(site, ana, ben) -> None:
    ana.post(f"/-/protect/{SIGNAL}", {**ana.form(f"/-/protect/{SIGNAL}", "role"), "role": "maintainer"})
    assert "your change goes to a maintainer" in ben.get(f"/-/edit/{SIGNAL}").text
    answer = ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="Ben's.\n", message="m"))
    assert "/-/suggestions/" in answer.headers["Location"]
    assert "Ben's." not in site.source(SIGNAL)


def test_that_every_editor_may_change_a_page_is_a_choice_of_its_own_where_its_folder_is_protected(
    site, ana, ben
) -> None:
    address = f"/-/protect/{SIGNAL}"
    assert 'value="editor"' not in ana.get(address).text
    ana.post("/-/protect/communications", {**ana.form("/-/protect/communications", "role"), "role": "maintainer"})
    assert "As its folder says: Maintainers" in ana.get(address).text
    ana.post(address, {**ana.form(address, "role"), "role": "editor"})
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="Ben's.\n"))
    assert "Ben's." in site.source(SIGNAL)


def test_one_change_is_taken_back_by_one_click_and_later_ones_stay(site, ben, ana) -> None:
    before = ben.edit(SIGNAL)["body"][0]
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, body="Vandalism.\n\n" + before))
    bad = site.head()
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, **{"cost.level": "$$$"}))
    assert ana.get(f"/-/revert/{SIGNAL}", 302).headers["Location"] == f"/-/history/{SIGNAL}", (
        "which one is chosen there"
    )
    offered = re.findall(r"/-/revert/[^\"]+", ana.get(f"/-/history/{SIGNAL}").text)
    assert offered == [f"/-/revert/{SIGNAL}?commit={commit}" for commit in (site.head(), bad)], "not what made the page"
    address = f"/-/revert/{SIGNAL}?commit={bad}"
    late = {**ana.form(address, "commit"), "csrf_token": "old", "message": "Not true."}
    assert 'value="Not true."' in ana.post(f"/-/revert/{SIGNAL}", late, 422).text
    ana.post(f"/-/revert/{SIGNAL}", {**ana.form(address, "commit")})
    assert "Vandalism" not in site.source(SIGNAL) and "$$$" in site.source(SIGNAL)
    assert site.wiki.repository.commit(site.head()).trailers["Revert-of"] == (bad,)


def test_all_that_one_account_did_is_taken_back_in_one_commit(site, ben, ana) -> None:
    before = {path: site.source(path) for path in (SIGNAL, "field/spoke")}
    for path in before:
        ben.post(f"/-/edit/{path}", ben.edit(path, body="Gone.\n"))
    fields = form_fields(ana.get("/-/people/ben").text, "since")
    shown = ana.post("/-/people/ben/take-back", {**fields, "since": "2026-03-01"}, 200)
    head = site.head()
    ana.post("/-/people/ben/take-back", form_fields(shown.text, "sure"))
    assert {path: site.source(path) for path in before} == before
    assert site.wiki.repository.commit(site.head()).parents == (head,)


def test_still_true_is_one_line_in_one_commit(site, ben, monkeypatch) -> None:
    # The machine's own clock, by which a day lies in the future, does not go on with that of the story.
    monkeypatch.setattr("wiki.editing.facts._AHEAD", timedelta(days=800))
    before = site.source(SIGNAL)
    site.clock.advance(days=400)
    ben = site.browser("ben")
    assert "Not checked for a while" in ben.get(f"/{SIGNAL}").text
    assert "Signal" in ben.get("/-/attention/stale").text
    head = site.head()
    form = form_fields(ben.get(f"/{SIGNAL}").text, f"/-/verify/{SIGNAL}")
    ben.post(f"/-/verify/{SIGNAL}", form)
    after = site.source(SIGNAL)
    changed = set(after.splitlines()) ^ set(before.splitlines())
    assert all(line.startswith(("last_verified", "verified_by")) for line in changed) and changed
    assert site.wiki.repository.commit(site.head()).parents == (head,)
    assert "Not checked for a while" not in ben.get(f"/{SIGNAL}").text


def test_two_tags_become_one_on_all_pages_in_one_commit(site, ana, stranger) -> None:
    head = site.head()
    ana.post("/-/tags", {**ana.form("/-/tags", "from"), "from": "safety", "to": "security"})
    assert "security" in site.source(SIGNAL) and "Safety" not in site.source(SIGNAL).partition("\n---")[0]
    assert site.wiki.repository.commit(site.head()).parents == (head,)
    stranger.get("/-/tags/safety", 404)
    assert "Signal" in stranger.get("/-/tags/security").text
