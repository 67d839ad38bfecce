"""An answer of the search that was overtaken by the index is nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Site


def test_what_search_found_before_the_index_caught_up_is_not_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = site.browser("ben")
    ben.post("/-/edit/communications/signal", ben.edit("communications/signal", body="A word: zyxword."))
    rank = site.wiki.search.rank
    monkeypatch.setattr(site.wiki.search, "rank", lambda *a, **k: (rank(*a, **k), site.wiki.catch_up())[0])
    address = "/-/search?q=zyxword&format=json"

    def total(found: Any) -> int:
        return int(found.get_json()["total"])

    assert total(site.browser().get(address)) == 0
    assert site.wiki.is_current()
    assert total(site.browser().get(address)) == 1
