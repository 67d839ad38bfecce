"""Writing a page in a real Chromium against a real server: everything that the editor promises, seen working."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Error, Page, expect

from tests.conftest import git
from tests.journeys.conftest import Server
from tests.journeys.visits import DESK, PHONE, SIGNAL, Visits
from wiki.markup.front_matter import load

pytestmark = pytest.mark.browser

TIP = "tips/first-hour-of-safety"
KIT = "toolkits/first-meeting"


def stored(page: Page, name: str = "body") -> str:
    """The text as the form would send it."""
    return page.locator(f"textarea[name={name}]").input_value()


def write(page: Page, text: str) -> None:
    """This text and no other, the cursor at its end."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def saved(page: Page, path: str) -> None:
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(rf"/{path}\?notice="))


def file_of(served: Server, path: str) -> str:
    return served.get(f"/{path}.md")[1]


def test_first_come_name_cost_and_text_and_the_other_facts_fold(visits: Visits) -> None:
    """What few need is one line a group, which says what is recorded; whoever opens it finds the inputs by type."""
    page = visits.edit(SIGNAL, "rosa")
    for name in ("title", "summary"):
        expect(page.locator(f"[name={name}]")).to_be_visible()
    expect(page.get_by_role("group", name="Cost")).to_be_visible()
    where = page.locator("details.fields", has_text="Where it runs")
    expect(where.locator(".fields-note")).to_contain_text("android")
    expect(page.locator("[name=platforms]").last).not_to_be_visible()
    where.locator("summary").first.click()
    expect(where.get_by_label("android")).to_be_checked()
    cost = page.locator("details.fields").filter(has=page.locator("[name='cost.as_of']"))
    cost.locator("summary").first.click()
    assert page.locator("[name='cost.as_of']").get_attribute("type") == "date"


def test_facts_are_chosen_completed_and_saved(visits: Visits, served: Server) -> None:
    """A choice, a tag in use, a page by its title and a date; each changes its line and no other."""
    page = visits.edit(SIGNAL, "rosa")
    before = file_of(served, SIGNAL)
    page.locator("details.fields").filter(has=page.locator("#f-alternatives")).locator("summary").first.click()
    page.locator("#f-alternatives-add").press_sequentially("matter")
    page.locator("#f-alternatives-add-suggestions [role=option]").first.click()
    group = page.locator("details.fields").filter(has=page.locator("[name='license.type']")).first
    group.locator("summary").first.click()
    group.get_by_label("Proprietary").check()
    page.get_by_label("What did you change, and why?").fill("New owner")
    saved(page, SIGNAL)
    after = file_of(served, SIGNAL)
    assert "communications/mattermost" in after and "type: proprietary" in after
    gone = set(before.splitlines()) - set(after.splitlines())
    assert len(gone) <= 2, gone


def test_what_is_about_to_change_is_shown_before_saving(visits: Visits, served: Server) -> None:
    page = visits.edit(TIP, "rosa")
    before = file_of(served, TIP)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Breathe.")
    page.locator("[name=title]").fill("First hour")
    page.get_by_role("button", name="See what changes").click()
    expect(page.get_by_role("heading", name="What you are about to change")).to_be_visible()
    expect(page.locator("ins", has_text="Breathe.").first).to_be_visible()
    expect(page.locator(".diff-facts")).to_contain_text("First hour")
    assert file_of(served, TIP) == before
    expect(page.locator(".cm-content")).to_contain_text("Breathe.")


def test_the_preview_is_the_page_as_it_will_be(visits: Visits) -> None:
    """Callouts, tables and links to pages look in the preview as they do for readers, while one writes."""
    page = visits.edit(TIP, "rosa")
    write(page, "> [!WARNING]\n> Look out.\n\nSee [[communications/signal|Signal]].")
    preview = page.locator("[data-preview-body]")
    expect(preview.get_by_role("note")).to_contain_text("Look out.")
    expect(preview.get_by_role("link", name="Signal")).to_have_attribute("href", f"/{SIGNAL}")


