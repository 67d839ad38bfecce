"""Pages written for Hugo, Jekyll, Docusaurus, MkDocs and Obsidian read well: their tags take a form that is here, or are code."""

from __future__ import annotations

import pytest

from wiki.markup.markdown import Renderer


def html(body: str) -> str:
    return Renderer().render(body).html


NOTE = (
    '<div class="admonition {0}" role="note">\n<p class="admonition-title">{1}</p>\n<p>Mind <em>it</em>.</p>\n</div>\n'
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{{% alert title="Stop" color="warning" %}}\nMind *it*.\n{{% /alert %}}', "warning"),
        ('{{< callout type="info" title="Stop" >}}\n  Mind *it*.\n{{< /callout >}}', "note"),
        ('{{% notice tip "Stop" %}}Mind *it*.{{% /notice %}}', "tip"),
        ('<Admonition type="danger" title="Stop">\n\n  Mind *it*.\n\n</Admonition>', "caution"),
        ('<Tip title={"Stop"}>Mind *it*.</Tip>', "tip"),
        ("```{warning} Stop\n:class: wide\n\nMind *it*.\n```", "warning"),
        ("```ad-tip\ntitle: Stop\nMind *it*.\n```", "tip"),
        ("/// warning | Stop\n    open: True\n\nMind *it*.\n///", "warning"),
    ],
)
def test_their_notes_are_notes(body: str, kind: str) -> None:
    assert html(f"Before.\n{body}\nAfter.") == f"<p>Before.</p>\n{NOTE.format(kind, 'Stop')}<p>After.</p>\n"


def test_a_note_that_is_one_tag_says_what_it_says() -> None:
    found = html('{% include warning.html content="Mind *it*." %}')
    assert '<div class="admonition warning" role="note">' in found and "<p>Mind <em>it</em>.</p>" in found


@pytest.mark.parametrize(
    "body",
    [
        '=== "Linux"\n\n    Use *apt*.\n\n=== "Mac"\n    Use *brew*.\n',
        '{{< tabs "os" >}}\n{{< tab "Linux" >}}\nUse *apt*.\n{{< /tab >}}\n{{% tab name="Mac" %}}Use *brew*.{{% /tab %}}\n{{< /tabs >}}\n',
        "<Tabs groupId='os' values={[{a: 1}]}>\n  <TabItem value='l' label='Linux' default>\n\n  Use *apt*.\n\n  </TabItem>\n"
        "  <TabItem label='Mac'>Use *brew*.</TabItem>\n</Tabs>\n",
        "/// tab | Linux\nUse *apt*.\n///\n\n/// tab | Mac\nUse *brew*.\n///\n",
        '{{< tabs items="Linux, Mac" >}}\n\n  {{< tab >}}Use *apt*.{{< /tab >}}\n  {{< tab >}}Use *brew*.{{< /tab >}}\n\n{{< /tabs >}}\n',
        ":::: tabs\n::: tab Linux\nUse *apt*.\n:::\n::: tab Mac\nUse *brew*.\n:::\n::::\n",
    ],
)
def test_tabs_stand_below_one_another_under_their_names(body: str) -> None:
    found = html(body)
    assert '<details open="">\n<summary>Linux</summary>\n<p>Use <em>apt</em>.</p>\n</details>' in found
    assert '<details open="">\n<summary>Mac</summary>\n<p>Use <em>brew</em>.</p>\n</details>' in found
    assert not any(sign in found for sign in ("{{", "===", "///", ":::", "Tabs"))


def test_lines_keep_their_numbers_inside_of_boxes() -> None:
    found = Renderer().render('{{% tabs %}}\n=== "One"\n    ## Cost\n    Text.\n{{% /tabs %}}\n\n## After\n')
    assert [(item.text, item.line) for item in found.headings] == [("Cost", 3), ("After", 7)]


def test_code_in_their_tags_stays_code() -> None:
    found = html(
        "{% highlight ruby %}\ndef a\n  *b*\n{% endhighlight %}\n\n{{< mermaid >}}\nA --> B\n{{< /mermaid >}}\n"
    )
    assert '<code class="language-ruby">' in found and "\n  <span" in found and "<em>" not in found
    assert '<code class="language-mermaid">A --&gt; B\n</code>' in found
    assert html("```{r}\nx\n```\n").count("<pre") == 1
    # What is in fences of its own is nobody's closing tag.
    found = html("{{% steps %}}\n```\n{{% /steps %}}\n```\nOne.\n{{% /steps %}}\n")
    assert found.startswith("<pre") and found.endswith("</pre>\n<p>One.</p>\n")


def test_pictures_videos_and_buttons_are_pictures_and_links() -> None:
    found = Renderer().render(
        '{{< figure src="/img/map.png" alt="Map" caption="Where" width="40" >}} {{< youtube abc >}} {{< card link="a.md" title="Next" >}}'
    )
    assert '<img src="/img/map.png" alt="Map" width="40"' in found.html and "<em>Where</em>" in found.html
    assert '<a href="https://www.youtube.com/watch?v=abc"' in found.html and '<a href="a.md">Next</a>' in found.html
    assert [(link.target, link.kind) for link in found.links] == [("/img/map.png", "image"), ("a.md", "page")]
    found = Renderer().render(
        "<img src={require('./a.png').default} style={{width: '9%'}} /> <Image src='/b.png' alt='B' />"
    )
    assert [link.target for link in found.links if link.kind == "image"] == ["./a.png"] and "{" not in found.html
    found = Renderer().render("See:\n<Image alt='B'\n  img={require('@site/static/b.png')}\n  style={{a: 1}} />\n")
    assert [(link.target, link.text) for link in found.links] == [("@site/static/b.png", "B")]
    assert html('{{< icon "cake" >}}Cake {{< badge "new" >}}') == "<p>Cake new</p>\n"


