from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki.markup.highlight import Colours
from wiki.markup.markdown import Heading, Link, Rendered, Renderer

REL = 'rel="nofollow noopener noreferrer ugc"'


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def html(renderer: Renderer, body: str) -> str:
    return renderer.render(body).html.rstrip("\n")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[[signal]]", '<p><a href="wiki:signal">signal</a></p>'),
        ("[[ Signal | the app ]]", '<p><a href="wiki:Signal">the app</a></p>'),
        ("[[field/spoke#Getting started]]", '<p><a href="wiki:field/spoke#getting-started">field/spoke</a></p>'),
        ("[[#Cost]]", '<p><a href="#cost">Cost</a></p>'),
        ("[[a b/ñ]]", '<p><a href="wiki:a%20b/%C3%B1">a b/ñ</a></p>'),
        ("[[]] [[ ]] [[a", "<p>[[]] [[ ]] [[a</p>"),
        ("`[[a]]` \\[[a]]", "<p><code>[[a]]</code> [[a]]</p>"),
        ("[see [[a]]](b.md)", '<p>[see <a href="wiki:a">a</a>](b.md)</p>'),
        ("[[<b>x</b>]]", '<p><a href="wiki:%3Cb%3Ex%3C/b%3E">&lt;b&gt;x&lt;/b&gt;</a></p>'),
        ("https://e.org/a_(b)).", f'<p><a href="https://e.org/a_(b)" {REL}>https://e.org/a_(b)</a>).</p>'),
        ("(www.e.org/x?utm_source=y&b=1)",
         f'<p>(<a href="https://www.e.org/x?b=1" {REL}>www.e.org/x?utm_source=y&amp;b=1</a>)</p>'),
        ("me@e.org, README.md, a.b", '<p><a href="mailto:me@e.org">me@e.org</a>, README.md, a.b</p>'),
        ("[https://a.org](https://b.org)", f'<p><a href="https://b.org" {REL}>https://a.org</a></p>'),
        ("`https://a.org`", "<p><code>https://a.org</code></p>"),
        ("<a href='/x'>https://a.org</a>", '<p><a href="/x">https://a.org</a></p>'),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![a map](map.png)", '<p><img src="map.png" alt="a map" loading="lazy"></p>'),
        ("![a map](https://e.org/map.png)", f'<p><a href="https://e.org/map.png" {REL}>a map</a></p>'),
        ("[![logo](https://e.org/i.png)](https://e.org)", f'<p><a href="https://e.org" {REL}>logo</a></p>'),
        ("Term\n: What it means", "<dl>\n<dt>Term</dt>\n<dd>What it means</dd>\n</dl>"),
        ("```\n<x>\n```", '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>'),
        ("    <x>", '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>'),
        ("```nonsense\nx\n```", '<pre tabindex="0"><code class="language-nonsense">x\n</code></pre>'),
        ("```python\nif x:\n```",
         '<pre tabindex="0"><code class="language-python"><span class="k">if</span> <span class="n">x</span>'
         '<span class="p">:</span>\n</code></pre>'),
        ("- [ ] a\n- [x] b", '<ul class="task-list">\n<li class="task"><label><input type="checkbox" disabled=""> a</label></li>'
         '\n<li class="task"><label><input type="checkbox" disabled="" checked=""> b</label></li>\n</ul>'),
        ("- [y] a\n- \\[ ] b", "<ul>\n<li>[y] a</li>\n<li>[ ] b</li>\n</ul>"),
        ("|a|b|\n|-|-:|\n|[[x\\|y]]|2|",
         '<div class="table-scroll" tabindex="0"><table>\n<thead>\n<tr>\n<th scope="col">a</th>\n'
         '<th class="align-right" scope="col">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><a href="wiki:x">y</a></td>\n'
         '<td class="align-right">2</td>\n</tr>\n</tbody>\n</table></div>'),
    ],
)  # fmt: skip
def test_our_extensions_of_markdown(renderer: Renderer, body: str, expected: str) -> None:
    assert html(renderer, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("!!! warning\n    Take care.",
         '<div class="admonition warning" role="note">\n<p class="admonition-title" data-t="warning">Warning</p>\n'
         "<p>Take care.</p>\n</div>"),
        ('!!! danger "Never do *this*"\n    x',
         '<div class="admonition caution" role="note">\n<p class="admonition-title">Never do <em>this</em></p>\n<p>x</p>\n</div>'),
        ("??? tip\n    x",
         '<details class="admonition tip">\n<summary class="admonition-title" data-t="tip">Tip</summary>\n<p>x</p>\n</details>'),
        ("???+ unheard-of\n    x",
         '<details class="admonition note" open="">\n<summary class="admonition-title" data-t="note">Unheard-Of</summary>\n'
         "<p>x</p>\n</details>"),
        ("> [!IMPORTANT]\n> x\n> y",
         '<div class="admonition important" role="note">\n<p class="admonition-title" data-t="important">Important</p>\n'
         "<p>x\ny</p>\n</div>"),
        ("> [!note]- Own title\n>\n> x",
         '<details class="admonition note">\n<summary class="admonition-title">Own title</summary>\n<p>x</p>\n</details>'),
        ("> [!my-own|right]+\n> x",
         '<details class="admonition note" open="">\n<summary class="admonition-title" data-t="note">My own</summary>\n<p>x</p>\n</details>'),
        ("> [!not this]\n> x", "<blockquote>\n<p>[!not this]\nx</p>\n</blockquote>"),
        ("> > [!TIP]\n> > x\n>\n> y",
         '<blockquote>\n<div class="admonition tip" role="note">\n<p class="admonition-title" data-t="tip">Tip</p>\n'
         "<p>x</p>\n</div>\n<p>y</p>\n</blockquote>"),
    ],
)  # fmt: skip
def test_notes_in_both_spellings_have_one_form(renderer: Renderer, body: str, expected: str) -> None:
    assert html(renderer, body) == expected


