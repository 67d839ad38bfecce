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


def test_what_stands_aside_is_a_note_with_its_markdown() -> None:
    found = html("Before.\n<aside>\nMind *it*.\n\n</aside>\n\nAfter.")
    assert (
        '<div class="admonition note" role="note">' in found
        and "<p>Mind <em>it</em>.</p>\n</div>\n<p>After.</p>" in found
    )
    assert "admonition" not in html("<aside>\nNot closed.")


@pytest.mark.parametrize(
    "body",
    [
        "```{figure} map.png\n:width: 9\n:alt: A map\n\nSee *it*.\n```",
        "::::{figure} map.png\n:alt: A map\n\nSee *it*.\n:::::",
        "```{image} map.png\n:alt: A map\n```\n\nSee *it*.",
    ],
)
def test_a_picture_between_fences_is_a_picture_with_its_words(body: str) -> None:
    assert html(body) == '<p><img src="map.png" alt="A map" loading="lazy"></p>\n<p>See <em>it</em>.</p>\n'
    assert "<pre" in html("```{figure}\nno name\n```")


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
        "::::{tab-set}\n:::{tab-item} Linux\n:sync: l\n\nUse *apt*.\n:::\n:::{tab-item} Mac\nUse *brew*.\n:::\n::::\n",
        "````{tab-set}\n```{tab-item} Linux\n:sync: l\n\nUse *apt*.\n```\n```{tab-item} Mac\nUse *brew*.\n```\n````\n",
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


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('<Button href="/signal">Read *more*</Button>', '<a href="/signal">Read <em>more</em></a>'),
        ('<Card title="Start" href="/start">\n  Here\n</Card>', '<a href="/start">Start</a></strong></p>\n<p>Here</p>'),
        ('<LinkCard title="Keys" href="/keys" description="How" />', '<a href="/keys">Keys</a> – How'),
        ('<ChecklistItem slug="signal-pin" />', '<a href="wiki:signal-pin">signal-pin</a>'),
        ('See {{< link slug="blog/honey" text="**Honey**" >}}.', 'See <a href="blog/honey">Honey</a>.'),
        ('See {{< term text="a word" >}}.', "See a word."),
        ('{{< img name="bee.png" alt="A bee" >}}', '<img src="bee.png" alt="A bee"'),
    ],
)
def test_cards_buttons_and_tags_with_words_say_them_and_lead_there(body: str, shown: str) -> None:
    assert shown in html(body)


def test_a_button_that_would_run_something_is_only_words() -> None:
    assert html('<Button href="javascript:alert(1)">bad</Button> <Button href="/a">open').count("<a ") == 0


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


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{% code title="a.sh" %}\n```sh\nls\n```\n{% endcode %}', "<p><strong>a.sh</strong></p>\n<pre"),
        ('{% embed url="https://e.org/x" %}\nA film\n{% endembed %}', ">https://e.org/x</a>\nA film"),
        ('{% file src=".gitbook/assets/plan.pdf" %}', '<p><a href=".gitbook/assets/plan.pdf">plan.pdf</a></p>'),
        ('{% content-ref url="a.md" %}\n[a.md](a.md)\n{% endcontent-ref %}', '<p><a href="a.md">a.md</a></p>\n'),
        ("{% stepper %}\n{% step %}\n**One**\n{% endstep %}\n{% endstepper %}", "<p><strong>One</strong></p>\n"),
        ("{% columns %}\n{% column %}\nLeft\n{% endcolumn %}\n{% endcolumns %}", "<p>Left</p>\n"),
    ],
)
def test_what_gitbook_puts_around_blocks_is_not_shown(body: str, shown: str) -> None:
    found = html(body)
    assert found.startswith(shown) or shown in found
    assert "{%" not in found and "```" not in found


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("See {term}`strike fund` and {ref}`the end <end>`.", "See strike fund and the end."),
        ("{doc}`What it costs <money.md>`", '<a href="money.md">What it costs</a>'),
        ("{abbr}`GOTV (get out the vote)`", '<abbr title="get out the vote">GOTV</abbr>'),
        ("{math}`x_1` {kbd}`Esc` H{sub}`2`O", "<code>x_1</code> <kbd>Esc</kbd> H<sub>2</sub>O"),
        ("{doc}`a <javascript:b>` and {other}`x`", "a and {other}<code>x</code>"),
        (":::{tip} A\n:class: dropdown\n:open: true\nB\n:::", '">A</p>\n<p>B</p>\n</div>'),
        (":::{tip}\n:class: wide\n\n:smile: B\n:::", "Tip</p>\n<p>😄 B</p>\n</div>"),
        (":::{math}\n:name: eq\n\nx_1 \\times _y_\n:::", '<code class="language-math">x_1 \\times _y_\n</code>'),
        (":::{code} text\n:linenos:\n\n*a*\n:::", '">*a*\n</code></pre>'),
        (
            ":::{card} Dues\n:link: dues.md\n\nWhat *they* pay.\n:::",
            '<p><strong><a href="dues.md">Dues</a></strong></p>\n<p>What <em>they</em> pay.</p>',
        ),
        ("A\n\n(b:c)=\n## D\n\n[e](#b:c)", '<a id="user-b:c"></a>\n<div class="heading"><h2 id="d">'),
        ("[e](#f)\n\n```{figure} g.png\n:name: f\n```", '<a href="#user-f">e</a></p>\n<a id="user-f"></a>\n<p><img'),
        ('[[!img a/map.png alt="A map" size=9x]]', '<img src="wiki:a/map.png" alt="A map"'),
        ('[[!meta title="Leave"]] [[!toc]]', '<code>[[!meta title="Leave"]]</code> <code>[[!toc]]</code>'),
        ("[[!]] [[! x]]", '<a href="wiki:%21">!</a> <a href="wiki:%21%20x">! x</a>'),
        ("{ref}`later <The End>`", "<p>later</p>"),
        ("(costs)=\nText (a)= b", "<p>Text (a)= b</p>"),
        ("Press ++ctrl+alt+del++, not i++ or ++i.", "<kbd>Ctrl</kbd>+<kbd>Alt</kbd>+<kbd>Del</kbd>, not i++ or ++i."),
        (
            "{++one++} {--two--} {~~a~>b~~} {==c==}{>>d e<<}",
            "<ins>one</ins> <del>two</del> <del>a</del><ins>b</ins> <mark>c</mark>",
        ),
        ('--8<-- "a.md"\nText', '<pre tabindex="0"><code>--8&lt;-- "a.md"\n</code></pre>\n<p>Text</p>'),
        ("::: a.b\n    options: {}\n\nText", "</pre>\n<p>Text</p>"),
        (
            "[a](First call.md#What to say) [b](sic, it says)",
            '<a href="First%20call.md#what-to-say">a</a> [b](sic, it says)',
        ),
        ("![a](Our map.png)", '<img src="Our%20map.png" alt="a"'),
        ("[a](javascript:alert(1) x.md)", "[a](javascript:alert(1) x.md)"),
    ],
)
def test_signs_of_myst_and_of_python_markdown_are_read(body: str, shown: str) -> None:
    assert shown in html(body)


