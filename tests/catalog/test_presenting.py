from __future__ import annotations

import re

from tests.conftest import Story
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings


def shown(story: Story, body: str, path: str = "communications/signal") -> str:
    settings: Settings = story.settings.at()
    return story.presenter.html(story.rendering.render(body), PagePath(path), settings)


def hrefs(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*)"', html)


def test_links_lead_to_the_addresses_of_their_pages(story: Story) -> None:
    html = shown(story, "[[Mattermost]] [s](../field/spoke.md#texts) ![g](groups.png) [h](/) [q](/-/search?q=a)")
    assert hrefs(html) == [
        "/communications/mattermost",
        "/field/spoke#texts",
        "/communications/signal/groups.png",
        "/",
        "/-/search?q=a",
    ]
    assert "missing" not in html


def test_links_to_pages_that_are_missing_are_marked(story: Story) -> None:
    html = shown(story, "[[Mutual aid]] and [x](/field/nothing.md)")
    assert html.count("missing") == 2
    assert hrefs(html) == ["/communications/mutual-aid", "/field/nothing"]


def test_a_new_page_is_linked_without_rendering_the_old_one_again(story: Story) -> None:
    page = story.page("communications/newsletter-basics")
    rendered = story.rendering.rendered(page)
    assert 'class="missing"' in story.presenter.html(rendered, page.path, story.settings.at())
    story.commit({"communications/mail-merge.md": "# Mail merge\n"})
    story.catalog.catch_up()
    assert 'class="missing"' not in story.presenter.html(rendered, page.path, story.settings.at())


def test_the_first_use_of_a_term_explains_it(story: Story) -> None:
    html = shown(story, "GOTV, and GOTV again. `GOTV`")
    assert html.count('class="term"') == 1
    assert 'href="/glossary/gotv"' in html
    assert "get out the vote" not in html


def test_terms_that_change_are_explained_anew(story: Story) -> None:
    assert "Volunteers send" in shown(story, "peer-to-peer texting")
    story.save("glossary/p2p-texting", story.source("glossary/p2p-texting").replace("Volunteers send", "People write"))
    story.catalog.catch_up()
    assert "People write" in shown(story, "peer-to-peer texting")


def test_the_glossary_does_not_explain_itself(story: Story) -> None:
    assert 'class="term"' not in shown(story, "GOTV", "glossary/p2p-texting")


def test_a_page_is_finished_with_a_few_queries_however_many_links_it_has(story: Story) -> None:
    counted: list[str] = []
    database = story.catalog.database
    ask = database.rows

    def rows(sql: str, parameters: object = ()) -> object:
        counted.append(sql)
        return ask(sql, parameters)  # type: ignore[arg-type]

    body = " ".join(f"[[Page {number}]] [[Spoke]] [x](y{number}.md)" for number in range(60))
    shown(story, body)
    database.rows = rows  # type: ignore[method-assign,assignment]
    shown(story, body)
    assert len(counted) <= 3
