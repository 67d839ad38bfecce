"""A trainer's long list is read as it is: Markdown, plain lines, a table, HTML; and becomes pages."""

from __future__ import annotations

import pytest

from tests.conftest import ANA, BEN, Story
from wiki.errors import Denied, Invalid, TooMany
from wiki.importers.listing import guess, read
from wiki.importers.plan import Defaults, Plan
from wiki.importers.stubs import plan
from wiki.markup.front_matter import load

DEFAULTS = Defaults("field", ("phonebank",), "Nobody has described this yet.")
MAX_BYTES = 1_048_576

MARKDOWN = """
# Our tools

1. [Chat](#chat)

## Chat
- **[Signal](https://signal.org/?utm_source=list&x=1)** — *free* messenger
  for everybody
  - Cost: nothing
  - [Molly](https://molly.im): a fork
- Slack: <https://slack.com> chat
- Look at [Zulip][z], it has threads
- [![Badge](https://img.example/b.svg)](https://ci.example)
- [Not this](javascript:alert(1))
- [Nor this](data:text/html;base64,aGk=)

```
- [Code](https://code.example)
```
<!-- - [Old](https://old.example) -->

| Name | Site | Note |
|---|---|---|
| Mattermost | [site](https://mattermost.com) | for teams |

### [Element](https://element.io)

Chat of the Matrix network.

[z]: https://zulip.com
"""


def names(text: str, format: str = "") -> list[tuple[str, str]]:
    return [(row.name, row.address) for row in read(text, format).rows]


def planned(story: Story, text: str, defaults: Defaults = DEFAULTS) -> Plan:
    return plan(read(text), defaults, story.catalog, story.settings.at(), MAX_BYTES)


def test_a_markdown_list_is_read_with_its_headings_and_addresses() -> None:
    listing = read(MARKDOWN)
    assert listing.format == "markdown"
    assert [(row.name, row.address) for row in listing.rows] == [
        ("Signal", "https://signal.org/?x=1"),
        ("Molly", "https://molly.im"),
        ("Slack", "https://slack.com"),
        ("Zulip", "https://zulip.com"),
        ("Mattermost", "https://mattermost.com"),
        ("Element", "https://element.io"),
    ]
    signal, *_, mattermost, element = listing.rows
    assert signal.description == "free messenger for everybody Cost: nothing"
    assert signal.sections == ("Our tools", "Chat")
    assert MARKDOWN.split("\n")[signal.line - 1].startswith("- **[Signal]")
    assert mattermost.description == "for teams"
    assert element.description == "Chat of the Matrix network."


def test_addresses_that_run_something_are_refused_by_name_and_line() -> None:
    refused = read(MARKDOWN).refused
    assert [(item.label, item.problem.code) for item in refused] == [
        ("Not this", "import.script"),
        ("Nor this", "import.script"),
    ]
    assert MARKDOWN.split("\n")[refused[0].problem.line - 1].startswith("- [Not this]")


def test_plain_lines_are_read_in_whatever_order_people_put_name_address_and_words() -> None:
    text = (
        "Chat:\nSignal - https://signal.org/ free messenger\n* Slack: www.slack.com, team chat\nhttps://zoom.us - Zoom\n"
        "Mattermost (for teams)\n2) Element (https://element.io) chat\nBad - javascript:alert(1)\nTexts\n=====\nSpoke – spoke.org – texts"
    )
    listing = read(text)
    assert listing.format == "plain"
    assert [(row.name, row.address, row.description) for row in listing.rows] == [
        ("Signal", "https://signal.org/", "free messenger"),
        ("Slack", "https://www.slack.com", "team chat"),
        ("Zoom", "https://zoom.us", ""),
        ("Mattermost", "", "for teams"),
        ("Element", "https://element.io", "chat"),
        ("Spoke", "https://spoke.org", "texts"),
    ]
    assert [row.sections for row in listing.rows][-2:] == [("Chat",), ("Texts",)]
    assert [item.problem.code for item in listing.refused] == ["import.script"]


