"""The interface in the languages of the wiki: complete in Spanish, asked for by the address, kept by every link."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from babel import Locale
from babel.messages.catalog import Message

from tests.conftest import story_files
from tests.web.conftest import Browser, Site, form_fields, parsed, words_of
from tools import translations
from wiki.pages.kinds import KINDS
from wiki.pages.languages import own_name
from wiki.resources import folder
from wiki.web import application
from wiki.web import translations as catalogs
from wiki.web.kept_language import in_language, with_language

CATALOGS = list(translations.catalogs())
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|\*\*|\[\[|##|\$|https?://")
# Pages of the engine that a stranger and an administrator come across.
SIGNALS = ("communications/signal", "es/communications/signal")
ASKED = ["/", "/-/search?q=signal", "/-/new?kind=tool", "/-/edit/communications/signal", "/-/account", "/-/admin"]
# Words that are the same in Spanish, names, and what people wrote.
SAME = {"english", "español", "api", "git", "html", "markdown", "chris", "cc by-sa 4.0", "approval", "nobody"}
SAME |= {"begin our wiki", "describe our tools", "explain words, collect what we use"}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    translations.compile_all()


def document(html: str) -> Element:
    found: Element = parsed(html)[0]
    return found


def html_element(browser: Browser, address: str, status: int = 200) -> dict[str, str]:
    return dict(document(browser.get(address, status).text).attrib)


def links(html: str) -> Iterator[Element]:
    """The links of a page that lead on in its own language."""
    for link in document(html).iter("a"):
        if (link.get("href") or "").startswith("/") and link.get("hreflang") is None:
            yield link


# The translations


extracted = cache(translations.extract)


def messages() -> list[Message]:
    return [message for message in extracted() if message.id]


def texts(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


@pytest.mark.parametrize(("language", "path"), CATALOGS)
def test_every_word_of_the_interface_is_translated(language: str, path: Path) -> None:
    catalog = translations.read(path, language)
    missing = []
    for message in messages():
        found = catalog.get(message.id, message.context)
        strings = [] if found is None else [found.string] if isinstance(found.string, str) else list(found.string)
        if not strings or not all(strings) or found.fuzzy:
            missing.append(message.id)
    assert not missing, f"make words, then translate in {path.name}: {missing}"


def test_no_marked_word_is_hidden_from_the_tool_that_collects_them() -> None:
    """Before Python 3.12 it doesn't look into f-strings."""
    collected = {text for message in messages() for text in texts(message)}
    marked = {
        node.args[0].value
        for file in (translations.ROOT / "wiki").rglob("*.py")
        if '_("' in (text := file.read_text("utf-8")) or "_('" in text
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        if (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "_"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert "Searching needs scripts. Without them, there is the list of all pages." in marked
    assert not marked - collected


@pytest.mark.parametrize(("language", "path"), CATALOGS)
def test_a_translation_has_the_placeholders_and_marks_of_its_message(language: str, path: Path) -> None:
    for message in translations.read(path, language):
        if not message.id:
            continue
        wanted = [set(PLACEHOLDER.findall(text)) for text in texts(message)]
        for string in [message.string] if isinstance(message.string, str) else message.string:
            assert set(PLACEHOLDER.findall(string)) in wanted, (message.id, string)
            ends = [(text[:1].isspace(), text[-1:].isspace(), text[-1:] in ".?") for text in texts(message)]
            assert (string[:1].isspace(), string[-1:].isspace(), string[-1:] in ".?") in ends, (message.id, string)


@pytest.mark.parametrize(("language", "path"), CATALOGS)
def test_a_translation_holds_no_words_that_have_gone(language: str, path: Path) -> None:
    asked = {(message.context, texts(message)[0]) for message in messages()}
    held = {(message.context, texts(message)[0]) for message in translations.read(path, language) if message.id}
    assert not held - asked, "make words takes them out"


def test_merging_again_changes_nothing(tmp_path: Path) -> None:
    _, path = CATALOGS[0]
    copy = tmp_path / "messages.po"
    copy.write_bytes(path.read_bytes())
    translations.update("es", copy, extracted())
    assert copy.read_bytes() == path.read_bytes(), "make words"


def test_without_compiled_translations_the_interface_is_english(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = site.wiki.config.home / "nothing"
    for module in (application, catalogs):
        monkeypatch.setattr(module, "folder", lambda name: elsewhere if name == "translations" else folder(name))
    monkeypatch.setattr(catalogs, "catalog_of", catalogs.catalog_of.__wrapped__)
    site.app = application.create_app(wiki=site.wiki, clock=site.clock)
    page = site.browser().get("/?lang=es").text
    assert "Skip to the content" in page
    assert "Comunicación" in page


@pytest.mark.parametrize("code", ["ar", "de", "en", "es", "fr", "it", "pt"])
def test_a_language_is_called_what_babel_calls_it(code: str) -> None:
    assert own_name(code).casefold() == (Locale.parse(code).get_display_name() or "").casefold()
    assert own_name("xx") == "xx"


# Which language


@pytest.mark.parametrize("address", ["/?lang=es", "/communications/signal?lang=es", "/es/communications/signal"])
def test_the_address_says_the_language_and_no_cookie_remembers_it(stranger: Browser, address: str) -> None:
    response = stranger.get(address)
    assert document(response.text).attrib == {"lang": "es", "dir": "ltr"}
    assert "Ir al contenido" in response.text
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("address", ["/nowhere?lang=es", "/es/nowhere"])
def test_what_is_missing_is_said_in_the_language_asked_for(stranger: Browser, address: str) -> None:
    page = stranger.get(address, 404).text
    assert "Aquí no hay ninguna página" in page
    assert document(page).get("lang") == "es"


def test_what_a_browser_likes_best_is_not_asked(stranger: Browser) -> None:
    response = stranger.get("/", headers={"Accept-Language": "es"})
    assert document(response.text).get("lang") == "en"
    assert "Accept-Language" not in response.headers["Vary"]


def test_a_language_that_the_wiki_has_not_is_not_given(stranger: Browser) -> None:
    assert html_element(stranger, "/?lang=de")["lang"] == "en"


def test_the_page_cache_keeps_the_languages_of_one_page_apart(site: Site) -> None:
    addresses = ("/communications/signal", "/communications/signal?lang=es")
    first = [site.browser().get(address).text for address in addresses]
    assert [document(text).get("lang") for text in first] == ["en", "es"]
    assert [site.browser().get(address).text for address in addresses] == first


def test_a_person_has_their_own_language_without_asking(site: Site) -> None:
    ben = site.browser("ben")
    site.wiki.accounts.users.set_language(site.person("ben").id, "es")
    page = ben.get("/").text
    assert document(page).get("lang") == "es"
    assert not [link.get("href") for link in links(page) if "lang=" in link.get("href", "")]
    other = ben.get("/?lang=en").text
    assert document(other).get("lang") == "en"
    assert all("lang=en" in link.get("href", "") for link in links(other) if not link.get("href", "").startswith("/es"))


def settings_with(site: Site, languages: str) -> None:
    path = site.wiki.config.content_dir / "_wiki" / "site.yml"
    text = re.sub(r"^languages:.*$", f"languages: {languages}", path.read_text("utf-8"), flags=re.MULTILINE)
    commit(site, {"_wiki/site.yml": text})


def commit(site: Site, files: dict[str, str]) -> None:
    wiki = site.wiki
    wiki.writer.commit(
        {path: text.encode() for path, text in files.items()},
        base=site.head(),
        message="By git",
        author=wiki.editor.person(application.context.Actor("ana", "Ana", site.person("ana").role)),
        when=site.clock.now,
    )
    wiki.catch_up()


def test_arabic_is_laid_out_from_right_to_left(site: Site) -> None:
    settings_with(site, "[en, es, ar]")
    commit(site, {"ar/about.md": "---\ntitle: من نحن\n---\nنحن مستأجرون.\n"})
    stranger = site.browser()
    assert html_element(stranger, "/ar/about") == {"lang": "ar", "dir": "rtl"}
    assert html_element(stranger, "/-/recent?lang=ar") == {"lang": "ar", "dir": "rtl"}
    page = stranger.get("/ar/about?lang=en").text
    assert document(page).attrib == {"lang": "en", "dir": "ltr"}
    prose = next(element for element in document(page).iter("div") if element.get("class") == "prose")
    assert (prose.get("lang"), prose.get("dir")) == ("ar", "rtl")


def test_words_that_nobody_has_translated_say_that_they_are_english(site: Site) -> None:
    """Menus, buttons and dates stand in an English frame, the page in its own language and direction."""
    settings_with(site, "[en, es, ar]")
    commit(site, {"ar/about.md": "---\ntitle: من نحن\n---\n## أولاً\nنحن مستأجرون.\n\n## ثانيًا\n\n## ثالثًا\n"})
    page = site.browser().get("/ar/about").text
    assert '<body lang="en" dir="ltr">' in page
    assert '<span lang="ar" dir="rtl">من نحن</span>' in page and '<div class="prose" lang="ar" dir="rtl">' in page
    assert '<ol lang="ar" dir="rtl">' in page  # its contents list
    assert 'lang="en">edit</a>' in page  # an English word amid the text
    assert "Last changed" in page and not re.search(r"<time[^>]*>[^<]*[\u0600-\u06ff]", page)
    for path in ("/about", "/es/communications/signal", "/-/recent?lang=es"):
        assert "<body>" in site.browser().get(path).text


def test_text_in_another_language_than_the_interface_says_so(stranger: Browser) -> None:
    page = stranger.get("/communications/signal?lang=es").text
    assert '<span lang="en" dir="ltr">Signal</span>' in page
    assert '<div class="prose" lang="en" dir="ltr">' in page
    assert '<div class="prose">' in stranger.get("/es/communications/signal").text


def test_the_data_of_a_translation_holds_the_facts_of_its_original(site, stranger) -> None:
    original, translation = (json.loads(stranger.get(f"/{path}.json").text)["fields"] for path in SIGNALS)
    for name in ("functions", "url"):
        assert translation[name] == original[name]
    assert translation["cost"]["level"] == original["cost"]["level"]
    assert translation["summary"] != original["summary"] and translation["translation"]["of"] == SIGNALS[0]


@pytest.mark.parametrize("code", ["tlh-Latn-x-old", '"><b>', "pt-BR"])
def test_no_name_of_a_language_can_break_a_page(site: Site, code: str) -> None:
    settings_with(site, f"[en, '{code}']")
    page = site.browser().get("/", query_string={"lang": code}).text
    assert document(page).get("lang") == (code if code.replace("-", "").isalpha() else "en")
    assert "<b>" not in page
    assert "Skip to the content" in page


# Kept from page to page


def test_the_language_is_kept_wherever_links_lead(stranger: Browser) -> None:
    waiting = ["/?lang=es"]
    seen: set[str] = set()
    while waiting and len(seen) < 60:
        address = waiting.pop()
        kind = re.sub(r"(/-/[\w-]+/)[^?]*", r"\1…", address.partition("?")[0])
        if kind in seen:
            continue
        seen.add(kind)
        response = stranger.client.get(address, follow_redirects=True)
        if response.mimetype == "text/html":
            assert document(response.text).get("lang") == "es", address
            waiting += [link.get("href", "").partition("#")[0] for link in links(response.text)]
    assert len(seen) > 30


def test_a_form_that_asks_keeps_the_language(stranger: Browser) -> None:
    fields = form_fields(stranger.get("/es/communications/signal").text, "/-/search")
    assert fields["lang"] == ["es"]
    page = stranger.get("/-/search", query_string={**fields, "q": "signal"}).text
    assert "Búsqueda: signal" in page
    assert all(re.findall('name="lang"', form) == ['name="lang"'] for form in page.split("<form")[1:])


def test_a_form_that_changes_something_keeps_the_language(site: Site) -> None:
    ben = site.browser("ben")
    address = "/-/edit/communications/signal?lang=es"
    page = ben.get(address).text
    assert f'action="{address}"' in page
    assert 'data-preview-url="/-/preview?lang=es"' in page
    response = ben.post(address, {**form_fields(page, 'name="base"'), "body": "Un texto.\n"})
    assert response.location == "/communications/signal?notice=saved&lang=es"
    assert "Guardado. Gracias." in ben.get(response.location).text


def test_search_engines_are_told_only_of_translations_that_exist_and_readers_of_every_language(
    site: Site, stranger: Browser
) -> None:
    tools = (path.text for path, _ in site.wiki.store.paths() if path.text.startswith("communications/"))
    path = next(tool for tool in tools if "es" not in site.wiki.catalog.translations(tool))
    page = stranger.get(f"/{path}").text
    assert '<link rel="alternate" hreflang="es"' not in page
    assert f'href="/{path}?lang=es" hreflang="es"' in page
    assert '<link rel="alternate" hreflang="es"' in stranger.get("/communications/signal").text


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<button formaction="/-/x">x</button>', '<button formaction="/-/x?lang=es">x</button>'),
        ('<a title=\'"\' href="/x">x</a>', '<a title=\'"\' href="/x?lang=es">x</a>'),
        ('<a title="a > b" href="/x">x</a>', '<a title="a > b" href="/x?lang=es">x</a>'),
        ('<a href="/x" hreflang="en">x</a>', '<a href="/x" hreflang="en">x</a>'),
        ('<p>&lt;a href="/x"></p>', '<p>&lt;a href="/x"></p>'),
        ('<form method="dialog"></form>', '<form method="dialog"></form>'),
        (
            '<form action="/x"><b></b></form>',
            '<form action="/x?lang=es"><input type="hidden" name="lang" value="es"><b></b></form>',
        ),
        ('<a href="/x"' * 3, '<a href="/x"' * 3),
    ],
)
def test_only_what_leads_on_is_changed(site: Site, html: str, kept: str) -> None:
    with site.app.test_request_context("/"):
        assert in_language(html, "es") == kept


def test_a_redirect_keeps_the_language(stranger: Browser) -> None:
    assert stranger.get("/communications/signal/?lang=es", 301).location == "/communications/signal?lang=es"


def test_the_switch_leads_to_the_translation_where_there_is_one(stranger: Browser) -> None:
    def switch(address: str) -> dict[str, str]:
        found = document(stranger.get(address).text).iter("a")
        return {
            link.get("lang", ""): link.get("href", "") for link in found if link.get("hreflang") and link.get("lang")
        }

    assert switch("/communications/signal")["es"] == "/es/communications/signal"
    assert switch("/es/communications/signal")["en"] == "/communications/signal"
    assert switch("/communications/mattermost")["es"] == "/communications/mattermost?lang=es"


def test_a_month_and_its_year_are_joined_as_the_language_does(stranger: Browser) -> None:
    said = [stranger.get(f"/-/statistics?lang={code}").text for code in ("en", "es")]
    assert re.search(r">[A-Z][a-z]+ 20\d\d<", said[0]) and re.search(r">[a-z]+ de 20\d\d<", said[1])


def test_the_way_to_a_translation_leads_through_its_category(stranger: Browser) -> None:
    page = stranger.get("/es/communications/signal").text
    crumbs = page.partition('class="crumbs"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)">([^<]+)', crumbs) == [
        ("/?lang=es", "Inicio"),
        ("/communications?lang=es", "Comunicación"),
    ]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/", "/?lang=es"),
        ("/-/search?q=a#b", "/-/search?q=a&amp;lang=es#b"),
        ("/communications", "/communications?lang=es"),
        ("/es/communications/signal", "/es/communications/signal"),
        ("/-/recent?lang=en", "/-/recent?lang=en"),
        ("/-/recent?days=3&amp;lang=en", "/-/recent?days=3&amp;lang=en"),
        ("/-/static/main.css", "/-/static/main.css"),
        ("/communications/signal/groups.png", "/communications/signal/groups.png"),
        ("/communications/signal.json", "/communications/signal.json"),
        ("//elsewhere.example/", "//elsewhere.example/"),
    ],
)
def test_only_addresses_that_can_be_in_a_language_are_put_into_it(site: Site, address: str, kept: str) -> None:
    with site.app.test_request_context("/"):
        assert with_language(address, "es") == kept


