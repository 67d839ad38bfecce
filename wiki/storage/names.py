"""Which paths may be written: nothing that some git, on some file system, takes for its own folder or a way out."""

from __future__ import annotations

import re
import unicodedata

from wiki.errors import Invalid
from wiki.storage.objects import name_bytes

MAX_SEGMENT_BYTES = 255
MAX_PATH_BYTES = 4_000

# What HFS+ leaves out when it compares names; so ".g\u200cit" is ".git" there.
_IGNORED = dict.fromkeys(
    [0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x206A, 0x2070)]
)
_SHORT_NAME = re.compile(r"git~\d+")


def is_forbidden(segment: str) -> bool:
    """Whether one path segment is empty, leads elsewhere, or is `.git` in any disguise."""
    if segment in ("", ".", "..") or "\0" in segment or "\\" in segment or "/" in segment:
        return True
    plain = unicodedata.normalize("NFKC", segment.translate(_IGNORED)).casefold()
    plain = plain.split(":", 1)[0].rstrip(" .")
    return plain in ("", ".git") or bool(_SHORT_NAME.fullmatch(plain))


def is_safe(path: str) -> bool:
    """Whether `path` may be written to a folder."""
    segments = path.split("/")
    return not any(is_forbidden(part) or len(name_bytes(part)) > MAX_SEGMENT_BYTES for part in segments)


def require_safe(path: str) -> None:
    """Raise Invalid("path.forbidden") or Invalid("path.segment_too_long") for a path that must not be written."""
    if len(name_bytes(path)) > MAX_PATH_BYTES:
        raise Invalid("path.too_long", path=path[:200], limit=MAX_PATH_BYTES)
    for segment in path.split("/"):
        if is_forbidden(segment):
            raise Invalid("path.forbidden", path=path)
        if len(name_bytes(segment)) > MAX_SEGMENT_BYTES:
            raise Invalid("path.segment_too_long", segment=segment[:40], allowed=MAX_SEGMENT_BYTES)
