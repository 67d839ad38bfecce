"""Files from strangers: made harmless by being written anew, or refused with a reason."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from PIL import Image, ImageSequence
from PIL.PngImagePlugin import PngInfo

from wiki.errors import Invalid, TooMany, WikiError
from wiki.pages.attachments import MAX_FRAMES, Attachment, prepare

MAX_BYTES = 1_000_000
MAX_PIXELS = 40_000_000
SCRIPT = b"<script>alert(1)</script>"


def taken(name: str, data: bytes, max_pixels: int = MAX_PIXELS) -> Attachment:
    return prepare(name, data, MAX_BYTES, max_pixels)


def refused(name: str, data: bytes, max_pixels: int = MAX_PIXELS) -> str:
    with pytest.raises(WikiError) as error:
        taken(name, data, max_pixels)
    return error.value.code


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def photo() -> Image.Image:
    picture = Image.new("RGB", (64, 32), "red")
    picture.paste("blue", (0, 0, 32, 32))
    return picture


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))


NO_PIXELS = chunk(b"IDAT", b"")


def animation(frames: int, size: tuple[int, int] = (8, 8)) -> list[Image.Image]:
    return [Image.new("RGB", size, (number, 255 - number * 50 % 256, 80)) for number in range(frames)]


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in names:
            target.writestr(name, "<x/>")
    return out.getvalue()


# What is refused


@pytest.mark.parametrize("name", ["logo.svg", "logo.txt"])
def test_an_svg_is_refused_whatever_it_is_called(name: str) -> None:
    assert refused(name, b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>") == "file.type"


@pytest.mark.parametrize("name", ["picture.png", "picture.JPG", "picture.gif", "picture.webp"])
def test_html_with_the_name_of_a_picture_is_refused(name: str) -> None:
    assert refused(name, b"<!doctype html>" + SCRIPT) == "file.not_an_image"


@pytest.mark.parametrize("name", ["page.html", "run.js", "run.exe", "archive.zip", "noname", ".htaccess", "x.md"])
def test_other_kinds_of_files_are_refused(name: str) -> None:
    assert refused(name, b"MZ\x90 anything") == "file.type"


def test_a_huge_picture_is_refused_by_its_header() -> None:
    assert refused("bomb.png", png_header(50_000, 50_000) + NO_PIXELS) == "image.too_large"
    assert refused("header.png", png_header(50_000, 50_000)) == "file.not_an_image"
    assert refused("smaller.png", png_header(8_000, 8_000) + NO_PIXELS) == "image.too_large"


def test_a_picture_that_is_tiny_until_it_is_unpacked_is_refused() -> None:
    packer, rows = zlib.compressobj(9), bytes(6251 * 500)
    pixels = b"".join(packer.compress(rows) for _ in range(100)) + packer.flush()
    bomb = png_header(50_000, 50_000) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    assert len(bomb) < MAX_BYTES
    assert refused("bomb.png", bomb) == "image.too_large"


def test_an_animation_may_have_neither_too_many_frames_nor_too_many_points_in_all() -> None:
    frames = animation(MAX_FRAMES + 1)
    many = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert refused("long.gif", many) == "image.too_many_frames"
    frames = animation(4, (20, 20))
    assert refused("wide.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), 1_000) == (
        "image.too_large"
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    data = encoded(noise, kind)
    assert refused(f"cut.{kind.lower()}", data[: len(data) // 2]) == "image.broken"


@pytest.mark.parametrize("name", ["minutes.docx", "minutes.odt", "minutes.xlsx"])
def test_an_archive_with_the_name_of_an_office_file_is_refused(name: str) -> None:
    assert refused(name, archive("run.exe", "readme.txt")) == "file.type"
    assert refused(name, b"PK\x03\x04 cut off") == "file.type"


@pytest.mark.parametrize("start", ["<!DOCTYPE html>", "  \n<html>", "\ufeff<svg>", "<?xml version='1.0'?>", "<ScRiPt>"])
def test_a_text_that_is_markup_is_refused(start: str) -> None:
    assert refused("notes.txt", start.encode() + SCRIPT) == "file.type"


def test_a_text_that_is_not_text_is_refused() -> None:
    assert refused("notes.txt", b"a\0b") == "file.type"
    assert refused("list.csv", "Zürich".encode("latin-1")) == "file.type"


def test_an_empty_file_is_refused() -> None:
    assert refused("photo.jpg", b"") == "file.empty"


def test_a_file_over_the_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(TooMany) as error:
        taken("notes.txt", b"x" * (MAX_BYTES + 1))
    assert error.value.params["allowed"] == MAX_BYTES


def test_a_refusal_names_the_field_it_is_about() -> None:
    with pytest.raises(Invalid) as error:
        taken("run.exe", b"MZ")
    assert error.value.problems[0].where == "file"
    assert "pdf" in error.value.params["allowed"]


# What is made harmless


def test_a_photo_loses_the_place_it_was_taken_and_keeps_its_orientation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "secret meeting"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    data = encoded(photo(), "JPEG", exif=exif, comment=b"secret comment", quality=95)
    assert b"secret" in data
    attachment = taken("Meeting Photo.JPEG", data)
    picture = opened(attachment.data)
    assert (attachment.name, attachment.is_image) == ("meeting-photo.jpg", True)
    assert picture.size == (32, 64), "turned upright"
    red, _, blue = picture.getpixel((16, 5))
    assert blue > red, "turned to the right side"
    assert not picture.getexif() and "comment" not in picture.info
    assert b"secret" not in attachment.data and b"Exif" not in attachment.data


def test_a_photo_with_a_second_picture_behind_it_is_a_photo() -> None:
    data = encoded(photo(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 32), "green")])
    attachment = taken("phone.jpg", data)
    assert attachment.name == "phone.jpg" and opened(attachment.data).format == "JPEG"


def test_what_is_written_into_a_png_is_gone() -> None:
    words = PngInfo()
    words.add_text("Author", "secret name")
    words.add_itxt("XML:com.adobe.xmp", "<secret/>")
    data = encoded(photo(), "PNG", pnginfo=words) + SCRIPT
    attachment = taken("shot.png", data)
    assert b"secret" not in attachment.data and b"script" not in attachment.data
    assert opened(attachment.data).convert("RGB").tobytes() == photo().tobytes()


def test_a_gif_that_is_also_a_script_is_only_a_gif_afterwards() -> None:
    gif = encoded(Image.new("P", (4, 4)), "GIF", comment=b"*/=1;alert(document.domain)//")
    attachment = taken("both.gif", gif + b"*/=1;alert(1)//")
    assert b"alert" not in attachment.data and opened(attachment.data).size == (4, 4)
    frames = animation(3)
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"alert(2)")
    assert b"alert" not in taken("both.gif", moving + b"alert(3)").data


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_goes_on_moving_at_its_pace(kind: str) -> None:
    frames = animation(4)
    durations = [50, 100, 150, 200]
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = encoded(
        frames[0], kind, save_all=True, append_images=frames[1:], duration=durations, loop=0, lossless=True, exif=exif
    )
    attachment = taken("moving.gif", data)
    picture = Image.open(io.BytesIO(attachment.data))
    assert picture.format == kind and picture.n_frames == 4
    assert [frame.info["duration"] for frame in map(loaded, ImageSequence.Iterator(picture))] == durations
    assert b"secret" not in attachment.data


def loaded(frame: Image.Image) -> Image.Image:
    frame.load()
    return frame


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_colours_and_transparency_of_a_palette_are_kept(kind: str) -> None:
    picture = Image.new("P", (4, 1))
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    picture.putdata([0, 1, 2, 3])
    kept = opened(taken("icon.png", encoded(picture, kind, transparency=1)).data).convert("RGBA")
    assert [kept.getpixel((x, 0)) for x in (0, 2, 3)] == [(255, 0, 0, 255), (0, 0, 255, 255), (9, 9, 9, 255)]
    assert kept.getpixel((1, 0))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_stays_as_it_looks(mode: str) -> None:
    picture = Image.new(mode, (5, 5))
    assert opened(taken("icon.png", encoded(picture, "PNG")).data).mode == mode


def test_a_picture_is_called_after_what_it_is() -> None:
    assert taken("holiday.png", encoded(photo(), "JPEG")).name == "holiday.jpg"
    assert taken("archive.zip", encoded(photo(), "PNG")).name == "archive.png"
    assert taken("photo", encoded(photo(), "PNG")).name == "photo.png"


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../_wiki/site.txt", "site.txt"),
        ("..\\..\\evil.txt", "evil.txt"),
        ("/etc/passwd.txt", "passwd.txt"),
        ("two\nlines.txt", "two-lines.txt"),
        ("Ünïcode Nämë (1).TXT", "unicode-name-1.txt"),
        ("<b>bold</b> & more.txt", "b-more.txt"),
        ("....txt", "file.txt"),
        ("a.txt\n", "a.txt"),
        ("\u202etxt.exe.txt", "txt-exe.txt"),
        ("-rf.txt", "rf.txt"),
        ("CON.txt", "con-file.txt"),
        ("nul .txt", "nul-file.txt"),
        ('x";filename="evil.html.txt', "x-filename-evil-html.txt"),
        ("a%2e%2e%2fb.txt", "a-2e-2e-2fb.txt"),
    ],
)
def test_a_name_keeps_letters_digits_and_dashes(name: str, stored: str) -> None:
    assert taken(name, b"words").name == stored


@pytest.mark.parametrize("letter", ["a", "ж", "字", "𐐨"])
def test_a_long_name_is_shortened_to_what_every_disk_takes(letter: str) -> None:
    name = taken(letter * 300 + ".txt", b"words").name
    assert name.endswith(".txt") and name.startswith(letter) and len(name.encode()) <= 124


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("flyer.pdf", b"%PDF-1.7 ..."),
        ("list.csv", b"a,b\n1,2\n"),
        ("notes.txt", b"We write <b>bold</b> like this."),
        ("plan.odt", archive("mimetype", "content.xml")),
        ("plan.docx", archive("[Content_Types].xml", "word/document.xml")),
    ],
)
def test_documents_are_kept_byte_for_byte(name: str, data: bytes) -> None:
    assert taken(name, data) == Attachment(name, data, False)


def test_who_gets_no_files_carries_no_decoder() -> None:
    code = "import sys, wiki.web.attachments; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