def said_to(html: str) -> str:
    """The main part of a page as words, which has to be in Spanish."""
    assert document(html).get("lang") == "es"
    return words_of(html)


def test_a_suggestion_is_made_followed_and_approved_in_spanish(site: Site) -> None:
    stranger, ana = site.browser(), site.browser("ana")
    address = "/-/edit/communications/signal?lang=es"
    fields = {
        **form_fields(stranger.get(address).text, 'name="base"'),
        "body": "Otras palabras.\n",
        "message": "Mejor así",
    }
    assert "más rápido de lo que" in said_to(stranger.post(address, fields, 422).text)
    site.clock.advance(seconds=30)
    link = stranger.post(address, fields).location
    followed = said_to(stranger.get(link).text)
    assert "Tu propuesta: Mejor así" in followed
    assert "en espera de revisión" in followed
    assert "Revisar propuestas" in said_to(ana.get("/-/review?lang=es").text)
    review = ana.get("/-/review/1?lang=es").text
    assert "Aprobar" in said_to(review)
    ana.post("/-/review/1?lang=es", {**form_fields(review, "head"), "do": "approve"})
    assert "aceptada" in said_to(stranger.client.get(link, follow_redirects=True).text)


def test_two_versions_are_brought_together_in_spanish(site: Site) -> None:
    ben, ana = site.browser("ben"), site.browser("ana")
    address = "/-/edit/communications/signal?lang=es"
    mine = {**form_fields(ben.get(address).text, 'name="base"'), "body": "Lo de Ben.\n"}
    ana.post(address, {**form_fields(ana.get(address).text, 'name="base"'), "body": "Lo de Ana.\n"})
    conflict = ben.post(address, mine, 409).text
    assert "Ana guardó esta página mientras escribías. Tu texto está a salvo." in said_to(conflict)
    send_to = re.findall(r'action="(/-/resolve/[^"]+)"', conflict)[0]
    assert send_to.endswith("?lang=es")
    chosen = dict.fromkeys(re.findall(r'name="(choice-[^"]+)"', conflict), "both")
    saved = ben.post(send_to, {**form_fields(conflict, "head"), **chosen})
    assert saved.location.endswith("lang=es")
    assert "Lo de Ben." in said_to(ben.get(saved.location).text)