def test_each_button_of_the_toolbar(visits: Visits) -> None:
    page = visits.edit(TIP, "rosa")
    toolbar = page.get_by_role("toolbar")
    for button, text in {
        "Heading": "## word",
        "Bold": "**word**",
        "Italics": "*word*",
        "List": "- word",
        "Numbered list": "1. word",
        "List to tick off": "- [ ] word",
        "Callout": "> [!NOTE]\n> word",
        "Table": "| Column 1 | Column 2 | Column 3 |",
    }.items():
        write(page, "word")
        page.keyboard.press("Control+A")
        toolbar.get_by_role("button", name=button, exact=True).click()
        assert text in stored(page), button
        toolbar.get_by_role("button", name="Undo", exact=True).click()
        assert stored(page) == "word", button


def test_a_link_to_another_site_is_asked_for(visits: Visits) -> None:
    page = visits.edit(TIP, "rosa")
    write(page, "their site")
    page.keyboard.press("Control+A")
    page.get_by_role("button", name="Link to another site").click()
    page.get_by_label("Address", exact=True).fill("https://a.example/?utm_source=mail&id=7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert stored(page) == "[their site](https://a.example/?id=7)"


@pytest.mark.parametrize("options", [DESK, PHONE], ids=["desk", "phone"])
def test_two_brackets_complete_a_page_while_one_types(visits: Visits, options: dict[str, Any]) -> None:
    """In the richer editor and in the plain field on a phone: the list is on the screen, Enter takes the first."""
    page = visits.edit(TIP, "rosa", **options)
    if options is DESK:
        write(page, "See ")
        page.keyboard.type("[[matter", delay=30)
        expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("Mattermost")
        page.wait_for_timeout(150)
        page.keyboard.press("Enter")
    else:
        field = page.locator("textarea[name=body]")
        field.fill("")
        field.press_sequentially("See [[matter")
        option = page.locator("[data-toolbar] [role=option]")
        expect(option.first).to_contain_text("Mattermost")
        expect(option.first).to_be_in_viewport()
        option.first.tap()
        field.press_sequentially(" and [[matter")
        expect(option.first).to_be_visible()
        page.keyboard.press("Enter")
    assert stored(page).startswith("See [[communications/mattermost|Mattermost]]")
    assert "\n" not in stored(page) and stored(page).count("]]") == stored(page).count("[[")


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_lines_that_were_not_touched_keep_every_byte(visits: Visits, served: Server, ends: str) -> None:
    """A file written on Windows keeps its line ends, and only the line that was changed is another."""
    name = "windows" if ends == "\r\n" else "unix"
    path = f"tips/from-{name}"
    lines = [
        "---",
        "kind: tip",
        "title: Old",
        "summary: Short",
        "categories: [tips]",
        "---",
        "One\t ",
        "",
        "*  two",
        "",
    ]
    put(served, f"{path}.md", ends.join(lines).encode())
    page = visits.edit(path, "rosa")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("three")
    page.locator("[name=title]").fill("New")
    saved(page, path)
    lines[2], lines[-1] = "title: New", "three"
    assert raw(served, f"{path}.md") == ends.join(lines).encode()


def put(served: Server, file: str, data: bytes) -> None:
    """A file that a commit brought, without the browser."""
    place = served.home / "content" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    git(served.home / "content", "-c", "core.autocrlf=false", "add", file)
    git(served.home / "content", "commit", "-q", "-m", f"Bring {file}", "--", file)


def raw(served: Server, file: str) -> bytes:
    show = ["git", "-C", str(served.home / "content"), "show", f"HEAD:{file}"]
    return subprocess.run(show, check=True, capture_output=True).stdout


def test_a_section_is_edited_from_its_heading(visits: Visits, served: Server) -> None:
    """The link at a heading opens that section alone; the rest of the page stays."""
    context = visits.arrive("rosa")
    page = context.new_page()
    page.goto(f"/{SIGNAL}")
    before = file_of(served, SIGNAL)
    link = page.locator("article .section-edit, .prose .section-edit").first
    link.click()
    page.wait_for_url("**section=**")
    expect(page.locator(".cm-content")).to_be_visible()
    section = stored(page)
    assert section.startswith("#") and section.strip() in before and len(section) < len(before) / 2
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nOne line more.\n")
    saved(page, SIGNAL)
    assert file_of(served, SIGNAL).replace("\nOne line more.\n", "").split() == before.split()


@pytest.mark.parametrize("name", ["", "rosa"])
def test_a_crashed_tab_gives_its_text_back(visits: Visits, name: str) -> None:
    """The renderer dies a second after the last key; the words are offered when the page is opened again."""
    context = visits.arrive(name)
    page = visits.edit("trainings/first-canvass", context=context)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nWords before the crash.")
    page.wait_for_timeout(1_200)
    crash(page)
    page = visits.edit("trainings/first-canvass", context=context)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator(".cm-content")).to_contain_text("Words before the crash.")


def crash(page: Page) -> None:
    """End the process that shows the page, as running out of memory does."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=5_000)


def test_a_save_without_a_connection_waits_and_goes_on(visits: Visits, served: Server) -> None:
    """Typing, previewing and saving offline: said in plain words, nothing lost, and it goes on when the line is back."""
    context = visits.arrive("rosa")
    page = visits.edit(TIP, context=context)
    context.set_offline(True)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nWritten in a tunnel.\n")
    expect(page.locator("[data-preview-panel]")).to_have_attribute("data-stale", re.compile("No connection"))
    page.keyboard.press("Control+S")
    state = page.locator("[data-save-state]")
    expect(state).to_contain_text("No connection")
    assert "/-/edit/" in page.url and "Written in a tunnel." in stored(page)
    page.keyboard.insert_text("It is long.\n")
    # Longer than it takes until the draft is kept, which is what is said elsewhere.
    page.wait_for_timeout(1_200)
    expect(state).to_contain_text("No connection")
    context.set_offline(False)
    # What is said next, that the draft is kept, may come before we have looked.
    expect(state).to_contain_text(re.compile("Connected again|Draft kept"))
    expect(page.locator("[data-preview-body]")).to_contain_text("Written in a tunnel.")
    page.keyboard.press("Control+S")
    page.wait_for_url(re.compile(rf"/{TIP}\?notice="))
    assert "Written in a tunnel." in file_of(served, TIP)
    page = visits.edit(TIP, context=context)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-draft-banner]")).not_to_be_visible()


@pytest.mark.parametrize("answer", ["none", "a proxy's"])
def test_a_wiki_that_does_not_answer_leaves_the_form_where_it_is(visits: Visits, answer: str) -> None:
    """A weak signal, or a wiki that restarts behind a proxy, is no page of others in place of the text."""
    page = visits.edit(TIP)
    page.locator(".cm-content").click()
    page.keyboard.insert_text("Kept. ")
    page.route("**/robots.txt", lambda route: route.abort() if answer == "none" else route.fulfill(status=502))
    page.locator("[name=message]").fill("why")
    page.locator("[data-save]").click()
    expect(page.locator("[data-save-state]")).to_contain_text("No connection")
    assert "Kept." in stored(page)


def test_an_expired_session_keeps_the_text(visits: Visits, served: Server) -> None:
    """Who was signed out meanwhile gets the form with all their words back, and may suggest them."""
    context = visits.arrive("rosa")
    page = visits.edit("glossary/gotv", context=context)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(" Before the end.")
    context.clear_cookies()
    page.locator("[data-save]").click()
    expect(page.locator(".notice-warning").first).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("Before the end.")
    page.get_by_label("What did you change, and why?").fill("Clearer")
    page.get_by_role("button", name="Suggest this change").click()
    page.wait_for_url("**/-/suggestions/**")


def test_two_at_one_page_hear_of_one_another(visits: Visits) -> None:
    """Who opens a page that somebody is writing in is told; when it was saved meanwhile, that is told before the save."""
    first = visits.edit("field/spoke", "rosa")
    first.locator(".cm-content").click()
    first.keyboard.press("Control+End")
    first.keyboard.insert_text("\nFrom the first.\n")
    expect(first.locator("[data-save-state]")).to_contain_text("in your account")
    second = visits.edit("field/spoke", "omar")
    expect(second.get_by_text("Somebody else has this page open: Rosa")).to_be_visible()
    saved(first, "field/spoke")
    second.evaluate("dispatchEvent(new Event('focus'))")
    expect(second.locator("[data-changed-banner]")).to_contain_text("Your text is safe")
    with second.context.expect_page() as opened:
        second.get_by_role("link", name="See what they changed").click()
    expect(opened.value.locator("ins", has_text="From the first.").first).to_be_visible()


def picture() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at 52.52 13.40"
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_picture_is_attached_by_the_button_and_loses_where_it_was_taken(visits: Visits, served: Server) -> None:
    page = visits.edit(TIP, "rosa")
    write(page, "Look:")
    page.get_by_role("button", name="Image or file").click()
    dialog = page.get_by_role("dialog", name="Image or file")
    dialog.get_by_label("File").set_input_files({"name": "march.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    dialog.get_by_label("What can be seen in it?").fill("A march")
    dialog.get_by_role("button", name="Attach it").click()
    expect(dialog).not_to_be_visible()
    assert stored(page) == f"Look:\n\n![A march](/{TIP}/march.jpg)"
    expect(page.locator("[data-preview-body] img[alt='A march']")).to_be_visible()
    assert b"52.52" not in raw(served, f"{TIP}/march.jpg")


HARMFUL = {
    "logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "both.gif": b"GIF89a/*\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00*/=1;alert(1)//;",
}


def test_files_that_could_do_harm_are_refused_in_words_and_the_text_stays(visits: Visits) -> None:
    page = visits.edit(TIP, "rosa")
    write(page, "My words.")
    dialog = page.get_by_role("dialog", name="Image or file")
    for name, content in HARMFUL.items():
        page.get_by_role("button", name="Image or file").click()
        expect(dialog).to_be_visible()
        # What was wrong with the file before is no matter any more.
        expect(dialog.get_by_role("alert")).not_to_be_visible()
        dialog.get_by_label("File").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        dialog.get_by_label("What can be seen in it?").fill("Nothing good")
        dialog.get_by_role("button", name="Attach it").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Your text is safe.")
        page.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
        assert stored(page) == "My words."


def test_a_pasted_picture_is_attached(visits: Visits) -> None:
    page = visits.edit(TIP, "rosa")
    write(page, "")
    page.locator(".cm-content").evaluate(
        """async (element, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], 'image.jpg', {type: 'image/jpeg'}));
          element.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true, composed: true}));
        }""",
        list(picture()),
    )
    dialog = page.get_by_role("dialog", name="Image or file")
    dialog.get_by_label("What can be seen in it?").fill("Red")
    dialog.get_by_role("button", name="Attach it").click()
    expect(dialog).not_to_be_visible()
    assert "![Red](" in stored(page)


def test_without_scripts_the_whole_job_is_done(visits: Visits, served: Server) -> None:
    """Facts, text, preview, difference, a new page and a file, with scripts off."""
    context = visits.arrive("rosa", java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto("/-/new?kind=tip&folder=tips")
    page.locator("[name=title]").fill("Knock twice")
    page.get_by_label("In one sentence").fill("How to knock.")
    page.get_by_label("Text", exact=True).fill("## The short version\n\nKnock.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview").get_by_role("heading", name="The short version")).to_be_visible()
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("ins", has_text="Knock.").first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/tips/knock-twice\?notice="))
    assert "How to knock." in file_of(served, "tips/knock-twice")
    page.goto("/-/attach/tips/knock-twice")
    page.locator("input[type=file]").set_input_files(
        {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_label("What can be seen").fill("A door")
    page.get_by_role("main").locator("button[type=submit]").last.click()
    expect(page.get_by_role("main")).to_contain_text("/tips/knock-twice/door.jpg")


@pytest.mark.parametrize("scripts", [True, False], ids=["buttons", "no-scripts"])
def test_the_items_of_a_toolkit_change_places(visits: Visits, served: Server, scripts: bool) -> None:
    """By buttons and the keyboard, with the focus where it was; without scripts by the number of the place."""
    before = [item["page"] for item in load(file_of(served, KIT)).fields["items"] if "page" in item]
    page = visits.edit(KIT, "rosa", java_script_enabled=scripts, **DESK)
    if scripts:
        up = page.locator("[data-row]").nth(1).locator("[data-move-row=up]")
        up.focus()
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]").first.locator("[data-move-row=up]")).to_be_focused()
        expect(page.locator("#said")).to_have_text("Now at place 1")
        expect(page.locator("[name='items.0.page']")).to_have_value(before[1])
    else:
        page.locator("[data-row] summary").nth(1).click()
        page.fill("[name='items.1.place']", "1")
        expect(page.locator("[data-move-row]").first).to_be_hidden()
    saved(page, KIT)
    after = [item["page"] for item in load(file_of(served, KIT)).fields["items"] if "page" in item]
    assert after == [before[1], before[0], *before[2:]]
