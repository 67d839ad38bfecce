"""An organizer reads: home, categories, pages, search, comparison, without a cookie and without scripts."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from tests.web.test_languages import commit

ADDRESSES = (
    "/",
    "/communications",
    "/communications?cost=free&sort=verified",
    "/toolkits",
    "/glossary",
    "/-/all",
    "/-/tags",
    "/-/functions",
    "/-/attention",
    "/-/search",
    "/-/search?q=signal",
    "/-/compare",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_reads_without_a_cookie(stranger, address) -> None:
    response = stranger.get(address)
    assert "Set-Cookie" not in response.headers


def test_every_page_of_the_story_is_shown(site, stranger) -> None:
    for path, _ in site.wiki.store.paths():
        response = stranger.get(f"/{path}")
        assert site.wiki.catalog.card(path.text).title in response.text.replace("&#39;", "'").replace("&amp;", "&")


def test_menus_are_those_of_who_asks_and_count_the_pages_there_are_now(site, stranger, ana) -> None:
    """They are made once and kept, whoever asked first."""

    def menus(browser) -> tuple[bool, int]:
        html = browser.get("/-/functions").text
        return 'href="/-/review"' in html, sum(map(int, re.findall(r'class="menu-count">(\d+)<', html)))

    _, pages = menus(ana)
    assert [menus(stranger), menus(ana), menus(stranger)] == [(False, pages), (True, pages), (False, pages)]
    commit(site, {"communications/more.md": "---\ncategories: [communications]\n---\n# More\n"})
    assert [menus(stranger), menus(ana)] == [(False, pages + 1), (True, pages + 1)]


def test_why_a_tool_is_retired_and_that_a_version_is_an_earlier_one_stand_before_its_facts(site, stranger, ben) -> None:
    before = site.head()
    retired = {"status": "retired", "status_note": "Bought up.", "replaced_by": "communications/mattermost"}
    ben.post("/-/edit/communications/signal", ben.edit("communications/signal", message="Closed", **retired))
    html = stranger.get("/communications/signal").text
    assert html.index("Bought up.") < html.index('class="facts"') and 'href="/communications/mattermost"' in html
    earlier = stranger.get(f"/communications/signal?at={before}").text
    assert earlier.index("This is an earlier version") < earlier.index('class="facts"')


def test_another_tool_for_the_same_is_one_tap_away_with_what_it_costs(stranger) -> None:
    html = stranger.get("/communications/signal").text
    compared = "/-/compare?page=communications/signal&amp;page=communications/mattermost"
    assert 'href="#see-alternatives"' in html and compared in html
    others = html[html.index('id="see-alternatives"') :]
    assert others.index("communications/mattermost") < others.index("low for its kind")
    assert '<meta property="og:title" content="Signal">' in html
    # From a translation it leads on in its language, which the address says where the page has none of its own.
    spanish = stranger.get("/es/communications/signal").text
    assert 'href="/communications/mattermost?lang=es"' in spanish.partition("see-alternatives")[2]


def test_another_tool_that_is_no_more_says_so_and_stands_last(site, stranger) -> None:
    tool = "---\nkind: tool\ntitle: {}\nalternatives: [communications/signal]\nstatus: {}\n---\n"
    commit(site, {"tips/a.md": tool.format("Aa", "retired"), "tips/b.md": tool.format("Bb", "active")})
    others = stranger.get("/communications/signal").text.partition('id="see-alternatives"')[2]
    assert others.index("Bb") < others.index("Aa") < others.index("Retired")


def test_the_risks_of_a_guide_and_where_facts_come_from_are_shown(site, stranger) -> None:
    facts = 'risk_note: "Ask a <lawyer>"\nsources: [https://law.example/rules?utm_source=wiki&a=1]\ntools: [communications/signal]\n'
    commit(site, {"tips/strikes.md": f"---\nkind: guide\ntitle: Strikes\nsummary: How.\n{facts}---\nText.\n"})
    html = stranger.get("/tips/strikes").text
    assert html.index("Risks to know") < html.index("Ask a &lt;lawyer&gt;") < html.index("Text.")
    assert 'href="https://law.example/rules?a=1"' in html and 'href="/communications/signal"' in html


def test_the_address_of_a_language_is_the_home_page_in_it(stranger) -> None:
    assert stranger.get("/es", 302).headers["Location"] == "/?lang=es"


def test_a_page_is_also_source_and_data(site, stranger) -> None:
    path = next(path.text for path, _ in site.wiki.store.paths() if path.text.startswith("communications/"))
    assert stranger.get(f"/{path}.md").text == site.source(path)
    data = json.loads(stranger.get(f"/{path}.json").text)
    assert data["path"] == path and data["kind"] == "tool"


def test_other_spellings_of_an_address_lead_to_the_page(site, stranger) -> None:
    path = next(path.text for path, _ in site.wiki.store.paths() if path.text.startswith("communications/"))
    for spelled in (path.upper(), path.replace("-", "_"), path + "/"):
        if spelled != path:
            assert stranger.get(f"/{spelled}", 301).headers["Location"] == f"/{path}"


def test_source_data_lists_and_views_of_a_page_are_found_by_another_spelling_with_all_that_was_asked(
    site, stranger
) -> None:
    at = f"?at={site.head()}"
    for spelled, led in (
        ("/communications/signal.json/?x=1", "/communications/signal.json?x=1"),
        ("/Communications/Signal.md/", "/communications/signal.md"),
        (f"/Communications/Signal{at}", f"/communications/signal{at}"),
        (f"/Communications/Signal.json{at}", f"/communications/signal.json{at}"),
        (f"/communications/signal/{at}", f"/communications/signal{at}"),
        (f"/communications/signal.md/{at}", f"/communications/signal.md{at}"),
        ("/Communications/Signal.md", "/communications/signal.md"),
        ("/Communications/Signal.json?x=1", "/communications/signal.json?x=1"),
        ("/communications/signal/?notice=saved", "/communications/signal?notice=saved"),
        ("/Communications?cost=free", "/communications?cost=free"),
        ("/communications/?cost=free&sort=verified", "/communications?cost=free&sort=verified"),
    ):
        assert stranger.get(spelled, 301).headers["Location"] == led
    for view in ("edit", "history", "diff", "blame"):
        asked = f"/-/{view}/Communications/Signal?lang=es"
        assert stranger.get(asked, 302).headers["Location"] == f"/-/{view}/communications/signal?lang=es"
    stranger.get(f"/nowhere/at-all{at}", 404)


@pytest.mark.parametrize(
    "address",
    [
        "/nothing/here",
        "/../../etc/passwd",
        "/.git/config",
        "/-Ox",
        "/" + "a" * 3000,
        "/a%00b",
        "/a%0ab",
        "/x/" * 200,
        "/%ff",
    ],
)
def test_addresses_of_nothing_are_answered_404(stranger, address) -> None:
    assert stranger.client.get(address).status_code in (301, 308, 404)


def test_a_commit_made_with_git_is_shown_at_the_next_request(site, stranger) -> None:
    stranger.get("/tips/new-from-git", 404)
    file = site.wiki.config.content_dir / "tips" / "new-from-git.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text("# Written in an editor\n\nA zebra stands here.\n")
    from tests.conftest import git

    git(site.wiki.config.content_dir, "add", "-A")
    git(site.wiki.config.content_dir, "commit", "-qm", "By hand")
    assert "A zebra stands here." in stranger.get("/tips/new-from-git").text
    assert "Written in an editor" in stranger.get("/-/all").text
    site.wiki.catch_up()
    assert "Written in an editor" in stranger.get("/-/search?q=zebra").text


def test_a_page_view_starts_no_process(site, stranger, monkeypatch) -> None:
    import subprocess

    path = next(path.text for path, _ in site.wiki.store.paths() if path.text.startswith("communications/"))
    stranger.get(f"/{path}")
    started: list[object] = []
    original = subprocess.Popen.__init__

    def counted(self, *args, **kwargs) -> None:
        started.append(args)
        original(self, *args, **kwargs)

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    for other, _ in site.wiki.store.paths():
        stranger.get(f"/{other}")
    assert not started


def test_the_second_answer_is_the_same_and_can_be_kept(stranger) -> None:
    first = stranger.get("/communications")
    second = stranger.get("/communications")
    assert first.data == second.data and first.headers["ETag"] == second.headers["ETag"]
    assert stranger.get("/communications", 304, headers={"If-None-Match": first.headers["ETag"]}).data == b""


def test_what_a_visitor_makes_up_is_shown_among_the_choices_and_not_remembered(site, stranger) -> None:
    page = stranger.get("/-/search?q=chat&cost=zyx&cost=free&platform=zyx")
    assert 'name="cost" value="zyx" checked><span class="choice-words">zyx</span>' in page.text
    (kept,) = site.app.extensions["kept"].values()
    assert kept.get(("value", "cost", "free")) is not None
    assert kept.get(("value", "cost", "zyx")) is None and kept.get(("value", "platform", "zyx")) is None


def test_a_category_in_which_nothing_fits_shows_the_way_to_what_fits_elsewhere(stranger) -> None:
    empty = stranger.get("/communications?function=p2p-texting&platform=web&category=field").text.partition("<main")[2]
    assert "Show 1 page of the whole wiki that fits" in empty and "0 pages" not in empty
    way = unescape(re.search(r'href="(/-/all[^"]*)"', empty)[1])
    assert 'href="/field/spoke"' in stranger.get(way).text.partition("<main")[2]
    for nothing in ("/communications?function=p2p-texting&license=no-such", "/communications?function=team-chat"):
        assert "of the whole wiki" not in stranger.get(nothing).text


def test_search_answers_programs_too(stranger) -> None:
    data = json.loads(stranger.get("/-/search?q=signal&format=json").text)
    assert set(data) == {"query", "total", "page", "results", "facets", "suggestion"}
    assert data["total"] >= 1 and {"path", "title", "kind", "summary", "snippet", "score"} <= set(data["results"][0])


def test_who_searches_in_another_language_than_the_wikis_first_sees_the_pages_in_that(stranger) -> None:
    def first(words: str) -> str:
        return str(json.loads(stranger.get(f"/-/search?q={words}&format=json").text)["results"][0]["path"])

    assert first("mensajes") == "es/communications/signal" and first("signal") == "communications/signal"


def test_what_is_left_out_is_left_out_where_else_there_are_only_filters(stranger) -> None:
    def found(words: str) -> set[str]:
        return {hit["path"] for hit in json.loads(stranger.get(f"/-/search?q={words}&format=json").text)["results"]}

    assert found("kind:tool") - found("kind:tool+-spoke") == found("kind:tool+spoke") != set()


def test_a_search_for_two_tools_offers_to_compare_them_and_one_for_a_product_without_a_page_says_so(stranger) -> None:
    def main(words: str) -> str:
        return str(stranger.get(f"/-/search?q={words}").text).partition("<main")[2]

    assert 'href="/-/compare?page=field/spoke&amp;page=communications/signal"' in main("spoke+vs+signel")
    assert "/-/compare?" not in main("spoke+texting")
    assert "There is no page about Venmo yet." in main("is+venmo+good") and 'href="/fundraising/open-' in main("venmo")


def test_a_retired_tool_in_a_list_says_what_to_use_instead(stranger) -> None:
    for address in ("/-/search?q=old+dialer", "/-/all?status=retired"):
        row = stranger.get(address).text.partition(">Old Dialer</a>")[2].partition("</li>")[0]
        assert 'Use instead: <a href="/field/spoke">Spoke</a>' in row, address


def test_search_says_what_it_took_the_words_for_and_what_it_found_nowhere(stranger) -> None:
    page = stranger.get("/-/search?q=signel+zyxwvu").text
    assert "this shows <strong>signal zyxwvu</strong>" in page and "No page has: zyxwvu." in page
    assert "No page is about all of that" not in page
    exactly = unescape(re.search(r'href="(/-/search[^"]*exact=1[^"]*)"', page)[1])
    assert "<strong>signal" not in (typed := stranger.get(exactly).text) and "Search: signel zyxwvu" in typed
    apart = stranger.get("/-/search?q=phone+insurance+quotes+for+lawyers").text
    assert "No page is about all of that. These come nearest:" in apart
    assert 'href="/-/new?title=phone+insurance+quotes+for+lawyers">Suggest this page</a>' in apart
    nothing = stranger.get("/-/search?q=sigzyxwvu").text
    assert "No page has:" not in nothing and "Nothing found" in nothing
    near = nothing[nothing.index("Near to it") :]
    assert near[: near.index("</p>")].count(">Signal<") == 1
    pasted = json.loads(stranger.get("/-/search?q=https://signal.org/en/download&format=json").text)
    assert pasted["results"][0]["path"] == "communications/signal"


@pytest.mark.parametrize(
    "query",
    [
        "*",
        '""',
        "(a+)+$",
        "NEAR(",
        "x" * 10_000,
        "a b " * 2_500,
        "-Ofoo",
        "a\0b",
        "-",
        "cost:",
        "kind:nothing",
        "🜚",
        "‮",
    ],
)
def test_any_query_gets_an_answer(stranger, query) -> None:
    stranger.get("/-/search", query_string={"q": query})
    stranger.get("/-/search", query_string={"q": query, "page": "1000000000", "format": "json"})


def test_a_folder_of_pages_without_settings_has_a_home_page_that_leads_into_it(site, stranger) -> None:
    from tests.conftest import git

    content = site.wiki.config.content_dir
    git(content, "rm", "-rqf", ".")
    (content / "docs").mkdir()
    (content / "docs" / "start.md").write_text("# How to begin\n")
    (content / "README.md").write_text("# Our notes\n\nWhat we know, [from the start](docs/start.md).\n")
    git(content, "add", "-A")
    git(content, "commit", "-qm", "Only pages")
    home = stranger.get("/").text
    assert "What we know" in home
    assert home.count('href="/docs/start"') >= 2
    assert 'href="/docs"' in home


def test_each_heading_of_a_page_leads_to_its_part_of_the_text(stranger) -> None:
    """Beside a heading stand its address and a way to change just that section."""
    page = stranger.get("/communications/signal").text
    headings = re.findall(r'<h2 id="([^"]+)">[^<]+</h2><a [^>]*class="heading-link"', page)
    assert headings
    for name in headings:
        assert f'href="/-/edit/communications/signal?section={name}" aria-describedby="{name}">edit</a>' in page
    assert stranger.get(f"/-/edit/communications/signal?section={headings[0]}").status_code == 200
