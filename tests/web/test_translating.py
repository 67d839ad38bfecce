"""Translating: what is missing or behind, a form that begins with the original, and saying that one has caught up."""

from __future__ import annotations

from tests.web.conftest import Browser, Site

SIGNAL = "communications/signal"
SPOKE = "field/spoke"
LIST = "/-/attention/translations"
NEW = f"/-/new?translate={SPOKE}&to=es"


def blob_of(site: Site, path: str) -> str:
    entry = site.wiki.repository.entry(site.head(), f"{path}.md")
    assert entry is not None
    return entry.id


def translate(site: Site, browser: Browser) -> None:
    fields = browser.form(NEW, 'name="body"')
    browser.post("/-/new", {**fields, "title": "Spoke", "summary": "Textos.", "body": "Envía textos.\n"})
    site.wiki.catch_up()


def test_a_page_without_a_translation_is_offered_to_be_translated(site: Site, ben: Browser) -> None:
    page = ben.get(LIST).text
    assert f"/-/new?translate={SPOKE}&amp;to=es" in page and "Translate it" in page
    assert f"translate={SIGNAL}&" not in page, "there is one"
    words, link = "Esta página todavía no está en español.", f"/-/new?translate={SPOKE}&amp;to=es"
    shown = ben.get(f"/{SPOKE}?lang=es").text
    assert words in shown and link in shown
    translate(site, ben)
    assert f"translate={SPOKE}&" not in ben.get(LIST).text
    for path in (f"{SPOKE}?lang=es", f"{SPOKE}?lang=en", f"{SIGNAL}?lang=es"):
        shown = ben.get(f"/{path}").text
        assert words not in shown and "not yet in" not in shown and "translate=" not in shown, path


def test_the_form_begins_with_the_words_of_the_original_and_asks_no_facts(site: Site, ben: Browser) -> None:
    fields = ben.form(NEW, 'name="body"')
    assert fields["path"] == [f"es/{SPOKE}"]
    assert fields["title"] == ["Spoke"] and fields["body"][0].strip() in site.source(SPOKE)
    assert fields["translation.source"] == [blob_of(site, SPOKE)]
    assert "cost.level" not in fields and "website" not in fields


def test_a_saved_translation_knows_what_it_was_made_of(site: Site, ben: Browser) -> None:
    translate(site, ben)
    page = site.source(f"es/{SPOKE}")
    assert f"of: {SPOKE}" in page and f"source: {blob_of(site, SPOKE)}" in page and "status: human" in page
    assert "Envía textos." in page and "cost" not in page


def test_a_form_that_comes_back_still_knows_what_is_translated(site: Site, ben: Browser) -> None:
    fields = ben.form(NEW, 'name="body"')
    answer = ben.post("/-/new", {**fields, "do": "preview"}, 200)
    assert f'name="translation.source" value="{blob_of(site, SPOKE)}"' in answer.text


def test_a_translation_behind_its_original_catches_up_when_somebody_says_so(site: Site, ben: Browser) -> None:
    translate(site, ben)
    before = blob_of(site, SPOKE)
    ben.post(f"/-/edit/{SPOKE}", ben.edit(SPOKE, body="Sends texts, to many.\n"))
    site.wiki.catch_up()
    page = ben.get(LIST).text
    assert f'href="/es/{SPOKE}"' in page and "See what changed" in page and f"/-/diff/{SPOKE}?from=" in page
    fields = ben.edit(f"es/{SPOKE}", body="Envía textos, a muchas personas.\n")
    assert "translation.source" not in fields, "a box that nobody has ticked"
    ben.post(f"/-/edit/es/{SPOKE}", fields)
    assert before in site.source(f"es/{SPOKE}"), "mending a word is not translating"
    fields = ben.edit(f"es/{SPOKE}")
    ben.post(f"/-/edit/es/{SPOKE}", {**fields, "translation.source": blob_of(site, SPOKE)})
    site.wiki.catch_up()
    assert f"source: {blob_of(site, SPOKE)}" in site.source(f"es/{SPOKE}")
    assert "translation now says" not in ben.get(f"/-/edit/es/{SPOKE}").text
    assert "See what changed" not in ben.get(LIST).text


def test_only_pages_of_the_first_language_into_the_others(ben: Browser) -> None:
    ben.get(f"/-/new?translate={SPOKE}&to=en", 404)
    ben.get(f"/-/new?translate={SPOKE}&to=xx", 404)
    ben.get("/-/new?translate=no/such-page&to=es", 404)
    ben.get(f"/-/new?translate=es/{SIGNAL}&to=es", 404)
    ben.get(f"/-/new?translate={SIGNAL}&to=es", 422)


def test_a_made_up_source_is_not_taken(site: Site, ben: Browser) -> None:
    fields = ben.form(NEW, 'name="body"')
    ben.post("/-/new", {**fields, "translation.source": "x\nstatus: y", "path": "field/other"}, 422)
    ben.post(f"/-/edit/es/{SIGNAL}", ben.edit(f"es/{SIGNAL}", **{"translation.source": "nonsense"}))
    assert "nonsense" not in site.source(f"es/{SIGNAL}")