# Where not everything is translated


@pytest.mark.parametrize("address", ["/communications?lang=es", "/-/functions/team-chat?lang=es"])
def test_a_list_shows_the_translation_where_there_is_one_and_the_original_elsewhere(
    stranger: Browser, address: str
) -> None:
    page = stranger.get(address).text
    assert re.findall(r'class="row-title"><a href="([^"]+)"( lang="en")?', page)[:2] in (
        [
            ("/communications/mattermost?lang=es", ' lang="en"'),
            ("/communications/newsletter-basics?lang=es", ' lang="en"'),
        ],
        [("/communications/mattermost?lang=es", ' lang="en"'), ("/es/communications/signal", "")],
    )
    assert '<a href="/es/communications/signal">Signal</a>' in page
    assert '"/communications/signal?lang=es"' not in page
    assert "en inglés" in page
    # Its facts are those of the original, and so it is compared.
    assert 'name="page" value="communications/signal"' in page


def test_a_list_in_the_first_language_holds_no_translations(stranger: Browser) -> None:
    page = stranger.get("/communications").text
    assert "/es/communications" not in page.partition("<main")[2]
    assert 'lang="en"' not in page.partition("<main")[2]


@pytest.mark.parametrize(
    "address",
    [
        "/-/search?q=signal&lang=es",
        "/-/search?q=&cost=free&lang=es",
        "/-/all?cost=free&lang=es",
        "/-/tags/safety?lang=es",
    ],
)
def test_what_is_found_stands_once_in_the_language_of_the_reader_with_its_facts(
    stranger: Browser, address: str
) -> None:
    rows = re.findall(r'class="row-title"><a href="([^"]+)"', stranger.get(address).text)
    assert "/es/communications/signal" in rows
    assert "/communications/signal?lang=es" not in rows
    page = stranger.get(address).text
    assert page.count('name="page" value="communications/signal"') == 1, "a tick, by the page that has the facts"


