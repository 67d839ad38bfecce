"""Attaching files in the browser: what comes back, what is said where it doesn't work, how the files are served."""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import Any

import pytest
from filelock import FileLock
from PIL import Image

from tests.web.conftest import Browser, Site
from wiki.storage.objects import Person
from wiki.web import attachments

SIGNAL = "communications/signal"
FORM = f"/-/attach/{SIGNAL}"
JSON = {"Accept": "application/json"}


def png(color: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), color).save(out, "PNG")
    return out.getvalue()


def upload(browser: Browser, name: str, data: bytes, status: int = 200, alt: str = "A red flag", **more: Any) -> Any:
    """What the editor is answered."""
    fields = {"csrf_token": browser.token(), "alt": alt, "file": (io.BytesIO(data), name), **more}
    return browser.post(FORM, fields, status, headers=JSON)


def test_the_editor_is_told_the_address_and_what_to_write(site: Site, ben: Browser) -> None:
    answer = upload(ben, "Red Flag.png", png()).json
    assert answer == {
        "url": f"/{SIGNAL}/red-flag.png",
        "markdown": f"![A red flag](/{SIGNAL}/red-flag.png)",
    }
    commit = site.wiki.repository.commit(site.head())
    assert (commit.author.name, commit.subject) == ("Ben", "Attach red-flag.png")
    assert ben.get(answer["url"]).mimetype == "image/png"


@pytest.mark.parametrize(
    ("name", "data", "status", "words"),
    [
        ("logo.svg", b"<svg><script>alert(1)</script></svg>", 422, "can't be attached. Allowed are: png, jpg"),
        ("photo.png", b"<!doctype html><script>alert(1)</script>", 422, "has the name of a picture but isn't one"),
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 422, "picture"),
        ("minutes.docx", b"PK\x05\x06" + bytes(18), 422, "can't be attached"),
        ("empty.png", b"", 422, "The file is empty."),
        ("long.txt", b"x" * 10_485_761, 413, "too large"),
        ("longer.txt", b"x" * 13_000_000, 413, "too large"),
    ],
)
def test_a_refusal_is_a_problem_document_with_words(
    site: Site, ben: Browser, name: str, data: bytes, status: int, words: str
) -> None:
    before = site.head()
    answer = upload(ben, name, data, status)
    assert answer.mimetype == "application/problem+json"
    assert words in answer.json["detail"] and "(%" not in answer.json["detail"]
    assert site.head() == before


def test_a_picture_needs_words_or_is_said_to_be_decoration(ben: Browser) -> None:
    assert "Say in a few words" in upload(ben, "a.png", png(), 422, alt="  ").json["detail"]
    assert upload(ben, "a.png", png(), alt="", decoration="yes").json["markdown"] == f"![](/{SIGNAL}/a.png)"


def test_other_files_are_called_by_their_name_where_no_words_are_given(ben: Browser) -> None:
    assert upload(ben, "flyer.pdf", b"%PDF-1.7", alt="").json["markdown"] == f"[flyer.pdf](/{SIGNAL}/flyer.pdf)"


def test_words_can_not_break_out_of_the_link(ben: Browser) -> None:
    answer = upload(ben, "a.png", png(), alt="x](javascript:alert(1))\n\n# [y").json
    assert answer["markdown"] == f"![x(javascript:alert(1)) # y](/{SIGNAL}/a.png)"
    assert upload(ben, "a.png", png(), alt="`a <!-- b\\").json["markdown"] == f"![a !-- b](/{SIGNAL}/a.png)"


@pytest.mark.parametrize("name", ["../../_wiki/site.txt", "_wiki\\site.txt", "si%0Ate.txt", "x" * 300 + ".txt"])
def test_a_name_never_leads_out_of_the_folder_of_the_page(site: Site, ben: Browser, name: str) -> None:
    url = upload(ben, name, b"words", alt="words").json["url"]
    assert url.startswith(f"/{SIGNAL}/") and url.count("/") == 3 and len(url) < 200
    assert site.wiki.repository.entry(site.head(), url.strip("/")) is not None