def test_footnotes_defined_inside_of_one_another_break_nothing(renderer: Renderer) -> None:
    for body in ("[^1]: - [^1]: ", "x[^1]\n\n[^1]: - [ ] a [^1]\n\n    - [^1]: - [ ] b\n", "[^1]: > [^1]: > [!note]\n"):
        assert not renderer.render(body).cut_off


def test_footnotes_lead_there_and_back(renderer: Renderer) -> None:
    found = html(renderer, "# fn 1\n\nA[^x] and B[^x].\n\n[^x]: The *note*.")
    assert '<a href="#fn:1" id="fnref:1">[1]</a>' in found
    assert '<a href="#fn:1" id="fnref:1:1">[1]</a>' in found
    assert '<li id="fn:1" class="footnote-item"><p>The <em>note</em>.' in found
    assert '<a href="#fnref:1:1" class="footnote-backref" aria-labelledby="fnref:1:1">↩︎</a>' in found


def test_headings_get_readable_ids_that_are_used_once(renderer: Renderer) -> None:
    found = renderer.render("## Cost\n## Cost\n## Cost-1\n## ¿Qué *es* esto?\n## 日本語\n## !!!\n")
    assert [heading.id for heading in found.headings] == [
        "cost",
        "cost-1",
        "cost-1-1",
        "qué-es-esto",
        "日本語",
        "section",
    ]
    assert (
        '<div class="heading"><h2 id="cost-1">Cost</h2>'
        '<a href="#cost-1" class="heading-link" aria-labelledby="cost-1"></a></div>'
    ) in found.html


def test_a_heading_knows_its_line_and_where_its_section_ends(renderer: Renderer) -> None:
    found = renderer.render("intro\n\n## A\ntext\n### B\n\ntext\n\nC\n---\n> ## D\n\nlast")
    assert found.headings == (
        Heading(2, "a", "A", 3, 8),
        Heading(3, "b", "B", 5, 8),
        Heading(2, "c", "C", 9, 10),
        Heading(2, "d", "D", 11, 13),
    )


def test_level_one_is_left_to_the_title_of_the_page(renderer: Renderer) -> None:
    found = renderer.render("# A\n## B\n###### C\n\n<h1 align=center>D</h1>")
    assert [(heading.level, heading.text) for heading in found.headings] == [(2, "A"), (3, "B"), (6, "C")]
    assert "<h1" not in found.html
    assert "<h2>D</h2>" in found.html
    assert [heading.level for heading in renderer.render("## A\n### B").headings] == [2, 3]