def test_lines_that_somebody_added_below_a_list_in_markdown_are_entries_too() -> None:
    text = """Prose, see https://example.org/about for more.
- [One](https://one.example) does one
- [Two](https://two.example) does two, see
also https://more.example in its text
Three https://three.example
The fourth - https://four.example the fourth
https://www.five.example/start
**Six**: https://six.example
javascript:alert(1)
- [Seven](https://seven.example)
"""
    listing = read(text)
    assert listing.format == "markdown"
    assert [(row.line, row.name, row.address) for row in listing.rows] == [
        (2, "One", "https://one.example"),
        (3, "Two", "https://two.example"),
        (5, "Three", "https://three.example"),
        (6, "The fourth", "https://four.example"),
        (7, "five.example", "https://www.five.example/start"),
        (8, "Six", "https://six.example"),
        (10, "Seven", "https://seven.example"),
    ]
    assert [item.problem.code for item in listing.refused] == ["import.script"]


def test_a_table_is_read_by_its_headings_whatever_stands_between_the_cells() -> None:
    for mark in ",;\t":
        text = mark.join(("Tool", "Link", "What it does", "Category", "Mood")) + "\r\n"
        text += mark.join(("Signal", "https://signal.org", '"free, and fast"', "Field", "good")) + "\r\n"
        text += mark.join(("", "https://nameless.example", "", "", "")) + "\r\n"
        listing = read(text)
        assert listing.format == "table"
        row = listing.rows[0]
        assert (row.name, row.address, row.description, row.category) == (
            "Signal",
            "https://signal.org",
            "free, and fast",
            "Field",
        )
        assert dict(listing.columns)["Mood"] == ""
        assert [item.problem.code for item in listing.refused] == ["import.no_name"]


def test_a_person_can_say_what_a_column_means() -> None:
    text = "Herramienta X,Dónde\nSignal,https://signal.org\n"
    listing = read(text, "table", {"Herramienta X": "name", "Dónde": "address"})
    assert [(row.name, row.address) for row in listing.rows] == [("Signal", "https://signal.org")]


def test_a_table_without_headings_is_read_by_where_the_addresses_are() -> None:
    assert names("Signal\thttps://signal.org\tMessenger\nFoo\tfoo.org\tBar\n") == [
        ("Signal", "https://signal.org"),
        ("Foo", "https://foo.org"),
    ]


def test_html_is_read_by_its_items_rows_and_paragraphs() -> None:
    text = (
        '<h2>Chat</h2><ul><li><a href="https://signal.org/">Signal</a> - messenger<li><a href="javascript:x()">Bad</a></ul>'
        '<table><tr><td>Foo</td><td><a href="https://foo.org">https://foo.org</a></td><td>a bar</td></tr></table>'
        '<p>See <a href="#top">the top</a>.<script>let a = "<a href=https://evil.example>x</a>"</script>'
    )
    listing = read(text)
    assert listing.format == "html"
    assert [(row.name, row.address, row.description) for row in listing.rows] == [
        ("Signal", "https://signal.org/", "messenger"),
        ("Foo", "https://foo.org", "a bar"),
    ]
    assert listing.rows[0].sections == ("Chat",)
    assert [item.label for item in listing.refused] == ["Bad"]


def test_prose_and_notes_in_a_list_make_no_pages() -> None:
    listing = read("- [A](https://a.example)\n- Send us your favourite tools\n\nThis list is kept by the trainers.\n")
    assert [row.name for row in listing.rows] == ["A"]
    assert [item.problem.code for item in listing.refused] == ["import.no_address"]


def test_the_columns_of_a_table_are_found_by_words_in_their_headings_and_by_what_is_in_them() -> None:
    text = (
        "Our tools\nOrganization;Logo;Website URL;What is it?;Pricing (USD/mo);Category / Area\n"
        "Hustle;hustle.png (https://cdn.example/1);hustle.com (https://hustle.com);Texts;99;Field, Texting\n"
        "Spoke;;spoke.org;Texts, open;0;\n"
    )
    listing = read(text, "table")
    assert [(row.name, row.address, row.description, row.category) for row in listing.rows] == [
        ("Hustle", "https://hustle.com", "Texts", "Field, Texting"),
        ("Spoke", "https://spoke.org", "Texts, open", ""),
    ]
    assert [use for _, use in listing.columns] == ["name", "", "address", "description", "", "category"]
    # What somebody said of a column isn't guessed again.
    assert dict(read(text, "table", {"Website URL": ""}).columns)["Website URL"] == ""


