"""The first start of a large wiki: it answers before its texts are read, and nothing is lost or wrong meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.conftest import Site
from wiki.cli import serve

SIGNAL = "communications/signal"
SEARCH = "/-/search?q=signal+zyxmessage"
UNFINISHED = "Search is still being made ready"


@pytest.fixture
def site(story_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The story wiki as a server has it that starts for the first time, were it large."""
    found = Site(story_home)
    found.wiki.close()
    shutil.rmtree(story_home / "search_index")
    monkeypatch.setattr(serve, "MANY_FILES", 0)
    serve._derive(found.wiki)
    yield found
    found.wiki.close()


def test_a_large_wiki_answers_before_its_texts_are_read(site: Site) -> None:
    wiki, stranger, ben, ana = site.wiki, site.browser(), site.browser("ben"), site.browser("ana")
    assert wiki.catalog.revision() == wiki.history.revision() == site.head()
    assert not wiki.catalog.is_whole() and not wiki.is_current() and wiki.search.commit() is None
    assert "Signal" in stranger.get(f"/{SIGNAL}").text
    assert stranger.get(f"/-/history/{SIGNAL}").status_code == 200
    found = stranger.get(SEARCH).text
    assert UNFINISHED in found and f'href="/{SIGNAL}"' in found
    health = stranger.client.get("/-/health").get_json()
    assert (health["status"], health["catalog"], health["search"]) == ("degraded", "behind", "missing")

    # What people do is on all lists at once, but for what can't be done without all links.
    ben.post(f"/-/edit/{SIGNAL}", ben.edit(SIGNAL, summary="A zyxmessage for friends"))
    assert "zyxmessage" in stranger.get("/communications").text and "zyxmessage" in stranger.get(SEARCH).text
    assert "Ben" in stranger.get("/-/recent").text
    move = ana.form(f"/-/move/{SIGNAL}", "to")
    ana.post(f"/-/move/{SIGNAL}", {**move, "to": "tips/signal-app"}, 503)

    # When all is there, nothing of what was shown before is kept, and the catalog is as if it had been built at once.
    wiki.catch_up()
    assert wiki.is_current() and wiki.readiness() is None
    found = stranger.get(SEARCH).text
    assert UNFINISHED not in found and "zyxmessage" in found
    links = [(link.page.path, link.text) for link in wiki.catalog.backlinks(SIGNAL)]
    wiki.catalog.catch_up(full=True)
    assert links and links == [(link.page.path, link.text) for link in wiki.catalog.backlinks(SIGNAL)]
    assert stranger.client.get("/-/health").get_json()["status"] == "ok"
    ana.post(f"/-/move/{SIGNAL}", {**ana.form(f"/-/move/{SIGNAL}", "to"), "to": "tips/signal-app"})


def test_how_far_search_is_grows_until_it_is_there(site: Site) -> None:
    wiki, seen = site.wiki, []
    wiki.catch_up(lambda step, done, total: seen.append(wiki.readiness()))
    shares = [made[0] / made[1] for made in seen if made is not None]
    assert shares == sorted(shares) and 0 <= shares[0] < shares[-1] <= 1
    assert wiki.readiness() is None