def test_a_first_heading_that_repeats_the_title_is_left_out(renderer: Renderer) -> None:
    found = renderer.render("# Signal  Messenger\n\n## Cost", "Signal Messenger")
    assert [(heading.level, heading.text) for heading in found.headings] == [(2, "Cost")]
    assert "Messenger" not in found.html
    assert "Signal" in renderer.render("# Signal", "Other").html
    assert "Signal" in renderer.render("# Signal").html


def test_every_link_into_the_wiki_is_listed_with_its_line(renderer: Renderer) -> None:
    body = (
        "[[Signal#Cost|the *cost*]]\n"
        "[a **b**](../x%20y.md#z) [c](/field/spoke)\n"
        "\n"
        "- ![map](map.png)\n"
        "- [ref]\n"
        "\n"
        "<div><a href='raw/page'>r</a>\n"
        '<img src="pic.png"></div>\n'
        "\n"
        "[ref]: ./there/\n"
        "[here](#a) [query](?at=1) [out](https://e.org/?gclid=1) <https://e.org/> [d](data:x) me@e.org\n"
    )
    found = renderer.render(body)
    assert found.links == (
        Link("wiki:Signal#cost", "the *cost*", 1, "wiki"),
        Link("../x y.md#z", "a b", 2, "page"),
        Link("/field/spoke", "c", 2, "page"),
        Link("map.png", "map", 4, "image"),
        Link("./there/", "ref", 5, "page"),
        Link("raw/page", "", 7, "page"),
        Link("pic.png", "", 8, "image"),
    )
    assert found.external == ("https://e.org/", "mailto:me@e.org")


def test_plain_text_and_the_first_paragraph_are_told_too(renderer: Renderer) -> None:
    found = renderer.render(
        "## A *b*\n\n- item\n\n![map](x.png) The `first`\nparagraph &amp; <b>more</b>.\n\n<p>raw</p>\n\n    code\n"
    )
    assert found.text == "A b\nitem\nmap The first paragraph & more.\nraw\ncode"
    assert found.lead == "map The first paragraph & more."


def test_html_of_authors_is_allowed_as_far_as_it_is_harmless(renderer: Renderer) -> None:
    found = html(
        renderer, '<details>\n<summary>More</summary>\n\n*x* <kbd id="k">y</kbd><script>alert(1)</script>\n\n</details>'
    )
    assert found == (
        '<details>\n<summary>More</summary>\n<p><em>x</em> <kbd id="user-k">y</kbd>alert(1)</p>\n</details>'
    )


EXPLOSIVE = {
    "emphasis over links": "**x [a*b**c*](d)" * 17_000,
    "a huge table": "|a|b|\n|-|-|\n" + "|x|y|\n" * 150_000,
    "a wide table": "|".join("a" * 5_000) + "\n" + "|".join("-" * 5_000) + "\n" + "x\n" * 10_000,
    "missing cells": "|".join("a" * 250) + "\n" + "|".join("-" * 250) + "\n" + "x\n" * 100_000,
    "open brackets": "[" * 500_000,
    "open images": "![" * 400_000,
    "open links": "[a](<" * 200_000,
    "images in images": "![" * 20_000 + "a" + "](b)" * 20_000,
    "links in links": "[" * 20_000 + "a" + "](b)" * 20_000,
    "footnotes in footnotes": "^[" * 20_000 + "a" + "]" * 20_000,
    "open footnotes": "[^1]: x\n\n" + "[^" * 400_000,
    "many footnotes": "[^1]: x\n\n" + "[^1] " * 100_000,
    "chained footnotes": "".join(f"[^{i}]: [^{i + 1}]\n\n" for i in range(30_000)) + "[^0]",
    "quotes in quotes": ">" * 10_000 + "a",
    "lists in lists": "- " * 10_000 + "a",
    "quotes and lists": "> - " * 10_000 + "a",
    "indented lists": "\n".join("  " * i + "- a" for i in range(1_000)),
    "equal headings": "# a\n" * 100_000,
    "open comments": "a " + "<!--" * 200_000,
    "processing instructions": "a " + "<?" * 400_000,
    "character data": "a " + "<![CDATA[" * 100_000,
    "backtick runs": "".join("`" * i + " " for i in range(1_400)),
    "stars": "*a_" * 300_000,
    "tildes": "~~a " * 200_000,
    "a long address used often": "[a]: " + "x" * 100_000 + "\n\n" + "[a] " * 90_000,
    "a middling address used often": "[a]: " + "&" * 1_900 + "\n\n" + "[a] " * 200_000,
    "open definitions": "[a\n" * 300_000,
    "wiki links": "[[a]]" * 200_000,
    "open wiki links": "[[a|" * 250_000,
    "addresses": "http://a.b/ " * 80_000,
    "mail addresses": "a@" * 400_000,
    "nested definition lists": "a\n" + ": " * 10_000 + "b",
    "nested notes": "\n".join("    " * i + "!!! note" for i in range(500)),
    "tags never closed": "".join(f"<b id={i}><p>\n\n" for i in range(20_000)),
    "a tag of one long word": "<" + "a" * 900_000,
    "python strings": "```python\n" + '"""' * 6_000 + "\n```",
    "more than a page may be": "漢字" * 300_000,
}  # fmt: skip


