from __future__ import annotations

import html5lib

from tests.conftest import git


def cells(html: str) -> list[list[str]]:
    rows = html5lib.parse(html, namespaceHTMLElements=False).iter("tr")
    return [["".join(cell.itertext()).strip() for cell in row] for row in rows]


def test_pages_and_changes_are_counted_by_kind_and_month(site, stranger, ben) -> None:
    page = stranger.get("/-/statistics").text
    paths = {card.path for card in site.wiki.catalog.of_kind("tool")}
    # A page in several languages counts once.
    one_each = {path for path in paths if not path.startswith("es/") or path.removeprefix("es/") not in paths}
    assert len(one_each) < len(paths)
    assert ["Tools", str(len(one_each))] in cells(page)
    months = [row for row in cells(page) if len(row) == 3][1:]
    assert sum(int(changes) for _, changes, _ in months) == site.wiki.history.count()
    git(site.wiki.config.content_dir, "commit", "-q", "--allow-empty", "-m", "One more")
    assert f"{site.wiki.history.count() + 1} changes" in stranger.get("/-/statistics").text


def test_a_page_by_chance_is_a_page_that_is_there_and_no_cache_keeps_it(site, stranger) -> None:
    answer = stranger.client.get("/-/random")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    stranger.get(answer.headers["Location"])


def test_a_page_by_chance_is_in_the_language_of_the_reader(site, stranger) -> None:
    assert any(card.path.startswith("es/") for card in site.wiki.catalog.of_kind("tool"))
    for _ in range(40):
        assert not stranger.client.get("/-/random").headers["Location"].startswith("/es/")
