"""What people type is text, wherever it is shown: every page, every field, every role."""

from __future__ import annotations

import html
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import pytest

from tests.conftest import NOW, Story
from tests.web.conftest import PASSWORD, Browser, Site
from tests.web.crawling import Crawler, attacks
from tests.web.payloads import ADDRESSES, EVERYTHING, LINKS, MARKUP, WORDS
from tests.web.planting import BODY, EVIL, SHORT, front_matter, obeyed, plant, shape
from wiki.storage.objects import Person

ROLES = ("", "chris", "ben", "ana", "ada")
PLANTED = [f"communications/evil-{name}" for name in ("tool", "page")] + ["toolkits/evil-toolkit", "glossary/evil-term"]
OF_A_PAGE = (
    *("/{}", "/{}.md", "/{}.json", "/-/edit/{}", "/-/history/{}", "/-/history/{}.atom", "/-/diff/{}", "/-/blame/{}"),
    *("/-/links-to/{}", "/-/move/{}", "/-/delete/{}", "/-/protect/{}", "/-/attach/{}", "/-/revert/{}"),
    *("/-/toolkit/{}/sheet", "/-/toolkit/add?page={}", "/-/compare?page={}&page=communications/named-tool"),
)
OF_THE_WIKI = (
    *("/", "/?lang=es", "/-/theme.css", "/-/opensearch.xml", "/manifest.webmanifest", "/sitemap.xml", "/-/feed.atom"),
    *("/-/feed/communications.atom", "/-/export.csv", "/-/export.json", "/robots.txt", "/.well-known/security.txt"),
    *("/-/all", "/-/tags", "/-/functions", "/-/recent", "/-/attention", "/-/review", "/-/admin", "/-/admin/log"),
    *("/-/admin/settings", "/-/admin/health", "/-/import", "/-/account", "/toolkits", "/glossary", "/communications"),
    *("/out", "/back", "/script", "/up", "/-/login", "/-/register", "/-/health", "/-/metrics", "/-/new"),
)
TYPED = (
    "/{}", "/-/search?q={}", "/-/suggest?q={}", "/-/tags/{}", "/-/functions/{}", "/-/people/{}", "/-/edit/{}", "/-/new?path={}",
    "/-/new?title={}", "/-/new?kind={}", "/-/login?next={}", "/-/compare?page={}", "/-/search?q=a&tag={}&function={}", "/-/link/{}",
    "/-/recent?kind={}", "/?lang={}", "/?notice={}", "/communications/signal?at={}", "/-/attention/{}", "/-/toolkit/add?toolkit={}",
    "/-/review?category={}", "/-/admin/people/{}", "/-/feed/{}.atom", "/-/history/{}.atom", "/-/diff/communications/signal?from={}",
)  # fmt: skip


# What no page leads to, for one person or another.
ENTRANCES = (
    *(
        "/-/edit/communications/signal",
        "/-/edit/communications/signal?mode=source",
        "/-/edit/glossary/p2p",
        "/-/new?kind=guide",
    ),
    *(
        "/-/edit/toolkits/first-meeting",
        "/-/edit/_wiki/site.yml",
        "/-/attach/communications/signal",
        "/-/protect/about",
    ),
    *("/-/move/communications/signal", "/-/delete/field/old-dialer", "/-/toolkit/add?page=communications/signal"),
    *(
        "/-/compare?page=communications/signal",
        "/-/review",
        "/-/review/1",
        "/-/admin",
        "/-/admin/people/emil",
        "/-/import",
    ),
    *(
        "/-/account",
        "/-/login",
        "/-/register",
        "/-/people/ben",
        "/-/recent",
        "/-/attention",
        "/-/statistics",
        "/-/revert/about",
    ),
)


