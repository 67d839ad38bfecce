"""What other programs write into Markdown shows no signs of theirs: braces, boxes of colons, embedded pictures, emoji."""

from __future__ import annotations

import pytest

from wiki.markup.markdown import Renderer


def html(body: str) -> str:
    return Renderer().render(body).html


def test_an_anchor_in_braces_is_the_name_of_the_heading() -> None:
    body = "## What it costs {#Cost .wide}\n\n[see](#Cost)\n\n## Other {#Cost}\n\n## Facts {#main}\n\n## A {b}\n"
    found = Renderer().render(body)
    assert [(item.id, item.text) for item in found.headings] == [
        *(("Cost", "What it costs"), ("cost", "Other"), ("main-1", "Facts"), ("a-b", "A {b}")),
    ]
    assert 'id="Cost">What it costs<' in found.html and "{#" not in found.html


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Text {.lead}", "<p>Text</p>"),
        ("Text\n{: .note }", "<p>Text</p>"),
        ('[a](https://e.org){target="_blank"} b', ">a</a> b</p>"),
        ("![a](a.png){ width=300 }", 'alt="a" loading="lazy"></p>'),
        ("{: .note }\nText", "<p>Text</p>"),
        ("![a](a.png){:height 20, :width 30}", 'alt="a" loading="lazy"></p>'),
        ("Text ^a1b2c3", '<p id="^a1b2c3">Text</p>'),
        ("- Text ^best-time", '<li id="^best-time">Text</li>'),
        ("| a |\n|---|\n| b |\n\n^table-1\n\n{.wide}", "</table></div>\n"),
        ("Write {x=1} and `{.y}` or \\{.z}", "<p>Write {x=1} and <code>{.y}</code> or {.z}</p>"),
        ("2 ^8", "<p>2 ^8</p>"),
    ],
)
def test_what_is_for_other_style_sheets_is_not_shown(body: str, shown: str) -> None:
    assert shown in html(body)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("H~2~O and 5 m^2^.", "H<sub>2</sub>O and 5 m<sup>2</sup>."),
        ("~5 or ~6, ~~gone~~, a~b, 2^8, x ^2^, \\~a~", "~5 or ~6, <s>gone</s>, a~b, 2^8, x ^2^, ~a~"),
        ("2^3^4^5", "2^3^4^5"),
        ("`H~2~O` [a~1~](b~2~c)", '<code>H~2~O</code> <a href="b~2~c">a<sub>1</sub></a>'),
        ("![A map](map.png =200x100)", '<img src="map.png" alt="A map" width="200" height="100"'),
        ("![A map](map.png =200x)", '<img src="map.png" alt="A map" width="200" loading'),
        ("![x](javascript:alert =2x2)", "![x](javascript:alert =2x2)"),
    ],
)
def test_what_is_raised_and_how_large_a_picture_is(body: str, shown: str) -> None:
    assert shown in html(body)


@pytest.mark.parametrize("line", ["[TOC]", "[[_TOC_]]", "{{TOC}}", "{:toc}", "* toc\n{:toc}", "[[toc]]"])
def test_a_line_that_asks_for_a_list_of_headings_is_not_shown(line: str) -> None:
    assert html(f"{line}\n\nText.") == "<p>Text.</p>\n"
    assert "[TOC]" in html("Write [TOC] there.")


def test_boxes_of_colons_are_notes() -> None:
    found = html(
        ":::note\nOne\n:::\n\n:::warning[Mind **this**]\n\nTwo\n\n:::\n\n::: details More\nThree\n:::\n\n::: cards\nFour\n:::\n"
    )
    assert (
        '<div class="admonition note" role="note">\n<p class="admonition-title" data-t="note">Note</p>\n<p>One</p>'
        in found
    )
    assert '<p class="admonition-title">Mind <strong>this</strong></p>\n<p>Two</p>' in found
    assert '<details class="admonition note">\n<summary class="admonition-title">More</summary>\n<p>Three</p>' in found
    assert "<div>\n<p>Four</p>" in found and ":::" not in found
    assert html("::: mermaid\ngraph TD\n:::\n").startswith('<pre tabindex="0"><code class="language-mermaid">graph TD')


def test_pictures_between_square_brackets_are_shown_and_pages_linked() -> None:
    found = Renderer().render(
        "![[a/Big Map.png|200]] ![[map.jpg|Our map]] [[old.gif|alt=Old]] [[x.png]] ![[Note]] [[x.png|words]]"
    )
    assert '<img src="wiki:a/Big%20Map.png" alt="Big Map" width="200"' in found.html
    assert 'alt="Our map"' in found.html and 'alt="Old"' in found.html and found.html.count("<img") == 4
    assert '<a href="wiki:Note">Note</a> <a href="wiki:x.png">words</a>' in found.html
    assert [link.kind for link in found.links] == ["image"] * 4 + ["wiki"] * 2


def test_marked_words_and_emoji_by_name() -> None:
    assert html("==Do **this**== now") == "<p><mark>Do <strong>this</strong></mark> now</p>\n"
    assert html("a == b == c, x==1 and y==2") == "<p>a == b == c, x==1 and y==2</p>\n"
    assert html(":tada: 10:30:45 `:tada:` :nobody:") == "<p>🎉 10:30:45 <code>:tada:</code> :nobody:</p>\n"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("| A |\n| - |\n| :material-check:{ .green } |", "<td>✔️</td>"),
        ("| A |\n| - |\n| :octicons-x-16:{ .red } no |", "<td>❌ no</td>"),
        ("## :material-close:{ .red } Cost", '<h2 id="cost">❌ Cost</h2>'),
        ('[:simple-tor:](https://a.example){ .card title="Onion" }', 'title="Onion">Onion</a>'),
        ("[:simple-tor:](https://a.example)", ">tor</a>"),
        ("[:octicons-home-16: Home](https://a.example){ .md-button }", "> Home</a>"),
    ],
)
def test_drawings_that_say_something_say_it(body: str, shown: str) -> None:
    assert shown in html(body)


def test_of_two_pictures_for_light_and_dark_one_is_shown() -> None:
    both = html("![L](a.svg#only-light){ .x }![L](b.svg#only-dark){ .x } word")
    assert "a.svg" in both
    assert "b.svg" not in both
    assert "b.svg" in html("![L](b.svg#only-dark) dark")


def test_long_rows_of_these_signs_take_no_longer_than_other_text() -> None:
    # Room for a machine that is several times as slow; what grows faster than the text takes much longer still.
    patient = Renderer(seconds=2.0)
    for body in (
        "{.a " * 10_000,
        " " * 25_000 + "x {",
        "# x" + " {#" * 10_000,
        "==a" * 10_000,
        "[a](b){.a=" * 2_500,
        "a ^" * 10_000,
        "[:simple-a:](b){ title=c }" * 1_250,
        ":simple-a:{ .b " * 5_000,
    ):
        assert not patient.render(body).cut_off
    assert Renderer().render("::: mermaid\n" * 100).html.count(":::") == 100
