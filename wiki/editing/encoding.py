"""Pages as bytes: what isn't UTF-8 in a file is left as it is by whoever changes other lines of it."""

from __future__ import annotations

from wiki.markup.decoding import utf8
from wiki.markup.diff import matches

_REPLACED = "\ufffd".encode()


def encoded(source: str, *stored: bytes | None) -> bytes:
    """The bytes of a page: lines that one of `stored`, read with its bad bytes replaced, has too keep their bytes from there.

    A page in UTF-16 becomes UTF-8 as a whole.
    """
    data = source.encode("utf-8", "replace")
    for known in stored:
        if known is None or _REPLACED not in data or _is_utf8(utf8(known)):
            continue
        # No character of more than one byte has a line feed in it, so lines can be told apart before they are read.
        before, after = known.splitlines(keepends=True), data.splitlines(keepends=True)
        lines = [[line.decode("utf-8", "replace") for line in side] for side in (before, after)]
        for at, start, size in matches(*lines):
            for step in range(size):
                if _REPLACED in after[start + step]:
                    after[start + step] = before[at + step]
        data = b"".join(after)
    return data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
