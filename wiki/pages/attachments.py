"""Files that people attach: checked by what is in them, not by what they are called.

Images are decoded and encoded anew, so that neither the place where a photo was taken nor anything hidden behind the
picture goes along. Other files are kept as they are and offered for saving only.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wiki.errors import Invalid, TooMany, WikiError
from wiki.pages.path import DEVICE, slug

if TYPE_CHECKING:
    from PIL import Image

IMAGES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
PICTURES = (*IMAGES.values(), "jpeg")
TEXTS = ("txt", "csv", "ics")
DOCUMENTS = ("ods", "odt", "odp", "docx", "xlsx", "pptx")
# Of these no lines can be compared.
BINARY = (*PICTURES, "pdf", *DOCUMENTS)
MAX_FRAMES = 200
MAX_NAME_BYTES = 120
OPTIMIZED_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be stored: its name (letters, digits and dashes, and the ending of what it is) and its bytes."""

    name: str
    data: bytes
    is_image: bool


def prepare(name: str, data: bytes, max_bytes: int, max_pixels: int) -> Attachment:
    """Make an attachment of an uploaded file.

    Raises TooMany("file.too_large") and Invalid("file.…") that says what is wrong with it.
    """
    if len(data) > max_bytes:
        raise TooMany("file.too_large", size=len(data), allowed=max_bytes)
    if not data:
        raise Invalid("file.empty", where="file")
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, ending = last.rpartition(".")
    stem, ending = _short(slug(stem if dot else last)), ending.lower()
    image = _image(data, max_pixels)
    if image is not None:
        kind, encoded = image
        return Attachment(f"{stem}.{IMAGES[kind]}", encoded, True)
    if ending in PICTURES:
        raise Invalid("file.not_an_image", where="file", name=stem)
    if not _is(ending, data):
        raise Invalid(
            "file.type", where="file", ending=ending[:20], allowed=(*IMAGES.values(), "pdf", *TEXTS, *DOCUMENTS)
        )
    return Attachment(f"{stem}.{ending}", data, False)


def _is(ending: str, data: bytes) -> bool:
    """Whether the contents are of the type that the ending names."""
    if ending == "pdf":
        return data.startswith(b"%PDF-")
    if ending in TEXTS:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return "\0" not in text and not text.lstrip("\ufeff \t\r\n").lower().startswith(
            ("<!doctype", "<html", "<svg", "<?xml", "<script")
        )
    if ending in DOCUMENTS:
        try:
            names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
        return "content.xml" in names if ending.startswith("od") else "[Content_Types].xml" in names
    return False


def _short(stem: str) -> str:
    """A name that every file system takes, also with what tells it from others of the same name."""
    stem = stem.encode()[:MAX_NAME_BYTES].decode("utf-8", "ignore").rstrip("-") or "file"
    # Windows takes con.txt for a device, whatever it ends with, and a clone there would fail.
    return f"{stem}-file" if DEVICE.match(stem) else stem


def _image(data: bytes, max_pixels: int) -> tuple[str, bytes] | None:
    """The kind of image and its bytes encoded anew; None where this is no image that we take."""
    # Only here: a process that is never sent a file does without Pillow's weight.
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow warns of large images before it refuses them; the limit here is ours and stricter.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=list(IMAGES))
            # Some cameras put a second picture behind the first and so make another format of a JPEG.
            kind = "JPEG" if picture.format == "MPO" else str(picture.format)
            frames = int(getattr(picture, "n_frames", 1)) if kind in ("GIF", "WEBP") else 1
            if frames > MAX_FRAMES:
                raise Invalid("image.too_many_frames", where="file", allowed=MAX_FRAMES)
            if picture.width * picture.height * frames > max_pixels:
                raise Invalid("image.too_large", where="file", allowed=max_pixels)
            return kind, _animated(picture, kind, frames) if frames > 1 else _still(picture, kind)
    except WikiError:
        raise
    except Image.DecompressionBombError:
        raise Invalid("image.too_large", where="file", allowed=max_pixels)
    except UnidentifiedImageError:
        return None
    except Exception:
        # Decoders stumble over hostile files in any way there is; to the person it is all the same.
        raise Invalid("image.broken", where="file")


def _animated(picture: Image.Image, kind: str, frames: int) -> bytes:
    out = io.BytesIO()
    durations = []
    for number in range(frames):
        picture.seek(number)
        picture.load()
        durations.append(int(picture.info.get("duration") or 0))
    picture.seek(0)
    bare: dict[str, Any] = (
        {"comment": b""} if kind == "GIF" else {"exif": b"", "xmp": b"", "icc_profile": b"", "duration": durations}
    )
    picture.save(out, kind, save_all=True, **bare)
    return out.getvalue()


def _still(picture: Image.Image, kind: str) -> bytes:
    from PIL import ImageOps

    out = io.BytesIO()
    # The orientation is metadata too: it is put into the picture before the rest goes.
    # In place: a copy of a large picture takes 160 MB more.
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    picture.info = {"transparency": picture.info["transparency"]} if "transparency" in picture.info else {}
    small = picture.width * picture.height <= OPTIMIZED_PIXELS
    if kind == "JPEG":
        if picture.mode not in ("RGB", "L", "CMYK"):
            picture = picture.convert("RGB")
        picture.save(out, kind, quality=85, optimize=small)
    elif kind == "PNG":
        picture.save(out, kind, optimize=small)
    else:
        picture.save(out, kind, quality=85)
    return out.getvalue()