def test_pages_in_a_language_that_somebody_asks_for_are_shown_in_it(stranger: Browser) -> None:
    page = stranger.get("/-/search?q=signal&lang=es&page_language=en").text
    assert 'href="/communications/signal?lang=es"' in page
    assert 'href="/es/communications/signal"' not in page.partition('class="rows"')[2]


def test_the_home_page_names_pages_in_the_language_of_the_reader(stranger: Browser) -> None:
    panels = stranger.get("/?lang=es").text.partition('class="cards"')[2].partition("home-columns")[0]
    assert '<a href="/es/communications/signal">' in panels
    assert '<a href="/communications/signal?lang=es">' not in panels


@pytest.mark.parametrize(("language", "own", "other"), [("en", *SIGNALS), ("es", *reversed(SIGNALS))])
def test_what_changed_lately_and_what_is_near_stand_once_in_the_language_of_the_reader(
    site: Site, language: str, own: str, other: str
) -> None:
    ana = site.browser("ana")
    for path in SIGNALS:
        form = ana.edit(path)
        ana.post(f"/-/edit/{path}", form | {"body": f"{form['body'][0]}\nOne more line.\n", "message": "More"})
    reader = site.browser()
    changed = reader.get(f"/?lang={language}").text.split('class="home-columns"')[1]
    near = reader.get(f"/communications/signa?lang={language}", 404).text.split("<h1>")[1]
    for shown in (changed, near):
        assert f'href="/{own}' in shown and f'href="/{other}' not in shown


