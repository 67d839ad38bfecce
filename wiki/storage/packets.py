"""The packet lines that git's protocol is made of: four hexadecimal digits of length, then that many bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

from wiki.errors import Invalid

MAX_PACKET = 65_520
FLUSH = b"0000"
_LENGTH = re.compile(rb"[0-9a-fA-F]{4}")


def packet(data: bytes | str) -> bytes:
    """One packet line."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return b"%04x%s" % (len(raw) + 4, raw)


def side_band(band: int, data: bytes) -> Iterator[bytes]:
    """Data on one band: 1 is the answer itself, 2 is shown to the person."""
    step = MAX_PACKET - 5
    for start in range(0, len(data), step):
        yield packet(bytes([band]) + data[start : start + step])


def read_packets(stream: IO[bytes], limit: int) -> Iterator[bytes | None]:
    """The packet lines of a stream up to its end, None for a flush; other short ones (delimiters) are left out.

    Raises Invalid("git.protocol") for anything else, and for more than `limit` lines.
    """
    for _ in range(limit):
        head = stream.read(4)
        if not head:
            return
        if not _LENGTH.fullmatch(head):
            raise Invalid("git.protocol")
        length = int(head, 16)
        if length == 0:
            yield None
        elif length >= 4:
            data = stream.read(length - 4)
            if len(data) != length - 4:
                raise Invalid("git.protocol")
            yield data
        elif length == 3:
            raise Invalid("git.protocol")
    raise Invalid("git.protocol")


def joined(lines: Iterable[bytes | str]) -> bytes:
    """Packet lines with a flush at their end."""
    return b"".join(packet(line) for line in lines) + FLUSH
