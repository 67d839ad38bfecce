"""The text in a file's bytes: UTF-8, or UTF-16 where the mark that such files begin with says so."""

from __future__ import annotations

import codecs


def is_utf16(data: bytes) -> bool:
    """Whether these bytes are text in UTF-16, as Notepad and PowerShell write it."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data.startswith(codecs.BOM_UTF32_LE):
        return False
    try:
        data.decode("utf-16")
    except UnicodeDecodeError:
        return False
    return True


def utf8(data: bytes) -> bytes:
    """The same text in UTF-8; bytes that are no UTF-16 are left as they are, whatever they are."""
    return data.decode("utf-16").encode() if is_utf16(data) else data


def text_of(data: bytes) -> str:
    """The text, with what can't be read in it replaced by U+FFFD."""
    return utf8(data).decode("utf-8", "replace")