def test_a_word_says_what_it_means_wherever_that_is_written() -> None:
    found = html("Call your MP, MPs or `MP`.\n\n*[MP]: Member of <Parliament>\n*[MP]: Other\n\n[MP](a.md)\n")
    abbreviation = '<abbr title="Member of &lt;Parliament&gt;">MP</abbr>'
    assert (
        found == f'<p>Call your {abbreviation}, MPs or <code>MP</code>.</p>\n<p><a href="a.md">{abbreviation}</a></p>\n'
    )
    assert "[MP]: Member" not in found


def test_what_logseq_keeps_for_itself_is_not_shown_and_facts_stand_one_a_line() -> None:
    found = html("type:: guide\nfor:: [[Tenants]]\nid:: 60a7\n\n- One\n  collapsed:: true\n\t- Two\n- std:: x\n")
    assert found.startswith("<p><strong>type:</strong> guide<br>\n<strong>for:</strong> <a")
    assert "<li>One\n<ul>\n<li>Two</li>" in found and "60a" not in found and "<li>std:: x</li>" in found
    assert "CLOCK" not in html("- DONE x\n  :LOGBOOK:\n  CLOCK: [2023-11-04]\n  :END:\n")


def test_what_names_an_item_of_logseq_on_the_same_page_leads_there() -> None:
    id, other = (f"64f0ab12-1111-2222-3333-{number * 12}" for number in "45")
    found = html(f"- See (({id})), [this]((({id}))) and (({other}))\n- Bring [water]\n  id:: {id}\n")
    assert found == (
        f'<ul>\n<li>See <a href="#%5E{id}">Bring water</a>, <a href="#%5E{id}">this</a> and (({other}))</li>\n'
        f'<li id="^{id}">Bring [water]</li>\n</ul>\n'
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("{{embed [[Page]]}}", '<p><a href="wiki:Page">Page</a></p>'),
        ("{{video https://a.example/x}}", '<p><a href="https://a.example/x"'),
        ("{{[[TODO]]}} a {{[[DONE]]}} b", "<p>☐ a ☑ b</p>"),
        ("{{query (todo [[now]])}}", "<p><code>{{query (todo [[now]])}}</code></p>"),
    ],
)
def test_what_logseq_and_roam_would_fill_in_leads_there_or_is_code(body: str, shown: str) -> None:
    assert html(body).startswith(shown)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{% callout type="warning" title="Stop" %}\nMind *it*.\n{% /callout %}', NOTE.format("warning", "Stop")),
        ("# Cost {% #price .wide %}\n\nText {% .lead %}", '<h2 id="price">Cost</h2>'),
        ("Text {% .lead %}", "<p>Text</p>"),
        ('{% partial file="a.md" /%}', "<code>{% partial"),
        ('{{ youtube(id="abc") }}', 'href="https://www.youtube.com/watch?v=abc"'),
        ("[a](@/blog/post.md#b)", '<a href="/blog/post.md#b">a</a>'),
        ("[a]({filename}/posts/x.md) ![b]({static}y.png)", '<a href="/posts/x.md">a</a> <img src="y.png"'),
        ('::: {.callout-warning title="Stop" collapse="true"}\nMind *it*.\n:::', NOTE.format("warning", "Stop")),
        (
            ">! They *won*.\n>!\n>! - 9 of 10\n\nAfter",
            "<p>They <em>won</em>.</p>\n<ul>\n<li>9 of 10</li>\n</ul>\n</details>\n<p>After</p>",
        ),
        ("- a\n  >| ## More\n  >| Text\n", 'admonition-title">More</summary>\n<p>Text</p>\n</details>\n</li>'),
        (">| a |\n>|---|\n>| b |", '<blockquote>\n<div class="table-scroll"'),
        (">!inline!< text", "<p>!inline!&lt; text</p>"),
        (":::spoiler More\nText\n:::", '<summary class="admonition-title">More</summary>\n<p>Text</p>\n</details>'),
        ("> Mind *it*.\n{.is-warning}\n\n> Said", "<p>Mind <em>it</em>.</p>\n</div>\n<blockquote>\n<p>Said</p>"),
        ("> Mind *it*.\n{.is-danger}", '<div class="admonition caution" role="note">'),
        (
            ">>>\nOne\n\n- Two\n>>>\nThree",
            "<blockquote>\n<p>One</p>\n<ul>\n<li>Two</li>\n</ul>\n</blockquote>\n<p>Three</p>",
        ),
        ("?> Mind *it*.\n\nx", NOTE.format("tip", "Tip").replace("-title", '-title" data-t="tip')),
        ("!> One\ntwo\n\n- ?> x", "<p>One\ntwo</p>\n</div>\n<ul>\n<li>\n<div class"),
        ("### Hello, you :id=hey", '<h3 id="hey">Hello, you</h3>'),
        ("### Ours {docsify-ignore}", '<h3 id="ours">Ours</h3>'),
        ("So $`a*b*c`$.", "<p>So <code>a*b*c</code>.</p>"),
        ("[[code]](https://a.example) [[a]](b.md)", '[code]</a> <a href="b.md">[a]</a>'),
        ("[[Signal]](yes)", '<a href="wiki:Signal">Signal</a>(yes)'),
        ("[[https://a.example|A]] [[B|https://b.example]]", ">A</a> <a "),
    ],
)
def test_markdoc_zola_pelican_quarto_wikijs_and_gitlab_are_read(body: str, shown: str) -> None:
    assert shown in html(body)


