from __future__ import annotations

import pytest

from wiki.markup.address import external, internal, is_dangerous, without_tracking
from wiki.markup.links import Target, resolve
from wiki.markup.markdown import Renderer
from wiki.markup.words import fill

PAGES = {
    "wiki:Signal": Target("/communications/signal", True, "Signal"),
    "wiki:field/spoke": Target("/field/spoke", True, "Spoke & Co"),
    "wiki:field/spoke#cost": Target("/field/spoke#cost", True, "Spoke & Co"),
    "../x y.md": Target("/x-y", True, "X Y"),
    "map.png": Target("/a/map.png", True),
    "gone.png": Target("/a/gone.png", False),
    "?": Target("/x", True),
}


def resolved(body: str) -> str:
    html = Renderer().render(body).html.rstrip("\n")
    return resolve(html, lambda target: PAGES.get(target, Target('/-/new?path="<' + target, False)))


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("[[Signal]]", '<a href="/communications/signal">Signal</a>'),
        ("[[Signal|the *app*]]", '<a href="/communications/signal">the *app*</a>'),
        ("[[field/spoke]]", '<a href="/field/spoke">Spoke &amp; Co</a>'),
        ("[[field/spoke#Cost]]", '<a href="/field/spoke#cost">Spoke &amp; Co</a>'),
        ("[[field/spoke|so]]", '<a href="/field/spoke">so</a>'),
        (
            "[](../x%20y.md) [](gone.md)",
            '<a href="/x-y">X Y</a> <a href="/-/new?path=&quot;&lt;gone.md" class="missing">gone.md</a>',
        ),
        ("[**x**](../x%20y.md)", '<a href="/x-y"><strong>x</strong></a>'),
        ("[[Gone]]", '<a href="/-/new?path=&quot;&lt;wiki:Gone" class="missing">Gone</a>'),
        ('<a href="../x y.md" class="note">x</a>', '<a href="/x-y" class="note">x</a>'),
        ('<a href="gone" class="note">x</a>', '<a href="/-/new?path=&quot;&lt;gone" class="note missing">x</a>'),
        ("![m](map.png)", '<img src="/a/map.png" alt="m" loading="lazy">'),
        ("![m](gone.png)", '<img src="/a/gone.png" class="missing" alt="m" loading="lazy">'),
        ("[x](#here)", '<a href="#here">x</a>'),
        ("[x](?at=1)", '<a href="?at=1">x</a>'),
        ("[x](mailto:a@b.cd)", '<a href="mailto:a@b.cd">x</a>'),
        ("[x](https://e.org)", '<a href="https://e.org" rel="nofollow noopener noreferrer ugc">x</a>'),
        ('`<a href="map.png">`', '<code>&lt;a href="map.png"&gt;</code>'),
        ("<b title='<a href=\"map.png\">'>x</b>", '<b title="&lt;a href=&quot;map.png&quot;&gt;">x</b>'),
    ],
)
def test_links_into_the_wiki_lead_where_the_resolver_says(body: str, html: str) -> None:
    assert resolved(body) == f"<p>{html}</p>"


def test_the_resolver_is_asked_for_exactly_what_the_text_lists() -> None:
    found = Renderer().render("[[a b#C]] [x](../y%20z/%C3%B1%2Fo.md?q#s) ![i](p.png) <img src='q.png'> [[d/e]]")
    asked: list[str] = []

    def resolver(target: str) -> Target:
        asked.append(target)
        return Target("", True)

    resolve(found.html, resolver)
    assert sorted(asked) == sorted(link.target for link in found.links)
    assert "../y z/ñ%2Fo.md?q#s" in asked


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://e.org", "external"),
        ("HTTP://e.org", "external"),
        ("//e.org", "external"),
        ("/\\e.org", "external"),
        ("\\\\e.org", "external"),
        ("\t//e.org", "external"),
        ("ht\ntps://e.org", "external"),
        ("mailto:a@b.c", "external"),
        ("javascript:x", "dangerous"),
        ("java\tscript:x", "dangerous"),
        ("\x00javascript:x", "dangerous"),
        ("data:x", "dangerous"),
        ("file:///etc/passwd", "dangerous"),
        ("ftp://e.org", "dangerous"),
        ("c:\\x", "dangerous"),
        ("wiki:a", "internal"),
        ("a/b:c", "internal"),
        ("/a", "internal"),
        ("a b", "internal"),
        ("#a", "here"),
        ("?a", "here"),
        ("", "here"),
    ],
)
def test_an_address_is_inside_outside_or_dangerous(address: str, kind: str) -> None:
    assert (external(address) is not None) == (kind == "external")
    assert is_dangerous(address) == (kind == "dangerous")
    assert (internal(address) is not None) == (kind == "internal")


@pytest.mark.parametrize(
    ("written", "decoded"),
    [("a%20b", "a b"), ("%C3%B1", "ñ"), ("a%2Fb%23c%3Fd%25", "a%2Fb%23c%3Fd%25"), ("%FF", "%FF"), ("%00%5c", "%00%5c")],
)
def test_an_encoded_separator_stays_a_letter_of_the_name(written: str, decoded: str) -> None:
    assert internal(written) == decoded


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("https://e.org/?utm_source=a&utm_medium=b", "https://e.org/"),
        ("https://e.org/?a=1&fbclid=x&b=2#c?gclid=1", "https://e.org/?a=1&b=2#c?gclid=1"),
        ("https://e.org/?a=utm_source", "https://e.org/?a=utm_source"),
        ("https://e.org/?refcode=x", "https://e.org/?refcode=x"),
        ("https://e.org/?", "https://e.org/"),
    ],
)
def test_tracking_is_taken_off_an_address(address: str, left: str) -> None:
    assert without_tracking(address) == left


def test_titles_that_no_author_wrote_are_filled_in_by_the_face() -> None:
    html = Renderer().render("!!! note\n    x\n\n!!! tip Mine\n    y\n\n??? danger\n    z").html
    filled = fill(html, {"note": "Nota <&>", "tip": "Consejo", "caution": "Cuidado"})
    assert '<p class="admonition-title" data-t="note">Nota &lt;&amp;&gt;</p>' in filled
    assert '<p class="admonition-title">Mine</p>' in filled
    assert '<summary class="admonition-title" data-t="caution">Cuidado</summary>' in filled
    assert fill(html, {}) == html
