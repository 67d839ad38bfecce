"""Pages as bytes: what isn't UTF-8 in a file is left as it is by whoever changes other lines of it."""

from __future__ import annotations

from wiki.markup.diff import matches


def encoded(source: str, stored: bytes | None) -> bytes:
    """The bytes of a page; lines that `stored`, read with its bad bytes replaced, has too keep their bytes from there."""
    data = source.encode("utf-8", "replace")
    if stored is None or _is_utf8(stored):
        return data
    # No character of more than one byte has a line feed in it, so lines can be told apart before they are read.
    before, after = stored.splitlines(keepends=True), data.splitlines(keepends=True)
    shown = [line.decode("utf-8", "replace") for line in before]
    for at, start, size in matches(shown, [line.decode() for line in after]):
        after[start : start + size] = before[at : at + size]
    return b"".join(after)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
