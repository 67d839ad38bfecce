"""Files that people attach: checked by what is in them, not by what they are called.

Images are decoded and encoded anew, so that neither the place where a photo was taken nor anything hidden behind the
picture goes along. Other files are kept as they are and offered for saving only.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from wiki.errors import Invalid, TooMany
from wiki.pages.path import slug

IMAGES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
TEXTS = ("txt", "csv", "ics")
DOCUMENTS = ("ods", "odt", "odp", "docx", "xlsx", "pptx")
MAX_FRAMES = 200
MAX_NAME = 80


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
    stem = slug(name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0])[:MAX_NAME] or "file"
    ending = name.rpartition(".")[2].lower()
    image = _image(data, max_pixels)
    if image is not None:
        kind, encoded = image
        return Attachment(f"{stem}.{IMAGES[kind]}", encoded, True)
    if ending in ("png", "jpg", "jpeg", "gif", "webp"):
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


def _image(data: bytes, max_pixels: int) -> tuple[str, bytes] | None:
    """The kind of image and its bytes encoded anew; None where this is no image that we take."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images before it refuses them; the limit here is ours and stricter.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=list(IMAGES))
            kind = str(picture.format)
            width, height = picture.size
            frames = getattr(picture, "n_frames", 1)
            if (
                width * height * min(frames, MAX_FRAMES + 1) > max_pixels * (4 if frames > 1 else 1)
                or frames > MAX_FRAMES
            ):
                raise Invalid("image.too_large", where="file", width=width, height=height, allowed=max_pixels)
            return kind, _encoded(picture, kind, frames)
    except Image.DecompressionBombError:
        raise Invalid("image.too_large", where="file", width="?", height="?", allowed=max_pixels)
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        raise Invalid("image.broken", where="file")


def _encoded(picture: Image.Image, kind: str, frames: int) -> bytes:
    out = io.BytesIO()
    if frames > 1 and kind in ("GIF", "WEBP"):
        picture.save(out, kind, save_all=True)
        return out.getvalue()
    # The orientation is metadata too: it is put into the picture before the rest goes.
    upright = ImageOps.exif_transpose(picture)
    clean = Image.new(upright.mode, upright.size)
    if upright.mode == "P" and upright.getpalette() is not None:
        clean.putpalette(upright.getpalette() or [])
    clean.paste(upright)
    if kind == "JPEG":
        if clean.mode not in ("RGB", "L", "CMYK"):
            clean = clean.convert("RGB")
        clean.save(out, "JPEG", quality=85, optimize=True)
    elif kind == "GIF":
        clean.save(out, "GIF")
    elif kind == "WEBP":
        clean.save(out, "WEBP", quality=85)
    else:
        transparency = upright.info.get("transparency")
        clean.save(out, "PNG", optimize=True, **({"transparency": transparency} if transparency is not None else {}))
    return out.getvalue()