def test_half_done_and_given_up_tasks_have_boxes() -> None:
    found = html("- [/] a\n- [-] b\n- [1] c\n")
    assert '<input type="checkbox" disabled=""> a' in found and 'checked=""> b' in found and "<li>[1] c</li>" in found


def test_long_rows_of_these_tags_take_no_longer_than_other_text() -> None:
    # Many times what any of these takes, on a slow machine too; reading each of them to the end for every other takes longer.
    renderer = Renderer(seconds=2.0)
    for body in (
        "{{% a %}}\n" * 1_250,
        "<Aa>\n" * 2_500,
        "{{< a " * 5_000,
        "{{< a >}} " * 2_500,
        "<Aa b={" * 5_000,
        '<Aa b="' * 5_000,
        "{% a " * 5_000,
        "{{% " + " " * 25_000,
        "%% a " * 10_000,
        "%%\n%% a\n" * 2_500,
        "$a_" * 5_000,
        "$$\n" * 5_001,
        "import " * 10_000,
        "/// a\n" * 2_500,
        "```{note}\n~~~{note}\n" * 1_250,
        ">! a\n>| # b\n" * 1_250,
        '=== "a"\n' * 2_500,
        "[a]({{ " * 2_500,
        "<div markdown " * 5_000,
        "{++a" * 5_000,
        "{~~a~>" * 2_500,
        "++a+" * 5_000,
        "{term}`a" * 5_000,
        "[a](b " * 2_500,
        "[a](b/c " * 1_250,
        "*[a]: b\n" * 1_250 + "a " * 5_000,
        "::: a.b\n" * 1_250,
        "- a\n  id:: b\n" * 750,
        "--8<--\n-8<-\n" * 2_500,
        "{% step %}\n" * 1_250,
        '<Aa href="b">' * 2_500,
        ">>>\n" * 2_501,
        "{{embed " * 5_000,
        "{{ a(" * 5_000,
        "> a\n{.is-info}\n\n" * 750,
        "{% /a %}" * 2_500,
        "{% a /" * 5_000,
        "((64f0ab12-" * 5_000,
        '<Aa href="b">' * 2_500 + "</Aa>",
        '<Aa href="b" />\n' * 2_500,
    ):
        assert not renderer.render(body).cut_off, body[:20]
    assert Renderer().render("".join(f"{'{{% a %}}'}\n" for _ in range(60)) + "{{% /a %}}\n" * 60).html
