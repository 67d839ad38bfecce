"""Facts about tools out of a spreadsheet: what differs is changed, line by line, and nothing twice."""

from __future__ import annotations

import csv
import io

import pytest

from tests.conftest import ANA, Story
from wiki.errors import Invalid
from wiki.exporters.csv import tool_facts
from wiki.importers.csv import Facts, plan
from wiki.importers.plan import Defaults
from wiki.importers.table import decode, read_table
from wiki.pages.kinds import TOOL

MAX_BYTES = 1_048_576
DEFAULTS = Defaults("field", (), "Nobody has described this yet.")


def planned(story: Story, text: str, columns: dict[str, str] | None = None) -> Facts:
    story.catalog.catch_up()
    head = story.repository.head()
    return plan(read_table(text), story.catalog, story.store, story.settings.at(), head, MAX_BYTES, DEFAULTS, columns)


def applied(story: Story, text: str, **more: object) -> Facts:
    found = planned(story, text, **more)  # type: ignore[arg-type]
    if found.plan.new or found.plan.changed:
        story.editor.apply(found.plan.write(ANA, "From a table", story.repository.head()))
    return found


def test_only_the_lines_that_differ_are_changed(story: Story) -> None:
    before = story.source("field/spoke")
    found = applied(story, "Tool,Cost,Platforms,License\nSpoke,Medium,web; android,open-source\n", columns={"Cost": ""})
    assert [item.fields for item in found.plan.changed] == [("platforms", "license.type")]
    after = story.source("field/spoke").splitlines()
    assert [line for line in before.splitlines() if line not in after] == ["platforms: [web, sms]"]
    assert [line for line in after if line not in before.splitlines()] == [
        "platforms: [web, android]",
        "license:",
        "  type: open-source",
    ]


@pytest.mark.parametrize("above", ["Our tools, 2027;;\n;;\n", "Our tools\n\n", '"Our tools"\nAsk Ana, or Ben;;\n'])
def test_what_the_table_is_called_may_stand_above_it(story: Story, above: str) -> None:
    found = planned(story, f"{above}Tool;Site;Type\nSpoke, the app;https://new.example;Phone banking\n")
    assert [item.path.text for item in found.plan.new] == ["field/spoke-the-app"]
    assert [field for _, field in found.columns] == ["title", "url", "functions"]
    with pytest.raises(Invalid) as error:
        planned(story, "Our tools;;\nWhat;Where;Why\na;b;c\n")
    assert error.value.problems[0].params["found"] == ("Our tools", "", "")


def test_columns_are_known_by_the_words_that_lists_of_tools_have_for_them(story: Story) -> None:
    found = planned(
        story, "Tool name,Homepage,Descripción,Categoría,Type\nDoor,https://new.example,Calls doors.,field,phonebank\n"
    )
    assert [field for _, field in found.columns] == ["title", "url", "summary", "categories", "functions"]
    assert "summary: Calls doors." in found.plan.new[0].source


def test_an_empty_cell_says_nothing(story: Story) -> None:
    found = planned(story, "path,url,cost.level\ncommunications/mattermost,,\n")
    assert [item.why for item in found.plan.existing] == ["same"]


def test_tools_are_found_by_path_address_or_name_and_new_ones_become_stubs(story: Story) -> None:
    text = (
        "title,url,cost.level,functions,categories\n"
        "Signal (app),https://www.signal.org,$,,\n"
        "MATTERMOST,,$$,,\n"
        "Brand new,https://new.example,free,Phone banking,Field\n"
        "Brand new,https://new.example,free,Phone banking,Field\n"
    )
    found = applied(story, text)
    assert [item.path.text for item in found.plan.changed] == ["communications/signal", "communications/mattermost"]
    assert [item.path.text for item in found.plan.new] == ["field/brand-new"]
    fields = story.page("field/brand-new").fields
    assert (fields["status"], fields["functions"], fields["categories"]) == ("stub", ["phonebank"], ["field"])


def test_a_category_that_there_isnt_is_refused_as_one(story: Story) -> None:
    found = planned(story, "Name,Function,Category\nNew,phonebank,Texting\n")
    assert [(item.problem.code, item.problem.where) for item in found.plan.refused] == [
        ("choice.unknown", "categories")
    ]


def test_500_rows_are_one_commit_and_the_second_run_changes_nothing(story: Story) -> None:
    head = "Name,URL,Summary,Function,Cost,Platforms,Odd column\n"
    rows = "".join(
        f"Tool {number},https://tool-{number}.example,Does {number}.,phonebank,free,web;sms,x\n"
        for number in range(500)
    )
    before = story.repository.head()
    found = applied(story, head + rows)
    assert len(found.plan.new) == 500 and not found.plan.refused
    assert dict(found.columns)["Odd column"] == "" and dict(found.columns)["Cost"] == "cost.level"
    after = story.repository.head()
    assert [commit.id for commit, _ in story.repository.walk(after, stop={before})] == [after]
    again = applied(story, head + rows)
    assert (len(again.plan.new), len(again.plan.changed), len(again.plan.existing)) == (0, 0, 500)
    assert story.repository.head() == after


