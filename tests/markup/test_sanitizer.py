from __future__ import annotations

from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki.markup.address import external, is_dangerous
from wiki.markup.allowed import AUTHOR_TAGS, FORMATTING, TAGS
from wiki.markup.deadline import Deadline, TookTooLong
from wiki.markup.markdown import Renderer
from wiki.markup.sanitizer import MAX_CHARS, MAX_DEPTH, author, clean

REL = 'rel="nofollow noopener noreferrer ugc"'


def elements(html: str) -> list[Element]:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [element for element in tree.iter() if isinstance(element.tag, str) and element.tag != "DOCUMENT_FRAGMENT"]


def assert_harmless(html: str, tags: frozenset[str] = TAGS) -> None:
    ids: list[str] = []
    for element in elements(html):
        assert element.tag in tags
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcset", "formaction", "action", "target", "name", "data")
            if name in ("href", "src"):
                assert not is_dangerous(value)
            if name == "src":
                assert external(value) is None
            # A browser copies an author's `<a id>` that others cross, with its id; it leads to the first.
            if name == "id" and not (element.tag in FORMATTING and value.startswith("user-")):
                ids.append(value)
        if element.tag == "a" and (element.get("href") or "").lower().startswith(("http:", "https:")):
            assert element.get("rel") == "nofollow noopener noreferrer ugc"
        if element.tag == "input":
            assert element.get("type") == "checkbox"
            assert "disabled" in element.attrib
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("<SCRIPT\n>alert(1)</ScRiPt >x", "x"),
        ("<style>p{color:red}</style>x", "x"),
        ("<script>never closed", ""),
        ("<p onclick=alert(1) style='color:red' class='note evil'>x</p>", '<p class="note">x</p>'),
        ("<img src=x onerror=alert(1)>", '<img src="x" alt="" loading="lazy">'),
        ("<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>", "<a>x</a>"),
        ("<math><mi xlink:href='data:x'>y</mi></math>", "y"),
        ("<iframe src=x>y</iframe>", "y"),
        ("<form action=x><input name=q><button>go</button></form>", '<input type="checkbox" disabled="">go'),
        ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href=' jav&#x09;a&NewLine;script&colon;alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='\x01javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='data:text/html,x'>x</a>", "<a>x</a>"),
        ("<a href='vbscript:x'>x</a>", "<a>x</a>"),
        ("<img src='data:image/png;base64,AA' alt='pic'>", "pic"),
        ("<a href=https://e.org target=_blank>x</a>", f'<a href="https://e.org" {REL}>x</a>'),
        ("<a href=mailto:a@b.c>x</a>", '<a href="mailto:a@b.c">x</a>'),
        ("<a href='//e.org/x'>x</a>", f'<a href="https://e.org/x" {REL}>x</a>'),
        ("<a href='/\\e.org'>x</a>", f'<a href="https://e.org" {REL}>x</a>'),
        ("<a href='../x.md#y'>x</a>", '<a href="../x.md#y">x</a>'),
        ("<img src='https://e.org/a.png' alt='A map'>", f'<a href="https://e.org/a.png" {REL}>A map</a>'),
        ("<a href='/x'><img src='https://e.org/a.png'></a>", '<a href="/x">a.png</a>'),
        ("<img src='https://e.org/a.png' srcset='https://e.org/b.png 2x'>",
         f'<a href="https://e.org/a.png" {REL}>https://e.org/a.png</a>'),
        ("a < b <3 <div", "a &lt; b &lt;3 &lt;div"),
        ("<!-- secret --><?php x ?><!DOCTYPE x><![CDATA[y>z", "z"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
        ("</div></p>x", "x"),
        ("<p>a<div>b</p>c</div>", "<p>a</p><div>bc</div>"),
        ("<div id=a id=b><p id=a>x", '<div id="a"><p>x</p></div>'),
        ("<a><a href=/x>y</a>", '<a></a><a href="/x">y</a>'),
        ("<template><p>x</p></template><noscript><p>y</noscript>", "<p>x</p><p>y</p>"),
        ("<code class='language-py evil'>x</code>", '<code class="language-py">x</code>'),
        ("<textarea><img src=x onerror=alert(1)></textarea>", '<img src="x" alt="" loading="lazy">'),
        ("<td>x</td>", "x"),
        ("<input>", '<input type="checkbox" disabled="">'),
    ],
)  # fmt: skip
def test_what_is_not_allowed_goes_and_its_text_stays(given: str, left: str) -> None:
    assert clean(given) == left


