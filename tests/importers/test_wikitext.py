"""Text of MediaWiki and DokuWiki as Markdown: the common part reads the same, the rest is kept and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from wiki.importers import dokutext, interwiki, wikitext
from wiki.markup.markdown import Renderer


def path_of(title: str) -> str:
    return "" if title.startswith(("Talk:", "Category:")) else title.strip().lower().replace(" ", "-").replace(":", "/")


def wiki(text: str) -> str:
    names = wikitext.Namespaces(other=frozenset(("talk", "user")))
    return wikitext.to_markdown(text, path_of, names).body


def doku(text: str) -> str:
    return dokutext.to_markdown(text, path_of, lambda id: f"/media/{id}" if id.endswith("png") else "").body


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("== Cost ==\nIt's '''free''' and ''good''.", "## Cost\n\nIt's **free** and *good*."),
        ("'''''both'''''", "***both***"),
        ("* a\n** b\n*# c\n# d", "- a\n  - b\n  1. c\n1. d"),
        ("text\n* a\nmore", "text\n\n- a\n\nmore"),
        ("; Term : meaning", "Term\n: meaning"),
        ("[[Main Page]] and [[Main Page|home]]s", "[[/main-page|Main Page]] and [[/main-page|homes]]"),
        ("[[Sub:Page#Cost|c]]", "[[sub/page#Cost|c]]"),
        ("[[#Cost]]", "[[#Cost|#Cost]]"),
        ("[https://a.example A b] [https://b.example]", "[A b](<https://a.example>) <https://b.example>"),
        ("<nowiki>[[x]] '''y'''</nowiki>", r"\[\[x\]\] '''y'''"),
        ("a <code>b`c</code> <code>d</code>", "a `` b`c `` `d`"),
        ('<syntaxhighlight lang="python">\nx = [[1]]\n</syntaxhighlight>', "```python\nx = [[1]]\n```"),
        (" code line", "    code line"),
        ("one<ref>Source ''A''</ref> two<ref name=x />", "one[^1] two\n\n[^1]: Source *A*"),
        ("----\n__NOTOC__", "---"),
        ("[[Category:Tools|*]][[:Category:Tools]]x", "Category:Toolsx"),
        ("a <!-- hidden --> b", "a  b"),
        ("{{Infobox|a={{b}}|c}} text", "<!-- {{Infobox|a={{b}}|c}} --> text"),
        ("[[File:x.png|thumb|A ''map'']]", "A *map* <!-- [[File:x.png|thumb|A ''map'']] -->"),
        ("[[Talk:Page|talk]]", "talk"),
        ("{{ never closed", "{{ never closed"),
    ],
)
def test_wikitext_reads_the_same_in_markdown(text: str, markdown: str) -> None:
    assert wiki(text).strip("\n") == markdown


def test_a_wiki_table_becomes_a_table() -> None:
    text = '{| class="wikitable"\n|+ Prices\n! Tool !! Cost\n|-\n| style="x" | [[Signal|S]] || free | now\n|-\n| Spoke\n| $$\n|}'
    assert wiki(text) == (
        "**Prices**\n\n| Tool | Cost |\n| --- | --- |\n| [[/signal\\|S]] | free \\| now |\n| Spoke | $$ |\n"
    )
    html = Renderer().render(wiki(text)).html
    assert html.count("<td>") == 4 and ">S</a>" in html


def test_cells_that_span_rows_and_columns_are_followed_by_empty_ones() -> None:
    text = '{|\n! A !! B !! C\n|-\n| rowspan="2" | x || colspan=2 | y\n|-\n| z || w\n|-\n| 1 || 2 || 3\n|}'
    assert wiki(text).split("\n")[2:5] == ["| x | y |  |", "|  | z | w |", "| 1 | 2 | 3 |"]


def test_other_languages_are_left_out_and_wikipedia_is_linked() -> None:
    found = wiki("See [[w:Labor union|unions]] and [[:de:Gewerkschaft]].\n\n[[de:Startseite]]")
    at = "wikipedia.org/wiki"
    assert (
        found.strip()
        == f"See [unions](<https://en.{at}/Labor_union>) and [Gewerkschaft](<https://de.{at}/Gewerkschaft>)."
    )


def test_a_note_that_is_named_again_is_the_same_note() -> None:
    found = wiki('a<ref name="x">Source</ref> b<ref name="x" /> c<ref>Other</ref>')
    assert found.startswith("a[^1] b[^1] c[^2]")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        (
            "<ref>{{cite web |url=https://a.example |title=A {{!}} B |date=2020}}</ref>",
            "[A | B](<https://a.example>), 2020",
        ),
        ("<ref>{{Cite book|last=Roe|title=Labor}}</ref>", "Roe, *Labor*"),
        (
            "See {{URL|a.example/x}} and {{Official website|https://b.example|here}}.",
            "See [a.example/x](<https://a.example/x>) and [here](<https://b.example>).",
        ),
        (
            "{{Main|Chat|Calls}}\n{{lang|es|sí}} {{nowrap|a [[b|c]]}}{{Reflist}}{{DISPLAYTITLE:x}}",
            "→ [[/chat|Chat]], [[/calls|Calls]]\nsí a [[/b|c]]",
        ),
        ("{{Warning|Never {{nowrap|''share''}} it.\nNever.}}", "> [!WARNING]\n> Never *share* it.\n> Never."),
        (
            "{{Infobox tool\n| logo = a.png\n| free_of_cost = [[Yes|so]]\n| empty =\n}}",
            "|  |  |\n| --- | --- |\n| **free of cost** | [[/yes\\|so]] |",
        ),
        ("a<includeonly>b</includeonly><noinclude>c</noinclude>", "ac"),
        ("Text\n code\n more", "Text\n\n    code\n    more"),
    ],
)
def test_templates_that_say_what_they_are_are_read(text: str, markdown: str) -> None:
    assert markdown in wiki(text)
    assert "<!--" not in wiki(text)


def test_templates_in_templates_are_kept_and_take_no_time() -> None:
    for name in ("url", "cite|url=", "note", "main", "infobox|a=", "nowrap", "lang|es"):
        deep = f"{{{{{name}|" * 300 + "x" + "}}" * 300
        assert len(wiki(deep)) < 20 * len(deep)
        assert len(wiki("{{" + name + "|x}} " * 2_000)) < 200_000


def test_what_has_no_likeness_is_named_and_kept() -> None:
    found = wikitext.to_markdown("{{Stub}}\n{| \n| x\n{|\n| y\n|}\n|}\n<gallery>a.png</gallery>", path_of)
    assert found.left == ["<gallery>", "{{Stub}}", "{| |}"]
    assert "{{Stub}}" in found.body and "| y" in found.body and "-->" in found.body


def test_nothing_kept_in_a_comment_gets_out_of_it() -> None:
    for text in ("{{x --> <script>alert(1)</script>}}", "{{a<nowiki>--></nowiki><b>}}", "<gallery>--></gallery>"):
        assert "script>" not in Renderer().render(wiki(text)).html.replace("&lt;script&gt;", "")
        assert wiki(text).count("-->") == 1


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("====== Title ======\n===== Part =====\nText", "# Title\n\n## Part\n\nText"),
        (
            "**bold** //italic// __under__ ''mono'' https://a.example//b",
            "**bold** *italic* <u>under</u> `mono` https://a.example//b",
        ),
        ("  * a\n    * b\n  - c", "- a\n   - b\n1. c"),
        ("Text\n  * a\nmore", "Text\n\n- a\n\nmore"),
        ("[[ns:page]] [[ns:page|words]] [[#part]]", "[[ns/page|page]] [[ns/page|words]] [[#part|part]]"),
        (
            "[[https://a.example|A]] [[ana@a.example]]",
            "[A](<https://a.example>) [ana@a.example](<mailto:ana@a.example>)",
        ),
        ("{{ns:map.png?200|A map}}", "![A map](</media/ns:map.png>)"),
        ("^ Tool ^ Cost ^\n| [[signal|S]] | free |", "| Tool | Cost |\n| --- | --- |\n| [[/signal\\|S]] | free |"),
        ("<code python>\nx = **1**\n</code>", "```python\nx = **1**\n```"),
        ("%%**not bold**%%", r"\*\*not bold\*\*"),
        ("one((A note)) two", "one[^1] two\n\n[^1]: A note"),
        ("  indented code", "    indented code"),
        ("a \\\\ b", "a <br>\nb"),
        ("> quoted\n>> deeper", "> quoted\n>> deeper"),
        ("<del>gone</del>", "~~gone~~"),
        ("----", "---"),
        ("~~NOTOC~~x", "<!-- ~~NOTOC~~ -->x"),
        ("| a ||\n| b | c |", "|  |  |\n| --- | --- |\n| a |  |\n| b | c |"),
        ("^ a | b |\n^ c | d |", "|  |  |\n| --- | --- |\n| **a** | b |\n| **c** | d |"),
        (
            "<WRAP center round important 60%>\nMind **this**\n  * one\n</WRAP>\nx",
            ":::important\n\nMind **this**\n\n- one\n\n:::\n\nx",
        ),
        ("<note warning>Careful</note>", ":::warning\n\nCareful\n\n:::"),
        ("<WRAP column>\ntext\n</WRAP>", "text"),
        ("a <wrap em>b</wrap> <color red>c</color>", "a b c"),
        ("<graphviz>\na -> b\n</graphviz>", "```graphviz\na -> b\n```"),
        ("{{page>ns:page}} {{youtube>a-1}}", "[[ns/page|page]] [youtube](<https://www.youtube.com/watch?v=a-1>)"),
        ("  a {\n    b\n  }", "    a {\n      b\n    }"),
        ("''%%--x%%''", "`--x`"),
    ],
)
def test_dokuwiki_text_reads_the_same_in_markdown(text: str, markdown: str) -> None:
    assert doku(text).strip("\n") == markdown


def test_the_tags_of_a_dokuwiki_page_come_along() -> None:
    found = dokutext.to_markdown('Text {{tag>union field_work "two words"}}', path_of, lambda id: "")
    assert found.categories == ["union", "field work", "two words"] and found.body == "Text\n"


def test_plugins_and_missing_files_of_dokuwiki_are_named() -> None:
    found = dokutext.to_markdown(
        "{{gallery>x}} <WRAP box>a</WRAP> {{lost.pdf|Flyer}} [[ours>x|X]]", path_of, lambda id: ""
    )
    assert found.left == ["{{gallery", "lost.pdf", "[[ours>x]]"]
    assert "Flyer" in found.body and "X <!-- [[ours&gt;x|X]] -->" in found.body


@pytest.mark.parametrize(
    ("link", "markdown"),
    [
        ("[[wp>Labor union]]", "[Labor union](<https://en.wikipedia.org/wiki/Labor_union>)"),
        ("[[doku>syntax|how]]", "[how](<https://www.dokuwiki.org/syntax>)"),
        ("[[wpes>Sindicato#Historia]]", "[Sindicato#Historia](<https://es.wikipedia.org/wiki/Sindicato#Historia>)"),
        ("[[drive>a b/c]]", "[a b/c](<https://drive.example/?q=a%20b%2Fc>)"),
    ],
)
def test_dokuwikis_short_names_of_other_sites_lead_there(link: str, markdown: str, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "interwiki.local.conf").write_text(
        "# ours\ndrive   https://drive.example/?q={URL}\nx javascript:1\n"
    )
    shortcuts = interwiki.load(tmp_path / "data" / "pages")
    assert "x" not in shortcuts
    assert dokutext.to_markdown(link, path_of, lambda id: "", shortcuts).body.strip() == markdown


def test_signs_of_headings_and_links_without_end_are_read_in_one_go() -> None:
    assert doku("== " + "= " * 200_000 + "a ==").endswith("= a\n")
    for opened in ("=", "{{", "[["):
        assert doku(opened * 100_000 + "a").endswith("a\n")
    assert wiki("=" + "\t" * 100_000 + "a").endswith("a\n")
    assert wiki("{{a|" + " " * 100_000 + "!}}").startswith("<!--")
    assert "http:a" in wiki("[http:a" + " " * 200_000 + "!")
    assert wiki("[https://a.example   ]") == wiki("[https://a.example]")
    assert "a=a=a" in wiki("{|\n| " + "a=" * 50_000 + "a\n|}\n")


@pytest.mark.parametrize("tag", ["<nowiki>", "<ref>", "<note>", "%%", "((", "<wrap a>"])
def test_what_is_opened_over_and_over_and_never_closed_stays_and_takes_no_time(tag: str) -> None:
    for convert in (wiki, doku):
        assert convert(tag * 40_000 + "end").endswith("end\n")
        deep = convert(
            "".join(f"<b{n}>" for n in range(3_000)) + "deep" + "".join(f"</b{n}>" for n in range(2_999, -1, -1))
        )
        assert "deep" in deep