def test_what_a_table_exports_comes_back_without_a_change(story: Story) -> None:
    page = (
        "---\nkind: tool\ntitle: \"=HYPERLINK('x')\"\nsummary: -1 is a number, 'quoted'.\ncategories: [field]\n"
        "functions: [phonebank]\naliases: ['a; b', 'c, d', '+c']\ncost: {level: free, note: \"two\\nlines\", prices: "
        "[{amount: 1.5, currency: USD, per: message}]}\n"
        "privacy: {needs: [email], end_to_end: 'yes'}\nintegrations:\n  - {with: A, direction: read}\n"
        "verify_every: 90\nstatus: active\n---\nText.\n"
    )
    story.save("field/formula", page)
    story.catalog.catch_up()
    text = tool_facts(story.catalog, "en")
    assert "'=HYPERLINK" in text and "\n'=" not in text.replace("\nfield", "")
    found = planned(story, text)
    assert not found.plan.new and not found.plan.changed and not found.plan.refused
    assert len(found.plan.existing) == len(story.catalog.of_kind("tool", "en"))
    assert tool_facts(story.catalog, "en") == text


def test_a_cell_with_a_line_end_in_it_begins_no_row(story: Story) -> None:
    """Spreadsheets take a bare carriage return for the end of a row, and what follows it for a formula."""
    story.commit({"field/evil.md": '---\nkind: tool\ntitle: "Evil\\r=1+1"\nsummary: "x\\r@SUM(1)"\n---\n'})
    story.catalog.catch_up()
    rows = csv.reader(io.StringIO(tool_facts(story.catalog, "en"), newline=""), strict=True)
    assert {len(row) for row in rows} == {1 + len(TOOL.flat)}


def test_the_same_tools_become_the_same_pages_in_an_empty_wiki(story: Story) -> None:
    text = tool_facts(story.catalog, "en")
    facts = {card.path: card.fields for card in story.catalog.of_kind("tool", "en")}
    story.commit({f"{path}.md": None for path in facts})
    found = applied(story, text)
    assert not found.plan.refused
    story.catalog.catch_up()
    for path, fields in facts.items():
        expected = {key: value for key, value in fields.items() if key not in ("kind", "x-note")}
        assert {key: value for key, value in story.page(path).fields.items() if key != "kind"} == expected


def test_two_rows_about_one_page_are_put_together(story: Story) -> None:
    found = applied(story, "title,cost.note,vendor.name\nSpoke,Per text.,\nSpoke,,MoveOn\n")
    assert [item.fields for item in found.plan.changed] == [("cost.note", "vendor.name")]
    assert story.page("field/spoke").value("cost.note") == "Per text."
    assert story.page("field/spoke").value("vendor.name") == "MoveOn"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Spoke,lots,,", "choice.unknown"),
        ("Spoke,,javascript:alert(1),", "url.wrong"),
        ("Spoke,,,not json", "import.rows"),
        (",free,https://nobody.example,", "import.no_name"),
        ('Spoke,lots,,"over\ntwo lines"', "import.rows"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_line_and_the_others_go_on(
    story: Story, row: str, code: str
) -> None:
    found = planned(story, f"title,cost.level,url,integrations\nMattermost,free,,\n{row}\n")
    assert [(item.problem.code, item.problem.line) for item in found.plan.refused] == [(code, 3)]
    assert len(found.plan.changed) == 1


def test_a_page_that_is_no_tool_is_not_given_facts(story: Story) -> None:
    found = planned(story, "path,cost.level\nglossary/gotv,free\nno/such,free\n../x,free\n")
    codes = [item.problem.code for item in found.plan.refused]
    assert codes == ["import.not_a_tool", "import.no_name", "path.character"]


def test_a_table_that_names_no_tools_is_answered_with_what_was_found() -> None:
    with pytest.raises(Invalid) as error:
        plan(read_table("a,b\n1,2\n"), None, None, None, "", 0, DEFAULTS)  # type: ignore[arg-type]
    assert error.value.code == "import.columns" and error.value.params["found"] == ("a", "b")


def test_files_of_spreadsheet_programs_are_decoded() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert decode("Größe;über".encode(encoding)) == "Größe;über"


def test_the_line_in_which_excel_says_what_stands_between_cells_is_none_of_the_rows() -> None:
    for text in ("sep=;\r\nName;Cost\r\nA;1,5\r\n", '\ufeff"sep=;"\r\nName;Cost\r\nA;1,5\r\n'):
        assert read_table(text).rows == ((2, ("Name", "Cost")), (3, ("A", "1,5")))