def test_ids_of_authors_cannot_be_taken_for_ids_of_the_page() -> None:
    assert clean(author('<p id="search">x</p><a name=top>y</a>')) == '<p id="user-search">x</p><a id="user-top">y</a>'


def test_a_link_to_an_anchor_of_the_author_finds_it() -> None:
    assert (
        clean(author('<a id="top"></a>') + '<a href="#top">up</a>') == '<a id="user-top"></a><a href="#user-top">up</a>'
    )


def test_authors_cannot_write_what_only_the_renderer_writes() -> None:
    left = author(
        "<input type=checkbox><label>x</label><div role=note tabindex=0 aria-labelledby=x data-t=note>y</div>"
    )
    assert left == "x<div>y</div>"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('<iframe src="https://a.example/x" title="How">no</iframe>', '<a href="https://a.example/x">How</a> no'),
        ("<video controls><source src=talk.mp4></video>", '<a href="talk.mp4">talk.mp4</a>'),
        ('<object data="a&quot;b.pdf"></object>', '<a href="a&quot;b.pdf">a&quot;b.pdf</a>'),
        ("<embed src=javascript:x> <iframe srcdoc=x></iframe> <picture><source srcset=x></picture>", ""),
    ],
)
def test_what_is_embedded_is_a_link(written: str, shown: str) -> None:
    assert author(written).strip() == shown


def test_half_an_element_may_be_written_alone() -> None:
    assert author("<details open><summary>More</summary>") == '<details open=""><summary>More</summary>'
    assert author("</details>") == "</details>"


def test_an_unfinished_tag_is_text_and_swallows_nothing() -> None:
    assert author('<div title="') == '&lt;div title="'


def test_depth_is_bounded() -> None:
    html = clean("<div>" * 5_000 + "x")
    assert html.count("<div>") == MAX_DEPTH
    assert html.count("</div>") == MAX_DEPTH


def test_formatting_that_is_never_closed_does_not_multiply() -> None:
    html = "".join(f"<b title={number}><p>x" for number in range(2_000))
    assert len(clean(html)) < 10 * len(html)


@pytest.mark.parametrize(
    "html",
    ["<a " + "x " * 100_000 + ">", "<!--" * 50_000, '<a "' * 50_000, "<" * 100_000, "<p>" * 100 + "</b>" * 50_000],
)
def test_tags_that_explode_in_parsers_do_not_here(html: str) -> None:
    clean(html, Deadline(20.0))


def test_too_much_is_refused() -> None:
    with pytest.raises(TookTooLong):
        clean("x" * (MAX_CHARS + 1))
    with pytest.raises(TookTooLong):
        clean("<p>x</p>" * 10, Deadline(0.0))


fragments = st.lists(
    st.one_of(
        st.sampled_from(sorted(TAGS | {"script", "style", "svg", "math", "textarea", "title", "select", "template", "form"})).map(
            lambda tag: f"<{tag}>"
        ),
        st.sampled_from(sorted(AUTHOR_TAGS | {"script", "svg", "select"})).map(lambda tag: f"</{tag}>"),
        st.sampled_from(
            ["<a href=javascript:x>", "<a href='//x'>", "<img src=//x>", "<img src=a onerror=b>", '<p title="', "'>", "<!--",
             "-->", "<![CDATA[", "]]>", "&lt;script>", "<a\n", "<p id=x>", "<a id=x name=y>", "x", "&", "<", ">", "\0", "\u2028"]
        ),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(fragments)
@settings(max_examples=300, deadline=None)
def test_nothing_harmful_is_left_of_any_html(html: str) -> None:
    assert_harmless(clean(html))
    assert_harmless(clean(author(html)), AUTHOR_TAGS)


@given(fragments)
@settings(max_examples=150, deadline=None)
def test_cleaning_what_is_clean_changes_nothing(html: str) -> None:
    once = clean(clean(html))
    assert clean(once) == once


@given(fragments)
@settings(max_examples=150, deadline=None)
def test_nothing_harmful_is_left_of_any_markdown_with_html_in_it(body: str) -> None:
    assert_harmless(Renderer().render(f"# x\n\n{body}\n\n- [ ] y {body}\n\n> {body}").html)