class Hostile(Site):
    """A wiki in which everything that can hold words holds a script."""

    def walk(self, who: str, seen: set[int]) -> Iterator[str]:
        """What of the payload is obeyed on any page that this person can get to; `seen` answers are not judged again."""
        client = self.browser(who).client
        queue = [view.format(path) for view in OF_A_PAGE for path in (PLANTED if who == "ada" else PLANTED[:1])]
        queue += OF_THE_WIKI
        if who in ("", "ada"):
            queue += [view.replace("{}", quote(EVIL, safe="")) for view in TYPED]
        known, places = set(queue), Counter[str]()
        urls = self.app.url_map.bind("localhost")
        for address in queue:
            response = client.get(address)
            assert response.status_code < 500, address
            location = response.headers.get("Location", "/")
            assert location.startswith("/") and not location.startswith(("//", "/\\")), (address, location)
            text = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
            if hash(response.data) not in seen:
                seen.add(hash(response.data))
                yield from (f"{found} at {address[:150]}" for found in obeyed(response, address))
            for href in [*re.findall(r'href="([^"#]*)"', text), location]:
                parts = urlsplit(urljoin(f"http://localhost{address}", html.unescape(href)))
                found = parts.path + (f"?{parts.query}" if parts.query else "")
                if parts.netloc != "localhost" or found in known or who not in ("", "ada"):
                    continue
                # What is linked is visited too, a few of each sort.
                endpoint = urls.match(parts.path, "GET")[0] if parts.path.isascii() else ""
                place = f"{endpoint} {sorted({name for name, _ in parse_qsl(parts.query)})}"
                places[place] += 1
                if places[place] <= (30 if place == "pages.show []" and who else 2):
                    known.add(found)
                    queue.append(found)


@pytest.fixture
def hostile(story: Story) -> Iterator[Hostile]:
    plant(story)
    found = Hostile(story.home)
    for name in filter(None, ROLES):
        found.person(name)
    yield found
    found.wiki.close()


def fill_accounts(site: Site) -> None:
    """The payload into the texts of every account, past all checks of names."""
    with sqlite3.connect(site.wiki.config.instance_dir / "accounts.sqlite3") as accounts:
        accounts.execute("UPDATE users SET display_name = ?, note = ?", (EVIL, EVIL))
        accounts.execute("UPDATE tokens SET label = ?", (EVIL,))
        accounts.execute("UPDATE drafts SET path = ?", (EVIL,))
        accounts.execute("UPDATE audit SET subject = ?, actor = ?", (EVIL, EVIL))


def suggest(site: Site, browser: Browser, path: str) -> str:
    """A suggestion with the payload in every field that a stranger may fill in, and talk about it; its address."""
    fields = browser.edit(
        path,
        body=BODY.replace("\x01", ""),
        message=EVIL[:200],
        credit="{{7*191}}%(x)s'",
        affiliation="none",
        summary=SHORT,
        title=SHORT,
    )
    site.clock.advance(minutes=2)
    answer = browser.client.post(f"/-/edit/{path}", data=fields)
    assert answer.status_code == 303, re.findall(r"<li><a href=.#[^>]*>[^<]*", answer.get_data(as_text=True))
    address = answer.headers["Location"].partition("?")[0]
    token = fields["csrf_token"]
    browser.client.post(address, data={"csrf_token": token, "text": EVIL})
    return address


def test_nothing_that_people_wrote_is_obeyed_on_any_page_in_any_role(hostile: Hostile) -> None:
    stranger, ana, ada = (hostile.browser(who) for who in ("", "ana", "ada"))
    followed = suggest(hostile, stranger, "communications/signal")
    ana.client.post("/-/review/1", data={"csrf_token": ana.token(), "do": "ask", "text": EVIL})
    ada.client.post("/-/account/tokens", data={"csrf_token": ada.token(), "name": EVIL, "password": PASSWORD})
    ada.client.post("/-/drafts", data={"csrf_token": ada.token(), "key": EVIL, "path": EVIL, "fields": '{"body": "x"}'})
    hostile.wiki.accounts.registration.request("emil", PASSWORD, EVIL)
    fill_accounts(hostile)
    found, seen = [], set[int]()
    for who in ROLES:
        found += hostile.walk(who, seen)
    for browser, address in ((stranger, followed), (stranger, f"{followed}/edit"), (ana, "/-/review/1")):
        found += obeyed(browser.client.get(address), address)
    assert found == []
    assert len(seen) > 300