def test_addresses_that_are_filled_in_lead_there() -> None:
    found = Renderer().render(
        '[*a*]({{< ref "x.md#y" >}}) [b]({% link _docs/b.md %}) ![c]({{ site.baseurl }}/c.png) [d]({{ "/d/" | relative_url }}#e)'
    )
    assert [link.target for link in found.links] == ["x.md#y", "/_docs/b.md", "/c.png", "/d/#e"]
    assert "<em>a</em>" in found.html and 'alt="c"' in found.html


def test_what_is_filled_in_elsewhere_is_shown_as_code_and_nothing_is_lost() -> None:
    found = html(
        'Version {{< param "v" >}}, {% if user %}hello{% endif %} {{ name }}, {{</* escaped */>}}{{/* not shown */}}.'
    )
    assert found == (
        '<p>Version <code>{{&lt; param "v" &gt;}}</code>, <code>{% if user %}</code>hello<code>{% endif %}</code> {{ name }}, '
        "{{&lt; escaped &gt;}}.</p>\n"
    )
    assert html("{{% unheard-of %}}\nText *here*.\n{{% /unheard-of %}}") == "<p>Text <em>here</em>.</p>\n"
    assert html("{{% never-closed %}}\nText") == "<p><code>{{% never-closed %}}</code>\nText</p>\n"
    assert html("`{{< a >}}` and\n\n    {{< b >}}\n").count("{{&lt;") == 2


def test_what_a_page_imports_is_not_shown_and_what_it_exports_is_code() -> None:
    found = html(
        "import Tabs from '@theme/Tabs';\nimport {\n  A,\n  B\n} from './b';\n\nimport tax from our lists.\n\nexport const A = () => (\n  1\n);\n"
    )
    assert (
        found.startswith("<p>import tax from our lists.</p>\n<pre") and "language-jsx" in found and "Tabs" not in found
    )
    assert html("{/* a remark */}\n\nText") == "<p>Text</p>\n"


def test_markdown_in_an_element_that_says_so_is_read() -> None:
    assert (
        html('<div class="grid" markdown="1">\n**Bold**\n</div>\n') == "<div>\n<p><strong>Bold</strong></p>\n</div>\n"
    )
    assert html("<div>\n**Bold**\n</div>\n") == "<div>\n**Bold**\n</div>\n"


def test_remarks_of_obsidian_are_not_shown_and_what_mailers_fill_in_is() -> None:
    assert html("Hello %% a remark %%there.\n\n%%\nNot\n\nshown\n%%\n\nEnd.") == "<p>Hello there.</p>\n<p>End.</p>\n"
    assert html("Dear %%first_name%%, 100%% sure") == "<p>Dear %%first_name%%, 100%% sure</p>\n"
    assert html("%% open\n\nText") == "<p>%% open</p>\n<p>Text</p>\n"


def test_links_of_obsidian_lead_to_headings_and_blocks() -> None:
    found = Renderer().render("[[Calls#Scripts#For tenants]] [[Calls#^best-time|when]] ![Map|120](map.png)")
    assert [link.target for link in found.links] == ["wiki:Calls#for-tenants", "wiki:Calls#^best-time", "map.png"]
    assert '<img src="map.png" alt="Map" width="120"' in found.html


def test_formulas_keep_their_signs_and_prices_are_no_formulas() -> None:
    assert html("So $a_1 * b_1 * c$ is.") == "<p>So <code>a_1 * b_1 * c</code> is.</p>\n"
    assert (
        html("$$\n\\sum_{i} \\, *x*\n$$")
        == '<pre tabindex="0"><code class="language-math">\\sum_{i} \\, *x*\n</code></pre>\n'
    )
    for text in ("From $5 to $10 a month", "US$5/month and CA$7", "$5_a and 7$", "a $$ b"):
        assert html(text) == f"<p>{text}</p>\n"


def test_long_rows_of_these_tags_take_no_longer_than_other_text() -> None:
    for body in (
        "{{% a %}}\n" * 5_000,
        "<Aa>\n" * 5_000,
        "{{< a " * 20_000,
        "{{< a >}} " * 10_000,
        "<Aa b={" * 20_000,
        '<Aa b="' * 20_000,
        "{% a " * 20_000,
        "{{% " + " " * 50_000,
        "%% a " * 20_000,
        "%%\n%% a\n" * 5_000,
        "$a_" * 20_000,
        "$$\n" * 10_001,
        "import " * 20_000,
        "/// a\n" * 5_000,
        "```{note}\n~~~{note}\n" * 2_500,
        '=== "a"\n' * 5_000,
        "[a]({{ " * 10_000,
        "<div markdown " * 10_000,
    ):
        assert not Renderer().render(body).cut_off, body[:20]
    assert Renderer().render("".join(f"{'{{% a %}}'}\n" for _ in range(60)) + "{{% /a %}}\n" * 60).html