def test_a_translation_is_compared_by_the_facts_of_its_original(stranger: Browser) -> None:
    page = stranger.get("/-/compare?page=es/communications/signal&page=communications/mattermost").text
    assert "/es/communications/signal" not in page.partition("<main")[2]
    assert "/communications/signal" in page.partition("<main")[2]


# All of it


def test_no_words_of_the_interface_are_left_in_english(site: Site) -> None:
    content = " ".join(data.decode("utf-8", "ignore") for data in story_files().values()).lower()
    left: dict[str, str] = {}
    for who in ("", "ada"):
        browser = site.browser(who)
        for address in engine_pages(browser):
            english = browser.client.get(address, follow_redirects=True)
            spanish = browser.client.get(in_spanish(address), follow_redirects=True)
            assert english.status_code == spanish.status_code < 500, address
            for words in said(english.text) & said(spanish.text) if english.mimetype == "text/html" else ():
                if not (words.lower() in content or words.lower() in SAME | values() or "/" in words):
                    left.setdefault(words, address)
    assert not left, "\n".join(f"{address}: {words}" for words, address in left.items())


@cache
def values() -> set[str]:
    """The values of fields: what they are called is up to the community, and the story's calls few of them anything."""
    fields = [item for kind in KINDS.values() for item in kind.fields]
    return {value for item in fields for one in (item, *item.fields) for value in one.allowed}


