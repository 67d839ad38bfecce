"""Templates are compiled once for each language; what they say by themselves is put in then, and nothing else."""

from __future__ import annotations

import pytest
from flask import render_template
from markupsafe import Markup

from tests.web.conftest import Site


def shown(site: Site, template: str, address: str = "/", **values: object) -> str:
    """What a template of the owner's gives at an address."""
    folder = site.wiki.config.instance_dir / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "own.html").write_text(template, "utf-8")
    with site.app.test_request_context(address):
        return render_template("own.html", **values)


def test_a_template_speaks_the_language_of_whoever_asks(site: Site) -> None:
    template = '{{ _("Search") }}: {{ ngettext("%(num)s page", "%(num)s pages", count) }}'
    assert shown(site, template, count=2) == "Search: 2 pages"
    assert shown(site, template, "/?lang=es", count=1) == "Buscar: 1 página"
    assert shown(site, template, count=1) == "Search: 1 page"


def test_values_in_words_are_escaped_and_signs_of_percent_stay(site: Site) -> None:
    template = '{{ _("Compare %(title)s", title=title) }}, {{ _("100 %%") }}, {{ _("<i>") }}'
    assert shown(site, template, title="<b>") == "Compare &lt;b&gt;, 100 %, <i>"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{% macro icon(name) %}[{{ name }}]{% endmacro %}{{ icon("x") }}', "[x]"),
        ('{% set asset = given %}{{ asset("main.css") }}', "given main.css"),
        ('{% for icon in [given] %}{{ icon("x") }}{% endfor %}', "given x"),
    ],
)
def test_a_name_that_a_template_gives_itself_is_its_own(site: Site, template: str, expected: str) -> None:
    assert shown(site, template, given=lambda name: f"given {name}") == expected


def test_a_dot_finds_what_a_mapping_holds_and_its_methods_first(site: Site) -> None:
    template = (
        "{{ it.title }} {{ it.items is mapping }} {{ it.items()|length }} {{ it.missing is defined }} {{ it.count }}"
    )
    assert shown(site, template, it={"title": "<b>", "items": {}, "count": 3}) == "&lt;b&gt; False 3 False 3"


def test_what_stands_for_itself_is_html_and_everything_else_is_escaped(site: Site) -> None:
    class Own:
        def __html__(self) -> str:
            return "<b>own</b>"

    class Text(str):
        pass

    values = {"own": Own(), "text": Text("<i>"), "html": Markup("<u>"), "nothing": None, "list": ["<"]}
    template = "{{ own }} {{ text }} {{ html }} {{ nothing }} {{ list }} {{ 7 }}"
    assert shown(site, template, **values) == "<b>own</b> &lt;i&gt; <u> None [&#39;&lt;&#39;] 7"


def test_addresses_without_and_with_values_are_right(site: Site) -> None:
    template = '{{ url_for("recent.changes") }} {{ url_for("recent.person", name=name) }}'
    assert shown(site, template, name="ana") == "/-/recent /-/people/ana"
    assert shown(site, template, name="ben") == "/-/recent /-/people/ben"


def test_a_wrong_address_is_an_error_only_where_it_is_shown(site: Site) -> None:
    assert shown(site, '{% if shown %}{{ url_for("no.such") }}{% endif %}Fine') == "Fine"