def test_a_table_in_markdown_is_read_by_its_columns() -> None:
    text = (
        "## Texting\n\nTool | What for | Cost | Site\n--- | :-- | --- | ---\nHustle | P2P \\| bulk | $$ | hustle.com\n"
        "**Spoke** | texting | free | [spoke](https://spoke.org)\n[Impactive](https://impactive.io) | friends | ? |\n\n"
        "| Setting | Value |\n| --- | --- |\n| a | b |\n\n- [Last](https://last.example)\n"
    )
    rows = read(text).rows
    assert [(row.line, row.name, row.address, row.description) for row in rows] == [
        (5, "Hustle", "https://hustle.com", "P2P | bulk"),
        (6, "Spoke", "https://spoke.org", "texting"),
        (7, "Impactive", "https://impactive.io", "friends"),
        (13, "Last", "https://last.example", ""),
    ]
    assert rows[0].sections == ("Texting",)


def test_an_address_under_a_label_belongs_to_the_heading_or_the_name_above() -> None:
    text = (
        "# Chat\n\n### Signal\n\n**URL:** [signal.org](https://signal.org/)\n\nA messenger.\n\n**Best for:** all.\n\n"
        "### SimpleX\n\n- Website: https://simplex.chat\n- Cost: free\n\n### More\n\n"
        "- **Briar**\n  - Website: https://briarproject.org\n- GlassFrog: To work by. See https://glassfrog.com/.\n"
        "- Matomo ([site](https://matomo.org), [code](https://code.example)) counts\n\n"
        "Jitsi\nhttps://jitsi.org\nVideo calls\n\nTerm\n: [Zulip](https://zulip.com) threads\n"
    )
    rows = read(text).rows
    assert [(row.name, row.address, row.description, row.sections[-1]) for row in rows] == [
        ("Signal", "https://signal.org/", "A messenger.", "Chat"),
        ("SimpleX", "https://simplex.chat", "Cost: free", "Chat"),
        ("Briar", "https://briarproject.org", "", "More"),
        ("GlassFrog", "https://glassfrog.com/", "To work by", "More"),
        ("Matomo", "https://matomo.org", "counts", "More"),
        ("Jitsi", "https://jitsi.org", "Video calls", "More"),
        ("Zulip", "https://zulip.com", "threads", "More"),
    ]


def test_three_lines_for_each_tool_are_one_tool() -> None:
    listing = read(
        "Signal\nhttps://signal.org\nA messenger\n\nZoom\nzoom.us\n\nPad - https://pad.example\n[https://p.example]\n"
    )
    assert [(row.line, row.name, row.address, row.description) for row in listing.rows] == [
        (1, "Signal", "https://signal.org", "A messenger"),
        (5, "Zoom", "https://zoom.us", ""),
        (8, "Pad", "https://pad.example", ""),
        (9, "p.example", "https://p.example", ""),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Texting\n•\tOne - https://one.example texts\n\to\tTwo: https://two.example\n▪ Three – https://three.example\nGifts\n☐ Four",
            ["One Texting", "Two Texting", "Three Texting", "Four Gifts"],
        ),
        (
            "TEXTING\n1. One\nhttps://one.example\nTexts, to many\n\n(2) Two\nhttps://two.example\n\nGIFTS\n3. Three\nwww.three.example",
            ["One TEXTING", "Two TEXTING", "Three GIFTS"],
        ),
        ("One\nhttps://one.example\nTwo\nhttps://two.example\nThree\nthree.org\nIt counts", ["One", "Two", "Three"]),
        ("One\n- texts many\n- dear", ["One", "texts many", "dear"]),
    ],
    ids=["pasted from a word processor", "numbered, three lines each", "two by two", "notes below a name"],
)
def test_lists_as_people_paste_them_have_headings_and_names(text: str, found: list[str]) -> None:
    listing = read(text)
    assert [" ".join((row.name, *row.sections)) for row in listing.rows] == found
    assert not listing.refused