@pytest.mark.parametrize("name", EXPLOSIVE)
def test_input_that_explodes_comes_back_within_the_limit(name: str) -> None:
    body = EXPLOSIVE[name]
    found = Renderer(seconds=0.1).render(body)
    if found.cut_off:
        assert found.html.startswith("<pre>")
        assert found.html.endswith("</pre>")
        assert found.headings == found.links == ()
        assert found.text == body
    assert len(found.html) < 30 * len(body) + 300_000


def test_blanks_in_a_shortcode_that_is_never_closed_are_looked_at_once() -> None:
    assert not Renderer().render("{{< a" + " " * 300_000 + "b").cut_off


def test_what_is_cut_off_shows_its_source_and_runs_nothing() -> None:
    found = Renderer(max_bytes=10).render("<script>alert(1)</script>")
    assert found == Rendered(
        "<pre>&lt;script&gt;alert(1)&lt;/script&gt;</pre>", (), (), (), "<script>alert(1)</script>", "", True
    )


def test_deeper_nesting_than_we_show_loses_no_text() -> None:
    body = ">" * 200 + " deep"
    assert "deep" in Renderer().render(body).html


def test_code_that_is_long_or_slow_to_colour_stays_plain(renderer: Renderer) -> None:
    for code in ("x = 1\n" * 5_000, "/" * 5_000 + "\n"):
        assert "<span" not in renderer.render(f"```c\n{code}```").html
    assert Colours(0.0).html("x = 1", "python") == ""
    assert Colours(1.0).html("<x>", "html").startswith('<span class="p">&lt;</span>')


def test_several_threads_may_use_one_renderer_from_the_start() -> None:
    body = "# A\n\n[[b]] **c** [d](e)\n\n- [ ] f\n"
    expected = Renderer().render(body).html
    for _ in range(5):
        fresh = Renderer()
        with ThreadPoolExecutor(8) as pool:
            assert {found.html for found in pool.map(fresh.render, [body] * 16)} == {expected}


def test_the_fingerprint_follows_the_settings() -> None:
    assert Renderer().fingerprint == Renderer().fingerprint
    assert len({Renderer().fingerprint, Renderer(seconds=1.0).fingerprint, Renderer(extensions=False).fingerprint}) == 3


pieces = st.lists(
    st.one_of(
        st.sampled_from(
            ["# ", "\n", "\n\n", "> ", "- ", "- [ ] ", "1. ", "    ", "```", "~~~", "|", "|-|-|\n", "[[", "]]", "[", "](", ")",
             "![", "*", "**", "_", "~~", "`", "<b>", "</b>", "<div>", "[^1]", "[^1]: ", "^[", "!!! note\n", "> [!NOTE]\n", ": ",
             "https://e.org/", "www.e.org", "a@b.cd", "\\", "&amp;", "&", "<!--", "-->", "---\n", "===\n", "{", "\t", "\0", "x"]
        ),
        st.text(max_size=3),
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(pieces)
@settings(max_examples=300, deadline=None)
def test_any_text_is_rendered_whole(body: str) -> None:
    found = Renderer().render(body)
    assert not found.cut_off
    assert all(f'id="{heading.id}"' in found.html for heading in found.headings)
    assert all(1 <= heading.line <= heading.end_line for heading in found.headings)
    assert all(1 <= link.line <= len(body.splitlines()) + 1 for link in found.links)
