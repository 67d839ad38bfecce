"""The community's colour on the site, and the way back after signing in."""

from __future__ import annotations

from tests.web.conftest import Browser, Site
from wiki.storage.objects import Person

SHEET = '<link rel="stylesheet" href="/-/theme.css'


def set_accent(site: Site, color: str) -> None:
    """As a push of somebody with the rights would."""
    source = site.wiki.repository.read(site.head(), "_wiki/site.yml").data.decode()
    text = source + f'colors:\n  accent: "{color}"\n'
    ana = Person("Ana", "ana@eastside.example")
    site.wiki.writer.commit(
        {"_wiki/site.yml": text.encode()}, base=site.head(), message="Colour", author=ana, when=site.clock()
    )
    site.wiki.catch_up()


def test_without_a_colour_no_style_sheet_is_asked_for(site: Site, stranger: Browser) -> None:
    assert SHEET not in stranger.get("/").text
    assert stranger.get("/-/theme.css").text == ""


def test_the_colour_of_the_settings_is_the_sites_in_both_themes(site: Site, stranger: Browser) -> None:
    set_accent(site, "#1B4A87")
    page = stranger.get("/").text
    assert f'{SHEET}?v=%231b4a87">' in page
    assert page.index("/main") < page.index("/-/theme.css")
    answer = stranger.get("/-/theme.css?v=%231b4a87")
    assert answer.mimetype == "text/css" and "immutable" in answer.headers["Cache-Control"]
    assert ":root { --act: #1b4a87; --act-deep: " in answer.text
    assert ':root[data-theme="dark"] { --act: #' in answer.text
    assert answer.text.count("--act: #1b4a87;") == 1, "lighter on dark paper"
    assert "immutable" not in stranger.get("/-/theme.css?v=%23000000").headers["Cache-Control"]


def test_a_colour_that_can_not_be_read_is_not_used(site: Site, stranger: Browser) -> None:
    set_accent(site, "#ffff00")
    assert SHEET not in stranger.get("/").text
    assert stranger.get("/-/theme.css").text == ""


def test_signing_in_leads_back_to_the_page_one_was_on(site: Site, stranger: Browser) -> None:
    assert 'href="/-/login?next=/communications/signal"' in stranger.get("/communications/signal").text
    assert 'href="/-/login"' in stranger.get("/-/login?next=/communications/signal").text
    assert 'href="/-/login"' in stranger.get("/-/register").text