@pytest.mark.parametrize("text", ["", " \n\n", "- \n* \n", "#\n##\n"])
def test_nothing_is_answered_with_words(text: str) -> None:
    with pytest.raises(Invalid) as error:
        read(text)
    assert error.value.code == "import.empty"


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooMany):
        read("x" * 600_000)
    with pytest.raises(TooMany):
        read("".join(f"Tool {number} - https://{number}.example\n" for number in range(6_000)))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 400_000,
        "![" * 200_000,
        "<!--" * 100_000,
        "<http://" * 60_000,
        "a-" * 200_000,
        "- [a](" + "(" * 400_000,
        "a|b\n-|-\n" * 40_000,
        "|" * 300_000 + "\n" + "|-" * 90_000,
        "a \nb.org\n\n" * 30_000,
        "[]" * 150_000,
        "- url: " * 50_000,
        "# [a](b)\n# a" + " " * 400_000 + "x",
        "[a](b)\na|b\n" + " " * 400_000 + "x",
        "a|b\n--|--\n" + "|" * 50_000 + "\n" + "|\n" * 50_000,
        "- [a](https://a.example) x" + " " * 400_000 + "y",
        "- [a](b)\n- x" + " ," * 200_000 + "q https://a.example",
        ("a" + " " * 3_990 + "b\n") * 120,
    ],
)
def test_text_made_to_be_slow_is_read_like_any_other(text: str) -> None:
    try:
        read(text)
    except (Invalid, TooMany) as error:
        assert error.code in ("import.empty", "import.too_many")


def test_the_kind_of_a_list_is_seen() -> None:
    assert guess("* [a](https://a.example)") == "markdown"
    assert guess("<ul><li><a href='x'>a</a></ul>") == "html"
    assert guess("name;url\na;https://a.example") == "table"
    assert guess("Signal, Slack, Zoom") == "plain"
    assert guess("Tool | Site\n-----|-----\nHustle | hustle.com") == "markdown"


# What becomes of it


def test_120_lines_with_30_duplicates_and_3_scripts_are_87_new_30_existing_3_refused_and_one_commit(
    story: Story,
) -> None:
    lines = [f"- [Tool {number}](https://tool-{number}.example/) - does {number}" for number in range(87)]
    # Against the pages of the wiki: by address in another spelling, by name, by another name.
    lines += [
        "- [Signal app](http://www.signal.org)",
        "- [Signal](https://elsewhere.example)",
        "- [Signal Messenger](https://x.example)",
    ]
    lines += ["- [Mattermost](https://mattermost.example)", "- [spoke](https://s.example/1)"]
    # Within the list: the same address, the same name.
    lines += [f"- [Other name {number}](https://www.tool-{number}.example#top)" for number in range(13)]
    lines += [f"- [tool {number}](https://mirror.example/{number})" for number in range(20, 32)]
    lines += [f"- [Trap {number}](javascript:alert({number}))" for number in range(3)]
    assert len(lines) == 120
    before = story.repository.head()
    found = planned(story, "\n".join(lines))
    assert (len(found.new), len(found.existing), len(found.refused)) == (87, 30, 3)
    whys = [item.why for item in found.existing]
    assert (whys.count("address"), whys.count("name"), whys.count("list")) == (1, 4, 25)
    assert story.repository.head() == before

    saved = story.editor.apply(found.write(ANA, "Add 87 tools from a list", before))
    assert [commit.id for commit, _ in story.repository.walk(saved.revision, stop={before})] == [saved.revision]
    assert len(story.repository.diff(before, saved.revision)) == 87
    page = story.page("field/tool-5")
    assert page.value("status") == "stub" and page.value("sources") == ["https://tool-5.example/"]

    story.catalog.catch_up()
    again = planned(story, "\n".join(lines))
    assert (len(again.new), len(again.existing), len(again.refused)) == (0, 117, 3)


def test_an_import_needs_the_right_to(story: Story) -> None:
    found = planned(story, "Tool - https://tool.example")
    with pytest.raises(Denied):
        story.editor.apply(found.write(BEN, "", story.repository.head()))


def test_what_a_tool_is_for_is_found_by_its_words_where_nobody_says_it(story: Story) -> None:
    text = (
        "## Group chat / forums\n- [Talk](https://t.example) - Donations by phone.\n"
        "## Ours\n- [Give](https://g.example) - Takes donations by card.\n- [Ring](https://r.example) - The phonebanks of home.\n"
        "- [Odd](https://o.example) - Crosses the road in a talk.\n"
    )
    found = planned(story, text, Defaults("field", (), "x"))
    assert [(new.label, load(new.source).fields["functions"]) for new in found.new] == [
        ("Talk", ["team-chat"]),
        ("Give", ["donations"]),
        ("Ring", ["phonebank"]),
    ]
    assert [(refused.label, refused.problem.where) for refused in found.refused] == [("Odd", "functions")]
    said = planned(story, text, Defaults("field", ("phonebank",), "x")).new
    assert {tuple(load(new.source).fields["functions"]) for new in said} == {("phonebank",)}


