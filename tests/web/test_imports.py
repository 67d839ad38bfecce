"""A trainer's long list in the browser: pasted, looked at, one commit or one suggestion; and all facts out again."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest

from tests.web.conftest import Browser, Site, form_fields
from wiki.importers.csv import plan
from wiki.importers.plan import Defaults
from wiki.importers.table import read_table

CHOICES = {"category": "field", "function": "phonebank"}


def long_list() -> str:
    lines = [f"- [Tool {number}](https://tool-{number}.example/) - does {number}" for number in range(87)]
    lines += [
        "- [Signal](http://www.signal.org)",
        "- [spoke](https://s.example)",
        "- [Mattermost](https://mattermost.com/?utm_source=x)",
    ]
    lines += [f"- [Another {number}](https://www.tool-{number}.example#top)" for number in range(27)]
    lines += [f"- [Trap {number}](javascript:alert({number}))" for number in range(3)]
    return "\n".join(lines)


def looked_at(browser: Browser, text: str, status: int = 200, **more: str) -> str:
    fields = {**browser.form("/-/import", "text"), **CHOICES, "text": text, **more}
    return browser.post("/-/import", fields, status).text


def sent(html: str) -> dict[str, object]:
    """What the button that makes the pages would send."""
    return form_fields(html, "take")


def test_what_an_entry_lacks_is_named(ana: Browser) -> None:
    html = looked_at(ana, "- [Blip](https://blip.example) blip blop", function="")
    assert "Nothing here says what kind of tool it is." in html


def test_a_maintainer_sees_what_a_list_comes_to_and_makes_one_commit(site: Site, ana: Browser) -> None:
    before = site.head()
    html = looked_at(ana, long_list())
    assert "In this list: 87 new, 30 here already, 3 refused" in html
    assert html.count('name="take"') == 87 and html.count("same address") == 2 and html.count("same name") == 1
    assert html.count("further up in this list") == 27 and html.count("would run something") == 3
    assert 'href="javascript' not in html and site.head() == before
    fields = {**sent(html), "message": "From the Chicago training"}
    answer = ana.post("/-/import/confirm", fields)
    assert answer.headers["Location"].startswith("/-/attention/stubs")
    (commit, changes), *more = site.wiki.repository.walk(site.head(), stop={before})
    assert not more and len(changes) == 87
    assert (commit.author.name, commit.subject) == ("Ana", "From the Chicago training")
    site.wiki.catch_up()
    assert "In this list: 0 new, 117 here already, 3 refused" in looked_at(ana, long_list())
    assert "Tool 5" in ana.get("/field/tool-5").text


def test_what_is_here_already_becomes_a_toolkit(ana: Browser) -> None:
    html = looked_at(
        ana, "- [Spoke](https://s.example)\n- [Signal](https://signal.org)\n- [Signal](https://signal.org)\n"
    )
    (link,) = re.findall(r'href="(/-/toolkit/add[^"]*)"[^>]*>Add 2 pages to a toolkit<', html)
    fields = ana.form(unescape(link), "toolkit")
    assert fields["page"] == ["field/spoke", "communications/signal"]
    assert "/-/toolkit/add" not in looked_at(ana, "- [Blip](https://blip.example)")


def test_a_slip_in_a_name_is_no_new_tool_at_once(ana: Browser) -> None:
    html = looked_at(ana, "Sginal - chat\nMatter most - chat\nSignpost - chat\n")
    assert re.findall(r"Or is it ([^,]*), which is here already", html) == ["Signal", "Mattermost"]
    assert sent(html)["take"] == ["field/signpost"]


def test_what_is_not_ticked_is_left_out(site: Site, ana: Browser) -> None:
    html = looked_at(ana, "A - https://a.example\nB - https://b.example\n")
    fields = sent(html)
    assert fields["take"] == ["field/a", "field/b"]
    ana.post("/-/import/confirm", {**fields, "take": ["field/b", "field/never-offered"]})
    site.wiki.catch_up()
    assert site.wiki.catalog.card("field/b") is not None and site.wiki.catalog.card("field/a") is None
    fields.pop("take")
    answer = ana.post("/-/import/confirm", fields, 422)
    assert "Tick at least one" in answer.text and "https://a.example" in answer.text


def test_a_stranger_suggests_a_list(site: Site, stranger: Browser) -> None:
    before = site.head()
    text = "\n".join(f"Tool {number} - https://tool-{number}.example" for number in range(8))
    html = looked_at(stranger, text)
    fields = sent(html)
    assert len(fields["take"]) == 5 and "at most 5 pages at once" in html  # type: ignore[arg-type]
    site.clock.advance(seconds=30)
    answer = stranger.post("/-/import/confirm", {**fields, "credit": "Rosa"})
    assert answer.headers["Location"].startswith("/-/suggestions/1/") and site.head() == before
    suggestion = site.wiki.suggestions.get(1)
    assert len(suggestion.paths) == 5 and suggestion.author_name == "Rosa"
    everything = [f"field/tool-{number}" for number in range(8)]
    site.clock.advance(seconds=30)
    refused = stranger.post("/-/import/confirm", {**fields, "take": everything}, 422)
    assert "adds many links" in refused.text and "https://tool-7.example" in refused.text
    assert refused.text.count(" checked") >= 8


def test_an_editor_without_the_right_to_import_suggests(site: Site, ben: Browser) -> None:
    before = site.head()
    fields = sent(looked_at(ben, "A - https://a.example"))
    answer = ben.post("/-/import/confirm", fields)
    assert answer.headers["Location"].startswith("/-/suggestions/") and site.head() == before


def test_a_table_is_uploaded_and_its_columns_can_be_told(site: Site, ana: Browser) -> None:
    table = "Herramienta X;Dónde\nLlamadas;https://llamadas.example\n".encode("cp1252")
    fields = {**ana.form("/-/import", "text"), **CHOICES, "file": (io.BytesIO(table), "list.csv")}
    html = ana.post("/-/import", fields, 200, content_type="multipart/form-data").text
    assert "Herramienta X" in html and "Dónde" in html and 'name="column-0"' in html
    again = {**sent(html), "column-0": "name", "column-1": "address"}
    html = ana.post("/-/import", again, 200).text
    assert "In this list: 1 new" in html and "https://llamadas.example" in html
    ana.post("/-/import/confirm", sent(html))
    assert "title: Llamadas" in site.source("field/llamadas")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": " \n "}, "nothing in it"),
        ({"text": "###\n"}, "nothing in it"),
        ({"category": ""}, ">Category: Choose one.<"),
        ({"function": "nonsense"}, ">What kind of tool: Choose one.<"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_the_text_stays(
    ana: Browser, change: dict[str, str], words: str
) -> None:
    fields = {**ana.form("/-/import", "text"), **CHOICES, "text": "Keep - https://keep.example", **change}
    html = ana.post("/-/import", fields, 422).text
    assert words in html and (change.get("text") or "Keep - https://keep.example") in html


@pytest.mark.parametrize(
    "data", [b"PK\3\4\x14\0\x06\0\x08", b"\xd0\xcf\x11\xe0\xa1\xb1", b"%PDF-1.4\n", b"\xff\xd8\xff\xe0"]
)
def test_a_file_of_another_program_is_named_as_one(ana: Browser, data: bytes) -> None:
    fields = {**ana.form("/-/import", "text"), **CHOICES, "file": (io.BytesIO(data), "list.xlsx")}
    html = ana.post("/-/import", fields, 422).text
    assert "This is the file of another program" in html and form_fields(html, "text")["text"] == [""]


def test_a_text_that_is_too_long_and_an_expired_form_keep_the_text(site: Site, ana: Browser) -> None:
    html = looked_at(ana, "Tool - https://tool.example\n" * 20_000, 413)
    assert "That is too long" in html and html.count("https://tool.example") >= 20_000
    fields = {**ana.form("/-/import", "text"), **CHOICES, "text": "Keep - https://keep.example", "csrf_token": "old"}
    for address in ("/-/import", "/-/import/confirm"):
        answer = ana.post(address, fields, 422)
        assert "Keep - https://keep.example" in answer.text and "press the button again" in answer.text
    assert site.wiki.catalog.card("field/keep") is None


def test_what_is_in_a_list_is_shown_as_words(ana: Browser) -> None:
    html = looked_at(ana, '- [<img src=x onerror=alert(1)>](https://a.example/"><script>) - </textarea><b>x\n')
    assert "<img src=x" not in html and "<script>)" not in html and "</textarea><b>" not in html


def test_the_facts_of_all_tools_go_out_as_a_table_that_comes_back_unchanged(site: Site, stranger: Browser) -> None:
    answer = stranger.get("/-/export.csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["path"] for row in rows} == {card.path for card in site.wiki.catalog.of_kind("tool", "en")}
    head = site.head()
    facts = plan(
        read_table(answer.text),
        site.wiki.catalog,
        site.wiki.store,
        site.wiki.settings.at(),
        head,
        1_000_000,
        Defaults("", (), ""),
    )
    assert not facts.plan.writes and not facts.plan.refused


def test_all_pages_go_out_as_data_for_everyone(site: Site, stranger: Browser) -> None:
    data = json.loads(stranger.get("/-/export.json").text)
    assert data["revision"] == site.head() and len(data["pages"]) == site.wiki.catalog.count()
    for address in ("/-/export.csv", "/-/export.json"):
        first = stranger.get(address)
        assert "Set-Cookie" not in first.headers
        tag = first.headers["ETag"]
        assert stranger.client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_the_form_works_without_a_list_and_names_its_fields(stranger: Browser) -> None:
    html = stranger.get("/-/import").text
    assert re.search(r'<textarea[^>]*name="text"', html) and 'type="file"' in html