def test_every_form_that_is_found_takes_what_attackers_type_for_text(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four people find all forms by themselves and put another payload into each field; then all that is shown is looked at."""
    for limit in ("wiki.web.imports.LOOKS_PER_HOUR", "wiki.accounts.sign_in.PER_ADDRESS"):
        monkeypatch.setattr(limit, 10_000)
    rosa = Person("Rosa", "rosa@private.example")
    story.writer.commit(
        {"tips/by-rosa.md": b"x\n"}, base=story.repository.head(), message="By git", author=rosa, when=NOW
    )
    site = Site(story.home)
    ada, stranger = site.browser("ada"), site.browser()
    suggest(site, stranger, "communications/signal")
    ada.client.post(
        "/-/drafts", data={"csrf_token": ada.token(), "key": "x", "path": "about", "fields": '{"body": "x"}'}
    )
    site.wiki.accounts.registration.request("emil", PASSWORD, "Let me in")
    crawlers = [Crawler(site.browser(who)) for who in ("", "chris", "ana", "ada")]
    known = set[tuple[str, ...]]()
    texts = cycle(EVERYTHING[::5])
    sent = 0
    for crawler in crawlers:
        crawler.walk("/", *ENTRANCES, judge=False)
        crawler.forms = {sort: form for sort, form in crawler.forms.items() if sort not in known}
        known |= crawler.forms.keys()
    for crawler in crawlers:
        for form, name, text in attacks(crawler, texts):
            site.clock.advance(minutes=10)
            crawler.type(form, name, text)
            sent += 1
    for crawler in crawlers:
        crawler.walk("/", *ENTRANCES)
    site.wiki.close()
    assert [found for crawler in crawlers for found in crawler.found] == []
    # Nothing is right because nothing was found.
    assert len(known) > 40 and sent > 150
    assert sum(crawler.seen for crawler in crawlers) > 300


def test_what_attackers_are_known_to_type_is_text(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them alone, since one may end what another begins: as a body, as a title and summary, and as what is asked for."""
    monkeypatch.setattr("wiki.web.imports.LOOKS_PER_HOUR", 1_000)
    facts = {"kind": "tool", "categories": ["communications"], "functions": ["team-chat"]}
    titled = {f"communications/title-{number}": text for number, text in enumerate(("harmless", *EVERYTHING))}
    bodies = {f"tips/body-{number}": text for number, text in enumerate((*MARKUP, *LINKS))}
    named = {
        f"{path}.md": front_matter({**facts, "title": text, "summary": text, "tags": [text], "aka": [text]})
        + "Words.\n"
        for path, text in titled.items()
    }
    story.commit({**named, **{f"{path}.md": f"{text}\n" for path, text in bodies.items()}}, message=EVERYTHING[0])
    site = Site(story.home)
    stranger = site.browser().client
    found = []

    def look(address: str, as_harmless: set[str] | None = None) -> None:
        answer = stranger.get(address)
        assert answer.status_code < 500, address
        assert all("\n" not in value and "\r" not in value for value in answer.headers.values()), address
        wrong = obeyed(answer, address) if as_harmless is None else shape(answer.text) - as_harmless
        found.extend(f"{what} at {address[:150]}" for what in wrong)

    plain = shape(stranger.get("/communications/title-0").text)
    for path in bodies:
        look(f"/{path}")
    for path in titled:
        look(f"/{path}", plain)
    for text in (*MARKUP, *WORDS):
        look(f"/-/search?q={quote(text, safe='')}")
        look(f"/{quote(text, safe='')}")
    for text in ADDRESSES:
        look(f"/-/login?next={quote(text, safe='')}")
    for address in (
        "/communications",
        "/-/all",
        "/-/tags",
        "/-/recent",
        "/sitemap.xml",
        "/-/feed.atom",
        "/-/export.csv",
        "/-/export.json",
    ):
        look(address)
    token = site.browser().token()
    for kind, texts in (("plain", EVERYTHING), ("markdown", LINKS), ("html", EVERYTHING)):
        list_of = "\n".join(
            texts if kind != "html" else (f"<li><a href='https://x.example'>{text}</a>" for text in texts)
        )
        fields = {
            "csrf_token": token,
            "category": "communications",
            "function": "team-chat",
            "format": kind,
            "text": list_of,
        }
        answer = stranger.post("/-/import", data=fields)
        assert answer.status_code < 500
        found += [f"{what} in a list, {kind}" for what in obeyed(answer, "/-/import")]
    site.wiki.close()
    assert found == []