def test_the_same_file_again_keeps_its_name_and_another_gets_its_own(ben: Browser) -> None:
    first, again, other = (upload(ben, "flag.png", png(color)).json["url"] for color in ("red", "red", "blue"))
    assert first == again == f"/{SIGNAL}/flag.png" and other == f"/{SIGNAL}/flag-2.png"


@pytest.mark.parametrize(
    ("name", "data", "kind", "saved"),
    [
        ("a.png", png(), "image/png", False),
        ("a.txt", b"<b>bold</b><script>alert(1)</script>", "text/plain", False),
        ("a.pdf", b"%PDF-1.7", "application/pdf", False),
        ("a.csv", b"=1+1,2", "application/octet-stream", True),
    ],
)
def test_a_file_is_served_as_what_it_is_and_can_do_nothing(
    stranger: Browser, ben: Browser, name: str, data: bytes, kind: str, saved: bool
) -> None:
    answer = stranger.get(upload(ben, name, data).json["url"])
    assert answer.mimetype == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers.get("Content-Disposition", "").startswith("attachment") == saved


def test_a_file_that_a_push_brought_is_not_run_either(site: Site, stranger: Browser) -> None:
    data = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    ana = Person("Ana", "ana@eastside.example")
    site.wiki.writer.commit(
        {f"{SIGNAL}/logo.svg": data}, base=site.head(), message="A logo", author=ana, when=site.clock()
    )
    answer = stranger.get(f"/{SIGNAL}/logo.svg")
    assert answer.mimetype == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == "attachment"


def test_the_form_works_without_scripts_and_says_what_is_wrong(ben: Browser) -> None:
    for page in (FORM, f"/-/edit/{SIGNAL}"):
        assert "keep the names of their authors" in ben.get(page).text
    fields = ben.form(FORM, 'name="alt"')
    shown = ben.get(FORM).text
    assert "Needed for pictures" in shown and "(optional)" not in shown
    answer = ben.post(FORM, {**fields, "alt": "", "file": (io.BytesIO(png()), "flag.png")}, 422)
    assert "Say in a few words what can be seen" in answer.text
    assert 'href="#f-alt"' in answer.text and 'id="error-f-alt"' in answer.text
    answer = ben.post(FORM, {**fields, "alt": "A flag", "file": (io.BytesIO(png()), "flag.png")}, 200)
    assert f"![A flag](/{SIGNAL}/flag.png)" in answer.text
    assert "Choose a file first." in ben.post(FORM, fields, 422).text


def test_who_may_not_attach_is_refused(site: Site, stranger: Browser) -> None:
    stranger.get(FORM, 401)
    fields = {"file": (io.BytesIO(png()), "flag.png")}
    assert stranger.post(FORM, fields, 401, headers=JSON).json["detail"]


def huge() -> bytes:
    """A picture of 50,000 by 50,000 that is a few bytes long and gigabytes large when it is opened."""
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_picture_that_is_too_large_to_open_is_refused_before_it_is_opened(site: Site, ben: Browser) -> None:
    before = site.head()
    assert "too large" in upload(ben, "huge.png", huge(), 422).json["detail"]
    assert site.head() == before