def engine_pages(browser: Browser) -> list[str]:
    """One address of each kind of page that these link to."""
    found: dict[str, str] = {}
    for start in ASKED:
        response = browser.client.get(start, follow_redirects=True)
        for address in [start, *(link.get("href", "") for link in links(response.text))]:
            path = address.partition("#")[0]
            kind = re.sub(r"(/-/(?!admin|attention)[\w-]+/).*", r"\1…", path.partition("?")[0])
            # A page by chance is another one each time.
            if kind.startswith("/-/") and not re.search("/static/|design|/random", kind):
                found.setdefault(kind, path)
    return ["/", *found.values()]


def in_spanish(address: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}lang=es"


def said(html: str) -> set[str]:
    """What a page says in words, to eyes and ears; not what it shows as code or as somebody's text."""
    found: set[str] = set()

    def walk(element: Element) -> None:
        if element.tag in ("script", "code", "pre", "textarea", "time", "head") or "data-t" in element.attrib:
            return
        if element.get("lang") not in (None, "en", "es") or element.get("class") in (
            "prose",
            "change-what",
            "change-who",
            "fields-note",
        ):
            return
        names = ("aria-label", "title", "placeholder", "alt", "data-none", "data-found", "data-one", "data-many")
        for text in [element.text, *(element.get(name) for name in names)]:
            found.add(" ".join((text or "").split()).strip(" .:,;·()–"))
        for child in element:
            if isinstance(child.tag, str):
                walk(child)
            found.add(" ".join((child.tail or "").split()).strip(" .:,;·()–"))

    walk(document(html))
    return {text for text in found if len(re.sub("[^a-zA-Z]", "", text)) > 2}
