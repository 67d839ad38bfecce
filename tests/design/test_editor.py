"""The editor in a real browser: on top of a plain form, never instead of it, and never losing a word."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}
# Pastes what another program has put on the clipboard.
PASTE = """(element, data) => {
  const transfer = new DataTransfer();
  for (const [type, text] of Object.entries(data)) transfer.setData(type, text);
  element.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true, composed: true}));
}"""


def stored(page: Any) -> str:
    """The text as the form would send it."""
    return str(page.locator("#f-body").input_value())


def rich(page: Any) -> Any:
    """The place to write in of the richer editor, once it is there."""
    text = page.locator(".cm-content")
    expect(text).to_be_visible()
    return text


def write(page: Any, text: str) -> Any:
    """An editor that holds this text, the cursor at its end."""
    place = rich(page)
    place.click()
    page.keyboard.press("Control+A")
    if text:
        page.keyboard.insert_text(text)
    else:
        page.keyboard.press("Delete")
    return place


def test_the_toolbar_works_by_keyboard(tabs: Any) -> None:
    """One stop of the Tab key, arrows within, Enter does it, and the text has the focus again."""
    page = tabs.open()
    write(page, "word")
    page.keyboard.press("Control+A")
    first = page.get_by_role("button", name="Heading")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Bold")).to_be_focused()
    page.keyboard.press("Enter")
    assert stored(page) == "**word**"
    expect(rich(page)).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    assert stored(page) == "word"


@pytest.mark.parametrize("phone", [False, True])
def test_lists_go_on(tabs: Any, phone: bool) -> None:
    """Enter begins the next item, in the richer editor and in the plain field, and an empty item ends the list."""
    page = tabs.open(**(PHONE if phone else {}))
    if phone:
        page.locator("#f-body").fill("")
        page.locator("#f-body").press_sequentially("- one")
    else:
        write(page, "- one")
    for key in ("Enter", "t", "w", "o", "Enter", "Enter", "x"):
        page.keyboard.press(key)
    assert stored(page) == "- one\n- two\nx"


def test_on_phones_it_is_a_plain_field(tabs: Any, site: Any) -> None:
    """Nothing heavy is loaded there, and the toolbar works on the plain field, undo included."""
    page = tabs.open(**PHONE)
    field = page.locator("#f-body")
    expect(field).to_be_visible()
    assert not [path for _, path, _ in site.app.asked if "codemirror" in path]
    field.fill("word")
    field.evaluate("field => field.setSelectionRange(0, 4)")
    page.get_by_role("button", name="Bold").tap()
    assert stored(page) == "**word**"
    page.get_by_role("button", name="Undo").tap()
    assert stored(page) == "word"


def test_two_brackets_complete_a_page(tabs: Any) -> None:
    """[[ and the beginning of a title offer pages; the chosen one is linked by its path."""
    page = tabs.open()
    write(page, "See ")
    page.keyboard.type("[[sig", delay=30)
    expect(page.locator(".cm-tooltip-autocomplete li")).to_have_count(1)
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    assert stored(page) == "See [[communications/signal|Signal]]"


def test_a_page_is_linked_by_its_name(tabs: Any) -> None:
    """The dialog completes titles; the words that were selected stay the words of the link."""
    page = tabs.open()
    write(page, "our messenger")
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+K")
    name = page.get_by_role("combobox", name="Name of the page")
    expect(page.get_by_role("dialog")).to_be_visible()
    name.press_sequentially("sig")
    option = page.locator("#dialog-page-suggestions [role=option]")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert stored(page) == "[[communications/signal|our messenger]]"


WORD = (
    "<p class=MsoNormal>Ask <b style='mso-bidi-font-weight:normal'>first</b>.<o:p></o:p></p>"
    "<p class=MsoListParagraph style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'>"
    "<span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span></span><![endif]>one<o:p></o:p></p>"
    "<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>1.<span>&nbsp; </span></span>inner</p>"
    "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp; </span></span>two</p>"
    "<table><tr><td><p><b>A</b></p></td><td><p>B</p></td></tr><tr><td><p>1</p></td><td><p>2</p></td></tr></table>"
)
GOOGLE_DOCS = (
    "<b style='font-weight:normal;' id='docs-internal-guid-1'><p><span style='font-weight:400'>Ask </span>"
    "<span style='font-weight:700;font-style:normal'>first</span><span>.</span></p><br>"
    "<ul><li><p><span>one</span></p></li><ol><li><p><span>inner</span></p></li></ol><li><p><span>two</span></p></li></ul>"
    "<table><colgroup><col><col></colgroup><tbody><tr><td><p><span style='font-weight:700'>A</span></p></td><td><p>B</p></td></tr>"
    "<tr><td><p>1</p></td><td><p>2</p></td></tr></tbody></table></b>"
)


@pytest.mark.parametrize("html", [WORD, GOOGLE_DOCS], ids=["word", "google"])
def test_what_is_copied_from_a_word_processor_keeps_its_lists_and_tables(tabs: Any, html: str) -> None:
    page = tabs.open()
    write(page, "").evaluate(PASTE, {"text/html": html + "<img src='file:///C:/x.png'>", "text/plain": "plain"})
    expect(page.locator("#f-body")).to_have_value(
        "Ask **first**.\n\n- one\n  1. inner\n- two\n\n| A   | B   |\n| --- | --- |\n| 1   | 2   |"
    )
    expect(page.get_by_text("Pictures were left out.")).to_be_attached()


def test_formatted_text_becomes_markdown(tabs: Any) -> None:
    """Pasted headings, lists, links and tables are Markdown; what tracks is left out, pictures from elsewhere too."""
    page = tabs.open()
    place = write(page, "")
    html = (
        "<h2>Cost</h2><p>It is <b>free</b>, see <a href='https://a.example/?utm_source=x&id=1'>their page</a>. Write &lt;b&gt; &amp;amp;.</p>"
        "<ul><li>one</li><li>two</li></ul><table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
        "<img src='https://tracker.example/x.png'><script>alert(1)</script>"
    )
    place.evaluate(PASTE, {"text/html": html, "text/plain": "Cost\nIt is free"})
    expect(page.locator("#f-body")).to_have_value(
        "## Cost\n\nIt is **free**, see [their page](https://a.example/?id=1). Write \\<b> \\&amp;.\n\n- one\n- two\n\n"
        "| A   | B   |\n| --- | --- |\n| 1   | 2   |"
    )
    page.get_by_role("button", name="Undo").click()
    assert stored(page).startswith("Cost\nIt is free")


def test_a_pasted_address_loses_what_tracks(tabs: Any) -> None:
    """A bare address is cleaned; over selected words it makes a link of them."""
    page = tabs.open()
    place = write(page, "")
    place.evaluate(PASTE, {"text/plain": "https://a.example/p?utm_source=mail&id=7"})
    assert stored(page) == "https://a.example/p?id=7"
    write(page, "their site")
    page.keyboard.press("Control+A")
    place.evaluate(PASTE, {"text/plain": "https://a.example/?fbclid=1"})
    assert stored(page) == "[their site](https://a.example/)"


def test_what_was_not_touched_stays_byte_for_byte(tabs: Any) -> None:
    """Tabs, blanks at line ends, no-break spaces, odd lists and HTML survive an edit elsewhere."""
    page = tabs.open()
    odd = "*  star\n\ttab  \n\u00a0nbsp\u200b\n| a|b |\n<b>html</b>\n\n\n1)  x\n\\* not a list"
    write(page, odd)
    page.keyboard.insert_text("!")
    assert stored(page) == odd + "!"


def test_the_preview_follows(tabs: Any, site: Any) -> None:
    """It is the server's rendering of the fields as they are; Ctrl-Shift-P hides and shows it."""
    page = tabs.open()
    write(page, "Hello preview")
    preview = page.locator("[data-preview-body]")
    expect(preview).to_have_text("Rendered: Hello preview")
    assert site.app.posts("/-/preview")[-1]["title"] == "Signal"
    page.keyboard.press("Control+Shift+P")
    expect(preview).not_to_be_visible()
    phone = tabs.open(**PHONE)
    expect(phone.locator("[data-preview-body]")).not_to_be_visible()
    phone.get_by_role("button", name="Preview").tap()
    expect(phone.locator("[data-preview-body]")).to_contain_text("Rendered:")


def test_the_preview_shows_what_is_being_written(tabs: Any) -> None:
    """In a long text it goes to the section that the cursor is in."""
    page = tabs.open(tabs.context())
    preview = page.locator("[data-preview-body]")
    page.route(
        "**/-/preview",
        lambda route: route.fulfill(
            body="".join(f"<h2>Part {n}</h2>" + "<p>Words.</p>" * 20 + f"<p>End {n}</p>" for n in range(1, 9)),
            content_type="text/html",
        ),
    )
    write(page, "\n".join(f"## Part {n}\n" + "Words.\n" * 20 for n in range(1, 9)))
    page.keyboard.press("Control+End")
    page.keyboard.type("More")
    expect(preview.get_by_text("End 8")).to_be_in_viewport()
    expect(preview.get_by_text("Part 1", exact=True)).not_to_be_in_viewport()


def test_a_closed_tab_loses_nothing(tabs: Any) -> None:
    """A stranger's text is kept on the device while typing and offered when the page is opened again."""
    context = tabs.context()
    page = tabs.open(context)
    write(page, "Half a sentence that nobody has")
    page.get_by_label("Name (needed)").fill("Signal 2")
    expect(page.locator("[data-save-state]")).to_contain_text("Draft kept on this device")
    page.close(run_before_unload=False)
    again = tabs.open(context)
    rich(again)
    again.get_by_role("button", name="Bring it back").click()
    assert stored(again) == "Half a sentence that nobody has"
    expect(rich(again)).to_contain_text("Half a sentence")
    expect(again.get_by_label("Name (needed)")).to_have_value("Signal 2")


def test_a_draft_can_be_thrown_away(tabs: Any) -> None:
    """Then it is not offered again."""
    context = tabs.context()
    page = tabs.open(context)
    write(page, "Never mind")
    expect(page.locator("[data-save-state]")).to_contain_text("Draft kept")
    page.close(run_before_unload=False)
    again = tabs.open(context)
    again.get_by_role("button", name="Throw it away").click()
    again.close()
    third = tabs.open(context)
    rich(third)
    expect(third.locator("[data-draft-banner]")).not_to_be_visible()


def test_a_saved_draft_has_done_its_work(tabs: Any, site: Any) -> None:
    """Ctrl-S sends the form; once the wiki has answered with another page, nothing is offered any more."""
    context = tabs.context()
    page = tabs.open(context)
    write(page, "Good text")
    with page.expect_navigation():
        page.keyboard.press("Control+S")
    sent = site.app.posts("/")[-1]
    assert (sent["body"], sent["do"], sent["base"]) == ("Good text", "save", "base-revision")
    again = tabs.open(context)
    rich(again)
    expect(again.locator("[data-draft-banner]")).not_to_be_visible()


def test_a_lost_connection_keeps_the_text(tabs: Any, site: Any) -> None:
    """Saving without a connection sends nothing away: the text stays where it is, is kept, and this is said."""
    context = tabs.context()
    page = tabs.open(context)
    write(page, "Written in a tunnel")
    context.set_offline(True)
    page.keyboard.press("Control+S")
    expect(page.locator("[data-save-state]")).to_contain_text("No connection")
    assert stored(page) == "Written in a tunnel"
    assert not site.app.posts("/")
    tabs.complaints.clear()
    context.set_offline(False)
    expect(page.locator("[data-save-state]")).to_contain_text("Connected again")


def test_leaving_with_unsaved_text_asks(tabs: Any) -> None:
    """The browser asks before unsaved text is left, and does not where nothing was written."""
    asked: list[str] = []
    page = tabs.open(tabs.context())
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == []
    write(page, "Unsaved")
    page.reload()
    assert asked == ["beforeunload"]


def test_somebody_saved_since_is_said_early(tabs: Any, site: Any) -> None:
    """When the tab comes back and the page is another by now, that is said before anybody saves."""
    page = tabs.open()
    rich(page)
    expect(page.locator("[data-changed-banner]")).not_to_be_visible()
    site.app.revision = "v2"
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("[data-changed-banner]")).to_contain_text("Your text is safe")


def drop(page: Any) -> None:
    """Drop a picture on the text."""
    page.locator("[data-text-editor]").evaluate(
        """box => { const data = new DataTransfer(); data.items.add(new File(['x'], 'march.png', {type: 'image/png'}));
        box.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); }"""
    )


def test_a_dropped_image_asks_for_its_words(tabs: Any, site: Any) -> None:
    """What can be seen is asked for before the upload, which waits for its turn; then the image stands in the text."""
    site.app.refusals = [503, 503]
    page = tabs.open()
    write(page, "Look: ")
    drop(page)
    dialog = page.get_by_role("dialog", name="Image or file")
    dialog.get_by_role("button", name="Attach it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Say in a few words")
    dialog.get_by_label("What can be seen in it?").fill("A march")
    dialog.get_by_role("button", name="Attach it").click()
    expect(dialog).not_to_be_visible()
    assert stored(page) == "Look: \n\n![A march](signal/a.png)"
    assert [sent["file"] for sent in site.app.posts("/-/attach/communications/signal")] == ["march.png"] * 3
    tabs.complaints.clear()


def test_a_refused_file_leaves_the_text(tabs: Any, site: Any) -> None:
    """The reason is said in the dialog, what was typed there stays, and the text has not changed."""
    site.app.refusals = [413]
    page = tabs.open()
    write(page, "Look: ")
    drop(page)
    dialog = page.get_by_role("dialog", name="Image or file")
    dialog.get_by_label("What can be seen in it?").fill("A march")
    dialog.get_by_role("button", name="Attach it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The file is too large. Your text is safe.")
    expect(dialog.get_by_label("What can be seen in it?")).to_have_value("A march")
    page.keyboard.press("Escape")
    assert stored(page) == "Look: "
    tabs.complaints.clear()


def test_values_are_chips_that_complete(tabs: Any) -> None:
    """Tags in use complete, pages complete by title, Enter adds, Backspace takes away; a value a line is sent."""
    page = tabs.open()
    tags = page.get_by_role("combobox", name="Tags")
    tags.press_sequentially("sec")
    expect(page.locator("#f-tags-add-suggestions [role=option]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tags.press_sequentially("new one")
    page.keyboard.press("Enter")
    expect(page.locator("#f-tags")).to_have_value("chat\nsecurity\nnew one")
    page.keyboard.press("Backspace")
    expect(page.locator("#f-tags")).to_have_value("chat\nsecurity")
    pages = page.get_by_role("combobox", name="Alternatives")
    pages.press_sequentially("spo")
    expect(page.locator("#f-alternatives-add-suggestions [role=option]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#f-alternatives")).to_have_value("communications/briar\nfield/spoke")


def test_rows_are_added_and_taken_away(tabs: Any) -> None:
    """Inputs are numbered from 0 without gaps, and labels belong to their inputs."""
    page = tabs.open()
    page.get_by_role("button", name="Add another").click()
    names = "[data-row] [name$='.with']"
    assert page.locator(names).evaluate_all("all => all.map(e => e.name)") == [
        f"integrations.{i}.with" for i in range(3)
    ]
    page.get_by_role("combobox", name="Tool").nth(2).fill("field/spoke")
    page.get_by_role("button", name="Remove Integration 1").click()
    assert page.locator(names).evaluate_all("all => all.map(e => [e.name, e.value])") == [
        ["integrations.0.with", ""],
        ["integrations.1.with", "field/spoke"],
    ]
    expect(page.get_by_role("combobox", name="Tool").nth(1)).to_have_value("field/spoke")


def test_what_is_wrong_leads_to_the_text(tabs: Any) -> None:
    """A click on the label of the text goes to where one writes."""
    page = tabs.open()
    place = rich(page)
    page.locator("#label-f-body").click()
    expect(place).to_be_focused()
    expect(place).to_have_attribute("aria-label", "Text")


def test_find_and_replace(tabs: Any) -> None:
    """Ctrl-F looks in the text itself."""
    page = tabs.open()
    write(page, "one two one")
    page.keyboard.press("Control+F")
    page.locator(".cm-search [name=search]").fill("one")
    page.locator(".cm-search input[name=replace]").fill("three")
    page.locator(".cm-search [name=replaceAll]").click()
    assert stored(page) == "three two three"