def test_headings_and_columns_choose_category_and_function(story: Story) -> None:
    text = "## Fundraising\n### Donations\n- [Gifts](https://g.example)\n## Chat\n### Group chat\n- [Talk](https://t.example)\n"
    gifts, talk = planned(story, text).new
    assert gifts.path.text == "fundraising/gifts" and load(gifts.source).fields["functions"] == ["donations"]
    assert talk.path.text == "field/talk" and load(talk.source).fields["functions"] == ["team-chat"]
    table = "name,url,category,function\nGifts,https://g.example,Fundraising,donations; Chat de equipo\n"
    fields = load(planned(story, table).new[0].source).fields
    assert fields["categories"] == ["fundraising"] and fields["functions"] == ["donations", "team-chat"]


def test_the_category_of_a_table_may_be_what_the_tools_are_for(story: Story) -> None:
    text = "Name,Category\nTalk,Group chat\nGive,Fundraising; donations\nRing,Calls and phonebanks\n"
    found = planned(story, text, Defaults("field", (), "x"))
    facts = [load(item.source).fields for item in found.new]
    pages = [(fields["categories"], fields["functions"]) for fields in facts]
    assert pages == [(["field"], ["team-chat"]), (["fundraising"], ["donations"]), (["field"], ["phonebank"])]


def test_a_long_description_is_shortened_in_the_facts_and_whole_in_the_text(story: Story) -> None:
    long = "It does this. " + "And then it does that as well. " * 20
    new = planned(story, f"- [Tool](https://t.example) - {long}\n- [Other](https://o.example)").new
    matter = load(new[0].source)
    assert len(matter.fields["summary"]) <= 250 and matter.fields["summary"].endswith(".")
    assert matter.body.strip() == long.strip()
    assert load(new[1].source).fields["summary"] == DEFAULTS.summary


def test_of_several_pages_about_one_site_the_one_with_the_name_is_meant(story: Story) -> None:
    fields = "kind: tool\nsummary: S.\ncategories: [field]\nfunctions: [phonebank]\nstatus: stub\nurl: https://spokerewired.com\n"
    story.save("field/a-spoke-plugin", f"---\ntitle: A plugin\n{fields}---\n")
    story.catalog.catch_up()
    found = planned(story, "Spoke - https://www.spokerewired.com/\nSpoke plugin - https://spokerewired.com")
    assert [(item.path, item.why) for item in found.existing] == [
        ("field/spoke", "address"),
        ("field/a-spoke-plugin", "address"),
    ]


def test_two_pages_of_one_store_are_two_tools(story: Story) -> None:
    text = "A - https://store.example/app?id=a\nB - https://store.example/app?id=b\nC - https://store.example/app?id=a&utm_medium=x"
    found = planned(story, text)
    assert [item.label for item in found.new] == ["A", "B"] and found.existing[0].label == "C"


def test_a_name_taken_by_a_page_that_is_no_tool_gets_another_path(story: Story) -> None:
    new = planned(story, "Newsletter basics - https://n.example", Defaults("communications", ("team-chat",), "x")).new
    assert new[0].path.text == "communications/newsletter-basics-2"


def test_what_would_break_a_page_is_refused(story: Story) -> None:
    found = planned(story, "Tool - https://tool.example", Defaults("field", ("no-such-function",), "x"))
    assert [item.problem.code for item in found.refused] == ["choice.unknown"]
    assert planned(story, "Con - https://con.example").refused[0].problem.code == "path.reserved"


def test_a_stub_may_leave_the_cost_open_but_not_get_it_wrong(story: Story) -> None:
    known = "kind: tool\ntitle: T\nsummary: S.\ncategories: [field]\nfunctions: [phonebank]\n"
    story.save("field/open", f"---\n{known}status: stub\n---\n")
    for wrong in ("status: active\n", "status: stub\ncost: {level: lots}\n", "status: stub\ncost: {}\n"):
        with pytest.raises(Invalid):
            story.save("field/wrong", f"---\n{known}{wrong}---\n")