@pytest.mark.parametrize(("name", "kind"), [("both.gif", "GIF"), ("photo.jpg", "JPEG"), ("photo.png", "PNG")])
def test_what_hides_in_a_picture_is_gone(site: Site, ben: Browser, name: str, kind: str) -> None:
    """A picture that is a script too, or says where it was taken, is stored as the picture alone."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N-52.5-secret"
    exif[0x010E] = "secret place"
    more = {"comment": b"*/=1;alert('secret')//"} if kind == "GIF" else {"exif": exif}
    Image.new("RGB", (8, 8), "red").save(out, kind, **more)
    data = out.getvalue() + b"/*secret*/"
    url = upload(ben, name, data).json["url"]
    stored = site.wiki.repository.read(site.head(), url.strip("/")).data
    assert b"secret" in data and b"secret" not in stored
    assert Image.open(io.BytesIO(stored)).size == (8, 8)


def test_a_name_of_two_lines_is_one_name(site: Site, ben: Browser) -> None:
    url = upload(ben, "flag%0D%0AX-Evil: yes.png", png()).json["url"]
    assert re.fullmatch(rf"/{SIGNAL}/[a-z0-9.-]+\.png", url)
    assert "X-Evil" not in ben.get(url).headers


def test_a_file_moves_with_its_page_and_is_found_at_its_old_address(
    ana: Browser, ben: Browser, stranger: Browser
) -> None:
    url = upload(ben, "flyer.pdf", b"%PDF-1.7", alt="The flyer").json["url"]
    ana.post(f"/-/move/{SIGNAL}", {"csrf_token": ana.token(), "to": "field/signal"}, 303)
    moved = stranger.get(url, 301).headers["Location"]
    assert moved == "/field/signal/flyer.pdf"
    assert stranger.get(moved).data == b"%PDF-1.7"
    stranger.get(f"/{SIGNAL}/other.pdf", 404)
    # Somebody had the page open while it was moved.
    assert ben.get(FORM, 302).headers["Location"] == "/-/attach/field/signal"
    assert upload(ben, "more.png", png()).json["url"] == "/field/signal/more.png"


def test_files_are_taken_one_after_the_other(site: Site, ben: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "WAIT_SECONDS", 0.0)
    with FileLock(site.wiki.config.index_dir / "attaching.lock"):
        answer = upload(ben, "a.png", png(), 503)
    assert answer.json["detail"].startswith("Many files are being attached") and answer.headers["Retry-After"] == "4"
    assert upload(ben, "a.png", png()).json["url"] == f"/{SIGNAL}/a.png"


def test_a_file_is_removed_and_put_back_from_its_history(site: Site, ben: Browser, stranger: Browser) -> None:
    url = upload(ben, "Rosa.png", png()).json["url"]
    picture = stranger.get(url).data
    ben.post(f"/-/edit/{SIGNAL}", {**ben.edit(SIGNAL), "body": f"![Rosa]({url})\n"}, 303)
    assert f'href="/-/detach{url}"' in ben.get(FORM).text
    assert "The text of the page names it" in ben.get(f"/-/detach{url}").text
    before = site.head()
    history = stranger.get(f"/-/history{url}").text
    assert "has been" not in history and "blame" not in history, "lines of pages are asked for alone"
    ben.post(f"/-/detach{url}", {"csrf_token": ben.token(), "message": "A face"}, 303)
    removed = site.head()
    assert "A face" in stranger.get(url, 410).text
    views = [stranger.get(url, 410).text, stranger.get(f"/-/history{url}").text, stranger.get(f"/-/diff{url}").text]
    assert [set(re.findall("(?:file|page) (?:has been|was) [a-z]+", view)) for view in views] == [
        {"file has been removed"},
        {"file has been removed"},
        {"file was removed"},
    ]
    ben.get(f"/-/detach{url}", 404)

    assert stranger.get(f"{url}?at={before}").data == picture
    difference = stranger.get(f"/-/diff{url}").text
    assert f'<img src="{url}?at=' in difference and "IHDR" not in difference
    ben.post(f"/-/revert{url}", {"csrf_token": ben.token(), "commit": removed}, 303)
    assert stranger.get(url).data == picture
    ben.post(f"/-/detach{url}", {"csrf_token": ben.token()}, 303)
    ben.post(f"/-/revert{url}", {"csrf_token": ben.token(), "to": before}, 303)
    assert stranger.get(url).data == picture
    refused = ben.post(f"/-/revert{url}", {"csrf_token": ben.token(), "commit": removed}, 422)
    assert "The file has changed since" in refused.text


def test_the_history_of_a_file_that_is_larger_than_a_page_may_be_is_shown(site: Site, ben: Browser) -> None:
    url = upload(ben, "long.pdf", b"%PDF-1.7" + bytes(site.wiki.config.limits.page_bytes)).json["url"]
    assert "Attach long.pdf" in ben.get(f"/-/history{url}").text
    assert "%PDF" not in ben.get(f"/-/diff{url}").text


def test_only_files_of_pages_are_removed_as_such(ben: Browser) -> None:
    for name in (f"{SIGNAL}.md", "_wiki/site.yml", f"{SIGNAL}/no.png"):
        ben.get(f"/-/detach/{name}", 404)
        ben.post(f"/-/detach/{name}", {"csrf_token": ben.token()}, 404)
